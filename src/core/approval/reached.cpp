#include "core/approval/reached.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <ranges>

namespace blc::approval {

std::vector<StepRecord> records_of(const Run& run) {
  std::vector<StepRecord> records;
  for (const auto& fact : run.steps) {
    const auto latest_first = std::views::reverse(records);
    const auto open = std::ranges::find_if(
        latest_first, [&](const auto& known) { return known.name == fact.step && known.undo == fact.undo; });
    switch (fact.phase) {
      case StepFact::Phase::intent: records.push_back({fact.step, fact.undo, {}, false}); break;
      case StepFact::Phase::outcome:
        // A read step that ran at planning is told without an announcement.
        if (open == latest_first.end()) {
          records.push_back({fact.step, fact.undo, fact.succeeded, false});
        } else {
          open->succeeded = fact.succeeded;
        }
        break;
      case StepFact::Phase::confirm:
        if (open == latest_first.end() || fact.found == Found::unknown) break;
        open->succeeded = fact.found == Found::done;
        open->not_done = fact.found == Found::not_done;
        break;
    }
  }
  return records;
}

Reached reached(const plan::Plan& plan, const std::vector<StepRecord>& records) {
  Reached found;
  if (std::ranges::any_of(records, &StepRecord::undo))
    found.why_not = "its steps were being undone, which is not gone on with";
  const auto latest_first = std::views::reverse(records);
  for (const auto& step : plan.resolution.steps) {
    const auto last = std::ranges::find_if(
        latest_first, [&](const auto& known) { return known.name == step.name && !known.undo; });
    if (last == latest_first.end() || last->not_done) continue;
    if (last->succeeded == true) found.done.insert(step.name);
    const bool nothing = step.effect == Effect::read || (last->succeeded == false && step.atomic);
    if (last->succeeded == true || nothing) continue;
    found.in_doubt = step.name;
    if (found.why_not.empty() && !step.confirm && !step.idempotent)
      found.why_not = fmt::format("{} may have been done, in whole or in part, and its verb says neither how to confirm "
                                  "that nor that it may be done twice", step.name);
  }
  return found;
}

std::vector<std::string> effects_of(const plan::Plan& plan, const Reached& reached) {
  std::vector<std::string> names;
  if (reached.in_doubt) names.push_back(*reached.in_doubt);
  for (const auto& step : plan.resolution.steps) {
    if (step.effect != Effect::read && reached.done.contains(step.name)) names.push_back(step.name);
  }
  return names;
}

}  // namespace blc::approval
