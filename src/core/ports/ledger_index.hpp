#pragma once
#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/digest.hpp"
#include "core/base/time.hpp"
#include "core/base/ulid.hpp"
#include "core/base/words.hpp"

namespace blc::ports {

// How a run ended for good. Everything else may still become of one that has not.
enum class RunEnd { none, rejected, cancelled, succeeded, failed, closed };

// Which runs are asked for: what is not set matches every run. States are asked of each.
struct RunFilter {
  std::string by{};      // the requester
  std::string verb{};
  std::string suffix{};  // of the run ID, in capitals
  std::optional<Environment> environment{};
  std::optional<Classification> classification{};
  std::optional<Timestamp> since{};  // of the request, both inclusive
  std::optional<Timestamp> until{};
  std::optional<std::string> subject{};  // its keyed hash
  bool glass_broken = false;  // only those
  // Leaves out what has no plan, has ended, or expired before then.
  std::optional<Timestamp> live_at{};
  // Only what ended (with an outcome, a rejection or a cancellation) at or after then.
  std::optional<Timestamp> ended_since{};
  // Only those that ended so; where empty, all.
  std::vector<RunEnd> ends{};
};

// What is known of an adopted root or catalog without reading it.
struct Adoption {
  std::uint64_t leaf = 0;
  bool root = true;         // or a catalog
  // How many admins stood behind it: the admin threshold that it was adopted under, of a root the smaller of before and
  // after, and no more than were admins themselves, as who holds the recovery key is not.
  std::uint64_t under = 0;
  std::array<std::uint64_t, kEnvironments.size()> most_slots{};  // of a catalog: the most that it asks for, by environment
  Timestamp at{};
  bool recovery = false;  // signed with the recovery key
  Timestamp heard{};      // what executors had written last before it was dated so: whoever adopts chooses `at`, not this
};

struct VoidEntry {
  std::uint64_t leaf = 0;
  std::string why;
};

// What the executors of an environment have written: the last time, and how much of the ledger they had seen at most.
struct ExecutorEntries {
  Timestamp at;
  std::uint64_t seen = 0;
};

// Where somebody has signed: the first entry from that client.
struct FirstUse {
  std::string by;
  ClientId client;
  std::uint64_t leaf = 0;
  Timestamp at;
};

struct IndexedEntry {
  std::uint64_t leaf = 0;
  std::optional<std::uint64_t> previous;  // the last one before it of the same run
  EntryId id;
  std::string by;
  bool late = false;
};

struct IndexedRun {
  RunId id;
  std::uint64_t last = 0;  // leaf of its last entry
  Digest chain;            // over the hashes of its entries and whether each was late: none can be left out
  std::string by;
  std::string verb;
  Environment environment = Environment::local;
  Classification classification = Classification::clinical;
  Timestamp at;
  std::string subject;             // keyed hash, or empty
  Digest parameters;               // SHA-256 of their canonical form
  bool glass_broken = false;
  std::optional<RunId> rolls_back{};  // of a rollback: the run that it takes back
  std::optional<std::uint64_t> claim;  // leaf
  std::string claimant;            // fingerprint of its key, or empty
  // When the run can no longer change by itself: the epoch when it has ended or has no plan, its latest possible
  // deadline, or the end of time for one that was claimed and has not ended.
  Timestamp live_until;
  std::optional<Timestamp> ended;
  RunEnd end = RunEnd::none;
};

struct IndexedTile {
  unsigned level = 0;
  std::uint64_t index = 0;
  std::vector<Digest> hashes;
};

// What a client remembers of the entries that it verified: where they are, never what they say. A command
// reads the rest of the ledger, and of what the index covers only the runs that it shows or decides; their
// bytes are held against the tiles. Losing the index costs the time to read everything again, nothing else.
// Methods throw Broken.
class LedgerIndex {
 public:
  // The facts of the whole ledger up to `size`.
  struct Summary {
    std::uint64_t size = 0;
    std::uint64_t runs = 0;
    std::optional<std::uint64_t> unreadable;
    std::map<Environment, ExecutorEntries> executors;
    std::vector<FirstUse> clients;  // in ledger order
    std::vector<VoidEntry> voids;
    std::vector<Adoption> adopted;  // oldest first
    std::vector<std::uint64_t> governing;  // leaves of what counts of open proposals and of delegations, in order
  };
  // What is added when the index goes on from the size `from`.
  struct Addition {
    std::uint64_t from = 0;
    std::uint64_t size = 0;
    std::uint64_t runs = 0;                     // in all
    std::optional<std::uint64_t> unreadable;    // in all
    std::map<Environment, ExecutorEntries> executors;  // in all
    std::vector<FirstUse> clients;
    std::vector<VoidEntry> voids;
    std::vector<Adoption> adopted;
    std::vector<std::uint64_t> governing;                   // in all
    std::vector<std::pair<std::string, std::string>> keys;  // wire form, owner
    std::vector<IndexedEntry> entries;
    std::vector<IndexedRun> changed;  // runs, whole
    std::vector<IndexedTile> tiles;
  };
  virtual ~LedgerIndex() = default;

  // What the other queries tell from here on; somebody else may go on, which they tell only after add().
  [[nodiscard]] virtual Summary summary() = 0;
  [[nodiscard]] virtual std::vector<Digest> tile(unsigned level, std::uint64_t index) = 0;  // empty when there is none
  [[nodiscard]] virtual std::optional<IndexedRun> run(const RunId& id) = 0;
  [[nodiscard]] virtual std::optional<IndexedEntry> entry(std::uint64_t leaf) = 0;
  // The leaf of the signer's entry with this ID.
  [[nodiscard]] virtual std::optional<std::uint64_t> find_entry(std::string_view by, const EntryId& id) = 0;
  [[nodiscard]] virtual std::vector<std::uint64_t> late_entries() = 0;
  [[nodiscard]] virtual std::optional<std::string> owner(std::string_view key) = 0;
  // Newest first; stops when `each` returns false.
  virtual void each_run(const RunFilter& filter, const std::function<bool(const RunId&)>& each) = 0;
  [[nodiscard]] virtual std::uint64_t run_count(const RunFilter& filter) = 0;
  // The run whose claim is the last one below `before`; rollbacks are none of these.
  [[nodiscard]] virtual std::optional<RunId> last_claimed(std::string_view verb, Environment environment,
                                                          const std::optional<Digest>& parameters,
                                                          std::uint64_t before) = 0;
  // The same of the rollbacks of a run.
  [[nodiscard]] virtual std::optional<RunId> last_rollback(const RunId& undone, std::uint64_t before) = 0;
  // Leaves of the claims that this key signed, and the last of them below `before`.
  [[nodiscard]] virtual std::vector<std::uint64_t> claims_by(std::string_view fingerprint) = 0;
  [[nodiscard]] virtual std::optional<std::uint64_t> last_claim_by(std::string_view fingerprint, std::uint64_t before) = 0;

  // False, and nothing changed, when it does not end at `from` any more: somebody else went on.
  [[nodiscard]] virtual bool add(const Addition& addition) = 0;
  // Empties it: everything is to be read again.
  virtual void forget() = 0;
  // An empty one of its own, gone when it is destroyed.
  [[nodiscard]] virtual std::unique_ptr<LedgerIndex> scratch() = 0;
};

}  // namespace blc::ports
