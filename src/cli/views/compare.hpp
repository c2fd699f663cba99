#pragma once
#include <string>
#include <vector>

#include "core/approval/replay.hpp"

namespace blc::cli {

// The last run of the same verb and environment that was approved and started, other than `run`; nullptr
// when there is none.
[[nodiscard]] const approval::Run* last_approved(const approval::Replay& replay, const approval::Run& run);

// What differs between two plans of one verb, a line each: "month: 2026-09 -> 2026-10". Sealed values show as
// same or differs where a keyed hash tells, otherwise not at all.
[[nodiscard]] std::vector<std::string> differences(const approval::Run& earlier, const approval::Run& now);

}  // namespace blc::cli
