#include "core/crypto/public_key.hpp"

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

// RFC 8032 section 7.1, test 1.
constexpr std::string_view kPoint = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";
// The generator of P-256 (SEC 2 section 2.4.2), uncompressed.
constexpr std::string_view kGenerator =
    "046b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296"
    "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5";

std::string ed25519_blob(std::string_view hex) {
  return WireWriter().string("ssh-ed25519").string(*from_hex(hex)).bytes();
}
std::string ecdsa_blob(std::string_view hex, std::string_view curve = "nistp256") {
  return WireWriter().string("ecdsa-sha2-nistp256").string(curve).string(*from_hex(hex)).bytes();
}
std::string sk_blob(std::string_view application) {
  return WireWriter().string("sk-ssh-ed25519@openssh.com").string(*from_hex(kPoint)).string(application).bytes();
}

std::string why(const Result<PublicKey>& result) {
  if (result) return "accepted";
  EXPECT_EQ(result.error().code, Exit::authentication);
  return result.error().message;
}
std::string blob_refusal(std::string_view blob) { return why(PublicKey::parse_blob(blob)); }
std::string line_refusal(std::string_view line) { return why(PublicKey::parse_line(line)); }

std::string flip_sign(std::string_view hex) {
  auto point = *from_hex(hex);
  point.back() = static_cast<char>(static_cast<std::uint8_t>(point.back()) ^ 0x80U);
  return to_hex(point);
}

TEST(PublicKey, ReadsWhatSshKeygenMakes) {
  const test::Folder folder;
  const std::vector<std::tuple<std::string, KeyType, bool>> kinds{{"ed25519", KeyType::ed25519, false},
                                                                  {"ecdsa", KeyType::ecdsa_p256, false},
                                                                  {"ed25519-sk", KeyType::sk_ed25519, true},
                                                                  {"ecdsa-sk", KeyType::sk_ecdsa_p256, true}};
  for (const auto& [name, type, hardware] : kinds) {
    test::make_key(folder / name, name);
    const auto line = test::slurp(folder / (name + ".pub"));
    const auto key = PublicKey::parse_line(line);
    ASSERT_TRUE(key) << key.error().message;
    EXPECT_EQ(key->type(), type);
    EXPECT_EQ(key->hardware(), hardware);
    EXPECT_EQ(key->line() + " ana@example.org\n", line);
    EXPECT_EQ(*PublicKey::parse_blob(key->blob()), *key);
    // ssh-keygen agrees about the fingerprint: it finds the key by it in an allowed_signers-like listing.
    test::spill(folder / "known", "example.org " + key->line() + "\n");
    EXPECT_EQ(test::run({test::kKeygen, "-l", "-f", folder / "known"}), 0);
  }
}

TEST(PublicKey, FingerprintIsUnpaddedBase64OfSha256) {
  const auto key = PublicKey::parse_blob(ed25519_blob(kPoint));
  ASSERT_TRUE(key);
  EXPECT_EQ(key->fingerprint() + "=", "SHA256:" + base64(sha256(key->blob()).view()));
  EXPECT_EQ(key->fingerprint().size(), 7U + 43U);
}

TEST(PublicKey, CommentIsNoPartOfIt) {
  const auto line = PublicKey::parse_blob(ed25519_blob(kPoint))->line();
  const auto bare = PublicKey::parse_line(line);
  const auto commented = PublicKey::parse_line(line + " Ana's key, \"laptop\" \xc3\xa9 # 2026");
  ASSERT_TRUE(bare && commented);
  EXPECT_EQ(*bare, *commented);
  EXPECT_EQ(commented->line(), line);
}

TEST(PublicKey, RefusesEverySmallOrderPointInEveryEncoding) {
  // y of the eight points, and the encodings of y = 0 and y = 1 as p and p + 1; each with both sign bits.
  for (const std::string_view y : {"0000000000000000000000000000000000000000000000000000000000000000",
                                   "0100000000000000000000000000000000000000000000000000000000000000",
                                   "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
                                   "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
                                   "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"}) {
    EXPECT_THAT(blob_refusal(ed25519_blob(y)), HasSubstr("small-order")) << y;
    EXPECT_THAT(blob_refusal(ed25519_blob(flip_sign(y))), HasSubstr("small-order")) << y;
  }
  for (const std::string_view y : {"edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
                                   "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"}) {
    EXPECT_THAT(blob_refusal(ed25519_blob(y)), HasSubstr("canonical")) << y;
    EXPECT_THAT(blob_refusal(ed25519_blob(flip_sign(y))), HasSubstr("canonical")) << y;
  }
}

TEST(PublicKey, RefusesABadKeyEachTime) {
  const auto good = ed25519_blob(kPoint);
  const auto bad = ed25519_blob("0100000000000000000000000000000000000000000000000000000000000000");
  for (int round = 0; round < 3; ++round) {
    EXPECT_EQ(blob_refusal(good), "accepted");
    EXPECT_THAT(blob_refusal(bad), HasSubstr("small-order"));
    EXPECT_NE(blob_refusal(good + '\0'), "accepted");
    EXPECT_THAT(blob_refusal(sk_blob("web")), HasSubstr("must begin with ssh:"));
    EXPECT_EQ(blob_refusal(sk_blob("ssh:")), "accepted");
  }
}

TEST(PublicKey, RefusesEveryNonCanonicalY) {
  for (int last = 0xed; last <= 0xff; ++last) {
    auto y = std::string(31, '\xff') + '\x7f';
    y.front() = static_cast<char>(last);
    EXPECT_THAT(blob_refusal(ed25519_blob(to_hex(y))), HasSubstr("canonical")) << last;
  }
}

TEST(PublicKey, RefusesEd25519PointsOffTheCurve) {
  // About half of all y have no x; y = 2 is one of them, y = 3 is not.
  EXPECT_THAT(blob_refusal(ed25519_blob("02" + std::string(62, '0'))), HasSubstr("not on the curve"));
  EXPECT_EQ(blob_refusal(ed25519_blob("03" + std::string(62, '0'))), "accepted");
}

TEST(PublicKey, WhosePointWasCheckedIsReadAgainWithoutThatCheckAlone) {
  const auto line = "ssh-ed25519 " + base64(ed25519_blob("02" + std::string(62, '0')));
  EXPECT_FALSE(PublicKey::parse_line(line));
  const auto again = PublicKey::parse_line(line, Points::checked);
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(again->line(), line);
  EXPECT_FALSE(PublicKey::parse_line(line)) << "nothing was learnt from it";
  EXPECT_FALSE(PublicKey::parse_line("ssh-ed25519 " + base64(again->blob() + "more"), Points::checked));
  EXPECT_FALSE(PublicKey::parse_line("ssh-rsa" + line.substr(11), Points::checked));
}

TEST(PublicKey, AcceptsEveryKeyThatIsMade) {
  for (int i = 0; i < 100; ++i) EXPECT_TRUE(PublicKey::parse_blob(ServiceKey::generate().first->public_blob()));
}

TEST(PublicKey, TakesOnlyUncompressedPointsOnP256) {
  EXPECT_EQ(blob_refusal(ecdsa_blob(kGenerator)), "accepted");
  auto off = std::string(kGenerator);
  off.back() = off.back() == '5' ? '6' : '5';
  EXPECT_THAT(blob_refusal(ecdsa_blob(off)), HasSubstr("not on the curve"));
  const auto compressed = "03" + std::string(kGenerator.substr(2, 64));
  EXPECT_THAT(blob_refusal(ecdsa_blob(compressed)), HasSubstr("uncompressed"));
  const auto hybrid = "07" + std::string(kGenerator.substr(2));
  EXPECT_THAT(blob_refusal(ecdsa_blob(hybrid)), HasSubstr("uncompressed"));
  EXPECT_THAT(blob_refusal(ecdsa_blob("00")), HasSubstr("uncompressed"));
  EXPECT_THAT(blob_refusal(ecdsa_blob("04" + std::string(128, '0'))), HasSubstr("not on the curve"));
  EXPECT_THAT(blob_refusal(ecdsa_blob(kGenerator, "nistp384")), HasSubstr("curve"));
  // x = p is the same as x = 0 to a lenient reader.
  EXPECT_THAT(blob_refusal(ecdsa_blob("04ffffffff00000001000000000000000000000000ffffffffffffffffffffffff"
                                      "66485c780e2f83d72433bd5d84a06bb6541c2af31dae871728bf856a174f93f4")),
              HasSubstr("not on the curve"));
}

TEST(PublicKey, RefusesOtherTypesByName) {
  const auto of_type = [](std::string_view type) {
    return blob_refusal(WireWriter().string(type).string("anything").bytes());
  };
  EXPECT_THAT(of_type("ssh-rsa"), HasSubstr("RSA"));
  EXPECT_THAT(of_type("rsa-sha2-512"), HasSubstr("RSA"));
  EXPECT_THAT(of_type("ssh-dss"), HasSubstr("DSA"));
  EXPECT_THAT(of_type("ssh-ed25519-cert-v01@openssh.com"), HasSubstr("certificate"));
  EXPECT_THAT(of_type("ssh-rsa-cert-v01@openssh.com"), HasSubstr("certificate"));
  EXPECT_THAT(of_type("ecdsa-sha2-nistp384"), HasSubstr("P-256"));
  EXPECT_THAT(of_type("ecdsa-sha2-nistp521"), HasSubstr("P-256"));
  EXPECT_THAT(of_type("webauthn-sk-ecdsa-sha2-nistp256@openssh.com"), HasSubstr("WebAuthn"));
  EXPECT_THAT(of_type("ssh-ed448"), HasSubstr("ssh-ed448"));
  EXPECT_THAT(of_type("SSH-ED25519"), HasSubstr("knows"));
  EXPECT_THAT(of_type("ssh\x1b[31m"), HasSubstr("no key type"));
  EXPECT_THAT(of_type(""), HasSubstr("no key type"));
}

TEST(PublicKey, RefusesRealKeysOfOtherTypes) {
  const test::Folder folder;
  test::make_key(folder / "rsa", "rsa");
  test::make_key(folder / "p384", "ecdsa", "", {"-b", "384"});
  test::make_key(folder / "ed", "ed25519");
  EXPECT_EQ(test::run({test::kKeygen, "-q", "-s", folder / "ed", "-I", "ana", folder / "ed.pub"}), 0);
  EXPECT_THAT(line_refusal(test::slurp(folder / "rsa.pub")), HasSubstr("RSA"));
  EXPECT_THAT(line_refusal(test::slurp(folder / "p384.pub")), HasSubstr("P-256"));
  EXPECT_THAT(line_refusal(test::slurp(folder / "ed-cert.pub")), HasSubstr("certificate"));
  EXPECT_THAT(line_refusal(test::slurp(folder / "ed")), HasSubstr("private key"));
}

TEST(PublicKey, RefusesTrailingAndMissingBytes) {
  const auto blob = ed25519_blob(kPoint);
  EXPECT_THAT(blob_refusal(blob + '\0'), HasSubstr("after the key"));
  EXPECT_THAT(blob_refusal(sk_blob("ssh:") + "x"), HasSubstr("after the key"));
  for (std::size_t size = 0; size < blob.size(); ++size) {
    EXPECT_NE(blob_refusal(std::string_view(blob).substr(0, size)), "accepted") << size;
  }
  EXPECT_THAT(blob_refusal(ed25519_blob(kPoint.substr(2))), HasSubstr("32 bytes"));
  EXPECT_THAT(blob_refusal(ed25519_blob(std::string(kPoint) + "00")), HasSubstr("32 bytes"));
}

TEST(PublicKey, TakesOnlyApplicationsOfSsh) {
  EXPECT_EQ(blob_refusal(sk_blob("ssh:")), "accepted");
  EXPECT_EQ(blob_refusal(sk_blob("ssh:blc")), "accepted");
  for (const std::string_view application : {"", "ssh", "SSH:", "example.org", "https://example.org", "ssh:\n"}) {
    EXPECT_THAT(blob_refusal(sk_blob(application)), HasSubstr("ssh:")) << application;
  }
  EXPECT_THAT(blob_refusal(sk_blob("ssh:" + std::string(300, 'a'))), HasSubstr("ssh:"));
  const auto without = WireWriter().string("sk-ssh-ed25519@openssh.com").string(*from_hex(kPoint)).bytes();
  EXPECT_THAT(blob_refusal(without), HasSubstr("end early"));
}

TEST(PublicKey, RefusesLinesThatAreMoreThanAKey) {
  const auto line = PublicKey::parse_blob(ed25519_blob(kPoint))->line();
  for (const std::string& options : {std::string("restrict "), std::string("command=\"true\" "),
                                     std::string("from=\"10.0.0.0/8\",no-pty "), std::string("ana@example.org ")}) {
    EXPECT_THAT(line_refusal(options + line + " ana"), HasSubstr("options")) << options;
  }
  EXPECT_THAT(line_refusal(line + "\n" + line), HasSubstr("more than one line"));
  EXPECT_THAT(line_refusal(line + "\r\n"), HasSubstr("control"));
  EXPECT_THAT(line_refusal(line + "\n\n"), HasSubstr("control"));
  EXPECT_THAT(line_refusal(line + " a\x1b[2J"), HasSubstr("control"));
  EXPECT_NE(line_refusal(" " + line), "accepted");
  EXPECT_NE(line_refusal(""), "accepted");
  EXPECT_NE(line_refusal("ssh-ed25519"), "accepted");
  EXPECT_NE(line_refusal("ssh-ed25519 "), "accepted");
  EXPECT_NE(line_refusal("ssh-ed25519  " + base64(ed25519_blob(kPoint))), "accepted");
  EXPECT_NE(line_refusal(line + "="), "accepted");
}

TEST(PublicKey, RefusesALineWhoseTypesDisagree) {
  EXPECT_THAT(line_refusal("ecdsa-sha2-nistp256 " + base64(ed25519_blob(kPoint))), HasSubstr("type"));
}

TEST(Wire, FailsForGoodAtTheFirstFieldThatDoesNotFit) {
  WireReader in(
      std::string_view("\0\0\0\x05"
                       "abc",
                       7));
  EXPECT_EQ(in.string(), "");
  EXPECT_TRUE(in.failed());
  EXPECT_EQ(in.byte(), 0);
  EXPECT_EQ(in.raw(0), "");
  EXPECT_FALSE(in.finished());
}

TEST(Wire, TakesOnlyMinimalPositiveMpints) {
  const auto read = [](std::string_view bytes) {
    const auto encoded = WireWriter().string(bytes).bytes();
    WireReader in(encoded);
    const auto value = std::string(in.positive_mpint());
    return in.finished() ? to_hex(value) : "refused";
  };
  using namespace std::string_view_literals;
  EXPECT_EQ(read("\x7f"sv), "7f");
  EXPECT_EQ(read("\0\x80"sv), "80");
  EXPECT_EQ(read(""sv), "refused");
  EXPECT_EQ(read("\0"sv), "refused");
  EXPECT_EQ(read("\x80"sv), "refused");
  EXPECT_EQ(read("\0\x7f"sv), "refused");
  EXPECT_EQ(read("\0\0\x80"sv), "refused");
}

}  // namespace
}  // namespace blc::crypto
