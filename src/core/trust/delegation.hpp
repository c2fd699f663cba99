#pragma once
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.hpp"
#include "core/base/time.hpp"
#include "core/crypto/public_key.hpp"
#include "core/text/json.hpp"

namespace blc::trust {

// The longest that a role is lent for.
inline constexpr std::chrono::days kLongestDelegation{31};

// One person has another sign in their place, in one role, for a while. The other signs in their own name; nothing but
// signatures is lent.
struct Delegation {
  std::string role;
  std::string to;
  std::vector<std::string> verbs;  // patterns; empty: every verb
  Timestamp until{};
  bool ends = false;  // takes back what was lent of this role to this person; verbs and until say nothing then
  // Of the entry that says so.
  std::uint64_t leaf = 0;
  std::string from{};
  std::optional<crypto::PublicKey> key{};
  Timestamp at{};

  [[nodiscard]] text::Json to_json() const;
  // Exit::ledger when malformed. What the entry says of itself is left to the caller.
  static Result<Delegation> from_json(const text::Json& body);
  [[nodiscard]] bool covers(std::string_view verb) const;
};

// Roles that mean more than a signature, and are lent to nobody.
[[nodiscard]] bool may_be_lent(std::string_view role);

}  // namespace blc::trust
