#include <fmt/format.h>

#include <algorithm>

#include "cli/commands/command.hpp"
#include "cli/views/words.hpp"
#include "core/adapters/secure_files.hpp"
#include "core/adapters/signers.hpp"
#include "core/text/display.hpp"

namespace blc::cli {

using text::Json;

namespace {

struct AddOptions {
  std::string name;
  std::string key;
  std::vector<std::string> roles;
};

// Signs the next root, made from the one in force.
Result<> change_root(Session& session,
                     const std::function<Result<trust::Root>(const trust::Root&)>& change) {
  BLC_TRY(auto* const desk, session.desk());
  BLC_TRY(auto* const signer, session.signer());
  if (!desk->me().has_role(trust::kAdminRole))
    return fail(Exit::refused, fmt::format("{} is no admin; only admins change the root", desk->name()),
                "blc trust show lists the admins");
  BLC_CHECK(desk->log().append(*signer, desk->name(), [&](const approval::Replay& replay) -> Result<approval::Draft> {
    BLC_TRY(const auto next, change(*replay.root()));
    return approval::Draft{ledger::Kind::root, {}, next.to_json(), {}};
  }));
  return {};
}

// Roles that the policies know of; a misspelt one would silently hold nothing.
Result<> check_roles(Session& session, const std::vector<std::string>& roles) {
  BLC_TRY(const auto* const log, session.log());
  std::set<std::string> known{std::string(trust::kAdminRole), std::string(trust::kCiRole), std::string(trust::kExecutorRole)};
  const auto in_policy = log->replay().catalog()->policy().roles();
  known.insert(in_policy.begin(), in_policy.end());
  for (const auto& role : roles) {
    if (!known.contains(role))
      return fail(Exit::usage, fmt::format("no policy knows the role {}", text::display(role)),
                  "known: " + either({known.begin(), known.end()}, "and"));
  }
  return {};
}

Json root_json(Session& session) {
  const auto& replay = (*session.log())->replay();
  auto json = replay.root()->to_json();
  json.get_if<Json::Object>()->emplace("format", "blc.root/v1");
  json.get_if<Json::Object>()->emplace("origin", replay.origin());
  return json;
}

Result<Exit> add(Session& session, const AddOptions& options) {
  BLC_CHECK(check_roles(session, options.roles));
  BLC_TRY(const auto key, adapters::read_public_half(options.key));
  const bool executor = std::ranges::find(options.roles, trust::kExecutorRole) != options.roles.end();
  const bool service = executor || std::ranges::find(options.roles, trust::kCiRole) != options.roles.end();
  trust::Principal principal{options.name, service ? trust::PrincipalKind::service : trust::PrincipalKind::person,
                             options.roles, {key}, {}};
  if (executor) {
    BLC_CHECK(session.log());
    // An executor that a group shares serves local only.
    principal.environments = {Environment::local};
    if (!session.pin().shared) principal.environments = {kEnvironments.begin(), kEnvironments.end()};
  }
  BLC_CHECK(change_root(session, [&](const trust::Root& root) {
    auto principals = root.principals();
    principals.push_back(principal);
    return trust::Root::make(root.version() + 1, root.admin_threshold(), std::move(principals), root.known_void());
  }));
  if (session.output().json()) session.output().object(root_json(session));
  session.output().line(fmt::format("{} is enrolled as {}, with the key {}.", options.name, either(options.roles, "and"),
                                    key.fingerprint()));
  session.output().line("Compare the fingerprint with what they see (ssh-keygen -l -f their key). It counts for runs planned from now on.");
  return Exit::done;
}

// What no longer works once they are gone.
std::string what_stops(const trust::Principal& principal) {
  if (!principal.environments.empty()) {
    std::vector<std::string> names;
    for (const auto environment : principal.environments) names.push_back(loud(environment));
    return fmt::format("Nothing more is planned or run in {}, and what it planned and has not started never runs, until "
                       "another executor is enrolled and the verbs are planned again.",
                       either(names, "and"));
  }
  if (principal.kind == trust::PrincipalKind::service)
    return "It asks for nothing more, and what it asked for and has not started never runs.";
  return "Their approvals of runs that have not started no longer count, and what they asked for and has not started "
         "never runs.";
}

Result<Exit> remove(Session& session, const std::string& name) {
  trust::Principal removed;
  BLC_CHECK(change_root(session, [&](const trust::Root& root) -> Result<trust::Root> {
    auto principals = root.principals();
    const auto found = std::ranges::find(principals, name, &trust::Principal::name);
    if (found == principals.end())
      return fail(Exit::usage, fmt::format("nobody is enrolled as {}", text::display(name)), "blc trust show");
    removed = *found;
    principals.erase(found);
    return trust::Root::make(root.version() + 1, root.admin_threshold(), std::move(principals), root.known_void());
  }));
  if (session.output().json()) session.output().object(root_json(session));
  session.output().line(fmt::format("{} is removed. {}", removed.name, what_stops(removed)));
  return Exit::done;
}

Result<Exit> show(Session& session) {
  BLC_TRY(const auto* const log, session.log());
  const auto& root = *log->replay().root();
  auto& output = session.output();
  if (output.json()) {
    output.object(root_json(session));
    return Exit::done;
  }
  output.line(fmt::format("Root {} of {}; {} must sign a change.", root.version(), log->replay().origin(),
                          count(root.admin_threshold(), "admin")));
  for (const auto& principal : root.principals()) {
    output.line();
    output.line(fmt::format("{}  {}{}", output.bold(principal.name), either(principal.roles, "and"),
                            principal.kind == trust::PrincipalKind::service ? "  (service)" : ""));
    for (const auto environment : principal.environments) output.line(fmt::format("  serves {}", to_string(environment)));
    for (const auto& key : principal.keys) output.line("  key " + key.fingerprint());
  }
  return Exit::done;
}

// The pin for others: with the head verified now, and without what is only this user's.
Result<Exit> pin(Session& session, const std::string& file) {
  BLC_TRY(const auto* const log, session.log());
  auto exported = session.pin();
  exported.pin.checkpoint = log->replay().head();
  const auto text = exported.to_text(false);
  if (file.empty()) {
    session.output().raw(text);
    return Exit::done;
  }
  adapters::write_private(file, text, 0644);
  if (session.output().json()) session.output().raw(text);
  session.output().line(fmt::format("Wrote the pin to {}. Hand it over in a way that nobody can swap it; then they type", file));
  session.output().line(fmt::format("  blc init --join {} --pin {}", session.directory(), file));
  return Exit::done;
}

}  // namespace

void add_trust(Commands& commands) {
  auto* const trust = commands.group("trust", "Who is enrolled, with which keys and roles");
  commands.add(*trust, "show", "List people and services", show);

  auto options = std::make_shared<AddOptions>();
  auto* const adding = commands.add(*trust, "add", "Enrol a person or service",
                                    [options](Session& session) { return add(session, *options); });
  adding->add_option("name", options->name, "their name, as the ledger will show it")->required();
  adding->add_option("--key", options->key, "their public key; your own stands before trust, or in BLC_KEY")->type_name("FILE.pub")->required();
  adding->add_option("--role", options->roles, "a role; give it again for more")->required()->take_all();

  auto name = std::make_shared<std::string>();
  auto* const removing = commands.add(*trust, "remove", "Remove a person or service",
                                      [name](Session& session) { return remove(session, *name); });
  removing->add_option("name", *name, "who")->required();

  auto file = std::make_shared<std::string>();
  auto* const pinning = commands.add(*trust, "pin", "Export the pin that others join with",
                                     [file](Session& session) { return pin(session, *file); });
  pinning->add_option("file", *file, "where to write it; without, it is printed");
}

}  // namespace blc::cli
