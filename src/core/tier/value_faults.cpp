#include "core/tier/value_faults.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

#include "core/tier/values.hpp"

namespace blc::tier {

namespace {

std::string listed(const std::vector<std::string>& words) { return fmt::format("{}", fmt::join(words, ", ")); }

std::string fault_of_url(const Rule& rule, std::string_view value) {
  const auto url = parse_url(value);
  if (!url && rule.words.empty() && value.starts_with('/')) return "";  // RFC 3986, section 4.2: relative to where the application is
  if (!url) return "is no URL";
  if (!rule.words.empty() && std::ranges::find(rule.words, url->scheme) == rule.words.end())
    return fmt::format("has another scheme than {}", listed(rule.words));
  return url->host.empty() && url->scheme != "sqlite" && url->scheme != "file" ? "names no host" : "";
}

std::string fault_of_scheme(const Rule& rule, std::string_view value) {
  const auto url = parse_url(value);
  if (!url) return "";  // a typed rule tells of it
  return std::ranges::find(rule.words, url->scheme) == rule.words.end() ? fmt::format("has another scheme than {}", listed(rule.words)) : "";
}

// Some part of a list, as origins and brokers are, or the whole: an IPv6 address stands in brackets, hosts of libpq with commas.
template <class Is>
bool any_part(std::string_view value, Is is) {
  constexpr std::string_view kBetween = ", ;[]\"'\t\n";
  for (std::size_t at = value.find_first_not_of(kBetween); at != std::string_view::npos; at = value.find_first_not_of(kBetween, at)) {
    const auto end = std::min(value.find_first_of(kBetween, at), value.size());
    if (is(value.substr(at, end - at))) return true;
    at = end;
  }
  return is(value);
}

std::string fault_of_schemes(const Rule& rule, std::string_view value) {
  const bool found = any_part(value, [&](std::string_view part) {
    const auto scheme = lower(part.substr(0, part.find("://")));
    if (scheme.ends_with("+tls") || scheme.ends_with("+ssl")) return false;
    const auto url = parse_url(part);
    return url && std::ranges::find(rule.words, url->scheme) != rule.words.end();
  });
  return found ? fmt::format("has a scheme that is not allowed here ({})", listed(rule.words)) : "";
}

bool names_this_machine(std::string_view part) {
  const auto url = parse_url(part);
  if (!url) return is_local_host(part.substr(0, part.rfind(':') == part.find(':') ? part.find(':') : std::string_view::npos));
  // libpq: a parameter of the query counts instead of what stands before it.
  const bool asked = std::ranges::any_of(url->query, [](const auto& each) { return (each.first == "host" || each.first == "hostaddr") && is_local_host(each.second); });
  return asked || is_local_host(url->host);
}

std::string fault_of_parameter(const Rule& rule, std::string_view value) {
  const auto url = parse_url(value);
  if (!url) return "";
  bool found = false;
  for (const auto& [name, said] : url->query) {  // programs differ in which of several counts
    if (std::ranges::find(rule.parameters, name) == rule.parameters.end()) continue;
    found = true;
    if (std::ranges::find(rule.words, said) == rule.words.end()) return fmt::format("has another {} than {}", name, listed(rule.words));
  }
  return !found && rule.required ? fmt::format("lacks {}", fmt::join(rule.parameters, " or ")) : "";
}

std::string fault_of_image(std::string_view name, std::string_view value) {
  if (value.find("@sha256:") != std::string_view::npos) return "";
  auto tag = value;
  if (!name.ends_with("TAG")) {
    const auto last = value.substr(value.rfind('/') + 1);
    const auto colon = last.find(':');
    tag = colon == std::string_view::npos ? std::string_view() : last.substr(colon + 1);
    if (tag.empty()) return "has no tag";
  }
  constexpr std::array<std::string_view, 10> kMove{"latest", "main", "master", "trunk", "stable", "edge", "nightly", "develop", "dev", "current"};
  return std::ranges::find(kMove, tag) != kMove.end() ? "has a tag that moves" : "";
}

// Of a URL it is the password that is looked at, if it has one.
std::string fault_of_strength(const Rule& rule, std::string_view name, std::string_view value) {
  const auto url = parse_url(value);
  const bool of_url = url || name.ends_with("_URL");
  const auto secret = of_url ? (url ? std::string_view(url->password) : std::string_view()) : value;
  if (secret.empty()) return of_url ? "" : "is empty";
  if (strength_in_bits(secret) >= static_cast<double>(rule.least)) return "";
  return of_url ? fmt::format("has a password that can be guessed: it holds fewer than {} bits", rule.least)
                : fmt::format("can be guessed: it holds fewer than {} bits", rule.least);
}

// What stands in it that must not: in a URL its host and path, never its password.
bool says(std::string_view value, const std::vector<std::string>& words) {
  const auto url = parse_url(value);
  return url ? has_word(url->host, words) || has_word(url->path, words) || has_word(url->scheme, words) : has_word(value, words);
}

// Every address (0.0.0.0/0), or every host below one (.example.org).
bool names_many(std::string_view part) {
  return part.ends_with("/0") || (part.size() > 1 && part.starts_with('.') && part[1] != '.' && part[1] != '/');
}

std::string fault_of_switch(Check check, std::string_view value) {
  const auto says = read_switch(value);
  switch (check) {
    case Check::on: return says == Switch::on ? "" : says == Switch::off ? "is off" : "does not say true";
    case Check::off: return says == Switch::off ? "" : says == Switch::on ? "is on" : "does not say false";
    default: return says == Switch::unclear ? "says neither true nor false" : "";
  }
}

}  // namespace

std::string fault_of_value(const Rule& rule, std::string_view name, std::string_view value, Tier to) {
  switch (rule.check) {
    case Check::on:
    case Check::off:
    case Check::boolean: return fault_of_switch(rule.check, value);
    case Check::url: return fault_of_url(rule, value);
    case Check::port: {
      const auto number = parse_integer(value);
      return number && *number >= 1 && *number <= 65535 ? "" : "is no port";
    }
    case Check::integer: {
      const auto number = parse_integer(value);
      return number && *number >= rule.least && *number <= rule.most ? "" : fmt::format("is no whole number from {} to {}", rule.least, rule.most);
    }
    case Check::dsn: return is_sentry_dsn(value) ? "" : "is not shaped like a DSN of Sentry";
    case Check::strength: return fault_of_strength(rule, name, value);
    case Check::no_placeholder: return is_placeholder(value) ? "is a placeholder" : "";
    case Check::unset: {
      const auto word = lower(value);
      return word == "none" || word == "null" || read_switch(value) == Switch::off ? "" : "is set";
    }
    case Check::scheme: return fault_of_scheme(rule, value);
    case Check::not_scheme: return fault_of_schemes(rule, value);
    case Check::not_local: return any_part(value, names_this_machine) ? "names this machine" : "";
    case Check::parameter: return fault_of_parameter(rule, value);
    case Check::no_wildcard: return value.find('*') == std::string_view::npos && !any_part(value, names_many) ? "" : "holds a wildcard";
    case Check::target: {
      const auto named = parse_tier(value);
      return named && *named == to ? "" : "names another tier";
    }
    case Check::pinned: return fault_of_image(name, value);
    case Check::without: return says(value, rule.words) ? fmt::format("names what does not belong here (a word of: {})", listed(rule.words)) : "";
    default: return "";
  }
}

}  // namespace blc::tier
