// What a security key's maker says of a key that was made in it: the attestation that `ssh-keygen -O
// write-attestation` writes (openssh PROTOCOL.u2f), checked against certificates of makers (X.509).
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/digest.hpp"
#include "core/base/result.hpp"
#include "core/base/time.hpp"
#include "core/crypto/public_key.hpp"

namespace blc::crypto {

// A maker's certificate that attestation certificates may be issued by: of a CA, at most 8 KiB.
class VendorCertificate {
 public:
  // One PEM certificate, or DER. Exit::usage says what is wrong with it.
  static Result<VendorCertificate> parse(std::string_view text);
  // DER and nothing after it.
  static Result<VendorCertificate> parse_der(std::string_view der);

  [[nodiscard]] const std::string& der() const noexcept { return der_; }
  [[nodiscard]] const std::string& subject() const noexcept { return subject_; }  // hostile: to be displayed safely
  [[nodiscard]] Digest fingerprint() const;                                       // SHA-256 of the DER

  friend bool operator==(const VendorCertificate& a, const VendorCertificate& b) { return a.der_ == b.der_; }

 private:
  VendorCertificate(std::string der, std::string subject) : der_(std::move(der)), subject_(std::move(subject)) {}
  std::string der_;
  std::string subject_;
};

inline constexpr std::size_t kMostAttestation = 8U << 10U;
inline constexpr std::size_t kMostChallenge = 1U << 10U;

// Checks that a device certified by one of `vendors` at `time` made `key`, for this challenge. Gives the
// fingerprint of the vendor's certificate that issued the device's. Exit::authentication says what does not hold.
[[nodiscard]] Result<Digest> check_attestation(std::string_view attestation, std::string_view challenge,
                                               const PublicKey& key, const std::vector<VendorCertificate>& vendors,
                                               Timestamp time);

}  // namespace blc::crypto
