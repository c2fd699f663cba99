#pragma once
#include <string>

#include "core/approval/run.hpp"
#include "core/trust/history.hpp"

namespace blc::approval {

// Why the run that this run's verb requires does not hold for a reader at `size` and `now`, or empty. `latest`
// is the last claimed one of that verb in that environment with the same parameters, or null; it must have
// succeeded no longer ago than the verb says, with the verb's text as it is in force.
[[nodiscard]] std::string unmet_requirement(const Run& run, const Run* latest, const trust::History& trust,
                                            std::uint64_t size, Timestamp now);

}  // namespace blc::approval
