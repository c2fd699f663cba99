#include <fmt/format.h>

#include "cli/commands/acts.hpp"
#include "cli/commands/command.hpp"
#include "cli/views/run_view.hpp"
#include "cli/waiting.hpp"

namespace blc::cli {

using approval::State;

namespace {

struct WaitOptions {
  std::string run;
  std::string timeout;
  bool outcome = false;
};

bool planning_failed(const approval::Run& run, State state) { return state == State::planning && approval::planning_refused(run) != nullptr; }

// Whether there is something to wait for: that it may run, or with `outcome` that it has ended.
bool goes_on(const approval::Run& run, State state, bool outcome) {
  switch (state) {
    case State::planning: return !planning_failed(run, state);
    case State::pending:
    case State::executing: return true;
    case State::approved: return outcome;
    default: return false;
  }
}

// The exit code that a run's state means to a script.
Exit code_of(State state) {
  switch (state) {
    case State::planning:
    case State::pending: return Exit::approvals_missing;
    case State::rejected:
    case State::cancelled:
    case State::expired: return Exit::ended;
    case State::failed: return Exit::failed;
    case State::executing:
    case State::partial:
    case State::indeterminate: return Exit::unresolved;
    default: return Exit::done;
  }
}

// The run's own exit code: what running it would have ended with. A run that people closed had ended as
// partial or indeterminate, whatever they found since.
Exit own_code(const approval::Run& run, State state) {
  if (planning_failed(run, state)) return Exit::failed;
  if (state == State::approved) return Exit::approvals_missing;  // the time is up, and nobody has run it
  return state == State::closed ? Exit::unresolved : code_of(state);
}

Result<> tell(Session& session, const approval::Run& run, State state, const WaitOptions& options) {
  const auto* const me = session.known_me();
  const auto shown = view_of((*session.log())->replay(), run, session.clock().now(), me == nullptr ? "" : me->name,
                             session.terminal().width());
  auto& output = session.output();
  if (output.json()) {
    BLC_CHECK(may_see(session, run));
    output.object(to_json(shown));
    return {};
  }
  const auto suffix = run.id.suffix();
  output.line(fmt::format("Run {} is {}.", suffix, to_string(state)));
  if (planning_failed(run, state)) output.line(fmt::format("Its planning was refused; blc show {} says why.", suffix));
  if (state == State::pending) output.line(fmt::format("{}; blc explain {} says who could sign.", shown.decision.why, suffix));
  if (drifted(shown)) output.screen(drift_text(shown));
  else if (state == State::approved)
    output.line((options.outcome ? "Nobody has run it yet. Next  blc execute " : "Next  blc execute ") + suffix);
  return {};
}

Result<Exit> wait(Session& session, const WaitOptions& options) {
  BLC_TRY(const auto* run, session.find_run(options.run));
  const auto id = run->id;
  BLC_TRY(auto* const log, session.log());
  const bool endless = options.timeout.empty();
  const auto limit = parse_duration(options.timeout);
  if (!endless && !limit) return fail(Exit::usage, "--timeout takes a time like 90s, 15m or 2h", "leave it out to wait as long as it takes");
  Waiting waiting(*log, session.interrupts());
  const auto start = session.clock().since_boot();
  auto state = log->replay().state(*run, session.clock().now());
  while (goes_on(*run, state, options.outcome)) {
    if (waiting.interrupted())
      return fail(Exit::interrupted, "interrupted; the run waits on", "blc wait " + run->id.suffix() + " waits again");
    const auto spent = session.clock().since_boot() - start;
    if (!endless && spent >= *limit) break;
    BLC_CHECK(waiting.pause(endless ? Milliseconds::max() : *limit - spent));
    run = log->replay().run(id);  // reading much may have put the old one away
    state = log->replay().state(*run, session.clock().now());
  }
  BLC_CHECK(tell(session, *run, state, options));
  return options.outcome ? own_code(*run, state) : code_of(state);
}

}  // namespace

void add_wait(Commands& commands) {
  auto options = std::make_shared<WaitOptions>();
  const auto command = commands.add(commands.app, "wait", "Wait until a run is approved, or has ended",
                                     [options](Session& session) { return wait(session, *options); });
  command.add_option("run", options->run, "its ID, or the last six characters of it").required();
  command.add_option("--timeout", options->timeout, "at most this long: 90s, 15m, 2h").type_name("TIME");
  command.add_flag("--outcome", options->outcome, "until it has run and ended; then end with its own exit code");
}

}  // namespace blc::cli
