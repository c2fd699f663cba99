#include "support/model.hpp"

#include <algorithm>

// Where the design leaves a choice, the reading taken stands in a comment that begins with "Reading:".
namespace blc::testing::model {

namespace {

using std::chrono::minutes;

constexpr minutes kLease{5};
constexpr minutes kSkew{2};
constexpr std::chrono::days kLongestLoan{31};

constexpr auto kCounts = Standing::counts;
constexpr auto kLate = Standing::late;
constexpr auto kVoid = Standing::void_entry;

std::set<std::string> both(const std::set<std::string>& a, const std::set<std::string>& b) {
  std::set<std::string> common;
  for (const auto& element : a) {
    if (b.contains(element)) common.insert(element);
  }
  return common;
}

bool fits(const Slot& slot, const std::set<std::string>& roles) { return !both(slot.roles, roles).empty(); }

bool grants(const Policy& policy, const std::string& right, const Principal& principal) {
  const auto granted = policy.grants.find(right);
  if (granted == policy.grants.end()) return false;
  return (principal.person && granted->second.contains("everyone")) || !both(granted->second, principal.roles).empty();
}

const Principal* find(const Roster* roster, const std::string& name) {
  if (roster == nullptr) return nullptr;
  for (const auto& principal : roster->principals) {
    if (principal.name == name) return &principal;
  }
  return nullptr;
}

// A plan, claim, step intent, root or catalog is appended by compare-and-swap.
bool swaps(Kind kind) {
  return kind == Kind::plan || kind == Kind::claim || kind == Kind::resume || kind == Kind::intent || kind == Kind::root ||
         kind == Kind::catalog;
}

}  // namespace

const char* to_string(Standing standing) {
  switch (standing) {
    case Standing::counts: return "counts";
    case Standing::late: return "late";
    case Standing::void_entry: break;
  }
  return "void";
}

struct Ledger::Loan {
  std::string from;
  std::string role;
};

struct Ledger::Signature {
  std::string person;
  int key;
  std::set<std::string> roles;
  Timestamp at;
};

Standing Ledger::add(const Entry& entry) {
  const auto standing = judge(entry);
  entries_.push_back(entry);
  standings_.push_back(standing);
  return standing;
}

// ---- What is in force, and who is who.

const Roster* Ledger::roster(std::uint64_t size) const {
  const Roster* found = nullptr;
  for (std::size_t i = 0; i < size && i < entries_.size(); ++i) {
    if (entries_[i].kind == Kind::root && standings_[i] == kCounts) found = &entries_[i].roster;
  }
  return found;
}

const Entry* Ledger::catalog(std::uint64_t size) const {
  const Entry* found = nullptr;
  for (std::size_t i = 0; i < size && i < entries_.size(); ++i) {
    if (entries_[i].kind == Kind::catalog && standings_[i] == kCounts) found = &entries_[i];
  }
  return found;
}

const Principal* Ledger::holder(const std::string& name, int key, std::uint64_t size) const {
  const auto* const principal = find(roster(size), name);
  return principal != nullptr && principal->keys.contains(key) ? principal : nullptr;
}

bool Ledger::is_executor(const Entry& entry, std::uint64_t size) const {
  const auto* const principal = holder(entry.by, entry.key, size);
  return principal != nullptr && !principal->person && principal->roles.contains("executor") &&
         principal->environments.contains(entry.environment);
}

std::vector<std::size_t> Ledger::counted(int run, Kind kind, std::uint64_t size) const {
  std::vector<std::size_t> found;
  for (std::size_t i = 0; i < size && i < entries_.size(); ++i) {
    if (entries_[i].run == run && entries_[i].kind == kind && standings_[i] == kCounts) found.push_back(i);
  }
  return found;
}

std::optional<std::size_t> Ledger::last(int run, Kind kind, std::uint64_t size) const {
  const auto found = counted(run, kind, size);
  return found.empty() ? std::nullopt : std::optional(found.back());
}

// Outside local the admin threshold must reach the greatest number of slots that any catalog so far asked for:
// now, and when the catalog and the root in force were adopted.
bool Ledger::served(const std::string& environment, std::uint64_t size) const {
  if (environment == "local") return true;
  std::uint64_t most = 0;
  std::uint64_t threshold = 0;
  std::uint64_t root_under = 0;
  std::uint64_t catalog_under = 0;
  for (std::size_t i = 0; i < size && i < entries_.size(); ++i) {
    if (standings_[i] != kCounts) continue;
    if (entries_[i].kind == Kind::root) {
      const auto next = entries_[i].roster.admin_threshold;
      root_under = threshold == 0 ? next : std::min(threshold, next);
      threshold = next;
    } else if (entries_[i].kind == Kind::catalog) {
      most = std::max<std::uint64_t>(most, entries_[i].policy.slots.size());
      catalog_under = threshold;
    }
  }
  return catalog(size) != nullptr && threshold >= most && root_under >= most && catalog_under >= most;
}

// The policy in the plan and, outside local, that of the catalog in force as well.
std::vector<const Policy*> Ledger::policies(int run, std::uint64_t size) const {
  std::vector<const Policy*> found;
  const auto plan = last(run, Kind::plan, entries_.size());
  if (plan) found.push_back(&entries_[*plan].policy);
  const auto request = last(run, Kind::request, entries_.size());
  const bool local = request && entries_[*request].environment == "local";
  if (!local && catalog(size) != nullptr) found.push_back(&catalog(size)->policy);
  return found;
}

bool Ledger::may(int run, const std::string& name, int key, const std::string& right, std::uint64_t size) const {
  const auto* const principal = holder(name, key, size);
  if (principal == nullptr) return false;
  const auto request = last(run, Kind::request, entries_.size());
  if (request && entries_[*request].environment != "local" && catalog(size) == nullptr) return false;
  const auto all = policies(run, size);
  return std::ranges::all_of(all, [&](const auto* policy) { return grants(*policy, right, *principal); });
}

// ---- The gate.

bool Ledger::unreadable(int run, std::uint64_t size) const {
  for (std::size_t i = 0; i < size && i < entries_.size(); ++i) {
    if (entries_[i].kind != Kind::unknown || standings_[i] != kCounts) continue;
    if (!entries_[i].run || *entries_[i].run == run) return true;
  }
  return false;
}

bool Ledger::ended(int run, std::uint64_t size) const {
  return last(run, Kind::reject, size).has_value() || last(run, Kind::cancel, size).has_value();
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
    const auto holds = [&](std::uint64_t at) {
      const auto* const lender = holder(loan.by, loan.key, at);
      return lender != nullptr && lender->person && lender->roles.contains(loan.role);
    };
    const Principal anybody{loan.by, true, {loan.role}, {}, {}};
    const auto all = policies(run, size);
    const bool granted =
        std::ranges::all_of(all, [&](const auto* policy) { return grants(*policy, "approve", anybody); });
    if (!ended && holds(*plan) && holds(size) && granted) found.push_back({loan.by, loan.role});
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
  const auto* const person = holder(entry.by, entry.key, size);
  const auto* const then = holder(entry.by, entry.key, *last(run, Kind::plan, size));
  if (person == nullptr || then == nullptr || !person->person || !then->person) return {};
  auto found = lent(run, approval, size, now);
  found.merge(own_roles(run, approval, size));
  return found;
}

std::set<std::string> Ledger::own_roles(int run, std::size_t approval, std::uint64_t size) const {
  const auto& entry = entries_[approval];
  const auto* const person = holder(entry.by, entry.key, size);
  const auto* const then = holder(entry.by, entry.key, *last(run, Kind::plan, size));
  if (person == nullptr || then == nullptr || !may(run, entry.by, entry.key, "approve", size)) return {};
  return both(then->roles, person->roles);
}

// Reading: "a person whose role fits a slot, enrolled with it before the plan": name, role and key stood in the
// root that the plan was made under.
bool Ledger::could_fill(int run, const Entry& signer, std::uint64_t size) const {
  const auto plan = last(run, Kind::plan, entries_.size());
  const auto request = last(run, Kind::request, entries_.size());
  if (!plan || !request) return false;
  const auto* const now = holder(signer.by, signer.key, size);
  const auto* const then = holder(signer.by, signer.key, *plan);
  if (now == nullptr || then == nullptr || !now->person || !then->person) return false;
  const auto& policy = entries_[*plan].policy;
  if (signer.by == entries_[*request].by && !policy.requester_may_sign) return false;
  std::set<std::string> borrowed;
  for (const auto& loan : loans(run, signer.by, size, signer.at)) borrowed.insert(loan.role);
  const bool fit = std::ranges::any_of(policy.slots, [&](const Slot& slot) {
    return (fits(slot, now->roles) && fits(slot, then->roles)) || fits(slot, borrowed);
  });
  // Reading: whoever fills a slot also holds the right to approve, by every policy that governs, or was lent a role.
  return fit && (!borrowed.empty() || may(run, signer.by, signer.key, "approve", size));
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
    if (!by.empty()) found.push_back({approval.by, approval.key, by, since(run, i, now)});
  }
  return found;
}

// Tries everybody in every slot.
bool Ledger::fillable(const std::vector<Slot>& slots, std::size_t next, const std::vector<Signature>& people,
                      std::set<std::string>& used_people, std::set<int>& used_keys) {
  if (next == slots.size()) return true;
  for (const auto& one : people) {
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

bool Ledger::gate(int run, std::uint64_t size, Timestamp now) const {
  const auto plan = last(run, Kind::plan, size);
  if (!plan || ended(run, size) || unreadable(run, size)) return false;
  const auto& made = entries_[*plan];
  // Reading: a plan's own `at` is not held against the reader's: a claim may not precede the last executor entry,
  // and the plan is one.
  if (now > deadline(run, size, now)) return false;
  if (!served(made.environment, size)) return false;
  // Reading: the requester still holds the right, and the key that the request was signed with.
  const auto& request = entries_[*last(run, Kind::request, size)];
  if (!may(run, request.by, request.key, "plan", size)) return false;
  if (made.environment != "local" && catalog(size)->verb_text != made.verb_text) return false;
  const auto all = policies(run, size);
  return std::ranges::all_of(all, [&](const auto* policy) {
    std::set<std::string> people;
    std::set<int> keys;
    return fillable(policy->slots, 0, signatures(run, *policy, size, now), people, keys);
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
  if (!gate(run, entry.head, entry.at)) return false;
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
  // Reading: of several orders that stand the last one is meant.
  for (const auto order : counted(run, Kind::order, size)) {
    if (order_stands(run, order, size, now)) orders = {entries_[order].hash};
  }
  return orders;
}

std::set<int> Ledger::claimable(int run, Timestamp now) const { return claimable(run, entries_.size(), now); }

std::set<int> Ledger::resumable(int run, Timestamp now) const { return resumable(run, entries_.size(), now); }

// ---- States.

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
  const auto plan = last(run, Kind::plan, size);
  if (!plan || !last(run, Kind::claim, size) || unreadable(run, size)) return {};
  if (after_claim(run, size, now) != "indeterminate") return {};
  const auto& made = entries_[*plan];
  const auto& request = entries_[*last(run, Kind::request, size)];
  if (!served(made.environment, size) || !may(run, request.by, request.key, "plan", size)) return {};
  if (made.environment != "local" && catalog(size)->verb_text != made.verb_text) return {};
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

std::set<std::uint64_t> Ledger::faults() const {
  std::set<std::uint64_t> known;
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    if (entries_[i].kind == Kind::root && standings_[i] == kCounts)
      known.insert(entries_[i].roster.known_void.begin(), entries_[i].roster.known_void.end());
  }
  std::set<std::uint64_t> found;
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    if (standings_[i] == kVoid && !known.contains(i)) found.insert(i);
  }
  return found;
}

// ---- Each entry at its leaf, which is the present size.

Standing Ledger::judge(const Entry& entry) const {
  const auto leaf = entries_.size();
  const auto* const seen = roster(entry.head);
  if (!entry.our_ledger || entry.head > leaf || !entry.head_root_right) return kVoid;
  if (entry.root != (seen == nullptr ? 0 : seen->version)) return kVoid;
  if (leaf == 0) return judge_root(entry);
  if (swaps(entry.kind) && entry.head != leaf) return kVoid;
  if (holder(entry.by, entry.key, entry.head) == nullptr) return kVoid;
  for (std::size_t i = 0; i < leaf; ++i) {
    if (standings_[i] != kVoid && entries_[i].by == entry.by && entries_[i].id == entry.id) return kVoid;
  }
  // Reading: authentic at its head and overtaken by a root is a race: late. A head that leaves out what its own
  // signer wrote is malformed: void.
  for (std::size_t i = entry.head; i < leaf; ++i) {
    if (standings_[i] != kVoid && entry.run && entries_[i].run == entry.run && entries_[i].by == entry.by) return kVoid;
  }
  if (holder(entry.by, entry.key, leaf) == nullptr) return kLate;
  if (entry.kind == Kind::root) return judge_root(entry);
  if (entry.kind == Kind::catalog) return judge_catalog(entry);
  if (entry.kind == Kind::request) return judge_request(entry);
  if (entry.kind == Kind::unknown) return kCounts;
  if (entry.kind == Kind::delegation) return judge_delegation(entry);
  if (!entry.run) return kVoid;
  const auto request = last(*entry.run, Kind::request, leaf);
  if (!request || entries_[*request].environment != entry.environment) return kVoid;
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
    default: return kVoid;
  }
}

// Only changes that one admin may make alone exist: a threshold above one, before or after, or a new admin is void.
Standing Ledger::judge_root(const Entry& entry) const {
  if (entry.kind != Kind::root || entry.run) return kVoid;
  const auto* const now = roster(entries_.size());
  const auto* const judges = now == nullptr ? &entry.roster : now;
  const auto* const signer = find(judges, entry.by);
  if (signer == nullptr || !signer->keys.contains(entry.key) || !signer->roles.contains("admin")) return kVoid;
  if (entry.roster.version != (now == nullptr ? 0 : now->version) + 1) return kVoid;
  // Rule 6 counts key bytes: a key that was one person's is never another's.
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    if (entries_[i].kind != Kind::root || standings_[i] != kCounts) continue;
    for (const auto& before : entries_[i].roster.principals) {
      for (const auto& after : entry.roster.principals) {
        if (before.name == after.name) continue;
        if (std::ranges::any_of(after.keys, [&](int key) { return before.keys.contains(key); })) return kVoid;
      }
    }
  }
  if (!entry.roster.known_void.empty() && *entry.roster.known_void.rbegin() >= entries_.size()) return kVoid;
  // A key becomes an admin's only once it has accepted that, which these histories know nothing of.
  for (const auto& after : entry.roster.principals) {
    if (now == nullptr || !after.roles.contains("admin")) continue;
    const auto* const before = find(now, after.name);
    for (const int key : after.keys) {
      if (before == nullptr || !before->roles.contains("admin") || !before->keys.contains(key)) return kVoid;
    }
  }
  return judges->admin_threshold == 1 && entry.roster.admin_threshold == 1 ? kCounts : kVoid;
}

Standing Ledger::judge_catalog(const Entry& entry) const {
  if (entry.run) return kVoid;
  const auto leaf = entries_.size();
  const auto* const signer = find(roster(leaf), entry.by);
  if (signer == nullptr || !signer->roles.contains("admin") || roster(leaf)->admin_threshold != 1) return kVoid;
  return entry.catalog_version == (catalog(leaf) == nullptr ? 0 : catalog(leaf)->catalog_version) + 1 ? kCounts : kVoid;
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
  if (!gate(run, entry.head, entry.at)) return kVoid;
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

}  // namespace blc::testing::model
