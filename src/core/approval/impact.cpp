#include "core/approval/impact.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace blc::approval {

namespace {

// One catalog's rules for one run.
class Rules {
 public:
  Rules(const trust::Catalog& catalog, const Run& run, const verb::Verb& verb)
      : policy_(catalog.policy()), run_(run), verb_{verb.name, verb.classification, verb.marks},
        rule_(policy_.rule(verb.classification, run.environment, verb.name)) {}

  [[nodiscard]] const std::vector<policy::Slot>& slots() const { return rule_.slots; }
  [[nodiscard]] bool allows(const trust::Principal& who, Lost::Act act) const {
    const bool asked = who.name == run_.request->by;
    switch (act) {
      case Lost::Act::ask: return has(who, policy::Right::plan);
      case Lost::Act::sign:
        return has(who, policy::Right::approve) && (!asked || rule_.requester_may_sign) &&
               std::ranges::any_of(rule_.slots, [&](const auto& slot) { return fits(slot, who.roles); });
      case Lost::Act::order:
        return has(who, policy::Right::execute) && (!asked || rule_.requester_may_execute) &&
               (rule_.approver_may_execute || !has_signed(run_, who.name));
    }
    return false;
  }

 private:
  [[nodiscard]] bool has(const trust::Principal& who, policy::Right right) const {
    return policy_.allows(who.roles, who.kind == trust::PrincipalKind::person, run_.environment, right, verb_);
  }

  const policy::Policy& policy_;
  const Run& run_;
  policy::VerbTraits verb_;
  const policy::ApprovalRule& rule_;
};

bool ordered(const Run& run, std::string_view person) {
  return std::ranges::any_of(run.orders, [&](const auto& order) { return order.by == person && !order.withdrawn; });
}

// What people did for the run and, while it waits, could still sign.
std::vector<Lost> lost(const Run& run, const Rules& before, const Rules& after, const trust::Root& root) {
  std::vector<Lost> found;
  for (const auto& principal : root.principals()) {
    const auto compare = [&](Lost::Act act) {
      if (before.allows(principal, act) && !after.allows(principal, act)) found.push_back({act, principal.name});
    };
    if (principal.name == run.request->by) compare(Lost::Act::ask);
    if (!run.claim || has_signed(run, principal.name)) compare(Lost::Act::sign);
    if (ordered(run, principal.name) || (!run.claim && principal.name == run.request->by)) compare(Lost::Act::order);
  }
  return found;
}

std::optional<Impact> impact_on(const Run& run, const trust::Catalog& current, const trust::Catalog& next, const trust::Root& root) {
  using enum Impact::Needs;
  const auto& name = run.request->request.verb;
  Impact found{others, run.id, name, run.environment, run.claim.has_value(), run.request->by, run.request->at, {}, {}};
  const auto* const old_verb = current.find_verb(name);
  const auto* const new_verb = next.find_verb(name);
  if (new_verb == nullptr) {
    found.needs = no_such_verb;
    if (old_verb == nullptr) return std::nullopt;
    found.before = Rules(current, run, *old_verb).slots();
    return found;
  }
  const Rules after(next, run, *new_verb);
  found.after = after.slots();
  if (old_verb != nullptr) {
    const Rules before(current, run, *old_verb);
    found.before = before.slots();
    found.lost = lost(run, before, after, root);
  }
  if (found.before == found.after && found.lost.empty()) return std::nullopt;
  if (found.after.size() != found.before.size()) found.needs = found.after.size() > found.before.size() ? more : fewer;
  return found;
}

}  // namespace

std::vector<Impact> impact(const Replay& replay, const trust::Catalog& next, Timestamp now) {
  std::vector<Impact> found;
  const auto& current = *replay.catalog();
  std::size_t executed = 0;
  const auto take = [&](const Run& run) {
    if (run.environment == Environment::local) return;
    executed += run.claim ? 1U : 0U;
    if (auto on = impact_on(run, current, next, *replay.trust().root_at(replay.size()))) found.push_back(*std::move(on));
  };
  // Those that were cut off have not ended.
  replay.each_run({.live_at = now}, [&](const Run& run) {
    take(run);
    return true;
  });
  replay.each_run({.ends = {ports::RunEnd::succeeded, ports::RunEnd::failed, ports::RunEnd::closed}}, [&](const Run& run) {
    if (executed >= kReplayedRuns) return false;
    take(run);
    return true;
  });
  return found;
}

}  // namespace blc::approval
