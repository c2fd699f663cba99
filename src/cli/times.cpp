#include "cli/times.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cstdlib>
#include <ctime>
#include <optional>
#include <vector>

#include "core/text/display.hpp"

namespace blc::cli {

namespace {

using std::chrono::seconds;

struct WallTime {
  std::chrono::year_month_day date{};
  int hour = 0;
  int minute = 0;
  int second = 0;
};

std::optional<int> number(std::string_view text) {
  int value = 0;
  if (text.size() != 2 || text.find_first_not_of("0123456789") != std::string_view::npos) return std::nullopt;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

// "18:00" or "18:00:30".
bool read_clock(std::string_view text, WallTime& time) {
  if ((text.size() != 5 && text.size() != 8) || text[2] != ':' || (text.size() == 8 && text[5] != ':')) return false;
  const auto hour = number(text.substr(0, 2));
  const auto minute = number(text.substr(3, 2));
  const auto second = text.size() == 8 ? number(text.substr(6, 2)) : 0;
  if (!hour || !minute || !second || *hour > 23 || *minute > 59 || *second > 59) return false;
  time.hour = *hour;
  time.minute = *minute;
  time.second = *second;
  return true;
}

// "Z", "+01:00" or "-0500" at the end of a date with time, taken off it.
std::optional<seconds> take_offset(std::string_view& text) {
  if (text.ends_with('Z')) {
    text.remove_suffix(1);
    return seconds{0};
  }
  constexpr std::size_t kDateAndT = 11;
  const auto sign = text.find_first_of("+-", kDateAndT);
  if (sign == std::string_view::npos) return std::nullopt;
  const auto offset = text.substr(sign + 1);
  if (offset.size() < 4) return std::nullopt;
  const auto hours = number(offset.substr(0, 2));
  const auto minutes = number(offset.substr(offset[2] == ':' ? 3 : 2));
  if (!hours || !minutes || *hours > 14 || *minutes > 59) return std::nullopt;
  const auto amount = std::chrono::hours{*hours} + std::chrono::minutes{*minutes};
  const bool west = text[sign] == '-';
  text = text.substr(0, sign);
  return west ? -seconds{amount} : seconds{amount};
}

std::string shown(const WallTime& time) {
  return fmt::format("{} {:02}:{:02}{}", blc::to_string(time.date), time.hour, time.minute,
                     time.second == 0 ? std::string() : fmt::format(":{:02}", time.second));
}

std::string offset_text(std::int64_t east) {
  const auto minutes = std::abs(east) / 60;
  return fmt::format("{}{:02}:{:02}", east < 0 ? '-' : '+', minutes / 60, minutes % 60);
}

// The moments that clocks here show as that time: none where they are put forward over it, two where they are put back.
std::vector<std::time_t> moments(const WallTime& time) {
  std::vector<std::time_t> found;
  for (const int summer : {1, 0}) {
    std::tm fields{};
    fields.tm_year = static_cast<int>(time.date.year()) - 1900;
    fields.tm_mon = static_cast<int>(static_cast<unsigned>(time.date.month())) - 1;
    fields.tm_mday = static_cast<int>(static_cast<unsigned>(time.date.day()));
    fields.tm_hour = time.hour;
    fields.tm_min = time.minute;
    fields.tm_sec = time.second;
    fields.tm_isdst = summer;
    const auto moment = std::mktime(&fields);
    const bool same = fields.tm_hour == time.hour && fields.tm_min == time.minute && fields.tm_isdst == summer &&
                      fields.tm_mday == static_cast<int>(static_cast<unsigned>(time.date.day()));
    if (same) found.push_back(moment);
  }
  return found;
}

std::int64_t east_of_utc(std::time_t moment) { return fmt::localtime(moment).tm_gmtoff; }

Result<Timestamp> local(const WallTime& time, std::string_view option) {
  const auto found = moments(time);
  if (found.size() == 1) return Timestamp(seconds(found.front()));
  if (found.empty())
    return fail(Exit::usage, fmt::format("{}: there is no {} here: the clocks are put forward over it", option, shown(time)),
                "name a time before or after the change");
  const auto day = blc::to_string(time.date);
  return fail(Exit::usage, fmt::format("{}: {} comes twice here: the clocks are put back", option, shown(time)),
              fmt::format("say which: {0}T{1:02}:{2:02}{3} or {0}T{1:02}:{2:02}{4}", day, time.hour, time.minute,
                          offset_text(east_of_utc(found.front())), offset_text(east_of_utc(found.back()))));
}

// A date with time, in its own zone or the local one; nullopt when it does not look like one.
std::optional<Result<Timestamp>> date_and_time(std::string_view text, std::string_view option) {
  constexpr std::size_t kDate = 10;
  const auto date = parse_date(text.substr(0, kDate));
  if (!date || text.size() <= kDate || (text[kDate] != 'T' && text[kDate] != ' ')) return std::nullopt;
  const auto offset = take_offset(text);
  WallTime time{*date};
  auto clock = text.substr(kDate + 1);
  // The form that blc itself prints has milliseconds.
  if (offset == seconds{0} && clock.size() == 12 && clock[8] == '.') {
    const auto stamp = parse_timestamp(fmt::format("{}T{}Z", blc::to_string(*date), clock));
    return stamp ? std::optional<Result<Timestamp>>(*stamp) : std::nullopt;
  }
  if (!read_clock(clock, time)) return std::nullopt;
  if (!offset) return local(time, option);
  return Result<Timestamp>(std::chrono::sys_days{time.date} + std::chrono::hours{time.hour} +
                           std::chrono::minutes{time.minute} + seconds{time.second} - *offset);
}

WallTime today(Timestamp now) {
  const auto fields = fmt::localtime(std::chrono::system_clock::to_time_t(now));
  return {std::chrono::year{fields.tm_year + 1900} / (fields.tm_mon + 1) / fields.tm_mday};
}

Result<Timestamp> next(WallTime time, Timestamp now, std::string_view option) {
  time.date = today(now).date;
  BLC_TRY(const auto first, local(time, option));
  if (first > now) return first;
  time.date = std::chrono::year_month_day(std::chrono::sys_days(time.date) + std::chrono::days(1));
  return local(time, option);
}

std::unexpected<Error> not_a_time(std::string_view text, std::string_view option, std::string_view forms) {
  return fail(Exit::usage, fmt::format("{}: {} is no time that blc reads", option, text::display(text)), fmt::format("write it like {}", forms));
}

}  // namespace

Result<Timestamp> parse_when(std::string_view text, Timestamp now, std::string_view option) {
  if (text.starts_with('+')) {
    if (const auto duration = parse_duration(text.substr(1))) return now + *duration;
  }
  WallTime clock;
  if (read_clock(text, clock)) return next(clock, now, option);
  if (auto found = date_and_time(text, option)) return *std::move(found);
  return not_a_time(text, option, "18:00, +2h, 2026-11-24T18:00 or 2026-11-24T18:00Z");
}

Result<Timestamp> parse_since(std::string_view text, Timestamp now, Edge edge, std::string_view option) {
  if (const auto duration = parse_duration(text)) return now - *duration;
  if (const auto date = parse_date(text)) {
    const auto day = edge == Edge::first ? *date : std::chrono::year_month_day(std::chrono::sys_days(*date) + std::chrono::days(1));
    // Where midnight is left out or comes twice, the day begins with its first moment after or at it.
    auto found = moments({day});
    for (int hour = 1; found.empty() && hour < 24; ++hour) found = moments({day, hour});
    if (!found.empty()) return Timestamp(seconds(found.front())) - Milliseconds(edge == Edge::first ? 0 : 1);
  }
  if (auto found = date_and_time(text, option)) return *std::move(found);
  return not_a_time(text, option, "2026-11-24, 2026-11-24T18:00, 3d or 12h");
}

std::string with_zone(Timestamp time) {
  const auto fields = fmt::localtime(std::chrono::system_clock::to_time_t(time));
  return fmt::format("{:%a} {} {:%b %Y %H:%M:%S} {} ({})", fields, fields.tm_mday, fields, fields.tm_zone, offset_text(fields.tm_gmtoff));
}

}  // namespace blc::cli
