#include "core/trust/delegation.hpp"

#include <algorithm>
#include <array>

#include "core/policy/policy.hpp"
#include "core/trust/root.hpp"

namespace blc::trust {

using text::Json;

Json Delegation::to_json() const {
  Json::Object body{{"role", role}, {"to", to}};
  if (ends) {
    body.emplace("ends", true);
  } else {
    body.emplace("until", blc::to_string(until));
    body.emplace("verbs", Json::Array(verbs.begin(), verbs.end()));
  }
  return body;
}

Result<Delegation> Delegation::from_json(const Json& body) {
  text::Fields fields(body, "delegation");
  Delegation delegation;
  delegation.role = fields.string("role");
  delegation.to = fields.string("to");
  delegation.ends = fields.has("ends");
  if (delegation.ends) {
    if (!fields.boolean("ends")) fields.fault("ends", "says what its absence says");
  } else {
    delegation.until = fields.as("until", parse_timestamp);
    delegation.verbs = fields.strings("verbs");
  }
  BLC_CHECK(fields.finish());
  return delegation;
}

bool Delegation::covers(std::string_view verb) const {
  return verbs.empty() || std::ranges::any_of(verbs, [&](const auto& pattern) { return policy::matches(pattern, verb); });
}

bool may_be_lent(std::string_view role) {
  constexpr std::array kKept{kAdminRole, kRecoveryRole, kExecutorRole, kCiRole};
  return std::ranges::find(kKept, role) == kKept.end();
}

}  // namespace blc::trust
