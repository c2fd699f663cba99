#pragma once
#include <map>
#include <string>

#include "core/approval/run.hpp"
#include "core/trust/history.hpp"

namespace blc::approval {

// Why the run that this run's verb requires does not hold for a reader at `size` and `now`, or empty. It is
// the latest run of that verb in that environment with the same parameters; it must have succeeded no
// longer ago than the verb says, with the verb's text as it is in force.
[[nodiscard]] std::string unmet_requirement(const Run& run, const std::map<RunId, Run>& runs,
                                            const trust::History& trust, std::uint64_t size, Timestamp now);

// The latest claimed run that could answer, for screens; nullptr when there is none.
[[nodiscard]] const Run* required_run(const plan::RequiredRun& required, const text::Json::Object& parameters,
                                      const std::map<RunId, Run>& runs, std::uint64_t size);

}  // namespace blc::approval
