#pragma once
#include <memory>

#include "cli/session.hpp"
#include "core/execution/executor.hpp"

namespace blc::cli {

// What is seen of a run at work, on standard error: on a terminal a table of its steps that is kept up to date; in a
// pipe, on a terminal that redraws nothing (TERM=dumb), with --verbose, and where the table would not fit, a plain line
// with the time whenever something happens.
[[nodiscard]] std::unique_ptr<execution::Progress> progress_of(Session& session, const approval::Run& run);

}  // namespace blc::cli
