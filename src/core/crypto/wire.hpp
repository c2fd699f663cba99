// SSH wire encoding (RFC 4251 section 5): what keys, signatures, the agent protocol and sealed blobs are made of.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

namespace blc::crypto {

class WireWriter {
 public:
  WireWriter& byte(std::uint8_t value);
  WireWriter& u32(std::uint32_t value);
  WireWriter& raw(std::string_view bytes);
  WireWriter& string(std::string_view bytes);  // u32 length, then the bytes; throws Broken over 2^32-1

  [[nodiscard]] const std::string& bytes() const& noexcept { return bytes_; }
  [[nodiscard]] std::string bytes() && noexcept { return std::move(bytes_); }

 private:
  std::string bytes_;
};

// Reads without copying. The first field that does not fit makes it fail for good: everything read from
// then on is empty or zero, and finished() is false. So fields may be read first and judged once.
class WireReader {
 public:
  explicit WireReader(std::string_view bytes) : rest_(bytes) {}

  std::uint8_t byte();
  std::uint32_t u32();
  std::string_view raw(std::size_t size);
  std::string_view string();
  // A positive mpint in its one minimal encoding; without the leading zero byte.
  std::string_view positive_mpint();

  [[nodiscard]] bool failed() const noexcept { return failed_; }
  // Nothing failed and nothing is left over.
  [[nodiscard]] bool finished() const noexcept { return !failed_ && rest_.empty(); }

 private:
  std::string_view rest_;
  bool failed_ = false;
};

}  // namespace blc::crypto
