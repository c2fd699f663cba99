#include "cli/pin_words.hpp"

#include <gtest/gtest.h>

#include <fmt/format.h>

#include "core/crypto/digest.hpp"

namespace blc::cli {
namespace {

// 127.0.0.1 is lusab-babad (arXiv:0901.4016): the same bits, the same words.
TEST(PinWords, AreTheProquintsOfItsDigest) {
  approval::Pin pin{"clinic/00112233445566778899aabbccddeeff", {crypto::sha256("root")}, {}};
  const auto digest = crypto::sha256(fmt::format("blc.pin/v1\n{}\n{}\n", pin.origin, pin.root1.hex()));
  const auto words = pin_words(pin);
  ASSERT_EQ(words.size(), 8 * 5 + 7U);
  constexpr std::string_view kConsonants = "bdfghjklmnprstvz";
  constexpr std::string_view kVowels = "aiou";
  for (std::size_t i = 0; i < 8; ++i) {
    const auto word = words.substr(6 * i, 5);
    unsigned bits = 0;
    for (const char letter : word) {
      const bool vowel = kVowels.find(letter) != std::string_view::npos;
      bits = bits << (vowel ? 2U : 4U) | static_cast<unsigned>(vowel ? kVowels.find(letter) : kConsonants.find(letter));
    }
    EXPECT_EQ(bits, static_cast<unsigned>(digest.bytes[2 * i]) << 8U | digest.bytes[2 * i + 1]) << word;
  }
}

TEST(PinWords, DependOnOriginAndFirstRootAlone) {
  const approval::Pin pin{"clinic/00112233445566778899aabbccddeeff", {crypto::sha256("root")}, {}};
  auto other = pin;
  other.checkpoint = {7, crypto::sha256("later")};
  EXPECT_EQ(pin_words(other), pin_words(pin));
  other.root1 = {crypto::sha256("another root")};
  EXPECT_NE(pin_words(other), pin_words(pin));
  other = pin;
  other.origin = "clinic/10112233445566778899aabbccddeeff";
  EXPECT_NE(pin_words(other), pin_words(pin));
}

}  // namespace
}  // namespace blc::cli
