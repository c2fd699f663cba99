// Rows for people and for spreadsheets. Cells may come from outside: both make them safe.
#pragma once
#include <cstddef>
#include <string>
#include <vector>

namespace blc::cli {

struct Column {
  std::string head;
  int drop = 0;  // left out where there is no room, the highest first; 0: never
};
using Row = std::vector<std::string>;

// Columns in line below their heads, at most `width` wide: columns are left out as they say, then the last one is
// broken at spaces, or stands below the others where they leave it too little room. Each line is indented.
[[nodiscard]] std::string table(const std::vector<Column>& columns, const std::vector<Row>& rows, std::size_t width,
                                std::size_t indent = 0);

// RFC 4180: the heads, then the rows, each ended by CRLF. A cell that a spreadsheet would take for a formula (it begins
// with = + - @, a tab or a carriage return) gets a ' before it; control characters are made visible.
[[nodiscard]] std::string csv(const std::vector<std::string>& heads, const std::vector<Row>& rows);

}  // namespace blc::cli
