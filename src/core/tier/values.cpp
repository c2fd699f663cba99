#include "core/tier/values.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <ranges>

namespace blc::tier {

namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

template <std::size_t N>
bool one_of(const std::array<std::string_view, N>& words, std::string_view word) {
  return std::ranges::find(words, word) != words.end();
}

bool is_scheme(std::string_view text) {
  return !text.empty() && is_letter(text.front()) &&
         std::ranges::all_of(text, [](char c) { return is_letter(c) || is_digit(c) || c == '+' || c == '-' || c == '.'; });
}

constexpr std::string_view kJdbc = "jdbc:";  // before the URL of a database, as Java names it

bool is_port(std::string_view text) {
  const auto number = parse_integer(text);
  return number && *number >= 1 && *number <= 65535;
}

// HOST, HOST:PORT, [ADDRESS]:PORT; false where it is none of them.
bool read_host(std::string_view text, std::string& host, std::string& port) {
  auto end = text.find(':');
  if (text.starts_with('[')) {
    const auto bracket = text.find(']');
    if (bracket == std::string_view::npos) return false;
    host = lower(text.substr(1, bracket - 1));
    end = bracket + 1 == text.size() ? std::string_view::npos : bracket + 1;
  } else {
    host = lower(text.substr(0, end));
  }
  if (end == std::string_view::npos) return true;
  port = std::string(text.substr(end + 1));
  return text[end] == ':' && is_port(port);
}

// libpq takes several hosts: they stand with commas between them, and the port is that of the first.
bool read_authority(std::string_view text, Url& url) {
  for (bool first = true;; first = false) {
    const auto comma = text.find(',');
    std::string host;
    std::string port;
    if (!read_host(text.substr(0, comma), host, port)) return false;
    if (first) url.port = port;
    if (!first) url.host += ',';
    url.host += host;
    if (comma == std::string_view::npos) return true;
    text.remove_prefix(comma + 1);
  }
}

// RFC 3986, section 2.1; what is no escape stays as it is.
std::string unescaped(std::string_view text) {
  std::string plain;
  for (std::size_t at = 0; at < text.size(); ++at) {
    unsigned code = 0;
    const auto* const digits = text.data() + at + 1;
    const bool escape = text[at] == '%' && at + 2 < text.size() && std::from_chars(digits, digits + 2, code, 16).ptr == digits + 2;
    plain += escape ? static_cast<char>(code) : text[at];
    if (escape) at += 2;
  }
  return plain;
}

// PostgreSQL: what the query says of them counts instead of what stands before it (libpq, connection URIs).
void apply_query(Url& url) {
  if (url.scheme != "postgresql" && url.scheme != "postgres" && url.scheme != "postgis") return;
  for (const auto& [name, said] : url.query) {
    if (name == "host" && !said.empty()) url.host = lower(said);
    if (name == "port" && !said.empty()) url.port = said;
    if (name == "dbname") url.path = "/" + said;
    if (name == "user") url.user = said;
    if (name == "password") url.password = said;
  }
}

void read_query(std::string_view text, Url& url) {
  while (!text.empty()) {
    const auto part = text.substr(0, text.find('&'));
    const auto equals = part.find('=');
    url.query.emplace_back(unescaped(part.substr(0, equals)), equals == std::string_view::npos ? std::string() : unescaped(part.substr(equals + 1)));
    text.remove_prefix(std::min(text.size(), part.size() + 1));
  }
}

std::vector<std::string_view> words_of(std::string_view text) {
  std::vector<std::string_view> words;
  for (std::size_t at = 0; at < text.size();) {
    auto end = at;
    while (end < text.size() && (is_letter(text[end]) || is_digit(text[end]))) ++end;
    if (end > at) words.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return words;
}

// As inet_aton(3) reads an address: one to four numbers, in any of three bases, the last one for all bytes that are left.
std::optional<std::uint32_t> ipv4_of(std::string_view text) {
  std::uint64_t address = 0;
  for (int part = 0; part < 4; ++part) {
    const auto dot = text.find('.');
    auto digits = text.substr(0, dot);
    const bool hexadecimal = digits.starts_with("0x");  // in small letters already
    if (hexadecimal) digits.remove_prefix(2);
    const int base = hexadecimal ? 16 : digits.size() > 1 && digits.starts_with('0') ? 8 : 10;
    const int bits = dot == std::string_view::npos ? 8 * (4 - part) : 8;
    std::uint64_t number = 0;
    const auto [stop, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number, base);
    if (digits.empty() || error != std::errc() || stop != digits.data() + digits.size() || number >> static_cast<unsigned>(bits) != 0) return std::nullopt;
    address = (address << static_cast<unsigned>(bits)) | number;
    if (dot == std::string_view::npos) return static_cast<std::uint32_t>(address);
    text.remove_prefix(dot + 1);
  }
  return std::nullopt;
}

// ${NAME}, $(NAME) or {{ ... }}: what should have put a value there did not. Kubernetes itself knows the hosts and ports of
// its services.
bool has_hole(std::string_view value) {
  const auto opened = value.find("{{");
  if (opened != std::string_view::npos && value.find("}}", opened) != std::string_view::npos) return true;
  for (auto at = value.find('$'); at != std::string_view::npos; at = value.find('$', at + 1)) {
    const auto open = value.substr(at + 1, 1);
    if (open != "{" && open != "(") continue;
    const auto end = value.find(open == "{" ? '}' : ')', at);
    if (end == std::string_view::npos) continue;
    const auto name = value.substr(at + 2, end - at - 2);
    const bool is_name = !name.empty() && std::ranges::all_of(name, [](char c) { return is_letter(c) || is_digit(c) || c == '_'; });
    if (is_name && (open == "{" || (!name.ends_with("_SERVICE_HOST") && !name.ends_with("_SERVICE_PORT")))) return true;
  }
  return false;
}

}  // namespace

std::string lower(std::string_view text) {
  std::string made(text);
  std::ranges::transform(made, made.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return made;
}

Switch read_switch(std::string_view value) {
  constexpr std::array<std::string_view, 4> kOn{"true", "1", "yes", "on"};
  constexpr std::array<std::string_view, 4> kOff{"false", "0", "no", "off"};
  const auto word = lower(value);
  if (one_of(kOn, word)) return Switch::on;
  return one_of(kOff, word) ? Switch::off : Switch::unclear;
}

std::optional<Url> parse_url(std::string_view text) {
  if (text.starts_with(kJdbc)) text.remove_prefix(kJdbc.size());
  const auto mark = text.find("://");
  if (mark == std::string_view::npos || !is_scheme(text.substr(0, mark))) return std::nullopt;
  if (std::ranges::any_of(text, [](char c) { return static_cast<unsigned char>(c) <= 0x20 || c == 0x7F; })) return std::nullopt;
  Url url;
  url.scheme = lower(text.substr(0, std::min(mark, text.find('+'))));
  auto rest = text.substr(mark + 3);
  rest = rest.substr(0, rest.find('#'));
  const auto question = rest.find('?');
  if (question != std::string_view::npos) read_query(rest.substr(question + 1), url);
  rest = rest.substr(0, question);
  // A password may hold a /, though it should not.
  const auto at_sign = rest.rfind('@');
  auto authority = rest;
  if (at_sign != std::string_view::npos) {
    const auto user = rest.substr(0, at_sign);
    const auto colon = user.find(':');
    url.user = unescaped(user.substr(0, colon));
    if (colon != std::string_view::npos) url.password = unescaped(user.substr(colon + 1));
    authority = rest.substr(at_sign + 1);
  }
  const auto slash = authority.find('/');
  if (slash != std::string_view::npos) url.path = unescaped(authority.substr(slash));
  if (!read_authority(authority.substr(0, slash), url)) return std::nullopt;
  apply_query(url);
  return url;
}

std::optional<long> parse_integer(std::string_view text) {
  long number = 0;
  const auto* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  if (text.empty() || error != std::errc() || stop != end) return std::nullopt;
  return number;
}

bool is_local_host(std::string_view host) {
  constexpr std::array<std::string_view, 8> kLocal{"localhost", "localhost.localdomain", "ip6-localhost", "0.0.0.0", "::1", "0:0:0:0:0:0:0:1", "::",
                                                   "host.docker.internal"};
  if (host.contains(','))  // libpq: several, tried in turn
    return std::ranges::any_of(std::views::split(host, ','), [](const auto& each) { return is_local_host(std::string_view(each)); });
  auto name = lower(host);
  if (name.ends_with('.')) name.pop_back();
  constexpr std::string_view kMapped = "::ffff:";  // RFC 4291, section 2.5.5.2
  if (name.starts_with(kMapped)) name.erase(0, kMapped.size());
  const auto address = ipv4_of(name);  // 127.0.0.1 is 2130706433 too, and 0x7f.1
  return one_of(kLocal, name) || name.ends_with(".localhost") || name.starts_with("127.") || (address && (*address == 0 || *address >> 24U == 127));
}

std::string_view port_of(const Url& url) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 8> kUsual{{{"postgresql", "5432"}, {"postgres", "5432"}, {"mysql", "3306"},
                                                                                {"redis", "6379"}, {"rediss", "6379"}, {"https", "443"},
                                                                                {"http", "80"}, {"amqps", "5671"}}};
  if (!url.port.empty()) return url.port;
  const auto* const usual = std::ranges::find(kUsual, url.scheme, [](const auto& each) { return each.first; });
  return usual == kUsual.end() ? std::string_view() : usual->second;
}

std::string_view host_of(const Url& url) {
  const std::string_view host = url.host;
  return host.ends_with('.') ? host.substr(0, host.size() - 1) : host;
}

std::string_view path_of(const Url& url) {
  const std::string_view path = url.path;
  return path.ends_with('/') ? path.substr(0, path.size() - 1) : path;
}

bool is_path(std::string_view value) {
  const auto fits = [](char c) { return (c >= 'a' && c <= 'z') || is_digit(c) || std::string_view("-._/").contains(c); };
  return value.starts_with('/') && std::ranges::count(value, '/') > 1 && std::ranges::all_of(value, fits);
}

bool is_placeholder(std::string_view value) {
  constexpr std::array<std::string_view, 13> kWords{"changeme", "django-insecure", "change-me", "change_me", "change-in-production", "change_in_production",
                                                    "replaceme", "replace-me", "replace_me", "placeholder", "dev-secret", "dev_secret", "insert-"};
  constexpr std::array<std::string_view, 11> kWhole{"user:pass", "user:password", "username:password", "admin:admin", "todo", "fixme", "tbd", "dummy", "example", "secret", "..."};
  constexpr std::array<std::string_view, 9> kPasswords{"pass", "password", "passwd", "secret", "postgres", "root", "admin", "test", "1234"};
  const auto text = lower(value);
  if (one_of(kWhole, text) || has_hole(value)) return true;
  if (std::ranges::any_of(kWords, [&](std::string_view word) { return text.find(word) != std::string::npos; })) return true;
  if (text.starts_with("your-") || text.starts_with("your_") || (text.starts_with('<') && text.ends_with('>'))) return true;
  for (const auto word : words_of(text)) {
    if (word.size() >= 3 && word.find_first_not_of('x') == std::string_view::npos) return true;
  }
  const auto url = parse_url(value);
  return url && !url->password.empty() && (one_of(kPasswords, lower(url->password)) || lower(url->password) == lower(url->user));
}

double strength_in_bits(std::string_view value) {
  std::array<std::size_t, 256> counts{};
  std::size_t counted = 0;
  for (std::size_t at = 0; at < value.size(); ++at) {
    const auto byte = static_cast<unsigned char>(value[at]);
    if (at > 0 && static_cast<unsigned char>(value[at - 1]) + 1 == byte) continue;  // abc, 123
    ++counts[byte];
    ++counted;
  }
  double bits = 0;
  for (const auto count : counts) {
    if (count != 0) bits += static_cast<double>(count) * std::log2(static_cast<double>(counted) / static_cast<double>(count));
  }
  return bits;
}

bool is_sentry_dsn(std::string_view value) {
  const auto url = parse_url(value);
  if (!url || url->scheme != "https" || url->host.empty() || url->user.size() < 16) return false;
  const auto hex = [](char c) { return is_digit(c) || (c >= 'a' && c <= 'f'); };
  const auto project = url->path.substr(std::min(url->path.size(), url->path.rfind('/') + 1));
  return std::ranges::all_of(url->user, hex) && !project.empty() && std::ranges::all_of(project, is_digit);
}

bool has_word(std::string_view text, std::span<const std::string> words) {
  const auto small = lower(text);
  const auto own = words_of(small);
  return std::ranges::any_of(words, [&](const auto& word) { return std::ranges::find(own, word) != own.end(); });
}

}  // namespace blc::tier
