#include "core/tier/web_headers.hpp"

#include <algorithm>
#include <string_view>

#include "core/tier/values.hpp"

namespace blc::tier {

namespace {

using Headers = ports::WebAnswer::Headers;

constexpr std::string_view kBlank = " \t";

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(kBlank);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

// Calls see(part) for each part between the marks; false from it ends that.
template <class See>
void each_part(std::string_view text, char mark, See see) {
  while (true) {
    const auto end = text.find(mark);
    if (!see(trimmed(text.substr(0, end))) || end == std::string_view::npos) return;
    text.remove_prefix(end + 1);
  }
}

// Several fields of one name are one list (RFC 9110, section 5.2).
std::optional<std::string> joined(const Headers& headers, std::string_view name) {
  std::optional<std::string> value;
  for (const auto& [each, text] : headers) {
    if (each == name) value = value ? *value + "," + text : text;
  }
  return value;
}

std::string_view unquoted(std::string_view text) {
  return text.size() >= 2 && text.starts_with('"') && text.ends_with('"') ? text.substr(1, text.size() - 2) : text;
}

// It names no host.
bool is_open_source(std::string_view source) {
  const auto mark = source.find("://");
  const auto host = mark == std::string_view::npos ? source : source.substr(mark + 3);
  return host == "*" || host.starts_with("*:") || source.ends_with(':');
}

// Whether the first frame-ancestors of a policy lets everybody in; nothing: it has none.
std::optional<bool> lets_anybody_frame(std::string_view policy) {
  constexpr std::string_view kDirective = "frame-ancestors";
  std::optional<bool> open;
  each_part(policy, ';', [&](std::string_view directive) {
    auto small = lower(directive);
    std::ranges::replace(small, '\t', ' ');
    const auto name = std::string_view(small).substr(0, small.find_first_of(kBlank));
    if (name != kDirective) return true;
    open = false;
    each_part(std::string_view(small).substr(name.size()), ' ', [&](std::string_view source) {
      open = *open || is_open_source(source);
      return true;
    });
    return false;
  });
  return open;
}

}  // namespace

std::optional<long> strict_transport_seconds(const Headers& headers) {
  const auto first = std::ranges::find(headers, "strict-transport-security", &Headers::value_type::first);
  if (first == headers.end()) return std::nullopt;
  std::optional<long> seconds;
  bool valid = true;
  each_part(first->second, ';', [&](std::string_view directive) {
    const auto equals = directive.find('=');
    if (lower(trimmed(directive.substr(0, equals))) != "max-age") return true;
    const auto number = equals == std::string_view::npos ? std::nullopt : parse_integer(unquoted(trimmed(directive.substr(equals + 1))));
    valid = valid && !seconds && number && *number >= 0;
    seconds = number;
    return true;
  });
  return valid ? seconds : std::nullopt;
}

bool forbids_sniffing(const Headers& headers) {
  const auto value = joined(headers, "x-content-type-options");
  return value && lower(trimmed(std::string_view(*value).substr(0, value->find(',')))) == "nosniff";
}

bool forbids_framing(const Headers& headers) {
  // Each policy holds by itself, and where one says frame-ancestors the older header does not count.
  bool said = false;
  bool closed = false;
  if (const auto policies = joined(headers, "content-security-policy")) {
    each_part(*policies, ',', [&](std::string_view policy) {
      const auto open = lets_anybody_frame(policy);
      said = said || open;
      closed = closed || open == false;
      return true;
    });
  }
  if (said) return closed;
  const auto value = joined(headers, "x-frame-options");
  if (!value) return false;
  const auto word = lower(trimmed(*value));
  bool refused = true;
  each_part(word, ',', [&](std::string_view each) {
    refused = refused && (each == "deny" || each == "sameorigin");
    return true;
  });
  return refused;
}

}  // namespace blc::tier
