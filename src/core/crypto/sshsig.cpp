#include "core/crypto/sshsig.hpp"


#include <fmt/format.h>

#include "core/crypto/digest.hpp"
#include "core/crypto/key_parts.hpp"
#include "core/crypto/openssl.hpp"
#include "core/crypto/wire.hpp"

namespace blc::crypto {

namespace {

constexpr std::string_view kMagic = "SSHSIG";
constexpr std::uint32_t kVersion = 1;
constexpr std::string_view kHash = "sha512";
constexpr std::uint8_t kTouched = 0x01;  // FIDO2 "user present"
constexpr std::uint8_t kPin = 0x04;      // FIDO2 "user verified"
constexpr std::string_view kBegin = "-----BEGIN SSH SIGNATURE-----\n";
constexpr std::string_view kEnd = "-----END SSH SIGNATURE-----\n";
constexpr std::size_t kArmorWidth = 70;

std::unexpected<Error> malformed(std::string_view what) {
  return fail(Exit::authentication, fmt::format("The signature is malformed: {}.", what));
}

// The inner signature. Views into the blob; `r` and `s` of ECDSA are magnitudes without leading zeros.
struct Inner {
  std::string_view ed25519;
  std::string_view r;
  std::string_view s;
  std::uint8_t flags = 0;
  std::uint32_t counter = 0;
};

// RFC 8709 section 6, RFC 5656 section 3.1.2, PROTOCOL.u2f "SSH U2F signatures". The algorithm is exactly the
// key's type, which leaves out the webauthn- forms.
Result<Inner> read_inner(const PublicKey& key, std::string_view blob) {
  const bool ed25519 = key.type() == KeyType::ed25519 || key.type() == KeyType::sk_ed25519;
  Inner inner;
  WireReader in(blob);
  const auto algorithm = in.string();
  const auto bytes = in.string();
  if (key.hardware()) {
    inner.flags = in.byte();
    inner.counter = in.u32();
  }
  if (!in.finished()) return malformed("its inner part has another length");
  if (algorithm != type_name(key.type())) return malformed("its algorithm is not its key's");
  if (ed25519) {
    if (bytes.size() != 64) return malformed("an Ed25519 signature has 64 bytes");
    inner.ed25519 = bytes;
    return inner;
  }
  WireReader numbers(bytes);
  inner.r = numbers.positive_mpint();
  inner.s = numbers.positive_mpint();
  if (!numbers.finished() || inner.r.size() > 32 || inner.s.size() > 32) {
    return malformed("its ECDSA numbers are not in minimal form");
  }
  return inner;
}

// ECDSA-Sig-Value of RFC 3279 section 2.2.3, which OpenSSL verifies.
std::string der(const Inner& inner) {
  const auto number = [](std::string_view magnitude) {
    return Bignum{BN_bin2bn(octets(magnitude), static_cast<int>(magnitude.size()), nullptr)};
  };
  const EcdsaSig signature{ECDSA_SIG_new()};
  auto r = number(inner.r);
  auto s = number(inner.s);
  if (!signature || !r || !s || ECDSA_SIG_set0(signature.get(), r.get(), s.get()) != 1) {
    openssl_broken("encode a signature");
  }
  static_cast<void>(r.release());  // set0 took both over
  static_cast<void>(s.release());
  unsigned char* encoded = nullptr;
  const int size = i2d_ECDSA_SIG(signature.get(), &encoded);
  if (size <= 0) openssl_broken("encode a signature");
  std::string bytes(reinterpret_cast<const char*>(encoded), static_cast<std::size_t>(size));
  OPENSSL_free(encoded);
  return bytes;
}

// What a FIDO2 token signs (PROTOCOL.u2f): SHA-256(application) || flags || counter || SHA-256(message).
std::string token_data(const PublicKey& key, const Inner& inner, std::string_view message) {
  WireWriter out;
  out.raw(sha256(key_parts(key).application).view()).byte(inner.flags).u32(inner.counter).raw(sha256(message).view());
  return std::move(out).bytes();
}

const EVP_MD* ecdsa_hash() {
  static const std::unique_ptr<EVP_MD, Freed<EVP_MD_free>> algorithm{EVP_MD_fetch(nullptr, "SHA256", nullptr)};
  if (!algorithm) openssl_broken("find SHA-256");
  return algorithm.get();
}

}  // namespace

Result<Sshsig> Sshsig::decode(std::string_view raw) {
  WireReader in(raw);
  if (in.raw(kMagic.size()) != kMagic) return malformed("it does not begin with SSHSIG");
  const auto version = in.u32();
  const auto key_blob = in.string();
  const auto name_space = in.string();
  const auto reserved = in.string();
  const auto hash = in.string();
  const auto signature = in.string();
  if (!in.finished()) return malformed("it has another length");
  if (version != kVersion) return malformed("its version is not 1");
  if (name_space.empty()) return malformed("its namespace is empty");
  if (!reserved.empty()) return malformed("its reserved field is not empty");
  if (hash != kHash) return malformed("its hash is not sha512");
  BLC_TRY(auto key, PublicKey::parse_blob(key_blob));
  BLC_TRY(const auto inner, read_inner(key, signature));
  return Sshsig{.key = std::move(key),
                .name_space = std::string(name_space),
                .signature = std::string(signature),
                .touched = (inner.flags & kTouched) != 0,
                .pin = (inner.flags & kPin) != 0};
}

std::string sshsig_signed_data(std::string_view name_space, std::string_view message) {
  WireWriter out;
  out.raw(kMagic).string(name_space).string({}).string(kHash).string(sha512(message));
  return std::move(out).bytes();
}

std::string sshsig_encode(const PublicKey& key, std::string_view name_space, std::string_view signature_blob) {
  WireWriter out;
  out.raw(kMagic).u32(kVersion).string(key.blob()).string(name_space).string({}).string(kHash).string(signature_blob);
  return std::move(out).bytes();
}

Result<> sshsig_verify(const Sshsig& signature, std::string_view name_space, std::string_view message) {
  if (name_space.empty() || signature.name_space != name_space) {
    return fail(Exit::authentication, "The signature was made for something else: its namespace differs.");
  }
  BLC_TRY(const auto inner, read_inner(signature.key, signature.signature));
  auto data = sshsig_signed_data(name_space, message);
  if (signature.key.hardware()) data = token_data(signature.key, inner, data);
  const bool valid = inner.ed25519.empty()
                         ? verify_signature(*openssl_key(signature.key), ecdsa_hash(), data, der(inner))
                         : verify_ed25519(signature.key, data, inner.ed25519);
  if (!valid) return fail(Exit::authentication, "The signature does not verify over these bytes.");
  return {};
}

std::string sshsig_armor(std::string_view raw) {
  const auto text = base64(raw);
  std::string armored(kBegin);
  for (std::size_t i = 0; i < text.size(); i += kArmorWidth) armored.append(text, i, kArmorWidth).push_back('\n');
  return armored.append(kEnd);
}

Result<std::string> sshsig_unarmor(std::string_view text) {
  if (!text.starts_with(kBegin) || !text.ends_with(kEnd) || text.size() < kBegin.size() + kEnd.size()) {
    return malformed("it is not an armoured SSH signature");
  }
  std::string digits(text.substr(kBegin.size(), text.size() - kBegin.size() - kEnd.size()));
  std::erase(digits, '\n');
  auto raw = from_base64(digits);
  if (!raw || sshsig_armor(*raw) != text) return malformed("its armour is damaged");
  return *std::move(raw);
}

}  // namespace blc::crypto
