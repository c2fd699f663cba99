#pragma once
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/approval/reached.hpp"
#include "core/approval/replay.hpp"
#include "core/approval/run.hpp"
#include "core/base/digest.hpp"
#include "core/base/result.hpp"
#include "core/ports/journal.hpp"

namespace blc::execution {

// What the executor's journal says of one run.
struct Journalled {
  std::vector<LeafHash> claims;  // noted before each attempt to append one
  bool started = false;          // an effect may have begun: never start again
  std::vector<approval::StepRecord> steps;
  bool ended = false;
};

// The executor's own record of what it started (design "At most once"). Every note is durable when it
// returns. Lines are canonical JSON; one that does not parse makes the whole journal unusable.
class RunJournal {
 public:
  explicit RunJournal(ports::Journal& journal) : journal_(journal) {}

  // Exit::refused when the journal is missing or damaged: then nothing may be claimed with this key.
  [[nodiscard]] Result<std::map<RunId, Journalled>> read();
  void claiming(const RunId& run, const LeafHash& claim);
  void started(const RunId& run);
  // A start is only ever gone on with: this is noted before the first effect that follows.
  void resumed(const RunId& run, const LeafHash& order);
  void confirmed(const RunId& run, const std::string& step, bool done);
  void begun(const RunId& run, const std::string& step, bool undo);
  void finished(const RunId& run, const std::string& step, bool undo, bool succeeded);
  void ended(const RunId& run);

 private:
  ports::Journal& journal_;
};

// What the journal says of the run, if this executor's key may still claim with it: Exit::refused when it is missing or
// damaged, or lacks the key's last claim in the ledger or the run's own. A journal that once lacked a claim is never added
// to again, so that it has those before the last one as well.
[[nodiscard]] Result<Journalled> journal_of(RunJournal& journal, const approval::Replay& replay, const approval::Run& run, const crypto::PublicKey& executor);

// The whole journal, held against every claim of that key.
[[nodiscard]] Result<std::map<RunId, Journalled>> whole_journal(RunJournal& journal, const approval::Replay& replay,
                                                                const crypto::PublicKey& executor);

}  // namespace blc::execution
