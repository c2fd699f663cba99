#include "core/crypto/openssl.hpp"

#include <openssl/err.h>

#include <array>

#include <fmt/format.h>

#include "core/base/result.hpp"

namespace blc::crypto {

void openssl_broken(const char* what) {
  std::array<char, 256> reason{};
  ERR_error_string_n(ERR_get_error(), reason.data(), reason.size());
  ERR_clear_error();
  throw Broken(fmt::format("OpenSSL could not {}: {}", what, reason.data()));
}

bool verify_signature(EVP_PKEY& key, const EVP_MD* digest, std::string_view message, std::string_view signature) {
  const MdContext context{EVP_MD_CTX_new()};
  if (!context || EVP_DigestVerifyInit(context.get(), nullptr, digest, nullptr, &key) != 1) {
    openssl_broken("start a verification");
  }
  const int verdict =
      EVP_DigestVerify(context.get(), octets(signature), signature.size(), octets(message), message.size());
  ERR_clear_error();  // what a bad signature left there must not explain a later failure
  return verdict == 1;
}

}  // namespace blc::crypto
