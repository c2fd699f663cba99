#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace blc::text {

struct CodePoint {
  std::uint32_t value = 0;
  std::size_t length = 0;  // bytes
};

// The code point at `position`, or nullopt where no well-formed sequence starts (Unicode 15, table 3-7:
// no overlong forms, no surrogates, nothing above U+10FFFF).
[[nodiscard]] std::optional<CodePoint> decode_utf8(std::string_view text, std::size_t position) noexcept;

void append_utf8(std::string& out, std::uint32_t code_point);

}  // namespace blc::text
