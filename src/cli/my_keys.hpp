#pragma once
#include <string>
#include <vector>

#include "cli/session.hpp"
#include "core/crypto/public_key.hpp"

namespace blc::cli {

// A key that this person could sign with, and where it is.
struct MyKey {
  crypto::PublicKey key;
  std::string path;      // empty: only in the agent
  bool in_agent = false;
  std::string comment;   // in the agent; hostile
  bool in_use = false;   // what blc signs with now
};

struct MyKeys {
  std::vector<MyKey> keys;          // the one in use, the default one, and the agent's; each once
  std::vector<Error> unreadable;    // files that are refused, an agent that does not answer
  std::vector<std::string> useless; // in the agent, of a kind that blc refuses; safe to show
};

// Reads what is open of them; asks for no passphrase and signs nothing.
[[nodiscard]] MyKeys my_keys(Session& session);

}  // namespace blc::cli
