#pragma once
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/base/result.hpp"

namespace blc::crypto {

enum class KeyType : std::uint8_t { ed25519, ecdsa_p256, sk_ed25519, sk_ecdsa_p256 };

// Whether the point of a key is checked when it is read, or was before, when the same bytes were read.
enum class Points { check, checked };

// A public key that passed every check: known type, point on the curve, no small-order Ed25519 point
// (the eight points of order dividing 8 and their non-canonical encodings). RSA, DSA, certificates refused.
// Compared by its wire bytes; the comment is not part of it.
class PublicKey {
 public:
  // One "type base64 [comment]" line of an OpenSSH .pub file. Exit::authentication says what is wrong.
  static Result<PublicKey> parse_line(std::string_view line, Points points = Points::check);
  // RFC 4253 section 6.6, RFC 8709, RFC 5656, PROTOCOL.u2f.
  static Result<PublicKey> parse_blob(std::string_view blob, Points points = Points::check);

  [[nodiscard]] KeyType type() const noexcept { return type_; }
  [[nodiscard]] const std::string& blob() const noexcept { return blob_; }
  [[nodiscard]] std::string line() const;         // "type base64", no comment
  [[nodiscard]] std::string fingerprint() const;  // "SHA256:..." as ssh-keygen -l prints it
  // What signatures are checked with: the same in every form of one key, on a token or not and whatever it is named for.
  [[nodiscard]] std::string_view point() const;
  [[nodiscard]] bool hardware() const noexcept {
    return type_ == KeyType::sk_ed25519 || type_ == KeyType::sk_ecdsa_p256;
  }

  friend bool operator==(const PublicKey& a, const PublicKey& b) { return a.blob_ == b.blob_; }
  friend auto operator<=>(const PublicKey& a, const PublicKey& b) { return a.blob_ <=> b.blob_; }

 private:
  PublicKey(KeyType type, std::string blob) : type_(type), blob_(std::move(blob)) {}
  KeyType type_;
  std::string blob_;
};

}  // namespace blc::crypto
