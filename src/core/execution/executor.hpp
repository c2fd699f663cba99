#pragma once
#include <functional>
#include <map>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "core/approval/log.hpp"
#include "core/approval/vault.hpp"
#include "core/base/result.hpp"
#include "core/execution/run_journal.hpp"
#include "core/plan/planner.hpp"
#include "core/ports/clock.hpp"
#include "core/ports/journal.hpp"
#include "core/ports/practice_files.hpp"
#include "core/ports/processes.hpp"
#include "core/ports/signer.hpp"
#include "core/trust/catalog.hpp"

namespace blc::execution {

// What the executor tells while it works: for screens only.
struct Progress {
  virtual ~Progress() = default;
  virtual void step_starts(const plan::PlannedStep& /*step*/, bool /*undo*/) {}
  // It has just written this, on either stream; of a clinical run, how much is all that may be shown.
  virtual void step_says(const plan::PlannedStep& /*step*/, std::string_view /*bytes*/) {}
  // It is still at work: with each heartbeat.
  virtual void step_lasts(const plan::PlannedStep& /*step*/, bool /*undo*/) {}
  virtual void step_ends(const plan::PlannedStep& /*step*/, bool /*undo*/, bool /*succeeded*/,
                         const std::string& /*how*/) {}
  // Of a run that goes on: whether the step in doubt had been done.
  virtual void confirm_starts(const plan::PlannedStep& /*step*/) {}
  virtual void confirm_ends(const plan::PlannedStep& /*step*/, approval::Found /*found*/) {}
};

struct Outcome {
  approval::Ending ending = approval::Ending::indeterminate;
  std::vector<std::string> remains;
  std::string why;
};

// Waits at most so long for another execution to end.
using TakeLock = std::function<Result<std::unique_ptr<ports::ExecutorLock>>(Milliseconds wait)>;

// The service that resolves plans and executes them, with a key of its own. It starts a run at most once
// (design "At most once") and takes nothing but an ApprovedRun from the gate.
class Executor {
 public:
  struct Parts {
    approval::Log& log;
    approval::Vault& vault;
    ports::Signer& signer;
    ports::Clock& clock;
    ports::Journal& journal;
    ports::Processes& processes;
    ports::PracticeFiles& files;
    ports::Credentials& credentials;
    TakeLock lock;
  };
  // Exit::authentication when the root in force holds no executor with this key.
  static Result<Executor> open(Parts parts);

  // The verbs, policies and programs that govern in `environment`: the practice's files in local, the
  // adopted catalog elsewhere.
  [[nodiscard]] Result<trust::Catalog> governing_catalog(Environment environment) const;

  // Exit::refused, with who serves it and how this executor would, when it does not serve the environment.
  [[nodiscard]] Result<> serves(Environment environment) const;

  // Exit::drift, and nothing is recorded, where the run would resolve to something else than was planned.
  [[nodiscard]] Result<> unchanged(const approval::Run& run, std::stop_token stop);

  // Resolves the request and appends the plan. Nothing outside the ledger is changed. On failure the
  // request stays without a plan, and a refusal entry says why.
  Result<> plan(const RunId& run, std::stop_token stop);

  // Claims the run and executes it, once; appends the outcome. Errors before the claim: nothing was done
  // (Exit::drift with what drifted; the gate's own). After it, whatever happened is an Outcome.
  Result<Outcome> execute(const RunId& run, std::stop_token stop, Progress& progress);

  // Exit::refused when the run was not cut off, not here, or in the middle of what cannot be gone on with: says which
  // step and why.
  [[nodiscard]] Result<> may_resume(const RunId& run);

  // Takes up a standing order to resume and goes on from what the journal proves: what is done is not done again, and
  // the step in doubt is confirmed, or repeated where its verb allows that. Errors before the first effect: nothing was
  // done (Exit::drift when what is left to do is no longer what was approved; the gate's own).
  Result<Outcome> resume(const RunId& run, std::stop_token stop, Progress& progress);

  // Appends the outcome that the journal proves for a claimed run whose executor was cut off; does nothing
  // for any other run.
  Result<> recover(const RunId& run);

  void refuse(const approval::Run& run, const std::string& who, const std::string& action, const Error& error);
  // The same of what concerns no run: who is trusted, what counts.
  void refuse(const std::string& who, const std::string& action, const Error& error);

 private:
  Executor(Parts parts, std::string name, crypto::PublicKey key)
      : parts_(std::move(parts)), journal_(parts_.journal), name_(std::move(name)), key_(std::move(key)) {}

  // The run that a rollback takes back.
  struct Undone {
    std::shared_ptr<const plan::Plan> plan;
    std::map<std::string, std::string> outputs;  // what its undos read of what its steps printed
    Secret run_key;
  };
  struct Opened {
    trust::Catalog catalog;
    const verb::Verb* verb;
    approval::OpenedRequest request;
    std::optional<Undone> undone{};
  };
  [[nodiscard]] Result<Undone> open_undone(const approval::Run& undone, const verb::Verb& verb) const;
  [[nodiscard]] Result<std::unique_ptr<Opened>> open_run(const approval::Run& run) const;
  [[nodiscard]] Result<plan::TierGround> tier_ground(const Opened& opened) const;
  [[nodiscard]] Result<plan::Resolved> resolve(const approval::Run& run, const Opened& opened, std::stop_token stop,
                                               const plan::Earlier* earlier = nullptr) const;
  [[nodiscard]] Result<plan::Plan> build(const approval::Run& run, plan::Resolved resolved,
                                         std::vector<ports::SealedBlob>& blobs) const;
  Result<> may_claim(const approval::Run& run, const Journalled& journal) const;
  Result<> refuse_drift(const approval::Run& run, const plan::Resolved& resolved);
  Result<approval::ApprovedRun> claim(const RunId& run);
  // What a run that was cut off goes on from.
  struct Standstill {
    std::map<std::string, std::optional<std::string>> done;  // with what each printed, unless that is lost
    std::optional<std::string> in_doubt;
  };
  [[nodiscard]] Result<Standstill> standstill(const approval::Run& run, const Journalled& journal) const;
  Result<approval::ApprovedRun> take_up(const RunId& run);
  // What both executing and resuming need before the ledger is told.
  struct Ready {
    std::unique_ptr<Opened> opened;
    plan::Resolved resolved;
    approval::ApprovedRun approved;
  };
  Result<Outcome> carry_out(const Ready& ready, const std::optional<std::string>& in_doubt, std::stop_token stop,
                            Progress& progress);
  Result<> append(const approval::RunScope& scope, ledger::Kind kind, const text::Json& body,
                  std::vector<ports::SealedBlob> blobs = {});

  Parts parts_;
  RunJournal journal_;
  std::string name_;
  crypto::PublicKey key_;
};

}  // namespace blc::execution
