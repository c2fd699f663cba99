#include "cli/views/table.hpp"

#include <algorithm>

#include "cli/views/words.hpp"
#include "core/text/display.hpp"

namespace blc::cli {

namespace {

constexpr std::size_t kGap = 2;
constexpr std::size_t kLeastLast = 12;  // fewer columns are too few to read text in

std::string padded(const std::string& text, std::size_t width) {
  const auto columns = text::columns(text);
  return columns < width ? text + std::string(width - columns, ' ') : text;
}

// Of each column.
std::vector<std::size_t> widths_of(const std::vector<Row>& cells) {
  std::vector<std::size_t> widths(cells.front().size());
  for (const auto& row : cells) {
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], text::columns(row[i]));
  }
  return widths;
}

// The columns that fit; what is never left out stays, however narrow it is.
std::vector<std::size_t> chosen(const std::vector<Column>& columns, const std::vector<std::size_t>& widths, std::size_t width) {
  std::vector<std::size_t> kept(columns.size());
  for (std::size_t i = 0; i < kept.size(); ++i) kept[i] = i;
  const auto needed = [&] {
    std::size_t sum = 0;
    for (const auto i : kept) sum += widths[i] + kGap;
    return sum - kGap;
  };
  while (needed() > width) {
    const auto first = std::ranges::max_element(kept, {}, [&](auto i) { return columns[i].drop; });
    if (columns[*first].drop == 0) break;
    kept.erase(first);
  }
  return kept;
}

std::string csv_cell(const std::string& cell) {
  // Tab and carriage return are looked for before they are made visible.
  const bool formula = !cell.empty() && std::string_view("=+-@\t\r").find(cell.front()) != std::string_view::npos;
  auto text = (formula ? "'" : "") + text::display(cell);
  if (text.find_first_of(",\"") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
  return quoted + "\"";
}

}  // namespace

std::string table(const std::vector<Column>& columns, const std::vector<Row>& rows, std::size_t width, std::size_t indent) {
  std::vector<Row> cells(1);
  for (const auto& column : columns) cells.front().push_back(column.head);
  for (const auto& row : rows) {
    auto& safe = cells.emplace_back();
    for (const auto& cell : row) safe.push_back(text::display(cell));
  }
  const auto widths = widths_of(cells);
  const auto kept = chosen(columns, widths, width - indent);
  std::string text;
  for (const auto& row : cells) {
    std::string line(indent, ' ');
    for (const auto i : kept) {
      if (i != kept.back()) line += padded(row[i], widths[i] + kGap);
    }
    auto hang = text::columns(line);
    const auto& last = row[kept.back()];
    if (hang + kLeastLast > width && hang + text::columns(last) > width) {
      while (line.ends_with(' ')) line.pop_back();
      hang = indent + 2 * kGap;
      text += wrap(line, width, hang) + "\n";
      line = std::string(hang, ' ');
    }
    text += wrap(line + last, width, hang);
    while (text.ends_with(' ')) text.pop_back();
    text += '\n';
  }
  return text;
}

std::string csv(const std::vector<std::string>& heads, const std::vector<Row>& rows) {
  std::string text;
  const auto add = [&](const Row& row) {
    for (std::size_t i = 0; i < row.size(); ++i) text += (i == 0 ? "" : ",") + csv_cell(row[i]);
    text += "\r\n";
  };
  add(heads);
  for (const auto& row : rows) add(row);
  return text;
}

}  // namespace blc::cli
