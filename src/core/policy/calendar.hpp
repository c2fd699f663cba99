// When runs may start: windows of the week and freezes, in a time zone that the policy writes out.
#pragma once
#include <array>
#include <chrono>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.hpp"
#include "core/base/time.hpp"

namespace blc::policy {

// On these days of the week, from the one minute of the day up to the other: never across midnight.
struct Window {
  std::set<unsigned> days;  // 0 is Sunday (std::chrono::weekday::c_encoding)
  std::chrono::minutes from{};
  std::chrono::minutes to{};
  bool operator==(const Window&) const = default;
};

// From the first of the one day to the end of the other.
struct Freeze {
  std::chrono::year_month_day from;
  std::chrono::year_month_day to;
  std::string because;
  bool operator==(const Freeze&) const = default;
};

// The zone is written as POSIX writes TZ (IEEE Std 1003.1-2017, 8.3), rules and all: "CET-1CEST,M3.5.0,M10.5.0/3". So
// everybody who verifies a ledger reckons alike, whatever time zones their machine knows. Empty: UTC.
struct Calendar {
  std::string zone;
  std::vector<Window> windows;  // empty: always
  std::vector<Freeze> freezes;
  bool operator==(const Calendar&) const = default;
  [[nodiscard]] bool always() const { return windows.empty() && freezes.empty(); }
};

// Exit::usage for anything but STDoffset[DST,Mm.w.d[/hours],Mm.w.d[/hours]] with summer time an hour ahead.
[[nodiscard]] Result<> check_zone(const std::string& zone);
// The clock on the wall there, as if it were UTC.
[[nodiscard]] Timestamp wall_clock(const std::string& zone, Timestamp time);

// Why nothing may start at `time`, or nullopt: "a freeze from 2026-12-24 to 2027-01-01: year end".
[[nodiscard]] std::optional<std::string> shut(const Calendar& calendar, Timestamp time);
// The first quarter of an hour from `time` on at which something may start, in the 60 days after it.
[[nodiscard]] std::optional<Timestamp> opens(const Calendar& calendar, Timestamp time);

inline constexpr std::array<std::string_view, 7> kDays{"sun", "mon", "tue", "wed", "thu", "fri", "sat"};
// "08:00", and back; nullopt for anything else. "24:00" is the end of a day.
[[nodiscard]] std::optional<std::chrono::minutes> parse_minute(std::string_view text);
[[nodiscard]] std::string minute_text(std::chrono::minutes minute);
// "mon, tue 08:00 to 18:00"; "freeze from 2026-12-24 to 2027-01-01: year end".
[[nodiscard]] std::string calendar_text(const Calendar& calendar);
[[nodiscard]] std::string window_text(const Window& window);
[[nodiscard]] std::string freeze_text(const Freeze& freeze);

}  // namespace blc::policy
