#include <fmt/format.h>

#include "cli/commands/command.hpp"
#include "cli/commands/schedule.hpp"
#include "cli/progress.hpp"
#include "cli/times.hpp"
#include "cli/views/run_view.hpp"
#include "cli/views/words.hpp"

namespace blc::cli {

namespace {

Exit code_of(approval::Ending ending) {
  switch (ending) {
    case approval::Ending::succeeded: return Exit::done;
    case approval::Ending::failed: return Exit::failed;
    default: return Exit::unresolved;
  }
}

Result<> order(Session& session, execution::Executor& executor, const approval::Run& run) {
  BLC_TRY(auto* const desk, session.desk());
  auto ordered = desk->order(run.id);
  if (!ordered) executor.refuse(run, desk->name(), "execute", ordered.error());
  return ordered;
}

struct ExecuteOptions {
  std::string run;
  std::string at;
  bool print_systemd = false;
};

Result<Exit> execute(Session& session, const ExecuteOptions& options) {
  if (options.print_systemd && options.at.empty())
    return fail(Exit::usage, "--print-systemd belongs with --at", "blc execute RUN --at TIME --print-systemd");
  BLC_TRY(const auto* const found, session.find_run(options.run));
  if (options.at.empty()) return execute_run(session, *found);
  BLC_TRY(const auto at, parse_when(options.at, session.clock().now(), "--at"));
  return execute_at(session, *found, at, options.print_systemd);
}

}  // namespace

Result<Exit> watch(Session& session, const RunId& id, const Work& work) {
  BLC_TRY(auto* const executor, session.executor());
  const auto stop = session.interrupts();
  // A copy: while the run goes on, the ledger is read and what is known of it changes.
  const auto run = *(*session.log())->replay().run(id);
  auto progress = progress_of(session, run);
  auto ended = work(*executor, stop, *progress);
  progress.reset();  // what is told now comes below it
  BLC_TRY(const auto outcome, std::move(ended));
  const auto shown = view_of((*session.log())->replay(), *(*session.log())->replay().run(id), session.clock().now(),
                             session.known_me() == nullptr ? "" : session.known_me()->name, session.terminal().width());
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

Result<Exit> execute_run(Session& session, const approval::Run& run) {
  const auto id = run.id;
  session.command_log().concerns(run);
  BLC_CHECK(session.settings_in(run.environment));  // none may lower what governs there
  // An order that this person signed for a time that has come is carried out as it is.
  const auto due = my_order_for_later(session, run);
  const bool ordered = due && *due <= session.clock().now();
  BLC_TRY(auto* const executor, session.executor());
  BLC_CHECK(executor->recover(id));
  if (!ordered) BLC_CHECK(order(session, *executor, run));
  return watch(session, id, [&](auto& at_work, auto stop, auto& progress) { return at_work.execute(id, std::move(stop), progress); });
}

void add_execute(Commands& commands) {
  auto options = std::make_shared<ExecuteOptions>();
  auto* const command = commands.add(commands.app, "execute", "Run an approved plan, once",
                                     [options](Session& session) { return execute(session, *options); });
  command->add_option("run", options->run, "its ID, or the last six characters of it")->required();
  command->add_option("--at", options->at, "order it for then and wait: 18:00, +2h, 2026-11-24T18:00, also with Z or +01:00")->type_name("TIME");
  command->add_flag("--print-systemd", options->print_systemd, "with --at: do not wait, print the systemd-run line that runs it");
}

}  // namespace blc::cli
