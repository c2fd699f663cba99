// What the sources of this floor share of OpenSSL. Not for other floors: none of them may include OpenSSL.
#pragma once
#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/evp.h>

#include <memory>
#include <string>
#include <string_view>

namespace blc::crypto {

template <auto Free>
struct Freed {
  template <class T>
  void operator()(T* pointer) const noexcept {
    Free(pointer);
  }
};

using Pkey = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY_free>>;
using PkeyContext = std::unique_ptr<EVP_PKEY_CTX, Freed<EVP_PKEY_CTX_free>>;
using MdContext = std::unique_ptr<EVP_MD_CTX, Freed<EVP_MD_CTX_free>>;
using CipherContext = std::unique_ptr<EVP_CIPHER_CTX, Freed<EVP_CIPHER_CTX_free>>;
using Bignum = std::unique_ptr<BIGNUM, Freed<BN_free>>;
using BignumContext = std::unique_ptr<BN_CTX, Freed<BN_CTX_free>>;
using EcdsaSig = std::unique_ptr<ECDSA_SIG, Freed<ECDSA_SIG_free>>;
using Bio = std::unique_ptr<BIO, Freed<BIO_free>>;

inline const unsigned char* octets(std::string_view bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}
inline unsigned char* octets(std::string& bytes) { return reinterpret_cast<unsigned char*>(bytes.data()); }
inline unsigned char* octets(char* bytes) { return reinterpret_cast<unsigned char*>(bytes); }

// The library itself failed (memory, a missing algorithm): never a verdict on what was checked.
[[noreturn]] void openssl_broken(const char* what);

// EVP_DigestVerify with a digest (for Ed25519 see key_parts.hpp). An invalid signature is false.
[[nodiscard]] bool verify_signature(EVP_PKEY& key, const EVP_MD* digest, std::string_view message,
                                    std::string_view signature);

}  // namespace blc::crypto
