#include "core/policy/calendar.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace blc::policy {
namespace {

using namespace std::chrono_literals;
using std::chrono::year_month_day;
using ::testing::HasSubstr;

constexpr auto kBerlin = "CET-1CEST,M3.5.0,M10.5.0/3";

Timestamp at(const std::string& text) { return *parse_timestamp(text + ":00.000Z"); }
std::string wall(const std::string& zone, const std::string& time) { return to_string(wall_clock(zone, at(time))).substr(0, 16); }

TEST(Zone, KeepsSummerTimeToTheMinute) {
  EXPECT_EQ(wall(kBerlin, "2026-03-29T00:59"), "2026-03-29T01:59");
  EXPECT_EQ(wall(kBerlin, "2026-03-29T01:00"), "2026-03-29T03:00");
  EXPECT_EQ(wall(kBerlin, "2026-10-25T00:59"), "2026-10-25T02:59");
  EXPECT_EQ(wall(kBerlin, "2026-10-25T01:00"), "2026-10-25T02:00");
}

TEST(Zone, IsAheadOfUtcWithAMinusAsInPosix) {
  EXPECT_EQ(wall("", "2026-07-01T12:00"), "2026-07-01T12:00");
  EXPECT_EQ(wall("UTC0", "2026-07-01T12:00"), "2026-07-01T12:00");
  EXPECT_EQ(wall("EST5EDT,M3.2.0,M11.1.0", "2026-07-01T12:00"), "2026-07-01T08:00");
  EXPECT_EQ(wall("EST5EDT,M3.2.0,M11.1.0", "2026-12-01T12:00"), "2026-12-01T07:00");
  EXPECT_EQ(wall("IST-5:30", "2026-12-01T12:00"), "2026-12-01T17:30");
  EXPECT_EQ(wall("NZST-12NZDT,M9.5.0,M4.1.0/3", "2026-04-04T13:59"), "2026-04-05T02:59");
  EXPECT_EQ(wall("NZST-12NZDT,M9.5.0,M4.1.0/3", "2026-04-04T14:00"), "2026-04-05T02:00");
}

TEST(Zone, IsRefusedUnlessItIsWrittenOut) {
  EXPECT_TRUE(check_zone(kBerlin));
  for (const auto* zone : {"Europe/Berlin", "CET", "CET-1CEST", "CET-25", "CET-1CEST,M13.5.0,M10.5.0/3", "CET-1CEST,M3.5.9,M10.5.0", "CET-1:99",
                           "CET-1CEST,M3.5.0/24,M10.5.0", "<-03>3", "CET-1CEST,J60,J300", "CET-1CEST,M3.5.0,M10.5.0/3 "})
    EXPECT_FALSE(check_zone(zone)) << zone;
}

class Calendars : public ::testing::Test {
 protected:
  Calendar office{kBerlin, {{{1, 2, 3, 4, 5}, 8h, 18h}}, {{year_month_day{2026y / 12 / 24}, year_month_day{2027y / 1 / 1}, "year end"}}};
};

TEST_F(Calendars, OpenAndShutAtTheMinuteOnTheWall) {
  EXPECT_THAT(shut(office, at("2026-11-26T06:59")).value_or(""), HasSubstr("mon, tue, wed, thu, fri 08:00 to 18:00 (CET-1CEST"));
  EXPECT_FALSE(shut(office, at("2026-11-26T07:00")));
  EXPECT_FALSE(shut(office, at("2026-11-26T16:59")));
  EXPECT_TRUE(shut(office, at("2026-11-26T17:00")));
  EXPECT_TRUE(shut(office, at("2026-11-28T12:00")));  // a Saturday
  // An hour earlier in UTC once it is summer there.
  EXPECT_FALSE(shut(office, at("2026-03-30T06:00")));
  EXPECT_TRUE(shut(office, at("2026-03-27T06:59")));
}

TEST_F(Calendars, FreezeWholeDaysThereBothIncluded) {
  EXPECT_FALSE(shut(office, at("2026-12-23T16:00")));
  office.windows.clear();
  EXPECT_FALSE(shut(office, at("2026-12-23T22:59")));
  EXPECT_EQ(shut(office, at("2026-12-23T23:00")).value_or(""), "there is a freeze from 2026-12-24 to 2027-01-01: year end");
  EXPECT_TRUE(shut(office, at("2027-01-01T22:59")));
  EXPECT_FALSE(shut(office, at("2027-01-01T23:00")));
}

TEST_F(Calendars, TellWhenTheyOpenNext) {
  EXPECT_EQ(opens(office, at("2026-11-26T17:10")), at("2026-11-27T07:00"));
  EXPECT_EQ(opens(office, at("2026-11-26T09:10")), at("2026-11-26T09:15"));
  EXPECT_EQ(opens(office, at("2026-12-23T18:00")), at("2027-01-04T07:00"));
  office.freezes.front().to = year_month_day{2028y / 1 / 1};
  EXPECT_EQ(opens(office, at("2026-12-24T18:00")), std::nullopt);
  EXPECT_EQ(opens(Calendar{}, at("2026-12-24T18:00")), at("2026-12-24T18:00"));
}

TEST(Minute, IsReadAsItIsWritten) {
  EXPECT_EQ(parse_minute("08:05"), 485min);
  EXPECT_EQ(parse_minute("24:00"), 1440min);
  EXPECT_EQ(minute_text(485min), "08:05");
  for (const auto* text : {"8:05", "08:60", "24:01", "08:5", "", "08:05 "}) EXPECT_FALSE(parse_minute(text)) << text;
}

}  // namespace
}  // namespace blc::policy
