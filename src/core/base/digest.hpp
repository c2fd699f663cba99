#pragma once
#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace blc {

// Lower-case hexadecimal. `from_hex` accepts nothing else.
[[nodiscard]] std::string to_hex(std::string_view bytes);
[[nodiscard]] std::optional<std::string> from_hex(std::string_view hex);

// A 256-bit digest (SHA-256, or HMAC-SHA-256 where a comment says keyed).
struct Digest {
  std::array<std::uint8_t, 32> bytes{};

  [[nodiscard]] std::string hex() const;
  [[nodiscard]] std::string tagged() const { return "sha256:" + hex(); }
  [[nodiscard]] std::string_view view() const noexcept {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
  }
  // 64 lower-case hex digits.
  static std::optional<Digest> parse_hex(std::string_view text);
  // "sha256:" and 64 lower-case hex digits.
  static std::optional<Digest> parse_tagged(std::string_view text);
  // Exactly 32 bytes.
  static std::optional<Digest> from_bytes(std::string_view raw);

  auto operator<=>(const Digest&) const = default;
};

// SHA-256 of a plan's canonical bytes: what approvals sign.
struct PlanDigest {
  Digest value;
  [[nodiscard]] std::string tagged() const { return value.tagged(); }
  auto operator<=>(const PlanDigest&) const = default;
};

// SHA-256(0x00 || entry): RFC 9162 section 2.1.1.
struct LeafHash {
  Digest value;
  [[nodiscard]] std::string hex() const { return value.hex(); }
  auto operator<=>(const LeafHash&) const = default;
};

}  // namespace blc
