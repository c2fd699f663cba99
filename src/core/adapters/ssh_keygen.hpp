#pragma once
#include <memory>
#include <string>

#include "core/adapters/ssh_tools.hpp"
#include "core/base/secret.hpp"
#include "core/ports/signer.hpp"

namespace blc::adapters {

// The open part of an OpenSSH private key (openssh PROTOCOL.key): readable without the passphrase.
struct OpensshHeader {
  crypto::PublicKey key;
  bool encrypted = false;
};
// Exit::authentication when the text is damaged or its key is of a kind that blc refuses.
[[nodiscard]] Result<OpensshHeader> read_openssh_header(const Secret& text);

// Signs with the OpenSSH private key at `path` through `ssh-keygen -Y sign`, which asks for passphrase, PIN or
// touch itself. What comes back is verified; anything else is Exit::authentication.
[[nodiscard]] std::unique_ptr<ports::Signer> keygen_signer(std::string path, crypto::PublicKey key, SshTools tools);

}  // namespace blc::adapters
