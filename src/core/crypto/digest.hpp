#pragma once
#include <string>
#include <string_view>

#include "core/base/digest.hpp"
#include "core/base/secret.hpp"

namespace blc::crypto {

// FIPS 180-4.
[[nodiscard]] Digest sha256(std::string_view bytes);
// SHA-256 over the concatenation, without making it: the tree's leaf and node hashes.
[[nodiscard]] Digest sha256(std::string_view first, std::string_view second, std::string_view third = {});
[[nodiscard]] std::string sha512(std::string_view bytes);
// RFC 2104 with SHA-256.
[[nodiscard]] Digest hmac_sha256(const Secret& key, std::string_view message);

// RFC 4648 section 4, padded. Decoding is strict: what would not re-encode to the same text is refused.
[[nodiscard]] std::string base64(std::string_view bytes);
[[nodiscard]] std::optional<std::string> from_base64(std::string_view text);

}  // namespace blc::crypto
