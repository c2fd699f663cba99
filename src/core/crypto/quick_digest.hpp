#pragma once
#include <string_view>

#include "core/base/digest.hpp"
#include "core/base/secret.hpp"

namespace blc::crypto {

// The same as sha256() and hmac_sha256(), without OpenSSL, whose first use takes longer than a short command may.
// For a few kilobytes: OpenSSL is faster once it has started.
[[nodiscard]] Digest quick_sha256(std::string_view bytes);
[[nodiscard]] Digest quick_hmac_sha256(const Secret& key, std::string_view message);

}  // namespace blc::crypto
