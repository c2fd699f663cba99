#include <fmt/format.h>

#include "cli/commands/command.hpp"
#include "cli/my_keys.hpp"
#include "cli/views/key_view.hpp"
#include "cli/views/words.hpp"
#include "core/adapters/signers.hpp"
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

Json to_json(const MyKey& mine, const trust::Principal* owner) {
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

void print(const Output& output, const MyKey& mine, const trust::Principal* owner, bool in_practice) {
  std::vector<std::string> where;
  if (!mine.path.empty()) where.push_back(text::display(mine.path));
  if (mine.in_agent) where.push_back(mine.comment.empty() ? "ssh-agent" : fmt::format("ssh-agent ({})", text::display(mine.comment)));
  const auto fingerprint = mine.key.fingerprint();
  const auto what = key_words(mine.key, owner) + (mine.in_use ? "; you sign with this one" : "");
  const bool fits = fingerprint.size() + 2 + what.size() <= output.width();
  output.line(output.bold(fingerprint) + (fits ? "  " : "\n  ") + what);
  output.line(fmt::format("  in {}", either(where, "and")));
  if (owner != nullptr) {
    output.line(fmt::format("  enrolled here as {} ({})", owner->name, either(owner->roles, "and")));
  } else if (in_practice) {
    output.line("  not enrolled here");
  }
}

Result<Exit> list(Session& session) {
  const auto [keys, unreadable, useless] = my_keys(session);
  auto& output = session.output();
  for (const auto& error : unreadable) output.warn(error.message);
  for (const auto& why : useless) output.note(why);
  const trust::Root* root = nullptr;
  const auto log = session.log();
  if (log) root = (*log)->replay().root();
  if (!log && log.error().code == Exit::ledger) return std::unexpected(log.error());
  const auto owner = [&](const MyKey& mine) { return root == nullptr ? nullptr : root->owner(mine.key); };
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
  const auto key = commands.group("key", "Make keys to sign with, or list yours");
  auto options = std::make_shared<NewKeyOptions>();
  const auto add = commands.add(key, "new", "Make a key: yours, or with --service one for a machine",
                                 [options](Session& session) { return new_key(session, *options); });
  add.add_option("path", options->path, "where to put it; without, it becomes the key you sign with by default");
  add.add_flag("--no-passphrase", options->no_passphrase, "whoever has the file can sign as you");
  add.add_flag("--service", options->service, "an Ed25519 key in PKCS#8 for a service");
  commands.add(key, "list", "Keys that you can sign with, where they are, and as whom they are enrolled", list);
}

}  // namespace blc::cli
