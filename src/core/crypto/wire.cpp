#include "core/crypto/wire.hpp"

#include <limits>

#include "core/base/result.hpp"

namespace blc::crypto {

WireWriter& WireWriter::byte(std::uint8_t value) {
  bytes_.push_back(static_cast<char>(value));
  return *this;
}

WireWriter& WireWriter::u32(std::uint32_t value) {
  for (const unsigned shift : {24U, 16U, 8U, 0U}) byte(static_cast<std::uint8_t>(value >> shift & 0xffU));
  return *this;
}

WireWriter& WireWriter::raw(std::string_view bytes) {
  bytes_.append(bytes);
  return *this;
}

WireWriter& WireWriter::string(std::string_view bytes) {
  if (bytes.size() > std::numeric_limits<std::uint32_t>::max()) throw Broken("a field of over 4 GiB");
  return u32(static_cast<std::uint32_t>(bytes.size())).raw(bytes);
}

std::string_view WireReader::raw(std::size_t size) {
  if (failed_ || size > rest_.size()) {
    failed_ = true;
    return {};
  }
  const auto bytes = rest_.substr(0, size);
  rest_.remove_prefix(size);
  return bytes;
}

std::uint8_t WireReader::byte() {
  const auto bytes = raw(1);
  return bytes.empty() ? std::uint8_t{0} : static_cast<std::uint8_t>(bytes.front());
}

std::uint32_t WireReader::u32() {
  std::uint32_t value = 0;
  for (const char c : raw(4)) value = value << 8U | static_cast<std::uint8_t>(c);
  return value;
}

std::string_view WireReader::string() {
  const auto size = u32();
  return raw(size);
}

std::string_view WireReader::positive_mpint() {
  auto bytes = string();
  const auto high_bit = [](char c) { return (static_cast<std::uint8_t>(c) & 0x80U) != 0; };
  if (bytes.empty() || high_bit(bytes.front())) {
    failed_ = true;
    return {};
  }
  if (bytes.front() == '\0') {
    bytes.remove_prefix(1);
    if (bytes.empty() || !high_bit(bytes.front())) {
      failed_ = true;
      return {};
    }
  }
  return bytes;
}

}  // namespace blc::crypto
