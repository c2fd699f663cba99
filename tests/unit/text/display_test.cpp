#include "core/text/display.hpp"

#include <gtest/gtest.h>

#include "core/text/json.hpp"
#include "core/text/utf8.hpp"

namespace blc::text {
namespace {

TEST(Display, LeavesPlainTextAlone) {
  for (const std::string text :
       {"", "client C-1042, session 2026-11-02", "~!@#$%^&*()_+{}|:\"<>?`-=[]\\;',./", "M\u00fcller",
        "na\u00efve caf\u00e9", "\u0141\u00f3d\u017a", "Nguy\u1ec5n",
        "\u2018a\u2019 \u201cb\u201d \u2013 \u2014 \u2026", "50 \u20ac, \u00a7 3, 20 \u00b0C", "\u0130zmir"}) {
    EXPECT_EQ(display(text), text);
    EXPECT_TRUE(plain(text)) << text;
  }
}

struct Case {
  std::string text;
  std::string shown;
};

TEST(Display, MakesWhatHidesOrImitatesVisible) {
  const std::vector<Case> cases{
      {"a\nb", "a<U+000A>b"},
      {"a\tb\r", "a<U+0009>b<U+000D>"},
      {std::string("a\0b", 3), "a<U+0000>b"},
      {"\x1b[31m", "<U+001B>[31m"},
      {"\x7f", "<U+007F>"},
      {"\u0085", "<U+0085>"},
      {"\u202e", "<U+202E>"},                  // right-to-left override
      {"\u2066x\u2069", "<U+2066>x<U+2069>"},  // isolates
      {"\u200b\u200d\ufeff", "<U+200B><U+200D><U+FEFF>"},
      {"\u00a0\u00ad\u2028\u2003", "<U+00A0><U+00AD><U+2028><U+2003>"},
      {"\u0430dmin", "<U+0430>dmin"},  // Cyrillic a
      {"\u03bf", "<U+03BF>"},          // Greek omicron
      {"\uff21", "<U+FF21>"},          // fullwidth A
      {"\u0131", "<U+0131>"},          // dotless i
      {"\u212a", "<U+212A>"},          // Kelvin sign
      {"\u0261", "<U+0261>"},          // script g
      {"\u01c3", "<U+01C3>"},          // click, like !
      {"\ufb01", "<U+FB01>"},          // fi ligature
      {"\u2024\u2044\u2215", "<U+2024><U+2044><U+2215>"},
      {"e\u0301", "e<U+0301>"},     // combining acute
      {"\U000E0041", "<U+E0041>"},  // tag character
      {"\U0001F600", "<U+1F600>"},
      {"\xff\xfe", "<FF><FE>"},
      {"\xc0\xaf", "<C0><AF>"},          // overlong slash
      {"\xed\xa0\x80", "<ED><A0><80>"},  // surrogate
      {"a\xe2\x82", "a<E2><82>"},        // cut short
  };
  for (const auto& [text, shown] : cases) {
    EXPECT_EQ(display(text), shown);
    EXPECT_FALSE(plain(text)) << shown;
  }
}

TEST(Display, KeepsLineFeedsAndTabsInTextOfManyLinesOnly) {
  EXPECT_EQ(display_lines("a\n\tb\r\n"), "a\n\tb<U+000D>\n");
  EXPECT_FALSE(plain("a\nb"));
}

TEST(Display, ShowsEveryCodePointInAPlainWay) {
  for (std::uint32_t point = 0; point <= 0x10FFFF; ++point) {
    if (point >= 0xD800 && point <= 0xDFFF) continue;
    std::string text;
    append_utf8(text, point);
    ASSERT_TRUE(valid_utf8(text)) << point;
    const auto shown = display(text);
    ASSERT_TRUE(plain(shown)) << point;
    ASSERT_EQ(shown == text, plain(text)) << point;
    ASSERT_EQ(columns(shown), shown == text ? 1U : shown.size()) << point;
  }
}

TEST(Columns, CountsCodePoints) {
  EXPECT_EQ(columns("abc"), 3U);
  EXPECT_EQ(columns("M\u00fcller \u2026"), 8U);
  EXPECT_EQ(columns(display("a\u202e")), 9U);
}

}  // namespace
}  // namespace blc::text
