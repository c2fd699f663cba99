// Times as people type them, read in the local time zone (TZ).
#pragma once
#include <string>
#include <string_view>

#include "core/base/result.hpp"
#include "core/base/time.hpp"

namespace blc::cli {

// When to do something: "18:00" (the next one), "+2h", "2026-11-24T18:00", "2026-11-24 18:00:30", either with "Z"
// or "+01:00" behind it for another zone than the local one. A local time that the change of clocks leaves out, or
// that comes twice, is refused with the ways to say it. `option` is named in what is refused (Exit::usage).
[[nodiscard]] Result<Timestamp> parse_when(std::string_view text, Timestamp now, std::string_view option);

enum class Edge { first, last };
// A moment of the past to search by: a day ("2026-11-24": its first or last moment), any date with time that
// parse_when takes, or how long ago: "3d", "12h".
[[nodiscard]] Result<Timestamp> parse_since(std::string_view text, Timestamp now, Edge edge, std::string_view option);

// "Tue 24 Nov 2026 18:00:00 CET (+01:00)": a moment with its zone, for what must not be misread.
[[nodiscard]] std::string with_zone(Timestamp time);

}  // namespace blc::cli
