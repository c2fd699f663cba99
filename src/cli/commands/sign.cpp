#include <fmt/format.h>

#include <algorithm>

#include "cli/commands/acts.hpp"
#include "cli/commands/command.hpp"
#include "cli/commands/proposals.hpp"
#include "cli/free_text.hpp"
#include "cli/views/reveal.hpp"
#include "cli/views/run_view.hpp"
#include "cli/views/words.hpp"

namespace blc::cli {

namespace {

struct SignOptions {
  std::string run;
  std::string text;
  std::string same_as;
  bool reveal = false;
  bool order = false;
};

Result<Exit> reject(Session& session, const SignOptions& options) {
  BLC_TRY(const auto* const proposal, session.find_proposal(options.run));
  if (proposal != nullptr) return reject_proposal(session, *proposal, {{}, options.text});
  BLC_TRY(const auto* const run, session.find_run(options.run));
  BLC_TRY(auto* const desk, session.desk());
  BLC_CHECK(reject_run(session, *desk, *run, options.text));
  return tell(session, *run, desk->name(), fmt::format("You rejected run {}. It is over.", run->id.suffix()));
}

Result<Exit> withdraw(Session& session, const SignOptions& options) {
  BLC_TRY(const auto* const proposal, session.find_proposal(options.run));
  if (proposal != nullptr) return withdraw_from_proposal(session, *proposal);
  BLC_TRY(const auto* const run, session.find_run(options.run));
  BLC_TRY(auto* const desk, session.desk());
  if (options.order) {
    BLC_CHECK(recorded(session, *run, desk->name(), "withdraw the order of", desk->withdraw_order(run->id)));
    return tell(session, *run, desk->name(), fmt::format("Your order to run {} is taken back. Signatures stand as they were.", run->id.suffix()));
  }
  const bool stood = has_signed(*run, desk->name());
  BLC_CHECK(recorded(session, *run, desk->name(), "withdraw", desk->withdraw(run->id)));
  const auto suffix = run->id.suffix();
  return tell(session, *run, desk->name(),
              stood ? fmt::format("Your approvals of run {} no longer count, nor does an order that relied on them. You may sign again.", suffix)
                    : fmt::format("The ledger held no approval of yours of run {}; one that was kept back will not count if it still comes. "
                                  "You may sign.", suffix));
}

Result<Exit> cancel(Session& session, const SignOptions& options) {
  BLC_TRY(const auto* const run, session.find_run(options.run));
  BLC_TRY(auto* const desk, session.desk());
  BLC_TRY(const auto reason, options.text.empty() ? Result<std::string>("") : free_text(session, *run, options.text, "reason"));
  BLC_CHECK(recorded(session, *run, desk->name(), "cancel", desk->cancel(run->id, reason)));
  return tell(session, *run, desk->name(), fmt::format("You cancelled run {}. It is over.", run->id.suffix()));
}

Result<Exit> close(Session& session, const SignOptions& options) {
  BLC_TRY(const auto* const run, session.find_run(options.run));
  BLC_TRY(auto* const desk, session.desk());
  if (auto executor = session.executor()) BLC_CHECK((*executor)->recover(run->id));
  BLC_CHECK(recorded(session, *run, desk->name(), "close", desk->may_close(*run)));  // before anything is asked
  auto finding = options.text;
  std::optional<LeafHash> same;
  if (run->closes.empty() || !finding.empty()) {
    BLC_TRY(finding, free_text(session, *run, options.text, "what really happened"));
  } else if (finding.empty() && session.interactive()) {
    auto shown = view_for(session, *run, desk->name());
    BLC_TRY(const auto sealed, open_sealed(session, shown, options.reveal));
    same = finding_of(run->closes.back());  // what is on the screen, whatever comes meanwhile
    session.output().screen(history_screen(shown));
    if (!sealed.empty()) session.output().line(sealed);
    constexpr auto kQuestion = "To sign the same finding, type the run's last six characters. Enter does nothing.\n> ";
    BLC_TRY(const auto answer, session.ask(kQuestion, "nothing was signed"));
    if (answer.value_or("") != run->id.suffix()) return fail(Exit::failed, "nothing was signed", fmt::format("blc close {} shows it again", run->id.suffix()));
  } else if (finding.empty()) {
    const auto given = Digest::parse_hex(options.same_as);
    if (given) same = LeafHash{*given};
    const bool known = std::ranges::any_of(run->closes, [&](const auto& close) { return same && finding_of(close) == *same; });
    if (!known)
      return fail(Exit::usage, "without a terminal, signing somebody's finding needs its hash",
                  fmt::format("blc close {0} --same-as HASH  (blc show {0} --json has it)", run->id.suffix()));
  }
  BLC_CHECK(recorded(session, *run, desk->name(), "close", same ? desk->sign_finding(run->id, *same) : desk->close(run->id, finding)));
  const auto shown = view_for(session, *run, desk->name());
  const bool over = shown.state == approval::State::closed;
  return tell(session, *run, desk->name(),
              over ? fmt::format("Run {} is closed.", run->id.suffix())
                   : fmt::format("You signed the finding of run {0}. {1} must sign it, somebody other than {2} among them; they type: blc close {0}",
                                 run->id.suffix(), count(closers_needed(*run), "person"), run->request->by));
}

}  // namespace

void add_sign(Commands& commands) {
  const auto add = [&](const std::string& name, const std::string& summary,
                       Result<Exit> (*command)(Session&, const SignOptions&), const std::shared_ptr<SignOptions>& options) {
    auto* const sub = commands.add(commands.app, name, summary, [command, options](Session& session) { return command(session, *options); });
    sub->add_option("run", options->run, "its ID, or the last six characters of it")->required();
    return sub;
  };
  auto rejecting = std::make_shared<SignOptions>();
  add("reject", "Refuse to sign, which ends the run", reject, rejecting)
      ->add_option("--reason", rejecting->text, "why; asked for on a terminal. @FILE and @- read it; of a clinical run it is not taken from the command line outside local");

  auto withdrawing = std::make_shared<SignOptions>();
  add("withdraw", "Take your signature back, or your order, before the run starts", withdraw, withdrawing)
      ->add_flag("--order", withdrawing->order, "take your order to run it back; your signature stays");

  auto cancelling = std::make_shared<SignOptions>();
  add("cancel", "End a run that you asked for", cancel, cancelling)
      ->add_option("--reason", cancelling->text, "why; @FILE and @- read it, as of a clinical run outside local they must");

  auto closing = std::make_shared<SignOptions>();
  auto* const close_command = add("close", "Record what really happened to a partial or indeterminate run", close, closing);
  close_command->add_option("--finding", closing->text, "what really happened; the others sign the same words. @FILE and @- read it; of a clinical run it is not taken from the command line outside local");
  close_command->add_option("--same-as", closing->same_as, "without a terminal: the hash of the finding that you have read and sign")->type_name("HASH");
  close_command->add_flag("--reveal", closing->reveal, "open sealed values also where this is no terminal");
}

}  // namespace blc::cli
