// SSHSIG signatures (openssh PROTOCOL.sshsig), hash sha512 only.
#pragma once
#include <string>
#include <string_view>

#include "core/base/result.hpp"
#include "core/crypto/public_key.hpp"

namespace blc::crypto {

// A decoded raw SSHSIG blob. Decoding is strict: it re-encodes to the same bytes.
struct Sshsig {
  PublicKey key;
  std::string name_space;
  std::string signature;   // the inner signature blob
  bool touched = false;    // FIDO2 flag 0x01 (user present); false for other keys
  bool pin = false;        // FIDO2 flag 0x04 (user verified)

  static Result<Sshsig> decode(std::string_view raw);
};

// The bytes that the key signs: "SSHSIG" || namespace || reserved || "sha512" || H(message).
[[nodiscard]] std::string sshsig_signed_data(std::string_view name_space, std::string_view message);
// The raw blob for a signature made over sshsig_signed_data().
[[nodiscard]] std::string sshsig_encode(const PublicKey& key, std::string_view name_space,
                                        std::string_view signature_blob);
// Checks the signature over `message` in exactly `name_space`. Exit::authentication on any failure.
[[nodiscard]] Result<> sshsig_verify(const Sshsig& signature, std::string_view name_space, std::string_view message);

// "-----BEGIN SSH SIGNATURE-----", base64 in lines of 70, as ssh-keygen writes it; and back.
[[nodiscard]] std::string sshsig_armor(std::string_view raw);
[[nodiscard]] Result<std::string> sshsig_unarmor(std::string_view text);

}  // namespace blc::crypto
