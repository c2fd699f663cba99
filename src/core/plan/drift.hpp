#pragma once
#include <string>
#include <vector>

#include "core/plan/plan.hpp"

namespace blc::plan {

// One line a difference, "observation: was X, is Y"; empty when nothing drifted. Values are digests and
// labels, never PHI.
[[nodiscard]] std::vector<std::string> drift(const Resolution& approved, const Resolution& now);
// What kinds of things those lines are about, for people: "the file records/one.txt; the policy".
[[nodiscard]] std::string kinds_of_drift(const std::vector<std::string>& drift);

}  // namespace blc::plan
