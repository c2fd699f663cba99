#include "core/crypto/service_key.hpp"

#include <openssl/err.h>
#include <openssl/pem.h>

#include "core/crypto/key_parts.hpp"
#include "core/crypto/openssl.hpp"
#include "core/crypto/sshsig.hpp"
#include "core/crypto/wire.hpp"

namespace blc::crypto {

namespace {

constexpr std::string_view kBegin = "-----BEGIN PRIVATE KEY-----\n";
constexpr std::string_view kEnd = "-----END PRIVATE KEY-----\n";
constexpr const char* kMakeKey = "blc key new";

// Never asked, since encrypted forms are refused before; without it OpenSSL would ask on the terminal.
int no_passphrase(char* /*buffer*/, int /*size*/, int /*writing*/, void* /*data*/) { return -1; }

PublicKey public_half(const EVP_PKEY& key) {
  std::string point(32, '\0');
  std::size_t size = point.size();
  if (EVP_PKEY_get_raw_public_key(&key, octets(point), &size) != 1 || size != point.size()) {
    openssl_broken("read a public key");
  }
  WireWriter blob;
  blob.string(type_name(KeyType::ed25519)).string(point);
  auto parsed = PublicKey::parse_blob(blob.bytes());
  if (!parsed) throw Broken("OpenSSL made a key that does not check: " + parsed.error().message);
  return *std::move(parsed);
}

}  // namespace

struct ServiceKey::Inside {
  Pkey pkey;
  PublicKey key;
};

ServiceKey::ServiceKey(std::unique_ptr<Inside> inside) : inside_(std::move(inside)) {}
ServiceKey::~ServiceKey() = default;

Result<std::unique_ptr<ServiceKey>> ServiceKey::from_pem(const Secret& pem) {
  const auto text = pem.reveal();
  if (text.starts_with("-----BEGIN ENCRYPTED PRIVATE KEY-----")) {
    return fail(Exit::authentication, "The service key is encrypted, and a service has nobody to ask.", kMakeKey);
  }
  if (!text.starts_with(kBegin) || !text.ends_with(kEnd) || text.find("-----END") != text.size() - kEnd.size()) {
    return fail(Exit::authentication, "This is no PKCS#8 private key in PEM.", kMakeKey);
  }
  const Bio bio{BIO_new_mem_buf(text.data(), static_cast<int>(text.size()))};
  if (!bio) openssl_broken("read a key");
  Pkey pkey{PEM_read_bio_PrivateKey(bio.get(), nullptr, no_passphrase, nullptr)};
  ERR_clear_error();
  if (!pkey) return fail(Exit::authentication, "The private key is damaged.", kMakeKey);
  if (EVP_PKEY_get_base_id(pkey.get()) != EVP_PKEY_ED25519) {
    return fail(Exit::authentication, "A service key must be Ed25519.", kMakeKey);
  }
  auto key = public_half(*pkey);
  return std::unique_ptr<ServiceKey>(new ServiceKey(std::make_unique<Inside>(Inside{std::move(pkey), std::move(key)})));
}

std::pair<std::unique_ptr<ServiceKey>, Secret> ServiceKey::generate() {
  Pkey pkey{EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519")};
  const Bio bio{BIO_new(BIO_s_secmem())};  // wiped when it goes
  if (!pkey || !bio || PEM_write_bio_PrivateKey(bio.get(), pkey.get(), nullptr, nullptr, 0, nullptr, nullptr) != 1) {
    openssl_broken("make a key");
  }
  Secret pem(static_cast<std::size_t>(BIO_ctrl_pending(bio.get())));
  if (BIO_read(bio.get(), pem.data(), static_cast<int>(pem.size())) != static_cast<int>(pem.size())) {
    openssl_broken("write a key");
  }
  auto key = public_half(*pkey);
  return {
      std::unique_ptr<ServiceKey>(new ServiceKey(std::make_unique<Inside>(Inside{std::move(pkey), std::move(key)}))),
      std::move(pem)};
}

const PublicKey& ServiceKey::key() const { return inside_->key; }
std::string ServiceKey::public_blob() const { return inside_->key.blob(); }

std::string ServiceKey::sign_raw(std::string_view message) {
  const MdContext context{EVP_MD_CTX_new()};
  std::string signature(64, '\0');
  std::size_t size = signature.size();
  if (!context || EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, inside_->pkey.get()) != 1 ||
      EVP_DigestSign(context.get(), octets(signature), &size, octets(message), message.size()) != 1 ||
      size != signature.size()) {
    openssl_broken("sign");
  }
  return signature;
}

Result<std::string> ServiceKey::sign(std::string_view name_space, std::string_view message) {
  WireWriter blob;
  blob.string(type_name(KeyType::ed25519)).string(sign_raw(sshsig_signed_data(name_space, message)));
  auto raw = sshsig_encode(key(), name_space, blob.bytes());
  BLC_TRY(const auto decoded, Sshsig::decode(raw));
  BLC_CHECK(sshsig_verify(decoded, name_space, message));
  return raw;
}

bool ed25519_verify(const PublicKey& key, std::string_view message, std::string_view signature) {
  return key.type() == KeyType::ed25519 && verify_ed25519(key, message, signature);
}

}  // namespace blc::crypto
