#include "cli/views/reveal.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "cli/commands/acts.hpp"
#include "core/plan/plan.hpp"

namespace blc::cli {

namespace {

using Items = std::vector<ledger::SealedItem>;

// What people said about the run.
Items said(const approval::Run& run) {
  Items items;
  const auto add = [&](const std::optional<approval::Words>& words) {
    if (words && words->sealed) items.push_back(*words->sealed);
  };
  for (const auto& approval : run.approvals) add(approval.words);
  if (run.rejection) add(run.rejection->words);
  if (run.cancel) add(run.cancel->reason);
  for (const auto& close : run.closes) add(close.finding);
  if (run.glass) add(run.glass->because);
  for (const auto& review : run.reviews) add(review.finding);
  for (const auto& note : run.notes) add(note.words);
  for (const auto& refusal : run.refusals) add(refusal.why);
  return items;
}

// Every sealed value of the run that screens show, by the name the views look for.
Items shown_values(const approval::Run& run) {
  auto items = said(run);
  const auto& sealed = run.plan ? run.plan->plan->sealed : run.request->request.sealed;
  std::ranges::copy_if(sealed, std::back_inserter(items), [](const auto& item) { return item.name != plan::kRunKey; });
  return items;
}

Result<std::string> open(Session& session, RunView& view, const Items& items, bool wanted) {
  const auto& run = *view.run;
  if (items.empty()) return std::string();
  if (!wanted && !session.terminal().output()) return std::string("Sealed values stay sealed here; --reveal opens them for those who may.");
  BLC_TRY(const auto* const vault, session.vault());
  // Before the ledger is told that somebody was shown them.
  if (!vault->holds_key())
    return std::string("You hold no sealing key of this practice, so sealed values stay sealed; it lies with the executor.");
  if (!run.plan) return std::string("What was sealed of a run that has no plan stays sealed.");
  // A screen alone asks for nothing; who types --reveal does.
  if (wanted) BLC_CHECK(within_settings(session, run, "see the sealed values of"));
  BLC_TRY(const auto settings, session.settings_in(run.environment));
  if (run.classification > settings.ceiling) return fmt::format("Sealed values stay sealed: this session's ceiling is {}.", to_string(settings.ceiling));
  BLC_TRY(auto* const desk, session.desk());
  if (!desk->holds_right(run, policy::Right::reveal)) {
    if (wanted) record_refusal(session, run, desk->name(), "see the sealed values of", {Exit::refused, desk->name() + " may not see the sealed values of this run", {}});
    return std::string("Your roles do not allow you to see the sealed values of this run.");
  }
  std::vector<std::string> names;
  for (const auto& item : items) names.push_back(item.name);
  BLC_CHECK(desk->reveal(run.id, names));
  for (const auto& item : items) {
    const auto value = desk->vault().open(approval::scope_of(run), run.request->request.verb, item);
    if (!value) continue;
    view.opened.emplace(item.name, std::string(value->reveal()));
    view.opened.emplace(item.ref.ciphertext.hex(), std::string(value->reveal()));
  }
  return std::string();
}

}  // namespace

Result<std::string> open_sealed(Session& session, RunView& view, bool wanted) { return open(session, view, shown_values(*view.run), wanted); }
Result<std::string> open_words(Session& session, RunView& view) { return open(session, view, said(*view.run), false); }

}  // namespace blc::cli
