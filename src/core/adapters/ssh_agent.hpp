#pragma once
#include <memory>
#include <string>
#include <vector>

#include "core/adapters/ssh_tools.hpp"
#include "core/ports/signer.hpp"

namespace blc::adapters {

// A key in ssh-agent, with the comment that somebody gave it: hostile. Of a kind that blc refuses, only why.
struct AgentKey {
  Result<crypto::PublicKey> key;
  std::string comment;
};
// In the agent's order. Exit::authentication when there is no agent, it does not answer, or answers strangely.
[[nodiscard]] Result<std::vector<AgentKey>> agent_keys(const SshTools& tools);

// Signs with a key that ssh-agent holds, over its UNIX socket (draft-miller-ssh-agent). The agent is not
// trusted: answers are bounded in size and time, read strictly, and every signature is verified.
// Exit::authentication when there is no agent, it does not answer, or it does not hold the key.
[[nodiscard]] Result<std::unique_ptr<ports::Signer>> agent_signer(crypto::PublicKey key, SshTools tools);

}  // namespace blc::adapters
