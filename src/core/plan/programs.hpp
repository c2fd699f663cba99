// Programs that planning and execution start: what each finds, and how it is said that it ended.
#pragma once
#include <chrono>
#include <map>
#include <optional>
#include <string>

#include "core/base/ulid.hpp"
#include "core/plan/plan.hpp"
#include "core/ports/processes.hpp"

namespace blc::plan {

// What every started program finds in its environment besides what the verb declares. An undo finds the run whose
// effects it takes back in BLC_RUN_ID, whichever run it is part of.
[[nodiscard]] std::map<std::string, std::string> step_environment(const PlannedStep& step, const RunId& run,
                                                                  const std::optional<RolledBack>& back = {});

// "it ended with exit code 3", "it was still running after 30s and was ended".
[[nodiscard]] std::string describe(const ports::Finished& finished, std::chrono::seconds timeout);

}  // namespace blc::plan
