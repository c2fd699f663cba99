// OpenSSH on this machine: ssh-keygen, ssh-agent, and what both are allowed to see.
#pragma once
#include <chrono>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.hpp"
#include "core/crypto/public_key.hpp"

namespace blc::adapters {

struct SshTools {
  std::map<std::string, std::string> environment;  // all that ssh-keygen gets
  std::string agent_socket;                        // empty: no agent
  std::string memory_folder;  // on tmpfs: what is to be signed lies there while ssh-keygen reads it
  bool may_ask = true;        // false: ssh-keygen gets no terminal and asks for nothing
  std::chrono::milliseconds agent_answers{10'000};
  std::chrono::milliseconds agent_signs{120'000};  // a person may have to confirm or touch
  // Says something to the person just before a key waits for them; nobody is told when it is empty.
  std::function<void(const std::string&)> tell{};

  // From HOME, TERM, SSH_AUTH_SOCK, SSH_ASKPASS, SSH_SK_PROVIDER, the display and XDG_RUNTIME_DIR (else /dev/shm).
  static SshTools of_this_process();
};

// Runs /usr/bin/ssh-keygen to its end, on this terminal where it may ask, and gives its exit code. Its messages go
// to standard error. Ctrl-C there ends it and not this process: Exit::interrupted, as for every signal that ended
// it. Throws Broken when it cannot be started.
[[nodiscard]] Result<int> run_ssh_keygen(const SshTools& tools, const std::vector<std::string>& arguments);

// What another program signed, checked over the intended bytes: gives `raw` back, or Exit::authentication.
[[nodiscard]] Result<std::string> verified_signature(const crypto::PublicKey& key, std::string raw,
                                                     std::string_view name_space, std::string_view message);

}  // namespace blc::adapters
