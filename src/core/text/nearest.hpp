#pragma once
#include <optional>
#include <span>
#include <string_view>

namespace blc::text {

// The candidate that `typed` most likely meant: at most two letters changed, added, left out or swapped with
// their neighbour, and fewer than half of them. Nothing when none is that near.
[[nodiscard]] std::optional<std::string_view> nearest(std::string_view typed,
                                                      std::span<const std::string_view> candidates);

}  // namespace blc::text
