#include <fmt/format.h>

#include <cstdlib>

#include "cli/doctor/checks.hpp"
#include "cli/doctor/judge.hpp"
#include "cli/my_keys.hpp"
#include "cli/views/words.hpp"
#include "core/adapters/machine.hpp"
#include "core/execution/run_journal.hpp"
#include "core/text/display.hpp"

namespace blc::cli {

namespace {

constexpr std::uint64_t kMiB = 1ULL << 20U;
constexpr Room kForLedger{32 * kMiB, 512 * kMiB};
constexpr auto kAskAdmins = "sign and run nothing; show this to your admins: blc ledger verify --full";

// What the checks of one practice share.
struct Practice {
  Session& session;
  Findings& findings;
  approval::Log* log = nullptr;  // null: the ledger could not be read

  [[nodiscard]] const PinFile& pin() const { return session.pin(); }
  // What cannot be told of `about` without the ledger.
  void unchecked(const std::string& about, const std::string& what) const {
    findings.warn(about, what + " could not be checked: the ledger could not be read", "put the ledger right first, then blc doctor again");
  }
  [[nodiscard]] std::string state(const char* name) const { return pin().executor_state + "/" + name; }
};

void check_store(Practice& at) {
  at.findings.guard("store", "see the store in blc-ledger(5)", [&]() -> Result<> {
    BLC_TRY(const auto path, at.session.store_path());
    const auto shared = at.pin().shared;
    judge_access(at.findings, "store", path, adapters::about_file(path), {shared ? 0660U : 0644U, shared},
                 "put it back from a backup, or name it with --store");
    judge_space(at.findings, "the ledger", path, adapters::space_at(path), kForLedger);
    BLC_TRY(const auto store, adapters::SqliteStore::open(path));
    const auto health = store->health();
    if (health.journal_mode == "wal") {
      at.findings.ok("store", "it keeps a write-ahead log");
    } else {
      at.findings.warn("store", fmt::format("its journal mode is {}, not wal", text::display(health.journal_mode)),
                       "readers and writers wait for each other; sqlite3 FILE 'PRAGMA journal_mode = wal'");
    }
    if (health.quick_check != "ok")
      return fail(Exit::ledger, "the file is damaged: " + health.quick_check, "put it back from a backup; keep this file for your admins");
    at.findings.ok("store", "SQLite finds the file sound");
    return {};
  });
}

// The remembered head, void and missing entries: what every command asks before it does anything.
void check_ledger(Practice& at) {
  at.findings.guard("ledger", kAskAdmins, [&]() -> Result<> {
    BLC_TRY(auto* const log, at.session.unverified_log());
    BLC_CHECK(log->refresh());
    at.log = log;
    const auto& replay = log->replay();
    for (const auto& fault : replay.faults())
      at.findings.fail("ledger", Error{Exit::ledger, fmt::format("entry {} is void: {}", fault.leaf, fault.why), {}}, kAskAdmins);
    if (const auto leaf = replay.unreadable())
      at.findings.fail("ledger", fmt::format("entry {} is of a kind that this blc does not know", *leaf), "install a newer blc");
    for (const auto& loss : log->new_losses())
      at.findings.warn("ledger", fmt::format("entries {} to {} are lost: a backup was put back, say your admins", loss.kept, loss.size - 1),
                       "blc trust show tells who they are");
    for (const auto& what : log->missing_of_mine())
      at.findings.warn("ledger", fmt::format("it does not hold something that you signed: {}", text::display(what)),
                       "do it again; if it was a rejection, tell those who would run it");
    at.findings.ok("ledger", fmt::format("{} verified, {}, head {}", count(replay.size(), "entry"),
                                         count(replay.run_count(), "run"), short_digest(replay.head().root.tagged())));
    return {};
  });
}

void check_clock(Practice& at) {
  std::optional<Timestamp> last;
  if (at.log != nullptr && at.log->replay().size() > 0) {
    const auto size = at.log->replay().size();
    at.findings.guard("clock", kAskAdmins, [&]() -> Result<> {
      at.log->store().read(size - 1, size, [&](std::uint64_t, std::string_view bytes) {
        if (const auto entry = ledger::decode_entry(bytes)) last = entry->header.at;
        return true;
      });
      return {};
    });
    for (const auto environment : kEnvironments) {
      const auto executor = at.log->replay().last_executor_entry(environment);
      if (executor && (!last || *executor > *last)) last = executor;
    }
  }
  judge_clock(at.findings, at.session.clock().now(), last, adapters::clock_is_kept());
}

void check_root(Practice& at) {
  if (at.log == nullptr) return at.unchecked("root", "whether it is about to expire");
  const auto& replay = at.log->replay();
  judge_root(at.findings, *replay.root(), at.session.clock().now());
}

void check_outside(Practice& at) {
  if (at.log == nullptr) return;
  at.findings.guard("checkpoints", "look at what blc keeps in your state folder", [&]() -> Result<> {
    const auto& replay = at.log->replay();
    const auto& environments = replay.catalog()->environments();
    WrittenOutside written{{}, replay.size(), at.session.clock().now(),
                           [&](Environment environment) { return replay.run_count({.environment = environment}); }};
    BLC_TRY(written.last, last_written(at.session, *at.log, Outside::checkpoint));
    judge_checkpoints(at.findings, environments, written);
    BLC_TRY(written.last, last_written(at.session, *at.log, Outside::entries));
    judge_copies(at.findings, environments, written);
    return {};
  });
}

void check_catalog(Practice& at) {
  if (at.log == nullptr) return at.unchecked("catalog", "whether verbs and policies are as adopted");
  at.findings.guard("catalog", "blc catalog status", [&]() -> Result<> {
    BLC_TRY(auto* const practice, at.session.files());
    BLC_TRY(auto files, trust::Catalog::read(*practice));
    const auto differing = at.log->replay().catalog()->differences(files).size();
    BLC_CHECK(trust::Catalog::make(1, std::move(files)));
    if (differing > 0) {
      at.findings.warn("catalog", fmt::format("{} not as adopted; outside local the adopted ones count",
                                              differing == 1 ? "1 file is" : fmt::format("{} files are", differing)),
                       "blc catalog status, then blc catalog adopt");
    } else {
      at.findings.ok("catalog", "verbs and policies are as adopted");
    }
    return {};
  });
}

// The newest sealed value there is opens with the key, and is forgotten at once.
Result<> open_one(Practice& at, ports::KeyWrap* key) {
  if (at.log == nullptr) {
    at.unchecked("sealing key", "whether it opens what is sealed");
    return {};
  }
  approval::Vault vault(at.session.random(), key, at.log->store(), at.pin().pin.origin);
  Result<> opened;
  bool any = false;
  bool lost = false;
  at.log->replay().each_run({}, [&](const approval::Run& run) {
    const auto& request = run.request->request;
    if (request.sealed.empty()) return true;
    any = true;
    lost = !at.log->store().sealed(request.sealed.front().ref.ciphertext).has_value();
    if (lost) {
      at.findings.fail("sealed values", fmt::format("those of run {} are gone from the ledger's file; the sealing key is not to blame", run.id.suffix()),
                       "what was sealed of it cannot be read, and it cannot run; put back a backup of the ledger that has it");
    } else if (auto value = vault.open(approval::scope_of(run), request.verb, request.sealed.front()); !value) {
      opened = std::unexpected(value.error());
    }
    return false;
  });
  if (!opened) return opened;
  if (!lost) at.findings.ok("sealing key", any ? "it opens the newest sealed value" : "nothing is sealed yet");
  return {};
}

// False when the file is not there, which is told.
bool is_there(Practice& at, const std::string& about, const std::string& path, const std::string& stops, const std::string& remedy) {
  if (adapters::about_file(path)) return true;
  at.findings.fail(about, fmt::format("{} is missing, or you may not see it: {}", text::display(path), stops), remedy);
  return false;
}

void check_sealing_key(Practice& at) {
  at.findings.guard("sealing key", "put the right one back from your backup; no sealed value opens without it", [&]() -> Result<> {
    const auto path = at.state("sealing.key");
    if (!is_there(at, "sealing key", path, "nothing is planned or run, and nothing that is sealed can be read",
                  "put it back from your backup; nothing else opens what was sealed with it"))
      return {};
    judge_access(at.findings, "sealing key", path, adapters::about_file(path),
                 {.most = at.pin().shared ? 0640U : 0600U, .shared = at.pin().shared, .written = false}, "");
    BLC_TRY(const auto key, at.session.sealing_key());
    return key ? open_one(at, key.get()) : Result<>();
  });
}

void check_executor_key(Practice& at) {
  at.findings.guard("executor", "an admin enrols a new executor", [&]() -> Result<> {
    if (!is_there(at, "executor", at.state("executor.key"), "nothing is planned or run from here",
                  "put it back from your backup; else an admin enrols a new executor, and what was planned is planned again"))
      return {};
    if (at.log == nullptr) {
      at.unchecked("executor", "whether its key is enrolled");
      return {};
    }
    BLC_TRY(const auto* const key, at.session.executor_key());
    const auto* const owner = at.log->replay().root()->owner(key->key());
    if (owner == nullptr || owner->environments.empty())
      return fail(Exit::authentication, "its key is not enrolled in this practice");
    std::vector<std::string> serves;
    for (const auto environment : owner->environments) serves.emplace_back(to_string(environment));
    at.findings.ok("executor", fmt::format("{} serves {}", owner->name, either(serves, "and")));
    return {};
  });
}

// Whether the executor may claim, and what it was cut off in.
void check_journal(Practice& at) {
  at.findings.guard("journal", "nothing is run with this executor key any more; enrol a new executor", [&]() -> Result<> {
    const auto path = at.state("journal");
    const Access wanted{at.pin().shared ? 0660U : 0600U, at.pin().shared};
    judge_access(at.findings, "journal", path, adapters::about_file(path), wanted,
                 "put it back only if nothing ran since; else an admin enrols a new executor");
    adapters::FileJournal file(path, adapters::FileJournal::Use::look_only);
    execution::RunJournal journal(file);
    if (at.log == nullptr) {
      BLC_CHECK(journal.read());
      at.unchecked("journal", "whether it has every claim of this executor");
      return {};
    }
    if (!adapters::about_file(at.state("executor.key"))) return {};  // told already; whose claims to look for is not known
    BLC_TRY(const auto* const key, at.session.executor_key());
    const auto& replay = at.log->replay();
    BLC_TRY(const auto runs, execution::whole_journal(journal, replay, key->key()));
    const auto now = at.session.clock().now();
    replay.each_run({.live_at = now}, [&](const approval::Run& run) {
      if (run.claim && run.claim->key == key->key() && replay.state(run, now) == approval::State::indeterminate)
        at.findings.warn("journal", fmt::format("run {} began and nobody knows how it ended", run.id.suffix()),
                         fmt::format("blc show {0}; then blc execute {0} or blc close {0}", run.id.suffix()));
      return true;
    });
    at.findings.ok("journal", fmt::format("it has every claim of this executor, {}", count(runs.size(), "run")));
    return {};
  });
}

// A promotion to production, and the next break-glass of that person, wait for these.
void check_reviews(Practice& at) {
  if (at.log == nullptr) return;
  const auto now = at.session.clock().now();
  for (const auto& overdue : at.log->replay().overdue_reviews(now))
    at.findings.warn("reviews", fmt::format("{} broke the glass of run {}, and its review is overdue since {}", overdue.by, overdue.run.suffix(), when(overdue.due, now)),
                     fmt::format("others than they type: blc review {}", overdue.run.suffix()));
}

void check_executor(Practice& at) {
  if (at.pin().executor_state.empty())
    return at.findings.ok("executor", "none on this machine for you: you can look and sign, not plan or run");
  const auto& folder = at.pin().executor_state;
  const auto about = adapters::about_file(folder);
  judge_access(at.findings, "executor", folder, about, {at.pin().shared ? 0770U : 0700U, at.pin().shared},
               "put it back from your backup; without its key nothing is planned or run");
  if (!about) return;
  check_executor_key(at);
  check_sealing_key(at);
  check_journal(at);
}

// The key in use and the default one; of the agent's only those that are enrolled here.
void check_keys(Practice& at) {
  at.findings.guard("key", "see blc-key(1)", [&]() -> Result<> {
    const auto [keys, unreadable, useless] = my_keys(at.session);
    for (const auto& error : unreadable) at.findings.fail("key", error, "see blc-key(1)");
    if (keys.empty() && unreadable.empty()) at.findings.warn("key", "you have no key yet", "blc key new");
    if (at.log == nullptr) {
      if (!keys.empty()) at.unchecked("key", "whose your keys are here");
      return {};
    }
    const auto& root = *at.log->replay().root();
    for (const auto& mine : keys) {
      if (mine.path.empty() && root.owner(mine.key) == nullptr) continue;
      const auto where = mine.path.empty() ? "in ssh-agent" : text::display(mine.path);
      judge_key(at.findings, fmt::format("key {}{}", where, mine.in_use ? "" : ", not in use"), mine.key, root, *at.log->replay().catalog());
    }
    return {};
  });
}

}  // namespace

void check_practice(Session& session, Findings& findings) {
  const bool named = !session.globals().practice.empty() || std::getenv("BLC_PRACTICE") != nullptr;  // NOLINT(concurrency-mt-unsafe)
  const auto found = find_practice(session.globals().practice);
  if (!found && !named) {
    judge_clock(findings, session.clock().now(), {}, adapters::clock_is_kept());
    return findings.ok("practice", "none here or above; only this machine was looked at");
  }
  Practice at{session, findings};
  bool joined = false;
  findings.guard("practice", "blc init --join DIR --pin FILE", [&]() -> Result<> {
    BLC_CHECK(session.join());
    joined = true;
    findings.ok("practice", fmt::format("{}, {}, pinned at {}", text::display(session.directory()), at.pin().pin.origin,
                                        count(at.pin().pin.checkpoint.size, "entry")));
    return {};
  });
  if (joined) {
    check_store(at);
    check_ledger(at);
  }
  check_clock(at);
  if (!joined) return;
  check_root(at);
  check_outside(at);
  check_catalog(at);
  check_reviews(at);
  check_registers(session, findings);
  check_executor(at);
  check_keys(at);
}

}  // namespace blc::cli
