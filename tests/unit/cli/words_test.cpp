#include "cli/views/words.hpp"

#include <gtest/gtest.h>

#include <sstream>

#include "core/text/display.hpp"

namespace blc::cli {
namespace {

TEST(Wrap, BreaksAtSpacesAndIndentsWhatFollows) {
  EXPECT_EQ(wrap("1 reads  the notes of that session", 20, 9), "1 reads  the notes\n         of that\n         session");
  EXPECT_EQ(wrap("  it begins indented", 12, 4), "  it begins\n    indented");
  EXPECT_EQ(wrap("it fits", 7, 2), "it fits");
  EXPECT_EQ(wrap("", 60, 2), "");
}

TEST(Wrap, KeepsSpacesWithinALineAndNoneAtItsEnds) {
  EXPECT_EQ(wrap("a  b   c", 60, 0), "a  b   c");
  EXPECT_EQ(wrap("one  two   three", 8, 0), "one  two\nthree");
  EXPECT_EQ(wrap("question: ", 60, 0), "question: ");
}

TEST(Wrap, CountsColumnsNotBytesAndNoColour) {
  EXPECT_EQ(wrap("\u00fc\u00fc\u00fc \u00fc\u00fc\u00fc", 7, 0), "\u00fc\u00fc\u00fc \u00fc\u00fc\u00fc");
  EXPECT_EQ(wrap("\x1b[1mone\x1b[0m two", 7, 0), "\x1b[1mone\x1b[0m two");
  EXPECT_EQ(wrap("\x1b[1mone\x1b[0m two", 6, 0), "\x1b[1mone\x1b[0m\ntwo");
}

TEST(Wrap, LeavesAWordThatFitsNowhereBesideItsName) {
  const std::string digest = "sha256:" + std::string(64, 'a');
  EXPECT_EQ(wrap("digest  " + digest, 60, 0), "digest  " + digest);
  EXPECT_EQ(wrap("see " + digest + " for what was signed there", 60, 0), "see " + digest + "\nfor what was signed there");
}

TEST(Wrap, NeverBreaksACommandLine) {
  for (const std::string command : {"blc approve 7M4KD2 --digest sha256:4be1", "blc ledger verify --full", "blc --approve --run-id RUN",
                                    "blc client-report generate --client C-1042", "blc trust add NAME --key FILE.pub --role clinical-lead",
                                    "(blc wait 7M4KD2", "ssh-keygen -t ed25519-sk -O challenge=FILE", "blc again 7M4KD2 --env local"}) {
    for (std::size_t width = 1; width < 100; ++width)
      EXPECT_NE(wrap("type now: " + command + " and then go on with it", width, 2).find(command), std::string::npos) << width << " " << command;
  }
}

TEST(Wrap, BreaksASentenceThatNamesACommand) {
  EXPECT_EQ(wrap("blc runs lists them, and so does the inbox", 20, 0), "blc runs lists them,\nand so does the\ninbox");
  EXPECT_EQ(wrap("blc, blc-trust and the rest are here", 10, 0), "blc,\nblc-trust\nand the\nrest are\nhere");
}

TEST(Fit, GoesOnBelowEachLineAsItBegan) {
  EXPECT_EQ(fit("one two\n  three four\n\nlast", 9), "one two\n  three\n    four\n\nlast");
  EXPECT_EQ(fit("error: one two", 10, 2), "error: one\n  two");
  EXPECT_EQ(fit("ended\n", 60), "ended\n");
}

TEST(Fit, ChangesNothingThatFitsAndNothingTwice) {
  const std::string text = "Slots  clinical lead: ben, 10:40.  privacy officer: you.\n   blc execute 7M4KD2   (blc wait 7M4KD2 tells you when)\n";
  EXPECT_EQ(fit(text, 200), text);
  for (std::size_t width = 20; width < 100; ++width) EXPECT_EQ(fit(fit(text, width), width), fit(text, width)) << width;
}

TEST(Fit, MakesTabsSpaces) {
  EXPECT_EQ(fit("a\tb\n\u00fc\tb\n\tc", 60), "a       b\n\u00fc       b\n        c");
}

}  // namespace
}  // namespace blc::cli
