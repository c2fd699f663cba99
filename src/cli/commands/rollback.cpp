#include <fmt/format.h>

#include "cli/commands/acts.hpp"
#include "cli/commands/command.hpp"
#include "cli/commands/planning.hpp"

namespace blc::cli {

namespace {

// The practice that has no such verb any more cannot say how its effects are taken back.
std::unexpected<Error> verb_is_gone(const approval::Run& run) {
  return fail(Exit::refused, fmt::format("{} has no verb {} any more, and so no undo of it", to_string(run.environment), run.request->request.verb),
              "put the verb back as it was, or take the effects back by a verb of its own");
}

Result<Exit> rollback(Session& session, const std::string& name) {
  const auto& globals = session.globals();
  if (globals.approve || !globals.run_id.empty())
    return fail(Exit::usage, "--approve and --run-id belong to a verb", "blc rollback RUN plans it, blc execute RUN runs what is approved");
  BLC_TRY(const auto* const found, session.find_run(name));
  const auto undone = *found;
  session.command_log().concerns(undone);
  BLC_TRY(const auto settings, recorded(session, "roll back", settings_for(session, undone)));
  if (settings.environment != undone.environment)
    return fail(Exit::usage, fmt::format("run {} is in {}; it is rolled back there", undone.id.suffix(), to_string(undone.environment)), "leave --env out");
  BLC_TRY(const auto catalog, session.governing_catalog(settings.environment));
  const auto* const verb = catalog.find_verb(undone.request->request.verb);
  if (verb == nullptr) return verb_is_gone(undone);
  BLC_CHECK(recorded(session, "roll back", fits_session(session, *verb, settings)));
  BLC_TRY(auto* const desk, session.desk());
  BLC_TRY(const auto* const executor, session.executor());
  BLC_CHECK(recorded(session, "roll back", executor->serves(settings.environment)));
  const auto stop = session.interrupts();
  auto id = desk->request_rollback(undone, *verb, settings.rehearsal, catalog.policy());
  if (!id) {
    BLC_CHECK(recorded(session, undone, desk->name(), "roll back", std::unexpected(id.error())));
    return std::unexpected(id.error());
  }
  return plan_and_show(session, *id, stop, std::nullopt);
}

}  // namespace

void add_rollback(Commands& commands) {
  auto run = std::make_shared<std::string>();
  const auto command = commands.add(commands.app, "rollback", "Plan to take back what a run did, as a run of its own",
                                     [run](Session& session) { return rollback(session, *run); });
  command.add_option("run", *run, "its ID, or the last six characters of it").required();
}

}  // namespace blc::cli
