// Times as people type them, in Berlin: clocks forward on 29 March 2026, back on 25 October 2026.
#include "cli/times.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <ctime>

namespace blc::cli {
namespace {

using namespace std::chrono_literals;

Timestamp at(std::string_view text) { return parse_timestamp(text).value(); }

class Times : public ::testing::Test {
 protected:
  void SetUp() override { zone("Europe/Berlin"); }
  void TearDown() override { zone("UTC"); }
  static void zone(const char* name) {
    ::setenv("TZ", name, 1);  // NOLINT(concurrency-mt-unsafe): no thread was started
    ::tzset();
  }
  static std::string when(std::string_view text, Timestamp now = at("2026-11-22T10:31:00.000Z")) {
    const auto found = parse_when(text, now, "--at");
    return found ? to_string(*found) : found.error().message + " | " + found.error().hint;
  }
  static std::string since(std::string_view text, Edge edge = Edge::first) {
    const auto found = parse_since(text, at("2026-11-22T10:31:00.000Z"), edge, "--since");
    return found ? to_string(*found) : found.error().message;
  }
};

TEST_F(Times, OfTheClockIsTheNextOne) {
  EXPECT_EQ(when("18:00"), "2026-11-22T17:00:00.000Z");
  EXPECT_EQ(when("18:00:30"), "2026-11-22T17:00:30.000Z");
  EXPECT_EQ(when("11:32"), "2026-11-22T10:32:00.000Z");
  EXPECT_EQ(when("11:31"), "2026-11-23T10:31:00.000Z");
  EXPECT_EQ(when("00:00"), "2026-11-22T23:00:00.000Z");
  EXPECT_EQ(when("00:30", at("2026-12-31T23:00:00.000Z")), "2026-12-31T23:30:00.000Z");
}

TEST_F(Times, FromNowOnIsExact) {
  EXPECT_EQ(when("+2h"), "2026-11-22T12:31:00.000Z");
  EXPECT_EQ(when("+90s"), "2026-11-22T10:32:30.000Z");
}

TEST_F(Times, WithADateIsLocalUnlessItSaysItsZone) {
  EXPECT_EQ(when("2026-11-24T18:00"), "2026-11-24T17:00:00.000Z");
  EXPECT_EQ(when("2026-07-24 18:00"), "2026-07-24T16:00:00.000Z");
  EXPECT_EQ(when("2026-11-24T18:00Z"), "2026-11-24T18:00:00.000Z");
  EXPECT_EQ(when("2026-11-24T18:00:15-05:00"), "2026-11-24T23:00:15.000Z");
  EXPECT_EQ(when("2026-11-24T18:00+0530"), "2026-11-24T12:30:00.000Z");
  EXPECT_EQ(when("2026-11-24T18:00:00.250Z"), "2026-11-24T18:00:00.250Z");
}

TEST_F(Times, ThatTheClocksLeaveOutIsRefused) {
  const auto night = at("2026-03-28T20:00:00.000Z");
  EXPECT_NE(when("02:30", night).find("there is no 2026-03-29 02:30 here"), std::string::npos) << when("02:30", night);
  EXPECT_NE(when("2026-03-29T02:00").find("there is no"), std::string::npos);
  EXPECT_EQ(when("2026-03-29T01:59:59"), "2026-03-29T00:59:59.000Z");
  EXPECT_EQ(when("2026-03-29T03:00"), "2026-03-29T01:00:00.000Z");
}

TEST_F(Times, ThatComesTwiceIsRefusedWithBothWaysToSayIt) {
  const auto night = at("2026-10-24T20:00:00.000Z");
  EXPECT_NE(when("02:30", night).find("say which: 2026-10-25T02:30+02:00 or 2026-10-25T02:30+01:00"), std::string::npos)
      << when("02:30", night);
  EXPECT_EQ(when("2026-10-25T02:30+02:00"), "2026-10-25T00:30:00.000Z");
  EXPECT_EQ(when("2026-10-25T02:30+01:00"), "2026-10-25T01:30:00.000Z");
  // "+2h" over the change is two hours.
  EXPECT_EQ(when("+6h", at("2026-10-24T20:00:00.000Z")), "2026-10-25T02:00:00.000Z");
}

TEST_F(Times, OfNoFormAreRefused) {
  for (const auto* text :
       {"", "soon", "24:00", "18:60", "18", "1800", "6:00", "+", "+2", "+2w", "-2h", "2h", "2026-11-24", "2026-02-30T10:00",
        "2026-11-24T", "2026-11-24T25:00", "2026-11-24T18:00+99:00", "2026-11-24T18:00Zx", "2026-11-24T18:00+1", "18:00\n",
        "1 8:00", "2026-11-24T18:00:00.25Z", "９:00"}) {
    EXPECT_NE(when(text).find("is no time"), std::string::npos) << text;
  }
}

TEST_F(Times, ToSearchBy) {
  EXPECT_EQ(since("3d"), "2026-11-19T10:31:00.000Z");
  EXPECT_EQ(since("12h"), "2026-11-21T22:31:00.000Z");
  EXPECT_EQ(since("2026-11-20"), "2026-11-19T23:00:00.000Z");
  EXPECT_EQ(since("2026-11-20", Edge::last), "2026-11-20T22:59:59.999Z");
  EXPECT_EQ(since("2026-10-25"), "2026-10-24T22:00:00.000Z");
  EXPECT_EQ(since("2026-10-25", Edge::last), "2026-10-25T22:59:59.999Z");
  EXPECT_EQ(since("2026-11-20T08:00"), "2026-11-20T07:00:00.000Z");
  for (const auto* text : {"", "yesterday", "2026-13-01", "18:00", "+2h", "3"}) EXPECT_NE(since(text).find("is no time"), std::string::npos) << text;
}

// Santiago puts its clocks forward at midnight: that day begins at one.
TEST_F(Times, OfADayWithoutMidnightBeginWithItsFirstMoment) {
  zone("America/Santiago");
  EXPECT_EQ(since("2026-09-06"), "2026-09-06T04:00:00.000Z");
}

TEST_F(Times, AreShownWithTheirZone) {
  EXPECT_EQ(with_zone(at("2026-11-24T17:00:00.000Z")), "Tue 24 Nov 2026 18:00:00 CET (+01:00)");
  EXPECT_EQ(with_zone(at("2026-07-24T16:00:00.000Z")), "Fri 24 Jul 2026 18:00:00 CEST (+02:00)");
}

}  // namespace
}  // namespace blc::cli
