#include <fmt/format.h>

#include "cli/commands/acts.hpp"
#include "cli/commands/command.hpp"
#include "cli/commands/schedule.hpp"
#include "cli/free_text.hpp"
#include "cli/outside.hpp"
#include "cli/progress.hpp"
#include "cli/times.hpp"
#include "cli/views/run_view.hpp"
#include "cli/views/words.hpp"
#include "core/text/yaml.hpp"

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

// Before the order, so that the gate says yes to it.
Result<> break_glass(Session& session, execution::Executor& executor, const approval::Run& run, const BrokenGlass& glass) {
  BLC_TRY(auto* const desk, session.desk());
  BLC_CHECK(recorded(session, run, desk->name(), "break the glass of", desk->may_break_glass(run)));  // before anything is asked
  // What would not start is not broken for: others would have nothing to review.
  if (auto same = executor.unchanged(run, session.interrupts()); !same) {
    executor.refuse(run, desk->name(), "execute", same.error());
    return same;
  }
  BLC_TRY(const auto because, free_text(session, run, glass.because, "reason"));
  if (because.empty()) return fail(Exit::usage, "a break-glass needs a reason beside its code", how_to_give(run, "blc execute", fmt::format("--break-glass {} --because", to_string(glass.code))));
  BLC_CHECK(recorded(session, run, desk->name(), "break the glass of", desk->break_glass(run.id, glass.code, because)));
  const auto& broken = *desk->log().replay().run(run.id);
  session.output().note(fmt::format("You broke the glass of run {} ({}). {} will review it by {}.", run.id.suffix(), to_string(glass.code),
                                    count(reviewers_needed(broken), "other person"), when(review_due(broken), session.clock().now())));
  return {};
}

Result<std::optional<BrokenGlass>> glass_given(const std::string& code, const std::string& because) {
  if (code.empty() && because.empty()) return std::nullopt;
  const auto parsed = approval::parse_emergency(code);
  if (code.empty()) return fail(Exit::usage, "--because belongs with --break-glass", "blc execute RUN --break-glass ETREAT --because TEXT");
  if (!parsed) return fail(Exit::usage, fmt::format("--break-glass: expected BTG (break the glass) or ETREAT (emergency treatment), found {}", text::found(code)),
                           "blc execute RUN --break-glass ETREAT --because TEXT");
  return BrokenGlass{*parsed, because};
}

struct ExecuteOptions {
  std::string run;
  std::string break_glass;
  std::string because;
  std::string at;
  bool print_systemd = false;
};

Result<Exit> execute(Session& session, const ExecuteOptions& options) {
  if (options.print_systemd && options.at.empty())
    return fail(Exit::usage, "--print-systemd belongs with --at", "blc execute RUN --at TIME --print-systemd");
  BLC_TRY(const auto glass, glass_given(options.break_glass, options.because));
  if (glass && !options.at.empty()) return fail(Exit::usage, "what waits for --at is no emergency", "leave --at out, or --break-glass");
  BLC_TRY(const auto* const found, session.find_run(options.run));
  if (options.at.empty()) return execute_run(session, *found, glass);
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
  publish_again(session, run);
  const bool interrupted = outcome.ending == approval::Ending::failed && stop.stop_requested();
  return interrupted ? Exit::interrupted : code_of(outcome.ending);
}

Result<Exit> execute_run(Session& session, const approval::Run& run, const std::optional<BrokenGlass>& glass) {
  const auto id = run.id;
  session.command_log().concerns(run);
  BLC_CHECK(within_settings(session, run, "execute"));
  // An order that this person signed for a time that has come is carried out as it is.
  const auto due = my_order_for_later(session, run);
  const bool ordered = due && *due <= session.clock().now();
  BLC_TRY(auto* const executor, session.executor());
  BLC_CHECK(executor->recover(id));
  if (glass) BLC_CHECK(break_glass(session, *executor, run, *glass));
  if (!ordered) BLC_CHECK(order(session, *executor, run));
  return watch(session, id, [&](auto& at_work, auto stop, auto& progress) { return at_work.execute(id, std::move(stop), progress); });
}

void add_execute(Commands& commands) {
  auto options = std::make_shared<ExecuteOptions>();
  const auto command = commands.add(commands.app, "execute", "Run an approved plan, once",
                                     [options](Session& session) { return execute(session, *options); });
  command.add_option("run", options->run, "its ID, or the last six characters of it").required();
  command.add_option("--at", options->at, "order it for then and wait: 18:00, +2h, 2026-11-24T18:00, also with Z or +01:00").type_name("TIME");
  command.add_option("--break-glass", options->break_glass, "a clinical emergency: run it before the others have signed, for the reason BTG or ETREAT; they review it afterwards").type_name("CODE");
  command.add_option("--because", options->because, "with --break-glass: why, in words; asked for on a terminal. @FILE and @- read it; outside local it is not taken from the command line").type_name("TEXT");
  command.add_flag("--print-systemd", options->print_systemd, "with --at: do not wait, print the systemd-run line that runs it");
}

}  // namespace blc::cli
