#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/approval/gate.hpp"
#include "core/approval/records.hpp"
#include "core/approval/run.hpp"
#include "core/ledger/entry.hpp"
#include "core/ledger/tree.hpp"
#include "core/trust/history.hpp"

namespace blc::approval {

// How an entry stands at its place: it counts; it is authentic but came too late (no fault); or it is
// malformed, not authentic or not allowed (void: verification fails until the admins list it).
struct Verdict {
  enum class Standing { counts, late, void_entry } standing = Standing::counts;
  std::string why;
  std::string hint{};  // what its signer can do instead, where there is something
  [[nodiscard]] bool counts() const { return standing == Standing::counts; }
};

// The ledger told from its first entry on: tree, roots, catalogs and runs, each entry judged at its leaf
// from the entries before it alone. Signatures are checked by whoever decodes (see verify.hpp).
class Replay {
 public:
  // `origin` from the pin: entries of another ledger are void.
  explicit Replay(std::string origin);
  // Goes on where the index ends; see save().
  Replay(std::string origin, ports::LedgerIndex& index, ports::LedgerStore& store);
  ~Replay();
  Replay(const Replay&) = delete;
  Replay& operator=(const Replay&) = delete;
  Replay(Replay&&) noexcept;
  Replay& operator=(Replay&&) noexcept;

  // How this entry would stand as the next leaf. Changes nothing.
  [[nodiscard]] Verdict judge(const ledger::Entry& entry) const;
  // The same as judge, and takes the entry in.
  Verdict apply(const ledger::Entry& entry, const LeafHash& leaf);
  // Takes bytes in that are no entry, or whose signature does not verify.
  void apply_void(const LeafHash& leaf, std::string why);
  // Hands what is new to the index. `forget`: and drops from memory what can be read again; runs that were
  // asked for before are gone.
  void save(bool forget);

  [[nodiscard]] std::uint64_t size() const;
  [[nodiscard]] ledger::Head head() const;
  [[nodiscard]] const ledger::Tree& tree() const;
  [[nodiscard]] const trust::History& trust() const;
  [[nodiscard]] const trust::Root* root() const { return trust().root_at(size()); }
  [[nodiscard]] const trust::Catalog* catalog() const { return trust().catalog_at(size()); }
  [[nodiscard]] const std::string& origin() const;

  [[nodiscard]] const Run* run(const RunId& id) const;
  // Newest first; stops when `each` returns false.
  void each_run(const RunFilter& filter, const std::function<bool(const Run&)>& each) const;
  [[nodiscard]] std::uint64_t run_count() const;
  // How many each_run() would show. Takes the index's word for those that it covers.
  [[nodiscard]] std::uint64_t run_count(const RunFilter& filter) const;
  // The run, no rollback, of that verb and environment, and where given of those parameters, whose claim is the last one
  // below `before`; or null.
  [[nodiscard]] const Run* last_claimed(std::string_view verb, Environment environment,
                                        const text::Json::Object* parameters, std::uint64_t before) const;
  // The rollback of this run whose claim is the last one; or null.
  [[nodiscard]] const Run* last_rollback(const RunId& undone) const;
  // Proposals of the next root or catalog that nothing has overtaken.
  [[nodiscard]] const std::vector<Proposal>& proposals() const;
  // Void entries that no root lists as known.
  [[nodiscard]] std::vector<VoidEntry> faults() const;
  [[nodiscard]] const std::vector<VoidEntry>& void_entries() const;
  // Leaves of the authentic ones that came too late.
  [[nodiscard]] std::vector<std::uint64_t> late_entries() const;
  // An authentic entry without a run, of a kind this reader does not know: every gate is stopped.
  [[nodiscard]] std::optional<std::uint64_t> unreadable() const;
  // See Records::gone().
  [[nodiscard]] std::optional<std::uint64_t> gone() const;
  // Leaf hashes of every claim that this key signed.
  [[nodiscard]] std::vector<LeafHash> claims_by(const crypto::PublicKey& executor) const;
  [[nodiscard]] std::optional<LeafHash> last_claim_by(const crypto::PublicKey& executor) const;
  // Among the entries from `from` on.
  [[nodiscard]] std::optional<std::uint64_t> find(const LeafHash& leaf, std::uint64_t from) const;

  // The gate's context for a run at the present size.
  [[nodiscard]] Context context(const Run& run, Timestamp now) const;
  // What a reader at `now` must hold of the run.
  [[nodiscard]] State state(const Run& run, Timestamp now) const;
  // The same where the gate has been asked already, of that run in that context.
  [[nodiscard]] State state(const Run& run, Timestamp now, const Decision& decision) const;
  // Break-glasses outside local that too few others have looked at in time.
  [[nodiscard]] std::vector<OverdueReview> overdue_reviews(Timestamp now) const;
  // The last time an executor of that environment wrote an entry.
  [[nodiscard]] std::optional<Timestamp> last_executor_entry(Environment environment) const;
  // How many entries an executor of that environment had seen when it wrote its last one: what people wrote below is in
  // force, what they wrote later is sent.
  [[nodiscard]] std::uint64_t seen_by_executors(Environment environment) const;
  [[nodiscard]] const Records::Clients& clients() const;

 private:
  struct Inside;
  std::unique_ptr<Inside> inside_;
};

}  // namespace blc::approval
