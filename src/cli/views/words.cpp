#include "cli/views/words.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdlib>
#include <utility>

#include "core/text/display.hpp"

namespace blc::cli {

std::string when(Timestamp time, Timestamp now) {
  const auto local = fmt::localtime(std::chrono::system_clock::to_time_t(time));
  const auto today = fmt::localtime(std::chrono::system_clock::to_time_t(now));
  auto text = fmt::format("{:%a} {} {:%b %H:%M}", local, local.tm_mday, local);
  if (local.tm_year != today.tm_year) text += fmt::format(" {}", local.tm_year + 1900);
  return text;
}

std::string at_time(Timestamp time, Timestamp now) {
  const auto local = fmt::localtime(std::chrono::system_clock::to_time_t(time));
  const auto today = fmt::localtime(std::chrono::system_clock::to_time_t(now));
  if (local.tm_year == today.tm_year && local.tm_yday == today.tm_yday) return fmt::format("{:%H:%M}", local);
  return when(time, now);
}

std::string to_the_second(Timestamp time) {
  return fmt::format("{:%H:%M:%S}", fmt::localtime(std::chrono::system_clock::to_time_t(time)));
}

std::string ago(Timestamp time, Timestamp now) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(now - time).count();
  const auto distance = std::abs(seconds);
  constexpr std::array<std::pair<std::int64_t, std::string_view>, 3> kUnits{{{86400, "day"}, {3600, "hour"}, {60, "minute"}}};
  for (const auto& [length, unit] : kUnits) {
    if (distance < length) continue;
    const auto amount = count(static_cast<std::size_t>(distance / length), unit);
    return seconds >= 0 ? amount + " ago" : "in " + amount;
  }
  return "just now";
}

std::string either(const std::vector<std::string>& names, std::string_view joiner) {
  if (names.empty()) return "nobody";
  std::string text = names.front();
  for (std::size_t i = 1; i + 1 < names.size(); ++i) text += ", " + names[i];
  if (names.size() > 1) text += fmt::format(" {} {}", joiner, names.back());
  return text;
}

std::string loud(Environment environment) {
  std::string name(to_string(environment));
  if (environment == Environment::production)
    std::ranges::transform(name, name.begin(), [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return name;
}

std::string short_digest(const std::string& tagged) {
  const auto colon = tagged.find(':');
  if (colon == std::string::npos || tagged.size() < colon + 9) return tagged;
  return tagged.substr(0, colon + 5) + "..." + tagged.substr(tagged.size() - 4);
}

std::string count(std::size_t number, std::string_view thing) {
  if (number == 1) return fmt::format("1 {}", thing);
  if (thing == "person") return fmt::format("{} people", number);
  const bool changes = thing.ends_with("ry");  // entry, entries; but day, days
  return fmt::format("{} {}{}", number, thing.substr(0, thing.size() - (changes ? 1 : 0)), changes ? "ies" : "s");
}

std::string wrap(std::string_view text, std::size_t width, std::size_t indent) {
  std::string out(text.substr(0, text.find_first_not_of(' ')));
  std::size_t column = out.size();
  text.remove_prefix(out.size());
  bool first = true;
  while (!text.empty()) {
    const auto space = text.find(' ');
    const auto word = text.substr(0, space);
    text.remove_prefix(space == std::string_view::npos ? text.size() : space + 1);
    const auto length = text::columns(word);
    if (!first && column > indent && column + 1 + length > width) {
      out += "\n" + std::string(indent, ' ');
      column = indent;
    } else if (!first) {
      out += ' ';
      ++column;
    }
    first = false;
    out += word;
    column += length;
  }
  return out;
}

}  // namespace blc::cli
