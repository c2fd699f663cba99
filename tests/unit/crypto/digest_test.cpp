#include "core/crypto/digest.hpp"

#include <gtest/gtest.h>

#include <thread>

#include "core/crypto/aead.hpp"

namespace blc::crypto {
namespace {

std::string bytes(std::string_view hex) { return *from_hex(hex); }

TEST(Sha256, GivesTheVectorsOfFips180) {
  EXPECT_EQ(sha256("").hex(), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(sha256("abc").hex(), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(sha256("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq").hex(),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  EXPECT_EQ(sha256(std::string(1'000'000, 'a')).hex(),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(Sha256, TakesAViewOfNothing) {
  EXPECT_EQ(sha256(std::string_view{}), sha256(""));
  EXPECT_EQ(sha512({}), sha512(""));
  EXPECT_EQ(hmac_sha256(Secret(), {}), hmac_sha256(Secret(), ""));
}

TEST(Sha256, HashesPartsAsTheirConcatenation) {
  EXPECT_EQ(sha256("a", "b", "c"), sha256("abc"));
  EXPECT_EQ(sha256(std::string_view("\0", 1), "leaf"), sha256(std::string_view("\0leaf", 5)));
  EXPECT_EQ(sha256("", "", ""), sha256(""));
}

TEST(Sha256, GivesTheSameInEveryThread) {
  Digest other;
  std::thread([&other] { other = sha256("abc"); }).join();
  EXPECT_EQ(other, sha256("abc"));
}

TEST(Sha512, GivesTheVectorOfFips180) {
  EXPECT_EQ(to_hex(sha512("abc")),
            "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
            "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f");
}

TEST(HmacSha256, GivesTheVectorsOfRfc4231) {
  const auto mac = [](std::string key, std::string_view message) {
    return hmac_sha256(Secret::take(std::move(key)), message).hex();
  };
  EXPECT_EQ(mac(std::string(20, '\x0b'), "Hi There"),
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
  EXPECT_EQ(mac("Jefe", "what do ya want for nothing?"),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  EXPECT_EQ(mac(std::string(20, '\xaa'), std::string(50, '\xdd')),
            "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe");
  EXPECT_EQ(mac(bytes("0102030405060708090a0b0c0d0e0f10111213141516171819"), std::string(50, '\xcd')),
            "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b");
  EXPECT_EQ(mac(std::string(131, '\xaa'), "Test Using Larger Than Block-Size Key - Hash Key First"),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

TEST(HmacSha256, TakesAnEmptyKey) {
  EXPECT_EQ(hmac_sha256(Secret(), "").hex(), "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

// The inputs of RFC 5869 appendix A.1 and A.3, which gives SHA-256 outputs; these were computed with SHA-512 by
// Python's hmac module.
TEST(HkdfSha512, GivesTheVectorsOfRfc5869WithSha512) {
  EXPECT_EQ(to_hex(hkdf_sha512(std::string(22, '\x0b'), bytes("000102030405060708090a0b0c"),
                               bytes("f0f1f2f3f4f5f6f7f8f9"), 42)
                       .reveal()),
            "832390086cda71fb47625bb5ceb168e4c8e26a1a16ed34d9fc7fe92c1481579338da362cb8d9f925d7cb");
  EXPECT_EQ(to_hex(hkdf_sha512(std::string(22, '\x0b'), {}, {}, 42).reveal()),
            "f5fa02b18298a72a8c23898a8703472c6eb179dc204c03425c970e3b164bf90fff22d04836d0e2343bac");
}

TEST(Base64, GivesTheVectorsOfRfc4648) {
  const std::vector<std::pair<std::string, std::string>> vectors{{"", ""},
                                                                 {"f", "Zg=="},
                                                                 {"fo", "Zm8="},
                                                                 {"foo", "Zm9v"},
                                                                 {"foob", "Zm9vYg=="},
                                                                 {"fooba", "Zm9vYmE="},
                                                                 {"foobar", "Zm9vYmFy"}};
  for (const auto& [plain, text] : vectors) {
    EXPECT_EQ(base64(plain), text);
    EXPECT_EQ(from_base64(text), plain);
  }
}

TEST(Base64, ComesBackForEveryByte) {
  std::string all;
  for (int i = 0; i < 256; ++i) all.push_back(static_cast<char>(i));
  EXPECT_EQ(from_base64(base64(all)), all);
}

TEST(Base64, RefusesWhatWouldNotEncodeToTheSameText) {
  for (const std::string_view text : {"Z", "Zg", "Zg=", "Zh==", "Zm9=", "Zm8", "=", "==", "===", "====", "A===",
                                      "Zg==Zg==", "Zg==\n", " Zg==", "Zm 9", "Zm9_", "Zm-9", "Z=m9", "Zm9v\n"}) {
    EXPECT_EQ(from_base64(text), std::nullopt) << text;
  }
  EXPECT_EQ(from_base64(std::string_view("Zm\0v", 4)), std::nullopt);
  EXPECT_EQ(from_base64("Zm9\xff"), std::nullopt);
}

TEST(Aead, GivesTheVectorOfNistGcm) {
  // McGrew and Viega, "The Galois/Counter Mode of Operation", test case 16 (AES-256, with associated data).
  const auto key = Secret::take(bytes("feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308"));
  const auto iv = bytes("cafebabefacedbaddecaf888");
  const auto plain = bytes(
      "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525"
      "b16aedf5aa0de657ba637b39");
  const auto associated = bytes("feedfacedeadbeeffeedfacedeadbeefabaddad2");
  const auto sealed = aead_seal(key, iv, plain, associated);
  EXPECT_EQ(to_hex(sealed),
            to_hex(iv) +
                "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838"
                "c5f61e6393ba7a0abcc9f662"
                "76fc6ece0f4e1768cddf8853bb2d551b");
  const auto opened = aead_open(key, sealed, associated);
  ASSERT_TRUE(opened);
  EXPECT_EQ(opened->reveal(), plain);
  EXPECT_FALSE(aead_open(key, sealed, "other"));
  EXPECT_FALSE(aead_open(key, std::string_view(sealed).substr(0, 27), associated));
}

TEST(Aead, RefusesKeysAndIvsOfAnotherSize) {
  EXPECT_THROW(static_cast<void>(aead_seal(Secret(16), std::string(12, 'i'), "", "")), std::invalid_argument);
  EXPECT_THROW(static_cast<void>(aead_seal(Secret(32), std::string(16, 'i'), "", "")), std::invalid_argument);
  EXPECT_THROW(static_cast<void>(aead_open(Secret(16), std::string(28, 'i'), "")), std::invalid_argument);
}

}  // namespace
}  // namespace blc::crypto
