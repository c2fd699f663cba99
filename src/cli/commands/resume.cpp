#include <fmt/format.h>

#include "cli/commands/acts.hpp"
#include "cli/commands/command.hpp"
#include "cli/views/run_view.hpp"

namespace blc::cli {

namespace {

using approval::State;

// What the journal proved is the whole answer where nothing is left to go on with.
Result<Exit> tell_end(Session& session, const approval::Run& run) {
  const auto* const me = session.known_me();
  const auto shown = view_of((*session.log())->replay(), run, session.clock().now(), me == nullptr ? "" : me->name,
                             session.terminal().width());
  if (session.output().json()) {
    session.output().object(to_json(shown));
  } else {
    session.output().screen(outcome_text(shown));
  }
  return shown.state == State::succeeded ? Exit::done : Exit::failed;
}

Result<Exit> resume(Session& session, const std::string& named) {
  BLC_TRY(const auto* const found, session.find_run(named));
  const auto id = found->id;
  session.command_log().concerns(*found);
  BLC_CHECK(within_settings(session, *found, "resume"));
  BLC_TRY(auto* const desk, session.desk());
  BLC_TRY(auto* const executor, session.executor());
  const bool had_outcome = found->outcome.has_value();
  BLC_CHECK(executor->recover(id));
  const auto& run = *desk->log().replay().run(id);
  const auto state = desk->log().replay().state(run, session.clock().now());
  if (!had_outcome && (state == State::succeeded || state == State::failed)) return tell_end(session, run);
  auto ordered = executor->may_resume(id);
  if (ordered) ordered = desk->order_resume(id);
  if (!ordered) {
    executor->refuse(run, desk->name(), "resume", ordered.error());
    return std::unexpected(ordered.error());
  }
  return watch(session, id, [&](auto& at_work, auto stop, auto& progress) { return at_work.resume(id, std::move(stop), progress); });
}

}  // namespace

void add_resume(Commands& commands) {
  auto run = std::make_shared<std::string>();
  const auto command = commands.add(commands.app, "resume", "Go on with a run that was cut off",
                                     [run](Session& session) { return resume(session, *run); });
  command.add_option("run", *run, "its ID, or the last six characters of it").required();
}

}  // namespace blc::cli
