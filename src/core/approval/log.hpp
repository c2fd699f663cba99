#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/approval/replay.hpp"
#include "core/base/result.hpp"
#include "core/base/ulid.hpp"
#include "core/ports/clock.hpp"
#include "core/ports/head_memory.hpp"
#include "core/ports/ledger_index.hpp"
#include "core/ports/ledger_store.hpp"
#include "core/ports/randomness.hpp"
#include "core/ports/signer.hpp"

namespace blc::approval {

// What a client holds fast of a ledger, in the user's or the executor's configuration, never in the practice.
struct Pin {
  std::string origin;
  LeafHash root1;
  ledger::Head checkpoint;  // the ledger must extend it
  std::uint64_t losses = 0;  // as of HeadMemory::Seen
};

struct RunScope {
  RunId run;
  Environment environment = Environment::local;
  Classification classification = Classification::clinical;
};

// An entry to be: signed by append().
struct Draft {
  ledger::Kind kind = ledger::Kind::unknown;
  std::optional<RunScope> scope;
  text::Json body;
  std::vector<ports::SealedBlob> blobs;
};

struct AppendedEntry {
  std::uint64_t leaf = 0;
  LeafHash hash;
  Timestamp at;
};

// One client's verified view of one ledger, and the only way to append to it. What it shows extends every
// head it ever verified; anything else is Exit::ledger.
class Log {
 public:
  // Without an index everything is read and judged again by each process.
  Log(ports::LedgerStore& store, ports::HeadMemory& memory, ports::Clock& clock, ports::Randomness& random, Pin pin,
      ports::LedgerIndex* index = nullptr);
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;
  ~Log();

  // Verifies what is new since the last refresh, and since the last process.
  Result<> refresh();
  // For admins, after a backup was put back: reads the ledger as it is now, and tells what of the longest one that this
  // client knows is lost. Nothing is remembered before a root lists that loss. Exit::refused when nothing is lost.
  Result<trust::Loss> read_restored();
  // What has been lost since this client last looked, as the root in force says; filled by the first refresh().
  [[nodiscard]] const std::vector<trust::Loss>& new_losses() const { return new_losses_; }
  // Reads and judges everything from the first entry on; signatures that this client has verified before are not
  // checked again unless `signatures`. When it finds a fault nothing of the ledger is remembered as verified.
  using Progress = std::function<void(std::uint64_t)>;
  Result<> verify_all(bool signatures, const Progress& progress);
  [[nodiscard]] const Replay& replay() const { return replay_; }
  [[nodiscard]] const Pin& pin() const { return pin_; }
  [[nodiscard]] ports::LedgerStore& store() const { return store_; }
  [[nodiscard]] Timestamp now() const { return clock_.now(); }

  // Makes the draft from the verified ledger, checks that it counts there, signs and appends. A plan, claim,
  // step intent, root or catalog is made and signed anew on every conflict; any other entry is signed once,
  // and only checked again. An answer lost on the way is found by its leaf hash. Errors: those of `make`; Exit::refused
  // when the entry does not or no longer fit; Exit::ledger while the ledger has unlisted void entries.
  using Make = std::function<Result<Draft>(const Replay&)>;
  // `before_append`, when given, sees the leaf hash before the store does: the executor's journal.
  using Before = std::function<void(const LeafHash&)>;
  Result<AppendedEntry> append(ports::Signer& signer, const std::string& by, const Make& make,
                               const Before& before_append = {});

  // Exit::ledger while the ledger has void entries that no root lists as known.
  [[nodiscard]] Result<> sound() const;
  // Exit::refused while this machine's clock is behind what the executors of that environment have written.
  [[nodiscard]] Result<> clock_allows(Environment environment) const;
  // What this client signed and the ledger does not hold.
  [[nodiscard]] std::vector<std::string> missing_of_mine();
  RunId new_run_id();

 private:
  Result<std::string> sign(ports::Signer& signer, const std::string& by, const Draft& draft);
  Result<> read_on(std::uint64_t signatures_from, const std::optional<ports::HeadMemory::Seen>& seen, bool bulk,
                   const Progress& progress);
  void leave_foreign_index();
  void start_over();
  void read_all_anew();
  Result<> read_while_restoring();
  Result<> go_on_after_loss(const std::optional<ports::HeadMemory::Seen>& seen, Error refused);
  [[nodiscard]] bool holds(const ledger::Head& head) const;
  [[nodiscard]] bool lost(const ledger::Head& head, std::uint64_t losses) const;
  [[nodiscard]] Result<> holds(std::uint64_t leaf, const LeafHash& hash);
  [[nodiscard]] Result<> is_pinned() const;
  [[nodiscard]] Result<> extends_what_is_known(const std::optional<ports::HeadMemory::Seen>& seen) const;
  void forget(const LeafHash& leaf);
  void remember();
  Result<> fits(const std::string& bytes) const;
  ports::Appended store_entry(const std::string& bytes, const Draft& draft, const LeafHash& leaf);

  ports::LedgerStore& store_;
  ports::HeadMemory& memory_;
  ports::Clock& clock_;
  UlidSource ids_;
  Pin pin_;
  ports::LedgerIndex* index_;
  std::unique_ptr<ports::LedgerIndex> scratch_;  // in the place of the index
  Replay replay_;
  bool remembered_ = false;  // the head of the first refresh is saved
  bool all_checked_ = false;  // every entry that the replay holds was read and checked by this process
  bool restoring_ = false;    // since read_restored(), until a root lists what is lost: what this client knew does not bind it
  std::vector<trust::Loss> new_losses_;
};

}  // namespace blc::approval
