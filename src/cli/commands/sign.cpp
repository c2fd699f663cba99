#include <fmt/format.h>

#include <algorithm>

#include "cli/commands/command.hpp"
#include "cli/views/reveal.hpp"
#include "cli/views/run_view.hpp"
#include "cli/views/words.hpp"

namespace blc::cli {

namespace {

struct SignOptions {
  std::string run;
  std::string digest;
  std::string text;
  std::string same_as;
  bool reveal = false;
  bool order = false;
};

RunView view(Session& session, const approval::Run& run, const std::string& me) {
  return view_of((*session.log())->replay(), run, session.clock().now(), me, session.terminal().width());
}

// A refused act is an entry too, where this machine's executor can write it; the person is told either way.
Result<> recorded(Session& session, const approval::Run& run, const std::string& who, const std::string& act, Result<> result) {
  const bool told = !result && result.error().code != Exit::ledger && result.error().code != Exit::usage;
  if (!told) return result;
  if (auto executor = session.executor()) (*executor)->refuse(run, who, act, result.error());
  return result;
}

Result<Exit> tell(Session& session, const approval::Run& run, const std::string& me, const std::string& sentence) {
  const auto shown = view(session, run, me);
  if (session.output().json()) {
    session.output().object(to_json(shown));
  } else {
    session.output().line(sentence);
  }
  return Exit::done;
}

enum class Answer { sign, reject };

// The plan on the screen, and the run's last six characters typed: nothing else is a signature.
Result<Answer> ask_to_sign(Session& session, const approval::Desk& desk, const approval::Run& run, bool reveal) {
  auto shown = view(session, run, desk.name());
  BLC_TRY(const auto sealed, open_sealed(session, shown, reveal));
  auto& output = session.output();
  output.raw(sign_screen(shown, desk.slots_for_me(run)));
  if (!sealed.empty()) output.line(sealed);
  output.line("v every step   d differences   r reject");
  output.line("To sign, type the run's last six characters. Enter does nothing.");
  while (true) {
    auto typed = session.terminal().ask("> ").value_or("");
    if (typed == "v") output.raw(steps_screen(shown));
    if (typed == "d") output.raw(differences_screen(shown));
    if (typed == "v" || typed == "d") continue;
    if (typed == "r") return Answer::reject;
    std::ranges::transform(typed, typed.begin(), [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
    if (typed == run.id.suffix()) return Answer::sign;
    return fail(Exit::failed, "nothing was signed", "blc approve " + run.id.suffix());
  }
}

Result<Exit> reject(Session& session, const SignOptions& options);

Result<Exit> approve(Session& session, const SignOptions& options) {
  BLC_TRY(const auto* const run, session.find_run(options.run));
  BLC_TRY(auto* const desk, session.desk());
  BLC_CHECK(recorded(session, *run, desk->name(), "approve", desk->may_sign(*run)));
  auto digest = run->plan->digest;
  if (!options.digest.empty()) {
    const auto given = Digest::parse_tagged(options.digest);
    if (!given) return fail(Exit::usage, "--digest takes sha256: and 64 hexadecimal digits", "blc show " + run->id.suffix() + " prints it");
    digest = {*given};
  } else if (session.interactive() && !session.output().json()) {
    BLC_TRY(const auto answer, ask_to_sign(session, *desk, *run, options.reveal));
    if (answer == Answer::reject) return reject(session, options);
  } else {
    return fail(Exit::usage, "without a terminal, signing needs the plan's digest",
                fmt::format("blc approve {} --digest sha256:...  (blc show {} prints it)", run->id.suffix(), run->id.suffix()));
  }
  BLC_CHECK(recorded(session, *run, desk->name(), "approve", desk->approve(run->id, digest)));
  const auto shown = view(session, *run, desk->name());
  const auto open = shown.decision.slots.size() - shown.decision.given;
  return tell(session, *run, desk->name(),
              fmt::format("You signed run {}. {}", run->id.suffix(),
                          open == 0 ? fmt::format("It is approved; {} can run it once: blc execute {}", run->request->by, run->id.suffix())
                                    : fmt::format("{} still missing.", count(open, "signature"))));
}

// Text of a clinical run may hold PHI: it is asked for, or read from standard input with `-`, outside local
// never taken from the command line.
Result<std::string> text_for(Session& session, const approval::Run& run, const std::string& given, const std::string& what) {
  const bool sensitive = run.classification == Classification::clinical && run.environment != Environment::local;
  if (!given.empty() && !sensitive) return given;
  if (!given.empty())
    return fail(Exit::usage, fmt::format("the {} of a clinical run may hold PHI and is not taken from the command line", what),
                "leave it out; it is asked for on the terminal");
  if (!session.interactive()) return std::string();
  return session.terminal().ask(fmt::format("{}: ", what)).value_or("");
}

Result<Exit> reject(Session& session, const SignOptions& options) {
  BLC_TRY(const auto* const run, session.find_run(options.run));
  BLC_TRY(auto* const desk, session.desk());
  BLC_TRY(const auto reason, text_for(session, *run, options.text, "reason"));
  if (reason.empty()) return fail(Exit::usage, "a rejection needs a reason", "blc reject " + run->id.suffix() + " --reason TEXT");
  BLC_CHECK(recorded(session, *run, desk->name(), "reject", desk->reject(run->id, reason)));
  return tell(session, *run, desk->name(), fmt::format("You rejected run {}. It is over.", run->id.suffix()));
}

Result<Exit> withdraw(Session& session, const SignOptions& options) {
  BLC_TRY(const auto* const run, session.find_run(options.run));
  BLC_TRY(auto* const desk, session.desk());
  if (options.order) {
    BLC_CHECK(recorded(session, *run, desk->name(), "withdraw the order of", desk->withdraw_order(run->id)));
    return tell(session, *run, desk->name(), fmt::format("Your order to run {} is taken back. Signatures stand as they were.", run->id.suffix()));
  }
  BLC_CHECK(recorded(session, *run, desk->name(), "withdraw", desk->withdraw(run->id)));
  return tell(session, *run, desk->name(),
              fmt::format("Your approvals of run {} no longer count, nor does an order that relied on them. You may sign again.", run->id.suffix()));
}

Result<Exit> cancel(Session& session, const SignOptions& options) {
  BLC_TRY(const auto* const run, session.find_run(options.run));
  BLC_TRY(auto* const desk, session.desk());
  BLC_TRY(const auto reason, options.text.empty() ? Result<std::string>("") : text_for(session, *run, options.text, "reason"));
  BLC_CHECK(recorded(session, *run, desk->name(), "cancel", desk->cancel(run->id, reason)));
  return tell(session, *run, desk->name(), fmt::format("You cancelled run {}. It is over.", run->id.suffix()));
}

Result<Exit> close(Session& session, const SignOptions& options) {
  BLC_TRY(const auto* const run, session.find_run(options.run));
  BLC_TRY(auto* const desk, session.desk());
  if (auto executor = session.executor()) BLC_CHECK((*executor)->recover(run->id));
  auto finding = options.text;
  std::optional<LeafHash> same;
  if (run->closes.empty() || !finding.empty()) {
    BLC_TRY(finding, text_for(session, *run, options.text, "what really happened"));
  } else if (finding.empty() && session.interactive()) {
    auto shown = view(session, *run, desk->name());
    BLC_TRY(const auto sealed, open_sealed(session, shown, options.reveal));
    same = finding_of(run->closes.back());  // what is on the screen, whatever comes meanwhile
    session.output().raw(history_screen(shown));
    if (!sealed.empty()) session.output().line(sealed);
    const auto answer = session.terminal().ask("To sign the same finding, type the run's last six characters. Enter does nothing.\n> ");
    if (answer.value_or("") != run->id.suffix()) return fail(Exit::failed, "nothing was signed");
  } else if (finding.empty()) {
    const auto given = Digest::parse_hex(options.same_as);
    if (given) same = LeafHash{*given};
    const bool known = std::ranges::any_of(run->closes, [&](const auto& close) { return same && finding_of(close) == *same; });
    if (!known)
      return fail(Exit::usage, "without a terminal, signing somebody's finding needs its hash",
                  fmt::format("blc close {0} --same-as HASH  (blc show {0} --json has it)", run->id.suffix()));
  }
  BLC_CHECK(recorded(session, *run, desk->name(), "close", same ? desk->sign_finding(run->id, *same) : desk->close(run->id, finding)));
  const auto shown = view(session, *run, desk->name());
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
  auto approving = std::make_shared<SignOptions>();
  auto* const approve_command = add("approve", "Read a plan and sign it", approve, approving);
  approve_command->add_option("--digest", approving->digest, "without a terminal: the digest of the plan that you have read");
  approve_command->add_flag("--reveal", approving->reveal, "open sealed values also where this is no terminal");

  auto rejecting = std::make_shared<SignOptions>();
  add("reject", "Refuse to sign, which ends the run", reject, rejecting)
      ->add_option("--reason", rejecting->text, "why; asked for on a terminal");

  auto withdrawing = std::make_shared<SignOptions>();
  add("withdraw", "Take your signature back, or your order, before the run starts", withdraw, withdrawing)
      ->add_flag("--order", withdrawing->order, "take your order to run it back; your signature stays");

  auto cancelling = std::make_shared<SignOptions>();
  add("cancel", "End a run that you asked for", cancel, cancelling)
      ->add_option("--reason", cancelling->text, "why");

  auto closing = std::make_shared<SignOptions>();
  auto* const close_command = add("close", "Record what really happened to a partial or indeterminate run", close, closing);
  close_command->add_option("--finding", closing->text, "what really happened; the others sign the same words");
  close_command->add_option("--same-as", closing->same_as, "without a terminal: the hash of the finding that you have read and sign")->type_name("HASH");
  close_command->add_flag("--reveal", closing->reveal, "open sealed values also where this is no terminal");
}

}  // namespace blc::cli
