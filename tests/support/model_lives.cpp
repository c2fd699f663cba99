#include "support/model.hpp"

#include <algorithm>

#include "support/model_words.hpp"

namespace blc::testing::model {

bool Ledger::ended(int run, std::uint64_t size) const {
  return last(run, Kind::reject, size).has_value() || last(run, Kind::cancel, size).has_value();
}

std::set<int> Ledger::resumable(int run, Timestamp now) const { return resumable(run, entries_.size(), now); }

bool Ledger::closed(int run, std::uint64_t size) const {
  const auto slots = entries_[*last(run, Kind::plan, size)].policy.slots.size();
  const auto& requester = entries_[*last(run, Kind::request, size)].by;
  std::map<int, std::set<std::string>> signers;  // hash of the close with the finding -> who signed it
  for (const auto i : since_resume(run, Kind::close, size)) {
    signers[entries_[i].cites.value_or(entries_[i].hash)].insert(entries_[i].by);
  }
  return std::ranges::any_of(signers, [&](const auto& pair) {
    const auto& people = pair.second;
    if (people.size() < std::max<std::size_t>(1, slots)) return false;
    return slots == 0 || std::ranges::any_of(people, [&](const auto& person) { return person != requester; });
  });
}

// Reading: once a run is resumed it executes again: outcomes and findings from before say nothing any more.
std::vector<std::size_t> Ledger::since_resume(int run, Kind kind, std::uint64_t size) const {
  const auto from = last(run, Kind::resume, size);
  auto found = counted(run, kind, size);
  std::erase_if(found, [&](auto i) { return from && i < *from; });
  return found;
}

// Reading: "the claimant's last entry" is the last in ledger order; a refusal is no word of the execution.
std::size_t Ledger::heard(int run, std::uint64_t size) const {
  const auto claimed = *last(run, Kind::claim, size);
  const auto& claim = entries_[claimed];
  std::size_t found = claimed;
  for (std::size_t i = claimed; i < size && i < entries_.size(); ++i) {
    const auto& entry = entries_[i];
    if (entry.run != run || standings_[i] != kCounts || entry.by != claim.by || entry.key != claim.key) continue;
    if (entry.kind != Kind::refusal) found = i;
  }
  return found;
}

// Reading: exactly one lease is not yet older.
std::string Ledger::after_claim(int run, std::uint64_t size, Timestamp now) const {
  if (closed(run, size)) return "closed";
  const auto outcomes = since_resume(run, Kind::outcome, size);
  if (!outcomes.empty()) return entries_[outcomes.back()].ending;
  return now - entries_[heard(run, size)].at <= kLease ? "executing" : "indeterminate";
}

// Reading: an order to resume is good for one start: not for one that came before what the claimant wrote last. Of
// the rest of the gate everything is asked but signatures and deadline, which were for the start.
std::set<int> Ledger::resumable(int run, std::uint64_t size, Timestamp now) const {
  if (!last(run, Kind::claim, size) || after_claim(run, size, now) != "indeterminate") return {};
  if (!conditions(run, size, now)) return {};
  std::set<int> orders;
  for (const auto i : counted(run, Kind::resume_order, size)) {
    const auto& order = entries_[i];
    const bool stands = i > heard(run, size) && order.at <= now + kSkew && may(run, order.by, order.key, "execute", size);
    if (stands) orders = {order.hash};
  }
  return orders;
}

std::string Ledger::state(int run, Timestamp now) const {
  const auto size = entries_.size();
  if (last(run, Kind::claim, size)) return after_claim(run, size, now);
  if (last(run, Kind::cancel, size)) return "cancelled";
  if (last(run, Kind::reject, size)) return "rejected";
  if (!last(run, Kind::plan, size)) return "planning";
  if (now > deadline(run, size, now)) return "expired";
  return gate(run, size, now) ? "approved" : "pending";
}

// ---- Break-glass and its review.

// Reading: whoever breaks the glass is judged by the reviews that they owe for other runs, whatever the environment
// of this one.
bool Ledger::may_break(int run, const Entry& glass, std::uint64_t size, Timestamp now) const {
  const auto& request = entries_[*last(run, Kind::request, entries_.size())];
  const auto* const signer = holder(glass.by, glass.key, size);
  if (!request.clinical || (!request.subject && holds(Rule::glass_of_a_subject)) || signer == nullptr || !signer->person) return false;
  const auto all = policies(run, size);
  if (!all.front()->glass) return false;
  if (!all.back()->glass && holds(Rule::glass_in_every_policy)) return false;
  if (!may(run, glass.by, glass.key, "break-glass", size) && holds(Rule::glass_by_the_enrolled)) return false;
  if (!may(run, glass.by, glass.key, "execute", size) && holds(Rule::glass_by_who_may_execute)) return false;
  if (!holds(Rule::glass_waits_for_reviews)) return true;
  const auto owed = overdue(size, now);
  return std::ranges::none_of(owed, [&](int other) {
    return other != run && entries_[*last(other, Kind::glass, size)].by == glass.by;
  });
}

bool Ledger::reviewed(int run, std::uint64_t size) const {
  const auto& plan = entries_[*last(run, Kind::plan, size)];
  const auto needed = holds(Rule::review_by_enough) ? plan.policy.glass->reviewers : 1;
  std::map<int, std::set<std::string>> signers;  // hash of the review with the finding -> who signed it
  for (const auto i : counted(run, Kind::review, size)) {
    const auto finding = entries_[i].cites.value_or(entries_[i].hash);
    signers[holds(Rule::review_of_one_finding) ? finding : 0].insert(entries_[i].by);
  }
  return std::ranges::any_of(signers, [&](const auto& pair) { return pair.second.size() >= needed; });
}

std::set<int> Ledger::overdue(std::uint64_t size, Timestamp now) const {
  std::set<int> found;
  for (std::size_t i = 0; i < size && i < entries_.size(); ++i) {
    const auto& entry = entries_[i];
    if (entry.kind != Kind::glass || standings_[i] != kCounts) continue;
    if (entry.environment == "local" && holds(Rule::local_bars_nothing)) continue;
    const auto& plan = entries_[*last(*entry.run, Kind::plan, size)];
    if (now > entry.at + plan.policy.glass->review_within && !reviewed(*entry.run, size)) found.insert(*entry.run);
  }
  return found;
}

// The break-glass of the run that holds.
std::optional<std::size_t> Ledger::glass(int run, std::uint64_t size, Timestamp now) const {
  const auto broken = last(run, Kind::glass, size);
  if (!broken) return std::nullopt;
  const auto& entry = entries_[*broken];
  const auto all = policies(run, size);
  const bool lasts = std::ranges::all_of(all, [&](const auto* policy) {
    return !policy->glass || now <= entry.at + policy->glass->lasts || !holds(Rule::glass_ends);
  });
  const bool still = !holds(Rule::glass_asked_again) || may_break(run, entry, size, now);
  return lasts && entry.at <= now + kSkew && still ? broken : std::nullopt;
}

std::vector<Slot> Ledger::slots(int run, const Policy& policy, std::uint64_t size, Timestamp now) const {
  auto asked = policy.slots;
  if (!policy.glass || !glass(run, size, now)) return asked;
  std::erase_if(asked, [&](const auto& slot) {
    return !policy.glass->keeps.contains(slot.name) || !holds(Rule::glass_keeps_slots);
  });
  return asked;
}

}  // namespace blc::testing::model
