#include "cli/views/recipient.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/privacy/need.hpp"

namespace blc::cli {

std::optional<std::string> recipient_of(const approval::Run& run, const std::string& step) {
  const auto& steps = run.plan->verb->steps;
  const auto found = std::ranges::find(steps, step, &verb::Step::name);
  if (found == steps.end() || found->effect != Effect::disclose) return std::nullopt;
  if (!found->recipient.empty()) return found->recipient;
  return found->contact ? fmt::format("the person themselves, by {}", privacy::to_string(*found->contact)) : "not named by the verb";
}

}  // namespace blc::cli
