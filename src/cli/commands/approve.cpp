#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "cli/commands/acts.hpp"
#include "cli/commands/command.hpp"
#include "cli/commands/proposals.hpp"
#include "cli/free_text.hpp"
#include "cli/views/notes.hpp"
#include "cli/views/reveal.hpp"
#include "cli/views/words.hpp"

namespace blc::cli {

namespace {

using text::Json;

struct ApproveOptions {
  std::vector<std::string> runs;
  std::vector<std::string> digests;
  std::string note;
  std::string meaning{to_string(approval::Meaning::approval)};
  bool reveal = false;
};

std::string signed_sentence(Session& session, const approval::Run& run, const std::string& me) {
  const auto shown = view_for(session, run, me);
  const auto open = shown.decision.slots.size() - shown.decision.given;
  if (open == 0 && !shown.decision.yes)
    return fmt::format("You signed run {}. All its signatures are there, but it cannot run: {}", run.id.suffix(), shown.decision.why);
  return fmt::format("You signed run {}. {}", run.id.suffix(),
                     open == 0 ? fmt::format("It is approved; {} can run it once: blc execute {}", run.request->by, run.id.suffix())
                               : fmt::format("{} still missing.", count(open, "signature")));
}

Result<> may_sign(Session& session, const approval::Desk& desk, const approval::Run& run) {
  BLC_CHECK(within_settings(session, run, "approve"));
  return recorded(session, run, desk.name(), "approve", desk.may_sign(run));
}

// --- on a terminal ---------------------------------------------------------------------------------------

enum class Answer { sign, reject, ask, leave, stop };

// One person at a terminal who reads run after run.
class Sitting {
 public:
  enum class Kind { one, several };
  Sitting(Session& session, approval::Desk& desk, std::vector<RunId> runs, Kind kind) : session_(session), desk_(desk), runs_(std::move(runs)), kind_(kind) {}
  void with(std::string note, approval::Meaning meaning, bool reveal) {
    note_ = std::move(note);
    meaning_ = meaning;
    reveal_ = reveal;
  }

  Result<Exit> go_through() {
    for (std::size_t at = 0; at < runs_.size() && !stopped_; ++at) {
      if (several()) session_.output().line(fmt::format("{}{} of {}", at == 0 ? "" : "\n", at + 1, runs_.size()));
      auto done = read_one(runs_[at]);
      if (done) continue;
      if (!several()) return std::unexpected(std::move(done).error());
      if (!only_of_this_run(done.error())) {
        summary();
        return std::unexpected(std::move(done).error());
      }
      session_.output().error(done.error());
      if (refused_ == Exit::done) refused_ = done.error().code;
    }
    if (several()) summary();
    if (signed_.size() == runs_.size() || (!several() && rejected_ == 1)) return Exit::done;
    if (!several() && asked_ == 0) return fail(Exit::failed, "nothing was signed", "blc approve " + runs_.front().suffix());
    return refused_ == Exit::done ? Exit::failed : refused_;
  }

 private:
  [[nodiscard]] bool several() const { return kind_ == Kind::several; }
  // Another run may be signed all the same.
  static bool only_of_this_run(const Error& error) {
    return error.code == Exit::refused || error.code == Exit::ended || error.code == Exit::drift || error.code == Exit::usage;
  }

  // The run as the ledger has it now, and only if it can still be signed.
  Result<const approval::Run*> current(const RunId& id) {
    BLC_CHECK(desk_.log().refresh());
    BLC_TRY(const auto* const run, approval::find_run(desk_.log().replay(), id));
    session_.command_log().concerns(*run);
    BLC_CHECK(may_sign(session_, desk_, *run));
    return run;
  }

  Result<> read_one(const RunId& id) {
    if (several()) note_.clear();
    BLC_TRY(const auto* run, current(id));
    auto shown = view_for(session_, *run, desk_.name());
    BLC_TRY(const auto sealed, open_sealed(session_, shown, reveal_));
    auto& output = session_.output();
    output.screen(sign_screen(shown, desk_.slots_for_me(*run)));
    if (!sealed.empty()) output.line(sealed);
    tell_keys();
    const auto digest = run->plan->digest;
    while (true) {
      const auto known = desk_.log().replay().size();
      BLC_TRY(const auto answer, ask(shown));
      if (answer != Answer::sign) return other_than_sign(id, answer);
      BLC_TRY(run, current(id));
      // What somebody said or took back while this one was reading is read before it is signed.
      shown = view_for(session_, *run, desk_.name());
      if (!happened_since(shown, known).empty()) {
        BLC_CHECK(open_sealed(session_, shown, reveal_));
        output.screen("Meanwhile\n" + happened_since(shown, known));
        output.line("To sign nevertheless, type the six characters again.");
        continue;
      }
      BLC_CHECK(recorded(session_, *run, desk_.name(), "approve", desk_.approve(id, digest, note_, meaning_)));
      signed_.push_back(id);
      output.line(signed_sentence(session_, *run, desk_.name()));
      return {};
    }
  }

  void tell_keys() {
    auto& output = session_.output();
    output.line("v every step   d differences   r reject   n note   a ask   ? this");
    if (several()) output.line("s skip   q quit");
    output.line("To sign, type the run's last six characters. Enter does nothing.");
  }

  // Nothing but the six characters is consent.
  Result<Answer> ask(const RunView& shown) {
    auto& output = session_.output();
    const auto& id = shown.run->id;
    while (true) {
      const auto undone = several() ? fmt::format("run {} was not signed", id.suffix()) : "nothing was signed";
      BLC_TRY(const auto typed, session_.ask("> ", undone));
      if (!typed) return Answer::stop;
      if (typed->empty() || *typed == "s") return Answer::leave;
      if (*typed == "q") return Answer::stop;
      if (*typed == "r") return Answer::reject;
      if (*typed == "a") return Answer::ask;
      if (upper(*typed) == id.suffix()) return Answer::sign;
      if (*typed == "v") {
        output.screen(steps_screen(shown));
      } else if (*typed == "d") {
        output.screen(differences_screen(shown));
      } else if (*typed == "?") {
        tell_keys();
      } else if (*typed == "n") {
        BLC_CHECK(take_note(*shown.run));
      } else {
        output.line(fmt::format("That is not {}. Nothing was signed.", id.suffix()));
      }
    }
  }

  Result<> take_note(const approval::Run& run) {
    auto words = free_text(session_, run, "", "note");
    if (!words && words.error().code != Exit::usage) return std::unexpected(std::move(words).error());
    if (!words) {
      session_.output().line(words.error().message + "; there is no note.");
      return {};
    }
    note_ = *std::move(words);
    session_.output().line(note_.empty() ? "There is no note."
                                         : "The note goes with your signature. To sign, type the six characters.");
    return {};
  }

  Result<> other_than_sign(const RunId& id, Answer answer) {
    stopped_ = answer == Answer::stop;
    BLC_TRY(const auto* const run, approval::find_run(desk_.log().replay(), id));
    if (answer == Answer::reject) {
      BLC_CHECK(reject_run(session_, desk_, *run, ""));
      ++rejected_;
      session_.output().line(fmt::format("You rejected run {}. It is over.", id.suffix()));
    } else if (answer == Answer::ask) {
      BLC_CHECK(ask_about(session_, desk_, *run, ""));
      ++asked_;
      session_.output().line(fmt::format("Your question is in the ledger; nothing was signed. To reply, {} types: blc reply {}",
                                         run->request->by, id.suffix()));
    } else if (several()) {
      session_.output().line(fmt::format("Run {} is left as it was.", id.suffix()));
    }
    return {};
  }

  void summary() {
    std::string text = fmt::format("\nsigned {}", signed_.size());
    if (rejected_ > 0) text += fmt::format(", rejected {}", rejected_);
    text += fmt::format(", left {}", runs_.size() - signed_.size() - rejected_);
    if (asked_ > 0) text += fmt::format(" ({} asked)", count(asked_, "question"));
    session_.output().line(text);
  }

  Session& session_;
  approval::Desk& desk_;
  std::vector<RunId> runs_;
  Kind kind_;
  std::string note_;
  approval::Meaning meaning_ = approval::Meaning::approval;
  bool reveal_ = false;
  bool stopped_ = false;
  std::vector<RunId> signed_;
  std::size_t rejected_ = 0;
  std::size_t asked_ = 0;
  Exit refused_ = Exit::done;
};

// --- without one -----------------------------------------------------------------------------------------

// One digest a run, whichever is whose: all fit, or nothing is signed.
Result<> match_digests(const std::vector<const approval::Run*>& runs, const std::vector<std::string>& digests) {
  std::set<std::string> given;
  for (const auto& digest : digests) {
    if (!Digest::parse_tagged(digest))
      return fail(Exit::usage, "--digest takes sha256: and 64 hexadecimal digits", "blc show RUN prints it");
    given.insert(digest);
  }
  if (digests.size() != runs.size())
    return fail(Exit::usage, fmt::format("{} and {}: each run needs the digest of its own plan", count(runs.size(), "run"), count(digests.size(), "digest")),
                "blc approve RUN --digest sha256:... RUN --digest sha256:...");
  if (runs.size() == 1) return {};  // the desk says what is wrong with the one, and the ledger keeps it
  for (const auto* const run : runs) {
    if (!run->plan || !given.contains(run->plan->digest.tagged()))
      return fail(Exit::usage, fmt::format("none of these digests is that of run {}; nothing was signed", run->id.suffix()),
                  fmt::format("blc show {} prints it", run->id.suffix()));
  }
  return {};
}

Result<Exit> sign_by_digest(Session& session, approval::Desk& desk, const std::vector<const approval::Run*>& runs,
                            const ApproveOptions& options, const std::string& note) {
  BLC_CHECK(match_digests(runs, options.digests));
  std::vector<RunId> ids;
  for (const auto* const run : runs) ids.push_back(run->id);
  std::size_t given = 0;
  std::optional<Error> first;
  for (const auto& id : ids) {
    BLC_TRY(const auto* const run, approval::find_run(desk.log().replay(), id));
    const auto digest = ids.size() == 1 ? PlanDigest{*Digest::parse_tagged(options.digests.front())} : run->plan->digest;
    auto done = within_settings(session, *run, "approve");
    if (done) done = recorded(session, *run, desk.name(), "approve", desk.approve(id, digest, note, *approval::parse_meaning(options.meaning)));
    if (ids.size() == 1) BLC_CHECK(done);
    if (!done && !first) first = done.error();
    given += done ? 1U : 0U;
    if (session.output().json()) continue;
    if (done) session.output().line(signed_sentence(session, *run, desk.name()));
    if (!done) session.output().error({done.error().code, fmt::format("run {}: {}", id.suffix(), done.error().message), done.error().hint});
  }
  if (ids.size() == 1) return session.output().json() ? tell(session, **approval::find_run(desk.log().replay(), ids.front()), desk.name(), "") : Exit::done;
  if (session.output().json()) {
    Json::Array list;
    for (const auto& id : ids) list.push_back(to_json(view_for(session, **approval::find_run(desk.log().replay(), id), desk.name())));
    session.output().object(Json::Object{{"format", "blc.approve/v1"}, {"signed", given}, {"left", ids.size() - given}, {"runs", std::move(list)}});
  } else {
    session.output().line(fmt::format("\nsigned {}, left {}", given, ids.size() - given));
  }
  return first ? first->code : Exit::done;
}

// The runs that were named, each once.
Result<std::vector<const approval::Run*>> named_runs(Session& session, const std::vector<std::string>& names) {
  std::vector<const approval::Run*> runs;
  for (const auto& name : names) {
    BLC_TRY(const auto* const run, session.find_run(name));
    if (std::ranges::find(runs, run) != runs.end())
      return fail(Exit::usage, fmt::format("run {} is named twice", run->id.suffix()), "name each run once");
    runs.push_back(run);
  }
  return runs;
}

Result<Exit> approve(Session& session, const ApproveOptions& options) {
  if (options.runs.size() == 1) {
    BLC_TRY(const auto* const proposal, session.find_proposal(options.runs.front()));
    if (proposal != nullptr) return approve_proposal(session, *proposal, {options.digests, {}});
  }
  BLC_TRY(const auto runs, named_runs(session, options.runs));
  BLC_TRY(auto* const desk, session.desk());
  if (runs.size() > 1 && !options.note.empty())
    return fail(Exit::usage, "--note goes with one run", "on a terminal, n adds a note to the run that is shown");
  if (runs.size() == 1) BLC_CHECK(may_sign(session, *desk, *runs.front()));
  const bool reads = options.digests.empty() && session.interactive() && !session.output().json();
  if (options.digests.empty() && !reads)
    return fail(Exit::usage, "without a terminal, signing needs the plan's digest",
                fmt::format("blc approve {} --digest sha256:...  (blc show {} prints it)", runs.front()->id.suffix(), runs.front()->id.suffix()));
  std::string note;
  if (!options.note.empty()) {
    BLC_TRY(note, free_text(session, *runs.front(), options.note, "note"));
  }
  if (!reads) return sign_by_digest(session, *desk, runs, options, note);
  std::vector<RunId> ids;
  for (const auto* const run : runs) ids.push_back(run->id);
  Sitting sitting(session, *desk, std::move(ids), runs.size() > 1 ? Sitting::Kind::several : Sitting::Kind::one);
  sitting.with(std::move(note), *approval::parse_meaning(options.meaning), options.reveal);
  return sitting.go_through();
}

}  // namespace

Result<Exit> review(Session& session, const std::vector<RunId>& runs) {
  BLC_TRY(auto* const desk, session.desk());
  BLC_TRY(const auto code, Sitting(session, *desk, runs, Sitting::Kind::several).go_through());
  return code == Exit::failed ? Exit::done : code;  // to leave some is no failure here
}

void add_approve(Commands& commands) {
  auto options = std::make_shared<ApproveOptions>();
  const auto command = commands.add(commands.app, "approve", "Read plans and sign them",
                                     [options](Session& session) { return approve(session, *options); });
  command.add_option("run", options->runs, "its ID, or the last six characters of it; each is shown, and signed, by itself").required();
  command.add_option("--digest", options->digests, "without a terminal: the digest of the plan that you have read, one for each run")
      .one_each();
  command.add_option("--note", options->note,
                      "what the others should read beside your signature. For a clinical run outside local only @FILE or @-, "
                      "which read it; on a terminal n asks for it")
      .type_name("TEXT");
  command.add_option("--meaning", options->meaning, "what your signature means, as the record keeps it: approval unless you say so")
      .type_name("MEANING").one_of({"review", "approval", "responsibility"});
  command.add_flag("--reveal", options->reveal, "open sealed values also where this is no terminal");
}

}  // namespace blc::cli
