// What a replay has taken in: tree, roots, catalogs and runs. All in memory; or, over an index, only what is
// new and what was asked for, the rest read again from the store when it is needed.
#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "core/approval/governing.hpp"
#include "core/approval/proposal.hpp"
#include "core/approval/run.hpp"
#include "core/ledger/entry.hpp"
#include "core/ledger/tree.hpp"
#include "core/ports/ledger_index.hpp"
#include "core/ports/ledger_store.hpp"
#include "core/trust/history.hpp"

namespace blc::approval {

using ports::RunFilter;
using ports::VoidEntry;

// A root or catalog that comes into force.
struct Adopted {
  std::variant<trust::Root, trust::Catalog> what;
  trust::History::Backing backing;
};

// What an entry's body says, read. Nothing for kinds that say no more than that they are there.
using Parsed = std::variant<std::monostate, RequestFact, PlanFact, ApprovalFact, CancelFact, OrderFact, ClaimFact,
                            StepFact, OutcomeFact, CloseFact, GlassFact, ReviewFact, NoteFact, RefusalFact, RevealFact, ExportFact, ResumeFact, Adopted,
                            Proposal, ProposalDecision, Acceptance, trust::Delegation>;

// Takes judged entries in, and tells what was. Where the store does not give the bytes that were verified,
// every method throws Broken with Exit::ledger.
class Records {
 public:
  explicit Records(std::string origin) : origin_(std::move(origin)) {}
  // Goes on where the index ends.
  Records(std::string origin, ports::LedgerIndex& index, ports::LedgerStore& store);
  Records(const Records&) = delete;
  Records& operator=(const Records&) = delete;
  ~Records() = default;

  void take(const ledger::Entry& entry, const LeafHash& leaf, bool late, Parsed parsed);
  void take_void(const LeafHash& leaf, std::string why);
  // Hands what is new to the index. `forget`: and drops from memory what can be read again, runs that were
  // asked for among them.
  void save(bool forget);

  [[nodiscard]] const std::string& origin() const { return origin_; }
  [[nodiscard]] std::uint64_t size() const { return tree_.size(); }
  [[nodiscard]] const ledger::Tree& tree() const { return tree_; }
  [[nodiscard]] const trust::History& trust() const { return trust_; }
  [[nodiscard]] const trust::Root* root() const { return trust_.root_at(size()); }
  [[nodiscard]] const std::vector<VoidEntry>& voids() const { return voids_; }
  // Those that no adopted root or catalog has overtaken.
  [[nodiscard]] const std::vector<Proposal>& proposals() const { return proposals_; }
  [[nodiscard]] const std::optional<std::uint64_t>& unreadable() const { return unreadable_; }
  // An entry about a proposal or a lent role that the index goes on from and the store no longer gives as it was verified:
  // lost with a backup that was put back, or exchanged. Nothing of these records counts then.
  [[nodiscard]] const std::optional<std::uint64_t>& gone() const { return gone_; }
  [[nodiscard]] std::vector<std::uint64_t> late_entries() const;
  [[nodiscard]] std::optional<Timestamp> last_executor_entry(Environment environment) const;
  [[nodiscard]] std::uint64_t seen_by_executors(Environment environment) const;
  // When any executor has written last; the epoch before the first.
  [[nodiscard]] Timestamp heard_from_executors() const;
  // The first entry of each person from each client.
  using Clients = std::map<std::pair<std::string, ClientId>, ports::FirstUse>;
  [[nodiscard]] const Clients& clients() const { return clients_; }
  // Whose key this is or ever was, in any form.
  [[nodiscard]] std::optional<std::string> owner(const crypto::PublicKey& key) const;
  [[nodiscard]] bool used(const std::string& by, const EntryId& id) const;
  [[nodiscard]] std::vector<LeafHash> claims_by(const crypto::PublicKey& executor) const;
  [[nodiscard]] std::optional<LeafHash> last_claim_by(const crypto::PublicKey& executor) const;

  // Null when no entry of such a run counts. Stays where it is until save(true).
  [[nodiscard]] const Run* run(const RunId& id) const;
  [[nodiscard]] std::optional<std::uint64_t> last_entry_of(const RunId& id, const std::string& signer) const;
  [[nodiscard]] std::uint64_t run_count() const { return run_count_; }
  [[nodiscard]] std::uint64_t run_count(const RunFilter& filter) const;
  void each_run(const RunFilter& filter, const std::function<bool(const Run&)>& each) const;
  [[nodiscard]] const Run* last_claimed(std::string_view verb, Environment environment,
                                        const text::Json::Object* parameters, std::uint64_t before) const;
  [[nodiscard]] const Run* last_rollback(const RunId& undone, std::uint64_t before) const;
  [[nodiscard]] GoverningCache& governing() const { return governing_; }

 private:
  struct Known {
    Run run;
    bool counted = false;  // some entry of it counts
    std::optional<std::uint64_t> last;
    Digest chain;
    std::map<std::string, std::uint64_t> last_of_signer;
    bool changed = false;  // since it was saved
  };
  [[nodiscard]] std::optional<std::string> still_there(std::uint64_t leaf) const;
  [[nodiscard]] std::string read_again(std::uint64_t leaf) const;
  [[nodiscard]] Known* known(const RunId& id) const;
  [[nodiscard]] Known load(const ports::IndexedRun& row) const;
  void load_governing(const std::vector<std::uint64_t>& leaves);
  void take_governing(std::uint64_t leaf, Parsed parsed);
  void own_keys(const Adopted& adopted);
  void note_client(const ledger::Entry& entry);
  [[nodiscard]] text::Json adopted_body(std::uint64_t leaf) const;
  [[nodiscard]] std::vector<std::uint64_t> governing_leaves() const;
  [[nodiscard]] const Run* later_claim(const std::function<bool(const Run&)>& fits,
                                       const std::optional<RunId>& saved) const;
  void take_into(Known& known, const ledger::Entry& entry, const ports::IndexedEntry& place, const LeafHash& hash,
                 Parsed parsed) const;
  [[nodiscard]] ports::LedgerIndex::Addition addition() const;
  void forget();

  std::string origin_;
  ports::LedgerIndex* index_ = nullptr;
  ports::LedgerStore* store_ = nullptr;
  std::uint64_t saved_ = 0;  // the size that the index covers, as far as we know
  ledger::Tree tree_;
  trust::History trust_;
  std::vector<VoidEntry> voids_;
  std::vector<Proposal> proposals_;
  std::optional<std::uint64_t> unreadable_;
  std::optional<std::uint64_t> gone_;
  std::map<Environment, ports::ExecutorEntries> executors_;
  Clients clients_;
  std::uint64_t run_count_ = 0;
  mutable std::map<RunId, Known> known_;
  mutable GoverningCache governing_;
  // Since it was saved.
  std::vector<ports::IndexedEntry> entries_;
  std::set<std::pair<std::string, EntryId>> ids_;
  std::map<std::string, std::string> owners_;  // by the key's point
};

}  // namespace blc::approval
