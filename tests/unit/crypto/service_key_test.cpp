#include "core/crypto/service_key.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/digest.hpp"
#include "core/crypto/digest.hpp"
#include "core/crypto/wire.hpp"
#include "unit/crypto/openssh.hpp"

namespace blc::crypto {
namespace {

using ::testing::HasSubstr;

std::string bytes(std::string_view hex) { return *from_hex(hex); }

// PKCS#8 (RFC 8410 section 7) around a 32-byte seed.
Secret pem_of(std::string_view seed_hex) {
  const auto der = bytes("302e020100300506032b657004220420") + bytes(seed_hex);
  return Secret::take("-----BEGIN PRIVATE KEY-----\n" + base64(der) + "\n-----END PRIVATE KEY-----\n");
}

PublicKey public_key(std::string_view hex) {
  return *PublicKey::parse_blob(WireWriter().string("ssh-ed25519").string(bytes(hex)).bytes());
}

struct Vector {
  std::string_view seed, point, message, signature;
};

// RFC 8032 section 7.1, tests 1, 2 and 3.
constexpr std::array kVectors{
    Vector{"9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
           "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
           "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46b"
           "d25bf5f0595bbe24655141438e7a100b"},
    Vector{"4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
           "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
           "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c"
           "387b2eaeb4302aeeb00d291612bb0c00"},
    Vector{"c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
           "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
           "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc659"
           "4a7c15e9716ed28dc027beceea1ec40a"}};

TEST(ServiceKey, SignsTheVectorsOfRfc8032) {
  for (const auto& vector : kVectors) {
    const auto key = ServiceKey::from_pem(pem_of(vector.seed));
    ASSERT_TRUE(key) << key.error().message;
    EXPECT_EQ((*key)->key(), public_key(vector.point));
    EXPECT_EQ(to_hex((*key)->sign_raw(bytes(vector.message))), vector.signature);
  }
}

// What is kept of a key, and dropped when there are many, never answers for another one.
TEST(Ed25519Verify, TellsManyKeysApart) {
  std::vector<std::unique_ptr<ServiceKey>> keys;
  std::vector<std::string> signatures;
  for (int key = 0; key < 600; ++key) {
    keys.push_back(ServiceKey::generate().first);
    signatures.push_back(keys.back()->sign_raw("message"));
  }
  for (int round = 0; round < 2; ++round) {
    for (std::size_t key = 0; key < keys.size(); ++key) {
      const auto parsed = PublicKey::parse_blob(keys[key]->public_blob());
      ASSERT_TRUE(parsed) << key;
      EXPECT_TRUE(ed25519_verify(*parsed, "message", signatures[key])) << key;
      EXPECT_FALSE(ed25519_verify(*parsed, "message", signatures[(key + 1) % keys.size()])) << key;
      EXPECT_TRUE(ed25519_verify(*parsed, "message", signatures[key])) << key;
    }
  }
}

TEST(Ed25519Verify, AcceptsTheVectorsOfRfc8032AndNoFlipOfThem) {
  for (const auto& vector : kVectors) {
    const auto key = public_key(vector.point);
    const auto signature = bytes(vector.signature);
    EXPECT_TRUE(ed25519_verify(key, bytes(vector.message), signature));
    EXPECT_FALSE(ed25519_verify(key, bytes(vector.message) + "x", signature));
    for (std::size_t bit = 0; bit < signature.size() * 8; ++bit) {
      auto flipped = signature;
      flipped[bit / 8] = static_cast<char>(static_cast<std::uint8_t>(flipped[bit / 8]) ^ (1U << bit % 8));
      EXPECT_FALSE(ed25519_verify(key, bytes(vector.message), flipped)) << bit;
    }
  }
}

TEST(Ed25519Verify, RefusesAnSThatIsNotReduced) {
  // S + l verifies under the bare equation; RFC 8032 section 5.1.7 refuses it.
  const auto order = bytes("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010");
  auto signature = bytes(kVectors[0].signature);
  unsigned carry = 0;
  for (std::size_t i = 0; i < 32; ++i) {
    carry += static_cast<unsigned>(static_cast<std::uint8_t>(signature[32 + i])) + static_cast<std::uint8_t>(order[i]);
    signature[32 + i] = static_cast<char>(carry & 0xffU);
    carry >>= 8U;
  }
  EXPECT_FALSE(ed25519_verify(public_key(kVectors[0].point), "", signature));
}

TEST(Ed25519Verify, TakesNoOtherLengthAndNoOtherKeyType) {
  const auto signature = bytes(kVectors[0].signature);
  const auto key = public_key(kVectors[0].point);
  EXPECT_FALSE(ed25519_verify(key, "", signature + "x"));
  EXPECT_FALSE(ed25519_verify(key, "", std::string_view(signature).substr(1)));
  EXPECT_FALSE(ed25519_verify(key, "", ""));
  const auto token = PublicKey::parse_blob(
      WireWriter().string("sk-ssh-ed25519@openssh.com").string(bytes(kVectors[0].point)).string("ssh:").bytes());
  ASSERT_TRUE(token);
  EXPECT_FALSE(ed25519_verify(*token, "", signature));
}

TEST(ServiceKey, ComesBackFromItsPem) {
  auto [key, pem] = ServiceKey::generate();
  const auto again = ServiceKey::from_pem(pem);
  ASSERT_TRUE(again);
  EXPECT_EQ((*again)->key(), key->key());
  EXPECT_EQ((*again)->sign_raw("m"), key->sign_raw("m"));
  EXPECT_EQ(key->public_blob(), key->key().blob());
}

TEST(ServiceKey, SignsAViewOfNothing) {
  auto [key, pem] = ServiceKey::generate();
  EXPECT_EQ(key->sign_raw({}), key->sign_raw(""));
  EXPECT_TRUE(ed25519_verify(key->key(), {}, key->sign_raw("")));
}

TEST(ServiceKey, IsAnotherOneEachTime) {
  EXPECT_NE(ServiceKey::generate().first->key(), ServiceKey::generate().first->key());
}

TEST(ServiceKey, SignsInNoEmptyNamespace) {
  const auto refused = ServiceKey::generate().first->sign("", "m");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Exit::authentication);
}

std::string refusal(std::string text) {
  const auto key = ServiceKey::from_pem(Secret::take(std::move(text)));
  if (key) return "accepted";
  EXPECT_EQ(key.error().code, Exit::authentication);
  return key.error().message;
}

TEST(ServiceKey, RefusesEveryOtherText) {
  const std::string good(pem_of(kVectors[0].seed).reveal());
  EXPECT_EQ(refusal(good), "accepted");
  EXPECT_NE(refusal(""), "accepted");
  EXPECT_NE(refusal("-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----\n"), "accepted");
  EXPECT_NE(refusal(good + good), "accepted");
  EXPECT_NE(refusal("# comment\n" + good), "accepted");
  EXPECT_NE(refusal(good.substr(0, 60) + good.substr(64)), "accepted");
  EXPECT_THAT(refusal("-----BEGIN ENCRYPTED PRIVATE KEY-----\n"), HasSubstr("encrypted"));
}

TEST(ServiceKey, RefusesKeysOfOtherKinds) {
  const test::Folder folder;
  test::make_key(folder / "openssh", "ed25519");
  EXPECT_THAT(refusal(test::slurp(folder / "openssh")), HasSubstr("PKCS#8"));
  test::make_key(folder / "ecdsa", "ecdsa", "", {"-m", "PKCS8"});
  EXPECT_THAT(refusal(test::slurp(folder / "ecdsa")), HasSubstr("Ed25519"));
  test::make_key(folder / "rsa", "rsa", "", {"-m", "PKCS8"});
  EXPECT_THAT(refusal(test::slurp(folder / "rsa")), HasSubstr("Ed25519"));
}

}  // namespace
}  // namespace blc::crypto
