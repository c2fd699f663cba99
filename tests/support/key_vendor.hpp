// A maker of security keys in memory: its CA, devices that it certifies, and what those say of keys.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/time.hpp"
#include "core/crypto/public_key.hpp"

namespace blc::testing {

// A certificate with its P-256 key.
class Certified {
 public:
  struct Terms {
    std::string name = "Acme Security Keys Root";
    std::string from = "20200101000000Z";  // ASN.1 GeneralizedTime
    std::string until = "20491231000000Z";
    bool issues = false;                // a CA's
    std::optional<std::string> model{};  // 16 bytes of AAGUID
    bool p256 = true;                    // else P-384
  };
  // Signed by its own key, or by the issuer's.
  static Certified self_signed(const Terms& terms);
  [[nodiscard]] Certified issue(const Terms& terms) const;

  [[nodiscard]] const std::string& der() const { return der_; }
  [[nodiscard]] std::string pem() const;
  // ECDSA over SHA-256, DER.
  [[nodiscard]] std::string sign(std::string_view message) const;

 private:
  struct Key;
  Certified(std::shared_ptr<Key> key, std::string der) : key_(std::move(key)), der_(std::move(der)) {}
  static Certified make(const Terms& terms, const Certified* issuer);
  std::shared_ptr<Key> key_;
  std::string der_;
};

// What a device says of a key, and how ssh-keygen writes it; each part may be another than it should be.
struct Said {
  explicit Said(const crypto::PublicKey& key);

  std::string application = "ssh:";
  std::uint8_t flags = 0x41;
  std::string model = std::string(16, '\0');
  std::string handle = "handle";
  std::string cose;        // the key
  std::string extensions;  // after it
  std::string magic = "ssh-sk-attest-v01";
  std::uint32_t reserved = 0;
  std::string after;       // the file's end
  bool u2f = false;        // in the form of older devices
  std::string point;       // of the key, in that form

  [[nodiscard]] std::string data() const;
  [[nodiscard]] std::string by(const Certified& device, std::string_view challenge) const;
};

}  // namespace blc::testing
