#include "core/base/digest.hpp"

#include <gtest/gtest.h>

namespace blc {
namespace {

TEST(Hex, RoundTripsEveryByte) {
  std::string bytes;
  for (int byte = 0; byte < 256; ++byte) bytes += static_cast<char>(byte);
  EXPECT_EQ(from_hex(to_hex(bytes)), bytes);
  EXPECT_EQ(to_hex("\x01\xab\xff"), "01abff");
  EXPECT_EQ(from_hex(""), "");
}

TEST(Hex, ReadsLowerCaseOnly) {
  for (const std::string text : {"0", "AB", "aB", "0g", " 00", "0x00", "00 "}) EXPECT_FALSE(from_hex(text)) << text;
}

TEST(Digest, ParsesWhatItPrints) {
  const std::string hex = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
  const auto digest = Digest::parse_hex(hex);
  ASSERT_TRUE(digest);
  EXPECT_EQ(digest->hex(), hex);
  EXPECT_EQ(digest->tagged(), "sha256:" + hex);
  EXPECT_EQ(Digest::parse_tagged("sha256:" + hex), digest);
  EXPECT_EQ(Digest::from_bytes(digest->view()), digest);
  EXPECT_EQ(PlanDigest{*digest}.tagged(), "sha256:" + hex);
  EXPECT_EQ(LeafHash{*digest}.hex(), hex);
}

TEST(Digest, RefusesOtherLengthsAndTags) {
  const std::string hex(64, '0');
  for (const auto& text : {std::string(), hex.substr(1), hex + "0", hex + "00", "A" + hex.substr(1)}) {
    EXPECT_FALSE(Digest::parse_hex(text)) << text;
    EXPECT_FALSE(Digest::parse_tagged("sha256:" + text)) << text;
  }
  for (const std::string tag : {"", "sha512:", "SHA256:", "sha256", "sha256: "})
    EXPECT_FALSE(Digest::parse_tagged(tag + hex)) << tag;
  EXPECT_FALSE(Digest::from_bytes(std::string(31, 'x')));
  EXPECT_FALSE(Digest::from_bytes(std::string(33, 'x')));
}

}  // namespace
}  // namespace blc
