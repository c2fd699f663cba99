#pragma once
#include <map>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <variant>
#include <vector>

#include "core/base/result.hpp"
#include "core/base/secret.hpp"
#include "core/plan/migration.hpp"
#include "core/plan/plan.hpp"
#include "core/ports/credentials.hpp"
#include "core/ports/practice_files.hpp"
#include "core/ports/processes.hpp"
#include "core/trust/catalog.hpp"
#include "core/verb/verb.hpp"

namespace blc::plan {

// A command with everything that execution needs: the hashed program, the hashed copies of what it sees.
struct ReadyCommand {
  std::shared_ptr<const ports::Program> program;
  std::vector<std::string> argv;
  std::optional<std::vector<verb::Piece>> standard_input;
  ports::View view;  // without writable folders: those are opened when the step runs
};

struct ReadyStep {
  PlannedStep planned;
  ReadyCommand run;
  std::optional<ReadyCommand> preview;
  std::optional<ReadyCommand> undo;
  std::optional<ReadyCommand> confirm;
  std::vector<std::string> writes;          // paths below the practice
  std::optional<ports::Finished> finished;  // of a step that ran at planning
  bool done = false;                        // before the run was cut off: only its undo is ready
};

// A resolution together with the very bytes it was made from.
struct Resolved {
  Resolution resolution;
  std::vector<ReadyStep> steps;
  std::map<std::string, std::string> previews;  // step -> what the preview printed
  std::map<std::string, std::string> outputs{};  // of a rollback: step -> what it printed in the run that is taken back
};

// Of a run that goes on after it was cut off: the plan as it was approved, and the steps of it that are done, each
// with what it printed unless that was lost.
struct Earlier {
  const Resolution& approved;
  const std::map<std::string, std::optional<std::string>>& done;
};

// Of a rollback: the run that it takes back, as that was approved, what its steps printed as far as their undos read
// it, and the key of its digests.
struct Undoing {
  RunId run;
  const Resolution& approved;
  const std::map<std::string, std::string>& outputs;
  const Secret& run_key;
};

// What to resolve. `values` are in clear and stay in memory.
struct Subject {
  const verb::Verb& verb;
  const verb::Values& values;
  RunId run;
  Environment environment;
  bool rehearsal = false;
  text::Json::Object parameters;  // as the request records them
  const Secret& run_key;
  Governing governing;
  policy::ApprovalRule rule;
  std::optional<RequiredRun> required_run;
  const trust::Catalog* catalog = nullptr;  // outside local: the bytes of verbs/ and policies/ come from here
  const Earlier* earlier = nullptr;
  const Undoing* undoing = nullptr;
  std::string requester{};
  Timestamp now{};
  const TierGround* tiers = nullptr;  // of a verb that migrates
};

// Resolves a verb against the world: reads and hashes what it names, runs its leading read steps and its
// previews in isolation with nowhere to write. Changes nothing. Errors: Exit::usage (a file that cannot
// be read), Exit::failed (a read step or preview that fails), Exit::refused (no isolation; no credential that a step asks for; no consent, care relation or
// way of contact that the verb asks for), Exit::interrupted.
// Of a run that goes on, only what is still to be done is resolved anew, the undo of what is done included; the rest
// is as it was approved, whatever the run itself has changed of it. Of a rollback, the undos of the run that it takes
// back; Exit::refused when the verb in force would undo otherwise than was planned with that run.
class Planner {
 public:
  Planner(ports::Processes& processes, ports::PracticeFiles& files, ports::Credentials& credentials)
      : processes_(processes), files_(files), credentials_(credentials) {}
  [[nodiscard]] Result<Resolved> resolve(const Subject& subject, std::stop_token stop) const;

 private:
  ports::Processes& processes_;
  ports::PracticeFiles& files_;
  ports::Credentials& credentials_;
};

}  // namespace blc::plan
