// The four tiers of an application, in the order in which a change goes through them. Names are compiled in.
#pragma once
#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.hpp"

namespace blc::tier {

enum class Tier { development, integration, staging, production };

inline constexpr std::array kTiers{Tier::development, Tier::integration, Tier::staging, Tier::production};

[[nodiscard]] std::string_view to_string(Tier tier);
// Full names, and the ones people type: dev, local, prod. Exit::usage for any other.
[[nodiscard]] Result<Tier> parse_tier(std::string_view name);
// Full names only: what policy files use.
[[nodiscard]] std::optional<Tier> tier_named(std::string_view name);
// What lies between the two, in the order of the way; empty when one follows the other.
[[nodiscard]] std::vector<Tier> between(Tier from, Tier to);

}  // namespace blc::tier
