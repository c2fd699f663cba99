#include "core/crypto/note.hpp"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "core/crypto/digest.hpp"
#include "core/crypto/key_parts.hpp"

namespace blc::crypto {

namespace {

constexpr std::string_view kDash = "\u2014 ";  // em dash and space begin a signature line
constexpr std::size_t kLimit = 64UL << 10U;
constexpr std::size_t kKeyIdSize = 4;

std::unexpected<Error> malformed(std::string_view what) {
  return fail(Exit::ledger, fmt::format("The checkpoint is malformed: {}.", what));
}

// signed-note: non-empty, no space, no plus. Ours are ASCII, so look-alikes cannot pass for another name.
bool is_key_name(std::string_view name) {
  return !name.empty() && std::ranges::all_of(name, [](char c) { return c > ' ' && c <= '~' && c != '+'; });
}

bool is_line(std::string_view text) {
  return !text.empty() &&
         std::ranges::none_of(text, [](char c) { return static_cast<std::uint8_t>(c) < 0x20 || c == '\x7f'; });
}

// signed-note "Signatures": first four bytes of SHA-256(name || 0x0A || 0x01 || public key), 0x01 for Ed25519.
std::string key_id(std::string_view name, const PublicKey& key) {
  const auto digest = sha256(name, std::string_view("\n\x01", 2), key_parts(key).point);
  return std::string(digest.view().substr(0, kKeyIdSize));
}

// Takes the text up to the next newline off the front; nullopt when there is none.
std::optional<std::string_view> take_line(std::string_view& text) {
  const auto end = text.find('\n');
  if (end == std::string_view::npos) return std::nullopt;
  const auto line = text.substr(0, end);
  text.remove_prefix(end + 1);
  return line;
}

std::optional<std::uint64_t> parse_size(std::string_view text) {
  std::uint64_t size = 0;
  if (text.empty() || (text.size() > 1 && text.front() == '0')) return std::nullopt;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), size);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return size;
}

Result<Checkpoint> parse_text(std::string_view text) {
  const auto origin = take_line(text);
  const auto size_line = take_line(text);
  const auto root_line = take_line(text);
  if (!root_line || !text.empty()) return malformed("its text is not origin, size and root");
  if (!is_line(*origin)) return malformed("its origin is not one printable line");
  const auto size = parse_size(*size_line);
  if (!size) return malformed("its size is not a plain number");
  const auto root_bytes = from_base64(*root_line);
  const auto root = root_bytes ? Digest::from_bytes(*root_bytes) : std::nullopt;
  if (!root) return malformed("its root is not 32 bytes of base64");
  return Checkpoint{.origin = std::string(*origin), .size = *size, .root = *root};
}

struct NoteLine {
  std::string_view name;
  std::string bytes;  // key id || signature
};

std::optional<NoteLine> parse_line(std::string_view line) {
  if (!line.starts_with(kDash)) return std::nullopt;
  line.remove_prefix(kDash.size());
  const auto space = line.find(' ');
  if (space == std::string_view::npos || !is_key_name(line.substr(0, space))) return std::nullopt;
  auto bytes = from_base64(line.substr(space + 1));
  if (!bytes || bytes->size() <= kKeyIdSize) return std::nullopt;
  return NoteLine{line.substr(0, space), *std::move(bytes)};
}

}  // namespace

std::string checkpoint_text(const Checkpoint& checkpoint) {
  if (!is_line(checkpoint.origin)) throw std::invalid_argument("a checkpoint's origin is one printable line");
  return fmt::format("{}\n{}\n{}\n", checkpoint.origin, checkpoint.size, base64(checkpoint.root.view()));
}

std::string sign_note(std::string_view text, std::string_view key_name, ServiceKey& key) {
  if (!is_key_name(key_name)) throw std::invalid_argument("a note's key name has no spaces and no plus");
  if (!text.ends_with('\n')) throw std::invalid_argument("a note's text ends with a newline");
  const auto line = base64(key_id(key_name, key.key()) + key.sign_raw(text));
  return fmt::format("{}\n{}{} {}\n", text, kDash, key_name, line);
}

Result<Checkpoint> verify_checkpoint(std::string_view note, std::string_view key_name, const PublicKey& key) {
  if (note.size() > kLimit) return malformed("it is too long");
  if (key.type() != KeyType::ed25519) return malformed("checkpoints are signed by Ed25519 keys");
  const auto blank = note.rfind("\n\n");
  if (blank == std::string_view::npos) return malformed("it has no signature");
  const auto text = note.substr(0, blank + 1);
  auto rest = note.substr(blank + 2);
  const auto id = key_id(key_name, key);
  bool verified = false;
  while (!rest.empty()) {
    const auto line = take_line(rest);
    const auto signature = line ? parse_line(*line) : std::nullopt;
    if (!signature) return malformed("it has a damaged signature line");
    // Lines of other keys (witnesses) are theirs to be checked with; ours must verify, and stand once.
    const std::string_view bytes = signature->bytes;
    if (signature->name != key_name || !bytes.starts_with(id)) continue;
    if (verified) return malformed("it is signed twice by the same key");
    verified = ed25519_verify(key, text, bytes.substr(kKeyIdSize));
    if (!verified)
      return fail(Exit::ledger, fmt::format("The checkpoint's signature by {} does not verify.", key_name));
  }
  if (!verified) return fail(Exit::ledger, fmt::format("The checkpoint is not signed by {}.", key_name));
  return parse_text(text);
}

}  // namespace blc::crypto
