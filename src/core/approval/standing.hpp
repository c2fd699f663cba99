// Whose signatures of a run stand, as what, and which slots they fill.
#pragma once
#include <cstdint>
#include <string_view>
#include <vector>

#include "core/approval/gate.hpp"

namespace blc::approval {

struct Standing {
  Candidate candidate;
  Timestamp at;
  std::uint64_t leaf = 0;  // of the last time
};

// Who is enrolled under that name with that key; nullptr for nobody.
[[nodiscard]] const trust::Principal* holder(const trust::Root* root, std::string_view name, const crypto::PublicKey& key);
// What policies know a planned run's verb by.
[[nodiscard]] policy::VerbTraits traits(const Run& run);

// The approvals that nobody took back, by people who still hold key, role and the right to approve. Who signs
// twice stands once, since the first time.
[[nodiscard]] std::vector<Standing> standing(const Context& context);

// Puts them into the rule's slots, as many as fit, and says who could fill those that stay open.
void fill_slots(const Context& context, const policy::ApprovalRule& rule, const std::vector<Standing>& signatures, Decision& decision);

}  // namespace blc::approval
