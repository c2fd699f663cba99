#pragma once
#include <string>

#include "core/approval/run.hpp"
#include "core/trust/history.hpp"

namespace blc::approval {

// Why the run that this run's verb requires does not hold for a reader at `size` and `now`, or empty. `latest`
// is the last claimed one of that verb in that environment with the same parameters, or null; it must have
// succeeded no longer ago than the verb says, with the verb's text as it is in force, and nobody may have begun to take
// it back: `back` is the last claimed rollback of it, or null.
[[nodiscard]] std::string unmet_requirement(const Run& run, const Run* latest, const Run* back, const trust::History& trust,
                                            std::uint64_t size, Timestamp now);

// Why a rollback may not start for a reader at `size`, or empty: `undone` must have succeeded, and `back`, the last
// claimed rollback of it (this run itself, another one, or null), must have failed or been closed.
[[nodiscard]] std::string unmet_rollback(const Run& run, const Run& undone, const Run* back, std::uint64_t size);

// Whether the run ended so before `size`.
[[nodiscard]] bool ended_as(const Run& run, Ending ending, std::uint64_t size);

}  // namespace blc::approval
