#include <algorithm>

#include "support/model_maker.hpp"

// What admins do, where more than one of them must sign.
namespace blc::testing::model {

using Fault = Action::Fault;

std::vector<std::string> Maker::admins() {
  std::vector<std::string> found;
  for (const auto& one : roster().principals) {
    if (one.roles.contains("admin") || (one.roles.contains("recovery") && chance(40))) found.push_back(one.name);
  }
  return found;
}

// An open proposal, and now and then one that is over or never was.
void Maker::pick_proposal() {
  const auto& ledger = teller_.ledger();
  const auto open = ledger.open_proposals();
  std::vector<int> all;
  for (const auto& earlier : history_) {
    if (earlier.entry.kind == Kind::proposal) all.push_back(earlier.entry.hash);
  }
  target_ = open.empty() ? 0 : ledger.entry(chance(75) ? open.back() : one_of(open)).hash;
  if (!all.empty() && (open.empty() || chance(4))) target_ = one_of(all);
  if (all.empty() || chance(1)) target_ = 1;
}

Kind Maker::choose_of_admins() {
  pick_proposal();
  const auto& ledger = teller_.ledger();
  const auto open = ledger.open_proposals();
  const auto found = std::ranges::find(open, target_, [&](auto i) { return ledger.entry(i).hash; });
  if (found == open.end()) {
    if (!chance(12)) return Kind::proposal;
    return one_of(std::array{Kind::admin_approve, Kind::admin_reject, Kind::admin_withdraw, Kind::accept, Kind::root});
  }
  const auto adopting = ledger.entry(*found).of_root ? Kind::root : Kind::catalog;
  if (chance(4)) return chance(50) ? Kind::root : Kind::catalog;
  if (chance(5)) return Kind::admin_reject;
  if (chance(8)) return Kind::admin_withdraw;
  if (chance(8)) return Kind::proposal;
  if (ledger.weigh(*found, ledger.size(), clock_) == Ledger::Weight::complete) return chance(80) ? adopting : Kind::admin_approve;
  if (chance(6)) return adopting;
  const auto missing = ledger.missing_acceptances(*found, clock_);
  return chance(missing.empty() ? 5 : 60) ? Kind::accept : Kind::admin_approve;
}

// Another threshold, another admin, an admin's new key; the same root again; or any change.
Roster Maker::proposed_roster() {
  auto next = roster();
  // An admin's role is given back by a proposal, which they accept.
  if (returns_ && was_taken() && chance(80)) {
    next.principals = teller_.ledger().roster(last_root())->principals;
    return next;
  }
  do {
    next = roster();
    const auto who = below(next.principals.size());
    auto& one = next.principals[who];
    const auto draw = below(100);
    if (draw < 32 || (draw < 58 && next.admin_threshold == 1)) {
      next.admin_threshold = 1 + below(chance(20) ? 3 : 2);
    } else if (draw < 50) {
      if (one.person) one.roles.insert("admin");
    } else if (draw < 62) {
      one.keys.insert(next_key_++);
    } else if (draw < 74) {
      one.roles.erase("admin");
    } else if (draw < 90) {
      next = changed_roster();
    }
  } while (!valid(next));
  return next;
}

void Maker::fill_proposal(Action& action) {
  auto& entry = action.entry;
  entry.of_root = chance(!returns_ ? 60 : was_taken() ? 80 : 25);
  entry.deadline = entry.at + (chance(70) ? std::chrono::hours{24} : std::chrono::minutes{5 + below(60)});
  if (chance(4)) entry.deadline = entry.at + std::chrono::days{30} + 2min + Milliseconds{below(2)};
  if (entry.of_root) {
    entry.roster = proposed_roster();
    return;
  }
  const auto& catalog = *teller_.ledger().catalog(teller_.ledger().size());
  entry.clinical = glass_;
  entry.policy = chance(50) ? some_policy() : catalog.policy;
  entry.verb_text = chance(80) ? catalog.verb_text : static_cast<int>(below(4));
}

// A root or catalog that cites a proposal, as a rule by an admin, now and then by who becomes one with it.
void Maker::fill_adopting(Action& action) {
  if (target_ == 0) pick_proposal();
  action.adopts = target_;
  const auto& ledger = teller_.ledger();
  action.entry.roster = roster();
  action.entry.policy = ledger.catalog(ledger.size())->policy;
  action.entry.verb_text = ledger.catalog(ledger.size())->verb_text;
  if (action.entry.kind == Kind::root && chance(35)) {
    sign_acceptance(action);
    action.entry.proposal.reset();
  }
  if (chance(8)) action.fault = one_of(std::array{Fault::signature_missing, Fault::signature_extra, Fault::other_body});
}

// With a key that the proposal makes an admin's.
void Maker::sign_acceptance(Action& action) {
  auto& entry = action.entry;
  entry.proposal = target_;
  std::vector<Ledger::AdminKey> keys;
  std::vector<Ledger::AdminKey> fresh;  // of whom they make an admin
  const auto is_admin = [&](const std::string& name, int key) {
    const auto& list = roster().principals;
    const auto found = std::ranges::find(list, name, &Principal::name);
    return found != list.end() && found->roles.contains("admin") && found->keys.contains(key);
  };
  for (const auto& earlier : history_) {
    if (earlier.entry.kind != Kind::proposal || earlier.entry.hash != target_) continue;
    for (const auto& one : earlier.entry.roster.principals) {
      const bool changes = one.roles.contains("admin") || one.roles.contains("recovery");
      for (const int key : one.keys) {
        if (changes) keys.push_back({one.name, key});
        if (changes && !is_admin(one.name, key)) fresh.push_back({one.name, key});
      }
    }
  }
  if (!fresh.empty() && chance(80)) keys = fresh;
  const auto& ledger = teller_.ledger();
  for (const auto i : ledger.open_proposals()) {
    if (ledger.entry(i).hash != target_ || chance(15)) continue;
    const auto missing = ledger.missing_acceptances(i, clock_);
    if (!missing.empty()) keys.assign(missing.begin(), missing.end());
  }
  if (keys.empty() || chance(4)) return;
  const auto& key = one_of(keys);
  entry.by = key.name;
  entry.key = key.key;
}

}  // namespace blc::testing::model
