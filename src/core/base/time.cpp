#include "core/base/time.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cstdint>

namespace blc {

namespace {

// Reads exactly `count` decimal digits and drops them from the front of `text`.
std::optional<int> digits(std::string_view& text, std::size_t count) {
  if (text.size() < count) return std::nullopt;
  int value = 0;
  for (std::size_t i = 0; i < count; ++i) {
    if (text[i] < '0' || text[i] > '9') return std::nullopt;
    value = value * 10 + (text[i] - '0');
  }
  text.remove_prefix(count);
  return value;
}

bool skip(std::string_view& text, char expected) {
  if (text.empty() || text.front() != expected) return false;
  text.remove_prefix(1);
  return true;
}

std::optional<std::chrono::year_month_day> take_date(std::string_view& text) {
  const auto year = digits(text, 4);
  if (!year || !skip(text, '-')) return std::nullopt;
  const auto month = digits(text, 2);
  if (!month || !skip(text, '-')) return std::nullopt;
  const auto day = digits(text, 2);
  if (!day) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year{*year}, std::chrono::month{static_cast<unsigned>(*month)},
                                         std::chrono::day{static_cast<unsigned>(*day)}};
  return date.ok() ? std::optional(date) : std::nullopt;
}

struct Unit {
  char letter;
  std::int64_t seconds;
};
constexpr std::array kUnits{Unit{'d', 86400}, Unit{'h', 3600}, Unit{'m', 60}, Unit{'s', 1}};
constexpr std::int64_t kLongest = 86400LL * 3660;

}  // namespace

std::string to_string(std::chrono::year_month_day date) {
  return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                     static_cast<unsigned>(date.day()));
}

std::string to_string(Timestamp time) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::hh_mm_ss clock{time - day};
  return fmt::format("{}T{:02}:{:02}:{:02}.{:03}Z", to_string(std::chrono::year_month_day{day}), clock.hours().count(),
                     clock.minutes().count(), clock.seconds().count(), clock.subseconds().count());
}

std::optional<Timestamp> parse_timestamp(std::string_view text) {
  const auto date = take_date(text);
  if (!date || date->year() < std::chrono::year{1970} || !skip(text, 'T')) return std::nullopt;
  const auto hour = digits(text, 2);
  if (!hour || *hour > 23 || !skip(text, ':')) return std::nullopt;
  const auto minute = digits(text, 2);
  if (!minute || *minute > 59 || !skip(text, ':')) return std::nullopt;
  const auto second = digits(text, 2);
  if (!second || *second > 59 || !skip(text, '.')) return std::nullopt;
  const auto milli = digits(text, 3);
  if (!milli || text != "Z") return std::nullopt;
  return std::chrono::sys_days{*date} + std::chrono::hours{*hour} + std::chrono::minutes{*minute} +
         std::chrono::seconds{*second} + Milliseconds{*milli};
}

std::optional<std::chrono::year_month_day> parse_date(std::string_view text) {
  const auto date = take_date(text);
  return text.empty() ? date : std::nullopt;
}

std::optional<std::chrono::seconds> parse_duration(std::string_view text) {
  std::int64_t count = 0;
  const auto* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, count);
  if (text.empty() || text.front() == '-' || error != std::errc{} || rest + 1 != end || count > kLongest) return std::nullopt;
  for (const auto& unit : kUnits) {
    if (*rest == unit.letter && count <= kLongest / unit.seconds) return std::chrono::seconds{count * unit.seconds};
  }
  return std::nullopt;
}

std::string to_string(std::chrono::seconds duration) {
  for (const auto& unit : kUnits) {
    if (duration.count() % unit.seconds == 0 && (duration.count() != 0 || unit.seconds == 1))
      return fmt::format("{}{}", duration.count() / unit.seconds, unit.letter);
  }
  return fmt::format("{}s", duration.count());
}

}  // namespace blc
