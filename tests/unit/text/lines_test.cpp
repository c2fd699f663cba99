#include "core/text/lines.hpp"

#include <gtest/gtest.h>

namespace blc::text {
namespace {

using Lines = std::vector<std::string>;

TEST(ChangedLines, OfTheSameTextAreNone) {
  EXPECT_EQ(changed_lines("a\nb\n", "a\nb\n"), Lines{});
  EXPECT_EQ(changed_lines("", ""), Lines{});
}

TEST(ChangedLines, StandBetweenTwoLinesThatAreTheSame) {
  EXPECT_EQ(changed_lines("1\n2\n3\n4\n5\n6\n7\n", "1\n2\n3\nfour\n5\n6\n7\n"),
            (Lines{"@@ line 2", " 2", " 3", "-4", "+four", " 5", " 6"}));
}

TEST(ChangedLines, AreToldPlaceByPlace) {
  EXPECT_EQ(changed_lines("a\nb\nc\nd\ne\nf\ng\nh\n", "A\nb\nc\nd\ne\nf\ng\nH\n"),
            (Lines{"@@ line 1", "-a", "+A", " b", " c", "@@ line 6", " f", " g", "-h", "+H"}));
}

TEST(ChangedLines, ThatComeOrGo) {
  EXPECT_EQ(changed_lines("", "a\n"), (Lines{"@@ line 1", "+a"}));
  EXPECT_EQ(changed_lines("a\nb\n", "b\n"), (Lines{"@@ line 1", "-a", " b"}));
}

TEST(ChangedLines, NeverCallTextsTheSameThatAreNot) {
  EXPECT_FALSE(changed_lines("a\n", "a").empty());
  EXPECT_FALSE(changed_lines("a", "a\n").empty());
  EXPECT_FALSE(changed_lines("a", "a ").empty());
  EXPECT_FALSE(changed_lines("a\r\n", "a\n").empty());
}

TEST(ChangedLines, OfTextsTooLongToCompareAreAllOfThem) {
  std::string before;
  std::string after;
  for (int i = 0; i < 3000; ++i) {
    before += "b" + std::to_string(i) + "\n";
    after += "a" + std::to_string(i) + "\n";
  }
  EXPECT_EQ(changed_lines(before, after).size(), 6001U);
}

}  // namespace
}  // namespace blc::text
