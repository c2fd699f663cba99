#include "core/crypto/quick_digest.hpp"

#include <gtest/gtest.h>

#include "core/crypto/digest.hpp"

namespace blc::crypto {
namespace {

TEST(QuickDigest, IsThatOfOpenssl) {
  std::string text;
  for (int size = 0; size < 200; ++size, text += static_cast<char>(size)) {
    EXPECT_EQ(quick_sha256(text), sha256(text));
    const auto key = Secret::copy(text);
    EXPECT_EQ(quick_hmac_sha256(key, "message" + text), hmac_sha256(key, "message" + text));
  }
}

}  // namespace
}  // namespace blc::crypto
