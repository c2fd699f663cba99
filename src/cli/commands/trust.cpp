#include <fmt/format.h>

#include <algorithm>

#include "cli/commands/acts.hpp"
#include "cli/commands/command.hpp"
#include "cli/commands/pin.hpp"
#include "cli/commands/proposals.hpp"
#include "cli/pin_words.hpp"
#include "cli/views/delegations.hpp"
#include "cli/views/key_view.hpp"
#include "cli/views/words.hpp"
#include "core/adapters/secure_files.hpp"
#include "core/adapters/signers.hpp"
#include "core/approval/rights.hpp"
#include "core/text/display.hpp"
#include "core/text/nearest.hpp"

namespace blc::cli {

using text::Json;

namespace {

constexpr std::size_t kMostVendorFile = 64U << 10U;  // one certificate, perhaps with words around it

struct ChangeOptions {
  std::string name;  // of a principal, a proposal; a fingerprint
  std::string key;
  std::string file;
  std::vector<std::string> roles;
  std::vector<std::string> environments;
  std::vector<std::uint64_t> leaves;
  std::vector<std::string> digests;
  std::uint64_t number = 0;
  bool keep = false;
  std::string attestation;
  std::string challenge;
  std::string within;
  std::string full_name;
};

// Where runs have been planned and no executor shows yet that it knows of the root in force.
std::vector<std::string> not_seen_by_executors(const approval::Replay& replay) {
  std::vector<std::string> environments;
  const auto leaf = replay.trust().root_adoption(replay.size())->leaf;
  for (const auto environment : kEnvironments) {
    if (const auto seen = replay.seen_by_executors(environment); seen > 0 && seen <= leaf) environments.emplace_back(to_string(environment));
  }
  return environments;
}

Json root_json(Session& session) {
  const auto& replay = (*session.log())->replay();
  auto json = replay.root()->to_json();
  json.get_if<Json::Object>()->emplace("format", "blc.root/v1");
  json.get_if<Json::Object>()->emplace("origin", replay.origin());
  const auto unseen = not_seen_by_executors(replay);
  if (!unseen.empty()) json.get_if<Json::Object>()->emplace("sent_only_in", Json::Array(unseen.begin(), unseen.end()));
  if (auto recovery = recovery_json(replay, session.clock().now()); !recovery.is_null())
    json.get_if<Json::Object>()->emplace("recovery_key", std::move(recovery));
  Json::Array lent;
  for (const auto* const delegation : lent_now(replay, session.clock().now())) lent.emplace_back(delegation_json(*delegation));
  if (!lent.empty()) json.get_if<Json::Object>()->emplace("delegations", std::move(lent));
  return json;
}

// Signs the next root, made from the one in force, or proposes it.
Result<approval::Changed> change_root(Session& session, const std::string& within, const approval::AdminDesk::RootChange& change) {
  BLC_TRY(auto* const log, session.log());
  BLC_TRY(auto* const signer, session.signer());
  BLC_TRY(const auto deadline, read_within(within));
  BLC_TRY(auto desk, approval::AdminDesk::open(*log, *signer));
  return recorded(session, desk.name(), "change the root", desk.change_root(change, deadline));
}

// What is printed of a root that is in force now; a proposal is shown as one.
Result<Exit> told(Session& session, const approval::Changed& changed, const std::vector<std::string>& sentences) {
  return tell_change(session, changed, [&] {
    if (session.output().json()) session.output().object(root_json(session));
    for (const auto& sentence : sentences) session.output().line(sentence);
  });
}

// Roles that the policies know of; a misspelt one would silently hold nothing.
Result<> check_roles(Session& session, const std::vector<std::string>& roles) {
  BLC_TRY(const auto* const log, session.log());
  const auto known = approval::known_roles(log->replay().catalog()->policy());
  for (const auto& role : roles) {
    if (std::ranges::find(known, role) == known.end())
      return fail(Exit::usage, fmt::format("no policy knows the role {}", text::display(role)),
                  text::did_you_mean(role, known, "known: " + either(known, "and")));
  }
  return {};
}

// What somebody handed over with a key; nullopt when no file was named.
Result<std::optional<std::string>> read_given(const std::string& file, std::size_t most) {
  if (file.empty()) return std::optional<std::string>();
  BLC_TRY(auto bytes, adapters::read_private(file, adapters::Readers::given, most));
  if (!bytes) return fail(Exit::usage, fmt::format("{} is not there", text::display(file)));
  return bytes;
}

using Vendors = std::vector<crypto::VendorCertificate>;

std::string vendor_name(const Vendors& vendors, const Digest& fingerprint) {
  const auto found = std::ranges::find(vendors, fingerprint, &crypto::VendorCertificate::fingerprint);
  return found == vendors.end() ? fingerprint.hex() : text::display(found->subject());
}

Result<trust::Attestation> attest(const Vendors& vendors, const crypto::PublicKey& key, const std::string& statement,
                                  const std::string& challenge, Timestamp now) {
  if (vendors.empty())
    return fail(Exit::refused, "no maker of security keys is pinned in this practice, so nobody's word counts",
                "blc trust add-vendor FILE pins the certificate that a maker publishes");
  BLC_TRY(const auto vendor, crypto::check_attestation(statement, challenge, key, vendors, now));
  return trust::Attestation{key, statement, challenge, vendor};
}

Result<Exit> add_vendor(Session& session, const ChangeOptions& options) {
  BLC_TRY(const auto text, read_given(options.file, kMostVendorFile));
  BLC_TRY(const auto vendor, crypto::VendorCertificate::parse(*text));
  BLC_TRY(const auto changed, change_root(session, options.within, [&](trust::RootContent& root) -> Result<> {
    root.vendors.push_back(vendor);
    return {};
  }));
  return told(session, changed,
              {fmt::format("Pinned {}", text::display(vendor.subject())),
               fmt::format("SHA-256 {}; compare it with what the maker publishes.", vendor.fingerprint().hex()),
               "From now on blc trust add --attestation takes this maker's word."});
}

Result<Exit> remove_vendor(Session& session, const ChangeOptions& options) {
  std::vector<std::string> lost;
  BLC_TRY(const auto changed, change_root(session, options.within, [&](trust::RootContent& root) -> Result<> {
    const auto wanted = Digest::parse_hex(options.name);
    if (!wanted || std::erase_if(root.vendors, [&](const auto& vendor) { return vendor.fingerprint() == *wanted; }) == 0)
      return fail(Exit::usage, fmt::format("no maker with the fingerprint {} is pinned", text::display(options.name)),
                  "blc trust show lists them");
    lost.clear();
    for (auto& principal : root.principals) {
      const auto gone = std::erase_if(principal.attestations, [&](const auto& each) { return each.vendor == *wanted; });
      if (gone > 0) lost.push_back(principal.name);
    }
    return {};
  }));
  return told(session, changed,
              {lost.empty() ? "That maker is no longer pinned; no key was attested by it."
                            : fmt::format("That maker is no longer pinned. No longer attested: the keys of {}.", either(lost, "and"))});
}

bool among(const std::vector<std::string>& roles, std::string_view role) { return std::ranges::find(roles, role) != roles.end(); }

Result<std::set<Environment>> read_environments(const std::vector<std::string>& names) {
  std::set<Environment> environments;
  for (const auto& name : names) {
    const auto environment = parse_environment(name);
    if (!environment) return fail(Exit::usage, fmt::format("there is no environment {}", text::display(name)), "local, integration, staging or production");
    environments.insert(*environment);
  }
  return environments;
}

Result<crypto::PublicKey> read_key(const std::string& file, const std::string& whose) {
  auto read = adapters::read_public_half(file);
  if (!read) return fail(read.error().code, read.error().message, fmt::format("name the public half that {} gave you: --key FILE.pub", text::display(whose)));
  return read;
}

std::string compare_fingerprint(const crypto::PublicKey& key) {
  return fmt::format("Compare the fingerprint {} with what they see (ssh-keygen -l -f their key). It counts for runs planned from now on.", key.fingerprint());
}

Result<Exit> add(Session& session, const ChangeOptions& options) {
  BLC_CHECK(check_roles(session, options.roles));
  BLC_TRY(const auto key, read_key(options.key, options.name));
  BLC_TRY(const auto statement, read_given(options.attestation, crypto::kMostAttestation));
  BLC_TRY(const auto challenge, read_given(options.challenge, crypto::kMostChallenge));
  if (statement.has_value() != challenge.has_value())
    return fail(Exit::usage, "an attestation can only be checked together with the challenge that it was made for",
                "ssh-keygen -t ed25519-sk -O challenge=FILE -O write-attestation=FILE makes a key with both");
  const bool executor = among(options.roles, trust::kExecutorRole);
  trust::Principal principal{options.name, approval::kind_of(options.roles), options.roles, {key}, {}};
  principal.full_name = options.full_name;
  BLC_CHECK(session.log());
  // An executor that a group shares serves local only.
  if (executor && session.pin().shared) principal.environments = {Environment::local};
  if (executor && !session.pin().shared) principal.environments = {kEnvironments.begin(), kEnvironments.end()};
  std::string vouched_for_by;
  BLC_TRY(const auto changed, change_root(session, options.within, [&](trust::RootContent& root) -> Result<> {
    root.principals.push_back(principal);
    if (!statement) return {};
    BLC_TRY(const auto attestation, attest(root.vendors, key, *statement, *challenge, session.clock().now()));
    root.principals.back().attestations = {attestation};
    vouched_for_by = vendor_name(root.vendors, attestation.vendor);
    return {};
  }));
  std::vector<std::string> sentences{fmt::format("{} is enrolled as {}, with the key {}.", options.name, either(options.roles, "and"), key.fingerprint())};
  if (!vouched_for_by.empty())
    sentences.push_back(fmt::format("Attested: {} says that this key was made in a security key of theirs.", vouched_for_by));
  else if (key.hardware())
    sentences.emplace_back("It says that it is a security key; nobody vouches for that. Its touches are claimed, not attested.");
  sentences.emplace_back("Compare the fingerprint with what they see (ssh-keygen -l -f their key). It counts for runs planned from now on.");
  return told(session, changed, sentences);
}

Result<trust::Principal*> find_enrolled(trust::RootContent& root, const std::string& name) {
  const auto found = std::ranges::find(root.principals, name, &trust::Principal::name);
  if (found != root.principals.end()) return &*found;
  std::vector<std::string> names;
  for (const auto& known : root.principals) names.push_back(known.name);
  return fail(Exit::usage, fmt::format("nobody is enrolled as {}", text::display(name)), text::did_you_mean(name, names, "blc trust show"));
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

Result<Exit> remove(Session& session, const ChangeOptions& options) {
  trust::Principal removed;
  BLC_TRY(const auto changed, change_root(session, options.within, [&](trust::RootContent& root) -> Result<> {
    BLC_TRY(const auto* const found, find_enrolled(root, options.name));
    removed = *found;
    std::erase_if(root.principals, [&](const auto& principal) { return principal.name == options.name; });
    return {};
  }));
  return told(session, changed, {fmt::format("{} is removed. {}", removed.name, what_stops(removed))});
}

Result<Exit> set_role(Session& session, const ChangeOptions& options) {
  BLC_CHECK(check_roles(session, options.roles));
  BLC_TRY(const auto changed, change_root(session, options.within, [&](trust::RootContent& root) -> Result<> {
    BLC_TRY(auto* const found, find_enrolled(root, options.name));
    if (found->roles == options.roles)
      return fail(Exit::refused, fmt::format("{} holds just these roles already", options.name), "blc trust show");
    found->roles = options.roles;
    return {};
  }));
  return told(session, changed, {fmt::format("{} is {} now.", options.name, either(options.roles, "and")),
                                 "A role that is new counts for runs planned from now on; one that is gone, no more for any that has not started."});
}

Result<Exit> set_name(Session& session, const ChangeOptions& options) {
  BLC_TRY(const auto changed, change_root(session, options.within, [&](trust::RootContent& root) -> Result<> {
    BLC_TRY(auto* const found, find_enrolled(root, options.name));
    if (found->full_name == options.full_name)
      return fail(Exit::refused, fmt::format("{} is printed so already", options.name), "blc trust show");
    found->full_name = options.full_name;
    return {};
  }));
  return told(session, changed, {options.full_name.empty() ? fmt::format("{} is printed without a full name now.", options.name)
                                                           : fmt::format("{} is printed as {} now, beside what they sign from now on.", options.name, options.full_name)});
}

Result<Exit> rotate(Session& session, const ChangeOptions& options) {
  BLC_TRY(const auto key, read_key(options.key, options.name));
  std::size_t before = 0;
  BLC_TRY(const auto changed, change_root(session, options.within, [&](trust::RootContent& root) -> Result<> {
    BLC_TRY(auto* const found, find_enrolled(root, options.name));
    before = found->keys.size();
    if (!options.keep) {
      found->keys.clear();
      found->attestations.clear();
    }
    found->keys.push_back(key);
    return {};
  }));
  return told(session, changed,
              {options.keep ? fmt::format("{} has {} now.", options.name, count(before + 1, "key"))
                            : fmt::format("{} has a new key; {} no longer, and what {} signed of runs that have not started counts no more.",
                                          options.name, before == 1 ? "the old one counts" : "the old ones count", before == 1 ? "it" : "they"),
               compare_fingerprint(key)});
}

Result<Exit> set_threshold(Session& session, const ChangeOptions& options) {
  BLC_TRY(const auto changed, change_root(session, options.within, [&](trust::RootContent& root) -> Result<> {
    if (root.admin_threshold == options.number)
      return fail(Exit::refused, fmt::format("{} must sign a change already", count(options.number, "admin")), "blc trust show");
    root.admin_threshold = options.number;
    return {};
  }));
  return told(session, changed, {fmt::format("{} must sign a change of root or catalog from now on.", count(options.number, "admin"))});
}

Result<Exit> set_executor(Session& session, const ChangeOptions& options) {
  BLC_TRY(const auto environments, read_environments(options.environments));
  BLC_TRY(const auto changed, change_root(session, options.within, [&](trust::RootContent& root) -> Result<> {
    BLC_TRY(auto* const found, find_enrolled(root, options.name));
    if (!found->has_role(trust::kExecutorRole))
      return fail(Exit::usage, fmt::format("{} is no executor; only executors serve environments", options.name), "blc trust show");
    found->environments = environments;
    return {};
  }));
  std::vector<std::string> names;
  for (const auto environment : environments) names.push_back(loud(environment));
  return told(session, changed, {fmt::format("{} serves {} now.", options.name, either(names, "and"))});
}

Result<Exit> renew(Session& session, const ChangeOptions& options) {
  BLC_TRY(const auto changed, change_root(session, options.within, [](trust::RootContent&) -> Result<> { return {}; }));
  return told(session, changed, {"The root is adopted again, as it was, by today's admins.",
                                 fmt::format("It serves for {} days from now on.", trust::kRootLifetime.count())});
}

Result<Exit> known_void(Session& session, const ChangeOptions& options) {
  BLC_TRY(const auto* const log, session.log());
  const auto& voids = log->replay().void_entries();
  for (const auto leaf : options.leaves) {
    if (std::ranges::find(voids, leaf, &approval::VoidEntry::leaf) == voids.end())
      return fail(Exit::usage, fmt::format("entry {} of the ledger is not void", leaf), "blc ledger verify lists those that are");
  }
  BLC_TRY(const auto changed, change_root(session, options.within, [&](trust::RootContent& root) -> Result<> {
    for (const auto leaf : options.leaves) root.known_void.insert(leaf);
    return {};
  }));
  return told(session, changed, {fmt::format("Listed as void and known: {}. The ledger verifies in spite of it; it counts for nothing.",
                                             count(options.leaves.size(), "entry"))});
}

Result<const approval::Proposal*> named_proposal(Session& session, const std::string& name) {
  BLC_TRY(const auto* const proposal, session.find_proposal(name));
  if (proposal == nullptr)
    return fail(Exit::usage, fmt::format("there is no open proposal {}", text::display(name)),
                "blc trust show lists those that are; one that is over is in the ledger (blc ledger show)");
  return proposal;
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
  const auto now = session.clock().now();
  output.line("Its pin, read aloud: " + pin_words(session.pin().pin));
  if (root.expires()) output.line(fmt::format("{} {}.", now > *root.expires() ? "EXPIRED" : "Expires", when(*root.expires(), now)));
  if (const auto told = recovery_told(log->replay(), now); !told.empty()) output.line(told);
  for (const auto& environment : not_seen_by_executors(log->replay()))
    output.line(fmt::format("Sent; in force in {} once its executor has written again.", environment));
  for (const auto& loss : root.losses())
    output.line(fmt::format("Entries {} to {} of an earlier ledger are lost: a backup was put back.", loss.kept, loss.size - 1));
  for (const auto& principal : root.principals()) {
    output.line();
    output.line(fmt::format("{}{}  {}{}", output.bold(principal.name), principal.full_name.empty() ? "" : fmt::format(" ({})", principal.full_name),
                            either(principal.roles, "and"),
                            principal.kind == trust::PrincipalKind::service ? "  (service)" : ""));
    for (const auto environment : principal.environments) output.line(fmt::format("  serves {}", to_string(environment)));
    for (const auto& key : principal.keys) {
      const auto* const attested = principal.attestation(key);
      output.line(fmt::format("  key {}, {}{}", key.fingerprint(), key_words(key, &principal),
                              attested == nullptr ? "" : " by " + vendor_name(root.vendors(), attested->vendor)),
                  6);
    }
  }
  const auto lent = lent_now(log->replay(), now);
  if (!lent.empty()) output.line("\nLent (blc delegate)");
  for (const auto* const delegation : lent) output.line("  " + delegation_line(*delegation, now), 4);
  if (!root.vendors().empty()) output.line("\nMakers of security keys whose word is taken");
  for (const auto& vendor : root.vendors())
    output.line(fmt::format("  {}\n    SHA-256 {}", text::display(vendor.subject()), vendor.fingerprint().hex()));
  if (const auto& replay = log->replay(); !replay.proposals().empty()) {
    output.line("\nProposed (blc trust diff PROPOSAL)");
    for (const auto& proposal : replay.proposals())
      output.line(fmt::format("  {}  {}, by {}, {}", proposal.suffix(), what_it_is(proposal), proposal.by,
                              to_string(weigh(replay.trust(), proposal, replay.size(), session.clock().now()).state)), 4);
  }
  return Exit::done;
}

}  // namespace

void add_trust(Commands& commands) {
  const auto trust = commands.group("trust", "Who is enrolled, with which keys and roles");
  commands.add(trust, "show", "List people and services", show);

  using Act = Result<Exit> (*)(Session&, const ChangeOptions&);
  const auto change = [&](const std::string& name, const std::string& summary, Act act, const std::shared_ptr<ChangeOptions>& options) {
    const auto command = commands.add(trust, name, summary, [act, options](Session& session) { return act(session, *options); });
    command.add_option("--within", options->within, "where others must sign: how long that may take, such as 3d (7d)").type_name("TIME");
    return command;
  };
  const auto named = [](Syntax command, const std::shared_ptr<ChangeOptions>& options) {
    command.add_option("name", options->name, "who").required();
    return command;
  };

  auto options = std::make_shared<ChangeOptions>();
  const auto adding = change("add", "Enrol a person or service", add, options);
  adding.add_option("name", options->name, "their name, as the ledger will show it").required();
  adding.add_option("--key", options->key, "their public key; your own stands before trust, or in BLC_KEY").type_name("FILE.pub").required();
  adding.add_option("--role", options->roles, "a role; give it again for more").required().take_all();
  adding.add_option("--full-name", options->full_name, "the name that is printed beside their signatures, as in \"Ana Example\"").type_name("NAME");
  adding.add_option("--attestation", options->attestation, "what ssh-keygen -O write-attestation wrote when it made their security key")
      .type_name("FILE");
  adding.add_option("--challenge", options->challenge, "with --attestation: what ssh-keygen -O challenge was given").type_name("FILE");

  options = std::make_shared<ChangeOptions>();
  named(change("remove", "Remove a person or service", remove, options), options);

  options = std::make_shared<ChangeOptions>();
  named(change("set-role", "Give a person or service other roles", set_role, options), options)
      .add_option("--role", options->roles, "a role; give it again for more. Those that are not named are lost").required().take_all();

  options = std::make_shared<ChangeOptions>();
  named(change("set-name", "Say which name is printed beside a person's signatures", set_name, options), options)
      .add_option("full-name", options->full_name, "as in \"Ana Example\"; empty for none").required();

  options = std::make_shared<ChangeOptions>();
  const auto rotating = named(change("rotate", "Exchange the keys of a person or service for a new one", rotate, options), options);
  rotating.add_option("--key", options->key, "the new public key; your own stands before trust, or in BLC_KEY").type_name("FILE.pub").required();
  rotating.add_flag("--keep", options->keep, "keep the keys that they have beside it");

  options = std::make_shared<ChangeOptions>();
  change("set-threshold", "Say how many admins must sign a change", set_threshold, options)
      .add_option("number", options->number, "how many").required();

  options = std::make_shared<ChangeOptions>();
  named(change("set-executor", "Say which environments an executor serves", set_executor, options), options)
      .add_option("--environment", options->environments, "one of them; give it again for more").required().take_all();

  options = std::make_shared<ChangeOptions>();
  change("renew", "Adopt the root again as it is, before it expires or under a higher threshold", renew, options);

  options = std::make_shared<ChangeOptions>();
  change("known-void", "List void entries of the ledger as seen, so that it verifies", known_void, options)
      .add_option("entry", options->leaves, "its number, as blc ledger verify prints it").required();

  options = std::make_shared<ChangeOptions>();
  change("add-vendor", "Pin a maker of security keys, whose attestations count from then on", add_vendor, options)
      .add_option("file", options->file, "the maker's CA certificate, PEM or DER").required();

  options = std::make_shared<ChangeOptions>();
  change("remove-vendor", "Take a maker's word no longer; keys that it attested are attested no more", remove_vendor, options)
      .add_option("fingerprint", options->name, "SHA-256 of the certificate, as blc trust show prints it").required();

  options = std::make_shared<ChangeOptions>();
  commands.add(trust, "diff", "Tell what a proposal changes", [options](Session& session) -> Result<Exit> {
    BLC_TRY(const auto* const proposal, named_proposal(session, options->name));
    return show_proposal(session, *proposal);
  }).add_option("proposal", options->name, "its ID, or the last six characters of it").required();

  options = std::make_shared<ChangeOptions>();
  const auto accepting = commands.add(trust, "accept", "Accept to become an admin, with the key that was proposed", [options](Session& session) -> Result<Exit> {
    BLC_TRY(const auto* const proposal, named_proposal(session, options->name));
    return accept_proposal(session, *proposal, {options->digests, {}});
  });
  accepting.add_option("proposal", options->name, "its ID, or the last six characters of it").required();
  accepting.add_option("--digest", options->digests, "without a terminal: the digest of the proposal that you have read").one_each();

  auto pinned = std::make_shared<PinOptions>();
  const auto pinning = commands.add(trust, "pin", "Export the pin that others join with",
                                     [pinned](Session& session) { return pin(session, *pinned); });
  pinning.add_option("file", pinned->file, "where to write it; without, it is printed");
  pinning.add_flag("--qr", pinned->code, "print it as a QR code, drawn in ASCII where the locale knows no UTF-8");
}

}  // namespace blc::cli
