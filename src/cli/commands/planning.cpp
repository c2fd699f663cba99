#include "cli/commands/planning.hpp"

#include <fmt/format.h>

#include "cli/commands/command.hpp"
#include "cli/questions.hpp"
#include "cli/views/reveal.hpp"
#include "cli/views/run_view.hpp"

namespace blc::cli {

Result<> below_ceiling(const std::string& verb, Classification classification, const policy::Settings& settings) {
  if (classification <= settings.ceiling) return {};
  return fail(Exit::refused,
              fmt::format("{} is {}, above this session's ceiling of {}", verb, to_string(classification), to_string(settings.ceiling)),
              "raise --classification or BLC_CLASSIFICATION if you mean it");
}

Result<> fits_session(Session& session, const verb::Verb& verb, const policy::Settings& settings) {
  if (session.globals().clinical && verb.classification != Classification::clinical)
    return fail(Exit::usage, fmt::format("{} is {}, not clinical", verb.name, to_string(verb.classification)), "leave --clinical out");
  return below_ceiling(verb.name, verb.classification, settings);
}

Result<policy::Settings> settings_for(Session& session, const approval::Run& earlier) {
  if (!session.globals().environment.empty()) return session.settings();
  BLC_TRY(auto settings, session.settings_in(earlier.environment));
  settings.rehearsal = settings.rehearsal || earlier.request->request.rehearsal;
  return settings;
}

Result<Exit> plan_and_show(Session& session, const RunId& id, const std::stop_token& stop, const std::optional<RunId>& since) {
  BLC_TRY(auto* const executor, session.executor());
  BLC_TRY(auto* const desk, session.desk());
  const auto& replay = desk->log().replay();
  session.command_log().concerns(*replay.run(id));
  BLC_CHECK(executor->plan(id, stop));
  auto shown = view_of(replay, *replay.run(id), session.clock().now(), desk->name(), session.terminal().width());
  // Looked up anew: much was read since, and the old one may have been put away.
  const auto* const before = since ? replay.run(*since) : nullptr;
  if (before != nullptr && before->plan) shown.since = before;
  auto& output = session.output();
  if (output.json()) {
    output.object(to_json(shown));
    return Exit::done;
  }
  BLC_TRY(const auto sealed, open_sealed(session, shown, false));
  output.line(output.bold("PLAN ONLY. Nothing has been changed."));
  output.screen(plan_screen(shown));
  if (!sealed.empty()) output.note(sealed);
  if (shown.state != approval::State::approved || !session.interactive()) return Exit::done;
  BLC_TRY(const bool wanted, asks_to_run(session));
  return wanted ? execute_run(session, *replay.run(id)) : Result<Exit>(Exit::done);
}

}  // namespace blc::cli
