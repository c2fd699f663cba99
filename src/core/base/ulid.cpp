#include "core/base/ulid.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <ranges>

namespace blc {

namespace {
constexpr std::string_view kAlphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";  // Crockford: no I, L, O, U
constexpr std::size_t kLength = 26;
constexpr std::size_t kTimeBytes = 6;
constexpr std::uint8_t kNoDigit = 0xff;

constexpr auto kValues = [] {
  std::array<std::uint8_t, 256> values{};
  values.fill(kNoDigit);
  for (std::size_t i = 0; i < kAlphabet.size(); ++i) values[static_cast<unsigned char>(kAlphabet[i])] = static_cast<std::uint8_t>(i);
  return values;
}();
}  // namespace

std::optional<Ulid> Ulid::parse(std::string_view text) {
  // 26 characters hold 130 bits: the first may carry only three.
  if (text.size() != kLength || text.front() > '7') return std::nullopt;
  std::uint64_t high = 0;  // of 128 bits
  std::uint64_t low = 0;
  for (const char c : text) {
    const auto value = kValues[static_cast<unsigned char>(c)];
    if (value == kNoDigit) return std::nullopt;
    high = high << 5U | low >> 59U;
    low = low << 5U | value;
  }
  std::array<std::uint8_t, 16> bytes{};
  for (std::size_t i = 0; i < 8; ++i) {
    bytes[i] = static_cast<std::uint8_t>(high >> (56 - 8 * i));
    bytes[8 + i] = static_cast<std::uint8_t>(low >> (56 - 8 * i));
  }
  return Ulid(bytes);
}

std::string Ulid::str() const {
  std::string text;
  text.reserve(kLength);
  for (std::size_t index = 0; index < kLength; ++index) {
    unsigned value = 0;
    for (std::size_t bit = index * 5; bit < index * 5 + 5; ++bit) {
      const unsigned set = bit < 2 ? 0U : (unsigned{bytes_[(bit - 2) / 8]} >> (7U - (bit - 2) % 8)) & 1U;
      value = value << 1U | set;
    }
    text.push_back(kAlphabet[value]);
  }
  return text;
}

Timestamp Ulid::time() const {
  std::int64_t milliseconds = 0;
  for (std::size_t i = 0; i < kTimeBytes; ++i) milliseconds = milliseconds << 8 | bytes_[i];
  return Timestamp{Milliseconds{milliseconds}};
}

Ulid UlidSource::next(Timestamp now) {
  std::array<std::uint8_t, 16> bytes{};
  const auto milliseconds = static_cast<std::uint64_t>(std::max<std::int64_t>(now.time_since_epoch().count(), 0));
  for (std::size_t i = 0; i < kTimeBytes; ++i)
    bytes[i] = static_cast<std::uint8_t>(milliseconds >> (8 * (kTimeBytes - 1 - i)));
  random_(bytes.data() + kTimeBytes, bytes.size() - kTimeBytes);
  Ulid candidate(bytes);
  if (candidate <= last_) {  // same millisecond, or a clock set back: count up from the last one
    bytes = last_.bytes();
    for (auto& byte : std::views::reverse(bytes)) {
      if (++byte != 0) break;
    }
    candidate = Ulid(bytes);
  }
  last_ = candidate;
  return candidate;
}

}  // namespace blc
