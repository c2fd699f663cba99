#include "core/approval/exports.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/approval/counted.hpp"
#include "core/approval/gate.hpp"
#include "core/approval/replay_inside.hpp"
#include "core/approval/vault.hpp"
#include "core/base/names.hpp"

namespace blc::approval {

using ledger::Kind;
using text::Fields;
using text::Json;

namespace {

constexpr Names<Taken, 4> kTaken{{{Taken::subject_report, "subject-report"},
                                  {Taken::runs, "runs"},
                                  {Taken::output, "output"},
                                  {Taken::ledger_export, "ledger-export"}}};

constexpr std::string_view kPlain = "sha256:";
constexpr std::string_view kKeyed = "hmac-sha256:";

bool is_digest(std::string_view text, std::string_view kind) {
  return text.starts_with(kind) && Digest::parse_hex(text.substr(kind.size())).has_value();
}

// What a report says, and what a clinical run printed, may be PHI: nobody is to guess it from its digest.
bool fits_digest(Taken what, std::string_view digest) {
  switch (what) {
    case Taken::subject_report: return is_digest(digest, kKeyed);
    case Taken::output: return is_digest(digest, kPlain) || is_digest(digest, kKeyed);
    default: return is_digest(digest, kPlain);
  }
}

// In the order of the environments, each once: the same list is written one way.
std::vector<Environment> read_environments(Fields& fields) {
  std::vector<Environment> environments;
  for (const auto& name : fields.strings("environments")) {
    const auto environment = parse_environment(name);
    if (!environment || (!environments.empty() && *environment <= environments.back())) {
      fields.fault("environments", "is malformed");
      return {};
    }
    environments.push_back(*environment);
  }
  return environments;
}

const trust::Principal* person_at(const trust::History& trust, std::uint64_t size, std::string_view name, const crypto::PublicKey& key) {
  const auto* const root = trust.root_at(size);
  const auto* const principal = root == nullptr ? nullptr : root->find(name);
  const bool person = principal != nullptr && principal->holds(key) && principal->kind == trust::PrincipalKind::person;
  return person ? principal : nullptr;
}

bool holds(const policy::Policy& policy, const trust::Principal& person, Environment environment, policy::Right right) {
  return policy.allows_some(person.roles, true, environment, right);
}

bool may_take(const policy::Policy& policy, const trust::Principal& person, Environment environment, Taken what) {
  if (environment == Environment::local) return true;
  if (what == Taken::subject_report) return holds(policy, person, environment, right_to_report(environment));
  if (person.has_role(trust::kAdminRole)) return true;
  if (what == Taken::ledger_export) return holds(policy, person, environment, policy::Right::audit);
  const auto rights = policy::all_rights();
  return std::ranges::any_of(rights, [&](auto right) { return holds(policy, person, environment, right); });
}

std::string_view words_for(Taken what) {
  switch (what) {
    case Taken::subject_report: return "report on what was done with somebody's data";
    case Taken::runs: return "list runs for others";
    case Taken::output: return "see the output of this run";
    case Taken::ledger_export: return "export the ledger";
  }
  return "take data out";
}

Error barred(std::string_view name, Taken what, std::string_view where) {
  return {Exit::refused, fmt::format("{} may not {}{}", name, words_for(what), where),
          fmt::format("{} says which role may", policy::Policy::kAccessPath)};
}

}  // namespace

std::string_view to_string(Taken what) { return name_of(kTaken, what); }
std::optional<Taken> parse_taken(std::string_view name) { return value_of(kTaken, name); }

Json export_body(const Export& taken) {
  Json::Object body{{"what", to_string(taken.what)}, {"digest", taken.digest}};
  if (taken.what == Taken::output) {
    body.emplace("steps", Json::Array(taken.steps.begin(), taken.steps.end()));
    return body;
  }
  Json::Array environments;
  for (const auto environment : taken.environments) environments.emplace_back(blc::to_string(environment));
  body.emplace("environments", std::move(environments));
  body.emplace("runs", taken.runs);
  if (taken.subject) body.emplace("subject", *taken.subject);
  return body;
}

Result<ExportFact> read_export(const Fact& fact, const Json& body) {
  Fields fields(body, "export");
  ExportFact taken{fact, {fields.as("what", parse_taken), fields.string("digest"), {}, {}, 0, {}}};
  if (!fits_digest(taken.what, taken.digest)) fields.fault("digest", "is malformed");
  if (taken.what == Taken::output) {
    taken.steps = fields.strings("steps");
  } else {
    taken.environments = read_environments(fields);
    taken.runs = fields.natural("runs");
    const bool about_one = taken.what == Taken::subject_report || (taken.what == Taken::runs && fields.has("subject"));
    if (about_one) taken.subject = fields.as("subject", Digest::parse_hex).hex();
  }
  BLC_CHECK(fields.finish());
  return taken;
}

bool takes_output(const Json& body) {
  const auto* const what = body.find("what");
  return what != nullptr && *what == Json(to_string(Taken::output));
}

policy::Right right_to_report(Environment environment) {
  return environment == Environment::local ? policy::Right::read : policy::Right::audit;
}

// A run that was refused before it had a plan is of the policy in force.
bool may_report(const trust::History& trust, std::uint64_t size, const Run& run, std::string_view name, const crypto::PublicKey& key) {
  const auto right = right_to_report(run.environment);
  if (run.plan) return may(trust, size, run, name, key, right);
  const auto* const person = person_at(trust, size, name, key);
  const auto* const catalog = trust.catalog_at(size);
  if (person == nullptr || run.environment == Environment::local) return person != nullptr;
  const auto* const verb = catalog == nullptr ? nullptr : catalog->find_verb(run.request->request.verb);
  return verb != nullptr && catalog->policy().allows(person->roles, true, run.environment, right, {verb->name, verb->classification, verb->marks});
}

std::optional<Error> export_bar(const trust::History& trust, std::uint64_t size, const Export& taken, const Run* run,
                                std::string_view name, const crypto::PublicKey& key) {
  const auto* const person = person_at(trust, size, name, key);
  if (person == nullptr) return Error{Exit::refused, "only people take data out", "somebody who is enrolled types it"};
  if (run != nullptr) {
    const auto right = run->classification == Classification::clinical ? policy::Right::reveal : policy::Right::read;
    return may(trust, size, *run, name, key, right) ? std::nullopt : std::optional(barred(name, taken.what, ""));
  }
  const auto* const catalog = trust.catalog_at(size);
  for (const auto environment : taken.environments) {
    if (catalog == nullptr || !may_take(catalog->policy(), *person, environment, taken.what))
      return barred(name, taken.what, fmt::format(" in {}", blc::to_string(environment)));
  }
  return std::nullopt;
}

Result<> record_export(Log& log, ports::Signer& signer, const std::string& by, const Export& taken, const Run* run) {
  if (taken.what != Taken::ledger_export) BLC_CHECK(log.sound());
  BLC_TRY(const auto key, crypto::PublicKey::parse_blob(signer.public_blob()));
  const auto id = run == nullptr ? std::nullopt : std::optional(run->id);
  BLC_CHECK(log.append(signer, by, [&](const Replay& replay) -> Result<Draft> {
    const auto* const of = id ? replay.run(*id) : nullptr;
    if (auto bar = export_bar(replay.trust(), replay.size(), taken, of, by, key)) return std::unexpected(*std::move(bar));
    auto stated = taken;
    // What is in the folder is what the entry's own head covers.
    if (taken.what == Taken::ledger_export) stated.digest = replay.head().root.tagged();
    return Draft{Kind::exported, of == nullptr ? std::nullopt : std::optional(scope_of(*of)), export_body(stated), {}};
  }));
  return {};
}

Result<std::vector<ExportFact>> exports_about(const Log& log, std::string_view subject) {
  const auto& tree = log.replay().tree();
  std::vector<ExportFact> found;
  BLC_CHECK(each_counted(log, Kind::exported, 0, log.replay().size(), [&](std::uint64_t leaf, const ledger::Entry& entry) {
    const auto& header = entry.header;
    auto taken = read_export({leaf, tree.leaf(leaf), header.by, entry.signature.key, header.at, header.head, header.id}, entry.body);
    if (taken && taken->subject == subject) found.push_back(*std::move(taken));
  }));
  return found;
}

// By a person who may, over what they had seen. What was printed is of a run that had begun.
Judgement Replay::Inside::inspect_export(const Entry& entry, const LeafHash& leaf, const Run* run) const {
  auto taken = read_export(fact(entry, leaf), entry.body);
  if (!taken) return void_entry(taken.error().message);
  const auto& header = entry.header;
  const bool clinical = run != nullptr && run->classification == Classification::clinical;
  if (clinical && !is_digest(taken->digest, kKeyed)) return void_entry("the digest of what a clinical run printed must be keyed");
  if (run != nullptr && (!run->claim || run->claim->leaf >= header.head.size)) return void_entry("its signer had not seen the run start");
  if (taken->what == Taken::ledger_export && taken->digest != header.head.root.tagged())
    return void_entry("its digest is not that of the ledger that its signer saw");
  const auto bar_at = [&](std::uint64_t size) { return export_bar(trust, size, *taken, run, header.by, entry.signature.key); };
  if (const auto bar = bar_at(header.head.size)) return void_entry(bar->message);
  if (const auto bar = bar_at(index())) return late(bar->message);
  return counts(*std::move(taken));
}

}  // namespace blc::approval
