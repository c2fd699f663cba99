#include "core/crypto/quick_digest.hpp"

#include <sodium/crypto_auth_hmacsha256.h>
#include <sodium/crypto_hash_sha256.h>

namespace blc::crypto {

namespace {

const unsigned char* octets(std::string_view bytes) { return reinterpret_cast<const unsigned char*>(bytes.data()); }

}  // namespace

// Neither needs sodium_init(): they draw nothing and pick no implementation.
Digest quick_sha256(std::string_view bytes) {
  Digest digest;
  crypto_hash_sha256(digest.bytes.data(), octets(bytes), bytes.size());
  return digest;
}

Digest quick_hmac_sha256(const Secret& key, std::string_view message) {
  Digest digest;
  crypto_auth_hmacsha256_state state;
  crypto_auth_hmacsha256_init(&state, octets(key.reveal()), key.size());
  crypto_auth_hmacsha256_update(&state, octets(message), message.size());
  crypto_auth_hmacsha256_final(&state, digest.bytes.data());
  return digest;
}

}  // namespace blc::crypto
