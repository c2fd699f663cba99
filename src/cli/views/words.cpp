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

std::string upper(std::string text) {
  std::ranges::transform(text, text.begin(), [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
  return text;
}

std::string count(std::size_t number, std::string_view thing) {
  if (number == 1) return fmt::format("1 {}", thing);
  if (thing == "person") return fmt::format("{} people", number);
  const bool changes = thing.ends_with("ry");  // entry, entries; but day, days
  return fmt::format("{} {}{}", number, thing.substr(0, thing.size() - (changes ? 1 : 0)), changes ? "ies" : "s");
}

namespace {

// Columns of text that display() made, in which we may have put colour.
std::size_t width_of(std::string_view text) {
  std::size_t colour = 0;
  for (auto at = text.find('\x1b'); at != std::string_view::npos; at = text.find('\x1b', at + 1))
    colour += std::min(text.find('m', at), text.size() - 1) + 1 - at;
  return text::columns(text) - colour;
}

std::vector<std::string_view> split(std::string_view text) {
  std::vector<std::string_view> words;
  for (auto space = text.find(' '); space != std::string_view::npos; space = text.find(' ')) {
    words.push_back(text.substr(0, space));
    text.remove_prefix(space + 1);
  }
  words.push_back(text);
  return words;
}

// Programs that people are told to type, with how many of the words after the name always belong to it.
std::size_t words_of_program(std::string_view name) {
  if (name.starts_with('(')) name.remove_prefix(1);
  if (name == "blc") return 1;
  constexpr std::array<std::string_view, 5> kOthers{"ssh-keygen", "apt-get", "timedatectl", "chmod", "systemd-run"};
  return std::ranges::find(kOthers, name) == kOthers.end() ? 0 : 2;
}

// RUN, 7M4KD2, --json, @FILE, key.pub, /srv/clinic: no word of a sentence.
bool is_argument(std::string_view word) {
  constexpr std::string_view kLower = "abcdefghijklmnopqrstuvwxyz";
  constexpr std::string_view kUpper = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
  if (word.starts_with('-') || word.find_first_of("/=@0123456789") != std::string_view::npos) return true;
  const bool upper = word.find_first_of(kUpper) != std::string_view::npos;
  return upper && (word.find_first_of(kLower) == std::string_view::npos || word.find('.') < word.size() - 1);
}

// Whether blc's command goes on after its first word: ledger verify, client-report generate.
bool has_second_word(std::string_view first) {
  constexpr std::array<std::string_view, 5> kGroups{"ledger", "trust", "catalog", "key", "tier"};
  return std::ranges::find(kGroups, first) != kGroups.end() || (first.find('-') != std::string_view::npos && !first.starts_with('-'));
}

// How many words from `at` on stay together: 1, or those of a command line that somebody may type or copy.
std::size_t together(const std::vector<std::string_view>& words, std::size_t at) {
  const auto always = words_of_program(words[at]);
  if (always == 0) return 1;
  std::size_t end = at + 1;
  for (; end < words.size() && !words[end].empty(); ++end) {
    const auto before = words[end - 1];
    if (std::string_view(",;:.)").find(before.back()) != std::string_view::npos) break;
    const auto position = end - at;
    const bool second = position == 2 && always == 1 && has_second_word(before);
    const bool value = position > 1 && before.starts_with("--") && before.find('=') == std::string_view::npos;
    if (position > always && !second && !value && !is_argument(words[end])) break;
  }
  return end - at;
}

std::string without_tabs(std::string_view line) {
  constexpr std::size_t kStop = 8;
  std::string out;
  std::size_t column = 0;
  for (auto tab = line.find('\t'); tab != std::string_view::npos; tab = line.find('\t')) {
    out += line.substr(0, tab);
    column += width_of(line.substr(0, tab));
    out.append(kStop - column % kStop, ' ');
    column += kStop - column % kStop;
    line.remove_prefix(tab + 1);
  }
  return out.append(line);
}

}  // namespace

std::string wrap(std::string_view text, std::size_t width, std::size_t indent) {
  std::string out(text.substr(0, text.find_first_not_of(' ')));
  std::size_t column = out.size();
  text.remove_prefix(out.size());
  if (text.empty()) return out;
  const auto words = split(text);
  bool broken = false;  // the line has just begun below another one
  for (std::size_t at = 0, end = 0; at < words.size(); at = end) {
    end = at + together(words, at);
    std::string piece(words[at]);
    for (auto next = at + 1; next < end; ++next) piece += fmt::format(" {}", words[next]);
    const auto length = width_of(piece);
    if (broken && piece.empty()) continue;
    const bool fits_nowhere = end == at + 1 && indent + length > width;  // a digest stays beside its name
    if (at > 0 && column > indent && column + 1 + length > width && !fits_nowhere) {
      while (out.ends_with(' ')) out.pop_back();
      out += "\n" + std::string(indent, ' ');
      column = indent;
      broken = true;
    } else if (at > 0 && !broken) {
      out += ' ';
      ++column;
    }
    if (piece.empty()) continue;
    out += piece;
    column += length;
    broken = false;
  }
  return out;
}

std::string fit(std::string_view text, std::size_t width, std::size_t hang) {
  std::string out;
  while (true) {
    const auto end = text.find('\n');
    const auto line = without_tabs(text.substr(0, end));
    const auto indent = std::min(line.find_first_not_of(' '), line.size());
    out += width_of(line) <= width ? line : wrap(line, width, std::max(hang, indent == 0 ? 0 : indent + 2));
    if (end == std::string_view::npos) return out;
    out += '\n';
    text.remove_prefix(end + 1);
  }
}

}  // namespace blc::cli
