#include "support/model.hpp"

#include <algorithm>

#include "support/model_words.hpp"

namespace blc::testing::model {

namespace {

// A plan, claim, step intent, root or catalog is appended by compare-and-swap.
bool swaps(Kind kind) {
  return kind == Kind::plan || kind == Kind::claim || kind == Kind::resume || kind == Kind::intent || kind == Kind::root ||
         kind == Kind::catalog;
}

// What belongs to no run.
bool apart(const Entry& entry) {
  const auto kind = entry.kind;
  return kind == Kind::root || kind == Kind::catalog || kind == Kind::delegation || kind == Kind::proposal ||
         names_proposal(kind) || kind == Kind::tier_check || (kind == Kind::exported && entry.what != "output");
}

bool says_words(const Entry& entry) {
  if (entry.kind == Kind::close || entry.kind == Kind::review) return !entry.cites;
  return entry.kind == Kind::glass || entry.kind == Kind::note || entry.kind == Kind::refusal;
}

}  // namespace

Standing Ledger::judge(const Entry& entry) const {
  const auto leaf = entries_.size();
  const auto* const seen = roster(entry.head);
  if (!entry.our_ledger || entry.head > leaf || !entry.head_root_right) return kVoid;
  if (entry.root != (seen == nullptr ? 0 : seen->version)) return kVoid;
  if (leaf == 0) return judge_root(entry);
  if (swaps(entry.kind) && entry.head != leaf) return kVoid;
  if (holder(entry.by, entry.key, entry.head) == nullptr && !joins(entry)) return kVoid;
  for (std::size_t i = 0; i < leaf; ++i) {
    if (standings_[i] != kVoid && entries_[i].by == entry.by && entries_[i].id == entry.id) return kVoid;
  }
  // Reading: authentic at its head and overtaken by a root is a race: late. A head that leaves out what its own
  // signer wrote is malformed: void.
  for (std::size_t i = entry.head; i < leaf; ++i) {
    if (standings_[i] != kVoid && entry.run && entries_[i].run == entry.run && entries_[i].by == entry.by) return kVoid;
  }
  if (entry.kind != Kind::unknown && entry.run.has_value() == apart(entry)) return kVoid;
  if (holder(entry.by, entry.key, leaf) == nullptr && !joins(entry)) return kLate;
  if (entry.kind == Kind::root) return judge_root(entry);
  if (entry.kind == Kind::catalog) return judge_catalog(entry);
  if (entry.kind == Kind::request) return judge_request(entry);
  if (entry.kind == Kind::unknown) return kCounts;
  if (entry.kind == Kind::delegation) return judge_delegation(entry);
  if (entry.kind == Kind::proposal) return judge_proposal(entry);
  if (entry.kind == Kind::accept) return judge_acceptance(entry);
  if (names_proposal(entry.kind)) return judge_admin(entry);
  if (entry.kind == Kind::tier_check) return judge_tier_check(entry);
  if (entry.kind == Kind::exported && !entry.run) return judge_export(entry);
  if (!entry.run) return kVoid;
  const auto request = last(*entry.run, Kind::request, leaf);
  if (!request || entries_[*request].environment != entry.environment) return kVoid;
  if (entries_[*request].clinical != entry.clinical && holds(Rule::classification)) return kVoid;
  if (entry.in_clear && holds(Rule::words_sealed) && says_words(entry) && (entry.clinical || entry.kind == Kind::glass)) return kVoid;
  switch (entry.kind) {
    case Kind::plan: return judge_plan(entry);
    case Kind::approve:
    case Kind::reject:
    case Kind::withdraw: return judge_approval(entry);
    case Kind::cancel: return judge_cancel(entry);
    case Kind::order:
    case Kind::unorder: return judge_order(entry);
    case Kind::claim: return judge_claim(entry);
    case Kind::resume_order: return judge_resume_order(entry);
    case Kind::resume: return judge_resume(entry);
    case Kind::intent:
    case Kind::step_outcome:
    case Kind::heartbeat: return judge_journal(entry);
    case Kind::outcome: return judge_outcome(entry);
    case Kind::close: return judge_close(entry);
    case Kind::note: return judge_note(entry);
    case Kind::refusal: return judge_refusal(entry);
    case Kind::glass: return judge_glass(entry);
    case Kind::review: return judge_review(entry);
    case Kind::exported: return judge_export(entry);
    case Kind::reveal: return holder(entry.by, entry.key, leaf)->person ? kCounts : kVoid;
    default: return kVoid;
  }
}

Standing Ledger::judge_request(const Entry& entry) const {
  if (!entry.run) return kVoid;
  const auto may_ask = [&](std::uint64_t size) {
    const auto* const principal = holder(entry.by, entry.key, size);
    if (principal == nullptr) return false;
    if (entry.environment == "local") return true;  // the policy of the plan to come decides
    return catalog(size) != nullptr && grants(catalog(size)->policy, "plan", *principal);
  };
  const auto* const signer = holder(entry.by, entry.key, entries_.size());
  if (!signer->person && !signer->roles.contains("ci")) return kVoid;
  // Reading: nobody draws the same run ID by chance: void, not late.
  if (last(*entry.run, Kind::request, entries_.size()) || last(*entry.run, Kind::unknown, entries_.size()))
    return kVoid;
  if (entry.environment != "local" && entry.clinical != (entry.verb == Verb::care)) return kVoid;
  // Reading: rights come and go with catalogs, so whoever lacks one is late.
  return may_ask(entries_.size()) ? kCounts : kLate;
}

Standing Ledger::judge_plan(const Entry& entry) const {
  const auto leaf = entries_.size();
  if (last(*entry.run, Kind::plan, leaf) || ended(*entry.run, leaf)) return kLate;
  if (!is_executor(entry, leaf) || !entry.follows) return kVoid;
  if (entry.deadline > entry.at + entry.policy.deadline) return kVoid;
  const auto& request = entries_[*last(*entry.run, Kind::request, leaf)];
  const auto* const requester = holder(request.by, request.key, leaf);
  if (requester == nullptr || !grants(entry.policy, "plan", *requester)) return kVoid;
  return kCounts;  // Reading: whether the environment is served is asked by the gate, at every decision
}

// Reading: a wrong digest is void whatever the act. A withdrawal needs neither an approval nor a role. The fitness
// of a signer is asked at the head; who lost it on the way to the leaf is late. The deadline that an approval is
// held against is the one that stood when the plan came.
Standing Ledger::judge_approval(const Entry& entry) const {
  const auto leaf = entries_.size();
  const auto run = *entry.run;
  const auto plan = last(run, Kind::plan, leaf);
  if (!plan || entries_[*plan].digest != entry.digest || !holder(entry.by, entry.key, leaf)->person) return kVoid;
  if (entry.head <= *plan) return kVoid;  // nobody signs what they have not seen
  const bool over = last(run, Kind::claim, leaf) || ended(run, leaf);
  if (entry.kind == Kind::withdraw) return over ? kLate : kCounts;
  if (!could_fill(run, entry, entry.head)) return kVoid;
  if (!could_fill(run, entry, leaf)) return kLate;
  const auto shown = [&](std::uint64_t size) {
    const auto slots = fitting(run, entry, size);
    return std::ranges::any_of(slots, [&](const auto& slot) { return shows(entry, slot, attested(run, entry, size)); });
  };
  if (entry.kind == Kind::approve && !shown(entry.head)) return kVoid;
  if (entry.kind == Kind::approve && !shown(leaf)) return kLate;
  if (over) return kLate;
  // Reading: a rejection is allowed before the claim, whatever its `at` says.
  if (entry.kind == Kind::approve && entry.at > deadline(run, leaf, entries_[*plan].at))
    return kLate;
  return kCounts;
}

Standing Ledger::judge_cancel(const Entry& entry) const {
  const auto leaf = entries_.size();
  const auto run = *entry.run;
  const auto allowed = [&](std::uint64_t size) {
    return entry.by == entries_[*last(run, Kind::request, leaf)].by ||
           find(roster(size), entry.by)->roles.contains("admin");
  };
  if (!allowed(entry.head)) return kVoid;
  if (!allowed(leaf)) return kLate;
  return last(run, Kind::claim, leaf) || ended(run, leaf) ? kLate : kCounts;
}

// Reading: an order at whose head the gate did not say yes is void, whatever the reason. Taking an order back
// needs no right: it only ever stops.
Standing Ledger::judge_order(const Entry& entry) const {
  const auto leaf = entries_.size();
  const auto run = *entry.run;
  const auto plan = last(run, Kind::plan, leaf);
  const auto* const signer = holder(entry.by, entry.key, leaf);
  if (!plan || entries_[*plan].digest != entry.digest) return kVoid;
  if (entry.kind == Kind::unorder) return last(run, Kind::claim, leaf) || ended(run, leaf) ? kLate : kCounts;
  if (entry.head <= *plan || (!signer->person && !signer->roles.contains("ci"))) return kVoid;
  // Reading: an entry that nobody here can read stops the gates from its leaf on; an order that did not see it is
  // no fault of its signer, and the claim asks again.
  if (!gate(run, entry.head, entry.at) || barred(run, entry.by, entry.head, entry.at)) return kVoid;
  if (!may(run, entry.by, entry.key, "execute", entry.head)) return kVoid;  // the claim asks again
  return last(run, Kind::claim, leaf) || ended(run, leaf) ? kLate : kCounts;
}

Standing Ledger::judge_claim(const Entry& entry) const {
  const auto leaf = entries_.size();
  const auto run = *entry.run;
  const auto plan = last(run, Kind::plan, leaf);
  if (!plan || entries_[*plan].digest != entry.digest) return kVoid;
  // Reading: "the executor that signed the plan, no other" is the same name and the same key.
  if (!is_executor(entry, leaf) || entries_[*plan].by != entry.by || entries_[*plan].key != entry.key) return kVoid;
  // Reading: it saw all that came before, so a gate that says no makes it void; only a second claim is late.
  if (last(run, Kind::claim, leaf)) return kLate;
  for (std::size_t i = 0; i < leaf; ++i) {
    const auto& other = entries_[i];
    if (standings_[i] == kVoid || other.environment != entry.environment || !is_executor(other, i)) continue;
    if (entry.at < other.at - kSkew) return kVoid;
  }
  return entry.cites && claimable(run, leaf, entry.at).contains(*entry.cites) ? kCounts : kVoid;
}

// Reading: as a close, by the clock of its signer: while the run executes it is void, unless the claimant wrote
// something that its signer had not seen.
Standing Ledger::judge_resume_order(const Entry& entry) const {
  const auto leaf = entries_.size();
  const auto run = *entry.run;
  const auto plan = last(run, Kind::plan, leaf);
  const auto claim = last(run, Kind::claim, leaf);
  if (!plan || entries_[*plan].digest != entry.digest || !holder(entry.by, entry.key, leaf)->person) return kVoid;
  if (!claim || entry.head <= *claim) return kVoid;
  if (!may(run, entry.by, entry.key, "execute", entry.head)) return kVoid;
  const auto state = after_claim(run, leaf, entry.at);
  if (state == "indeterminate") return kCounts;
  return state == "executing" && heard(run, leaf) < entry.head ? kVoid : kLate;
}

Standing Ledger::judge_resume(const Entry& entry) const {
  const auto leaf = entries_.size();
  const auto run = *entry.run;
  if (!claimant(entry) || entries_[*last(run, Kind::plan, leaf)].digest != entry.digest) return kVoid;
  const auto outcomes = since_resume(run, Kind::outcome, leaf);
  if (closed(run, leaf) || (!outcomes.empty() && entries_[outcomes.back()].ending != "indeterminate")) return kLate;
  return entry.cites && resumable(run, leaf, entry.at).contains(*entry.cites) ? kCounts : kVoid;
}

bool Ledger::claimant(const Entry& entry) const {
  const auto claim = last(*entry.run, Kind::claim, entries_.size());
  return claim && entries_[*claim].by == entry.by && entries_[*claim].key == entry.key;
}

Standing Ledger::judge_journal(const Entry& entry) const {
  if (!claimant(entry)) return kVoid;
  const auto leaf = entries_.size();
  return !since_resume(*entry.run, Kind::outcome, leaf).empty() || closed(*entry.run, leaf) ? kLate : kCounts;
}

// Reading: "the claimant may at any time append an outcome that its journal proves": after an indeterminate one
// too, and it is the later one that holds.
Standing Ledger::judge_outcome(const Entry& entry) const {
  if (!claimant(entry)) return kVoid;
  const auto leaf = entries_.size();
  const auto before = since_resume(*entry.run, Kind::outcome, leaf);
  return closed(*entry.run, leaf) || (!before.empty() && entries_[before.back()].ending != "indeterminate") ? kLate
                                                                                                          : kCounts;
}

// Reading: an executing run cannot be closed yet: void. Only the close that says the finding can be cited.
Standing Ledger::judge_close(const Entry& entry) const {
  const auto leaf = entries_.size();
  const auto run = *entry.run;
  const auto allowed = [&](std::uint64_t size) {
    const auto* const signer = holder(entry.by, entry.key, size);
    return signer != nullptr && signer->person &&
           (may(run, entry.by, entry.key, "execute", size) || may(run, entry.by, entry.key, "approve", size));
  };
  if (!last(run, Kind::claim, leaf)) return kVoid;
  if (!allowed(entry.head)) return kVoid;
  const auto state = after_claim(run, leaf, entry.at);
  if (state == "succeeded" || state == "failed" || state == "closed") return kLate;
  if (state == "executing") return kVoid;
  if (!allowed(leaf)) return kLate;
  // Reading: whoever finds otherwise may say so; the run is closed when enough people signed the same finding.
  if (!entry.cites) return kCounts;
  const auto before = since_resume(run, Kind::close, leaf);
  const auto found = [&](auto i) { return entries_[i].cites.value_or(entries_[i].hash); };
  if (std::ranges::any_of(before, [&](auto i) { return entries_[i].by == entry.by && found(i) == *entry.cites; }))
    return kLate;
  return std::ranges::any_of(before, [&](auto i) { return entries_[i].hash == *entry.cites && !entries_[i].cites; })
             ? kCounts
             : kVoid;
}

// Reading: who asked for the run has a say in it whatever their rights. Who lost theirs on the way to the leaf, or
// comes when nothing can change any more, is late; a reply to what its signer cannot have read is void. A run that
// expired is talked of on: only the reader's clock knows.
Standing Ledger::judge_note(const Entry& entry) const {
  const auto leaf = entries_.size();
  const auto run = *entry.run;
  if (!last(run, Kind::plan, leaf)) return kVoid;
  const auto allowed = [&](std::uint64_t size) {
    const auto* const signer = holder(entry.by, entry.key, size);
    return signer != nullptr && signer->person &&
           (entry.by == entries_[*last(run, Kind::request, leaf)].by || may(run, entry.by, entry.key, "read", size) ||
            may(run, entry.by, entry.key, "approve", size));
  };
  if (!allowed(entry.head)) return kVoid;
  const auto before = counted(run, Kind::note, entry.head);
  if (entry.cites && std::ranges::none_of(before, [&](auto i) { return entries_[i].hash == *entry.cites && !entries_[i].cites; }))
    return kVoid;
  if (!allowed(leaf)) return kLate;
  const auto outcome = last(run, Kind::outcome, leaf);
  const bool clear = outcome && (entries_[*outcome].ending == "succeeded" || entries_[*outcome].ending == "failed");
  return ended(run, leaf) || clear || closed(run, leaf) ? kLate : kCounts;
}

// Reading: it ends what its signer may no longer lend, too, and what was lent to somebody who has left.
Standing Ledger::judge_delegation(const Entry& entry) const {
  static const std::set<std::string> kNotLent{"admin", "recovery", "executor", "ci"};
  if (entry.run) return kVoid;
  if (!entry.ends && (entry.until <= entry.at || entry.until > entry.at + kLongestLoan + kSkew)) return kVoid;
  const auto allowed = [&](std::uint64_t size) {
    const auto* const signer = find(roster(size), entry.by);
    const auto* const other = find(roster(size), entry.to);
    if (!signer->person || kNotLent.contains(entry.role) || entry.to == entry.by) return false;
    return entry.ends || (signer->roles.contains(entry.role) && other != nullptr && other->person);
  };
  if (!allowed(entry.head)) return kVoid;
  return allowed(entries_.size()) ? kCounts : kLate;
}

Standing Ledger::judge_refusal(const Entry& entry) const {
  return is_executor(entry, entries_.size()) ? kCounts : kVoid;
}

Standing Ledger::judge_glass(const Entry& entry) const {
  const auto leaf = entries_.size();
  const auto run = *entry.run;
  const auto plan = last(run, Kind::plan, leaf);
  if (!plan || entries_[*plan].digest != entry.digest || entry.head <= *plan) return kVoid;
  if (!may_break(run, entry, entry.head, entry.at)) return kVoid;
  if (!may_break(run, entry, leaf, entry.at)) return kLate;
  if (last(run, Kind::glass, leaf) && holds(Rule::glass_once)) return kLate;
  if (last(run, Kind::claim, leaf) || ended(run, leaf)) return kLate;
  return entry.at > deadline(run, leaf, entry.at) && holds(Rule::glass_before_the_deadline) ? kLate : kCounts;
}

Standing Ledger::judge_review(const Entry& entry) const {
  const auto leaf = entries_.size();
  const auto run = *entry.run;
  const auto broken = last(run, Kind::glass, leaf);
  if (!broken || (entry.head <= *broken && holds(Rule::review_seen)) || !holder(entry.by, entry.key, leaf)->person) return kVoid;
  const auto allowed = [&](std::uint64_t size) {
    if (entry.by == entries_[*broken].by && holds(Rule::review_not_by_the_breaker)) return false;
    const auto& requester = entries_[*last(run, Kind::request, leaf)].by;
    if (entry.by == requester && holds(Rule::review_not_by_the_requester)) return false;
    if (!holds(Rule::review_by_who_may)) return true;
    return may(run, entry.by, entry.key, "approve", size) || may(run, entry.by, entry.key, "audit", size);
  };
  if (!allowed(entry.head)) return kVoid;
  if (!allowed(leaf) || (reviewed(run, leaf) && holds(Rule::review_ends))) return kLate;
  if (!entry.cites) return kCounts;
  const auto before = counted(run, Kind::review, leaf);
  const auto found = [&](auto i) { return entries_[i].cites.value_or(entries_[i].hash); };
  if (std::ranges::any_of(before, [&](auto i) { return entries_[i].by == entry.by && found(i) == *entry.cites; }))
    return kLate;
  return std::ranges::any_of(before, [&](auto i) { return entries_[i].hash == *entry.cites && !entries_[i].cites; })
             ? kCounts
             : kVoid;
}

}  // namespace blc::testing::model
