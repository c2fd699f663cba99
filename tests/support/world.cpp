#include "support/world.hpp"

#include <algorithm>

#include "core/approval/verify.hpp"
#include "core/crypto/sealing.hpp"
#include "core/ledger/tree.hpp"

namespace blc::testing {

using approval::RunScope;
using ledger::Kind;
using text::Json;

namespace {

constexpr std::string_view kApprovals = R"(rules:
  - {environments: [local], slots: [], deadline: 24h}
  - {classification: personal, environments: [integration, staging, production], slots: [], deadline: 24h}
  - classification: business
    environments: [integration, staging, production]
    slots: [{name: manager, roles: [practice-manager]}]
    deadline: 24h
  - classification: clinical
    environments: [integration, staging]
    slots: [{name: clinical-approver, roles: [clinical-lead, privacy-officer]}]
    deadline: 24h
  - classification: clinical
    environments: [production]
    slots: [{name: clinical-lead, roles: [clinical-lead]}, {name: privacy-officer, roles: [privacy-officer]}]
    deadline: 24h
)";

constexpr std::string_view kAccess = R"(grants:
  - {role: everyone, environments: [local], rights: [plan, read, approve, execute, reveal]}
  - {role: clinician, environments: [integration, staging, production], rights: [plan, read, execute, reveal]}
  - {role: clinical-lead, environments: [integration, staging, production], rights: [plan, read, approve, execute]}
  - {role: privacy-officer, environments: [integration, staging, production], rights: [read, approve, reveal]}
  - {role: practice-manager, environments: [integration, staging, production], rights: [plan, read, approve, execute], classifications: [business, personal]}
  - {role: ci, environments: [local, integration, staging], rights: [plan, execute]}
)";

constexpr std::string_view kEnvironmentTerms = R"(environments:
  local: {data: [mock], network: none, audit: basic, encryption: basic, controls: {audit-logging: true, encryption: true, phi-encryption: true}, rto: 4h, rpo: 24h}
  integration: {data: [synthetic], network: none, audit: full, encryption: standard, controls: {audit-logging: true, encryption: true, phi-encryption: true}, rto: 2h, rpo: 4h}
  staging: {data: [synthetic], network: none, audit: full, encryption: standard, controls: {audit-logging: true, encryption: true, phi-encryption: true}, rto: 2h, rpo: 4h}
  production: {data: [real], network: none, audit: immutable, encryption: envelope, controls: {audit-logging: true, encryption: true, phi-encryption: true}, rto: 30m, rpo: 15m}
)";

constexpr std::string_view kDataClassTerms = R"(classes:
  public: {verbs: personal, environments: [local, integration, staging, production], stand-ins: []}
  internal: {verbs: personal, environments: [integration, staging, production], stand-ins: [local]}
  confidential: {verbs: business, environments: [production], stand-ins: [local, integration, staging]}
  restricted: {verbs: clinical, environments: [production], stand-ins: [local, integration, staging]}
)";

constexpr std::string_view kReport = R"(verb: report make
summary: Report on one client's record
classification: clinical
data: [restricted]
subject: client
parameters:
  client: {type: string, pattern: "C-[0-9]{4}", phi: true, summary: The client's number}
fidelity: exact
steps:
  - name: check
    summary: reads the client's record
    effect: read
    argv: [reader, verbs/bin/report]
    stdin: "${client}\n"
    observe: ["${data}/clients/${client}.txt"]
    output: {limit: 4096}
  - name: write
    summary: writes the report
    effect: write
    argv: [writer, verbs/bin/report]
    stdin: "${client} ${check.stdout}"
    writes: [reports]
    preview: {argv: [drafter], stdin: "${client}"}
    undo: {argv: [eraser], stdin: "${client}"}
)";

constexpr std::string_view kPost = R"(verb: post run
summary: Post one month's invoices
classification: business
data: [confidential]
parameters:
  month: {type: string, pattern: "20[0-9]{2}-[0-9]{2}", summary: The month}
fidelity: exact
steps:
  - name: total
    summary: adds up ${month}
    effect: read
    argv: [adder, "${month}"]
    observe: ["${data}/invoices/${month}.csv"]
    output: {limit: 64}
  - name: post
    summary: posts ${month}
    effect: write
    argv: [poster, "${month}"]
    stdin: "${total.stdout}"
    writes: [billing]
    timeout: 30s
    preview: {argv: [previewer, "${month}"]}
    undo: {argv: [unposter, "${month}"]}
  - name: send
    summary: sends ${month}
    effect: disclose
    argv: [sender, "${month}"]
    timeout: 30s
)";

constexpr std::string_view kTask = R"(verb: task add
summary: Add a task to the list
classification: personal
data: [internal]
parameters:
  title: {type: string, pattern: ".{1,120}", summary: What there is to do}
steps:
  - name: add
    summary: adds a line
    effect: write
    argv: [lister]
    stdin: "${title}"
    writes: [tasks]
    undo: {argv: [unlister]}
)";

std::vector<trust::Principal> first_principals(World& world) {
  const auto person = [&](const std::string& name, std::vector<std::string> roles) {
    return trust::Principal{name, trust::PrincipalKind::person, std::move(roles), {world.key(name).key()}, {}};
  };
  return {person("ana", {"admin", "clinician"}),
          person("ben", {"clinical-lead"}),
          person("cleo", {"privacy-officer"}),
          person("dora", {"practice-manager"}),
          {"machine",
           trust::PrincipalKind::service,
           {"executor"},
           {world.key("machine").key()},
           {kEnvironments.begin(), kEnvironments.end()}},
          {"robot", trust::PrincipalKind::service, {"ci"}, {world.key("robot").key()}, {}}};
}

trust::Catalog::Files catalog_files(const Practice& practice) {
  trust::Catalog::Files files;
  std::ranges::copy_if(practice, std::inserter(files, files.end()), [](const auto& file) {
    return file.first.starts_with("verbs/") || file.first.starts_with("policies/");
  });
  return files;
}

class FakeLock final : public ports::ExecutorLock {};

}  // namespace

Practice default_practice() {
  Practice practice{{"policies/approvals.yaml", std::string(kApprovals)},
                    {"policies/access.yaml", std::string(kAccess)},
                    {"policies/environments.yaml", std::string(kEnvironmentTerms)},
                    {"policies/data-classes.yaml", std::string(kDataClassTerms)},
                    {"verbs/report.yaml", std::string(kReport)},
                    {"verbs/post.yaml", std::string(kPost)},
                    {"verbs/task.yaml", std::string(kTask)},
                    {"verbs/bin/report", "the report's script"}};
  for (const auto environment : kEnvironments) {
    const auto data = std::string(data_directory(environment));
    practice.insert_or_assign(data + "/clients/C-1042.txt", "record of C-1042: Jane Roe");
    practice.insert_or_assign(data + "/invoices/2026-10.csv", "1;100.00");
  }
  return practice;
}

World::World(const Practice& practice)
    : kek_(crypto::file_key_wrap(random, random.secret(32))),
      ids_([this](std::uint8_t* to, std::size_t size) { random.fill(to, size); }) {
  files.files = practice;
  processes.pass_time = [this](Milliseconds time) { clock.advance(time); };
  pin_.origin = "practice/00112233445566778899aabbccddeeff";
  const auto root = must(trust::Root::make({1, 1, first_principals(*this)}));
  append_raw("ana", Kind::root, {}, root.to_json());
  pin_.root1 = ledger::leaf_hash(store.entries.front());
  pin_.checkpoint = head(1);
  const auto catalog = must(trust::Catalog::make(1, catalog_files(practice)));
  append_raw("ana", Kind::catalog, {}, catalog.to_json());
  main_ = client();
  must(log().refresh());
}

crypto::ServiceKey& World::key(const std::string& name) {
  auto& key = keys_[name];
  if (!key) key = crypto::ServiceKey::generate().first;
  return *key;
}

std::unique_ptr<Client> World::client() { return std::make_unique<Client>(store, clock, random, kek_.get(), pin_); }

execution::Executor World::executor() {
  return must(execution::Executor::open({log(), vault(), key("machine"), clock, journal, processes, files, credentials,
                                         [this](Milliseconds) -> Result<std::unique_ptr<ports::ExecutorLock>> {
                                           if (lock_taken)
                                             return fail(Exit::refused, "another process of this executor is at work");
                                           return std::make_unique<FakeLock>();
                                         }}));
}

const approval::Run& World::run(const RunId& id) {
  must(log().refresh());
  const auto* const found = log().replay().run(id);
  if (found == nullptr) throw std::logic_error("there is no run " + id.str());
  return *found;
}

approval::State World::state(const RunId& id) {
  const auto& found = run(id);
  return log().replay().state(found, clock.now());
}

approval::Decision World::decision(const RunId& id) {
  const auto& found = run(id);
  return approval::decide(log().replay().context(found, clock.now()));
}

RunId World::requested(std::string_view verb, const verb::Values& values, Environment environment, bool rehearsal,
                       const std::string& who) {
  must(log().refresh());
  const auto catalog = must(executor().governing_catalog(environment));
  const auto* const found = catalog.find_verb(verb);
  if (found == nullptr) throw std::logic_error("there is no verb " + std::string(verb));
  return must(desk(who).request(*found, values, environment, rehearsal, catalog.policy()));
}

RunId World::planned(std::string_view verb, const verb::Values& values, Environment environment, bool rehearsal,
                     const std::string& who) {
  const auto id = requested(verb, values, environment, rehearsal, who);
  must(plan(id));
  return id;
}

Result<execution::Outcome> World::execute(const RunId& id, std::stop_token stop) {
  execution::Progress unseen;
  return executor().execute(id, std::move(stop), unseen);
}

Result<> World::recover(const RunId& id) {
  BLC_CHECK(log().refresh());
  return executor().recover(id);
}

void World::adopt_root(const std::function<void(std::vector<trust::Principal>&)>& change) {
  must(log().append(key("ana"), "ana", [&](const approval::Replay& replay) -> Result<approval::Draft> {
    BLC_TRY(const auto root, replay.root()->next([&](auto& content) { change(content.principals); }));
    return approval::Draft{Kind::root, {}, root.to_json(), {}};
  }));
}

void World::adopt_catalog(const std::function<void(trust::Catalog::Files&)>& change) {
  must(log().append(key("ana"), "ana", [&](const approval::Replay& replay) -> Result<approval::Draft> {
    auto changed = replay.catalog()->files();
    change(changed);
    BLC_TRY(const auto catalog, trust::Catalog::make(replay.catalog()->version() + 1, std::move(changed)));
    return approval::Draft{Kind::catalog, {}, catalog.to_json(), {}};
  }));
}

ledger::Head World::head(std::uint64_t size) const {
  ledger::Tree tree;
  for (std::uint64_t leaf = 0; leaf < size; ++leaf) tree.append(ledger::leaf_hash(store.entries.at(leaf)));
  return {size, tree.root()};
}

std::string World::sign_raw(const std::string& name, Kind kind, const std::optional<RunScope>& scope, const Json& body,
                            const Raw& raw) {
  const auto seen = raw.head ? *raw.head : head(raw.head_size.value_or(store.entries.size()));
  const auto told_now = told();
  const auto* const root = told_now.trust().root_at(seen.size);
  ledger::Header header{raw.ledger.value_or(pin_.origin),
                        raw.id.value_or(EntryId{ids_.next(clock.now())}),
                        raw.by.value_or(name),
                        raw.at.value_or(clock.now()),
                        raw.root.value_or(root == nullptr ? 0 : root->version()),
                        seen,
                        {},
                        {},
                        {}};
  if (scope) {
    header.run = scope->run;
    header.environment = scope->environment;
    header.classification = scope->classification;
  }
  return must(
      ledger::sign_entry(kind, ledger::encode_payload(kind, header, body), key(raw.key.empty() ? name : raw.key)));
}

std::uint64_t World::append_raw(const std::string& name, Kind kind, const std::optional<RunScope>& scope,
                                const Json& body, const Raw& raw) {
  return store_raw(sign_raw(name, kind, scope, body, raw));
}

std::uint64_t World::store_raw(const std::string& bytes) {
  store.entries.push_back(bytes);
  return store.entries.size() - 1;
}

approval::Replay World::told() {
  approval::Replay replay(pin_.origin);
  approval::read_into(replay, store, store.size(), 0);
  return replay;
}

std::string World::standing(std::uint64_t leaf) {
  approval::Replay replay(pin_.origin);
  approval::read_into(replay, store, leaf, 0);
  const auto& bytes = store.entries.at(leaf);
  const auto entry = ledger::decode_entry(bytes);
  if (!entry) return "void: " + entry.error().message;
  if (const auto checked = ledger::check_signature(*entry); !checked) return "void: " + checked.error().message;
  const auto verdict = replay.apply(*entry, ledger::leaf_hash(bytes));
  if (verdict.counts()) return "counts";
  const bool late = verdict.standing == approval::Verdict::Standing::late;
  return (late ? "late: " : "void: ") + verdict.why;
}

trust::Principal& principal(std::vector<trust::Principal>& list, std::string_view name) {
  const auto found = std::ranges::find(list, name, &trust::Principal::name);
  if (found == list.end()) throw std::logic_error("there is no principal " + std::string(name));
  return *found;
}

}  // namespace blc::testing
