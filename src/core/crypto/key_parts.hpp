// The fields inside a checked PublicKey. Not for other floors.
#pragma once
#include <string_view>

#include "core/crypto/openssl.hpp"
#include "core/crypto/public_key.hpp"

namespace blc::crypto {

struct KeyParts {
  std::string_view point;        // 32 bytes (RFC 8032), or 65: 0x04 || x || y (SEC 1 section 2.3.3)
  std::string_view application;  // FIDO2 keys only
};

// "ssh-ed25519": begins the key's blob and its signatures.
[[nodiscard]] std::string_view type_name(KeyType type);
// Views into key.blob().
[[nodiscard]] KeyParts key_parts(const PublicKey& key);
// Of a P-256 key.
[[nodiscard]] Pkey openssl_key(const PublicKey& key);
// RFC 8032 over `message` by an Ed25519 key, one on a token included; a signature of another length is false.
[[nodiscard]] bool verify_ed25519(const PublicKey& key, std::string_view message, std::string_view signature);
// nullptr when the point is not on the curve.
[[nodiscard]] Pkey p256_key(std::string_view point);

}  // namespace blc::crypto
