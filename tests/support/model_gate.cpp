#include "support/model.hpp"

#include <algorithm>

#include "support/model_words.hpp"

namespace blc::testing::model {

bool Ledger::unreadable(int run, std::uint64_t size) const {
  for (std::size_t i = 0; i < size && i < entries_.size(); ++i) {
    if (entries_[i].kind != Kind::unknown || standings_[i] != kCounts) continue;
    if (!entries_[i].run || *entries_[i].run == run) return true;
  }
  return false;
}

// The roles that others lent to a person for the run, read at `size` and `now`.
// Reading: what ends a loan comes after it, whatever its `at` says; "everyone" grants a role what it grants every person.
std::vector<Ledger::Loan> Ledger::loans(int run, const std::string& to, std::uint64_t size, Timestamp now) const {
  std::vector<Loan> found;
  if (std::ranges::none_of(entries_, [&](const auto& entry) { return entry.to == to; })) return found;
  const auto plan = last(run, Kind::plan, entries_.size());
  const auto request = last(run, Kind::request, entries_.size());
  if (!plan || !request) return found;
  const auto is_loan = [&](std::size_t i, bool ends) {
    const auto& entry = entries_[i];
    return entry.kind == Kind::delegation && standings_[i] == kCounts && entry.to == to && entry.ends == ends;
  };
  const auto& requester = entries_[*request].by;
  for (std::size_t i = 0; i < *plan && i < size; ++i) {
    const auto& loan = entries_[i];
    if (!is_loan(i, false) || loan.at > now + kSkew || now > loan.until || !loan.fits_verb) continue;
    if (loan.by == requester || to == requester) continue;
    bool ended = false;
    for (std::size_t j = i + 1; j < size && j < entries_.size(); ++j) {
      ended = ended || (is_loan(j, true) && entries_[j].by == loan.by && entries_[j].role == loan.role);
    }
    const bool kept_it = kept(loan.by, loan.key, i, size, Rule::loans_kept).contains(loan.role);
    const Principal anybody{loan.by, true, {loan.role}, {}, {}};
    const auto all = policies(run, size);
    const bool granted =
        std::ranges::all_of(all, [&](const auto* policy) { return grants(*policy, "approve", anybody); });
    if (!ended && kept_it && granted) found.push_back({loan.by, loan.role});
  }
  return found;
}

// Of those the ones that an approval may use: a lender who signed speaks for themselves, and else the first that was
// lent to does.
// Who stands by that role themselves does not use up the loan of it.
std::set<std::string> Ledger::lent(int run, std::size_t approval, std::uint64_t size, Timestamp now) const {
  std::set<std::string> found;
  const auto mine = loans(run, entries_[approval].by, size, now);
  if (mine.empty()) return found;
  const auto standing = standing_approvals(run, size, now);
  const auto first = [&](std::size_t i) { return repeated(run, i, now).front(); };
  for (const auto& loan : mine) {
    const bool spoken_for = std::ranges::any_of(standing, [&](auto other) {
      if (entries_[other].by == loan.from) return true;
      if (first(other) >= first(approval)) return false;
      const auto theirs = loans(run, entries_[other].by, size, now);
      const auto own = own_roles(run, other, size);
      return std::ranges::any_of(
          theirs, [&](const auto& one) { return one.from == loan.from && !own.contains(one.role); });
    });
    if (!spoken_for) found.insert(loan.role);
  }
  return found;
}

// The roles that an approval stands by; none when it does not stand.
// Reading: who keeps some role of then still counts, for the deadline and for orders, if not in a slot.
std::set<std::string> Ledger::roles(int run, std::size_t approval, std::uint64_t size, Timestamp now) const {
  const auto& entry = entries_[approval];
  if (!stayed(entry.by, entry.key, *last(run, Kind::plan, size), size)) return {};
  auto found = lent(run, approval, size, now);
  found.merge(own_roles(run, approval, size));
  return found;
}

std::set<std::string> Ledger::own_roles(int run, std::size_t approval, std::uint64_t size) const {
  const auto& entry = entries_[approval];
  if (!may(run, entry.by, entry.key, "approve", size)) return {};
  return kept(entry.by, entry.key, *last(run, Kind::plan, size), size, Rule::roles_kept);
}

// Reading: "a person whose role fits a slot, enrolled with it before the plan": name, role and key stood in the
// root that the plan was made under.
bool Ledger::could_fill(int run, const Entry& signer, std::uint64_t size) const {
  return !fitting(run, signer, size).empty();
}

// The slots of the plan that the signer's roles fit, none where something else keeps them from signing.
std::vector<Slot> Ledger::fitting(int run, const Entry& signer, std::uint64_t size) const {
  const auto plan = last(run, Kind::plan, entries_.size());
  const auto request = last(run, Kind::request, entries_.size());
  if (!plan || !request) return {};
  if (!stayed(signer.by, signer.key, *plan, size)) return {};
  const auto& policy = entries_[*plan].policy;
  if (signer.by == entries_[*request].by && !policy.requester_may_sign) return {};
  std::set<std::string> borrowed;
  for (const auto& loan : loans(run, signer.by, size, signer.at)) borrowed.insert(loan.role);
  std::vector<Slot> found;
  for (const auto& slot : policy.slots) {
    if (fits(slot, kept(signer.by, signer.key, *plan, size, Rule::roles_kept)) || fits(slot, borrowed)) found.push_back(slot);
  }
  // Reading: whoever fills a slot also holds the right to approve, by every policy that governs, or was lent a role.
  return !borrowed.empty() || may(run, signer.by, signer.key, "approve", size) ? found : std::vector<Slot>{};
}

// Not withdrawn and not dated beyond the reader's time by more than the skew.
// Reading: who approves again says it anew, perhaps with another key: the last one is theirs.
std::vector<std::size_t> Ledger::standing_approvals(int run, std::uint64_t size, Timestamp now) const {
  std::map<std::string, std::size_t> of;
  for (const auto i : counted(run, Kind::approve, size)) {
    if (entries_[i].at <= now + kSkew) of[entries_[i].by] = i;
  }
  for (const auto i : counted(run, Kind::withdraw, size)) {
    const auto approval = of.find(entries_[i].by);
    if (approval != of.end() && approval->second < i) of.erase(approval);
  }
  std::vector<std::size_t> found;
  for (const auto& [person, i] : of) found.push_back(i);
  return found;
}

// Reading: who signs twice without taking anything back stands once, since the earlier time.
std::vector<std::size_t> Ledger::repeated(int run, std::size_t approval, Timestamp now) const {
  const auto& person = entries_[approval].by;
  std::vector<std::size_t> found;
  for (const auto j : counted(run, Kind::approve, approval)) {
    const bool mine = entries_[j].by == person && entries_[j].at <= now + kSkew;
    const auto taken_back = std::ranges::any_of(counted(run, Kind::withdraw, approval),
                                                [&](auto k) { return k > j && entries_[k].by == person; });
    if (mine && !taken_back) found.push_back(j);
  }
  found.push_back(approval);
  return found;
}

Timestamp Ledger::since(int run, std::size_t approval, Timestamp now) const {
  auto earliest = entries_[approval].at;
  for (const auto i : repeated(run, approval, now)) earliest = std::min(earliest, entries_[i].at);
  return earliest;
}

// The approvals that count for a reader at `size` and `now` under one policy.
std::vector<Ledger::Signature> Ledger::signatures(int run, const Policy& policy, std::uint64_t size,
                                                  Timestamp now) const {
  std::vector<Signature> found;
  const auto plan = last(run, Kind::plan, size);
  const auto request = last(run, Kind::request, size);
  if (!plan || !request) return found;
  for (const auto i : standing_approvals(run, size, now)) {
    const auto& approval = entries_[i];
    if (approval.by == entries_[*request].by && !policy.requester_may_sign) continue;
    const auto by = roles(run, i, size, now);
    if (!by.empty()) found.push_back({i, approval.by, approval.key, by, since(run, i, now), attested(run, approval, size)});
  }
  return found;
}

// Tries everybody in every slot.
bool Ledger::fillable(const std::vector<Slot>& slots, std::size_t next, const std::vector<Signature>& people,
                      std::set<std::string>& used_people, std::set<int>& used_keys) const {
  if (next == slots.size()) return true;
  for (const auto& one : people) {
    if (!shows(entries_[one.approval], slots[next], one.attested)) continue;
    if (!fits(slots[next], one.roles) || used_people.contains(one.person) || used_keys.contains(one.key)) continue;
    used_people.insert(one.person);
    used_keys.insert(one.key);
    const bool rest = fillable(slots, next + 1, people, used_people, used_keys);
    used_people.erase(one.person);
    used_keys.erase(one.key);
    if (rest) return true;
  }
  return false;
}

// "The earliest `at` of the plan and of each counted approval, plus the policy's maximum", and never later than
// what the plan itself says. Two policies: the earlier one.
// Reading: an approval whose signer lost the role still holds the deadline back; a withdrawn one does not.
Timestamp Ledger::deadline(int run, std::uint64_t size, Timestamp now) const {
  const auto plan = *last(run, Kind::plan, size);
  std::map<std::string, Timestamp> signed_at;
  for (const auto i : standing_approvals(run, size, now)) {
    if (!roles(run, i, size, now).empty()) signed_at[entries_[i].by] = since(run, i, now);
  }
  auto earliest = entries_[plan].at;
  for (const auto& [person, at] : signed_at) earliest = std::min(earliest, at);
  auto deadline = entries_[plan].deadline;
  for (const auto* const policy : policies(run, size)) deadline = std::min(deadline, earliest + policy->deadline);
  return deadline;
}

// Whether its signer was shown what the plan seals.
bool Ledger::saw(int run, std::size_t approval) const {
  const auto plan = *last(run, Kind::plan, approval);
  if (!entries_[plan].seals) return true;
  const auto shown = counted(run, Kind::reveal, approval);
  return std::ranges::any_of(shown, [&](auto i) { return i > plan && entries_[i].by == entries_[approval].by; });
}

// What the gate asks for beside deadline and signatures, of a start and of going on.
bool Ledger::conditions(int run, std::uint64_t size, Timestamp now) const {
  const auto plan = last(run, Kind::plan, size);
  if (!plan || ended(run, size) || unreadable(run, size)) return false;
  const auto& made = entries_[*plan];
  if (!served(made.environment, size, now)) return false;
  // Reading: the requester still holds the right, and the key that the request was signed with.
  const auto& request = entries_[*last(run, Kind::request, size)];
  if (!may(run, request.by, request.key, "plan", size)) return false;
  if (made.environment != "local" && catalog(size)->verb_text != made.verb_text) return false;
  const auto all = policies(run, size);
  return std::ranges::all_of(all, [&](const auto* policy) {
    if (!holds(Rule::fidelity)) return true;
    const auto least = policy->slots.size() < 2 || !holds(Rule::fidelity_of_two_slots) ? Fidelity::none : Fidelity::estimate;
    return made.fidelity <= std::min(least, policy->fidelity);
  });
}

bool Ledger::gate(int run, std::uint64_t size, Timestamp now) const {
  if (!conditions(run, size, now)) return false;
  // Reading: a plan's own `at` is not held against the reader's: a claim may not precede the last executor entry,
  // and the plan is one.
  if (now > deadline(run, size, now)) return false;
  const auto& made = entries_[*last(run, Kind::plan, size)];
  if (made.environment == "production" && made.verb == Verb::ship && holds(Rule::promotion_waits_for_reviews) && !overdue(size, now).empty()) return false;
  const auto all = policies(run, size);
  return std::ranges::all_of(all, [&](const auto* policy) {
    auto signers = signatures(run, *policy, size, now);
    std::erase_if(signers, [&](const auto& one) { return policy->seen_revealed && holds(Rule::seen_revealed) && !saw(run, one.approval); });
    std::set<std::string> people;
    std::set<int> keys;
    return fillable(slots(run, *policy, size, now), 0, signers, people, keys);
  });
}

// Whether something keeps somebody with the right from ordering the run.
bool Ledger::barred(int run, const std::string& name, std::uint64_t size, Timestamp now) const {
  if (const auto broken = glass(run, size, now); broken && holds(Rule::glass_is_its_breakers) && entries_[*broken].by != name) return true;
  const auto all = policies(run, size);
  return std::ranges::any_of(all, [&](const auto* policy) {
    if (!policy->requester_may_execute && holds(Rule::requester_may_not_execute) && entries_[*last(run, Kind::request, size)].by == name) return true;
    const auto signed_by = counted(run, Kind::approve, size);
    return !policy->approver_may_execute && holds(Rule::approver_may_not_execute) &&
           std::ranges::any_of(signed_by, [&](auto i) { return entries_[i].by == name; });
  });
}

// Reading: an order relied on every approval that counted at its head, needed or not.
bool Ledger::order_stands(int run, std::size_t order, std::uint64_t size, Timestamp now) const {
  const auto& entry = entries_[order];
  if (order >= size || standings_[order] != kCounts || entry.at > now + kSkew) return false;
  if (entry.not_before && now < *entry.not_before) return false;
  // Reading: whoever orders again, now or for another time, means the last order only.
  for (const auto j : counted(run, Kind::order, size)) {
    if (j > order && entries_[j].by == entry.by) return false;
  }
  for (const auto j : counted(run, Kind::unorder, size)) {
    if (j > order && entries_[j].by == entry.by) return false;
  }
  if (!gate(run, entry.head, entry.at) || barred(run, entry.by, size, now)) return false;
  std::set<std::string> relied;
  for (const auto* const policy : policies(run, entry.head)) {
    for (const auto& one : signatures(run, *policy, entry.head, entry.at)) relied.insert(one.person);
  }
  for (const auto j : counted(run, Kind::withdraw, size)) {
    if (j >= entry.head && relied.contains(entries_[j].by)) return false;
  }
  return may(run, entry.by, entry.key, "execute", size);
}

std::set<int> Ledger::claimable(int run, std::uint64_t size, Timestamp now) const {
  std::set<int> orders;
  if (!gate(run, size, now) || last(run, Kind::claim, size)) return orders;
  const auto all = policies(run, size);
  if (!std::ranges::all_of(all, [&](const auto* policy) { return open(policy->calendar, now); })) return orders;
  // Reading: of several orders that stand the last one is meant.
  for (const auto order : counted(run, Kind::order, size)) {
    if (order_stands(run, order, size, now)) orders = {entries_[order].hash};
  }
  return orders;
}

std::set<int> Ledger::claimable(int run, Timestamp now) const { return claimable(run, entries_.size(), now); }

// Whether the maker's word of the key stood in the root that the plan was made under, and still does.
bool Ledger::attested(int run, const Entry& signature, std::uint64_t size) const {
  const auto word = [&](std::uint64_t at) {
    const auto* const signer = holder(signature.by, signature.key, at);
    return signer != nullptr && signer->attested.contains(signature.key);
  };
  return (word(*last(run, Kind::plan, entries_.size())) || !holds(Rule::attested_then)) && (word(size) || !holds(Rule::attested_still));
}

bool Ledger::shows(const Entry& signature, const Slot& slot, bool attested) const {
  const auto hardware = slot.hardware;
  if (slot.attested && !attested && holds(Rule::attested)) return false;
  if (hardware == Hardware::any) return true;
  if (hardware == Hardware::pin && !signature.pin && holds(Rule::pin)) return false;
  return signature.touched || !holds(Rule::touch);
}

// Whether freezes and windows let a run start at that time.
bool Ledger::open(const Calendar& calendar, Timestamp time) const {
  using namespace std::chrono;
  // When summer time begins and ends in these years is looked up, not reckoned.
  auto wall = time + calendar.zone.offset;
  for (const auto& [from, to] : calendar.zone.summers) {
    if (from <= time && time < to && holds(Rule::summer_time)) wall += hours{1};
  }
  const auto day = floor<days>(wall);
  const auto minute = wall - day;
  const auto frozen = [&](const Freeze& freeze) { return freeze.first <= day && day <= freeze.last; };
  if (holds(Rule::freezes) && std::ranges::any_of(calendar.freezes, frozen)) return false;
  if (calendar.windows.empty() || !holds(Rule::windows)) return true;
  return std::ranges::any_of(calendar.windows, [&](const Window& window) {
    return window.days.contains(weekday{day}.c_encoding()) && window.from <= minute && minute < window.to;
  });
}

}  // namespace blc::testing::model
