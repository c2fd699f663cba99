#include "core/crypto/sshsig.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/digest.hpp"
#include "core/crypto/digest.hpp"
#include "core/crypto/service_key.hpp"
#include "core/crypto/wire.hpp"
#include "unit/crypto/openssh.hpp"

namespace blc::crypto {
namespace {

using ::testing::HasSubstr;

constexpr std::string_view kSpace = "blc.approval.v1";
constexpr std::string_view kMessage = "DSSEv1 34 application/vnd.blc.approval.v1+json 2 {}";

// Decodes and verifies, as every reader of a signature does.
Result<> accept(std::string_view raw, std::string_view name_space = kSpace, std::string_view message = kMessage) {
  BLC_TRY(const auto signature, Sshsig::decode(raw));
  return sshsig_verify(signature, name_space, message);
}

std::string flipped(std::string bytes, std::size_t bit) {
  bytes[bit / 8] = static_cast<char>(static_cast<std::uint8_t>(bytes[bit / 8]) ^ (1U << bit % 8));
  return bytes;
}

void expect_every_flip_refused(const std::string& raw) {
  for (std::size_t bit = 0; bit < raw.size() * 8; ++bit) {
    const auto verdict = accept(flipped(raw, bit));
    ASSERT_FALSE(verdict) << "bit " << bit;
    ASSERT_EQ(verdict.error().code, Exit::authentication);
  }
}

std::string signed_by_keygen(const test::Folder& folder, const std::string& type) {
  test::make_key(folder / type, type);
  return *sshsig_unarmor(test::sign(folder, folder / type, std::string(kSpace), kMessage));
}

class SshsigOfSshKeygen : public ::testing::TestWithParam<std::string> {};

TEST_P(SshsigOfSshKeygen, IsAcceptedOverItsMessageAndNamespaceOnly) {
  const test::Folder folder;
  const auto raw = signed_by_keygen(folder, GetParam());
  const auto verdict = accept(raw);
  EXPECT_TRUE(verdict) << verdict.error().message;
  EXPECT_FALSE(accept(raw, kSpace, std::string(kMessage) + " "));
  EXPECT_FALSE(accept(raw, kSpace, ""));
  EXPECT_FALSE(accept(raw, "blc.reject.v1"));
  EXPECT_FALSE(accept(raw, ""));
}

TEST_P(SshsigOfSshKeygen, ReencodesToTheSameBytesAndNamesItsKey) {
  const test::Folder folder;
  const auto raw = signed_by_keygen(folder, GetParam());
  const auto decoded = Sshsig::decode(raw);
  ASSERT_TRUE(decoded);
  EXPECT_EQ(sshsig_encode(decoded->key, decoded->name_space, decoded->signature), raw);
  EXPECT_EQ(decoded->name_space, kSpace);
  EXPECT_EQ(decoded->key, *PublicKey::parse_line(test::slurp(folder / (GetParam() + ".pub"))));
  EXPECT_EQ(decoded->touched, decoded->key.hardware());
  EXPECT_FALSE(decoded->pin);
}

TEST_P(SshsigOfSshKeygen, IsRefusedWithAnySingleBitFlipped) {
  const test::Folder folder;
  expect_every_flip_refused(signed_by_keygen(folder, GetParam()));
}

TEST_P(SshsigOfSshKeygen, IsRefusedWhenCutOrLengthened) {
  const test::Folder folder;
  const auto raw = signed_by_keygen(folder, GetParam());
  for (std::size_t size = 0; size < raw.size(); ++size) EXPECT_FALSE(accept(raw.substr(0, size))) << size;
  EXPECT_FALSE(accept(raw + '\0'));
}

TEST_P(SshsigOfSshKeygen, IsRefusedUnderAnotherKey) {
  const test::Folder folder;
  const auto decoded = Sshsig::decode(signed_by_keygen(folder, GetParam()));
  ASSERT_TRUE(decoded);
  test::make_key(folder / "other", GetParam());
  const auto other = PublicKey::parse_line(test::slurp(folder / "other.pub"));
  EXPECT_FALSE(accept(sshsig_encode(*other, kSpace, decoded->signature)));
}

INSTANTIATE_TEST_SUITE_P(Kinds, SshsigOfSshKeygen, ::testing::Values("ed25519", "ecdsa", "ed25519-sk", "ecdsa-sk"),
                         [](const auto& kind) {
                           auto name = kind.param;
                           std::ranges::replace(name, '-', '_');
                           return name;
                         });

TEST(Sshsig, ReadsThePinFlagOfAVerifiedUser) {
  const test::Folder folder;
  test::spill(folder / "askpass", "#!/bin/sh\necho 1234\n", std::filesystem::perms::owner_all);
  for (const std::string type : {"ed25519-sk", "ecdsa-sk"}) {
    test::make_key(folder / type, type, "", {"-O", "verify-required"});
    const auto raw =
        sshsig_unarmor(test::sign(folder, folder / type, std::string(kSpace), kMessage,
                                  {{"SSH_ASKPASS", folder / "askpass"}, {"SSH_ASKPASS_REQUIRE", "force"}}));
    ASSERT_TRUE(raw);
    const auto decoded = Sshsig::decode(*raw);
    ASSERT_TRUE(decoded);
    EXPECT_TRUE(decoded->touched);
    EXPECT_TRUE(decoded->pin);
    EXPECT_TRUE(sshsig_verify(*decoded, kSpace, kMessage));
  }
}

TEST(Sshsig, ReadsAMissingTouch) {
  const test::Folder folder;
  test::make_key(folder / "key", "ed25519-sk", "", {"-O", "no-touch-required"});
  const auto decoded =
      Sshsig::decode(*sshsig_unarmor(test::sign(folder, folder / "key", std::string(kSpace), kMessage)));
  ASSERT_TRUE(decoded);
  EXPECT_FALSE(decoded->touched);
  EXPECT_TRUE(sshsig_verify(*decoded, kSpace, kMessage));
}

TEST(Sshsig, OfAServiceIsAcceptedBySshKeygen) {
  const test::Folder folder;
  auto [key, pem] = ServiceKey::generate();
  const auto raw = key->sign(kSpace, kMessage);
  ASSERT_TRUE(raw);
  EXPECT_TRUE(accept(*raw));
  test::spill(folder / "allowed_signers", "runner@example.org " + key->key().line() + "\n");
  test::spill(folder / "message", kMessage);
  test::spill(folder / "message.sig", sshsig_armor(*raw));
  const auto verify = [&](const std::string& name_space) {
    return test::run({test::kKeygen, "-Y", "verify", "-f", folder / "allowed_signers", "-I", "runner@example.org", "-n",
                      name_space, "-s", folder / "message.sig"},
                     folder / "message");
  };
  EXPECT_EQ(verify(std::string(kSpace)), 0);
  EXPECT_NE(verify("blc.reject.v1"), 0);
  test::spill(folder / "message", "something else");
  EXPECT_NE(verify(std::string(kSpace)), 0);
}

TEST(Sshsig, OfAServiceIsRefusedWithAnySingleBitFlipped) {
  expect_every_flip_refused(*ServiceKey::generate().first->sign(kSpace, kMessage));
}

TEST(Sshsig, SignsTheBytesOfProtocolSshsig) {
  const auto expected = "SSHSIG" + WireWriter().string("n").string("").string("sha512").string(sha512("m")).bytes();
  EXPECT_EQ(sshsig_signed_data("n", "m"), expected);
}

TEST(Sshsig, RefusesSha256AsItsHash) {
  const test::Folder folder;
  test::make_key(folder / "key", "ed25519");
  const auto armored = test::sign(folder, folder / "key", std::string(kSpace), kMessage, {}, {"-O", "hashalg=sha256"});
  const auto verdict = accept(*sshsig_unarmor(armored));
  ASSERT_FALSE(verdict);
  EXPECT_THAT(verdict.error().message, HasSubstr("sha512"));
}

TEST(Sshsig, RefusesRsa) {
  const test::Folder folder;
  const auto verdict = accept(signed_by_keygen(folder, "rsa"));
  ASSERT_FALSE(verdict);
  EXPECT_THAT(verdict.error().message, HasSubstr("RSA"));
}

// A blob with every field free, to say what each refusal is about.
struct Fields {
  std::string magic = "SSHSIG";
  std::uint32_t version = 1;
  std::string key;
  std::string name_space{kSpace};
  std::string reserved;
  std::string hash = "sha512";
  std::string signature;
  [[nodiscard]] std::string encode() const {
    return WireWriter()
        .raw(magic)
        .u32(version)
        .string(key)
        .string(name_space)
        .string(reserved)
        .string(hash)
        .string(signature)
        .bytes();
  }
};

TEST(Sshsig, RefusesEveryOtherValueOfAFixedField) {
  auto [key, pem] = ServiceKey::generate();
  const auto good = Sshsig::decode(*key->sign(kSpace, kMessage));
  Fields base;
  base.key = key->public_blob();
  base.signature = good->signature;
  ASSERT_TRUE(accept(base.encode()));
  const auto refusal = [&](auto change) {
    auto fields = base;
    change(fields);
    const auto verdict = Sshsig::decode(fields.encode());
    return verdict ? std::string("accepted") : verdict.error().message;
  };
  EXPECT_THAT(refusal([](Fields& f) { f.magic = "SSHSIh"; }), HasSubstr("SSHSIG"));
  EXPECT_THAT(refusal([](Fields& f) { f.version = 2; }), HasSubstr("version"));
  EXPECT_THAT(refusal([](Fields& f) { f.name_space.clear(); }), HasSubstr("namespace"));
  EXPECT_THAT(refusal([](Fields& f) { f.reserved = "x"; }), HasSubstr("reserved"));
  EXPECT_THAT(refusal([](Fields& f) { f.hash = "sha256"; }), HasSubstr("sha512"));
  EXPECT_THAT(refusal([](Fields& f) { f.signature.push_back('\0'); }), HasSubstr("length"));
  EXPECT_THAT(refusal([](Fields& f) { f.signature = WireWriter().string("ssh-ed25519").string("short").bytes(); }),
              HasSubstr("64 bytes"));
  EXPECT_THAT(
      refusal([](Fields& f) { f.signature = WireWriter().string("ssh-rsa").string(std::string(64, 's')).bytes(); }),
      HasSubstr("algorithm"));
}

TEST(Sshsig, RefusesEcdsaNumbersThatAreNotMinimal) {
  const test::Folder folder;
  const auto good = Sshsig::decode(signed_by_keygen(folder, "ecdsa"));
  ASSERT_TRUE(good);
  WireReader in(good->signature);
  in.string();
  const auto inner = in.string();
  WireReader numbers(inner);
  const auto r = std::string(numbers.string());
  const auto s = std::string(numbers.string());
  const auto with = [&](const std::string& first, const std::string& second, std::string_view more = "") {
    const auto pair = WireWriter().string(first).string(second).raw(more).bytes();
    return accept(sshsig_encode(good->key, kSpace, WireWriter().string("ecdsa-sha2-nistp256").string(pair).bytes()));
  };
  ASSERT_TRUE(with(r, s));
  EXPECT_FALSE(with(std::string(1, '\0') + r, s));
  EXPECT_FALSE(with(r, std::string(1, '\0') + s));
  EXPECT_FALSE(with(r, s, std::string_view("\0", 1)));
  EXPECT_FALSE(with("", s));
  EXPECT_FALSE(with(r, ""));
  EXPECT_FALSE(with("\x81", s));
  EXPECT_FALSE(with("\x01", "\x01"));
  // n, the group's order: r and s are below it.
  const auto n = std::string(1, '\0') + *from_hex("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551");
  EXPECT_FALSE(with(n, s));
  EXPECT_FALSE(with(r, n));
  EXPECT_FALSE(with(std::string(1, '\0') + std::string(33, '\xff'), s));
}

TEST(Sshsig, RefusesTheWebauthnForm) {
  const test::Folder folder;
  const auto good = Sshsig::decode(signed_by_keygen(folder, "ecdsa-sk"));
  ASSERT_TRUE(good);
  WireReader in(good->signature);
  in.string();
  const auto pair = in.string();
  const auto flags = in.byte();
  const auto counter = in.u32();
  ASSERT_TRUE(in.finished());
  const auto webauthn = WireWriter()
                            .string("webauthn-sk-ecdsa-sha2-nistp256@openssh.com")
                            .string(pair)
                            .byte(flags)
                            .u32(counter)
                            .string("https://example.org")
                            .string("{\"type\":\"webauthn.get\"}")
                            .string("")
                            .bytes();
  EXPECT_FALSE(accept(sshsig_encode(good->key, kSpace, webauthn)));
  const auto renamed =
      WireWriter().string("webauthn-sk-ecdsa-sha2-nistp256@openssh.com").string(pair).byte(flags).u32(counter).bytes();
  EXPECT_FALSE(accept(sshsig_encode(good->key, kSpace, renamed)));
}

TEST(Sshsig, RefusesTheSmallOrderKeyThatSignsEverything) {
  // R = identity, S = 0 satisfies the equation of RFC 8032 for A = identity, whatever the message.
  const auto identity = '\x01' + std::string(31, '\0');
  Fields forged;
  forged.key = WireWriter().string("ssh-ed25519").string(identity).bytes();
  forged.signature = WireWriter().string("ssh-ed25519").string(identity + std::string(32, '\0')).bytes();
  const auto verdict = accept(forged.encode());
  ASSERT_FALSE(verdict);
  EXPECT_THAT(verdict.error().message, HasSubstr("small-order"));
}

TEST(SshsigArmor, IsWhatSshKeygenWrites) {
  const test::Folder folder;
  test::make_key(folder / "key", "ed25519");
  const auto armored = test::sign(folder, folder / "key", std::string(kSpace), kMessage);
  const auto raw = sshsig_unarmor(armored);
  ASSERT_TRUE(raw);
  EXPECT_EQ(sshsig_armor(*raw), armored);
}

TEST(SshsigArmor, RefusesEveryOtherForm) {
  const auto armored = sshsig_armor(std::string(100, 'x'));
  ASSERT_TRUE(sshsig_unarmor(armored));
  EXPECT_FALSE(sshsig_unarmor(""));
  EXPECT_FALSE(sshsig_unarmor("-----BEGIN SSH SIGNATURE-----\n"));
  EXPECT_FALSE(sshsig_unarmor(armored + "\n"));
  EXPECT_FALSE(sshsig_unarmor(" " + armored));
  EXPECT_FALSE(sshsig_unarmor(armored.substr(0, armored.size() - 1)));
  auto crlf = armored;
  crlf.insert(crlf.find('\n', 40), "\r");
  EXPECT_FALSE(sshsig_unarmor(crlf));
  auto split = armored;
  split.insert(45, "\n");
  EXPECT_FALSE(sshsig_unarmor(split));
}

}  // namespace
}  // namespace blc::crypto
