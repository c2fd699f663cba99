#include "support/model_history.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <optional>
#include <random>

#include "support/model_render.hpp"

namespace blc::testing::model {

namespace {

using namespace std::chrono_literals;
using std::chrono::minutes;
using Fault = Action::Fault;

constexpr Timestamp at(int year, unsigned month, unsigned day, minutes minute) {
  return std::chrono::sys_days{std::chrono::year{year} / static_cast<int>(month) / static_cast<int>(day)} + minute;
}

// A Sunday like others; and shortly before summer time ends (Europe, America), begins (Australia, Europe), and before
// the year ends.
constexpr std::array kStarts{at(2026, 11, 22, 10h + 31min), at(2026, 10, 25, 0h + 10min), at(2026, 11, 1, 5h + 10min),
                             at(2026, 10, 3, 15h + 20min),  at(2026, 3, 29, 0h + 20min),  at(2026, 12, 31, 21h + 30min)};
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
constexpr std::array kPeople{"ana", "ben", "cleo", "dora", "eli", "fay"};
constexpr std::array kRoles{"lead", "officer", "clerk"};

class Maker {
 public:
  explicit Maker(std::uint64_t seed) : random_(seed) {}
  History make();

 private:
  std::uint64_t below(std::uint64_t limit) { return random_() % limit; }
  bool chance(std::uint64_t percent) { return below(100) < percent; }
  template <class List>
  const auto& one_of(const List& list) {
    return *std::next(list.begin(), static_cast<std::ptrdiff_t>(below(list.size())));
  }

  void put(Action action);
  Action blank(Kind kind);
  void start();
  void next(std::optional<Kind> kind = std::nullopt);
  Kind choose();
  void tick();
  void perturb(Action& action);
  void sign_as(Action& action, const std::string& name);
  std::string actor(Kind kind);
  std::vector<std::string> able_to_sign();
  std::set<std::string> some_roles();
  Policy some_policy();
  Roster changed_roster();
  void change(std::vector<Principal>& list);
  void fill(Action& action);
  void fill_plan(Action& action);
  void fill_delegation(Action& action);
  Milliseconds skew();
  void add_conditions(Policy& policy);
  void add_calendar(Policy& policy);
  void settle(Action& action);

  const Roster& roster() { return *teller_.ledger().roster(teller_.ledger().size()); }
  std::optional<std::size_t> last(int run, Kind kind) {
    return teller_.ledger().last(run, kind, teller_.ledger().size());
  }

  std::mt19937_64 random_;
  Teller teller_;
  History history_;
  struct Cell {
    std::string environment;
    Verb verb = Verb::task;
  };
  Timestamp clock_ = kStarts[0];
  std::array<Cell, 3> cells_;  // of runs 1 and 2
  int run_ = 1;                // what the next entry is about
  bool glass_ = false;         // clinical runs, and break-glass
  bool lending_ = false;  // ben is the lead, and lends that
  int next_key_ = 0;
};

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
  const auto slots = glass_ && chance(85) ? 1 + below(local ? 3 : 1) : local ? below(4) : below(chance(10) ? 3 : 2);
  for (std::size_t i = 0; i < slots; ++i) policy.slots.push_back({fmt::format("slot{}", i + 1), some_roles()});
  policy.deadline = chance(50) ? 60min : chance(50) ? 24h : std::chrono::minutes(10 + below(30));
  policy.requester_may_sign = chance(30);
  for (const auto* const right : {"plan", "approve", "execute", "read"}) {
    policy.grants[right] = chance(std::string_view(right) == "read" ? 20 : 75) ? std::set<std::string>{"everyone"} : some_roles();
    if (chance(50)) policy.grants[right].insert("ci");
  }
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
  if (chance(many ? 35 : 15)) add_calendar(policy);
}

void Maker::add_calendar(Policy& policy) {
  policy.calendar.zone = one_of(kZones);
  constexpr std::array kMinutes{0min, 120min, 150min, 180min, 330min, 690min, 720min};
  for (auto windows = below(3); windows > 0; --windows) {
    Window window{{0, 6}, one_of(kMinutes), 1440min};
    if (chance(50)) window.to = window.from + minutes{30 + below(200)};
    for (unsigned day = 1; day < 6; ++day) {
      if (chance(70)) window.days.insert(day);
    }
    if (chance(30)) window.days.erase(0);
    policy.calendar.windows.push_back(window);
  }
  if (!policy.calendar.windows.empty() && chance(70)) return;
  const auto first = std::chrono::floor<std::chrono::days>(one_of(kStarts)) + std::chrono::days{below(3)} - std::chrono::days{1};
  policy.calendar.freezes.push_back({first, first + std::chrono::days{below(2)}});
}

Milliseconds Maker::skew() {
  if (chance(75)) return 0ms;
  if (chance(20)) return chance(50) ? 120000ms : 120001ms;
  return Milliseconds{static_cast<std::int64_t>(below(600000)) - 300000};
}

void Maker::tick() {
  const auto draw = below(100);
  if (draw < 70) {
    clock_ += Milliseconds{below(60000)};
  } else if (draw < 92) {
    clock_ += std::chrono::minutes{1 + below(10)};
  } else if (draw < 98) {
    clock_ += std::chrono::minutes{10 + below(30)};
  } else {
    clock_ += 2h;
  }
  if (glass_ && chance(4)) clock_ += 1h;
}

Action Maker::blank(Kind kind) {
  Action action;
  action.entry.kind = kind;
  action.entry.hash = static_cast<int>(history_.size()) + 1;
  action.entry.at = clock_ + skew();
  action.sees = action.entry.hash;
  return action;
}

void Maker::put(Action action) {
  const auto told = teller_.tell(action);
  teller_.add(action, told);
  history_.push_back(std::move(action));
}

void Maker::start() {
  lending_ = chance(25);
  glass_ = !lending_ && chance(40);
  cells_[1].environment = chance(lending_ ? 90 : 60) ? "local" : chance(70) ? "staging" : "production";
  cells_[1].verb = Verb::task;
  if (glass_) cells_[1] = {chance(30) ? "local" : chance(70) ? "staging" : "production", Verb::care};
  cells_[2] = cells_[1];
  if (glass_ && chance(60)) cells_[2] = {"production", Verb::ship};
  if (chance(45)) clock_ = one_of(kStarts);
  Roster roster;
  const auto people = lending_ ? 4 + below(3) : 2 + below(5);
  for (std::size_t i = 0; i < people; ++i) {
    Principal person{kPeople.at(i), true, some_roles(), {next_key_++}, {}};
    if (lending_ && !chance(10)) person.roles = {i == 1 ? "lead" : "clerk"};
    if (chance(30)) person.keys.insert(next_key_++);
    if (i == 0 || chance(15)) person.roles.insert("admin");
    roster.principals.push_back(std::move(person));
  }
  roster.principals.push_back({"machine", false, {"executor"}, {next_key_++}, {"local", "staging", "production"}});
  if (chance(30)) roster.principals.push_back({"robot", false, {"ci"}, {next_key_++}, {}});
  if (chance(15)) roster.principals.push_back({"spare", false, {"executor"}, {next_key_++}, {cells_[1].environment}});

  auto root = blank(Kind::root);
  root.entry.roster = std::move(roster);
  root.entry.by = "ana";
  root.entry.key = 0;
  put(std::move(root));
  auto catalog = blank(Kind::catalog);
  catalog.entry.policy = some_policy();
  catalog.entry.clinical = glass_;
  if (chance(25)) catalog.entry.verb_text = static_cast<int>(below(4));
  catalog.entry.by = "ana";
  catalog.entry.key = 0;
  put(std::move(catalog));
  if (!lending_ && !chance(25)) return;
  if (chance(40)) next(Kind::root);
  for (auto loans = (lending_ ? 2 : 1) + below(3); loans > 0; --loans) next(Kind::delegation);
}

// What people and machines would do next, with something else now and then.
Kind Maker::choose() {
  using Weighted = std::vector<std::pair<Kind, std::uint64_t>>;
  Weighted weights;
  const auto state = last(run_, Kind::request) ? teller_.ledger().state(run_, clock_) : "none";
  if (state == "none") {
    weights = {{Kind::request, 90}, {Kind::root, 5}, {Kind::plan, 2}, {Kind::approve, 3}, {Kind::delegation, 5}};
  } else if (state == "planning") {
    weights = {{Kind::plan, 80},   {Kind::root, 6},  {Kind::catalog, 4}, {Kind::cancel, 2},
               {Kind::approve, 3}, {Kind::order, 2}, {Kind::claim, 2},   {Kind::request, 1},
               {Kind::note, 2},    {Kind::delegation, 6}};
  } else if (state == "pending") {
    weights = {{Kind::approve, 60}, {Kind::root, 10},   {Kind::withdraw, 6}, {Kind::reject, 2},
               {Kind::cancel, 2},   {Kind::order, 6},   {Kind::claim, 4},    {Kind::catalog, 4},
               {Kind::plan, 1},     {Kind::refusal, 1}, {Kind::intent, 1},   {Kind::close, 1},
               {Kind::note, 8},     {Kind::delegation, 5}, {Kind::reveal, 20}};
  } else if (state == "approved") {
    weights = {{Kind::order, 34}, {Kind::claim, 34},  {Kind::approve, 8}, {Kind::withdraw, 8},
               {Kind::root, 8},   {Kind::unorder, 3}, {Kind::catalog, 3}, {Kind::reject, 1},
               {Kind::cancel, 1}, {Kind::plan, 1},    {Kind::outcome, 1}, {Kind::refusal, 1},
               {Kind::note, 4},   {Kind::delegation, 4}, {Kind::reveal, 4}};
  } else if (state == "executing") {
    weights = {{Kind::intent, 20}, {Kind::step_outcome, 15}, {Kind::heartbeat, 10}, {Kind::outcome, 30},
               {Kind::close, 6},   {Kind::approve, 3},       {Kind::withdraw, 4},   {Kind::reject, 3},
               {Kind::cancel, 3},  {Kind::claim, 4},         {Kind::order, 3},      {Kind::root, 5},
               {Kind::refusal, 3}, {Kind::resume_order, 5},  {Kind::resume, 3},
               {Kind::note, 4}};
  } else if (state == "partial" || state == "indeterminate") {
    weights = {{Kind::close, 45},    {Kind::outcome, 10}, {Kind::order, 4}, {Kind::intent, 4},        {Kind::step_outcome, 3},
               {Kind::heartbeat, 3}, {Kind::root, 6},     {Kind::claim, 3}, {Kind::withdraw, 3},      {Kind::refusal, 2},
               {Kind::catalog, 2},   {Kind::resume, 25},  {Kind::resume_order, 30},
               {Kind::note, 4}};
  } else {
    weights = {{Kind::approve, 12}, {Kind::reject, 10},   {Kind::withdraw, 10}, {Kind::cancel, 10},
               {Kind::order, 10},   {Kind::claim, 12},    {Kind::outcome, 10},  {Kind::close, 10},
               {Kind::intent, 5},   {Kind::heartbeat, 5}, {Kind::root, 5},      {Kind::plan, 3},
               {Kind::note, 8}};
  }
  if (chance(1)) return Kind::unknown;
  const bool planned = state != "none" && state != "planning";
  const bool broken = planned && last(run_, Kind::glass);
  if (planned) weights.emplace_back(Kind::glass, !glass_ ? 1 : broken ? 3 : 30);
  if (planned) weights.emplace_back(Kind::review, broken ? 45 : 1);
  std::uint64_t sum = 0;
  for (const auto& [kind, weight] : weights) sum += weight;
  auto draw = below(sum);
  for (const auto& [kind, weight] : weights) {
    if (draw < weight) return kind;
    draw -= weight;
  }
  return Kind::root;
}

std::vector<std::string> Maker::able_to_sign() {
  std::vector<std::string> able;
  const auto plan = last(run_, Kind::plan);
  if (!plan) return able;
  const auto& policy = teller_.ledger().entry(*plan).policy;
  const auto& requester = teller_.ledger().entry(*last(run_, Kind::request)).by;
  for (const auto& one : roster().principals) {
    if (!one.person || (one.name == requester && !policy.requester_may_sign)) continue;
    const auto holds = [&](const auto& role) { return one.roles.contains(role); };
    if (std::ranges::any_of(policy.slots, [&](const auto& slot) { return std::ranges::any_of(slot.roles, holds); }))
      able.push_back(one.name);
  }
  return able;
}

std::string Maker::actor(Kind kind) {
  if (chance(8)) return one_of(roster().principals).name;
  switch (kind) {
    case Kind::root:
    case Kind::catalog: {
      std::vector<std::string> admins;
      for (const auto& one : roster().principals) {
        if (one.roles.contains("admin")) admins.push_back(one.name);
      }
      return one_of(admins);
    }
    case Kind::plan:
    case Kind::refusal: {
      std::vector<std::string> executors{"machine"};
      for (const auto& one : roster().principals) {
        if (!one.environments.empty()) executors.push_back(one.name);
      }
      return one_of(executors);
    }
    case Kind::claim:
    case Kind::intent:
    case Kind::step_outcome:
    case Kind::heartbeat:
    case Kind::resume:
    case Kind::outcome: {
      const auto plan = last(run_, Kind::plan);
      return plan ? teller_.ledger().entry(*plan).by : "machine";
    }
    default: {
      const auto request = last(run_, Kind::request);
      if (kind == Kind::cancel && request && chance(60)) return teller_.ledger().entry(*request).by;
      const auto broken = last(run_, Kind::glass);
      if (kind == Kind::order && broken && chance(70)) return teller_.ledger().entry(*broken).by;
      if ((kind == Kind::order || kind == Kind::request) && chance(8)) return "robot";
      if (lending_ && chance(75) && (kind == Kind::delegation || kind == Kind::request))
        return kind == Kind::request ? "ana" : "ben";
      if (kind == Kind::approve && chance(60)) {
        if (const auto able = able_to_sign(); !able.empty()) return one_of(able);
      }
      std::vector<std::string> people;
      for (const auto& earlier : history_) {
        if (kind == Kind::approve && earlier.entry.kind == Kind::delegation) people.push_back(earlier.entry.to);
      }
      if (!people.empty() && chance(50)) return one_of(people);
      for (const auto& one : roster().principals) {
        if (one.person) people.push_back(one.name);
      }
      return one_of(people);
    }
  }
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

bool valid(const std::vector<Principal>& list) {
  std::set<int> keys;
  std::size_t admins = 0;
  for (const auto& one : list) {
    if (one.keys.empty() || one.roles.empty()) return false;
    if (one.roles.contains("executor") && one.environments.empty()) return false;
    for (const auto key : one.keys) {
      if (!keys.insert(key).second) return false;
    }
    admins += one.roles.contains("admin") ? 1U : 0U;
  }
  return admins > 0;
}

void Maker::change(std::vector<Principal>& list) {
  const auto at = below(list.size());
  auto& one = list[at];
  switch (below(8)) {
    case 0:
      if (one.person) one.roles.insert(one_of(kRoles));
      break;
    case 1:
    case 2:
      if (one.person) one.roles.erase(one_of(one.roles));
      break;
    case 3: one.keys.insert(next_key_++); break;
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

Roster Maker::changed_roster() {
  auto next = roster();
  do {
    next.principals = roster().principals;
    change(next.principals);
    if (chance(30) && valid(next.principals)) change(next.principals);
  } while (!valid(next.principals));
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
  if (action.sees < entry.hash && chance(60)) action.sees = entry.hash;
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
      entry.roster = changed_roster();
      if (!faults.empty() && chance(40)) action.lists.push_back(one_of(faults));
      if (chance(3)) action.fault = Fault::threshold;
      break;
    case Kind::catalog:
      entry.clinical = glass_;
      entry.policy = chance(30) ? some_policy() : ledger.catalog(ledger.size())->policy;
      entry.verb_text = chance(70) ? ledger.catalog(ledger.size())->verb_text : static_cast<int>(below(4));
      break;
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

void Maker::next(std::optional<Kind> kind) {
  tick();
  run_ = glass_ && chance(35) ? 2 : 1;
  auto action = blank(kind ? *kind : choose());
  auto& entry = action.entry;
  const bool apart = entry.kind == Kind::root || entry.kind == Kind::catalog ||
                     (entry.kind == Kind::delegation && !chance(1)) || (entry.kind == Kind::unknown && chance(50));
  if (!apart) {
    entry.run = chance(5) ? 3 - run_ : run_;
    settle(action);
  }
  sign_as(action, actor(entry.kind));
  fill(action);
  perturb(action);
  put(std::move(action));
}

History Maker::make() {
  start();
  const auto most = 8 + below(glass_ ? 28 : 22);
  while (history_.size() < most) next();
  return std::move(history_);
}

}  // namespace

History random_history(std::uint64_t seed) { return Maker(seed).make(); }

}  // namespace blc::testing::model
