#include "cli/pin_words.hpp"

#include <fmt/format.h>

#include <cstdint>
#include <string_view>

#include "core/crypto/digest.hpp"

namespace blc::cli {

namespace {

constexpr std::size_t kWords = 8;

// Sixteen bits: consonant, vowel, consonant, vowel, consonant; the highest bits first.
std::string proquint(unsigned bits) {
  constexpr std::string_view kConsonants = "bdfghjklmnprstvz";
  constexpr std::string_view kVowels = "aiou";
  return {kConsonants[bits >> 12U & 15U], kVowels[bits >> 10U & 3U], kConsonants[bits >> 6U & 15U], kVowels[bits >> 4U & 3U],
          kConsonants[bits & 15U]};
}

}  // namespace

std::string pin_words(const approval::Pin& pin) {
  const auto digest = crypto::sha256(fmt::format("blc.pin/v1\n{}\n{}\n", pin.origin, pin.root1.hex()));
  std::string words;
  for (std::size_t i = 0; i < kWords; ++i) {
    const auto bits = static_cast<unsigned>(digest.bytes[2 * i]) << 8U | digest.bytes[2 * i + 1];
    words += (i == 0 ? "" : " ") + proquint(bits);
  }
  return words;
}

}  // namespace blc::cli
