#include "cli/views/table.hpp"

#include <gtest/gtest.h>

#include <sstream>

#include "core/text/display.hpp"

namespace blc::cli {
namespace {

const std::vector<Column> kColumns{{"RUN"}, {"STATE"}, {"WHEN", 2}, {"BY", 1}, {"VERB"}};
const std::vector<Row> kRows{{"7M4KD2", "pending", "Sun 22 Nov 10:31", "ana", "client-report generate"},
                             {"8ZT2HC", "indeterminate", "Sun 22 Nov 10:31", "bartholomew", "household-task add"}};

TEST(Table, PutsColumnsInLine) {
  EXPECT_EQ(table(kColumns, kRows, 200),
            "RUN     STATE          WHEN              BY           VERB\n"
            "7M4KD2  pending        Sun 22 Nov 10:31  ana          client-report generate\n"
            "8ZT2HC  indeterminate  Sun 22 Nov 10:31  bartholomew  household-task add\n");
}

TEST(Table, LeavesOutWhatHasNoRoomAndBreaksTheLastColumn) {
  EXPECT_EQ(table(kColumns, kRows, 60),
            "RUN     STATE          BY           VERB\n"
            "7M4KD2  pending        ana          client-report generate\n"
            "8ZT2HC  indeterminate  bartholomew  household-task add\n");
  EXPECT_EQ(table(kColumns, kRows, 40),
            "RUN     STATE          VERB\n"
            "7M4KD2  pending        client-report\n"
            "                       generate\n"
            "8ZT2HC  indeterminate  household-task\n"
            "                       add\n");
}

TEST(Table, IsNoWiderThanAskedForAtAnyWidth) {
  for (std::size_t width = 40; width < 120; ++width) {
    std::istringstream lines(table(kColumns, kRows, width));
    for (std::string line; std::getline(lines, line);) EXPECT_LE(text::columns(line), width) << line;
  }
}

TEST(Table, PutsTheLastColumnBelowWhereTheOthersLeaveNoRoom) {
  EXPECT_EQ(table(kColumns, kRows, 30),
            "RUN     STATE          VERB\n"
            "7M4KD2  pending\n"
            "    client-report generate\n"
            "8ZT2HC  indeterminate\n"
            "    household-task add\n");
}

TEST(Table, IndentsEachLine) {
  EXPECT_EQ(table({{"A"}, {"B"}}, {{"x", "one two three four"}}, 19, 2), "  A  B\n  x  one two three\n     four\n");
}

TEST(Table, MakesCellsSafe) {
  EXPECT_EQ(table({{"A"}}, {{"x\x1b[31m\n"}}, 80), "A\nx<U+001B>[31m<U+000A>\n");
}

TEST(Csv, QuotesAsRfc4180Says) {
  EXPECT_EQ(csv({"a", "b"}, {{"x,y", "say \"z\""}, {"", "plain"}}), "a,b\r\n\"x,y\",\"say \"\"z\"\"\"\r\n,plain\r\n");
}

TEST(Csv, GivesASpreadsheetNoFormula) {
  for (const std::string cell : {"=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "=HYPERLINK(\"http://example.org\",\"x\")"}) {
    const auto line = csv({"h"}, {{cell}}).substr(3);
    EXPECT_TRUE(line.starts_with("'") || line.starts_with("\"'")) << line;
  }
  EXPECT_EQ(csv({"h"}, {{"a=1"}}), "h\r\na=1\r\n");
}

TEST(Csv, HoldsOneLineARow) {
  EXPECT_EQ(csv({"h"}, {{"a\r\nb\n\x1b"}}), "h\r\na<U+000D><U+000A>b<U+000A><U+001B>\r\n");
}

}  // namespace
}  // namespace blc::cli
