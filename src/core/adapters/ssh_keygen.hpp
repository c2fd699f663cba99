#pragma once
#include <memory>
#include <optional>
#include <string>

#include "core/adapters/ssh_tools.hpp"
#include "core/base/secret.hpp"
#include "core/ports/signer.hpp"

namespace blc::adapters {

// The open part of an OpenSSH private key (openssh PROTOCOL.key): readable without the passphrase.
struct OpensshHeader {
  crypto::PublicKey key;
  bool encrypted = false;
  // What a security key asks for when it signs with this file; of a file without a passphrase only, for there it
  // can be read.
  struct Asks {
    bool touch = true;
    bool pin = false;
  };
  std::optional<Asks> asks{};
};
// Exit::authentication when the text is damaged or its key is of a kind that blc refuses.
[[nodiscard]] Result<OpensshHeader> read_openssh_header(const Secret& text);

// Signs with the OpenSSH private key at `path` through `ssh-keygen -Y sign`, which asks for passphrase and PIN
// itself, a passphrase up to three times; the person is told before which key that is for, and when a security key waits
// to be touched. What comes back is verified; anything else
// is Exit::authentication, or Exit::interrupted after Ctrl-C.
[[nodiscard]] std::unique_ptr<ports::Signer> keygen_signer(std::string path, OpensshHeader header, SshTools tools);

}  // namespace blc::adapters
