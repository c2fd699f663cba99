#include "core/text/masking.hpp"

#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>
#include <array>
#include <iterator>

namespace blc::text {

namespace {

// What, as a whole word of a name, makes it the name of a secret.
constexpr const char* kSecretWord =
    "passwords?|passwd|passphrases?|pwd|secrets?|tokens?|api[_-]?keys?|private[_-]?keys?|access[_-]?keys?|"
    "signing[_-]?keys?|encryption[_-]?keys?|sealing[_-]?keys?|authorization|credentials?|cookies?|session[_-]?id|dsn|"
    "jwt|otp|mfa";
// Each of them holds one of these. Looking for them costs nothing beside compiling an expression.
constexpr std::array<std::string_view, 13> kPartsOfSecretWords{"pass", "pwd",    "secret",  "token", "key", "authoriz", "credential",
                                                               "cookie", "session", "dsn", "jwt", "otp", "mfa"};
constexpr const char* kValue = R"re("(?:[^"\\]|\\.)*"|'[^']*'|[^\s"',;&<>]+)re";

// (db_)password(_2), with the word in the middle.
std::string secret_name() {
  return fmt::format("(?:[a-z0-9]+[_.-])*(?:{})(?:[_.-][a-z0-9]+)*", kSecretWord);
}

// Latin-1: bytes that are no UTF-8 must not end a match.
struct Rule {
  Rule(const std::string& expression, const char* with) : pattern(expression, RE2::Latin1), replacement(with) {}
  RE2 pattern;
  const char* replacement;
};

// In this order: what is long and sure first, so that no later rule breaks a part out of it.
const std::array<Rule, 15>& rules() {
  static const std::array<Rule, 15> all{{
      {R"((?s)-----BEGIN [A-Z0-9 ]+-----.*?(?:-----END [A-Z0-9 ]+-----|\z))", "<key>"},
      {R"re((?i)\b((?:proxy-)?authorization|(?:set-)?cookie)(\s*:\s*)[^\r\n]+)re", R"(\1\2<masked>)"},
      {"(?i)\\b(" + secret_name() + ")([\"']?\\s*[=:]\\s*(?:(?:bearer|basic|token)\\s+)?)(?:" + kValue + ")", R"(\1\2<masked>)"},
      {R"re(([a-zA-Z][a-zA-Z0-9+.-]*://)[^\s/@<>]+@)re", R"(\1<credentials>@)"},
      {R"re(\b[A-Za-z0-9._-]+:[^\s/@<>:]+@[A-Za-z0-9.-]+)re", "<credentials>"},
      {"(?i)(--?" + secret_name() + "\\s+)(?:\"[^\"]*\"|'[^']*'|[^\\s<>-][^\\s<>]*)", R"(\1<masked>)"},
      {R"((?i)\b(bearer|basic)\s+[a-z0-9._~+/=-]{8,})", R"(\1 <token>)"},
      {R"(\beyJ[A-Za-z0-9_-]{4,}\.[A-Za-z0-9_-]*(?:\.[A-Za-z0-9_-]*)*)", "<token>"},
      {R"([A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9-]+)*)", "<email>"},
      {R"(\b\d{3}[- ]\d{2}[- ]\d{4}\b)", "<ssn>"},
      // 9xx: what the tax office gives to those without a social security number, often written without dashes.
      {R"(\b9\d{8}\b)", "<ssn>"},
      {R"(\+\d{1,3}[ .-]?\(?\d[\d .()-]{5,}\d)", "<phone>"},
      {R"((?:\b1[ .-])?(?:\(\d{3}\)[ .-]?|\b\d{3}[ .-])\d{3}[ .-]\d{4}\b)", "<phone>"},
      {R"(\b\d{3}[.-]\d{4}\b)", "<phone>"},
      {R"(\b\d{10}\b)", "<phone>"},
  }};
  return all;
}

bool luhn(std::string_view digits) {
  int sum = 0;
  bool twice = false;
  for (auto at = digits.rbegin(); at != digits.rend(); ++at, twice = !twice) {
    const int digit = (*at - '0') * (twice ? 2 : 1);
    sum += digit > 9 ? digit - 9 : digit;
  }
  return sum % 10 == 0;
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

bool is_card(std::string_view found) {
  std::string digits;
  std::ranges::copy_if(found, std::back_inserter(digits), is_digit);
  return digits.size() >= 13 && digits.size() <= 19 && luhn(digits);
}

// Letters and digits mixed: neither a long word nor a long number.
bool is_token(std::string_view found) {
  return std::ranges::any_of(found, is_digit) && std::ranges::any_of(found, is_letter);
}

// Replaces those matches that `meant` accepts.
std::string replace(std::string_view text, const RE2& pattern, const char* replacement, bool (*meant)(std::string_view)) {
  std::string out;
  const re2::StringPiece all(text.data(), text.size());
  std::size_t at = 0;
  for (re2::StringPiece found; at <= text.size() && pattern.Match(all, at, text.size(), RE2::UNANCHORED, &found, 1);) {
    const auto begin = static_cast<std::size_t>(found.data() - text.data());
    out += text.substr(at, begin - at);
    const std::string_view match(found.data(), found.size());
    out += meant(match) ? std::string_view(replacement) : match;
    at = begin + found.size();
  }
  return out += text.substr(std::min(at, text.size()));
}

}  // namespace

std::string mask(std::string_view text) {
  static const RE2 card(R"(\b(?:\d{13,19}|\d{4}[ -]\d{4}[ -]\d{4}[ -]\d{1,7}|\d{4}[ -]\d{6}[ -]\d{5})\b)", RE2::Latin1);
  static const RE2 token(R"([A-Za-z0-9_-]{24,}(?:[+/=][A-Za-z0-9_+/=-]*)?)", RE2::Latin1);
  auto out = replace(text, card, "<card>", is_card);
  for (const auto& rule : rules()) RE2::GlobalReplace(&out, rule.pattern, rule.replacement);
  return replace(out, token, "<token>", is_token);
}

bool names_secret(std::string_view name) {
  std::string small(name);
  std::ranges::transform(small, small.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  const bool may = std::ranges::any_of(kPartsOfSecretWords, [&](auto part) { return small.find(part) != std::string::npos; });
  if (!may) return false;
  static const RE2 pattern(fmt::format("(?i)(?:^|[^a-z])(?:{})(?:$|[^a-z])", kSecretWord), RE2::Latin1);
  std::string spread;  // camelCase is cut where x-api-key is
  for (std::size_t i = 0; i < name.size(); ++i) {
    const bool hump = i > 0 && name[i] >= 'A' && name[i] <= 'Z' && name[i - 1] >= 'a' && name[i - 1] <= 'z';
    if (hump) spread += '_';
    spread += name[i];
  }
  return RE2::PartialMatch(spread, pattern);
}

}  // namespace blc::text
