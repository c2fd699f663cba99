#include "core/policy/calendar.hpp"

#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>
#include <boost/date_time/local_time/local_date_time.hpp>
#include <boost/date_time/local_time/local_time_types.hpp>
#include <boost/date_time/local_time/posix_time_zone.hpp>

namespace blc::policy {

namespace {

using std::chrono::days;
using std::chrono::minutes;

constexpr auto kZone =
    R"(([A-Za-z]{3,6})([+-]?)(\d{1,2})(?::(\d{2}))?(?:([A-Za-z]{3,6}),(M\d{1,2}\.[1-5]\.[0-6])(?:/(\d{1,2}))?,(M\d{1,2}\.[1-5]\.[0-6])(?:/(\d{1,2}))?)?)";

// The same zone as Boost writes it: ahead of UTC is plus there, and every part is written out. Nothing for no zone.
std::optional<std::string> for_boost(const std::string& zone) {
  if (zone.empty()) return "UTC+00:00:00";
  static const RE2 kPattern(kZone);
  std::string name;
  std::string sign;
  std::string summer;
  std::string begin;
  std::string end;
  std::string begin_hour;
  std::string end_hour;
  std::string minute;
  int hours = 0;
  if (!RE2::FullMatch(zone, kPattern, &name, &sign, &hours, &minute, &summer, &begin, &begin_hour, &end, &end_hour)) return std::nullopt;
  const auto number = [](const std::string& text, int otherwise) { return text.empty() ? otherwise : std::stoi(text); };
  const int from = number(begin_hour, 2);
  const int to = number(end_hour, 2);
  if (hours > 14 || number(minute, 0) > 59 || from > 23 || to > 23) return std::nullopt;
  auto text = fmt::format("{}{}{:02}:{:02}:00", name, sign == "-" ? '+' : '-', hours, number(minute, 0));
  if (!summer.empty()) text += fmt::format("{}+01:00:00,{}/{:02}:00:00,{}/{:02}:00:00", summer, begin, from, end, to);
  return text;
}

boost::posix_time::ptime to_boost(Timestamp time) {
  static const boost::posix_time::ptime kEpoch(boost::gregorian::date(1970, 1, 1));
  return kEpoch + boost::posix_time::milliseconds(time.time_since_epoch().count());
}

std::string days_text(const Window& window) {
  std::vector<std::string_view> names;
  for (const auto day : {1U, 2U, 3U, 4U, 5U, 6U, 0U}) {
    if (window.days.contains(day)) names.push_back(kDays.at(day));
  }
  return fmt::format("{}", fmt::join(names, ", "));
}

bool within(const Window& window, Timestamp wall) {
  const auto day = std::chrono::floor<days>(wall);
  const auto minute = std::chrono::floor<minutes>(wall - day);
  return window.days.contains(std::chrono::weekday(day).c_encoding()) && minute >= window.from && minute < window.to;
}

}  // namespace

Result<> check_zone(const std::string& zone) {
  const auto refuse = [&] {
    return fail(Exit::usage, "expected a time zone as POSIX writes it, such as CET-1CEST,M3.5.0,M10.5.0/3 or UTC0");
  };
  const auto written = for_boost(zone);
  if (!written) return refuse();
  try {
    const boost::local_time::posix_time_zone parsed(*written);
    return {};
  } catch (const std::exception&) {
    return refuse();
  }
}

Timestamp wall_clock(const std::string& zone, Timestamp time) {
  const auto written = for_boost(zone);
  if (!written) throw Broken("a time zone was used that was not checked");
  const boost::local_time::time_zone_ptr there(new boost::local_time::posix_time_zone(*written));
  const auto utc = to_boost(time);
  const auto local = boost::local_time::local_date_time(utc, there).local_time();
  return time + Milliseconds((local - utc).total_milliseconds());
}

std::optional<std::string> shut(const Calendar& calendar, Timestamp time) {
  if (calendar.always()) return std::nullopt;
  const auto wall = wall_clock(calendar.zone, time);
  const std::chrono::year_month_day today(std::chrono::floor<days>(wall));
  for (const auto& freeze : calendar.freezes) {
    if (today < freeze.from || today > freeze.to) continue;
    return "there is a " + freeze_text(freeze);
  }
  const bool open = calendar.windows.empty() || std::ranges::any_of(calendar.windows, [&](const auto& window) { return within(window, wall); });
  return open ? std::nullopt : std::optional("runs start there only " + calendar_text(Calendar{calendar.zone, calendar.windows, {}}));
}

std::optional<Timestamp> opens(const Calendar& calendar, Timestamp time) {
  constexpr minutes kQuarter{15};
  const auto first = std::chrono::ceil<std::chrono::duration<std::int64_t, std::ratio<900>>>(time);
  for (auto at = Timestamp(first); at < time + days(60); at += kQuarter) {
    if (!shut(calendar, at)) return at;
  }
  return std::nullopt;
}

std::optional<std::chrono::minutes> parse_minute(std::string_view text) {
  static const RE2 kPattern(R"((\d{2}):(\d{2}))");
  int hour = 0;
  int minute = 0;
  if (!RE2::FullMatch(re2::StringPiece(text.data(), text.size()), kPattern, &hour, &minute)) return std::nullopt;
  const std::chrono::minutes of_day(hour * 60 + minute);
  if (minute > 59 || of_day > std::chrono::hours(24)) return std::nullopt;
  return of_day;
}

std::string calendar_text(const Calendar& calendar) {
  std::vector<std::string> words;
  for (const auto& window : calendar.windows) words.push_back(window_text(window));
  for (const auto& freeze : calendar.freezes) words.push_back(freeze_text(freeze));
  if (words.empty()) return "always";
  return fmt::format("{} ({})", fmt::join(words, "; "), calendar.zone.empty() ? "UTC" : calendar.zone);
}

std::string window_text(const Window& window) {
  return fmt::format("{} {} to {}", days_text(window), minute_text(window.from), minute_text(window.to));
}

std::string freeze_text(const Freeze& freeze) {
  return fmt::format("freeze from {} to {}: {}", to_string(freeze.from), to_string(freeze.to), freeze.because);
}

std::string minute_text(std::chrono::minutes minute) { return fmt::format("{:02}:{:02}", minute.count() / 60, minute.count() % 60); }

}  // namespace blc::policy
