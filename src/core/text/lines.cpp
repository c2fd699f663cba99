#include "core/text/lines.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <dtl/dtl.hpp>

namespace blc::text {

namespace {

using Lines = std::vector<std::string>;

// Comparing costs the square of what differs: 256 KiB of lines that nobody wrote by hand must not.
constexpr std::size_t kMostLines = 4000;

Lines split(std::string_view text) {
  Lines lines;
  while (!text.empty()) {
    const auto end = text.find('\n');
    lines.emplace_back(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return lines;
}

Lines whole(const Lines& before, const Lines& after) {
  Lines found{"@@ line 1"};
  for (const auto& line : before) found.push_back("-" + line);
  for (const auto& line : after) found.push_back("+" + line);
  return found;
}

}  // namespace

std::vector<std::string> changed_lines(std::string_view before, std::string_view after) {
  if (before == after) return {};
  const auto old_lines = split(before);
  const auto new_lines = split(after);
  // The last line's end alone.
  if (old_lines == new_lines) return {"@@ line " + std::to_string(old_lines.size()), "-(ends without a line break, or with one)"};
  if (old_lines.size() + new_lines.size() > kMostLines) return whole(old_lines, new_lines);
  dtl::Diff<std::string, Lines> diff(old_lines, new_lines);
  diff.compose();
  constexpr std::size_t kAround = 2;
  const auto script = diff.getSes().getSequence();
  std::vector<bool> shown(script.size());
  for (std::size_t i = 0; i < script.size(); ++i) {
    if (script[i].second.type == dtl::SES_COMMON) continue;
    for (auto near = i < kAround ? 0 : i - kAround; near < std::min(script.size(), i + kAround + 1); ++near) shown[near] = true;
  }
  Lines found;
  for (std::size_t i = 0; i < script.size(); ++i) {
    if (!shown[i]) continue;
    const auto& [line, info] = script[i];
    const bool first = i == 0 || !shown[i - 1];
    if (first) found.push_back(fmt::format("@@ line {}", std::max(1LL, info.type == dtl::SES_ADD ? info.afterIdx : info.beforeIdx)));
    const char mark = info.type == dtl::SES_COMMON ? ' ' : info.type == dtl::SES_DELETE ? '-' : '+';
    found.push_back(mark + line);
  }
  return found;
}

}  // namespace blc::text
