#include "core/plan/digests.hpp"

#include "core/crypto/digest.hpp"

namespace blc::plan {

std::string content_digest(Classification classification, const Secret& run_key, std::string_view bytes) {
  if (classification != Classification::clinical) return crypto::sha256(bytes).tagged();
  return keyed_digest(run_key, bytes);
}

std::string keyed_digest(const Secret& run_key, std::string_view bytes) {
  return "hmac-sha256:" + crypto::hmac_sha256(run_key, bytes).hex();
}

}  // namespace blc::plan
