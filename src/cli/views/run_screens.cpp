#include "cli/views/run_view.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "cli/views/glass.hpp"
#include "cli/views/notes.hpp"
#include "cli/views/recipient.hpp"
#include "cli/views/slots_text.hpp"
#include "cli/views/undo.hpp"
#include "cli/views/words.hpp"
#include "core/approval/reached.hpp"
#include "core/text/display.hpp"

namespace blc::cli {

using approval::State;
using text::display;

namespace {

// ", not before Tue 24 Nov 18:00" of an order for later.
std::string order_time(const approval::OrderFact& order, Timestamp now) {
  return order.not_before ? ", not before " + when(*order.not_before, now) : std::string();
}

std::string how_it_ended(const RunView& view) {
  const auto& run = *view.run;
  const auto suffix = run.id.suffix();
  switch (view.state) {
    case State::succeeded: return fmt::format("Run {} succeeded.\n", suffix);
    case State::failed: return fmt::format("Run {} failed; nothing of it remains. {}\n", suffix, display(run.outcome->why));
    case State::partial:
      return fmt::format("Run {} ended in part. {}\nThese effects remain: {}\nIt is never run again. blc close {} records what was done about it.\n",
                         suffix, display(run.outcome->why), either(step_titles(run, run.outcome->remains), "and"), suffix);
    case State::indeterminate: {
      const auto come = approval::reached(plan_of(view), approval::records_of(run));
      const auto what = run.outcome ? fmt::format("{}\nThese may have taken effect, in whole or in part: {}\n",
                                                  display(run.outcome->why), either(step_titles(run, run.outcome->remains), "and"))
                                    : std::string("Its executor fell silent before it said how it ended.\n");
      if (come.why_not.empty())
        return fmt::format("Run {0} is indeterminate. {1}Where its executor is, blc resume {0} goes on where it stopped.\n"
                           "Or look at the world, then record what you find: blc close {0}\n", suffix, what);
      return fmt::format("Run {} is indeterminate. {}Look at the world, then record what you find: blc close {}\nIt is never run again.\n", suffix, what, suffix);
    }
    case State::executing: return fmt::format("Run {} is executing.\n", suffix);
    case State::closed: return fmt::format("Run {} is closed.\n", suffix);
    case State::rolled_back: return fmt::format("Run {} succeeded, and was rolled back.\n", suffix);
    default: return fmt::format("Run {} is {}.\n", suffix, to_string(view.state));
  }
}

}  // namespace

std::string outcome_text(const RunView& view) { return fit(how_it_ended(view), view.width); }

namespace {

// Why it was rejected.
std::string reason_text(const RunView& view) {
  const auto& words = view.run->rejection->words;
  return words ? words_text(view, *words) : "no reason";
}

// " as Ana Example", or nothing.
std::string printed_as(const RunView& view, const approval::Fact& fact) {
  const auto printed = printed_name(view, fact);
  return printed.empty() ? printed : " as " + printed;
}

// Of what keeps a run from starting, while nothing shows that the executor knows of it.
std::string sent(const RunView& view, const approval::Fact& fact) {
  return in_force(view, fact) ? std::string() : std::string(" (sent; in force once the executor has written again)");
}

// ", as a review", or nothing for what a signature means without a word.
std::string as_what(approval::Meaning meaning) {
  return meaning == approval::Meaning::approval ? std::string() : fmt::format(", meaning {}", to_string(meaning));
}

// "client, note (2) and why it was refused (3)": each name once, with how many there were of it.
std::string revealed_text(const std::vector<std::string>& names) {
  std::vector<std::string> texts;
  for (auto name = names.begin(); name != names.end(); ++name) {
    if (std::find(names.begin(), name, *name) != name) continue;
    const auto times = std::count(name, names.end(), *name);
    auto text = *name == "why" ? std::string("why it was refused") : display(*name);
    if (times > 1) text += fmt::format(" ({})", times);
    texts.push_back(std::move(text));
  }
  return either(texts, "and");
}

// What happened to a run, a line each.
class Happenings {
 public:
  explicit Happenings(const RunView& view) : view_(view), run_(*view.run) {
    add(*run_.request, "asked for it");
    if (run_.plan) add(*run_.plan, "planned it");
    tell_what_was_signed();
    tell_what_was_said();
    tell_orders();
    tell_what_was_done();
    tell_what_was_shown();
    for (const auto leaf : run_.late) lines_.emplace_back(leaf, fmt::format("  entry {} came too late and does not count", leaf));
    std::ranges::stable_sort(lines_, {}, [](const auto& entry) { return entry.first; });
  }

  [[nodiscard]] std::string text() const {
    std::string all;
    for (const auto& [leaf, line] : lines_) all += line + "\n";
    return all;
  }

 private:
  void add(const approval::Fact& fact, const std::string& what) {
    lines_.emplace_back(fact.leaf, wrap(fmt::format("  {}  {:<12} {}", when(fact.at, view_.now), fact.by, what), view_.width, 20));
  }

  [[nodiscard]] std::string said(const approval::Words& words) const { return words_text(view_, words); }

  void tell_what_was_signed() {
    for (const auto& approval : run_.approvals) {
      if (approval.act != approval::Act::approve) {
        add(approval, "withdrew their approvals" + sent(view_, approval));
        continue;
      }
      const auto note = approval.words ? ", with the note: " + said(*approval.words) : "";
      add(approval, "signed" + printed_as(view_, approval) + as_what(approval.meaning) + note);
    }
    if (run_.rejection) add(*run_.rejection, "rejected it: " + reason_text(view_) + sent(view_, *run_.rejection));
    for (const auto& review : run_.reviews)
      add(review, review.finding ? "signed this finding of the review: " + said(*review.finding) : "signed the same finding of the review");
  }

  void tell_what_was_said() {
    for (const auto& note : run_.notes) {
      const auto question = std::ranges::find_if(run_.notes, [&](const auto& other) { return other.hash == note.answers; });
      add(note, (question == run_.notes.end() ? "asked: " : fmt::format("replied to {}: ", question->by)) + said(note.words));
    }
  }

  void tell_orders() {
    const auto& cancel = run_.cancel;
    if (cancel) add(*cancel, "cancelled it" + (cancel->reason ? ": " + said(*cancel->reason) : "") + sent(view_, *cancel));
    for (const auto& order : run_.orders) {
      const auto to_run = order.resume ? std::string("ordered it to be resumed") : "ordered it to run" + order_time(order, view_.now);
      add(order, order.withdrawn ? "took the order back" : to_run);
    }
    if (const auto& glass = run_.glass)
      add(*glass, fmt::format("broke the glass ({}, {}): {}", to_string(glass->code), meaning(glass->code), said(glass->because)));
  }

  void tell_what_was_done() {
    if (run_.claim) add(*run_.claim, "started it");
    for (const auto& step : run_.steps) {
      if (step.phase == approval::StepFact::Phase::outcome)
        add(step, fmt::format("{}: {}, {}", step_title(run_, step.step, step.undo), step.succeeded ? "done" : "FAILED", step.how));
      if (step.phase == approval::StepFact::Phase::confirm) add(step, fmt::format("{}: {}", step.step, words_for(step.found)));
    }
    for (const auto& resume : run_.resumes) {
      tell_end(resume.after, resume.closes);
      add(resume, "resumed it");
    }
    tell_end(run_.outcome, run_.closes);
    for (const auto& refusal : run_.refusals)
      add(refusal, fmt::format("refused {} to {}: {}", display(refusal.who), display(refusal.action), said(refusal.why)));
    if (view_.rollback != nullptr && view_.rollback->claim)
      add(*view_.rollback->claim, fmt::format("began to roll it back, as run {}", view_.rollback->id.suffix()));
  }

  void tell_end(const std::optional<approval::OutcomeFact>& outcome, const std::vector<approval::CloseFact>& closes) {
    if (outcome) add(*outcome, fmt::format("outcome: {}", approval::to_string(outcome->ending)));
    for (const auto& close : closes)
      add(close, close.finding ? "signed this finding: " + said(*close.finding) : "signed the same finding");
  }

  void tell_what_was_shown() {
    for (const auto& reveal : run_.reveals) add(reveal, "was shown " + revealed_text(reveal.names));
    for (const auto& taken : run_.exports) add(taken, "took out what was printed by " + either(step_titles(run_, taken.steps), "and"));
  }

  const RunView& view_;
  const approval::Run& run_;
  std::vector<std::pair<std::uint64_t, std::string>> lines_;  // by entry, which is the order that things happened in
};

}  // namespace

std::string history_screen(const RunView& view) {
  const auto& run = *view.run;
  auto text = fmt::format("State: {}\n\n", to_string(view.state)) + (run.plan ? plan_text(view) : heading(view));
  text += "\nWhat happened\n" + Happenings(view).text();
  if (run.claim) text += "\n" + outcome_text(view);
  if (view.state == State::succeeded && view.rollback == nullptr && !run.request->request.rolls_back &&
      !plan::undo_steps(plan_of(view).resolution).empty())
    text += fmt::format("What can be undone of it, blc rollback {} takes back.\n", run.id.suffix());
  return text + taken_back_text(view);
}

std::string words_for(approval::Found found) {
  switch (found) {
    case approval::Found::done: return "it had been done";
    case approval::Found::not_done: return "it had not been done";
    case approval::Found::unknown: return "whether it was done cannot be told";
  }
  return "whether it was done cannot be told";
}

namespace {

// Whether a run that was cut off can be gone on with, and what becomes of the step in doubt.
std::string resume_text(const RunView& view) {
  const auto& plan = plan_of(view);
  const auto come = approval::reached(plan, approval::records_of(*view.run));
  const auto suffix = view.run->id.suffix();
  if (!come.why_not.empty())
    return wrap(fmt::format("It cannot be resumed: {}. Look at the world, then: blc close {}", come.why_not, suffix), view.width, 0) + "\n";
  auto text = fmt::format("It can be resumed by {}, which started it: blc resume {}\n", view.run->claim->by, suffix);
  if (!come.in_doubt) return text;
  const auto step = std::ranges::find(plan.resolution.steps, *come.in_doubt, &plan::PlannedStep::name);
  return text + fmt::format("  {} may have been done; {}\n", *come.in_doubt,
                            step->confirm ? "its confirm is asked first" : "it may be done twice, and is done again");
}

std::string rejection_text(const RunView& view) {
  const auto& rejection = *view.run->rejection;
  const bool told = rejection.words && words_said(view, *rejection.words);
  const auto why = told ? ": " + reason_text(view) : fmt::format("; blc show {} tells why", view.run->id.suffix());
  return wrap(fmt::format("Rejected by {}, {}{}", rejection.by, when(rejection.at, view.now), why), view.width, 2) + "\n";
}

std::string unplanned_text(const RunView& view) {
  const auto& run = *view.run;
  const auto* const refusal = approval::planning_refused(run);
  if (refusal == nullptr || view.state != State::planning) return "It has no plan yet.\n";
  const auto said = words_said(view, refusal->why);
  const auto why = said ? ": " + words_text(view, refusal->why) : fmt::format("; blc show {} tells why", run.id.suffix());
  return wrap(fmt::format("Its planning was refused, {}{}", when(refusal->at, view.now), why), view.width, 2) + "\n" +
         wrap(fmt::format("It gets no plan any more: {} plans it anew, blc cancel {} ends it.", approval::plans_again(run), run.id.suffix()), view.width, 0) + "\n";
}

}  // namespace

std::string changed_text(const RunView& view) {
  if (view.changed.empty()) return {};
  return wrap(fmt::format("Since it was planned, {} {} changed: it would be refused as something else than was approved. {} plans the same anew.",
                          either(view.changed, "and"), view.changed.size() == 1 ? "has" : "have", approval::plans_again(*view.run)), view.width, 0) + "\n";
}

bool drifted(const RunView& view) {
  return view.state == State::approved && (!view.changed.empty() || approval::last_drift(*view.run) != nullptr);
}

std::string drift_text(const RunView& view) {
  if (!drifted(view)) return {};
  const auto& run = *view.run;
  const auto* const refused = approval::last_drift(run);
  if (refused == nullptr) return changed_text(view);
  return wrap(fmt::format("Its last start was refused, {}: something has changed since it was planned.",
                          when(refused->at, view.now)), view.width, 0) +
         "\n" + wrap(fmt::format("{} plans the same anew; blc show {} tells what changed.", approval::plans_again(run), run.id.suffix()),
                     view.width, 0) + "\n";
}

std::string explain_screen(const RunView& view) {
  const auto& run = *view.run;
  auto text = fmt::format("Run {} is {}.\n", run.id.suffix(), to_string(view.state));
  if (!run.plan) return text + unplanned_text(view);
  text += fmt::format("{} in {}: the policy is {}\n", to_string(run.classification),
                      run.request->request.rehearsal ? "local, rehearsing production's approvals" : std::string(loud(run.environment)),
                      view.decision.source);
  for (const auto& status : view.decision.slots) {
    auto by = status.by ? fmt::format("satisfied by {}{}{}, {}{}", *status.by, printed_as(view, last_approval(run, *status.by)), for_whom(status.in_place_of), when(*status.at, view.now), manner(view, *status.by))
                        : fmt::format("open; could be {} (role {}){}", either(open_names(status)), either(status.slot.roles),
                                      demand(status.slot));
    if (status.hardware_key)
      by += fmt::format("; security key, {} ({})", approval::shown_words(status.shown),
                        status.shown.attested ? "attested" : "claimed, not attested");
    text += wrap(fmt::format("  {}: {}", slot_name(status.slot.name), by), view.width, 4) + "\n";
    for (const auto& approval : run.approvals) {
      if (status.by == approval.by && approval.act == approval::Act::approve && approval.words)
        text += wrap(fmt::format("    {}: {}", approval.by, words_text(view, *approval.words)), view.width, 6) + "\n";
    }
  }
  if (view.decision.slots.empty()) text += view.decision.glass != nullptr ? "  no signature is asked for while the glass is broken\n" : "  no signature is asked for\n";
  text += glass_text(view);
  if (run.rejection) text += rejection_text(view);
  if (!view.decision.yes && view.state == State::pending) text += fmt::format("It cannot run yet: {}\n", display(view.decision.why)) + infeasible_text(view);
  if (view.state == State::pending) text += changed_text(view);
  if (drifted(view)) text += drift_text(view);
  else if (view.shut) text += wrap(fmt::format("It cannot start now: {}. Next  {}", display(view.shut->message), view.shut->hint), view.width, 0) + "\n";
  else if (view.state == State::approved) text += fmt::format("It can run: blc execute {}\n", run.id.suffix());
  if (view.state == State::indeterminate) text += resume_text(view);
  return text + rollback_text(view) + taken_back_text(view);
}

}  // namespace blc::cli
