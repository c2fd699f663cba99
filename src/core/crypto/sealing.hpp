// Sealing of single values (design "PHI"): a random 256-bit data key per value; HKDF-SHA512(data key,
// 32-byte random id) gives the encryption key and a 32-byte commitment; AES-256-GCM with a 96-bit random
// IV, one message a key; the data key wrapped by key-encryption keys. All lengths in bytes.
#pragma once
#include <memory>
#include <string>
#include <string_view>

#include "core/base/digest.hpp"
#include "core/base/result.hpp"
#include "core/base/secret.hpp"
#include "core/ports/key_wrap.hpp"
#include "core/ports/randomness.hpp"

namespace blc::crypto {

// What a sealed value is bound to: it opens under exactly the same words, nowhere else.
struct SealContext {
  std::string ledger;
  std::string run;
  std::string verb;
  std::string name;  // the parameter, "run-key", "stdout:2", "reason"
  std::string environment;
};

// What an entry records of a sealed value, and so what a plan digest covers.
struct SealedRef {
  Digest commitment;
  Digest ciphertext;  // SHA-256 of the ciphertext (IV and tag included)
  auto operator<=>(const SealedRef&) const = default;
};

struct Sealed {
  SealedRef ref;
  std::string blob;  // id, ciphertext, wraps: what lies beside the ledger
};

[[nodiscard]] Result<Sealed> seal(ports::Randomness& random, ports::KeyWrap& kek, const SealContext& context,
                                  std::string_view plaintext);
// Fails with Exit::authentication when blob, ref or context do not belong together or were altered.
[[nodiscard]] Result<Secret> open(ports::KeyWrap& kek, const SealContext& context, const SealedRef& ref,
                                  std::string_view blob);

// A key-encryption key of 32 bytes from a file; AES-256-GCM wraps, its id derived from the key.
[[nodiscard]] std::unique_ptr<ports::KeyWrap> file_key_wrap(ports::Randomness& random, Secret key);

}  // namespace blc::crypto
