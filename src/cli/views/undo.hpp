// What can be taken back, how, and what was: of steps, of runs and of the rollbacks of runs.
#pragma once
#include <string>
#include <vector>

#include "cli/views/run_view.hpp"

namespace blc::cli {

// Whether and how a step can be undone: "can be undone: removes the files of this run".
[[nodiscard]] std::string undo_words(const plan::PlannedStep& step);
// The verb, and for a rollback which run it takes back: "billing-process run, rollback of 7M4KD2".
[[nodiscard]] std::string what_it_does(const approval::Run& run);
// "post", or of a rollback "undo of post": what becomes of a step in the run.
[[nodiscard]] std::string step_title(const approval::Run& run, const std::string& step, bool undo = false);
[[nodiscard]] std::vector<std::string> step_titles(const approval::Run& run, const std::vector<std::string>& steps);
// Of a rollback: which run it takes back, what of that run stays, what has changed since. Empty for other runs.
[[nodiscard]] std::string rollback_text(const RunView& view);
// Of a run that a rollback was started of: which, and how that stands. Empty for other runs.
[[nodiscard]] std::string taken_back_text(const RunView& view);

}  // namespace blc::cli
