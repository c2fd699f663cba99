#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace blc::text {

// What differs between two texts, as in `diff -U2` without its head: "@@ line 12" before each place, then lines that
// begin with ' ' (the same in both), '-' (only before) or '+' (only after). Not yet safe to show. Texts that have
// nearly nothing in common are told whole, every line of one, then of the other.
[[nodiscard]] std::vector<std::string> changed_lines(std::string_view before, std::string_view after);

}  // namespace blc::text
