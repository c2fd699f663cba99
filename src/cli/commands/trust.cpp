#include <fmt/format.h>

#include <algorithm>

#include "cli/commands/command.hpp"
#include "cli/views/key_view.hpp"
#include "cli/views/words.hpp"
#include "core/adapters/secure_files.hpp"
#include "core/adapters/signers.hpp"
#include "core/text/display.hpp"
#include "core/text/nearest.hpp"

namespace blc::cli {

using text::Json;

namespace {

constexpr std::size_t kMostVendorFile = 64U << 10U;  // one certificate, perhaps with words around it

struct AddOptions {
  std::string name;
  std::string key;
  std::vector<std::string> roles;
  std::string attestation;
  std::string challenge;
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
                  text::did_you_mean(role, {known.begin(), known.end()}, "known: " + either({known.begin(), known.end()}, "and")));
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

// What somebody handed over with a key; nullopt when no file was named.
Result<std::optional<std::string>> read_given(const std::string& file, std::size_t most) {
  if (file.empty()) return std::optional<std::string>();
  BLC_TRY(auto bytes, adapters::read_private(file, adapters::Readers::given, most));
  if (!bytes) return fail(Exit::usage, fmt::format("{} is not there", text::display(file)));
  return bytes;
}

std::string vendor_name(const trust::Root& root, const Digest& fingerprint) {
  const auto found = std::ranges::find(root.vendors(), fingerprint, &crypto::VendorCertificate::fingerprint);
  return found == root.vendors().end() ? fingerprint.hex() : text::display(found->subject());
}

Result<trust::Attestation> attest(const trust::Root& root, const crypto::PublicKey& key, const std::string& statement,
                                  const std::string& challenge, Timestamp now) {
  if (root.vendors().empty())
    return fail(Exit::refused, "no maker of security keys is pinned in this practice, so nobody's word counts",
                "blc trust add-vendor FILE pins the certificate that a maker publishes");
  BLC_TRY(const auto vendor, crypto::check_attestation(statement, challenge, key, root.vendors(), now));
  return trust::Attestation{key, statement, challenge, vendor};
}

Result<Exit> add_vendor(Session& session, const std::string& file) {
  BLC_TRY(const auto text, read_given(file, kMostVendorFile));
  BLC_TRY(const auto vendor, crypto::VendorCertificate::parse(*text));
  BLC_CHECK(change_root(session, [&](const trust::Root& root) {
    auto vendors = root.vendors();
    vendors.push_back(vendor);
    return root.next(root.principals(), std::move(vendors));
  }));
  if (session.output().json()) session.output().object(root_json(session));
  session.output().line(fmt::format("Pinned {}", text::display(vendor.subject())));
  session.output().line(fmt::format("SHA-256 {}; compare it with what the maker publishes.", vendor.fingerprint().hex()));
  session.output().line("From now on blc trust add --attestation takes this maker's word.");
  return Exit::done;
}

Result<Exit> remove_vendor(Session& session, const std::string& fingerprint) {
  std::vector<std::string> lost;
  BLC_CHECK(change_root(session, [&](const trust::Root& root) -> Result<trust::Root> {
    const auto wanted = Digest::parse_hex(fingerprint);
    auto vendors = root.vendors();
    if (!wanted || std::erase_if(vendors, [&](const auto& vendor) { return vendor.fingerprint() == *wanted; }) == 0)
      return fail(Exit::usage, fmt::format("no maker with the fingerprint {} is pinned", text::display(fingerprint)),
                  "blc trust show lists them");
    auto principals = root.principals();
    lost.clear();
    for (auto& principal : principals) {
      const auto gone = std::erase_if(principal.attestations, [&](const auto& each) { return each.vendor == *wanted; });
      if (gone > 0) lost.push_back(principal.name);
    }
    return root.next(std::move(principals), std::move(vendors));
  }));
  if (session.output().json()) session.output().object(root_json(session));
  session.output().line(lost.empty() ? "That maker is no longer pinned; no key was attested by it."
                                     : fmt::format("That maker is no longer pinned. No longer attested: the keys of {}.",
                                                   either(lost, "and")));
  return Exit::done;
}

Result<Exit> add(Session& session, const AddOptions& options) {
  BLC_CHECK(check_roles(session, options.roles));
  auto read = adapters::read_public_half(options.key);
  if (!read) return fail(read.error().code, read.error().message, fmt::format("name the public half that {} gave you: --key FILE.pub", options.name));
  const auto key = *std::move(read);
  BLC_TRY(const auto statement, read_given(options.attestation, crypto::kMostAttestation));
  BLC_TRY(const auto challenge, read_given(options.challenge, crypto::kMostChallenge));
  if (statement.has_value() != challenge.has_value())
    return fail(Exit::usage, "an attestation can only be checked together with the challenge that it was made for",
                "ssh-keygen -t ed25519-sk -O challenge=FILE -O write-attestation=FILE makes a key with both");
  std::string vouched_for_by;
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
  BLC_CHECK(change_root(session, [&](const trust::Root& root) -> Result<trust::Root> {
    auto principals = root.principals();
    principals.push_back(principal);
    if (statement) {
      BLC_TRY(const auto attestation, attest(root, key, *statement, *challenge, session.clock().now()));
      principals.back().attestations = {attestation};
      vouched_for_by = vendor_name(root, attestation.vendor);
    }
    return root.next(std::move(principals));
  }));
  if (session.output().json()) session.output().object(root_json(session));
  session.output().line(fmt::format("{} is enrolled as {}, with the key {}.", options.name, either(options.roles, "and"),
                                    key.fingerprint()));
  if (!vouched_for_by.empty())
    session.output().line(fmt::format("Attested: {} says that this key was made in a security key of theirs.", vouched_for_by));
  else if (key.hardware())
    session.output().line("It says that it is a security key; nobody vouches for that. Its touches are claimed, not attested.");
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
    if (found == principals.end()) {
      std::vector<std::string> names;
      for (const auto& known : root.principals()) names.push_back(known.name);
      return fail(Exit::usage, fmt::format("nobody is enrolled as {}", text::display(name)), text::did_you_mean(name, names, "blc trust show"));
    }
    removed = *found;
    principals.erase(found);
    return root.next(std::move(principals));
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
    for (const auto& key : principal.keys) {
      const auto* const attested = principal.attestation(key);
      output.line(fmt::format("  key {}, {}{}", key.fingerprint(), key_words(key, &principal),
                              attested == nullptr ? "" : " by " + vendor_name(root, attested->vendor)),
                  6);
    }
  }
  if (!root.vendors().empty()) output.line("\nMakers of security keys whose word is taken");
  for (const auto& vendor : root.vendors())
    output.line(fmt::format("  {}\n    SHA-256 {}", text::display(vendor.subject()), vendor.fingerprint().hex()));
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

  adding->add_option("--attestation", options->attestation, "what ssh-keygen -O write-attestation wrote when it made their security key")
      ->type_name("FILE");
  adding->add_option("--challenge", options->challenge, "with --attestation: what ssh-keygen -O challenge was given")->type_name("FILE");

  auto certificate = std::make_shared<std::string>();
  commands.add(*trust, "add-vendor", "Pin a maker of security keys, whose attestations count from then on",
               [certificate](Session& session) { return add_vendor(session, *certificate); })
      ->add_option("file", *certificate, "the maker's CA certificate, PEM or DER")->required();
  auto fingerprint = std::make_shared<std::string>();
  commands.add(*trust, "remove-vendor", "Take a maker's word no longer; keys that it attested are attested no more",
               [fingerprint](Session& session) { return remove_vendor(session, *fingerprint); })
      ->add_option("fingerprint", *fingerprint, "SHA-256 of the certificate, as blc trust show prints it")->required();

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
