#include "core/verb/convert.hpp"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <re2/re2.h>

#include "core/base/time.hpp"
#include "core/text/display.hpp"
#include "core/text/nearest.hpp"
#include "core/text/yaml.hpp"
#include "core/verb/verb.hpp"

namespace blc::verb {

namespace {

constexpr std::size_t kLongestValue = 4096;
constexpr std::int64_t kMostPatternMemory = 1 << 20;

RE2::Options pattern_options() {
  RE2::Options options;
  options.set_log_errors(false);  // a pattern may be foreign text, and RE2 would print it on stderr
  options.set_max_mem(kMostPatternMemory);
  return options;
}

bool full_match(const std::string& pattern, std::string_view text) {
  const RE2 expression(pattern, pattern_options());
  return expression.ok() && RE2::FullMatch(re2::StringPiece(text.data(), text.size()), expression);
}

std::optional<Value> integer(const Parameter& parameter, std::string_view typed) {
  std::int64_t number = 0;
  const auto* const end = typed.data() + typed.size();
  const auto [stop, error] = std::from_chars(typed.data(), end, number);
  if (error != std::errc() || stop != end || number < parameter.minimum || number > parameter.maximum)
    return std::nullopt;
  return number;
}

std::optional<Value> boolean(std::string_view typed) {
  if (typed == "true" || typed == "yes") return true;
  if (typed == "false" || typed == "no") return false;
  return std::nullopt;
}

std::optional<Value> converted(const Parameter& parameter, std::string_view typed) {
  const auto when = [&](bool fits) { return fits ? std::optional<Value>(std::string(typed)) : std::nullopt; };
  switch (parameter.type) {
    case ParameterType::string: return when(full_match(parameter.pattern, typed));
    case ParameterType::enumeration: return when(std::ranges::find(parameter.values, typed) != parameter.values.end());
    case ParameterType::integer: return integer(parameter, typed);
    case ParameterType::date: return when(parse_date(typed).has_value());
    case ParameterType::boolean: return boolean(typed);
    case ParameterType::path: return when(is_practice_path(typed));
  }
  return std::nullopt;
}

}  // namespace

CheckedPattern check_pattern(const std::string& pattern, std::string_view example) {
  const RE2 expression(pattern, pattern_options());
  if (!expression.ok()) return {expression.error(), false};
  return {{}, RE2::FullMatch(re2::StringPiece(example.data(), example.size()), expression)};
}

bool is_practice_path(std::string_view path) {
  if (path.empty() || path.size() > kLongestValue || !text::plain(path)) return false;
  if (path.find('\\') != std::string_view::npos) return false;
  for (std::size_t start = 0; start <= path.size();) {
    const auto end = std::min(path.find('/', start), path.size());
    const auto part = path.substr(start, end - start);
    if (part.empty() || part == "." || part == "..") return false;
    start = end + 1;
  }
  return true;
}

Result<Value> convert(const Parameter& parameter, std::string_view typed) {
  const auto refuse = [&](const std::string& expected) {
    auto message = fmt::format("--{}: expected {}", parameter.name, expected);
    if (!parameter.phi) message += ", found " + text::found(typed);
    const bool listed = parameter.type == ParameterType::enumeration && !parameter.phi;
    return fail(Exit::usage, std::move(message), listed ? text::did_you_mean(typed, parameter.values, {}) : std::string());
  };
  if (typed.size() > kLongestValue) return refuse("at most 4096 bytes");
  if (!text::plain(typed)) return refuse("one line of plain Latin text");
  if (auto value = converted(parameter, typed)) return *std::move(value);
  return refuse(allowed(parameter));
}

namespace {

// "text of 1 to 120 characters" of a pattern that asks for nothing else, .{1,120}; nothing of any other.
std::string length_asked(std::string_view pattern) {
  if (!pattern.starts_with(".{") || !pattern.ends_with('}')) return {};
  const auto bounds = pattern.substr(2, pattern.size() - 3);
  const auto comma = bounds.find(',');
  const bool two_numbers = comma != 0 && comma < bounds.size() - 1 && bounds.find_first_not_of("0123456789,") == std::string_view::npos &&
                           bounds.find(',', comma + 1) == std::string_view::npos;
  return two_numbers ? fmt::format("text of {} to {} characters", bounds.substr(0, comma), bounds.substr(comma + 1)) : std::string();
}

// Most people cannot read a pattern: an example tells them more.
std::string string_allowed(const Parameter& parameter) {
  const auto length = length_asked(parameter.pattern);
  if (parameter.example) return fmt::format("{}, for example {}", length.empty() ? "text" : length, *parameter.example);
  return length.empty() ? "text of the form that blc verbs shows" : length;
}

}  // namespace

std::string allowed(const Parameter& parameter) {
  switch (parameter.type) {
    case ParameterType::string: return string_allowed(parameter);
    case ParameterType::enumeration: return fmt::format("one of {}", fmt::join(parameter.values, ", "));
    case ParameterType::integer:
      return fmt::format("a whole number from {} to {}", parameter.minimum, parameter.maximum);
    case ParameterType::date: return "a date like 2026-11-02";
    case ParameterType::boolean: return "true or false";
    case ParameterType::path: return "a path below the practice, like letters/one.txt";
  }
  return {};
}

std::string to_text(const Value& value) {
  if (const auto* text = std::get_if<std::string>(&value)) return *text;
  if (const auto* number = std::get_if<std::int64_t>(&value)) return std::to_string(*number);
  return std::get<bool>(value) ? "true" : "false";
}

}  // namespace blc::verb
