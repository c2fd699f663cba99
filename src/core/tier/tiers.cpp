#include "core/tier/tiers.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/text/display.hpp"
#include "core/text/nearest.hpp"
#include "core/tier/values.hpp"

namespace blc::tier {

std::string_view to_string(Tier tier) {
  switch (tier) {
    case Tier::development: return "development";
    case Tier::integration: return "integration";
    case Tier::staging: return "staging";
    case Tier::production: return "production";
  }
  return "production";
}

std::optional<Tier> tier_named(std::string_view name) {
  const auto* const found = std::ranges::find(kTiers, name, [](Tier tier) { return to_string(tier); });
  return found == kTiers.end() ? std::nullopt : std::optional(*found);
}

Result<Tier> parse_tier(std::string_view name) {
  if (name == "dev" || name == "local") return Tier::development;
  if (name == "prod") return Tier::production;
  if (const auto tier = tier_named(name)) return *tier;
  std::vector<std::string> names{"dev", "local", "prod"};
  for (const auto tier : kTiers) names.emplace_back(to_string(tier));
  return fail(Exit::usage, fmt::format("there is no tier {}", text::display(name)),
              text::did_you_mean(lower(name), names, "there are development, integration, staging and production"));
}

std::vector<Tier> between(Tier from, Tier to) {
  std::vector<Tier> steps;
  for (const auto tier : kTiers) {
    if (tier > std::min(from, to) && tier < std::max(from, to)) steps.push_back(tier);
  }
  if (to < from) std::ranges::reverse(steps);
  return steps;
}

}  // namespace blc::tier
