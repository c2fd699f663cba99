#include <fmt/format.h>

#include "cli/commands/command.hpp"
#include "cli/views/run_view.hpp"
#include "cli/views/words.hpp"

namespace blc::cli {

namespace {

// One plain line a step, on standard error, in the order things happen.
class StepLines final : public execution::Progress {
 public:
  explicit StepLines(const Output& output) : output_(output) {}
  void step_starts(const plan::PlannedStep& step, bool undo) override {
    output_.note(fmt::format("{}{} ...", undo ? "undo of " : "", step.name));
  }
  void step_ends(const plan::PlannedStep& step, bool undo, bool succeeded, const std::string& how) override {
    output_.note(fmt::format("{}{}: {}", undo ? "undo of " : "", step.name, succeeded ? "done" : "FAILED, " + how));
  }

 private:
  const Output& output_;
};

Exit code_of(approval::Ending ending) {
  switch (ending) {
    case approval::Ending::succeeded: return Exit::done;
    case approval::Ending::failed: return Exit::failed;
    default: return Exit::unresolved;
  }
}

}  // namespace

Result<Exit> execute_run(Session& session, const approval::Run& run) {
  const auto id = run.id;
  session.command_log().concerns(run);
  BLC_TRY(auto* const desk, session.desk());
  BLC_TRY(auto* const executor, session.executor());
  const auto stop = session.interrupts();
  BLC_CHECK(executor->recover(id));
  if (auto ordered = desk->order(id); !ordered) {
    executor->refuse(run, desk->name(), "execute", ordered.error());
    return std::unexpected(ordered.error());
  }
  StepLines lines(session.output());
  BLC_TRY(const auto outcome, executor->execute(id, stop, lines));
  const auto shown = view_of((*session.log())->replay(), *(*session.log())->replay().run(id), session.clock().now(),
                             desk->name(), session.terminal().width());
  auto& output = session.output();
  if (output.json()) {
    output.object(to_json(shown));
  } else {
    output.raw(outcome_text(shown));
    output.line(fmt::format("Next  blc output {0}   (blc show {0} for all that happened)", id.suffix()));
  }
  const bool interrupted = outcome.ending == approval::Ending::failed && stop.stop_requested();
  return interrupted ? Exit::interrupted : code_of(outcome.ending);
}

void add_execute(Commands& commands) {
  auto run = std::make_shared<std::string>();
  auto* const command = commands.add(commands.app, "execute", "Run an approved plan, once", [run](Session& session) -> Result<Exit> {
    BLC_TRY(const auto* const found, session.find_run(*run));
    return execute_run(session, *found);
  });
  command->add_option("run", *run, "its ID, or the last six characters of it")->required();
}

}  // namespace blc::cli
