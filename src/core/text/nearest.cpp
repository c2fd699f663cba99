#include "core/text/nearest.hpp"

#include <algorithm>
#include <array>
#include <vector>

namespace blc::text {

namespace {

constexpr std::size_t kMostEdits = 2;
constexpr std::size_t kLongest = 64;  // longer words are not names, and the distance costs their product

// Optimal string alignment distance: Levenshtein's, with a swap of neighbours as one edit.
std::size_t distance(std::string_view a, std::string_view b) {
  std::array<std::vector<std::size_t>, 3> rows;
  for (auto& row : rows) row.resize(b.size() + 1);
  auto& [before, last, now] = rows;
  for (std::size_t j = 0; j <= b.size(); ++j) last[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    now[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t change = a[i - 1] == b[j - 1] ? 0 : 1;
      now[j] = std::min({last[j] + 1, now[j - 1] + 1, last[j - 1] + change});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) now[j] = std::min(now[j], before[j - 2] + 1);
    }
    before.swap(last);
    last.swap(now);
  }
  return last[b.size()];
}

}  // namespace

std::optional<std::string_view> nearest(std::string_view typed, std::span<const std::string_view> candidates) {
  std::optional<std::string_view> best;
  auto fewest = kMostEdits + 1;
  if (typed.size() > kLongest) return best;
  for (const auto candidate : candidates) {
    if (candidate.size() > kLongest) continue;
    const auto edits = distance(typed, candidate);
    if (edits < fewest && edits * 2 < std::max(typed.size(), candidate.size())) {
      fewest = edits;
      best = candidate;
    }
  }
  return best;
}

std::string did_you_mean(std::string_view typed, const std::vector<std::string>& candidates, std::string otherwise) {
  const std::vector<std::string_view> views(candidates.begin(), candidates.end());
  const auto near = nearest(typed, views);
  return near ? "did you mean " + std::string(*near) + "?" : std::move(otherwise);
}

}  // namespace blc::text
