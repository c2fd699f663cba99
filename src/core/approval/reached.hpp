// How far a run had come that was cut off: the one place that says what may be gone on with.
#pragma once
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/approval/run.hpp"

namespace blc::approval {

// One start of a step or of its undo, as a journal or the ledger tells it.
struct StepRecord {
  std::string name;
  bool undo = false;
  std::optional<bool> succeeded;  // nullopt: begun, and no word of its end
  bool not_done = false;          // its confirm said that nothing of it had happened
};

// In the order of their beginning. The ledger announces a step before the journal notes it: it never knows less.
[[nodiscard]] std::vector<StepRecord> records_of(const Run& run);

struct Reached {
  std::set<std::string> done;            // steps with an effect that are done, and read steps that ended well
  std::optional<std::string> in_doubt;   // the step that may have had its effect, in whole or in part
  std::string why_not;                   // why nobody can go on from here, or empty
};
[[nodiscard]] Reached reached(const plan::Plan& plan, const std::vector<StepRecord>& records);

// The names of the effects that are there or may be: what an outcome lists as remaining.
[[nodiscard]] std::vector<std::string> effects_of(const plan::Plan& plan, const Reached& reached);

}  // namespace blc::approval
