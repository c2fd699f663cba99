#include <fmt/format.h>

#include <algorithm>

#include "support/model_maker.hpp"
#include "support/model_render.hpp"

namespace blc::testing::model {

using namespace std::chrono_literals;
using Fault = Action::Fault;

namespace {

// Where summer time is in force from and to, looked up.
const std::array kZones{
    Zone{"UTC0"},
    Zone{"CET-1CEST,M3.5.0,M10.5.0/3", 1h, {{at(2026, 3, 29, 1h), at(2026, 10, 25, 1h)}}},
    Zone{"EST5EDT,M3.2.0,M11.1.0", -5h, {{at(2026, 3, 8, 7h), at(2026, 11, 1, 6h)}}},
    Zone{"AEST-10AEDT,M10.1.0,M4.1.0/3",
         10h,
         {{at(2025, 10, 4, 16h), at(2026, 4, 4, 16h)}, {at(2026, 10, 3, 16h), at(2027, 4, 3, 16h)}}},
    Zone{"IST-5:30", 5h + 30min},
};

}  // namespace

bool valid(const Roster& roster) {
  std::set<int> keys;
  std::size_t admins = 0;
  for (const auto& one : roster.principals) {
    if (one.keys.empty() || one.roles.empty()) return false;
    if (one.roles.contains("recovery") && one.roles.size() > 1) return false;
    if (one.roles.contains("executor") && one.environments.empty()) return false;
    for (const auto key : one.keys) {
      if (!keys.insert(key).second) return false;
    }
    if (!std::ranges::includes(one.keys, one.attested)) return false;
    admins += one.roles.contains("admin") ? 1U : 0U;
  }
  return admins > 0 && admins >= roster.admin_threshold;
}

std::set<std::string> Maker::some_roles() {
  std::set<std::string> roles{one_of(kRoles)};
  if (chance(40)) roles.insert(one_of(kRoles));
  return roles;
}

// One of a few hundred: what their texts load to is kept, and reading YAML is what costs most here.
Policy Maker::some_policy() {
  const bool local = cells_[1].environment == "local";
  std::mt19937_64 outer(below(200));
  std::swap(outer, random_);
  Policy policy;
  if (lending_ && chance(80)) {
    policy.slots.push_back({"slot1", {"lead"}});
    if (chance(70)) policy.slots.push_back({"slot2", {"lead"}});
    for (const auto* const right : {"plan", "approve", "execute", "read"}) policy.grants[right] = {"everyone"};
    if (chance(30)) policy.grants["approve"] = {"lead"};
    std::swap(outer, random_);
    return policy;
  }
  const auto slots = glass_ && chance(85) ? 1 + below(local ? 3 : 1) : local ? below(4) : below(chance(10) || (admins_ && chance(60)) ? 3 : 2);
  for (std::size_t i = 0; i < slots; ++i) policy.slots.push_back({fmt::format("slot{}", i + 1), some_roles()});
  policy.deadline = chance(50) ? 60min : chance(50) ? 24h : std::chrono::minutes(10 + below(30));
  policy.requester_may_sign = chance(30);
  for (const auto* const right : {"plan", "approve", "execute", "read"}) {
    policy.grants[right] = chance(std::string_view(right) == "read" ? 20 : 75) ? std::set<std::string>{"everyone"} : some_roles();
    if (chance(50)) policy.grants[right].insert("ci");
  }
  for (const auto* const right : {"reveal", "tier-check"}) {
    policy.grants[right] = chance(40) ? std::set<std::string>{"everyone"} : some_roles();
    if (chance(50)) policy.grants[right].insert("ci");
  }
  const bool words = attests_ && chance(50);
  for (auto& slot : policy.slots) slot.attested = words && chance(70);
  if (glass_ || chance(30)) add_conditions(policy);
  std::swap(outer, random_);
  return policy;
}

void Maker::add_conditions(Policy& policy) {
  policy.grants["audit"] = chance(40) ? std::set<std::string>{"everyone"} : some_roles();
  policy.grants["break-glass"] = chance(70) ? std::set<std::string>{"everyone"} : some_roles();
  if (glass_ && !policy.slots.empty() && chance(85)) {
    BreakGlass glass{{}, chance(50) ? 60min : 20min, chance(85) ? 2U : 3U, chance(80) ? 60min : 120min};
    if (policy.slots.size() > 1 && chance(30)) glass.keeps.insert(policy.slots.front().name);
    policy.glass = glass;
    if (chance(70)) policy.deadline = 24h;
  }
  const bool many = !glass_;
  if (chance(many ? 16 : 8)) policy.requester_may_execute = false;
  if (chance(many ? 16 : 8)) policy.approver_may_execute = false;
  if (chance(many ? 16 : 12)) policy.seen_revealed = true;
  if (chance(many ? 16 : 12)) policy.fidelity = chance(50) ? Fidelity::exact : Fidelity::estimate;
  for (auto& slot : policy.slots) {
    if (chance(many ? 20 : 8)) slot.hardware = chance(50) ? Hardware::touch : Hardware::pin;
  }
  if (chance(many ? 42 : 18)) add_calendar(policy);
}

void Maker::add_calendar(Policy& policy) {
  policy.calendar.zone = one_of(kZones);
  constexpr std::array kMinutes{0min, 120min, 150min, 180min, 330min, 690min, 720min};
  for (auto windows = below(3); windows > 0; --windows) {
    Window window{{0, 6}, one_of(kMinutes), 1440min};
    if (chance(50)) window.to = window.from + std::chrono::minutes{30 + below(200)};
    for (unsigned day = 1; day < 6; ++day) {
      if (chance(70)) window.days.insert(day);
    }
    if (chance(30)) window.days.erase(0);
    policy.calendar.windows.push_back(window);
  }
  if (!policy.calendar.windows.empty() && chance(40)) return;
  const auto first = std::chrono::floor<std::chrono::days>(one_of(kStarts)) + std::chrono::days{below(3)} - std::chrono::days{1};
  policy.calendar.freezes.push_back({first, first + std::chrono::days{below(2)}});
}

// A key that the name holds, or once held, or another's.
void Maker::sign_as(Action& action, const std::string& name) {
  action.entry.by = name;
  action.entry.key = static_cast<int>(below(static_cast<std::uint64_t>(next_key_)));
  if (chance(4)) return;
  std::vector<int> keys;
  for (const auto& earlier : history_) {
    if (earlier.entry.by == name) keys.push_back(earlier.entry.key);
  }
  const auto& list = roster().principals;
  const auto found = std::ranges::find(list, name, &Principal::name);
  if (found != list.end() && (keys.empty() || !chance(10))) keys.assign(found->keys.begin(), found->keys.end());
  if (!keys.empty()) action.entry.key = one_of(keys);
  // The claimant goes on with the key it planned with, mostly.
  const auto plan = last(run_, Kind::plan);
  if (plan && teller_.ledger().entry(*plan).by == name && chance(90))
    action.entry.key = teller_.ledger().entry(*plan).key;
}

void Maker::attest(Principal& one, std::uint64_t percent) {
  for (const auto key : one.keys) {
    if (attests_ && is_token(key) && chance(percent)) one.attested.insert(key);
  }
}

void Maker::change(std::vector<Principal>& list) {
  const auto at = below(list.size());
  auto& one = list[at];
  switch (below(10)) {
    case 0:
      if (one.person) one.roles.insert(one_of(kRoles));
      break;
    case 1:
    case 2:
      if (one.person) one.roles.erase(one_of(one.roles));
      break;
    case 3: one.keys.insert(next_key_++); break;
    case 7:
    case 8:
      if (!one.attested.empty() && chance(60)) {
        one.attested.erase(one_of(one.attested));
      } else if (one.person) {
        attest(one, 90);
      }
      break;
    case 4: one.keys.erase(one_of(one.keys)); break;
    case 5: list.erase(list.begin() + static_cast<std::ptrdiff_t>(at)); break;
    case 6: {  // somebody new, or back, perhaps with a key that another held once
      const std::string name = one_of(kPeople);
      if (std::ranges::find(list, name, &Principal::name) != list.end()) break;
      const auto key = chance(50) ? next_key_++ : static_cast<int>(below(static_cast<std::uint64_t>(next_key_)));
      list.push_back({name, true, some_roles(), {key}, {}});
      break;
    }
    default:
      if (one.person) one.roles = some_roles();
      if (one.person && chance(20)) one.roles.insert("admin");
      break;
  }
}

// Whether the last change of the root took something from somebody.
bool Maker::was_taken() {
  const auto& before = *teller_.ledger().roster(last_root());
  return std::ranges::any_of(before.principals, [&](const auto& one) {
    const auto now = std::ranges::find(roster().principals, one.name, &Principal::name);
    return now == roster().principals.end() || !std::ranges::includes(now->roles, one.roles);
  });
}

// A role, or everything, from one of those who have signed something; or that again.
std::optional<Roster> Maker::taken_or_given_back() {
  auto next = roster();
  if (was_taken() && chance(80)) {
    next.principals = teller_.ledger().roster(last_root())->principals;
    return next;
  }
  std::vector<std::string> signers;
  for (const auto& earlier : history_) {
    const auto kind = earlier.entry.kind;
    const bool of_admins = kind == Kind::admin_approve || kind == Kind::proposal;
    if (of_admins || (!admins_ && (kind == Kind::approve || kind == Kind::delegation))) signers.push_back(earlier.entry.by);
  }
  if (signers.empty()) return std::nullopt;
  const auto one = std::ranges::find(next.principals, one_of(signers), &Principal::name);
  if (one == next.principals.end()) return std::nullopt;
  if (chance(lending_ ? 70 : 30)) {
    next.principals.erase(one);
  } else {
    one->roles.erase(admins_ ? "admin" : one_of(one->roles));
  }
  return next;
}

Roster Maker::changed_roster() {
  if (returns_ && chance(80)) {
    if (auto changed = taken_or_given_back(); changed && valid(*changed)) return *std::move(changed);
  }
  auto next = roster();
  do {
    next.principals = roster().principals;
    change(next.principals);
    if (chance(30) && valid(next)) change(next.principals);
  } while (!valid(next));
  const auto kept = below(teller_.ledger().size() + 2);
  if (chance(6)) next.losses.push_back({kept, kept + 1 + below(4)});
  if (!next.losses.empty() && chance(8)) next.losses.erase(next.losses.begin());
  return next;
}

void Maker::fill_plan(Action& action) {
  auto& entry = action.entry;
  const auto* const catalog = teller_.ledger().catalog(teller_.ledger().size());
  const bool adopted = chance(entry.environment != "local" ? 95 : lending_ ? 90 : 10);
  entry.policy = adopted ? catalog->policy : some_policy();
  entry.verb_text = catalog->verb_text;
  entry.deadline = entry.at + entry.policy.deadline;
  if (chance(10)) entry.deadline -= std::chrono::minutes{below(8)};
  if (chance(2)) entry.deadline += 10min;
  if (action.fault == Fault::none && chance(2)) action.fault = chance(50) ? Fault::wrong_rule : Fault::wrong_requester;
}

// Mostly a role of one's own to another person, or the end of that.
void Maker::fill_delegation(Action& action) {
  auto& entry = action.entry;
  std::vector<std::string> people;
  auto list = roster().principals;
  // Who has not seen the latest root lends what it may have taken.
  for (const auto& earlier : history_) {
    if (earlier.entry.kind == Kind::root && earlier.entry.hash > 1) action.sees = earlier.entry.hash;
  }
  if (action.sees < entry.hash && chance(40)) action.sees = entry.hash;
  if (action.sees < entry.hash) {
    const auto before = std::ranges::count_if(history_, [&](const auto& one) { return one.entry.hash < action.sees; });
    list = teller_.ledger().roster(static_cast<std::uint64_t>(before))->principals;
    sign_as(action, one_of(list).name);
  }
  for (const auto& one : list) {
    if (one.name == entry.by && one.person) {
      auto roles = one.roles;
      roles.erase("admin");
      if (!roles.empty() && !chance(6)) entry.role = one_of(roles);
    }
    if (one.name != entry.by || chance(4)) people.push_back(one.name);
  }
  if (entry.role.empty()) entry.role = chance(15) ? "admin" : one_of(kRoles);
  entry.to = people.empty() || chance(2) ? "gus" : one_of(people);
  entry.fits_verb = !chance(10);
  entry.until = entry.at + (chance(60) ? 12h : std::chrono::minutes{5 + below(90)});
  if (chance(3)) entry.until = entry.at + Milliseconds{chance(50) ? 0 : 1};
  if (chance(3)) entry.until = entry.at + std::chrono::days{31} + 2min + Milliseconds{below(2)};
  std::vector<const Entry*> lent;
  for (const auto& earlier : history_) {
    if (earlier.entry.kind == Kind::delegation && !earlier.entry.ends) lent.push_back(&earlier.entry);
  }
  if (lent.empty() || !chance(last(run_, Kind::request) ? 60 : 15)) return;
  entry.ends = true;
  const auto& loan = *one_of(lent);
  entry.role = loan.role;
  entry.to = loan.to;
  if (!chance(10)) sign_as(action, loan.by);
}

void Maker::fill(Action& action) {
  auto& entry = action.entry;
  const auto& ledger = teller_.ledger();
  const auto run = entry.run.value_or(1);
  const auto plan = last(run, Kind::plan);
  if (names_plan(entry.kind) && plan && !chance(3)) action.plan = ledger.entry(*plan).hash;
  std::vector<int> orders;
  std::vector<int> closes;
  std::vector<int> reviews;
  std::vector<int> questions;
  std::vector<int> faults;
  for (const auto& earlier : history_) {
    const bool order = earlier.entry.kind == Kind::order || earlier.entry.kind == Kind::resume_order;
    if (order) orders.push_back(earlier.entry.hash);
    if (earlier.entry.kind == Kind::close && !earlier.entry.cites) closes.push_back(earlier.entry.hash);
    if (earlier.entry.kind == Kind::review && !earlier.entry.cites) reviews.push_back(earlier.entry.hash);
    if (earlier.entry.kind == Kind::note && (!earlier.entry.cites || chance(3))) questions.push_back(earlier.entry.hash);
  }
  for (const auto leaf : ledger.faults()) faults.push_back(ledger.entry(leaf).hash);
  switch (entry.kind) {
    case Kind::root:
      if (admins_ && chance(returns_ && roster().admin_threshold == 1 && !was_taken() ? 10 : 80)) return fill_adopting(action);
      entry.roster = changed_roster();
      if (!faults.empty() && chance(40)) action.lists.push_back(one_of(faults));
      if (chance(3)) action.fault = Fault::threshold;
      break;
    case Kind::catalog:
      entry.clinical = glass_;
      if (admins_ && chance(70)) return fill_adopting(action);
      entry.policy = chance(30) ? some_policy() : ledger.catalog(ledger.size())->policy;
      entry.verb_text = chance(70) ? ledger.catalog(ledger.size())->verb_text : static_cast<int>(below(4));
      break;
    case Kind::exported:
    case Kind::tier_check:
      entry.areas = {chance(50) ? "local" : cells_[1].environment};
      if (entry.what != "output" && entry.kind == Kind::exported && chance(30)) entry.areas.insert("production");
      entry.keyed = chance(55);
      entry.right_digest = chance(85);
      break;
    case Kind::proposal: return fill_proposal(action);
    case Kind::accept: return sign_acceptance(action);
    case Kind::admin_approve:
    case Kind::admin_reject:
    case Kind::admin_withdraw: entry.proposal = target_; break;
    case Kind::plan: fill_plan(action); break;
    case Kind::delegation: fill_delegation(action); break;
    case Kind::order:
      if (chance(20)) entry.not_before = entry.at + std::chrono::minutes{below(12)};
      break;
    case Kind::resume:
    case Kind::claim: {
      const auto standing = entry.kind == Kind::claim ? ledger.claimable(run, clock_) : ledger.resumable(run, clock_);
      if (!standing.empty() && !chance(8)) {
        entry.cites = one_of(standing);
      } else if (!orders.empty()) {
        entry.cites = one_of(orders);
      }
      break;
    }
    case Kind::outcome:
      entry.ending = one_of(
          std::array<std::string, 6>{"succeeded", "failed", "partial", "partial", "indeterminate", "indeterminate"});
      break;
    case Kind::close:
      entry.finding = fmt::format("finding {}", entry.hash);
      if (!closes.empty() && chance(75)) entry.cites = one_of(closes);
      if (chance(3)) entry.cites = 1;
      break;
    case Kind::review:
      entry.finding = fmt::format("finding {}", entry.hash);
      if (!reviews.empty() && chance(80)) entry.cites = one_of(reviews);
      if (chance(3)) entry.cites = 1;
      break;
    case Kind::note:
      if (!questions.empty() && chance(50)) entry.cites = one_of(questions);
      if (chance(3)) entry.cites = 1;
      break;
    default: break;
  }
}

void Maker::perturb(Action& action) {
  const bool swaps = action.entry.kind == Kind::plan || action.entry.kind == Kind::claim ||
                     action.entry.kind == Kind::resume || action.entry.kind == Kind::intent || action.entry.kind == Kind::root ||
                     action.entry.kind == Kind::catalog;
  if (chance(swaps ? 4 : 25)) {
    const auto back = 1 + below(chance(70) ? 4 : history_.size());
    action.sees = std::max(1, action.entry.hash - static_cast<int>(back));
  }
  if (action.fault == Fault::none && chance(2)) {
    action.fault = one_of(std::array{Fault::other_ledger, Fault::head_root, Fault::head_beyond, Fault::root_version,
                                     Fault::repeated_id, Fault::version});
  }
}

void Maker::settle(Action& action) {
  auto& entry = action.entry;
  const auto& cell = cells_.at(static_cast<std::size_t>(*entry.run));
  entry.environment = chance(1) ? "integration" : cell.environment;
  entry.verb = cell.verb;
  entry.clinical = cell.verb == Verb::care;
  entry.subject = chance(glass_ ? 92 : 20);
  entry.seals = chance(50);
  entry.in_clear = chance(entry.clinical ? 3 : 50);
  entry.touched = chance(80);
  entry.pin = chance(70);
  if (chance(1)) action.fault = Fault::classification;
}

}  // namespace blc::testing::model
