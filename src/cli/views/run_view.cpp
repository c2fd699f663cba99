#include "cli/views/run_view.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "cli/views/compare.hpp"
#include "cli/views/glass.hpp"
#include "cli/views/notes.hpp"
#include "cli/views/recipient.hpp"
#include "cli/views/undo.hpp"
#include "cli/views/words.hpp"
#include "core/approval/reached.hpp"
#include "core/ledger/sealed_list.hpp"
#include "core/text/display.hpp"
#include "core/verb/verb.hpp"

namespace blc::cli {

using approval::State;
using text::display;
using text::Json;

namespace {

const plan::Plan& plan_of(const RunView& view) { return *view.run->plan->plan; }

// A parameter's value for people: sealed ones only when they were opened.
std::string parameter_text(const RunView& view, const std::string& name, const Json& value) {
  if (ledger::sealed_position(value)) {
    const auto found = view.opened.find(name);
    return found == view.opened.end() ? "(sealed)" : display(found->second);
  }
  if (const auto* const text = value.get_if<std::string>()) return display(*text);
  return text::canonical(value);
}

std::string parameters_text(const RunView& view) {
  std::vector<std::string> parts;
  for (const auto& [name, value] : view.run->request->request.parameters)
    parts.push_back(fmt::format("{} {}", name, parameter_text(view, name, value)));
  if (parts.empty()) return {};
  std::string text = parts.front();
  for (std::size_t i = 1; i < parts.size(); ++i) text += ", " + parts[i];
  return text;
}

std::string effect_word(const plan::PlannedStep& step) {
  switch (step.effect) {
    case Effect::read: return "read only";
    case Effect::write: return "CHANGES";
    case Effect::disclose: return "SENDS OUT";
  }
  return "CHANGES";
}

// Safe to show; nullopt where nothing is sent out.
std::optional<std::string> sent_to(const RunView& view, const plan::PlannedStep& step) {
  const auto to = step.effect == Effect::disclose ? recipient_of(*view.run, step.name) : std::nullopt;
  return to ? std::optional(display(*to)) : std::nullopt;
}

std::string steps_text(const RunView& view) {
  std::string text;
  std::size_t number = 0;
  for (const auto& step : plan_of(view).resolution.steps) {
    const auto lead = fmt::format("{} {:<9}  ", ++number, effect_word(step));
    // What takes back is not taken back itself.
    const auto undo = view.undone != nullptr ? std::string() : fmt::format(" ({})", undo_words(step));
    text += wrap(lead + display(step.summary) + undo, view.width, lead.size()) + "\n";
    if (const auto to = sent_to(view, step)) text += wrap(std::string(lead.size(), ' ') + "to: " + *to, view.width, lead.size() + 4) + "\n";
  }
  return text;
}

std::string unknown_text(const plan::Resolution& resolution) {
  std::string text;
  for (const auto& step : resolution.steps) {
    if (!step.run.standard_input) continue;
    for (const auto& piece : *step.run.standard_input) {
      const auto* const from = piece.find("stdout");
      if (from == nullptr) continue;
      const auto source = *from->get_if<std::string>();
      const auto known = std::ranges::find(resolution.steps, source, &plan::PlannedStep::name);
      if (known != resolution.steps.end() && known->at_planning) continue;
      text += fmt::format("Not known yet: what {} reads (after {})\n", step.name, source);
    }
  }
  return text;
}

// What in the practice's registers lets it be: "Relies on consent to treatment (consent-7, version 3, until ...)".
std::string reliances_text(const RunView& view) {
  std::string text;
  for (const auto& reliance : plan_of(view).resolution.relies_on) {
    const auto until = reliance.until ? ", until " + when(*reliance.until, view.now) : std::string();
    text += wrap(fmt::format("Relies on {} ({}, version {}{})", privacy::words_for(reliance.need), display(reliance.id),
                             display(reliance.version), until), view.width, 10) + "\n";
  }
  return text;
}

// What it was held against, and which settings differ: names, never values.
std::string migration_text(const RunView& view) {
  const auto& migrates = plan_of(view).resolution.migrates;
  if (!migrates) return "";
  const auto from = to_string(migrates->from);
  const auto to = to_string(migrates->to);
  const auto line = [&](const std::string& words) { return wrap(words, view.width, 10) + "\n"; };
  auto text = line(fmt::format("Migrates from {} to {}. The settings of {} hold to its rules{}.", from, to, to,
                               migrates->evidence ? fmt::format("; {} recorded on {} that those of {} passed", migrates->evidence->by, migrates->evidence->on, from) : ""));
  for (const auto& told : migrates->told) text += line("  ! " + display(told));
  const auto list = [&](const std::string& lead, const std::vector<std::string>& names) {
    if (!names.empty()) text += line(fmt::format("{} {}", lead, display(fmt::format("{}", fmt::join(names, ", ")))));
  };
  list(fmt::format("Other than in {}:", from), migrates->changed);
  list(fmt::format("Only in {}:", to), migrates->added);
  list(fmt::format("Only in {}:", from), migrates->removed);
  return text;
}

std::string previews_text(const RunView& view) {
  std::string text;
  for (const auto& [step, preview] : plan_of(view).previews) {
    const auto* const clear = preview.get_if<std::string>();
    const auto opened = view.opened.find("preview of " + step);
    if (clear == nullptr && opened == view.opened.end()) {
      text += fmt::format("Preview of {}: (sealed)\n", step);
      continue;
    }
    text += fmt::format("Preview of {}:\n", step);
    auto lines = text::display_lines(clear != nullptr ? *clear : opened->second);
    if (!lines.ends_with('\n')) lines += '\n';
    std::size_t from = 0;
    for (auto end = lines.find('\n'); end != std::string::npos; from = end + 1, end = lines.find('\n', from))
      text += "  " + lines.substr(from, end - from) + "\n";
  }
  return text;
}

std::string slot_name(std::string name) {
  std::ranges::replace(name, '-', ' ');
  return name;
}

// "; with a security key, touched", or nothing.
std::string demand(const policy::Slot& slot) {
  const auto asked = approval::asked_of_key(slot);
  return asked.empty() ? asked : fmt::format("; with {}", asked);
}

// " for ben", whose role it was, or nothing.
std::string for_whom(const std::string& lender) { return lender.empty() ? lender : " for " + lender; }

// "cleo for ben" where it would be in a lent role.
std::vector<std::string> open_names(const approval::SlotStatus& status) {
  std::vector<std::string> names;
  for (const auto& name : status.open_to) {
    const auto lender = status.open_in_place_of.find(name);
    names.push_back(lender == status.open_in_place_of.end() ? name : name + for_whom(lender->second));
  }
  return names;
}

// How it was signed beyond that: "as a review; having seen the sealed values".
std::string manner(const RunView& view, const std::string& person) {
  const auto& approvals = view.run->approvals;
  const auto last = std::find_if(approvals.rbegin(), approvals.rend(), [&](const auto& entry) { return entry.by == person && entry.act == approval::Act::approve; });
  if (last == approvals.rend()) return {};
  auto text = fmt::format("; meaning {}", to_string(last->meaning));
  if (plan_of(view).sealed.size() > 1) text += approval::saw_sealed(*view.run, person, last->leaf) ? "; the sealed values were seen" : "; the sealed values were not seen";
  return text;
}

std::string slots_text(const RunView& view) {
  const auto& decision = view.decision;
  if (decision.slots.empty()) return decision.glass != nullptr ? "Signatures needed while the glass is broken: none\n" : "Signatures needed: none\n";
  auto text = fmt::format("Signatures needed: {}{}\n", decision.slots.size(),
                          plan_of(view).resolution.rule.requester_may_sign
                              ? ""
                              : fmt::format(", from people other than {}",
                                            view.me == view.run->request->by ? "you" : view.run->request->by));
  std::size_t widest = 0;
  for (const auto& status : decision.slots) widest = std::max(widest, status.slot.name.size());
  for (const auto& status : decision.slots) {
    const auto what = status.by ? fmt::format("signed by {}{}, {}", *status.by, for_whom(status.in_place_of), when(*status.at, view.now))
                                : status.open_to.empty() ? fmt::format("open, and nobody could sign it{}", demand(status.slot))
                                                         : "open: " + either(open_names(status)) + demand(status.slot);
    const auto lead = fmt::format("  {:<{}}  ", slot_name(status.slot.name), widest);
    text += wrap(lead + what, view.width, lead.size()) + "\n";
  }
  if (decision.reachable < decision.slots.size())
    text += wrap(fmt::format("IT CANNOT BE APPROVED as things are: if everybody signed who may, {} of {} would be there. An admin "
                             "enrols who is missing (blc trust add, blc trust set-role); then plan it again.",
                             decision.reachable, count(decision.slots.size(), "signature")),
                 view.width, 0) + "\n";
  return text;
}

std::string heading(const RunView& view) {
  const auto& run = *view.run;
  return fmt::format("{}     {}, {}{}\n", what_it_does(run), to_string(run.classification), loud(run.environment),
                     run.request->request.rehearsal ? " (rehearsal of production's approvals)" : "");
}

// "month: 2026-09 -> 2026-10; all else the same": the first few differences.
std::string short_comparison(const approval::Run& earlier, const approval::Run& now) {
  const auto found = compare(earlier, now);
  const auto& differences = found.differences;
  if (differences.empty()) return found.untold.empty() ? "nothing differs" : "nothing differs that can be compared";
  constexpr std::size_t kShown = 3;
  std::string list;
  for (std::size_t i = 0; i < std::min(differences.size(), kShown); ++i) list += (i == 0 ? "" : "; ") + to_line(differences[i]);
  if (differences.size() <= kShown) return list + "; " + std::string(found.rest());
  return list + fmt::format("; and {} more (blc diff {} {})", differences.size() - kShown, now.id.suffix(), earlier.id.suffix());
}

// "Against the last approved run (8ZT2HC, Mon 26 Oct 10:31; ben and cleo): month: 2026-09 -> 2026-10; all else the same".
std::string against_text(const RunView& view) {
  if (view.undone != nullptr) return {};
  if (view.earlier == nullptr) return "The first run of this verb here.";
  const auto signers = signers_of(*view.earlier);
  return fmt::format("Against the last approved run ({}, {}{}): ", view.earlier->id.suffix(), when(view.earlier->claim->at, view.now),
                     signers.empty() ? "" : "; " + either(signers, "and")) +
         short_comparison(*view.earlier, *view.run);
}

// The lines a signer must not miss: what leaves, what changes, what stays whatever happens.
std::string consequences_text(const RunView& view) {
  const auto summaries = [&](const std::function<bool(const plan::PlannedStep&)>& belongs) {
    std::vector<std::string> steps;
    for (const auto& step : plan_of(view).resolution.steps) {
      if (step.effect != Effect::read && belongs(step)) steps.push_back(display(step.summary));
    }
    return steps;
  };
  std::vector<std::string> leaves;
  for (const auto& step : plan_of(view).resolution.steps) {
    if (const auto to = sent_to(view, step)) leaves.push_back(fmt::format("{} (to: {})", display(step.summary), *to));
  }
  const auto line = [&](std::string_view lead, const std::vector<std::string>& steps) {
    return steps.empty() ? std::string() : wrap(fmt::format("{:<20} {}", lead, either(steps, "and")), view.width, 21) + "\n";
  };
  const auto effects = summaries([](const auto&) { return true; });
  auto lasting = summaries([](const auto& step) { return !step.undo; });
  if (lasting == effects && !effects.empty()) lasting = {"all of it"};
  return line("Leaves the practice", leaves) +
         line("Changes", summaries([](const auto& step) { return step.effect == Effect::write; })) +
         line("Cannot be undone", lasting);
}

std::string command_text(const plan::PlannedCommand& command, std::string_view what, std::size_t width) {
  std::string text = fmt::format("    {}:", what);
  for (const auto& argument : command.argv) text += " " + display(argument);
  text = wrap(text, width, 8) + "\n";
  if (command.standard_input) {
    std::string input;
    for (const auto& piece : *command.standard_input) {
      const auto* const literal = piece.get_if<std::string>();
      const auto* const parameter = piece.find("parameter");
      const auto* const output = piece.find("stdout");
      if (literal != nullptr) input += display(literal->ends_with('\n') ? literal->substr(0, literal->size() - 1) : *literal);
      if (parameter != nullptr) input += fmt::format("(the sealed {})", *parameter->get_if<std::string>());
      if (output != nullptr) input += fmt::format("(what {} prints)", *output->get_if<std::string>());
    }
    text += fmt::format("      reads on standard input: {}\n", input);
  }
  for (const auto& file : command.sees) text += fmt::format("      sees {}\n", display(file));
  return text;
}

// ", not before Tue 24 Nov 18:00" of an order for later.
std::string order_time(const approval::OrderFact& order, Timestamp now) {
  return order.not_before ? ", not before " + when(*order.not_before, now) : std::string();
}

std::string next_text(const RunView& view) {
  const auto suffix = view.run->id.suffix();
  if (view.state == State::approved) return fmt::format("Next  you type   blc execute {}\n", suffix);
  if (view.state != State::pending) return fmt::format("Next  you type   blc show {}\n", suffix);
  if (view.decision.code != Exit::approvals_missing) return fmt::format("It would be refused: {}\n", view.decision.why);
  return fmt::format("Next  they type  blc approve {0}\n      you type   blc execute {0}   (blc wait {0} tells you when)\n", suffix);
}

}  // namespace

std::optional<std::string> words_said(const RunView& view, const approval::Words& words) {
  if (!words.sealed) return words.text;
  const auto found = view.opened.find(words.sealed->ref.ciphertext.hex());
  return found == view.opened.end() ? std::nullopt : std::optional(found->second);
}

std::string words_text(const RunView& view, const approval::Words& words) {
  const auto said = words_said(view, words);
  if (!said) return "(sealed)";
  // What was sealed may be longer than what a person may write in clear: it is cut, and says so.
  if (said->size() <= approval::kLongestWords) return display(*said);
  return display(said->substr(0, approval::kLongestWords)) + fmt::format(" (and {} bytes more)", said->size() - approval::kLongestWords);
}

RunView list_view_of(const approval::Replay& replay, const approval::Run& run, Timestamp now, const std::string& me,
                     std::size_t width) {
  RunView view;
  view.run = &run;
  if (run.plan) view.decision = decide(replay.context(run, now));
  view.state = replay.state(run, now, view.decision);
  view.me = me;
  view.now = now;
  view.width = std::max<std::size_t>(width, 60);
  if (view.state == State::rolled_back) view.rollback = replay.last_rollback(run.id);
  view.trust = &replay.trust();
  view.seen_by_executors = replay.seen_by_executors(run.environment);
  return view;
}

RunView view_of(const approval::Replay& replay, const approval::Run& run, Timestamp now, const std::string& me,
                std::size_t width) {
  auto view = list_view_of(replay, run, now, me, width);
  if (run.request->request.rolls_back) {
    view.undone = replay.run(*run.request->request.rolls_back);
    const auto* const last = last_approved(replay, *view.undone, replay.size());
    if (last != nullptr && view.undone->claim && last->claim->leaf > view.undone->claim->leaf) view.later = last;
  } else {
    view.earlier = last_approved(replay, run, run.claim ? run.claim->leaf : replay.size());
  }
  if (view.state == State::succeeded) view.rollback = replay.last_rollback(run.id);
  return view;
}

namespace {

std::string plan_text(const RunView& view) {
  const auto& run = *view.run;
  const auto& plan = plan_of(view);
  auto text = heading(view);
  text += fmt::format("Run {}, asked by {}, {}\n", run.id.suffix(), run.request->by, when(run.request->at, view.now));
  if (const auto parameters = parameters_text(view); !parameters.empty()) text += wrap("For " + parameters, view.width, 4) + "\n";
  text += rollback_text(view);
  text += "\n" + steps_text(view) + unknown_text(plan.resolution) + previews_text(view) + reliances_text(view) + migration_text(view);
  if (plan.resolution.fidelity != Fidelity::exact)
    text += plan.resolution.fidelity == Fidelity::estimate ? "An estimate: what runs may differ in detail.\n"
                                                           : "The verb cannot tell beforehand exactly what it will change.\n";
  if (view.since != nullptr)
    text += wrap(fmt::format("Since {}: {}", view.since->id.suffix(), short_comparison(*view.since, run)), view.width, 0) + "\n";
  if (view.earlier != nullptr && view.earlier != view.since) text += wrap(against_text(view), view.width, 0) + "\n";
  text += "\n" + glass_text(view) + slots_text(view);
  text += wrap(fmt::format("Expires {}. If what it read, a program or the policy changes before it runs, it will refuse.",
                           when(view.decision.deadline, view.now)),
               view.width, 0) + "\n";
  text += fmt::format("Full ID {}\ndigest  {}\n", run.id.str(), run.plan->digest.tagged());
  return text;
}

}  // namespace

std::string plan_screen(const RunView& view) { return plan_text(view) + next_text(view); }

namespace {

// "Slots  clinical lead: ben, 10:40.  privacy officer: you.  Yours is the last. After it, ana can run this once."
std::string slots_line(const RunView& view, const std::vector<std::string>& my_slots) {
  std::string text = "Slots";
  std::size_t open = 0;
  for (const auto& status : view.decision.slots) {
    open += status.by ? 0U : 1U;
    auto who = status.by ? fmt::format("{}{}, {}", *status.by == view.me ? "you" : *status.by, for_whom(status.in_place_of), at_time(*status.at, view.now)) : std::string();
    if (!status.by) {
      auto names = open_names(status);
      for (auto& name : names) {
        if (name == view.me || name.starts_with(view.me + " for ")) name = "you" + name.substr(view.me.size());
      }
      const bool only_mine = my_slots.size() == 1 && my_slots.front() == status.slot.name;
      const auto mine = status.open_in_place_of.find(view.me);
      who = (only_mine ? "you" + (mine == status.open_in_place_of.end() ? "" : for_whom(mine->second)) : "open to " + either(names)) + demand(status.slot);
    }
    text += fmt::format("  {}: {}.", slot_name(status.slot.name), who);
  }
  // Signatures are all that is missing, or the gate would say so first.
  if (view.decision.code != Exit::approvals_missing) return text + fmt::format("  It would be refused all the same: {}", display(view.decision.why));
  return text + (open == 1 ? fmt::format("  Yours is the last. After it, {} can run this once.", view.run->request->by) : "");
}

}  // namespace

std::string sign_screen(const RunView& view, const std::vector<std::string>& my_slots) {
  const auto& run = *view.run;
  std::vector<std::string> names;
  for (const auto& slot : my_slots) names.push_back(slot_name(slot));
  auto text = wrap(fmt::format("SIGN?  You are {}; you would fill: {}.", view.me, either(names)), view.width, 7) + "\n";
  text += wrap(fmt::format("{} asks: {}, {}, {}{}.  Run {}, {}, expires {}.", run.request->by, what_it_does(run),
                           to_string(run.classification), loud(run.environment),
                           run.request->request.rehearsal ? " (rehearsal)" : "", run.id.suffix(),
                           ago(run.request->at, view.now), when(view.decision.deadline, view.now)),
               view.width, 0) + "\n\n";
  text += view.undone != nullptr ? rollback_text(view) : wrap(display(run.plan->verb->summary), view.width, 0) + "\n";
  if (const auto parameters = parameters_text(view); !parameters.empty()) text += wrap("For " + parameters, view.width, 4) + "\n";
  text += consequences_text(view) + unknown_text(plan_of(view).resolution) + previews_text(view) +
          reliances_text(view) + migration_text(view);
  if (view.undone == nullptr) text += wrap(against_text(view), view.width, 0) + "\n";
  text += conversation_text(view);
  text += wrap(slots_line(view, my_slots), view.width, 7) + "\n";
  text += wrap(fmt::format("Checked on this machine: {}'s signature, policy ({}), ledger.  Digest {}", run.request->by,
                           view.decision.source, short_digest(run.plan->digest.tagged())),
               view.width, 0) + "\n";
  return text;
}

std::string steps_screen(const RunView& view) {
  std::string text;
  std::size_t number = 0;
  const auto& resolution = plan_of(view).resolution;
  for (const auto& step : resolution.steps) {
    text += fmt::format("{} {} ({}, at most {})\n", ++number, step_title(*view.run, step.name), effect_word(step), to_string(step.timeout));
    if (const auto to = sent_to(view, step)) text += wrap("    to: " + *to, view.width, 8) + "\n";
    text += command_text(step.run, "runs", view.width);
    for (const auto& [name, value] : step.environment) text += fmt::format("      with {}={}\n", name, display(value));
    for (const auto& folder : step.writes) text += fmt::format("      may write in {}\n", display(folder));
    if (step.preview) text += command_text(*step.preview, "preview", view.width);
    if (step.undo) text += command_text(*step.undo, "undo", view.width);
    if (step.confirm) text += command_text(*step.confirm, "confirm", view.width);
    if (step.idempotent) text += "    may be done twice\n";
  }
  text += fmt::format("Isolated by {}. What the plan fixed:\n", resolution.isolation);
  for (const auto& [name, value] : resolution.observations) text += fmt::format("  {}  {}\n", display(name), display(value));
  for (const auto& reliance : resolution.relies_on)
    text += fmt::format("  {}  {} version {} {}\n", privacy::words_for(reliance.need), display(reliance.id), display(reliance.version), display(reliance.digest));
  return text;
}

std::string differences_screen(const RunView& view) {
  if (view.earlier == nullptr) return "There is no earlier approved run of this verb here.\n";
  return fmt::format("Against run {}:\n", view.earlier->id.suffix()) + to_text(compare(*view.earlier, *view.run), view.width);
}

namespace {

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

std::string printed_name(const RunView& view, const approval::Fact& fact) {
  const auto* const root = view.trust == nullptr ? nullptr : view.trust->root_at(fact.leaf);
  const auto* const signer = root == nullptr ? nullptr : root->find(fact.by);
  return signer == nullptr ? std::string() : signer->full_name;
}

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

// Of somebody who fills a slot.
const approval::ApprovalFact& last_approval(const approval::Run& run, std::string_view person) {
  const auto found = std::find_if(run.approvals.rbegin(), run.approvals.rend(),
                                  [&](const auto& approval) { return approval.by == person && approval.act == approval::Act::approve; });
  return *found;
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

}  // namespace

std::string history_screen(const RunView& view) {
  const auto& run = *view.run;
  auto text = fmt::format("State: {}\n\n", to_string(view.state)) + (run.plan ? plan_text(view) : heading(view));
  text += "\nWhat happened\n";
  std::vector<std::pair<std::uint64_t, std::string>> lines;  // by entry, which is the order that things happened in
  const auto line = [&](const approval::Fact& fact, const std::string& what) {
    lines.emplace_back(fact.leaf, wrap(fmt::format("  {}  {:<12} {}", when(fact.at, view.now), fact.by, what), view.width, 20));
  };
  const auto closing = [&](const std::optional<approval::OutcomeFact>& outcome, const std::vector<approval::CloseFact>& closes) {
    if (outcome) line(*outcome, fmt::format("outcome: {}", approval::to_string(outcome->ending)));
    for (const auto& close : closes)
      line(close, close.finding ? "signed this finding: " + words_text(view, *close.finding) : "signed the same finding");
  };
  line(*run.request, "asked for it");
  if (run.plan) line(*run.plan, "planned it");
  for (const auto& approval : run.approvals)
    line(approval, approval.act != approval::Act::approve ? "withdrew their approvals" + sent(view, approval)
                   : "signed" + printed_as(view, approval) + as_what(approval.meaning) +
                         (approval.words ? ", with the note: " + words_text(view, *approval.words) : ""));
  for (const auto& note : run.notes) {
    const auto question = std::ranges::find_if(run.notes, [&](const auto& other) { return other.hash == note.answers; });
    line(note, (question == run.notes.end() ? "asked: " : fmt::format("replied to {}: ", question->by)) + words_text(view, note.words));
  }
  if (run.rejection)
    line(*run.rejection, "rejected it: " + reason_text(view) + sent(view, *run.rejection));
  if (run.cancel)
    line(*run.cancel, "cancelled it" + (run.cancel->reason ? ": " + words_text(view, *run.cancel->reason) : "") + sent(view, *run.cancel));
  for (const auto& order : run.orders) {
    const auto to_run = order.resume ? std::string("ordered it to be resumed") : "ordered it to run" + order_time(order, view.now);
    line(order, order.withdrawn ? "took the order back" : to_run);
  }
  if (run.glass)
    line(*run.glass, fmt::format("broke the glass ({}, {}): {}", to_string(run.glass->code), meaning(run.glass->code), words_text(view, run.glass->because)));
  for (const auto& review : run.reviews)
    line(review, review.finding ? "signed this finding of the review: " + words_text(view, *review.finding) : "signed the same finding of the review");
  if (run.claim) line(*run.claim, "started it");
  for (const auto& step : run.steps) {
    if (step.phase == approval::StepFact::Phase::outcome)
      line(step, fmt::format("{}: {}, {}", step_title(run, step.step, step.undo), step.succeeded ? "done" : "FAILED", step.how));
    if (step.phase == approval::StepFact::Phase::confirm) line(step, fmt::format("{}: {}", step.step, words_for(step.found)));
  }
  for (const auto& resume : run.resumes) {
    closing(resume.after, resume.closes);
    line(resume, "resumed it");
  }
  closing(run.outcome, run.closes);
  for (const auto& refusal : run.refusals)
    line(refusal, fmt::format("refused {} to {}: {}", display(refusal.who), display(refusal.action), words_text(view, refusal.why)));
  if (view.rollback != nullptr && view.rollback->claim)
    line(*view.rollback->claim, fmt::format("began to roll it back, as run {}", view.rollback->id.suffix()));
  for (const auto& reveal : run.reveals) line(reveal, "was shown " + revealed_text(reveal.names));
  for (const auto& taken : run.exports) line(taken, "took out what was printed by " + either(step_titles(run, taken.steps), "and"));
  for (const auto leaf : run.late) lines.emplace_back(leaf, fmt::format("  entry {} came too late and does not count", leaf));
  std::ranges::stable_sort(lines, {}, [](const auto& entry) { return entry.first; });
  for (const auto& entry : lines) text += entry.second + "\n";
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

}  // namespace

namespace {

std::string rejection_text(const RunView& view) {
  const auto& rejection = *view.run->rejection;
  const bool told = rejection.words && words_said(view, *rejection.words);
  const auto why = told ? ": " + reason_text(view) : fmt::format("; blc show {} tells why", view.run->id.suffix());
  return wrap(fmt::format("Rejected by {}, {}{}", rejection.by, when(rejection.at, view.now), why), view.width, 2) + "\n";
}

}  // namespace

bool drifted(const RunView& view) { return view.state == State::approved && approval::last_drift(*view.run) != nullptr; }

std::string drift_text(const RunView& view) {
  if (!drifted(view)) return {};
  const auto& run = *view.run;
  return wrap(fmt::format("Its last start was refused, {}: something has changed since it was planned.",
                          when(approval::last_drift(run)->at, view.now)), view.width, 0) +
         "\n" + wrap(fmt::format("{} plans the same anew; blc show {} tells what changed.", approval::plans_again(run), run.id.suffix()),
                     view.width, 0) + "\n";
}

std::string explain_screen(const RunView& view) {
  const auto& run = *view.run;
  auto text = fmt::format("Run {} is {}.\n", run.id.suffix(), to_string(view.state));
  if (!run.plan) return text + "It has no plan yet.\n";
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
  if (!view.decision.yes && view.state == State::pending) text += fmt::format("It cannot run yet: {}\n", display(view.decision.why));
  if (drifted(view)) text += drift_text(view);
  else if (view.state == State::approved) text += fmt::format("It can run: blc execute {}\n", run.id.suffix());
  if (view.state == State::indeterminate) text += resume_text(view);
  return text + rollback_text(view) + taken_back_text(view);
}

}  // namespace blc::cli
