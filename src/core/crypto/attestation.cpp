#include "core/crypto/attestation.hpp"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>

#include "core/crypto/digest.hpp"
#include "core/crypto/key_parts.hpp"
#include "core/crypto/openssl.hpp"
#include "core/crypto/wire.hpp"

namespace blc::crypto {

namespace {

using std::string_view_literals::operator""sv;

using Certificate = std::unique_ptr<X509, Freed<X509_free>>;
using Store = std::unique_ptr<X509_STORE, Freed<X509_STORE_free>>;
using StoreContext = std::unique_ptr<X509_STORE_CTX, Freed<X509_STORE_CTX_free>>;
using Object = std::unique_ptr<ASN1_OBJECT, Freed<ASN1_OBJECT_free>>;

constexpr std::size_t kMostCertificate = 8U << 10U;
constexpr std::string_view kMagic = "ssh-sk-attest-v01";
constexpr std::string_view kOldMagic = "ssh-sk-attest-v00";
constexpr std::uint8_t kPresent = 0x01;
constexpr std::uint8_t kHoldsCredential = 0x40;
constexpr std::uint8_t kHoldsExtensions = 0x80;
constexpr const char* kAaguidExtension = "1.3.6.1.4.1.45724.1.1.4";  // FIDO id-fido-gen-ce-aaguid

std::unexpected<Error> no_attestation(std::string_view what) {
  return fail(Exit::authentication, fmt::format("The attestation does not hold: {}.", what));
}
std::unexpected<Error> no_certificate(std::string_view what) {
  return fail(Exit::usage, fmt::format("This is no maker's certificate: {}.", what),
              "Give the CA certificate that the security key's maker publishes, as PEM or DER.");
}

// The certificate in exactly these bytes; null when there is none, or something after it.
Certificate read_der(std::string_view der) {
  const auto* at = octets(der);
  Certificate certificate{d2i_X509(nullptr, &at, static_cast<long>(der.size()))};
  const bool whole = certificate && at == octets(der) + der.size();
  ERR_clear_error();
  return whole ? std::move(certificate) : nullptr;
}

std::string der_of(X509& certificate) {
  unsigned char* encoded = nullptr;
  const int size = i2d_X509(&certificate, &encoded);
  if (size <= 0) openssl_broken("encode a certificate");
  std::string bytes(reinterpret_cast<const char*>(encoded), static_cast<std::size_t>(size));
  OPENSSL_free(encoded);
  return bytes;
}

// RFC 2253, with everything but printable ASCII escaped.
std::string subject_of(X509& certificate) {
  const Bio out{BIO_new(BIO_s_mem())};
  if (!out || X509_NAME_print_ex(out.get(), X509_get_subject_name(&certificate), 0, XN_FLAG_RFC2253) < 0) {
    openssl_broken("print a name");
  }
  char* text = nullptr;
  const long size = BIO_get_mem_data(out.get(), &text);
  return size > 0 ? std::string(text, static_cast<std::size_t>(size)) : std::string("(a maker without a name)");
}

// The authenticator data of WebAuthn level 2, section 6.1, as far as it says whose key it is about.
struct AuthenticatorData {
  std::string_view bytes;
  std::string_view application_hash;
  std::uint8_t flags = 0;
  std::string_view model;       // AAGUID
  std::string_view credential;  // its ID: the key handle
  std::string_view rest;        // the credential's public key, then extensions
};

std::uint16_t big_endian(std::string_view two) {
  return static_cast<std::uint16_t>(static_cast<std::uint8_t>(two[0]) << 8U | static_cast<std::uint8_t>(two[1]));
}

// ssh-keygen writes the data as libfido2 gives it: wrapped in one CBOR byte string, in its shortest form (RFC 8949).
std::optional<std::string_view> unwrapped(std::string_view cbor) {
  if (cbor.size() >= 2 && cbor[0] == '\x58') {
    const auto size = static_cast<std::uint8_t>(cbor[1]);
    if (size >= 24 && cbor.size() == 2U + size) return cbor.substr(2);
  }
  if (cbor.size() >= 3 && cbor[0] == '\x59') {
    const auto size = big_endian(cbor.substr(1, 2));
    if (size >= 256 && cbor.size() == 3U + size) return cbor.substr(3);
  }
  return std::nullopt;
}

std::optional<AuthenticatorData> read_data(std::string_view cbor) {
  const auto bytes = unwrapped(cbor);
  if (!bytes) return std::nullopt;
  WireReader in(*bytes);
  AuthenticatorData data;
  data.bytes = *bytes;
  data.application_hash = in.raw(32);
  data.flags = in.byte();
  in.u32();  // the signature counter
  data.model = in.raw(16);
  const auto size = in.raw(2);
  if (in.failed()) return std::nullopt;
  data.credential = in.raw(big_endian(size));
  if (in.failed()) return std::nullopt;
  data.rest = bytes->substr(static_cast<std::size_t>(data.credential.data() + data.credential.size() - bytes->data()));
  return data;
}

// The key as a COSE_Key (RFC 9052 section 7) in CTAP2's canonical CBOR, which knows one encoding of it.
std::string cose_key(const PublicKey& key) {
  const auto point = key_parts(key).point;
  if (key.type() == KeyType::sk_ed25519) return std::string("\xa4\x01\x01\x03\x27\x20\x06\x21\x58\x20").append(point);
  return std::string("\xa5\x01\x02\x03\x26\x20\x01\x21\x58\x20")
      .append(point.substr(1, 32))
      .append("\x22\x58\x20")
      .append(point.substr(33));
}

// Whether this is what a device says of `key`, whoever signed it.
Result<> is_about(const AuthenticatorData& data, const PublicKey& key) {
  if (data.application_hash != sha256(key_parts(key).application).view())
    return no_attestation("it is for another application than the key's");
  constexpr unsigned kNeeded = kPresent | kHoldsCredential;
  if ((data.flags & kNeeded) != kNeeded) return no_attestation("it is not of a key that was made by touch");
  const auto expected = cose_key(key);
  const bool extended = (data.flags & kHoldsExtensions) != 0;
  const bool same = data.rest.starts_with(expected) && (data.rest.size() > expected.size()) == extended;
  if (!same) return no_attestation("it is about another key");
  return {};
}

// What the device signed: "packed" (WebAuthn section 8.2), or "fido-u2f" (8.6, keys of older devices). One cannot be
// read as the other: the application's hash is at its beginning in the one, one byte later in the other.
bool signed_by_device(EVP_PKEY& device, std::string_view signature, const AuthenticatorData& data,
                      std::string_view challenge, const PublicKey& key) {
  const auto challenge_hash = sha256(challenge);
  const auto packed = std::string(data.bytes).append(challenge_hash.view());
  if (verify_signature(device, EVP_sha256(), packed, signature)) return true;
  if (key.type() != KeyType::sk_ecdsa_p256) return false;
  const auto u2f = std::string(1, '\0')
                       .append(data.application_hash)
                       .append(challenge_hash.view())
                       .append(data.credential)
                       .append(key_parts(key).point);
  return verify_signature(device, EVP_sha256(), u2f, signature);
}

bool is_p256(EVP_PKEY* key) {
  std::array<char, 32> group{};
  std::size_t size = 0;
  return key != nullptr && EVP_PKEY_is_a(key, "EC") == 1 &&
         EVP_PKEY_get_group_name(key, group.data(), group.size(), &size) == 1 &&
         std::string_view(group.data(), size) == "prime256v1";
}

// Where the certificate names a model of device, it must be the one in the data (WebAuthn section 8.2.1).
bool names_model(X509& device, std::string_view model) {
  const Object wanted{OBJ_txt2obj(kAaguidExtension, 1)};
  if (!wanted) openssl_broken("name an extension");
  const int place = X509_get_ext_by_OBJ(&device, wanted.get(), -1);
  if (place < 0) return true;
  if (X509_get_ext_by_OBJ(&device, wanted.get(), place) >= 0) return false;
  const auto* const value = X509_EXTENSION_get_data(X509_get_ext(&device, place));
  const std::string_view bytes(reinterpret_cast<const char*>(ASN1_STRING_get0_data(value)),
                               static_cast<std::size_t>(ASN1_STRING_length(value)));
  return bytes.size() == 18 && bytes.starts_with("\x04\x10"sv) && bytes.substr(2) == model;
}

// The certificate's issuer among the vendors', on a path that ends at any of them.
Result<Digest> issued_by(X509& device, const std::vector<VendorCertificate>& vendors, Timestamp time) {
  const Store store{X509_STORE_new()};
  const StoreContext context{X509_STORE_CTX_new()};
  if (!store || !context) openssl_broken("make a certificate store");
  for (const auto& vendor : vendors) {
    const auto certificate = read_der(vendor.der());
    if (!certificate || X509_STORE_add_cert(store.get(), certificate.get()) != 1) openssl_broken("trust a certificate");
  }
  if (X509_STORE_CTX_init(context.get(), store.get(), &device, nullptr) != 1) openssl_broken("begin a chain");
  auto* const rules = X509_STORE_CTX_get0_param(context.get());
  // A pinned certificate is trusted as it is, whether or not it is its own issuer.
  X509_VERIFY_PARAM_set_flags(rules, X509_V_FLAG_PARTIAL_CHAIN);
  X509_VERIFY_PARAM_set_time(rules, std::chrono::system_clock::to_time_t(time));
  const bool valid = X509_verify_cert(context.get()) == 1;
  const int reason = X509_STORE_CTX_get_error(context.get());
  ERR_clear_error();
  if (!valid) {
    const bool nobody = reason == X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY ||
                        reason == X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT ||
                        reason == X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE;
    return no_attestation(nobody ? "no maker of security keys whom the admins pinned has certified that device"
                                 : fmt::format("the device's certificate is refused ({})",
                                               X509_verify_cert_error_string(reason)));
  }
  auto* const chain = X509_STORE_CTX_get0_chain(context.get());
  if (sk_X509_num(chain) < 2) return no_attestation("the device's certificate is pinned itself, and is no maker's");
  const auto issuer = der_of(*sk_X509_value(chain, 1));
  return sha256(issuer);
}

struct Statement {
  std::string_view certificate;
  std::string_view signature;
  std::string_view data;
};

// PROTOCOL.u2f, "SSH U2F attestation": ssh-sk-attest-v01. The older v00 lacks the data that was signed.
Result<Statement> read_statement(std::string_view attestation) {
  WireReader in(attestation);
  const auto magic = in.string();
  if (magic == kOldMagic) return no_attestation("an older OpenSSH made it, without what the device signed");
  if (magic != kMagic) return no_attestation("it is not what ssh-keygen -O write-attestation writes");
  Statement statement{in.string(), in.string(), in.string()};
  const auto flags = in.u32();
  const auto reserved = in.string();
  if (!in.finished() || flags != 0 || !reserved.empty()) return no_attestation("it is damaged");
  if (statement.certificate.empty()) return no_attestation("its device has no certificate of a maker");
  return statement;
}

}  // namespace

Result<VendorCertificate> VendorCertificate::parse(std::string_view text) {
  constexpr std::string_view kBegin = "-----BEGIN CERTIFICATE-----";
  const auto first = text.find(kBegin);
  if (first == std::string_view::npos) return parse_der(text);
  if (text.find(kBegin, first + 1) != std::string_view::npos) return no_certificate("there are several in the file");
  if (text.size() > 8 * kMostCertificate) return no_certificate("it is too large");
  const Bio in{BIO_new_mem_buf(text.data(), static_cast<int>(text.size()))};
  if (!in) openssl_broken("read a buffer");
  const Certificate certificate{PEM_read_bio_X509(in.get(), nullptr, nullptr, nullptr)};
  ERR_clear_error();
  if (!certificate) return no_certificate("it is damaged");
  return parse_der(der_of(*certificate));
}

Result<VendorCertificate> VendorCertificate::parse_der(std::string_view der) {
  if (der.size() > kMostCertificate) return no_certificate("it is too large");
  const auto certificate = read_der(der);
  if (!certificate) return no_certificate("it is damaged, or none");
  if (X509_check_ca(certificate.get()) != 1) return no_certificate("it may not issue certificates (no CA)");
  return VendorCertificate(std::string(der), subject_of(*certificate));
}

Digest VendorCertificate::fingerprint() const { return sha256(der_); }

Result<Digest> check_attestation(std::string_view attestation, std::string_view challenge, const PublicKey& key,
                                 const std::vector<VendorCertificate>& vendors, Timestamp time) {
  if (!key.hardware()) return no_attestation("its key is no security key's");
  if (attestation.size() > kMostAttestation || challenge.size() > kMostChallenge) return no_attestation("it is too large");
  BLC_TRY(const auto statement, read_statement(attestation));
  const auto data = read_data(statement.data);
  if (!data) return no_attestation("its authenticator data are damaged");
  BLC_CHECK(is_about(*data, key));
  const auto device = statement.certificate.size() > kMostCertificate ? nullptr : read_der(statement.certificate);
  if (!device) return no_attestation("the device's certificate is damaged");
  if (X509_check_ca(device.get()) != 0) return no_attestation("the device's certificate is one that issues others");
  auto* const device_key = X509_get0_pubkey(device.get());
  ERR_clear_error();
  if (!is_p256(device_key)) return no_attestation("the device's certificate is not of a P-256 key");
  if (!signed_by_device(*device_key, statement.signature, *data, challenge, key))
    return no_attestation("the device did not sign it, or it was made for another challenge");
  if (!names_model(*device, data->model)) return no_attestation("the device's certificate is for another model");
  return issued_by(*device, vendors, time);
}

}  // namespace blc::crypto
