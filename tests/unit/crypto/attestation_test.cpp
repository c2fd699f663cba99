#include "core/crypto/attestation.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/crypto/openssl.hpp"
#include "core/crypto/wire.hpp"
#include "support/key_vendor.hpp"
#include "support/token_key.hpp"

namespace blc::crypto {
namespace {

using blc::testing::Certified;
using blc::testing::Said;
using blc::testing::TokenKey;
using ::testing::HasSubstr;

constexpr std::string_view kChallenge = "thirty-two random bytes, or more";

PublicKey ecdsa_token(const std::string& application = "ssh:") {
  const Pkey key{EVP_EC_gen("P-256")};
  std::string point(65, '\0');
  std::size_t size = 0;
  EXPECT_EQ(EVP_PKEY_get_octet_string_param(key.get(), "pub", octets(point), point.size(), &size), 1);
  return *PublicKey::parse_blob(WireWriter()
                                    .string("sk-ecdsa-sha2-nistp256@openssh.com")
                                    .string("nistp256")
                                    .string(point)
                                    .string(application)
                                    .bytes());
}

class Attestations : public ::testing::Test {
 protected:
  Certified acme = Certified::self_signed({.issues = true});
  Certified device = acme.issue({.name = "acme1"});
  PublicKey ed25519 = TokenKey(0).key();
  PublicKey ecdsa = ecdsa_token();
  std::vector<VendorCertificate> vendors{*VendorCertificate::parse_der(acme.der())};
  Timestamp now = *parse_timestamp("2026-11-23T10:31:00.000Z");

  [[nodiscard]] std::string verdict(std::string_view attestation, const PublicKey& key,
                                    std::string_view challenge = kChallenge) const {
    const auto checked = check_attestation(attestation, challenge, key, vendors, now);
    if (checked) return "holds";
    EXPECT_EQ(checked.error().code, Exit::authentication);
    return checked.error().message;
  }
  // What becomes of an attestation of the Ed25519 key after such a change.
  template <class Change>
  [[nodiscard]] std::string after(Change change) const {
    Said said(ed25519);
    change(said);
    return verdict(said.by(device, kChallenge), ed25519);
  }
  [[nodiscard]] std::string from(const Certified& other) const {
    return verdict(Said(ed25519).by(other, kChallenge), ed25519);
  }
};

TEST_F(Attestations, HoldForKeysOfBothKindsInBothForms) {
  EXPECT_EQ(verdict(Said(ed25519).by(device, kChallenge), ed25519), "holds");
  Said said(ecdsa);
  EXPECT_EQ(verdict(said.by(device, kChallenge), ecdsa), "holds");
  said.u2f = true;
  EXPECT_EQ(verdict(said.by(device, kChallenge), ecdsa), "holds");
  const auto other = ecdsa_token("ssh:clinic");
  said = Said(other);
  said.application = "ssh:clinic";
  EXPECT_EQ(verdict(said.by(device, kChallenge), other), "holds");
}

TEST_F(Attestations, NameTheVendorWhoseCertificateIssuedTheDevices) {
  const auto rival = Certified::self_signed({.name = "Rival Tokens", .issues = true});
  vendors.insert(vendors.begin(), *VendorCertificate::parse_der(rival.der()));
  const auto checked = check_attestation(Said(ed25519).by(device, kChallenge), kChallenge, ed25519, vendors, now);
  ASSERT_TRUE(checked);
  EXPECT_EQ(*checked, vendors.back().fingerprint());
}

TEST_F(Attestations, LeadToAPinnedIntermediateWhateverStandsAboveIt) {
  const auto intermediate = acme.issue({.name = "Acme Batch CA", .issues = true});
  const auto attestation = Said(ed25519).by(intermediate.issue({.name = "acme2"}), kChallenge);
  EXPECT_THAT(verdict(attestation, ed25519), HasSubstr("no maker of security keys"));
  vendors.push_back(*VendorCertificate::parse_der(intermediate.der()));
  const auto checked = check_attestation(attestation, kChallenge, ed25519, vendors, now);
  ASSERT_TRUE(checked) << checked.error().message;
  EXPECT_EQ(*checked, vendors.back().fingerprint());
  vendors.erase(vendors.begin());
  EXPECT_EQ(verdict(attestation, ed25519), "holds");
}

TEST_F(Attestations, DoNotHoldForAnotherChallengeOrKey) {
  const auto attestation = Said(ed25519).by(device, kChallenge);
  for (const std::string challenge : {"", "another", "thirty-two random bytes, or mor"})
    EXPECT_THAT(verdict(attestation, ed25519, challenge), HasSubstr("another challenge")) << challenge;
  EXPECT_THAT(verdict(attestation, TokenKey(0).key()), HasSubstr("another key"));
  EXPECT_THAT(verdict(attestation, ecdsa), HasSubstr("another key"));
  EXPECT_THAT(verdict(Said(ecdsa).by(device, kChallenge), ecdsa_token()), HasSubstr("another key"));
  EXPECT_THAT(verdict(attestation, TokenKey(0, "ssh:other").key()), HasSubstr("another application"));
  // A key that is none of the kind, with the same point.
  const auto soft = crypto::ServiceKey::generate().first->key();
  EXPECT_THAT(verdict(attestation, soft), HasSubstr("no security key's"));
}

TEST_F(Attestations, DoNotHoldWithoutTouchOrWithMoreThanTheKey) {
  EXPECT_THAT(after([](Said& said) { said.flags = 0x40; }), HasSubstr("by touch"));
  EXPECT_THAT(after([](Said& said) { said.flags = 0x01; }), HasSubstr("by touch"));
  EXPECT_EQ(after([](Said& said) { said.flags = 0x45; }), "holds");
  EXPECT_THAT(after([](Said& said) { said.extensions = "\xa0"; }), HasSubstr("another key"));
  EXPECT_THAT(after([](Said& said) { said.flags = 0xc1; }), HasSubstr("another key"));
  EXPECT_EQ(after([](Said& said) { said.flags = 0xc1, said.extensions = "\xa1kcredProtect\x03"; }), "holds");
  EXPECT_THAT(after([](Said& said) { said.cose.pop_back(); }), HasSubstr("another key"));
  EXPECT_EQ(after([](Said& said) { said.handle.clear(); }), "holds");
  // Longer than one byte of length tells.
  EXPECT_EQ(after([](Said& said) { said.handle.assign(700, 'h'); }), "holds");
}

TEST_F(Attestations, DoNotHoldWhenTheFileSaysMoreOrElse) {
  EXPECT_THAT(after([](Said& said) { said.after = "x"; }), HasSubstr("damaged"));
  EXPECT_THAT(after([](Said& said) { said.reserved = 1; }), HasSubstr("damaged"));
  EXPECT_THAT(after([](Said& said) { said.magic = "ssh-sk-attest-v00"; }), HasSubstr("older OpenSSH"));
  EXPECT_THAT(after([](Said& said) { said.magic = "ssh-sk-attest-v02"; }), HasSubstr("not what ssh-keygen"));
  EXPECT_THAT(after([](Said& said) { said.u2f = true; }), HasSubstr("did not sign"));
  EXPECT_THAT(after([](Said& said) { said.handle.assign(9000, 'h'); }), HasSubstr("too large"));
  EXPECT_THAT(verdict(Said(ed25519).by(device, kChallenge), ed25519, std::string(2000, 'c')), HasSubstr("too large"));
  EXPECT_THAT(verdict("", ed25519), HasSubstr("not what ssh-keygen"));
}

TEST_F(Attestations, HoldOnlyWhileTheCertificatesDo) {
  EXPECT_THAT(from(acme.issue({.name = "old", .until = "20261123103100Z"})), HasSubstr("expired"));
  EXPECT_EQ(from(acme.issue({.name = "last", .until = "20261123103101Z"})), "holds");
  EXPECT_THAT(from(acme.issue({.name = "new", .from = "20261123103101Z"})), HasSubstr("not yet valid"));
  const auto gone = Certified::self_signed({.name = "Gone", .until = "20250101000000Z", .issues = true});
  vendors.push_back(*VendorCertificate::parse_der(gone.der()));
  EXPECT_THAT(from(gone.issue({.name = "gone1"})), HasSubstr("expired"));
}

TEST_F(Attestations, HoldOnlyWhenAPinnedVendorIssuedTheDevicesCertificate) {
  EXPECT_THAT(from(Certified::self_signed({.name = "acme1"})), HasSubstr("no maker of security keys"));
  // Another CA of the pinned one's name.
  const auto fake = Certified::self_signed({.issues = true});
  EXPECT_THAT(from(fake.issue({.name = "acme1"})), HasSubstr("does not hold"));
  // The vendor's own certificate, and one below a device's.
  EXPECT_THAT(from(acme), HasSubstr("issues others"));
  EXPECT_THAT(from(device.issue({.name = "below"})), HasSubstr("no maker of security keys"));
  vendors.clear();
  EXPECT_THAT(from(device), HasSubstr("no maker of security keys"));
}

TEST_F(Attestations, HoldOnlyForTheModelThatTheCertificateNames) {
  const std::string model = "0123456789abcdef";
  const auto certified = acme.issue({.name = "model", .model = model});
  EXPECT_THAT(from(certified), HasSubstr("another model"));
  Said said(ed25519);
  said.model = model;
  EXPECT_EQ(verdict(said.by(certified, kChallenge), ed25519), "holds");
  const auto malformed = acme.issue({.name = "model", .model = "short"});
  said.model = "short" + std::string(11, '\0');
  EXPECT_THAT(verdict(said.by(malformed, kChallenge), ed25519), HasSubstr("another model"));
}

TEST_F(Attestations, HoldOnlyFromAKeyOfTheKindThatDevicesHave) {
  EXPECT_THAT(from(acme.issue({.name = "p384", .p256 = false})), HasSubstr("P-256"));
}

TEST_F(Attestations, DoNotHoldWithAnyByteChangedOrCutOff) {
  for (const bool u2f : {false, true}) {
    Said said(ecdsa);
    said.u2f = u2f;
    const auto good = said.by(device, kChallenge);
    ASSERT_EQ(verdict(good, ecdsa), "holds");
    for (std::size_t size = 0; size < good.size(); ++size)
      ASSERT_NE(verdict(good.substr(0, size), ecdsa), "holds") << size;
    const auto data = good.find(said.data());
    for (std::size_t at = 0; at < good.size(); ++at) {
      // Of its data the older form signs neither flags, counter nor model, which then say nothing.
      const bool unsigned_there = u2f && at >= data + 32 && at < data + 32 + 1 + 4 + 16;
      if (unsigned_there) continue;
      auto bad = good;
      bad[at] = static_cast<char>(bad[at] ^ 0x01);
      ASSERT_NE(verdict(bad, ecdsa), "holds") << at;
    }
  }
}

std::string vendor_refusal(std::string_view text) {
  const auto vendor = VendorCertificate::parse(text);
  if (vendor) return "accepted";
  EXPECT_EQ(vendor.error().code, Exit::usage);
  return vendor.error().message;
}

TEST_F(Attestations, TakeVendorsFromPemAndDer) {
  const auto pem = VendorCertificate::parse(acme.pem());
  ASSERT_TRUE(pem) << pem.error().message;
  EXPECT_EQ(pem->der(), acme.der());
  EXPECT_EQ(pem->subject(), "CN=Acme Security Keys Root");
  EXPECT_EQ(*VendorCertificate::parse(acme.der()), *pem);
  EXPECT_EQ(*VendorCertificate::parse("Acme's root, for you:\n" + acme.pem() + "\n"), *pem);
}

TEST_F(Attestations, RefuseVendorsThatAreNone) {
  EXPECT_THAT(vendor_refusal(device.pem()), HasSubstr("no CA"));
  EXPECT_THAT(vendor_refusal(device.der()), HasSubstr("no CA"));
  EXPECT_THAT(vendor_refusal(acme.pem() + acme.pem()), HasSubstr("several"));
  EXPECT_THAT(vendor_refusal(acme.der() + "x"), HasSubstr("damaged"));
  EXPECT_THAT(vendor_refusal(acme.der().substr(0, 100)), HasSubstr("damaged"));
  EXPECT_THAT(vendor_refusal(acme.pem().substr(0, 200)), HasSubstr("damaged"));
  EXPECT_THAT(vendor_refusal(""), HasSubstr("damaged"));
  EXPECT_THAT(vendor_refusal(std::string(100'000, '0')), HasSubstr("too large"));
  EXPECT_THAT(vendor_refusal(acme.pem() + std::string(100'000, ' ')), HasSubstr("too large"));
}

TEST_F(Attestations, ShowAVendorsNameInPrintableAscii) {
  const auto odd = Certified::self_signed({.name = "Ac\x1b[31mme \xe2\x80\xae\n", .issues = true});
  const auto vendor = VendorCertificate::parse(odd.der());
  ASSERT_TRUE(vendor);
  EXPECT_THAT(vendor->subject(), HasSubstr("mme"));
  for (const char c : vendor->subject()) EXPECT_TRUE(c >= ' ' && c <= '~');
}

}  // namespace
}  // namespace blc::crypto
