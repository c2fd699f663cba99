// The keys that people and services sign with, named by a file.
#pragma once
#include <memory>
#include <string>

#include "core/adapters/ssh_tools.hpp"
#include "core/base/result.hpp"
#include "core/crypto/public_key.hpp"
#include "core/ports/signer.hpp"

namespace blc::adapters {

// `path` is an OpenSSH private key (ssh-keygen signs and asks for passphrase, PIN or touch), a PKCS#8 Ed25519
// key (signed with in process), or a public key whose private half ssh-agent holds. Private files that others
// can read, and any file that others can write, are refused. All refusals are Exit::authentication.
[[nodiscard]] Result<std::unique_ptr<ports::Signer>> open_signer(const std::string& path, const SshTools& tools);

// Whose key that file is, under the same checks, without asking for anything: who you are, not yet a proof.
[[nodiscard]] Result<crypto::PublicKey> read_public_half(const std::string& path);

struct NewKey {
  crypto::PublicKey key;
  std::string path;
  std::string public_path;  // path + ".pub"
};

// An Ed25519 key in OpenSSH form, made by ssh-keygen, which asks for the passphrase itself; a passphrase that
// was wanted and came out empty is refused and leaves no key. Makes the folder when it is missing.
// Exit::failed when either file exists already.
[[nodiscard]] Result<NewKey> new_person_key(const std::string& path, bool passphrase, const std::string& comment,
                                            const SshTools& tools);

// An Ed25519 key in PKCS#8 PEM (mode 0600) and its public half as an OpenSSH line. Exit::failed as above.
[[nodiscard]] Result<NewKey> new_service_key(const std::string& path);

}  // namespace blc::adapters
