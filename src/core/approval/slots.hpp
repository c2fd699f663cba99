#pragma once
#include <optional>
#include <string>
#include <vector>

#include "core/crypto/public_key.hpp"
#include "core/policy/policy.hpp"

namespace blc::approval {

// A person who has signed, with the key they used and the roles they hold.
struct Candidate {
  std::string person;
  crypto::PublicKey key;
  std::vector<std::string> roles;
};

// For each slot the index of the candidate who fills it: a maximum bipartite matching, so that nobody's
// order of signing can leave a slot open that the same people could fill. One person fills one slot, one
// key counts once.
[[nodiscard]] std::vector<std::optional<std::size_t>> match(const std::vector<policy::Slot>& slots,
                                                            const std::vector<Candidate>& candidates);

[[nodiscard]] bool fits(const policy::Slot& slot, const std::vector<std::string>& roles);

}  // namespace blc::approval
