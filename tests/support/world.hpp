// A whole practice in memory: people with keys, an executor, a ledger with root 1 and catalog 1.
#pragma once
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "core/approval/desk.hpp"
#include "core/approval/log.hpp"
#include "core/approval/vault.hpp"
#include "core/crypto/service_key.hpp"
#include "core/execution/executor.hpp"
#include "support/fake_programs.hpp"
#include "support/fakes.hpp"

namespace blc::testing {

// The value, or a std::runtime_error with the refusal's words: for what a test takes for granted.
template <class T>
T must(Result<T> result) {
  if (!result) throw std::runtime_error("refused: " + result.error().message);
  if constexpr (!std::is_void_v<T>) return *std::move(result);
}

// Files of a practice by path: verbs, policies, and what verbs read.
using Practice = std::map<std::string, std::string>;

// Verbs `report make` (clinical: reader, writer with drafter and eraser), `post run` (business: adder, poster
// with unposter, sender), `task add` (personal: lister with unlister), with policies and mock data. Local asks
// for nobody; staging for one (business: manager; clinical: lead or privacy officer); clinical production,
// and so a rehearsal, for a lead and a privacy officer.
[[nodiscard]] Practice default_practice();

// Another client of the same ledger: what it has verified is its own.
struct Client {
  Client(ports::LedgerStore& store, ports::Clock& clock, ports::Randomness& random, ports::KeyWrap* kek,
         const approval::Pin& pin)
      : log(store, memory, clock, random, pin), vault(random, kek, store, pin.origin) {}
  FakeHeadMemory memory;
  approval::Log log;
  approval::Vault vault;
};

class World {
 public:
  explicit World(const Practice& practice = default_practice());

  FakeClock clock;
  FakeRandomness random;
  FakeStore store;
  FakeJournal journal;
  FakeProcesses processes;
  FakePracticeFiles files;
  FakeCredentials credentials;
  bool lock_taken = false;  // by another process

  // ana: admin, clinician. ben: clinical-lead. cleo: privacy-officer. dora: practice-manager. machine: the
  // executor of every environment. robot: ci. Any other name gets a key that nobody enrolled.
  [[nodiscard]] crypto::ServiceKey& key(const std::string& name);
  [[nodiscard]] approval::Log& log() { return main_->log; }
  [[nodiscard]] approval::Vault& vault() { return main_->vault; }
  [[nodiscard]] FakeHeadMemory& memory() { return main_->memory; }
  [[nodiscard]] const approval::Pin& pin() const { return pin_; }
  // A client that has seen nothing yet.
  [[nodiscard]] std::unique_ptr<Client> client();
  [[nodiscard]] approval::Desk desk(const std::string& name) {
    return must(approval::Desk::open(log(), key(name), vault()));
  }
  // A new process of the executor, with the same journal.
  [[nodiscard]] execution::Executor executor();

  // Refreshes and returns the run; throws when there is none.
  [[nodiscard]] const approval::Run& run(const RunId& id);
  [[nodiscard]] approval::State state(const RunId& id);
  [[nodiscard]] approval::Decision decision(const RunId& id);

  // ana (or `who`) asks for the verb, the executor plans it.
  RunId planned(std::string_view verb, const verb::Values& values = {}, Environment environment = Environment::local,
                bool rehearsal = false, const std::string& who = "ana");
  RunId requested(std::string_view verb, const verb::Values& values = {}, Environment environment = Environment::local,
                  bool rehearsal = false, const std::string& who = "ana");
  Result<> plan(const RunId& run) { return executor().plan(run, {}); }
  Result<> approve(const std::string& name, const RunId& id) { return desk(name).approve(id, run(id).plan->digest); }
  Result<> order(const RunId& run, const std::string& name = "ana") { return desk(name).order(run); }
  Result<execution::Outcome> execute(const RunId& run, std::stop_token stop = {});
  Result<> recover(const RunId& run);

  // ana adopts the next root or catalog; the functions change what is in force now.
  void adopt_root(const std::function<void(std::vector<trust::Principal>&)>& change);
  void adopt_catalog(const std::function<void(trust::Catalog::Files&)>& change);

  // What an attacker may write into any entry; what is not given is as it should be.
  struct Raw {
    std::optional<ledger::Head> head{};
    std::optional<std::uint64_t> head_size{};  // the head of this ledger at that size
    std::optional<Timestamp> at{};
    std::optional<std::uint64_t> root{};
    std::optional<std::string> by{};
    std::optional<std::string> ledger{};
    std::optional<EntryId> id{};
    std::string key{};  // another key's name
  };
  // Signs any entry, legal or not, without any check.
  [[nodiscard]] std::string sign_raw(const std::string& name, ledger::Kind kind,
                                     const std::optional<approval::RunScope>& scope, const text::Json& body,
                                     const Raw& raw);
  // The same, and stores it; returns its leaf index.
  std::uint64_t append_raw(const std::string& name, ledger::Kind kind, const std::optional<approval::RunScope>& scope,
                           const text::Json& body, const Raw& raw);
  std::uint64_t append_raw(const std::string& name, ledger::Kind kind, const std::optional<approval::RunScope>& scope,
                           const text::Json& body) {
    return append_raw(name, kind, scope, body, Raw());
  }
  std::uint64_t store_raw(const std::string& bytes);
  [[nodiscard]] approval::RunScope scope(const RunId& id) { return approval::scope_of(run(id)); }
  [[nodiscard]] ledger::Head head(std::uint64_t size) const;

  // The whole ledger verified from its first byte, by somebody who trusts nothing.
  [[nodiscard]] approval::Replay told();
  // How one leaf stands in told(): "counts", "late", or "void: why".
  [[nodiscard]] std::string standing(std::uint64_t leaf);

 private:
  std::map<std::string, std::unique_ptr<crypto::ServiceKey>> keys_;
  std::unique_ptr<ports::KeyWrap> kek_;
  UlidSource ids_;
  approval::Pin pin_;
  std::unique_ptr<Client> main_;
};

// Where a person's principal is in a root's list; throws when it is not.
[[nodiscard]] trust::Principal& principal(std::vector<trust::Principal>& list, std::string_view name);

}  // namespace blc::testing
