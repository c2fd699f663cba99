#include "cli/views/run_view.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "cli/views/compare.hpp"
#include "core/plan/drift.hpp"
#include "core/text/display.hpp"

namespace blc::cli {

using approval::State;
using text::display;

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
  if (before_start(view) && run.environment != Environment::local)
    view.changed = plan::changed_texts(plan_of(view).resolution.governing, *replay.catalog());
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
  if (view.state == State::approved) view.shut = approval::start_bar(replay.context(run, now), now);
  return view;
}

std::string printed_name(const RunView& view, const approval::Fact& fact) {
  const auto* const root = view.trust == nullptr ? nullptr : view.trust->root_at(fact.leaf);
  const auto* const signer = root == nullptr ? nullptr : root->find(fact.by);
  return signer == nullptr ? std::string() : signer->full_name;
}

}  // namespace blc::cli
