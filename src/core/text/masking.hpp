// What must not reach a log or a screen although it came in text that nobody could foresee.
#pragma once
#include <string>
#include <string_view>

namespace blc::text {

// The text with what looks like personal data or a secret replaced by <email>, <phone>, <ssn>, <card>, <token>,
// <key>, <credentials> or <masked> (the value behind a secret's name). A net, not a proof: names of people pass
// through it. Masking what was masked changes nothing.
[[nodiscard]] std::string mask(std::string_view text);

// Whether a member of this name is likely to hold a secret: password, api_key, X-Auth-Token, SENTRY_DSN.
[[nodiscard]] bool names_secret(std::string_view name);

}  // namespace blc::text
