#pragma once
#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace blc {

using Milliseconds = std::chrono::milliseconds;
// UTC, milliseconds: the resolution of every `at` in the ledger.
using Timestamp = std::chrono::sys_time<Milliseconds>;

// "2026-11-22T10:31:00.123Z" (RFC 3339, always UTC, always three decimals); parsing accepts only what
// formatting prints, for the years 1970 to 9999.
[[nodiscard]] std::string to_string(Timestamp time);
[[nodiscard]] std::optional<Timestamp> parse_timestamp(std::string_view text);

// A calendar date "2026-11-22"; refuses days that do not exist.
[[nodiscard]] std::optional<std::chrono::year_month_day> parse_date(std::string_view text);
[[nodiscard]] std::string to_string(std::chrono::year_month_day date);

// "90s", "15m", "24h", "3d": a whole number and one unit. At most ten years.
[[nodiscard]] std::optional<std::chrono::seconds> parse_duration(std::string_view text);
// The shortest exact form of the same grammar.
[[nodiscard]] std::string to_string(std::chrono::seconds duration);

}  // namespace blc
