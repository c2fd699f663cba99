#include "support/key_vendor.hpp"

#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <stdexcept>

#include "core/crypto/digest.hpp"
#include "core/crypto/openssl.hpp"
#include "core/crypto/wire.hpp"

namespace blc::testing {

namespace {

using Certificate = std::unique_ptr<X509, crypto::Freed<X509_free>>;
using Extension = std::unique_ptr<X509_EXTENSION, crypto::Freed<X509_EXTENSION_free>>;
using OctetString = std::unique_ptr<ASN1_OCTET_STRING, crypto::Freed<ASN1_OCTET_STRING_free>>;
using Object = std::unique_ptr<ASN1_OBJECT, crypto::Freed<ASN1_OBJECT_free>>;

void need(bool done) {
  if (!done) throw std::runtime_error("OpenSSL did not make a certificate");
}

void add_extension(X509& certificate, int kind, const char* value) {
  const Extension extension{X509V3_EXT_conf_nid(nullptr, nullptr, kind, value)};
  need(extension && X509_add_ext(&certificate, extension.get(), -1) == 1);
}

void add_model(X509& certificate, const std::string& model) {
  const auto bytes = "\x04\x10" + model;
  const OctetString value{ASN1_OCTET_STRING_new()};
  const Object name{OBJ_txt2obj("1.3.6.1.4.1.45724.1.1.4", 1)};
  need(value && name && ASN1_OCTET_STRING_set(value.get(), crypto::octets(bytes), static_cast<int>(bytes.size())) == 1);
  const Extension extension{X509_EXTENSION_create_by_OBJ(nullptr, name.get(), 0, value.get())};
  need(extension && X509_add_ext(&certificate, extension.get(), -1) == 1);
}

std::string wrapped(const std::string& data) {
  if (data.size() < 256) return std::string("\x58") + static_cast<char>(data.size()) + data;
  return std::string("\x59") + static_cast<char>(data.size() >> 8U) + static_cast<char>(data.size() & 0xffU) + data;
}

}  // namespace

struct Certified::Key {
  crypto::Pkey pkey;
};

Certified Certified::self_signed(const Terms& terms) { return make(terms, nullptr); }
Certified Certified::issue(const Terms& terms) const { return make(terms, this); }

Certified Certified::make(const Terms& terms, const Certified* issuer) {
  auto key = std::make_shared<Key>();
  key->pkey.reset(EVP_EC_gen(terms.p256 ? "P-256" : "P-384"));
  const Certificate certificate{X509_new()};
  need(key->pkey && certificate && X509_set_version(certificate.get(), X509_VERSION_3) == 1);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), 7);
  need(ASN1_TIME_set_string(X509_getm_notBefore(certificate.get()), terms.from.c_str()) == 1 &&
       ASN1_TIME_set_string(X509_getm_notAfter(certificate.get()), terms.until.c_str()) == 1);
  auto* const name = X509_get_subject_name(certificate.get());
  need(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, crypto::octets(terms.name), static_cast<int>(terms.name.size()), -1, 0) == 1);
  X509_NAME* issuer_name = name;
  Certificate above;
  if (issuer != nullptr) {
    const auto* at = crypto::octets(issuer->der_);
    above.reset(d2i_X509(nullptr, &at, static_cast<long>(issuer->der_.size())));
    need(above != nullptr);
    issuer_name = X509_get_subject_name(above.get());
  }
  need(X509_set_issuer_name(certificate.get(), issuer_name) == 1 && X509_set_pubkey(certificate.get(), key->pkey.get()) == 1);
  add_extension(*certificate, NID_basic_constraints, terms.issues ? "critical,CA:TRUE" : "critical,CA:FALSE");
  if (terms.issues) add_extension(*certificate, NID_key_usage, "critical,keyCertSign");
  if (terms.model) add_model(*certificate, *terms.model);
  auto* const signing = issuer == nullptr ? key->pkey.get() : issuer->key_->pkey.get();
  need(X509_sign(certificate.get(), signing, EVP_sha256()) > 0);
  unsigned char* encoded = nullptr;
  const int size = i2d_X509(certificate.get(), &encoded);
  need(size > 0);
  std::string der(reinterpret_cast<const char*>(encoded), static_cast<std::size_t>(size));
  OPENSSL_free(encoded);
  return {std::move(key), std::move(der)};
}

std::string Certified::pem() const {
  auto text = crypto::base64(der_);
  for (std::size_t at = 64; at < text.size(); at += 65) text.insert(at, 1, '\n');
  return "-----BEGIN CERTIFICATE-----\n" + text + "\n-----END CERTIFICATE-----\n";
}

std::string Certified::sign(std::string_view message) const {
  const crypto::MdContext context{EVP_MD_CTX_new()};
  std::size_t size = 0;
  need(context && EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key_->pkey.get()) == 1 &&
       EVP_DigestSign(context.get(), nullptr, &size, crypto::octets(message), message.size()) == 1);
  std::string signature(size, '\0');
  need(EVP_DigestSign(context.get(), crypto::octets(signature), &size, crypto::octets(message), message.size()) == 1);
  signature.resize(size);
  return signature;
}

Said::Said(const crypto::PublicKey& key) {
  crypto::WireReader in(key.blob());
  if (in.string().starts_with("sk-ssh-ed25519")) {
    // {1: 1 (OKP), 3: -8 (EdDSA), -1: 6 (Ed25519), -2: x}
    cose = std::string("\xa4" "\x01\x01" "\x03\x27" "\x20\x06" "\x21\x58\x20", 10) + std::string(in.string());
  } else {
    in.string();
    point = in.string();
    // {1: 2 (EC2), 3: -7 (ES256), -1: 1 (P-256), -2: x, -3: y}
    cose = std::string("\xa5" "\x01\x02" "\x03\x26" "\x20\x01" "\x21\x58\x20", 10) + point.substr(1, 32) + "\x22\x58\x20" +
           point.substr(33);
  }
}

std::string Said::data() const {
  std::string bytes = std::string(crypto::sha256(application).view());
  bytes += static_cast<char>(flags);
  bytes += std::string("\0\0\0\x05", 4);
  bytes += model;
  bytes += static_cast<char>(handle.size() >> 8U);
  bytes += static_cast<char>(handle.size() & 0xffU);
  return bytes + handle + cose + extensions;
}

std::string Said::by(const Certified& device, std::string_view challenge) const {
  const auto hash = std::string(crypto::sha256(challenge).view());
  const auto older = std::string(1, '\0') + std::string(crypto::sha256(application).view()) + hash + handle + point;
  return crypto::WireWriter()
      .string(magic)
      .string(device.der())
      .string(device.sign(u2f ? older : data() + hash))
      .string(wrapped(data()))
      .u32(reserved)
      .string("")
      .raw(after)
      .bytes();
}

}  // namespace blc::testing
