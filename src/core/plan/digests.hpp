// What a plan says of content that it fixes and does not show.
#pragma once
#include <string>
#include <string_view>

#include "core/base/secret.hpp"
#include "core/base/words.hpp"

namespace blc::plan {

// A digest of bytes that hold PHI, keyed with the run's key: "hmac-sha256:<hex>".
[[nodiscard]] std::string keyed_digest(const Secret& run_key, std::string_view bytes);
// A digest of bytes that may hold PHI: plain SHA-256 for personal and business, keyed for clinical.
[[nodiscard]] std::string content_digest(Classification classification, const Secret& run_key, std::string_view bytes);

}  // namespace blc::plan
