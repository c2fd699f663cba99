// AES-256-GCM and HKDF-SHA512, as sealing and key wrapping use them.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "core/base/secret.hpp"

namespace blc::crypto {

inline constexpr std::size_t kAeadKeySize = 32;
inline constexpr std::size_t kAeadIvSize = 12;
inline constexpr std::size_t kAeadTagSize = 16;

// RFC 5869 with SHA-512; `info` separates what is derived from one secret.
[[nodiscard]] Secret hkdf_sha512(std::string_view input_key, std::string_view salt, std::string_view info,
                                 std::size_t size);

// IV || ciphertext || tag (NIST SP 800-38D). `iv` is fresh random bytes for every call.
[[nodiscard]] std::string aead_seal(const Secret& key, std::string_view iv, std::string_view plaintext,
                                    std::string_view associated);
// nullopt when anything of it was altered; nothing unverified leaves.
[[nodiscard]] std::optional<Secret> aead_open(const Secret& key, std::string_view sealed, std::string_view associated);

}  // namespace blc::crypto
