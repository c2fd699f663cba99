#pragma once
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace blc::text {

// The candidate that `typed` most likely meant: at most two letters changed, added, left out or swapped with
// their neighbour, and fewer than half of them. Nothing when none is that near.
[[nodiscard]] std::optional<std::string_view> nearest(std::string_view typed,
                                                      std::span<const std::string_view> candidates);

// A hint: "did you mean staging?", or `otherwise` where no candidate is near enough.
[[nodiscard]] std::string did_you_mean(std::string_view typed, const std::vector<std::string>& candidates,
                                       std::string otherwise);

}  // namespace blc::text
