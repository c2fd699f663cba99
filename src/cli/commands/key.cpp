#include <fmt/format.h>

#include <filesystem>

#include "cli/commands/command.hpp"
#include "core/adapters/signers.hpp"

namespace blc::cli {

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

}  // namespace

void add_key(Commands& commands) {
  auto* const key = commands.group("key", "Make keys to sign with");
  auto options = std::make_shared<NewKeyOptions>();
  auto* const add = commands.add(*key, "new", "Make a key: yours, or with --service one for a machine",
                                 [options](Session& session) { return new_key(session, *options); });
  add->add_option("path", options->path, "where to put it; without, it becomes the key you sign with by default");
  add->add_flag("--no-passphrase", options->no_passphrase, "whoever has the file can sign as you");
  add->add_flag("--service", options->service, "an Ed25519 key in PKCS#8 for a service");
}

}  // namespace blc::cli
