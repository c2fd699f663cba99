#include "support/model_render.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <memory>
#include <stdexcept>

#include "core/approval/bodies.hpp"
#include "core/approval/exports.hpp"
#include "core/approval/proposal.hpp"
#include "core/approval/tier_checks.hpp"
#include "core/crypto/digest.hpp"
#include "core/crypto/service_key.hpp"
#include "core/crypto/wire.hpp"
#include "core/plan/migration.hpp"
#include "core/trust/catalog.hpp"
#include "core/trust/delegation.hpp"
#include "core/trust/root.hpp"
#include "support/key_vendor.hpp"
#include "support/world.hpp"

namespace blc::testing::model {

namespace {

using text::Json;

struct VerbWords {
  std::string_view path;
  std::string_view name;
  std::string_view head;
};
constexpr std::array kVerbs{
    VerbWords{"verbs/task.yaml", "task run", "classification: business\n"},
    VerbWords{"verbs/care.yaml", "care run", "classification: clinical\n"},
    VerbWords{"verbs/ship.yaml", "ship run", "classification: business\nmarks: [deployment]\n"},
};
const VerbWords& words_of(Verb verb) { return kVerbs.at(static_cast<std::size_t>(verb)); }
constexpr std::array kFidelities{"exact", "estimate", "none"};

template <class T>
T must(Result<T> result) {
  if (!result) throw std::runtime_error("the test made something malformed: " + result.error().message);
  return *std::move(result);
}

std::array<std::uint8_t, 16> bytes_of(std::uint8_t first, int number) {
  std::array<std::uint8_t, 16> bytes{};
  bytes[0] = first;
  bytes[14] = static_cast<std::uint8_t>(number / 256);
  bytes[15] = static_cast<std::uint8_t>(number % 256);
  return bytes;
}

std::string verb_text(Verb verb, int variant) {
  return fmt::format(
      "verb: {}\nsummary: Variant {}\n{}data: [internal]\nparameters: {{}}\nfidelity: {}\n"
      "steps:\n  - {{name: only, summary: does it, kind: exec, effect: write, data: internal, argv: [doer], "
      "timeout: 30s}}\n",
      words_of(verb).name, variant, words_of(verb).head, kFidelities.at(static_cast<std::size_t>(fidelity_of(variant))));
}

std::string list(const std::set<std::string>& words) { return fmt::format("[{}]", fmt::join(words, ", ")); }

std::string minute_text(std::chrono::minutes minute) {
  return fmt::format("\"{:02}:{:02}\"", minute.count() / 60, minute.count() % 60);
}

std::string day_text(std::chrono::sys_days day) { return blc::to_string(Timestamp{day}).substr(0, 10); }

std::string calendar_text(const Calendar& calendar) {
  constexpr std::array kDays{"sun", "mon", "tue", "wed", "thu", "fri", "sat"};
  std::string windows;
  for (const auto& window : calendar.windows) {
    std::set<std::string> days;
    for (const auto day : window.days) days.insert(kDays.at(day));
    windows += fmt::format("{}{{days: {}, from: {}, to: {}}}", windows.empty() ? "" : ", ", list(days),
                           minute_text(window.from), minute_text(window.to));
  }
  std::string freezes;
  for (const auto& freeze : calendar.freezes) {
    freezes += fmt::format("{}{{from: {}, to: {}, because: audit}}", freezes.empty() ? "" : ", ",
                           day_text(freeze.first), day_text(freeze.last));
  }
  std::string text;
  if (!windows.empty()) text += fmt::format(", windows: [{}]", windows);
  if (!freezes.empty()) text += fmt::format(", freezes: [{}]", freezes);
  return text.empty() ? text : fmt::format("{}, zone: \"{}\"", text, calendar.zone.posix);
}

std::string rule_text(const Policy& policy) {
  std::string slots;
  for (const auto& slot : policy.slots) {
    constexpr std::array kHardware{"", ", hardware: touch", ", hardware: pin"};
    slots += fmt::format("{}{{name: {}, roles: {}{}{}}}", slots.empty() ? "" : ", ", slot.name, list(slot.roles),
                         kHardware.at(static_cast<std::size_t>(slot.hardware)), slot.attested ? ", attested: true" : "");
  }
  auto text = fmt::format(
      "environments: [local, integration, staging, production], slots: [{}], deadline: {}m, requester-may-sign: {}",
      slots, policy.deadline.count(), policy.requester_may_sign);
  if (!policy.requester_may_execute) text += ", requester-may-execute: false";
  if (!policy.approver_may_execute) text += ", approver-may-execute: false";
  if (policy.seen_revealed) text += ", seen: revealed";
  if (policy.fidelity != Fidelity::none)
    text += fmt::format(", fidelity: {}", kFidelities.at(static_cast<std::size_t>(policy.fidelity)));
  return text + calendar_text(policy.calendar);
}

std::string approvals_text(const Policy& policy) {
  const auto rule = rule_text(policy);
  std::string clinical;
  if (policy.glass) {
    clinical = fmt::format(
        "  - {{classification: clinical, {}, break-glass: {{keeps: {}, lasts: {}m, reviewers: {}, review-within: "
        "{}m}}}}\n",
        rule, list(policy.glass->keeps), policy.glass->lasts.count(), policy.glass->reviewers,
        policy.glass->review_within.count());
  }
  return fmt::format("rules:\n{}  - {{{}}}\n", clinical, rule);
}

std::string access_text(const Policy& policy) {
  std::map<std::string, std::set<std::string>> rights;  // by role
  for (const auto& [right, roles] : policy.grants) {
    for (const auto& role : roles) rights[role].insert(right);
  }
  std::string text = "grants:\n";
  for (const auto& [role, granted] : rights) {
    text += fmt::format("  - {{role: {}, environments: [local, integration, staging, production], rights: {}}}\n", role,
                        list(granted));
  }
  return text;
}

// What the model does not vary.
std::string same_everywhere(std::string_view path) {
  static const auto kPractice = testing::default_practice();
  return kPractice.at(std::string(path));
}

// What the one maker of these histories says of a key: the same words each time.
struct Vendor {
  Certified root = Certified::self_signed({.issues = true});
  Certified device = root.issue({.name = "acme1"});
  crypto::VendorCertificate certificate = must(crypto::VendorCertificate::parse_der(root.der()));
  std::map<int, trust::Attestation> said{};
};

Vendor& vendor() {
  static Vendor made;
  return made;
}

const trust::Attestation& attestation_of(int key) {
  auto& said = vendor().said;
  const auto found = said.find(key);
  if (found != said.end()) return found->second;
  const auto& token = key_of(key);
  return said.emplace(key, trust::Attestation{token, Said(token).by(vendor().device, "challenge"), "challenge", vendor().certificate.fingerprint()})
      .first->second;
}

Json root_body(const Roster& roster) {
  std::vector<trust::Principal> principals;
  for (const auto& one : roster.principals) {
    trust::Principal principal;
    principal.name = one.name;
    principal.kind = one.person ? trust::PrincipalKind::person : trust::PrincipalKind::service;
    principal.roles.assign(one.roles.begin(), one.roles.end());
    for (const auto key : one.keys) principal.keys.push_back(key_of(key));
    for (const auto& environment : one.environments) principal.environments.insert(environment_of(environment));
    for (const auto key : one.attested) principal.attestations.push_back(attestation_of(key));
    principals.push_back(std::move(principal));
  }
  const bool attested = std::ranges::any_of(roster.principals, [](const auto& one) { return !one.attested.empty(); });
  trust::RootContent content{roster.version, roster.admin_threshold, std::move(principals), roster.known_void};
  for (const auto& loss : roster.losses) content.losses.push_back({loss.kept, loss.size, crypto::sha256("lost")});
  if (attested) content.vendors = {vendor().certificate};
  return must(trust::Root::make(std::move(content))).to_json();
}

// Texts recur in thousands of histories: what they load to is kept.
Json catalog_body(const Entry& entry) {
  static std::map<std::string, Json> known;
  trust::Catalog::Files files{{std::string(policy::Policy::kApprovalsPath), approvals_text(entry.policy)},
                              {std::string(policy::Policy::kAccessPath), access_text(entry.policy)},
                              {std::string(policy::Environments::kPath), same_everywhere(policy::Environments::kPath)},
                              {std::string(policy::DataClasses::kPath), same_everywhere(policy::DataClasses::kPath)}};
  const auto verbs = entry.clinical ? std::vector{Verb::care, Verb::ship} : std::vector{Verb::task};
  for (const auto verb : verbs)
    files.emplace(words_of(verb).path, verb_text(verb, entry.verb_text));
  std::string name;
  for (const auto& [path, bytes] : files) name += bytes;
  auto found = known.find(name);
  if (found == known.end()) {
    found = known.emplace(name, must(trust::Catalog::make(1, std::move(files))).to_json()).first;
  }
  auto body = *found->second.get_if<Json::Object>();
  body.insert_or_assign("version", entry.catalog_version);
  return body;
}

const policy::ApprovalRule& rule_of(const Policy& policy, Classification classification) {
  static std::map<std::string, policy::ApprovalRule> known;
  auto name = fmt::format("{} {}", to_string(classification), approvals_text(policy));
  auto found = known.find(name);
  if (found == known.end()) {
    const auto loaded = must(policy::Policy::load(approvals_text(policy), access_text(policy)));
    const auto& rule = loaded.rule(classification, Environment::local, "any");
    found = known.emplace(std::move(name), rule).first;
  }
  return found->second;
}

plan::PlannedStep only_step() {
  plan::PlannedStep step;
  step.name = "only";
  step.summary = "does it";
  step.effect = Effect::write;
  step.run.argv = {"doer"};
  step.timeout = std::chrono::seconds{30};
  return step;
}

ledger::SealedItem sealed(std::string name) {
  return {std::move(name), {crypto::sha256("a commitment"), crypto::sha256("a ciphertext")}, {}};
}

approval::Words words(const Entry& entry, std::string name) {
  if (entry.in_clear) return {"for the record", std::nullopt};
  return {"", sealed(std::move(name))};
}

PlanDigest named(const Entry& entry) { return {*Digest::parse_tagged(entry.digest)}; }

approval::Ending ending_of(const std::string& name) { return *approval::parse_ending(name); }

ledger::Kind ledger_kind(Kind kind) {
  switch (kind) {
    case Kind::root: return ledger::Kind::root;
    case Kind::catalog: return ledger::Kind::catalog;
    case Kind::request: return ledger::Kind::request;
    case Kind::plan: return ledger::Kind::plan;
    case Kind::approve:
    case Kind::reject:
    case Kind::withdraw: return ledger::Kind::approval;
    case Kind::cancel: return ledger::Kind::cancel;
    case Kind::resume_order:
    case Kind::order:
    case Kind::unorder: return ledger::Kind::order;
    case Kind::resume: return ledger::Kind::resume;
    case Kind::claim: return ledger::Kind::claim;
    case Kind::intent:
    case Kind::step_outcome: return ledger::Kind::step;
    case Kind::heartbeat: return ledger::Kind::heartbeat;
    case Kind::outcome: return ledger::Kind::outcome;
    case Kind::close: return ledger::Kind::close;
    case Kind::note: return ledger::Kind::note;
    case Kind::refusal: return ledger::Kind::refusal;
    case Kind::delegation: return ledger::Kind::delegation;
    case Kind::glass: return ledger::Kind::break_glass;
    case Kind::review: return ledger::Kind::review;
    case Kind::reveal: return ledger::Kind::reveal;
    case Kind::proposal: return ledger::Kind::proposal;
    case Kind::accept: return ledger::Kind::accept;
    case Kind::admin_approve:
    case Kind::admin_reject:
    case Kind::admin_withdraw: return ledger::Kind::approval;
    case Kind::exported: return ledger::Kind::exported;
    case Kind::tier_check: return ledger::Kind::tier_check;
    case Kind::unknown: break;
  }
  return ledger::Kind::unknown;
}

Json adopting(const Entry& entry, const Json& body) {
  if (!entry.proposal) return body;
  approval::Citation citation{hash_of(*entry.proposal), {}};
  for (const int signature : entry.signatures) citation.signatures.push_back(hash_of(signature));
  return approval::adopting_body(body, citation);
}

Json proposal_body(const Entry& entry) {
  Json::Object body{{"deadline", blc::to_string(entry.deadline)}};
  if (entry.of_root) body.emplace("root", root_body(entry.roster));
  if (!entry.of_root) body.emplace("catalog", catalog_body(entry));
  return body;
}

// What it says of the ledger is that of `head`.
Json exported_body(const Entry& entry, const Digest& head) {
  approval::Export taken{*approval::parse_taken(entry.what), crypto::sha256("what was taken").tagged(), {}, {}, 3, std::nullopt};
  if (entry.what == "ledger-export" && entry.right_digest) taken.digest = head.tagged();
  if (entry.what == "subject-report" || (entry.what == "output" && entry.keyed)) taken.digest = "hmac-" + taken.digest;
  if (entry.what == "output") {
    taken.steps = {"only"};
    return approval::export_body(taken);
  }
  if (entry.what == "subject-report") taken.subject = crypto::sha256("C-1042").hex();
  for (const auto& area : entry.areas) taken.environments.push_back(environment_of(area));
  std::ranges::sort(taken.environments);
  return approval::export_body(taken);
}

Json tier_check_body(const Entry& entry) {
  approval::TierCheck check;
  for (const auto tier : {tier::Tier::development, tier::Tier::integration, tier::Tier::staging, tier::Tier::production}) {
    if (entry.areas.contains(std::string(to_string(plan::environment_of(tier))))) check.to = tier;
  }
  check.configuration = crypto::sha256("settings");
  // Of a catalog without rules and without waivers.
  check.rules = crypto::sha256(entry.right_digest ? "0\n" : "other rules");
  check.results = {{"BLC-TIER-001", tier::Status::pass, "APP_URL"}};
  return approval::tier_check_body(check);
}

Json body_of(const Entry& entry, const Json& plan, const Digest& head) {
  const auto decision = [&](approval::Act act) {
    return approval::decision_body(act, hash_of(entry.proposal.value_or(0)), act == approval::Act::approve ? "" : "why");
  };
  switch (entry.kind) {
    case Kind::root: return adopting(entry, root_body(entry.roster));
    case Kind::catalog: return adopting(entry, catalog_body(entry));
    case Kind::proposal: return proposal_body(entry);
    case Kind::exported: return exported_body(entry, head);
    case Kind::tier_check: return tier_check_body(entry);
    case Kind::accept: return approval::acceptance_body(hash_of(entry.proposal.value_or(0)));
    case Kind::admin_approve: return decision(approval::Act::approve);
    case Kind::admin_reject: return decision(approval::Act::reject);
    case Kind::admin_withdraw: return decision(approval::Act::withdraw);
    case Kind::request: {
      plan::Request request{std::string(words_of(entry.verb).name), {}, {}, {}, false};
      if (entry.subject) request.subject = crypto::sha256("C-1042").hex();
      return request.to_json();
    }
    case Kind::plan: return plan;
    case Kind::approve: return approval::approval_body(approval::Act::approve, named(entry), nullptr);
    case Kind::reject: return approval::approval_body(approval::Act::reject, named(entry), nullptr);
    case Kind::withdraw: return approval::approval_body(approval::Act::withdraw, named(entry), nullptr);
    case Kind::cancel: return approval::cancel_body(nullptr);
    case Kind::order: return approval::order_body(named(entry), false, entry.not_before);
    case Kind::unorder: return approval::order_body(named(entry), true);
    case Kind::claim: return approval::claim_body(named(entry), hash_of(entry.cites.value_or(0)));
    case Kind::resume_order: return approval::resume_order_body(named(entry));
    case Kind::resume: return approval::resume_body(named(entry), hash_of(entry.cites.value_or(0)));
    case Kind::intent: return approval::step_intent_body("only", false);
    case Kind::step_outcome: return approval::step_outcome_body("only", false, true, "it ended", Json::Object{}, {});
    case Kind::outcome: {
      const auto ending = ending_of(entry.ending);
      const bool remains = ending == approval::Ending::partial || ending == approval::Ending::indeterminate;
      return approval::outcome_body(ending, remains ? std::vector<std::string>{"only"} : std::vector<std::string>{},
                                    "");
    }
    case Kind::review:
    case Kind::close:
      return entry.cites ? approval::close_body(hash_of(*entry.cites))
                         : approval::close_body(words(entry, "finding"));
    case Kind::note:
      return approval::note_body(words(entry, entry.cites ? "reply" : "question"),
                                 entry.cites ? std::optional(hash_of(*entry.cites)) : std::nullopt);
    case Kind::refusal: return approval::refusal_body("ana", "execute", 7, words(entry, "why"));
    case Kind::delegation: {
      trust::Delegation loan;
      loan.role = entry.role;
      loan.to = entry.to;
      loan.ends = entry.ends;
      if (!entry.ends) loan.until = entry.until;
      if (!entry.ends && !entry.fits_verb) loan.verbs = {"other task"};
      if (!entry.ends && entry.fits_verb && entry.hash % 2 == 0) loan.verbs = {"other task", "* run"};
      return loan.to_json();
    }
    case Kind::glass:
      return approval::glass_body(entry.hash % 2 == 0 ? approval::Emergency::btg : approval::Emergency::etreat, named(entry),
                                  words(entry, "because"));
    case Kind::reveal: return approval::reveal_body({"preview of only"});
    case Kind::heartbeat:
    case Kind::unknown: break;
  }
  return Json::Object{};
}

}  // namespace

RunId run_id(int run) { return RunId{Ulid(bytes_of(1, run))}; }

LeafHash hash_of(int hash) { return {crypto::sha256(fmt::format("leaf {}", hash))}; }

const crypto::PublicKey& key_of(int key) {
  static std::map<int, crypto::PublicKey> known;
  auto found = known.find(key);
  if (found == known.end()) {
    // RFC 8410 section 7: the fixed head of a PKCS#8 Ed25519 key, and a seed of 32 bytes.
    auto der = *from_hex("302e020100300506032b657004220420") + std::string(32, static_cast<char>(key + 1));
    auto pem = fmt::format("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n", crypto::base64(der));
    auto made = must(crypto::ServiceKey::from_pem(Secret::take(std::move(pem))))->key();
    if (is_token(key)) {
      crypto::WireReader plain(made.blob());
      plain.string();
      crypto::WireWriter token;
      token.string("sk-ssh-ed25519@openssh.com").string(plain.string()).string("ssh:");
      made = must(crypto::PublicKey::parse_blob(token.bytes()));
    }
    found = known.emplace(key, std::move(made)).first;
  }
  return found->second;
}

Fidelity fidelity_of(int verb_text) {
  return verb_text < 2 ? Fidelity::exact : verb_text == 2 ? Fidelity::estimate : Fidelity::none;
}

Environment environment_of(const std::string& name) { return *parse_environment(name); }

Json plan_body(Entry& entry, const PlanDetails& details) {
  plan::Plan plan;
  plan.run = run_id(entry.run.value_or(0));
  plan.requester = details.requester;
  plan.deadline = entry.deadline;
  plan.sealed = {sealed(std::string(plan::kRunKey))};
  if (entry.seals) {
    plan.sealed.push_back(sealed("preview of only"));
    plan.previews.emplace("only", ledger::sealed_reference(1));
  }
  auto& resolution = plan.resolution;
  resolution.verb = words_of(entry.verb).name;
  resolution.classification = entry.clinical ? Classification::clinical : Classification::business;
  resolution.environment = environment_of(entry.environment);
  resolution.fidelity = static_cast<blc::Fidelity>(entry.fidelity);
  resolution.isolation = "none";
  resolution.steps = {only_step()};
  resolution.rule = rule_of(entry.policy, resolution.classification);
  if (details.wrong_rule) resolution.rule.requester_may_sign = !resolution.rule.requester_may_sign;
  resolution.governing = {std::string(words_of(entry.verb).path), verb_text(entry.verb, entry.verb_text), approvals_text(entry.policy),
                          access_text(entry.policy), same_everywhere(policy::Environments::kPath),
                          same_everywhere(policy::DataClasses::kPath)};
  entry.digest = plan.digest().tagged();
  return plan.to_json();
}

std::string wrong_digest() { return crypto::sha256("another plan").tagged(); }

ledger::Entry render(const Entry& entry, const ledger::Tree& tree, const Json& body) {
  ledger::Header header;
  header.ledger = entry.our_ledger ? std::string(kOrigin) : "other/00112233445566778899aabbccddeeff";
  header.id = EntryId{Ulid(bytes_of(2, entry.id))};
  header.by = entry.by;
  header.at = entry.at;
  header.root = entry.root;
  header.head = {entry.head, tree.root(std::min(entry.head, tree.size()))};
  if (!entry.head_root_right) header.head.root = crypto::sha256("another ledger");
  if (entry.run) {
    header.run = run_id(*entry.run);
    header.environment = environment_of(entry.environment);
    header.classification = entry.clinical ? Classification::clinical : Classification::business;
  }
  const auto kind = ledger_kind(entry.kind);
  const auto type = (kind == ledger::Kind::unknown ? "novelty" : std::string(ledger::to_string(kind))) + ".v1";
  auto made = body_of(entry, body, header.head.root);
  // Nothing in the replay reads the signed bytes or the signature: who decodes has checked them.
  return {kind,
          type,
          std::move(header),
          std::move(made),
          crypto::Sshsig{key_of(entry.key), ledger::signature_namespace(type), {}, entry.touched, entry.pin},
          {}};
}

}  // namespace blc::testing::model
