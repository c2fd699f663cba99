#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "cli/commands/command.hpp"
#include "cli/views/key_view.hpp"
#include "cli/views/words.hpp"
#include "core/adapters/signers.hpp"
#include "core/adapters/ssh_agent.hpp"
#include "core/text/display.hpp"

namespace blc::cli {

using text::Json;

namespace {

struct NewKeyOptions {
  std::string path;
  bool no_passphrase = false;
  bool service = false;
};

Result<Exit> new_key(Session& session, const NewKeyOptions& options) {
  auto path = options.path;
  if (path.empty()) {
    if (options.service) return fail(Exit::usage, "name the file of the service's key", "blc key new --service PATH");
    BLC_TRY(const auto* const places, session.places());
    path = places->default_key();
  }
  if (!options.service && !options.no_passphrase && !session.interactive())
    return fail(Exit::usage, "a passphrase is asked for on a terminal, and there is none",
                "use a terminal, or --no-passphrase");
  auto made = options.service
                  ? adapters::new_service_key(path)
                  : adapters::new_person_key(path, !options.no_passphrase, "blc", session.ssh_tools());
  if (!made) return std::unexpected(made.error());
  auto& output = session.output();
  if (output.json()) {
    output.object(text::Json::Object{{"format", "blc.key/v1"},
                                     {"path", made->path},
                                     {"public", made->public_path},
                                     {"key", made->key.line()},
                                     {"fingerprint", made->key.fingerprint()}});
  }
  output.line(fmt::format("Your key is {}; nobody else may have that file.", made->path));
  output.line(fmt::format("Its public half is {}. An admin enrols you with it:", made->public_path));
  output.line(fmt::format("  blc trust add NAME --key {} --role ROLE", made->public_path));
  output.line(fmt::format("Fingerprint {}", made->key.fingerprint()));
  return Exit::done;
}

// A key that this person could sign with, and where it is.
struct Mine {
  crypto::PublicKey key;
  std::string path;      // empty: only in the agent
  bool in_agent = false;
  std::string comment;   // in the agent
  bool in_use = false;   // what blc signs with now
};

Mine& find_or_add(std::vector<Mine>& keys, const crypto::PublicKey& key) {
  const auto known = std::ranges::find(keys, key, &Mine::key);
  return known == keys.end() ? keys.emplace_back(Mine{key, {}, false, {}, false}) : *known;
}

// The one in use, the default one, and the agent's. What cannot be read is told, and left out.
std::vector<Mine> keys_of(Session& session) {
  auto& output = session.output();
  std::vector<Mine> keys;
  const auto add_file = [&](const std::string& path, bool in_use) {
    auto key = adapters::read_public_half(path);
    if (!key) return output.warn(key.error().message);
    auto& mine = find_or_add(keys, *key);
    if (mine.path.empty()) mine.path = path;
    mine.in_use = mine.in_use || in_use;
  };
  const auto used = session.key_path();
  if (used) add_file(*used, true);
  const auto places = session.places();
  std::error_code ignored;
  if (places && (!used || *used != (*places)->default_key()) && std::filesystem::exists((*places)->default_key(), ignored))
    add_file((*places)->default_key(), false);
  if (session.ssh_tools().agent_socket.empty()) return keys;
  const auto held = adapters::agent_keys(session.ssh_tools());
  if (!held) output.warn(held.error().message);
  for (const auto& identity : held ? *held : std::vector<adapters::AgentKey>()) {
    if (!identity.key) {
      output.note(fmt::format("{}: in ssh-agent, and of no use here. {}", text::display(identity.comment), identity.key.error().message));
      continue;
    }
    auto& mine = find_or_add(keys, *identity.key);
    mine.in_agent = true;
    mine.comment = identity.comment;
  }
  return keys;
}

Json to_json(const Mine& mine, const trust::Principal* owner) {
  auto json = key_json(mine.key, owner);
  json.emplace("in_use", mine.in_use);
  json.emplace("in_agent", mine.in_agent);
  if (!mine.path.empty()) json.emplace("path", mine.path);
  if (mine.in_agent) json.emplace("comment", mine.comment);
  if (owner != nullptr) {
    json.emplace("name", owner->name);
    json.emplace("roles", Json::Array(owner->roles.begin(), owner->roles.end()));
  }
  return json;
}

void print(const Output& output, const Mine& mine, const trust::Principal* owner, bool in_practice) {
  std::vector<std::string> where;
  if (!mine.path.empty()) where.push_back(text::display(mine.path));
  if (mine.in_agent) where.push_back(mine.comment.empty() ? "ssh-agent" : fmt::format("ssh-agent ({})", text::display(mine.comment)));
  output.line(fmt::format("{}  {}{}", output.bold(mine.key.fingerprint()), key_words(mine.key, owner),
                          mine.in_use ? "; you sign with this one" : ""));
  output.line(fmt::format("  in {}", either(where, "and")));
  if (owner != nullptr) {
    output.line(fmt::format("  enrolled here as {} ({})", owner->name, either(owner->roles, "and")));
  } else if (in_practice) {
    output.line("  not enrolled here");
  }
}

Result<Exit> list(Session& session) {
  const auto keys = keys_of(session);
  auto& output = session.output();
  const trust::Root* root = nullptr;
  const auto log = session.log();
  if (log) root = (*log)->replay().root();
  if (!log && log.error().code == Exit::ledger) return std::unexpected(log.error());
  const auto owner = [&](const Mine& mine) { return root == nullptr ? nullptr : root->owner(mine.key); };
  if (output.json()) {
    Json::Array list;
    for (const auto& mine : keys) list.push_back(to_json(mine, owner(mine)));
    output.object(Json::Object{{"format", "blc.keys/v1"}, {"keys", std::move(list)}});
    return Exit::done;
  }
  for (const auto& mine : keys) print(output, mine, owner(mine), root != nullptr);
  if (keys.empty()) output.line("You have no key yet: blc key new makes one.");
  if (!log) output.note(fmt::format("Where these are enrolled is not known here: {}", log.error().message));
  return Exit::done;
}

}  // namespace

void add_key(Commands& commands) {
  auto* const key = commands.group("key", "Make keys to sign with, or list yours");
  auto options = std::make_shared<NewKeyOptions>();
  auto* const add = commands.add(*key, "new", "Make a key: yours, or with --service one for a machine",
                                 [options](Session& session) { return new_key(session, *options); });
  add->add_option("path", options->path, "where to put it; without, it becomes the key you sign with by default");
  add->add_flag("--no-passphrase", options->no_passphrase, "whoever has the file can sign as you");
  add->add_flag("--service", options->service, "an Ed25519 key in PKCS#8 for a service");
  commands.add(*key, "list", "Keys that you can sign with, where they are, and as whom they are enrolled", list);
}

}  // namespace blc::cli
