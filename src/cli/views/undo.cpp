#include "cli/views/undo.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "cli/views/compare.hpp"
#include "cli/views/words.hpp"
#include "core/text/display.hpp"

namespace blc::cli {

using text::display;

namespace {

std::string command_line(const plan::PlannedCommand& command) {
  std::vector<std::string> words;
  for (const auto& word : command.argv) words.push_back(display(word));
  return fmt::format("{}", fmt::join(words, " "));
}

const plan::Resolution& resolution_of(const approval::Run& run) { return run.plan->plan->resolution; }

// The effects of the run that no undo takes back.
std::string staying_text(const RunView& view) {
  std::vector<std::string> stays;
  for (const auto& step : resolution_of(*view.undone).steps) {
    if (step.effect != Effect::read && !step.undo) stays.push_back(display(step.summary));
  }
  return stays.empty() ? std::string() : wrap("Stays as it is: " + either(stays, "and"), view.width, 2) + "\n";
}

}  // namespace

std::string undo_words(const plan::PlannedStep& step) {
  if (step.effect == Effect::read) return step.at_planning ? "done for this plan" : "changes nothing";
  if (step.undo) return "can be undone: " + (step.undo->summary.empty() ? command_line(*step.undo) : display(step.undo->summary));
  return step.atomic ? "happens whole or not at all, cannot be undone" : "cannot be undone";
}

std::string what_it_does(const approval::Run& run) {
  const auto& request = run.request->request;
  return request.rolls_back ? fmt::format("{}, rollback of {}", request.verb, request.rolls_back->suffix()) : request.verb;
}

std::string step_title(const approval::Run& run, const std::string& step, bool undo) {
  return (undo || run.request->request.rolls_back ? "undo of " : "") + step;
}

std::vector<std::string> step_titles(const approval::Run& run, const std::vector<std::string>& steps) {
  std::vector<std::string> titles;
  for (const auto& step : steps) titles.push_back(step_title(run, step));
  return titles;
}

std::string rollback_text(const RunView& view) {
  if (view.undone == nullptr || !view.undone->claim) return {};
  const auto& undone = *view.undone;
  const auto suffix = undone.id.suffix();
  const auto signers = signers_of(undone);
  auto text = wrap(fmt::format("Takes back run {}, asked by {}, run {}{}.", suffix, undone.request->by, when(undone.claim->at, view.now),
                               signers.empty() ? "" : ", signed by " + either(signers, "and")),
                   view.width, 2) + "\n";
  text += staying_text(view);
  if (view.later != nullptr)
    text += wrap(fmt::format("Since then the verb ran again ({}, {}). Does this still fit?", view.later->id.suffix(),
                             when(view.later->claim->at, view.now)),
                 view.width, 2) + "\n";
  if (view.run->plan && !resolution_of(*view.run).rolls_back->changed.empty()) {
    std::vector<std::string> names;
    for (const auto& name : resolution_of(*view.run).rolls_back->changed) names.push_back(display(name));
    text += wrap(fmt::format("Has changed since then: {}", either(names, "and")), view.width, 2) + "\n";
  }
  return text;
}

std::string taken_back_text(const RunView& view) {
  if (view.rollback == nullptr) return {};
  const auto suffix = view.rollback->id.suffix();
  if (view.state == approval::State::rolled_back) return fmt::format("Run {} took its effects back.\n", suffix);
  return fmt::format("Run {} was to take its effects back; blc show {} tells how far it came.\n", suffix, suffix);
}

}  // namespace blc::cli
