#include "cli/commands/acts.hpp"

#include <fmt/format.h>

#include "cli/commands/planning.hpp"
#include "cli/free_text.hpp"

namespace blc::cli {

RunView view_for(Session& session, const approval::Run& run, const std::string& me) {
  return view_of((*session.log())->replay(), run, session.clock().now(), me, session.terminal().width());
}

namespace {

// A slip of the fingers is no refusal, and a ledger that does not verify takes no entry.
bool is_refusal(const Error& error) { return error.code != Exit::ledger && error.code != Exit::usage && error.code != Exit::interrupted; }

}  // namespace

void record_refusal(Session& session, const std::string& who, const std::string& act, const Error& error) {
  if (!is_refusal(error)) return;
  if (auto executor = session.executor()) (*executor)->refuse(who, act, error);
}

void record_refusal(Session& session, const std::string& act, const Error& error) {
  if (!is_refusal(error)) return;
  if (auto desk = session.desk()) record_refusal(session, (*desk)->name(), act, error);
}

void record_refusal(Session& session, const approval::Run& run, const std::string& who, const std::string& act, const Error& error) {
  if (!is_refusal(error)) return;
  if (auto executor = session.executor()) (*executor)->refuse(run, who, act, error);
}

Result<> recorded(Session& session, const approval::Run& run, const std::string& who, const std::string& act, Result<> result) {
  if (!result) record_refusal(session, run, who, act, result.error());
  return result;
}

Result<> within_settings(Session& session, const approval::Run& run, const std::string& act) {
  auto fits = [&]() -> Result<> {
    BLC_TRY(const auto settings, session.settings_in(run.environment));
    return below_ceiling(run.request->request.verb, run.classification, settings);
  }();
  if (fits) return fits;
  if (auto desk = session.desk()) return recorded(session, run, (*desk)->name(), act, std::move(fits));
  return fits;
}

Result<> may_see(Session& session, const approval::Run& run) {
  if (run.environment == Environment::local) return {};
  const auto desk = session.desk();
  if (!desk) return session.executor_key() ? Result<>() : std::unexpected(desk.error());
  if ((*desk)->may_see(run)) return {};
  const auto& name = (*desk)->name();
  return recorded(session, run, name, "see",
                  fail(Exit::refused, fmt::format("{} may see how run {} stands (blc runs), and not what is in it", name, run.id.suffix()),
                       fmt::format("{} says which role may", policy::Policy::kAccessPath)));
}

Result<Exit> tell(Session& session, const approval::Run& run, const std::string& me, const std::string& sentence) {
  if (session.output().json()) {
    session.output().object(to_json(view_for(session, run, me)));
  } else {
    session.output().line(sentence);
  }
  return Exit::done;
}

Result<> reject_run(Session& session, approval::Desk& desk, const approval::Run& run, const std::string& reason) {
  BLC_TRY(const auto words, free_text(session, run, reason, "reason"));
  if (words.empty()) return fail(Exit::usage, "a rejection needs a reason", how_to_give(run, "blc reject", "--reason"));
  return recorded(session, run, desk.name(), "reject", desk.reject(run.id, words));
}

Result<> ask_about(Session& session, approval::Desk& desk, const approval::Run& run, const std::string& question) {
  BLC_TRY(const auto words, free_text(session, run, question, "question"));
  if (words.empty()) return fail(Exit::usage, "there is no question", how_to_give(run, "blc ask", ""));
  return recorded(session, run, desk.name(), "ask", desk.ask(run.id, words));
}

}  // namespace blc::cli
