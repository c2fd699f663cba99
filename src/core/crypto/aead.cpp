#include "core/crypto/aead.hpp"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/kdf.h>

#include <array>
#include <limits>

#include "core/base/result.hpp"
#include "core/crypto/openssl.hpp"

namespace blc::crypto {

namespace {

const EVP_CIPHER* aes_256_gcm() {
  static const std::unique_ptr<EVP_CIPHER, Freed<EVP_CIPHER_free>> algorithm{
      EVP_CIPHER_fetch(nullptr, "AES-256-GCM", nullptr)};
  if (!algorithm) openssl_broken("find AES-256-GCM");
  return algorithm.get();
}

int checked_size(std::string_view bytes) {
  if (bytes.size() > static_cast<std::size_t>(std::numeric_limits<int>::max())) throw Broken("too much to encrypt");
  return static_cast<int>(bytes.size());
}

void check_key(const Secret& key) {
  if (key.size() != kAeadKeySize) throw std::invalid_argument("an AES-256 key has 32 bytes");
}

OSSL_PARAM octet_parameter(const char* name, std::string_view bytes) {
  // A null pointer would be an error even where nothing is to be read.
  const char* const data = bytes.empty() ? "" : bytes.data();
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-const-cast): OSSL_PARAM has no const form; it is only read here
  return OSSL_PARAM_construct_octet_string(name, const_cast<char*>(data), bytes.size());
}

}  // namespace

Secret hkdf_sha512(std::string_view input_key, std::string_view salt, std::string_view info, std::size_t size) {
  using Kdf = std::unique_ptr<EVP_KDF, Freed<EVP_KDF_free>>;
  using KdfContext = std::unique_ptr<EVP_KDF_CTX, Freed<EVP_KDF_CTX_free>>;
  static const Kdf algorithm{EVP_KDF_fetch(nullptr, "HKDF", nullptr)};
  const KdfContext context{EVP_KDF_CTX_new(algorithm.get())};
  std::string digest = "SHA512";
  const std::array parameters{
      OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest.data(), 0),
      octet_parameter(OSSL_KDF_PARAM_KEY, input_key),
      octet_parameter(OSSL_KDF_PARAM_SALT, salt),
      octet_parameter(OSSL_KDF_PARAM_INFO, info),
      OSSL_PARAM_construct_end(),
  };
  Secret derived(size);
  if (!context || EVP_KDF_derive(context.get(), octets(derived.data()), size, parameters.data()) != 1) {
    openssl_broken("derive a key");
  }
  return derived;
}

std::string aead_seal(const Secret& key, std::string_view iv, std::string_view plaintext, std::string_view associated) {
  check_key(key);
  if (iv.size() != kAeadIvSize) throw std::invalid_argument("an IV has 12 bytes");
  const CipherContext context{EVP_CIPHER_CTX_new()};
  std::string sealed(iv);
  sealed.resize(kAeadIvSize + plaintext.size() + kAeadTagSize);
  auto* const out = octets(sealed) + kAeadIvSize;
  int size = 0;
  const bool ok = context &&
                  EVP_EncryptInit_ex2(context.get(), aes_256_gcm(), octets(key.reveal()), octets(iv), nullptr) == 1 &&
                  EVP_EncryptUpdate(context.get(), nullptr, &size, octets(associated), checked_size(associated)) == 1 &&
                  EVP_EncryptUpdate(context.get(), out, &size, octets(plaintext), checked_size(plaintext)) == 1 &&
                  EVP_EncryptFinal_ex(context.get(), out + plaintext.size(), &size) == 1 &&
                  EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_GET_TAG, static_cast<int>(kAeadTagSize),
                                      out + plaintext.size()) == 1;
  if (!ok) openssl_broken("encrypt");
  return sealed;
}

std::optional<Secret> aead_open(const Secret& key, std::string_view sealed, std::string_view associated) {
  check_key(key);
  if (sealed.size() < kAeadIvSize + kAeadTagSize) return std::nullopt;
  const auto iv = sealed.substr(0, kAeadIvSize);
  const auto ciphertext = sealed.substr(kAeadIvSize, sealed.size() - kAeadIvSize - kAeadTagSize);
  std::string tag(sealed.substr(sealed.size() - kAeadTagSize));  // the control takes no const
  const CipherContext context{EVP_CIPHER_CTX_new()};
  Secret plaintext(ciphertext.size());
  std::array<unsigned char, 16> nothing{};
  int size = 0;
  const bool ready =
      context && EVP_DecryptInit_ex2(context.get(), aes_256_gcm(), octets(key.reveal()), octets(iv), nullptr) == 1 &&
      EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_SET_TAG, static_cast<int>(kAeadTagSize), tag.data()) == 1 &&
      EVP_DecryptUpdate(context.get(), nullptr, &size, octets(associated), checked_size(associated)) == 1 &&
      EVP_DecryptUpdate(context.get(), octets(plaintext.data()), &size, octets(ciphertext), checked_size(ciphertext)) ==
          1;
  if (!ready) openssl_broken("decrypt");
  const bool authentic = EVP_DecryptFinal_ex(context.get(), nothing.data(), &size) == 1;
  ERR_clear_error();
  if (!authentic) return std::nullopt;  // what was decrypted is wiped with `plaintext`
  return plaintext;
}

}  // namespace blc::crypto
