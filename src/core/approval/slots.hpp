#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/crypto/public_key.hpp"
#include "core/policy/policy.hpp"

namespace blc::approval {

// What a signature shows of the device that made it.
struct Presence {
  bool touched = false;
  bool pin = false;
  bool attested = false;  // by its maker, when it was enrolled
};

// A role that somebody lent: trust::Delegation.
struct Loan {
  std::string role;
  std::string from;
};

// A person who has signed, with the key they used, the roles they hold or were lent, and what the signature shows.
struct Candidate {
  std::string person;
  crypto::PublicKey key;
  std::vector<std::string> roles;
  Presence shown{};
  std::vector<Loan> lent{};  // those of the roles that are not their own
};
// In whose place the candidate fills the slot; empty where their own roles fit.
[[nodiscard]] std::string in_place_of(const policy::Slot& slot, const Candidate& candidate);

// For each slot the index of the candidate who fills it: a maximum bipartite matching, so that nobody's
// order of signing can leave a slot open that the same people could fill. One person fills one slot, one
// key counts once.
[[nodiscard]] std::vector<std::optional<std::size_t>> match(const std::vector<policy::Slot>& slots,
                                                            const std::vector<Candidate>& candidates);

// The signatures that may fill slots of the rule at all: the requester's only where it says so.
[[nodiscard]] std::vector<Candidate> eligible(const policy::ApprovalRule& rule, std::string_view requester,
                                              std::vector<Candidate> signatures);
// "1 of 2 signatures given".
[[nodiscard]] std::string signatures_given(std::size_t given, std::size_t asked);

// Whether the roles are enough, whatever the key.
[[nodiscard]] bool fits(const policy::Slot& slot, const std::vector<std::string>& roles);
// Whether the signature shows what the slot asks for, whoever made it.
[[nodiscard]] bool shows(const policy::Slot& slot, const Presence& shown);
// What a signature by this key may show at best: whether a security key is made to ask for touch or PIN is not
// known before it signs.
[[nodiscard]] Presence at_best(const crypto::PublicKey& key, bool attested);
// "a security key, touched, attested by its maker": what the slot asks of a signature beyond its role; empty when nothing.
[[nodiscard]] std::string asked_of_key(const policy::Slot& slot);
// "touch and PIN", "touch", "PIN", "neither touch nor PIN".
[[nodiscard]] std::string shown_words(const Presence& shown);

}  // namespace blc::approval
