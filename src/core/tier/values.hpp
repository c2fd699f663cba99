// What can be told of a value without showing it.
#pragma once
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace blc::tier {

enum class Switch { on, off, unclear };
// true, 1, yes, on; false, 0, no, off; in any case. Everything else, empty included, is unclear.
[[nodiscard]] Switch read_switch(std::string_view value);

// RFC 3986, as far as settings use it.
struct Url {
  std::string scheme;  // in small letters, without what follows a + (postgresql+asyncpg)
  std::string user;
  std::string password;
  std::string host;  // in small letters, without brackets
  std::string port;
  std::string path;  // with its /
  std::vector<std::pair<std::string, std::string>> query;
};
// Escapes are read (RFC 3986, section 2.1), and of PostgreSQL what its query says of host, port, database, user and password.
// Nothing without scheme and ://, with white space or control characters, or with a port that is none.
[[nodiscard]] std::optional<Url> parse_url(std::string_view text);

[[nodiscard]] std::optional<long> parse_integer(std::string_view text);
// Loopback addresses, however they are written, and names, 0.0.0.0, ::, host.docker.internal.
[[nodiscard]] bool is_local_host(std::string_view host);
// The port that is meant, also where it is the usual one of the scheme and left out; the host without the dot and the
// path without the / that may end them (RFC 1034, section 3.1; RFC 3986, section 6.2.3).
[[nodiscard]] std::string_view host_of(const Url& url);
[[nodiscard]] std::string_view port_of(const Url& url);
[[nodiscard]] std::string_view path_of(const Url& url);
// Of a file, as programs are told where a secret lies: /run/secrets/key, in small letters. A secret looks like none.
[[nodiscard]] bool is_path(std::string_view value);
// "changeme", "xxx", "<your key>", "dev-secret-key-...", "user:pass" in a URL, and their like, whatever it is set for.
[[nodiscard]] bool is_placeholder(std::string_view value);
// An upper bound of what guessing it takes: its length times the entropy of its characters (Shannon), in bits.
[[nodiscard]] double strength_in_bits(std::string_view value);
// https://KEY@HOST/PROJECT, as Sentry gives it.
[[nodiscard]] bool is_sentry_dsn(std::string_view value);
// One of the words stands in it as a word of its own: `prod` in db.prod.example.org and prod_db, not in product.
[[nodiscard]] bool has_word(std::string_view text, std::span<const std::string> words);
[[nodiscard]] std::string lower(std::string_view text);

}  // namespace blc::tier
