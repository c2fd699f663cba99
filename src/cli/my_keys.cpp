#include "cli/my_keys.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "core/adapters/signers.hpp"
#include "core/adapters/ssh_agent.hpp"
#include "core/text/display.hpp"

namespace blc::cli {

namespace {

MyKey& find_or_add(std::vector<MyKey>& keys, const crypto::PublicKey& key) {
  const auto known = std::ranges::find(keys, key, &MyKey::key);
  return known == keys.end() ? keys.emplace_back(MyKey{key, {}, false, {}, false}) : *known;
}

void add_file(MyKeys& mine, const std::string& path, bool in_use) {
  const auto key = adapters::read_public_half(path);
  if (!key) return mine.unreadable.push_back(key.error());
  auto& found = find_or_add(mine.keys, *key);
  if (found.path.empty()) found.path = path;
  found.in_use = found.in_use || in_use;
}

void add_agent(MyKeys& mine, const adapters::SshTools& tools) {
  if (tools.agent_socket.empty()) return;
  const auto held = adapters::agent_keys(tools);
  if (!held) return mine.unreadable.push_back(held.error());
  for (const auto& identity : *held) {
    if (!identity.key) {
      mine.useless.push_back(fmt::format("{}: in ssh-agent, and of no use here. {}", text::display(identity.comment), identity.key.error().message));
      continue;
    }
    auto& found = find_or_add(mine.keys, *identity.key);
    found.in_agent = true;
    found.comment = identity.comment;
  }
}

}  // namespace

MyKeys my_keys(Session& session) {
  MyKeys mine;
  const auto used = session.key_path();
  if (used) add_file(mine, *used, true);
  const auto places = session.places();
  std::error_code ignored;
  if (places && (!used || *used != (*places)->default_key()) && std::filesystem::exists((*places)->default_key(), ignored))
    add_file(mine, (*places)->default_key(), false);
  add_agent(mine, session.ssh_tools());
  return mine;
}

}  // namespace blc::cli
