// A key as people and scripts see it.
#pragma once
#include <string>

#include "core/crypto/public_key.hpp"
#include "core/text/json.hpp"
#include "core/trust/root.hpp"

namespace blc::cli {

// "Ed25519", "security key (ECDSA P-256); touch claimed, not attested". `owner`: who is enrolled with it, or null.
[[nodiscard]] std::string key_words(const crypto::PublicKey& key, const trust::Principal* owner);
// {"fingerprint", "type", "security_key", "attested"}.
[[nodiscard]] text::Json::Object key_json(const crypto::PublicKey& key, const trust::Principal* owner);

}  // namespace blc::cli
