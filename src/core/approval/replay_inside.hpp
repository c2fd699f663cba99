// What replay.cpp, replay_runs.cpp and replay_trust.cpp share: the replay's inside, and how it says what it found.
#pragma once
#include <fmt/format.h>

#include <optional>
#include <string>
#include <utility>

#include "core/approval/prerequisite.hpp"
#include "core/approval/records.hpp"
#include "core/approval/replay.hpp"

namespace blc::approval {

using ledger::Entry;

struct Judgement {
  Verdict verdict;
  Parsed parsed;
};

inline Judgement void_entry(std::string why, std::string hint = {}) {
  return {{Verdict::Standing::void_entry, std::move(why), std::move(hint)}, {}};
}
inline Judgement late(std::string why) { return {{Verdict::Standing::late, std::move(why)}, {}}; }
template <class T>
Judgement counts(T parsed) {
  return {{}, Parsed(std::move(parsed))};
}

// The principal who signed, when that key was theirs by this root; or null.
inline const trust::Principal* holder(const trust::Root* root, const Entry& entry) {
  const auto* const principal = root == nullptr ? nullptr : root->find(entry.header.by);
  return principal != nullptr && principal->holds(entry.signature.key) ? principal : nullptr;
}

inline bool is_person(const trust::Principal* principal) {
  return principal != nullptr && principal->kind == trust::PrincipalKind::person;
}

struct Replay::Inside {
  explicit Inside(std::string origin) : records(std::move(origin)), trust(records.trust()), tree(records.tree()) {}
  Inside(std::string origin, ports::LedgerIndex& index, ports::LedgerStore& store)
      : records(std::move(origin), index, store), trust(records.trust()), tree(records.tree()) {}

  Records records;
  const trust::History& trust;
  const ledger::Tree& tree;

  [[nodiscard]] std::uint64_t index() const { return records.size(); }
  [[nodiscard]] const trust::Root* root_now() const { return records.root(); }
  [[nodiscard]] Fact fact(const Entry& entry, const LeafHash& leaf) const {
    return {index(),           leaf,
            entry.header.by,   entry.signature.key,
            entry.header.at,   entry.header.head,
            entry.header.id,   entry.signature.touched,
            entry.signature.pin};
  }
  [[nodiscard]] Context context(const Run& run, std::uint64_t size, Timestamp now) const {
    const auto& unreadable = records.unreadable();
    if (unreadable && *unreadable < size)
      return {trust, run, size, now,
              fmt::format("entry {} is of a kind this blc does not know; use a newer blc", *unreadable)};
    Context context{trust, run, size, now, unmet(run, size, now)};
    if ((run.glass && run.glass->leaf < size) || (run.plan && waits_for_reviews(run))) context.overdue = overdue(size, now);
    return context;
  }
  // Reviews that were overdue at `now` after `size` entries. In local, break-glass is an exercise.
  [[nodiscard]] std::vector<OverdueReview> overdue(std::uint64_t size, Timestamp now) const {
    std::vector<OverdueReview> reviews;
    records.each_run({.glass_broken = true}, [&](const Run& run) {
      if (run.environment != Environment::local && awaits_review(run, size) && review_due(run) < now)
        reviews.push_back({run.id, run.glass->by, review_due(run)});
      return true;
    });
    return reviews;
  }
  [[nodiscard]] std::string unmet(const Run& run, std::uint64_t size, Timestamp now) const {
    if (run.request && run.request->request.rolls_back) {
      const auto& id = *run.request->request.rolls_back;
      return unmet_rollback(run, *records.run(id), records.last_rollback(id, size), size);
    }
    const auto* const latest = required_run(run, size);
    const auto* const back = latest == nullptr ? nullptr : records.last_rollback(latest->id, size);
    return unmet_requirement(run, latest, back, trust, size, now);
  }
  // What the verb of this run requires: the last claimed one of those below `size`.
  [[nodiscard]] const Run* required_run(const Run& run, std::uint64_t size) const {
    if (!run.plan || !run.plan->plan->resolution.required_run) return nullptr;
    const auto& resolution = run.plan->plan->resolution;
    return records.last_claimed(resolution.required_run->verb, resolution.required_run->environment,
                                &resolution.parameters, size);
  }

  [[nodiscard]] Judgement inspect(const Entry& entry, const LeafHash& leaf) const;
  [[nodiscard]] std::optional<Judgement> header_fault(const Entry& entry) const;
  [[nodiscard]] std::optional<Judgement> run_fault(const Entry& entry) const;
  [[nodiscard]] Judgement inspect_run_entry(const Entry& entry, const LeafHash& leaf) const;
  [[nodiscard]] Judgement inspect_request(const Entry& entry, const LeafHash& leaf) const;
  [[nodiscard]] std::string rollback_fault(const Entry& entry, const plan::Request& request) const;
  [[nodiscard]] Judgement inspect_plan(const Entry& entry, const LeafHash& leaf, const Run& run) const;
  [[nodiscard]] Judgement inspect_approval(const Entry& entry, const LeafHash& leaf, const Run& run) const;
  [[nodiscard]] std::optional<Judgement> slot_fault(const Entry& entry, const Run& run, Act act) const;
  [[nodiscard]] Judgement inspect_cancel(const Entry& entry, const LeafHash& leaf, const Run& run) const;
  [[nodiscard]] Judgement inspect_order(const Entry& entry, const LeafHash& leaf, const Run& run) const;
  [[nodiscard]] Judgement inspect_claim(const Entry& entry, const LeafHash& leaf, const Run& run) const;
  [[nodiscard]] Judgement inspect_resume_order(const Entry& entry, OrderFact order, const Run& run) const;
  [[nodiscard]] Judgement inspect_resume(const Entry& entry, const LeafHash& leaf, const Run& run) const;
  [[nodiscard]] Judgement inspect_claimant(const Entry& entry, const LeafHash& leaf, const Run& run) const;
  [[nodiscard]] Judgement inspect_close(const Entry& entry, const LeafHash& leaf, const Run& run) const;
  [[nodiscard]] Judgement inspect_glass(const Entry& entry, const LeafHash& leaf, const Run& run) const;
  [[nodiscard]] Judgement inspect_review(const Entry& entry, const LeafHash& leaf, const Run& run) const;
  [[nodiscard]] Judgement inspect_note(const Entry& entry, const LeafHash& leaf, const Run& run) const;
  [[nodiscard]] Judgement inspect_refusal(const Entry& entry, const LeafHash& leaf) const;
  [[nodiscard]] Judgement inspect_reveal(const Entry& entry, const LeafHash& leaf) const;
  // In exports.cpp. `run`: whose output was taken, or null.
  [[nodiscard]] Judgement inspect_export(const Entry& entry, const LeafHash& leaf, const Run* run) const;

  // In tier_checks.cpp.
  [[nodiscard]] Judgement inspect_tier_check(const Entry& entry) const;

  // In replay_trust.cpp: what is about root and catalog.
  [[nodiscard]] const Proposal* proposal(const Entry& entry) const;
  [[nodiscard]] const trust::Principal* to_join(const Entry& entry) const;
  [[nodiscard]] Judgement inspect_proposal(const Entry& entry, const LeafHash& leaf) const;
  [[nodiscard]] Judgement inspect_decision(const Entry& entry, const LeafHash& leaf) const;
  [[nodiscard]] Judgement inspect_acceptance(const Entry& entry, const LeafHash& leaf) const;
  [[nodiscard]] Judgement inspect_delegation(const Entry& entry, const LeafHash& leaf) const;
  [[nodiscard]] Judgement inspect_adoption(const Entry& entry) const;
  [[nodiscard]] Judgement inspect_first_root(const Entry& entry) const;
  [[nodiscard]] Judgement inspect_next_root(const Entry& entry, trust::Root next, const std::optional<Citation>& citation) const;
  [[nodiscard]] Judgement inspect_next_catalog(const Entry& entry, trust::Catalog next, const std::optional<Citation>& citation) const;
  [[nodiscard]] std::string citation_fault(const Entry& entry, const text::Json& next, const Citation& citation, trust::History::Backing& backing) const;
};

}  // namespace blc::approval
