#include "core/plan/programs.hpp"

#include <fmt/format.h>

#include <variant>

namespace blc::plan {

std::map<std::string, std::string> step_environment(const PlannedStep& step, const RunId& run,
                                                    const std::optional<RolledBack>& back) {
  auto environment = step.environment;
  environment.insert_or_assign("BLC_RUN_ID", back ? back->run.str() : run.str());
  if (back) environment.insert_or_assign("BLC_ROLLBACK_ID", run.str());
  environment.insert_or_assign("BLC_STEP", step.name);
  environment.insert_or_assign("BLC_IDEMPOTENCY_KEY", run.str() + "." + step.name);
  return environment;
}

std::string describe(const ports::Finished& finished, std::chrono::seconds timeout) {
  if (const auto* const exited = std::get_if<ports::Exited>(&finished.how))
    return fmt::format("it ended with exit code {}", exited->code);
  if (const auto* const signalled = std::get_if<ports::Signalled>(&finished.how))
    return fmt::format("signal {} ended it", signalled->signal);
  if (std::holds_alternative<ports::TimedOut>(finished.how))
    return fmt::format("it was still running after {} and was ended", to_string(timeout));
  return "it was interrupted";
}

}  // namespace blc::plan
