#pragma once
#include <string>
#include <vector>

#include "core/plan/plan.hpp"
#include "core/trust/catalog.hpp"

namespace blc::plan {

// One line a difference, "observation: was X, is Y"; empty when nothing drifted. Values are digests and
// labels, never PHI.
[[nodiscard]] std::vector<std::string> drift(const Resolution& approved, const Resolution& now);
// What kinds of things those lines are about, for people: "the file records/one.txt; the policy".
[[nodiscard]] std::string kinds_of_drift(const std::vector<std::string>& drift);
// The files of verb and policy that no longer say what they said to the plan: drift that needs no look at the world. Any
// change of their text is one, whether or not it concerns the run.
[[nodiscard]] std::vector<std::string> changed_texts(const Governing& approved, const trust::Catalog& now);

}  // namespace blc::plan
