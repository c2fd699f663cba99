#include "cli/views/key_view.hpp"

#include <fmt/format.h>

namespace blc::cli {

std::string key_words(const crypto::PublicKey& key, const trust::Principal* owner) {
  const bool ed25519 = key.type() == crypto::KeyType::ed25519 || key.type() == crypto::KeyType::sk_ed25519;
  std::string algorithm = ed25519 ? "Ed25519" : "ECDSA P-256";
  if (!key.hardware()) return algorithm;
  if (owner == nullptr) return fmt::format("security key ({})", algorithm);
  return fmt::format("security key ({}); {}", algorithm,
                     owner->attestation(key) == nullptr ? "touch claimed, not attested" : "attested");
}

text::Json::Object key_json(const crypto::PublicKey& key, const trust::Principal* owner) {
  const auto line = key.line();
  return {{"fingerprint", key.fingerprint()},
          {"type", line.substr(0, line.find(' '))},
          {"security_key", key.hardware()},
          {"attested", owner != nullptr && owner->attestation(key) != nullptr}};
}

}  // namespace blc::cli
