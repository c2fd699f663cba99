#include "core/text/utf8.hpp"

#include "core/text/json.hpp"

namespace blc::text {

std::optional<CodePoint> decode_utf8(std::string_view text, std::size_t position) noexcept {
  const auto byte = [&](std::size_t i) -> std::uint32_t {
    return position + i < text.size() ? static_cast<unsigned char>(text[position + i]) : 0U;
  };
  const auto lead = byte(0);
  if (position >= text.size()) return std::nullopt;
  if (lead < 0x80) return CodePoint{lead, 1};
  const auto continues = [&](std::size_t i, std::uint32_t low = 0x80, std::uint32_t high = 0xBF) {
    return byte(i) >= low && byte(i) <= high;
  };
  if (lead >= 0xC2 && lead <= 0xDF) {
    if (!continues(1)) return std::nullopt;
    return CodePoint{(lead & 0x1FU) << 6U | (byte(1) & 0x3FU), 2};
  }
  if (lead >= 0xE0 && lead <= 0xEF) {
    if (!continues(1, lead == 0xE0 ? 0xA0 : 0x80, lead == 0xED ? 0x9F : 0xBF) || !continues(2)) return std::nullopt;
    return CodePoint{(lead & 0x0FU) << 12U | (byte(1) & 0x3FU) << 6U | (byte(2) & 0x3FU), 3};
  }
  if (lead >= 0xF0 && lead <= 0xF4) {
    if (!continues(1, lead == 0xF0 ? 0x90 : 0x80, lead == 0xF4 ? 0x8F : 0xBF) || !continues(2) || !continues(3))
      return std::nullopt;
    return CodePoint{(lead & 0x07U) << 18U | (byte(1) & 0x3FU) << 12U | (byte(2) & 0x3FU) << 6U | (byte(3) & 0x3FU), 4};
  }
  return std::nullopt;
}

void append_utf8(std::string& out, std::uint32_t code_point) {
  const auto push = [&](std::uint32_t byte) { out.push_back(static_cast<char>(byte)); };
  if (code_point < 0x80) return push(code_point);
  if (code_point < 0x800) {
    push(0xC0U | code_point >> 6U);
  } else {
    if (code_point < 0x10000) {
      push(0xE0U | code_point >> 12U);
    } else {
      push(0xF0U | code_point >> 18U);
      push(0x80U | (code_point >> 12U & 0x3FU));
    }
    push(0x80U | (code_point >> 6U & 0x3FU));
  }
  push(0x80U | (code_point & 0x3FU));
}

bool valid_utf8(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    if (static_cast<unsigned char>(text[i]) < 0x80) {
      ++i;
      continue;
    }
    const auto point = decode_utf8(text, i);
    if (!point) return false;
    i += point->length;
  }
  return true;
}

}  // namespace blc::text
