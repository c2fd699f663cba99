#include <fmt/format.h>

#include <algorithm>
#include <functional>

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

// What several people sign as one: how an unclear run ended, what a review found.
struct Finding {
  std::string_view command;  // "close"
  std::string_view what;     // "what really happened"
  std::vector<LeafHash> said;  // findings so far, in ledger order
  std::function<Result<>(const std::string&)> say;
  std::function<Result<>(const LeafHash&)> sign;
};

template <class Facts>
std::vector<LeafHash> findings_of(const Facts& facts) {
  std::vector<LeafHash> found;
  for (const auto& fact : facts) found.push_back(finding_of(fact));
  return found;
}

// The finding that this person signs: what is on the screen, whatever comes meanwhile; or the one whose hash was given.
Result<LeafHash> same_finding(Session& session, const approval::Run& run, const SignOptions& options, const Finding& finding, const std::string& me) {
  const auto again = fmt::format("blc {} {}", finding.command, run.id.suffix());
  if (session.interactive()) {
    auto shown = view_for(session, run, me);
    BLC_TRY(const auto sealed, open_sealed(session, shown, options.reveal));
    session.output().screen(history_screen(shown));
    if (!sealed.empty()) session.output().line(sealed);
    constexpr auto kQuestion = "To sign the same finding, type the run's last six characters. Enter does nothing.\n> ";
    BLC_TRY(const auto answer, session.ask(kQuestion, "nothing was signed"));
    if (upper(answer.value_or("")) != run.id.suffix()) return fail(Exit::failed, "nothing was signed", again + " shows it again");
    return finding.said.back();
  }
  const auto given = Digest::parse_hex(options.same_as);
  if (!given || std::ranges::find(finding.said, LeafHash{*given}) == finding.said.end())
    return fail(Exit::usage, "without a terminal, signing somebody's finding needs its hash",
                fmt::format("{} --same-as HASH  (blc show {} --json has it)", again, run.id.suffix()));
  return LeafHash{*given};
}

Result<> sign_finding(Session& session, const approval::Run& run, const SignOptions& options, const Finding& finding, const std::string& me) {
  if (options.text.empty() && !finding.said.empty()) {
    BLC_TRY(const auto same, same_finding(session, run, options, finding, me));
    return recorded(session, run, me, std::string(finding.command), finding.sign(same));
  }
  BLC_TRY(const auto words, free_text(session, run, options.text, std::string(finding.what)));
  return recorded(session, run, me, std::string(finding.command), finding.say(words));
}

Result<Exit> close(Session& session, const SignOptions& options) {
  BLC_TRY(const auto* const run, session.find_run(options.run));
  BLC_TRY(auto* const desk, session.desk());
  if (auto executor = session.executor()) BLC_CHECK((*executor)->recover(run->id));
  BLC_CHECK(recorded(session, *run, desk->name(), "close", desk->may_close(*run)));  // before anything is asked
  const Finding finding{"close", "what really happened", findings_of(run->closes),
                        [&](const auto& words) { return desk->close(run->id, words); },
                        [&](const auto& same) { return desk->sign_finding(run->id, same); }};
  BLC_CHECK(sign_finding(session, *run, options, finding, desk->name()));
  const bool over = view_for(session, *run, desk->name()).state == approval::State::closed;
  return tell(session, *run, desk->name(),
              over ? fmt::format("Run {} is closed.", run->id.suffix())
                   : fmt::format("You signed the finding of run {0}. {1} must sign it, somebody other than {2} among them; they type: blc close {0}",
                                 run->id.suffix(), count(closers_needed(*run), "person"), run->request->by));
}

Result<Exit> review_glass(Session& session, const SignOptions& options) {
  BLC_TRY(const auto* const run, session.find_run(options.run));
  BLC_TRY(auto* const desk, session.desk());
  BLC_CHECK(recorded(session, *run, desk->name(), "review", desk->may_review(*run)));
  const Finding finding{"review", "finding", findings_of(run->reviews),
                        [&](const auto& words) { return desk->review(run->id, words); },
                        [&](const auto& same) { return desk->sign_review(run->id, same); }};
  BLC_CHECK(sign_finding(session, *run, options, finding, desk->name()));
  const auto& after = *desk->log().replay().run(run->id);
  const auto given = approval::reviewed(after, approval::kWholeLedger).signers;
  const auto left = approval::reviewers_needed(after) - std::min(given, approval::reviewers_needed(after));
  return tell(session, *run, desk->name(),
              left == 0 ? fmt::format("The review of run {} is complete.", run->id.suffix())
                        : fmt::format("You signed the finding of this review. {} must sign the same; they type: blc review {}",
                                      count(left, "more person"), run->id.suffix()));
}

}  // namespace

void add_sign(Commands& commands) {
  const auto add = [&](const std::string& name, const std::string& summary,
                       Result<Exit> (*command)(Session&, const SignOptions&), const std::shared_ptr<SignOptions>& options) {
    const auto sub = commands.add(commands.app, name, summary, [command, options](Session& session) { return command(session, *options); });
    sub.add_option("run", options->run, "its ID, or the last six characters of it").required();
    return sub;
  };
  auto rejecting = std::make_shared<SignOptions>();
  add("reject", "Refuse to sign, which ends the run", reject, rejecting)
      .add_option("--reason", rejecting->text, "why; asked for on a terminal. @FILE and @- read it; of a clinical run it is not taken from the command line outside local");

  auto withdrawing = std::make_shared<SignOptions>();
  add("withdraw", "Take your signature back, or your order, before the run starts", withdraw, withdrawing)
      .add_flag("--order", withdrawing->order, "take your order to run it back; your signature stays");

  auto cancelling = std::make_shared<SignOptions>();
  add("cancel", "End a run that you asked for", cancel, cancelling)
      .add_option("--reason", cancelling->text, "why; @FILE and @- read it, as of a clinical run outside local they must");

  auto closing = std::make_shared<SignOptions>();
  const auto close_command = add("close", "Record what really happened to a partial or indeterminate run", close, closing);
  close_command.add_option("--finding", closing->text, "what really happened; the others sign the same words. @FILE and @- read it; of a clinical run it is not taken from the command line outside local");
  close_command.add_option("--same-as", closing->same_as, "without a terminal: the hash of the finding that you have read and sign").type_name("HASH");
  close_command.add_flag("--reveal", closing->reveal, "open sealed values also where this is no terminal");

  auto reviewing = std::make_shared<SignOptions>();
  const auto review_command = add("review", "Look at a break-glass afterwards, and sign what you found", review_glass, reviewing);
  review_command.add_option("--finding", reviewing->text, "what you found; the others sign the same words. @FILE and @- read it; outside local it is not taken from the command line");
  review_command.add_option("--same-as", reviewing->same_as, "without a terminal: the hash of the finding that you have read and sign").type_name("HASH");
  review_command.add_flag("--reveal", reviewing->reveal, "open sealed values also where this is no terminal");
}

}  // namespace blc::cli
