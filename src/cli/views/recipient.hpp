#pragma once
#include <optional>
#include <string>

#include "core/approval/run.hpp"

namespace blc::cli {

// Who gets what a step of the run's verb sends out, as the verb says it; nullopt of a step that sends nothing out.
[[nodiscard]] std::optional<std::string> recipient_of(const approval::Run& run, const std::string& step);

}  // namespace blc::cli
