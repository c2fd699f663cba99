#include <algorithm>

#include "support/model_maker.hpp"
#include "support/model_words.hpp"

namespace blc::testing::model {

using namespace std::chrono_literals;

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
  admins_ = chance(25);
  attests_ = chance(30);
  returns_ = chance(30);
  Roster roster;
  const auto people = admins_ ? 3 + below(3) : lending_ ? 4 + below(3) : 2 + below(5);
  for (std::size_t i = 0; i < people; ++i) {
    Principal person{kPeople.at(i), true, some_roles(), {next_key_++}, {}};
    if (lending_ && !chance(10)) person.roles = {i == 1 ? "lead" : "clerk"};
    if (chance(30)) person.keys.insert(next_key_++);
    attest(person, 75);
    if (i == 0 || chance(admins_ && i < 3 ? 75 : 15)) person.roles.insert("admin");
    roster.principals.push_back(std::move(person));
  }
  roster.principals.push_back({"machine", false, {"executor"}, {next_key_++}, {"local", "staging", "production"}});
  if (chance(30)) roster.principals.push_back({"robot", false, {"ci"}, {next_key_++}, {}});
  if (chance(15)) roster.principals.push_back({"spare", false, {"executor"}, {next_key_++}, {cells_[1].environment}});

  if (admins_ && chance(25)) roster.principals.push_back({"vault", true, {"recovery"}, {next_key_++}, {}});

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
  for (auto steps = admins_ ? 3 + below(4) : 0; steps > 0; --steps) next(choose_of_admins());
  if (!lending_ && !chance(30)) return;
  if (chance(50)) next(Kind::root);
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
    weights = {{Kind::close, 34},    {Kind::outcome, 10}, {Kind::order, 4}, {Kind::intent, 4},        {Kind::step_outcome, 3},
               {Kind::heartbeat, 3}, {Kind::root, 6},     {Kind::claim, 3}, {Kind::withdraw, 3},      {Kind::refusal, 2},
               {Kind::catalog, 2},   {Kind::resume, 60},  {Kind::resume_order, 50},
               {Kind::note, 4}};
  } else {
    weights = {{Kind::approve, 12}, {Kind::reject, 10},   {Kind::withdraw, 10}, {Kind::cancel, 10},
               {Kind::order, 10},   {Kind::claim, 12},    {Kind::outcome, 10},  {Kind::close, 10},
               {Kind::intent, 14},  {Kind::heartbeat, 5}, {Kind::root, 5},      {Kind::plan, 3},
               {Kind::note, 8},     {Kind::resume_order, 8}};
  }
  if (chance(1)) return Kind::unknown;
  const bool planned = state != "none" && state != "planning";
  const bool broken = planned && last(run_, Kind::glass);
  if (planned) weights.emplace_back(Kind::glass, !glass_ ? 1 : broken ? 3 : 30);
  if (planned) weights.emplace_back(Kind::review, broken ? 90 : 1);
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
    case Kind::catalog:
    case Kind::proposal:
    case Kind::admin_approve:
    case Kind::admin_reject:
    case Kind::admin_withdraw: return one_of(admins());
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
      if (kind == Kind::tier_check && chance(30)) return "robot";
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

void Maker::next(std::optional<Kind> kind) {
  tick();
  run_ = glass_ && chance(35) ? 2 : 1;
  const auto record = chance(60) ? Kind::exported : Kind::tier_check;
  if (!kind && returns_ && chance(was_taken() ? 40 : 6)) kind = admins_ && was_taken() ? choose_of_admins() : Kind::root;
  auto action = blank(kind ? *kind : chance(4) ? record : admins_ && chance(40) ? choose_of_admins() : choose());
  auto& entry = action.entry;
  if (entry.kind == Kind::exported)
    entry.what = last(run_, Kind::claim) && chance(60)
                     ? "output"
                     : one_of(std::array<std::string, 4>{"output", "runs", "subject-report", "ledger-export"});
  const bool apart = entry.kind == Kind::tier_check || (entry.kind == Kind::exported && entry.what != "output" && !chance(2)) || entry.kind == Kind::root || entry.kind == Kind::catalog || names_proposal(entry.kind) ||
                     entry.kind == Kind::proposal || (entry.kind == Kind::delegation && !chance(1)) || (entry.kind == Kind::unknown && chance(50));
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
  const auto most = 9 + below(glass_ ? 28 : 22) + (admins_ ? 9 : 0);
  while (history_.size() < most) next();
  return std::move(history_);
}

History random_history(std::uint64_t seed) { return Maker(seed).make(); }

}  // namespace blc::testing::model
