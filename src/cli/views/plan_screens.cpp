#include "cli/views/run_view.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "cli/views/compare.hpp"
#include "cli/views/glass.hpp"
#include "cli/views/notes.hpp"
#include "cli/views/recipient.hpp"
#include "cli/views/slots_text.hpp"
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

// "clearinghouse and lab": whose accounts the step's programs are given, or nothing.
std::string credentials_of(const plan::PlannedStep& step) {
  const auto below = std::string(verb::kCredentialsFolder) + "/";
  std::vector<std::string> names;
  for (const auto& label : step.run.sees) {
    if (label.starts_with(below)) names.push_back(label.substr(below.size()));
  }
  return names.empty() ? std::string() : either(names, "and");
}

std::string steps_text(const RunView& view) {
  std::string text;
  std::size_t number = 0;
  for (const auto& step : plan_of(view).resolution.steps) {
    const auto lead = fmt::format("{} {:<9}  ", ++number, effect_word(step));
    // What takes back is not taken back itself.
    const auto undo = view.undone != nullptr ? std::string() : fmt::format(" ({})", undo_words(step));
    text += wrap(fmt::format("{}{}{}", lead, display(step.summary), undo), view.width, lead.size()) + "\n";
    if (const auto given = credentials_of(step); !given.empty())
      text += wrap(fmt::format("{:{}}with the {} credential {}", "", lead.size(), to_string(view.run->classification), given), view.width, lead.size() + 4) + "\n";
    if (const auto to = sent_to(view, step))
      text += wrap(fmt::format("{:{}}to: {}", "", lead.size(), *to), view.width, lead.size() + 4) + "\n";
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

std::string next_text(const RunView& view) {
  const auto suffix = view.run->id.suffix();
  if (view.state == State::approved) return fmt::format("Next  you type   blc execute {}\n", suffix);
  if (view.state != State::pending) return fmt::format("Next  you type   blc show {}\n", suffix);
  if (view.decision.code != Exit::approvals_missing) return fmt::format("It would be refused: {}\n", view.decision.why);
  return fmt::format("Next  they type  blc approve {0}\n      you type   blc execute {0}   (blc wait {0} tells you when)\n", suffix);
}

}  // namespace

std::string heading(const RunView& view) {
  const auto& run = *view.run;
  return fmt::format("{}     {}, {}{}\n", what_it_does(run), to_string(run.classification), loud(run.environment),
                     run.request->request.rehearsal ? " (rehearsal of production's approvals)" : "");
}

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
  text += changed_text(view);
  text += wrap(fmt::format("Expires {}. If what it read, a program or the policy changes before it runs, it will refuse.",
                           when(view.decision.deadline, view.now)),
               view.width, 0) + "\n";
  text += fmt::format("Full ID {}\ndigest  {}\n", run.id.str(), run.plan->digest.tagged());
  return text;
}

std::string plan_screen(const RunView& view) { return plan_text(view) + next_text(view); }

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
  text += changed_text(view);  // whoever signs it now signs in vain
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

}  // namespace blc::cli
