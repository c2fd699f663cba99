#include "core/base/time.hpp"

#include <gtest/gtest.h>

namespace blc {
namespace {

using namespace std::chrono_literals;

TEST(Timestamp, IsRfc3339InUtcWithThreeDecimals) {
  EXPECT_EQ(to_string(Timestamp{}), "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(to_string(Timestamp{Milliseconds{1469922850259}}), "2016-07-30T23:54:10.259Z");
}

TEST(Timestamp, RoundTrips) {
  for (const std::string text : {"1970-01-01T00:00:00.000Z", "2024-02-29T23:59:59.999Z", "9999-12-31T23:59:59.999Z"}) {
    const auto time = parse_timestamp(text);
    ASSERT_TRUE(time) << text;
    EXPECT_EQ(to_string(*time), text);
  }
}

TEST(Timestamp, RefusesWhatItWouldNotPrint) {
  for (const std::string text :
       {"", "1969-12-31T23:59:59.999Z", "2026-02-29T00:00:00.000Z", "2026-13-01T00:00:00.000Z",
        "2026-00-01T00:00:00.000Z", "2026-01-01T24:00:00.000Z", "2026-01-01T00:60:00.000Z", "2026-01-01T00:00:60.000Z",
        "2026-01-01T00:00:00Z", "2026-01-01T00:00:00.00Z", "2026-01-01T00:00:00.0000Z", "2026-01-01t00:00:00.000Z",
        "2026-01-01T00:00:00.000z", "2026-01-01T00:00:00.000", "2026-01-01T00:00:00.000+00:00",
        "2026-01-01T00:00:00.000Z ", " 2026-01-01T00:00:00.000Z", "2026-1-01T00:00:00.000Z",
        "+026-01-01T00:00:00.000Z"})
    EXPECT_FALSE(parse_timestamp(text)) << text;
}

TEST(Date, ExistsInTheCalendar) {
  EXPECT_EQ(to_string(*parse_date("2024-02-29")), "2024-02-29");
  for (const std::string text : {"", "2026-02-29", "2026-04-31", "2026-00-10", "2026-10-00", "2026-1-1", "26-01-01",
                                 "2026-01-01 ", "2026/01/01", "2026-01-01T00:00:00.000Z"})
    EXPECT_FALSE(parse_date(text)) << text;
}

TEST(Duration, ReadsOneNumberAndOneUnit) {
  EXPECT_EQ(parse_duration("90s"), 90s);
  EXPECT_EQ(parse_duration("15m"), 15min);
  EXPECT_EQ(parse_duration("24h"), 24h);
  EXPECT_EQ(parse_duration("3d"), 72h);
  EXPECT_EQ(parse_duration("0s"), 0s);
  EXPECT_EQ(parse_duration("3660d"), std::chrono::days(3660));
  for (const std::string text : {"", "s", "90", "90 s", "90S", "1h30m", "-1s", "+1s", "1.5h", "1w", "3661d",
                                 "316224001s", "99999999999999999999d", "1s "})
    EXPECT_FALSE(parse_duration(text)) << text;
}

TEST(Duration, PrintsTheShortestExactForm) {
  EXPECT_EQ(to_string(90s), "90s");
  EXPECT_EQ(to_string(std::chrono::seconds(15min)), "15m");
  EXPECT_EQ(to_string(std::chrono::seconds(24h)), "1d");
  EXPECT_EQ(to_string(std::chrono::seconds(25h)), "25h");
  EXPECT_EQ(to_string(0s), "0s");
  for (const auto duration : {1s, 59s, 60s, 61s, 3599s, 3600s, 86399s, 86400s, 90000s})
    EXPECT_EQ(parse_duration(to_string(duration)), duration);
}

}  // namespace
}  // namespace blc
