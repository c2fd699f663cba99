#include "core/base/digest.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

namespace blc {

namespace {
constexpr std::string_view kDigits = "0123456789abcdef";
constexpr std::string_view kTag = "sha256:";
constexpr std::uint8_t kNoDigit = 0xff;

constexpr auto kValues = [] {
  std::array<std::uint8_t, 256> values{};
  values.fill(kNoDigit);
  for (std::size_t i = 0; i < kDigits.size(); ++i) values[static_cast<unsigned char>(kDigits[i])] = static_cast<std::uint8_t>(i);
  return values;
}();
}  // namespace

std::string to_hex(std::string_view bytes) {
  std::string hex;
  hex.reserve(bytes.size() * 2);
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    hex.push_back(kDigits[byte >> 4U]);
    hex.push_back(kDigits[byte & 15U]);
  }
  return hex;
}

std::optional<std::string> from_hex(std::string_view hex) {
  if (hex.size() % 2 != 0) return std::nullopt;
  std::string bytes(hex.size() / 2, '\0');
  for (std::size_t i = 0; i < hex.size(); i += 2) {
    const unsigned high = kValues[static_cast<unsigned char>(hex[i])];
    const unsigned low = kValues[static_cast<unsigned char>(hex[i + 1])];
    if (high == kNoDigit || low == kNoDigit) return std::nullopt;
    bytes[i / 2] = static_cast<char>(high << 4U | low);
  }
  return bytes;
}

std::string Digest::hex() const { return to_hex(view()); }

std::optional<Digest> Digest::from_bytes(std::string_view raw) {
  Digest digest;
  if (raw.size() != digest.bytes.size()) return std::nullopt;
  std::ranges::transform(raw, digest.bytes.begin(), [](char c) { return static_cast<std::uint8_t>(c); });
  return digest;
}

std::optional<Digest> Digest::parse_hex(std::string_view text) {
  const auto raw = from_hex(text);
  return raw ? from_bytes(*raw) : std::nullopt;
}

std::optional<Digest> Digest::parse_tagged(std::string_view text) {
  if (!text.starts_with(kTag)) return std::nullopt;
  return parse_hex(text.substr(kTag.size()));
}

}  // namespace blc
