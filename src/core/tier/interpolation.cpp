#include "core/tier/interpolation.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace blc::tier {

namespace {

constexpr std::size_t kLongest = 64U << 10U;
constexpr int kMostLevels = 8;
constexpr std::string_view kUnnamed = "what stands behind a $ (a dollar itself is $$)";
constexpr std::string_view kNoName = "what stands in ${}";

bool name_character(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (c >= '0' && c <= '9'); }

class Interpolation {
 public:
  Interpolation(Dialect dialect, const Reading& reading, const Origin& origin)
      : dialect_(dialect), reading_(reading), origin_(origin) {}
  Interpolation(const Interpolation&) = delete;
  Interpolation& operator=(const Interpolation&) = delete;
  ~Interpolation() { Secret::wipe(out_); }

  Result<Interpolated> run(std::string_view text) {
    out_.reserve(text.size());
    BLC_CHECK(expand(text, 0));
    Interpolated result;
    if (seen_) result.value = Secret::take(std::move(out_));
    result.undefined = std::move(undefined_);
    return result;
  }

 private:
  Result<> expand(std::string_view text, int level) {
    if (level > kMostLevels) return input_error(origin_, "expected at most 8 levels of ${...}, found more");
    for (std::size_t at = 0; at < text.size();) {
      const auto next = text.substr(at + 1, 1);
      if (text[at] == kEscape && dialect_ != Dialect::compose) {
        BLC_CHECK(append(next));
        at += 2;
      } else if (text[at] != '$') {
        BLC_CHECK(append(text.substr(at++, 1)));
      } else if (next == "{") {
        const auto end = closing_brace(text, at + 2);
        if (end == std::string_view::npos) return input_error(origin_, "expected a closing brace after ${, found none");
        BLC_CHECK(reference(text.substr(at + 2, end - at - 2), level));
        at = end + 1;
      } else if (dialect_ != Dialect::dotenv && next == "$") {
        BLC_CHECK(append("$"));
        at += 2;
      } else if (dialect_ != Dialect::dotenv && is_variable_name(next)) {
        auto end = at + 1;
        while (end < text.size() && name_character(text[end])) ++end;
        const auto known = undefined_.size();
        BLC_CHECK(reference(text.substr(at + 1, end - at - 1), level));
        // $pa of a password is no name that anybody gave: it is not repeated.
        if (undefined_.size() > known) undefined_.back() = std::string(kUnnamed);
        at = end;
      } else if (dialect_ == Dialect::compose) {
        return input_error(origin_, "expected a name behind $, or $$ for a dollar, found something else");
      } else {
        BLC_CHECK(append(text.substr(at++, 1)));
      }
    }
    return {};
  }

  // Of the brace before `from`, those within skipped.
  static std::size_t closing_brace(std::string_view text, std::size_t from) {
    int depth = 1;
    for (auto at = from; at < text.size(); ++at) {
      if (text.substr(at, 2) == "${") ++depth;
      if (text[at] == '}' && --depth == 0) return at;
    }
    return std::string_view::npos;
  }

  // What stands within the braces.
  Result<> reference(std::string_view inside, int level) {
    const auto length = static_cast<std::size_t>(std::ranges::find_if_not(inside, name_character) - inside.begin());
    const auto name = inside.substr(0, length);
    auto rest = inside.substr(length);
    if (!is_variable_name(name)) return input_error(origin_, "expected a variable's name after ${, found something else");
    const bool empty_counts_as_none = rest.starts_with(':');
    if (empty_counts_as_none) rest.remove_prefix(1);
    const char form = rest.empty() ? '\0' : rest.front();
    if (!inside.substr(length).empty() && form != '-' && form != '?' && form != '+')
      return input_error(origin_, "expected }, :-, :? or :+ after the name in ${...}, found something else");
    const auto otherwise = rest.empty() ? rest : rest.substr(1);
    return substitute(std::string(name), form, empty_counts_as_none, otherwise, level);
  }

  Result<> substitute(const std::string& name, char form, bool empty_counts_as_none, std::string_view otherwise, int level) {
    const auto* const setting = reading_.into.find(name);
    const bool own_first = dialect_ == Dialect::dotenv;
    auto variable = setting != nullptr && own_first ? std::nullopt : reading_.variables(name);
    if (!variable && setting != nullptr && !setting->value) {  // no file held it: it refers to what nothing sets, and so does this
      undefined(name);
      return {};
    }
    Secret value;
    bool defined = variable || setting != nullptr;
    if (variable) value = Secret::take(*std::move(variable));
    else if (setting != nullptr) value = Secret::copy(setting->value->reveal());
    if (empty_counts_as_none && value.empty()) defined = false;
    if (form == '+') return defined ? expand(otherwise, level + 1) : Result<>();
    if (defined) return append(value.reveal());
    if (form == '-') return expand(otherwise, level + 1);
    undefined(name);
    return {};
  }

  // What is not written as variables are may be part of a password: it is not repeated.
  void undefined(const std::string& name) {
    const bool usual = std::ranges::none_of(name, [](char c) { return c >= 'a' && c <= 'z'; });
    seen_ = false;
    undefined_.push_back(usual ? name : std::string(kNoName));
  }

  Result<> append(std::string_view text) {
    if (out_.size() + text.size() > kLongest) return input_error(origin_, "expected a value of at most 64 KiB, found more");
    out_ += text;
    return {};
  }

  Dialect dialect_;
  const Reading& reading_;
  const Origin& origin_;
  std::string out_;
  bool seen_ = true;
  std::vector<std::string> undefined_;
};

}  // namespace

Result<Interpolated> interpolate(std::string_view text, Dialect dialect, const Reading& reading, const Origin& origin) {
  return Interpolation(dialect, reading, origin).run(text);
}

Result<std::optional<Secret>> interpolated(const std::string& name, std::string_view text, Dialect dialect, const Reading& reading, const Origin& origin) {
  BLC_TRY(auto made, interpolate(text, dialect, reading, origin));
  notice_undefined(name, made.undefined, reading, origin);
  return std::move(made.value);
}

void notice_undefined(const std::string& name, const std::vector<std::string>& undefined, const Reading& reading, const Origin& origin) {
  if (undefined.empty()) return;
  reading.into.notice({Notice::Kind::undefined, name, fmt::format("refers to {}, which nothing sets", fmt::join(undefined, ", ")), origin});
}

Result<> set_interpolated(const std::string& name, std::string_view text, Dialect dialect, const Reading& reading,
                          const Origin& origin) {
  BLC_TRY(auto value, interpolated(name, text, dialect, reading, origin));
  return reading.put(name, std::move(value), origin);
}

}  // namespace blc::tier
