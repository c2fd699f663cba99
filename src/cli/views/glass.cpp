#include "cli/views/glass.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "cli/views/words.hpp"

namespace blc::cli {

using text::Json;

namespace {

bool overdue(const RunView& view) {
  const auto& run = *view.run;
  return approval::awaits_review(run, approval::kWholeLedger) && approval::review_due(run) < view.now;
}

}  // namespace

std::string review_mark(const RunView& view) {
  const auto& run = *view.run;
  if (!run.glass || !approval::awaits_review(run, approval::kWholeLedger)) return {};
  return fmt::format("break-glass review {}{}, {} of {} signed", overdue(view) ? "OVERDUE since " : "due ",
                     when(approval::review_due(run), view.now), approval::reviewed(run, approval::kWholeLedger).signers,
                     approval::reviewers_needed(run));
}

std::string glass_text(const RunView& view) {
  const auto& run = *view.run;
  if (!run.glass) return {};
  const auto& glass = *run.glass;
  const auto who = glass.by == view.me ? "You" : glass.by;
  auto text = fmt::format("GLASS BROKEN by {}, {} ({}, {}): {}", who == "You" ? "you" : who, when(glass.at, view.now), to_string(glass.code),
                          meaning(glass.code), words_text(view, glass.because));
  if (view.decision.glass != nullptr)
    text += fmt::format(". Until {} {} may run it without the other signatures", at_time(view.decision.glass_until, view.now), who == "You" ? "you" : who);
  text = wrap(text + ".", view.width, 2) + "\n";
  const auto mark = review_mark(view);
  if (mark.empty()) return text + "Its review is complete.\n";
  return text + wrap(fmt::format("Others than {} review it: {}. They type: blc review {}", who == "You" ? "you" : who, mark, run.id.suffix()), view.width, 2) + "\n";
}

Json glass_json(const RunView& view) {
  const auto& run = *view.run;
  const auto& glass = *run.glass;
  Json::Array reviews;
  for (const auto& review : run.reviews)
    reviews.emplace_back(Json::Object{{"by", review.by}, {"at", blc::to_string(review.at)}, {"leaf", review.leaf}, {"finding", finding_of(review).hex()}});
  return Json::Object{{"by", glass.by},
                      {"at", blc::to_string(glass.at)},
                      {"leaf", glass.leaf},
                      {"code", to_string(glass.code)},
                      {"holds", view.decision.glass != nullptr},
                      {"review", Json::Object{{"due", blc::to_string(approval::review_due(run))},
                                              {"overdue", overdue(view)},
                                              {"complete", !approval::awaits_review(run, approval::kWholeLedger)},
                                              {"needed", approval::reviewers_needed(run)},
                                              {"signed", approval::reviewed(run, approval::kWholeLedger).signers},
                                              {"findings", std::move(reviews)}}}};
}

std::vector<const approval::Run*> awaiting_review(const approval::Replay& replay) {
  std::vector<const approval::Run*> runs;
  replay.each_run({.glass_broken = true}, [&](const auto& run) {
    if (approval::awaits_review(run, replay.size())) runs.push_back(&run);
    return true;
  });
  return runs;
}

bool can_review(const approval::Replay& replay, const approval::Run& run, const trust::Principal& me, Timestamp now) {
  const bool signed_already = std::ranges::any_of(run.reviews, [&](const auto& review) { return review.by == me.name; });
  return me.kind == trust::PrincipalKind::person && !signed_already && std::ranges::any_of(me.keys, [&](const auto& key) {
           return !approval::review_bar(replay.context(run, now), me.name, key);
         });
}

}  // namespace blc::cli
