// C2SP signed notes (c2sp.org/signed-note) and checkpoints (c2sp.org/tlog-checkpoint), Ed25519.
#pragma once
#include <string>
#include <string_view>

#include "core/base/digest.hpp"
#include "core/base/result.hpp"
#include "core/crypto/public_key.hpp"
#include "core/crypto/service_key.hpp"

namespace blc::crypto {

struct Checkpoint {
  std::string origin;  // one line, no newline
  std::uint64_t size = 0;
  Digest root;
};

// "<origin>\n<size>\n<base64 root>\n".
[[nodiscard]] std::string checkpoint_text(const Checkpoint& checkpoint);
// The note: text, blank line, "— <key name> <base64 of key id || signature>".
[[nodiscard]] std::string sign_note(std::string_view text, std::string_view key_name, ServiceKey& key);
// Strict; Exit::ledger when malformed or when no line verifies under that name and key.
[[nodiscard]] Result<Checkpoint> verify_checkpoint(std::string_view note, std::string_view key_name,
                                                   const PublicKey& key);

}  // namespace blc::crypto
