#include "core/tier/configuration.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/text/display.hpp"

namespace blc::tier {

const Setting* Configuration::find(std::string_view name) const {
  const auto found = settings_.find(name);
  return found == settings_.end() ? nullptr : &found->second;
}

const UnseenSource* Configuration::may_hold(std::string_view name) const {
  const auto found = std::ranges::find_if(unseen_, [&](const UnseenSource& each) { return name.starts_with(each.prefix); });
  return found == unseen_.end() ? nullptr : &*found;
}

Result<> Reading::put(std::string name, std::optional<Secret> value, Origin origin) const {
  constexpr std::size_t kMost = 16U << 20U;
  constexpr std::size_t kMostTimes = 30'000;
  if (into.times() >= kMostTimes) return input_error(origin, "expected at most 30000 settings in all, found more");
  if (into.bytes() > kMost) return input_error(origin, "expected settings of at most 16 MiB in all, found more");
  into.set(std::move(name), std::move(value), std::move(origin));
  return {};
}

Result<Secret> Reading::whole(const std::string& path) const { return whole(file(path), path); }

Result<Secret> Reading::whole(Result<std::optional<Secret>> given, const std::string& path) {
  BLC_TRY(auto bytes, std::move(given));
  if (!bytes) return fail(Exit::usage, fmt::format("{} cannot be read: there is no such file", text::display(path)), "look whether the name is right");
  return *std::move(bytes);
}

Notice stands_twice(std::string name, int first_line, Origin origin) {
  return {Notice::Kind::twice, std::move(name), fmt::format("stands on line {} already; the last one counts", first_line), std::move(origin)};
}

std::unexpected<Error> input_error(const Origin& origin, std::string_view message) {
  return fail(Exit::usage, fmt::format("{}: {}", to_string(origin), message), "mend that line");
}

bool is_variable_name(std::string_view name) {
  const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
  return !name.empty() && letter(name.front()) &&
         std::ranges::all_of(name, [&](char c) { return letter(c) || (c >= '0' && c <= '9'); });
}

std::string to_string(const Origin& origin) {
  if (origin.file.empty()) return "the environment";
  return origin.line == 0 ? text::display(origin.file) : fmt::format("{}:{}", text::display(origin.file), origin.line);
}

}  // namespace blc::tier
