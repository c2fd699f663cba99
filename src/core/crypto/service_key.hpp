#pragma once
#include <memory>
#include <string>

#include "core/base/result.hpp"
#include "core/base/secret.hpp"
#include "core/crypto/public_key.hpp"
#include "core/ports/randomness.hpp"
#include "core/ports/signer.hpp"

namespace blc::crypto {

// An Ed25519 key kept as PKCS#8 (RFC 5958, RFC 8410), signed with in process: for services.
class ServiceKey final : public ports::Signer {
 public:
  static Result<std::unique_ptr<ServiceKey>> from_pem(const Secret& pem);
  // A new key and its PEM text.
  static std::pair<std::unique_ptr<ServiceKey>, Secret> generate();
  ~ServiceKey() override;

  [[nodiscard]] const PublicKey& key() const;
  [[nodiscard]] std::string public_blob() const override;
  [[nodiscard]] Result<std::string> sign(std::string_view name_space, std::string_view message) override;
  // A bare Ed25519 signature (RFC 8032) of 64 bytes: for signed notes (C2SP signed-note).
  [[nodiscard]] std::string sign_raw(std::string_view message);

 private:
  struct Inside;
  explicit ServiceKey(std::unique_ptr<Inside> inside);
  std::unique_ptr<Inside> inside_;
};

// RFC 8032 Ed25519 over `message` by an ed25519 PublicKey.
[[nodiscard]] bool ed25519_verify(const PublicKey& key, std::string_view message, std::string_view signature);

}  // namespace blc::crypto
