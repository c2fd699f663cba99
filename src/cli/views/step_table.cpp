#include "cli/views/step_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "cli/views/words.hpp"
#include "core/text/display.hpp"
#include "core/text/masking.hpp"

namespace blc::cli {

namespace {

constexpr std::size_t kLongestLine = 1024;  // bytes kept of what a program prints: more fits on no screen
constexpr Milliseconds kTurn{100};          // how long each figure of the spinner stands

std::string_view words(StepState state) {
  switch (state) {
    case StepState::waits: return "waits";
    case StepState::running: return "running";
    case StepState::asking: return "was it done?";
    case StepState::done: return "done";
    case StepState::not_done: return "not done";
    case StepState::failed: return "FAILED";
    case StepState::undoing: return "undoing";
    case StepState::undone: return "undone";
    case StepState::undo_failed: return "UNDO FAILED";
  }
  return "waits";
}

// "0.2 s", "12 s", "3:05".
std::string duration(Milliseconds time) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(time).count();
  if (seconds < 10) return fmt::format("{}.{} s", seconds, time.count() % 1000 / 100);
  if (seconds < 60) return fmt::format("{} s", seconds);
  return fmt::format("{}:{:02}", seconds / 60, seconds % 60);
}

// The longest beginning of a line that display() made which fits.
std::string cut(const std::string& line, std::size_t width) {
  if (text::columns(line) <= width) return line;
  std::size_t end = std::min(line.size(), width);
  const auto inside = [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U; };
  while (end > 0 && ((end < line.size() && inside(line[end])) || text::columns(line.substr(0, end)) > width)) --end;
  return line.substr(0, end);
}

}  // namespace

StepTable::StepTable(const plan::Resolution& resolution, const std::set<std::string>& done)
    : sealed_(resolution.classification == Classification::clinical) {
  for (const auto& step : resolution.steps) {
    const bool is_done = step.at_planning || done.contains(step.name);
    rows_.push_back(Row{step.name, is_done ? StepState::done : StepState::waits});
  }
}

StepTable::Row* StepTable::find(std::string_view step) {
  const auto found = std::ranges::find(rows_, step, &Row::name);
  return found == rows_.end() ? nullptr : &*found;
}

void StepTable::starts(std::string_view step, StepState state, Milliseconds now) {
  auto* const row = find(step);
  if (row == nullptr) return;
  *row = Row{row->name, state, now};
}

void StepTable::says(std::string_view step, std::string_view bytes) {
  auto* const row = find(step);
  if (row == nullptr) return;
  for (const char c : bytes) {
    if (c == '\n' || c == '\r') {
      row->printed += row->line_ended ? 0U : 1U;
      row->line_ended = true;
      continue;
    }
    if (row->line_ended) row->line.clear();
    row->line_ended = false;
    if (row->line.size() < kLongestLine) row->line += c;
  }
}

void StepTable::ends(std::string_view step, StepState state, Milliseconds now, std::string_view how) {
  auto* const row = find(step);
  if (row == nullptr) return;
  row->state = state;
  row->took = row->since ? now - *row->since : Milliseconds(0);
  row->how = how;
}

std::string StepTable::remark(const Row& row) const {
  if (!row.how.empty()) return row.how;
  if (row.line.empty() && row.printed == 0) return {};
  if (sealed_) return "printed " + count(std::max<std::size_t>(row.printed, 1), "line") + ", sealed";
  return text::mask(text::display(row.line));
}

std::vector<std::string> StepTable::lines(std::size_t width, Milliseconds now) const {
  constexpr std::array kSpinner{'|', '/', '-', '\\'};
  const auto longest = std::ranges::max(rows_, {}, [](const auto& row) { return row.name.size(); }).name.size();
  std::vector<std::string> lines;
  for (const auto& row : rows_) {
    const bool at_work = row.state == StepState::running || row.state == StepState::asking || row.state == StepState::undoing;
    const auto turn = static_cast<std::size_t>(now / kTurn) % kSpinner.size();
    const auto state = fmt::format("{}{}", words(row.state), at_work ? fmt::format(" {}", kSpinner.at(turn)) : "");
    const auto time = row.since ? duration(at_work ? now - *row.since : row.took) : std::string();
    auto line = fmt::format("{:>2} {:<{}}  {:<14} {:>6}  {}", lines.size() + 1, row.name, longest, state, time, remark(row));
    while (line.ends_with(' ')) line.pop_back();
    lines.push_back(cut(line, width));
  }
  return lines;
}

}  // namespace blc::cli
