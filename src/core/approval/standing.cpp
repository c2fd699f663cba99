#include "core/approval/standing.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

namespace blc::approval {

namespace {

// Who signs with that key, as enrolled when the plan was made and as enrolled now; nullptr where they are not.
struct Signer {
  const trust::Principal* then = nullptr;
  const trust::Principal* now = nullptr;
};
Signer signer(const Context& context, std::string_view name, const crypto::PublicKey& key) {
  const auto* const then = context.trust.root_at(context.run.plan->leaf);
  const auto* const now = context.trust.root_at(context.size);
  Signer found{holder(then, name, key)};
  found.now = now == then ? found.then : holder(now, name, key);
  return found;
}

// Whose word a signature is: the signer's own, or in a lent role the lender's. Nobody's counts twice.
using SpokenFor = std::set<std::string>;

// What a signature by this person would count as beside those taken.
Candidate candidate_of(const Context& context, const std::string& name, const crypto::PublicKey& key, Presence shown, const SpokenFor& taken) {
  Candidate candidate{name, key, {}, shown};
  // Enrolled with that key, and in those roles, since before the plan was made and ever since.
  auto held = context.trust.roles_throughout(name, key, context.run.plan->leaf, context.size);
  if (!held) return candidate;
  if (may(context.trust, context.size, context.run, name, key, policy::Right::approve)) candidate.roles = *std::move(held);
  for (auto& loan : loans(context, name)) {
    const bool own = std::ranges::find(candidate.roles, loan.role) != candidate.roles.end();
    if (own || taken.contains(loan.from)) continue;
    candidate.roles.push_back(loan.role);
    candidate.lent.push_back(std::move(loan));
  }
  return candidate;
}

void take(SpokenFor& taken, const Candidate& candidate) {
  taken.insert(candidate.person);
  for (const auto& loan : candidate.lent) taken.insert(loan.from);
}

// Vouched for by its maker when the plan was made, and still.
bool is_attested(const Context& context, std::string_view name, const crypto::PublicKey& key) {
  if (!key.hardware()) return false;
  const auto [then, now] = signer(context, name, key);
  return then != nullptr && now != nullptr && then->attestation(key) != nullptr && now->attestation(key) != nullptr;
}

// Those of people who saw what the rule wants to have been seen.
std::vector<Candidate> candidates_of(const Context& context, const policy::ApprovalRule& rule, const std::vector<Standing>& signatures) {
  std::vector<Candidate> candidates;
  for (const auto& signature : signatures) {
    if (rule.seen_revealed && !saw_sealed(context.run, signature.candidate.person, signature.leaf)) continue;
    candidates.push_back(signature.candidate);
  }
  return candidates;
}

// Whether one more signature fills the slot: by itself, or because others move over to where they fit as well.
bool would_fill(const policy::ApprovalRule& rule, std::size_t slot, std::vector<Candidate> candidates,
                Candidate one_more) {
  if (fits(rule.slots[slot], one_more.roles) && shows(rule.slots[slot], one_more.shown)) return true;
  candidates.push_back(std::move(one_more));
  return match(rule.slots, candidates)[slot].has_value();
}

// Who could fill an open slot, and with which of their keys: enrolled with a fitting role since before the plan,
// not the requester, not yet among the signers.
void find_open(const Context& context, const policy::ApprovalRule& rule, std::size_t slot,
               const std::vector<Candidate>& candidates, const std::vector<std::string>& signers, SlotStatus& status) {
  SpokenFor taken;
  for (const auto& candidate : candidates) take(taken, candidate);
  for (const auto& principal : context.trust.root_at(context.size)->principals()) {
    if (principal.name == context.run.request->by && !rule.requester_may_sign) continue;
    if (std::ranges::find(signers, principal.name) != signers.end()) continue;
    bool could = false;
    for (const auto& key : principal.keys) {
      const auto best = at_best(key, is_attested(context, principal.name, key));
      auto candidate = candidate_of(context, principal.name, key, best, taken);
      const auto lender = in_place_of(rule.slots[slot], candidate);
      if (candidate.roles.empty() || !would_fill(rule, slot, candidates, std::move(candidate))) continue;
      if (!lender.empty()) status.open_in_place_of.insert_or_assign(principal.name, lender);
      status.open_keys.push_back(key);
      could = true;
    }
    if (could) status.open_to.push_back(principal.name);
  }
}

// Somebody's signature with the first of their keys that may fill an open slot.
std::optional<Candidate> with_an_open_key(const Context& context, const SlotStatus& open, const std::string& name, const SpokenFor& taken) {
  for (const auto& key : context.trust.root_at(context.size)->find(name)->keys) {
    if (std::ranges::find(open.open_keys, key) != open.open_keys.end())
      return candidate_of(context, name, key, at_best(key, is_attested(context, name, key)), taken);
  }
  return std::nullopt;
}

// How many slots would be filled if everybody who could signed. A slot that as many people fit as there are slots is
// filled whoever fills the others: nobody looks further, which would cost the square of a thousand people.
std::size_t reachable(const Context& context, const policy::ApprovalRule& rule, std::vector<Candidate> candidates,
                      const std::vector<SlotStatus>& slots) {
  SpokenFor taken;
  for (const auto& candidate : candidates) take(taken, candidate);
  for (const auto& status : slots) {
    const auto fitting = [&](const auto& candidate) { return fits(status.slot, candidate.roles) && shows(status.slot, candidate.shown); };
    auto enough = std::ranges::count_if(candidates, fitting);
    for (const auto& name : status.open_to) {
      if (std::cmp_greater_equal(enough, slots.size())) break;
      if (std::ranges::find(candidates, name, &Candidate::person) != candidates.end()) continue;
      auto candidate = with_an_open_key(context, status, name, taken);
      if (!candidate) continue;
      take(taken, *candidate);
      enough += fitting(*candidate) ? 1 : 0;
      candidates.push_back(*std::move(candidate));
    }
  }
  return static_cast<std::size_t>(std::ranges::count_if(match(rule.slots, candidates), [](const auto& by) { return by.has_value(); }));
}

}  // namespace

const trust::Principal* holder(const trust::Root* root, std::string_view name, const crypto::PublicKey& key) {
  const auto* const principal = root == nullptr ? nullptr : root->find(name);
  return principal != nullptr && principal->holds(key) ? principal : nullptr;
}

policy::VerbTraits traits(const Run& run) {
  return {run.plan->verb->name, run.plan->verb->classification, run.plan->verb->marks};
}

std::vector<Standing> standing(const Context& context) {
  struct Signed {
    const ApprovalFact* last;
    Timestamp since;
  };
  std::map<std::string, Signed> latest;
  std::vector<std::string> order;
  for (const auto& approval : context.run.approvals) {
    if (approval.leaf >= context.size) continue;
    // Taking back counts whatever its clock said; only what would let a run through must be in time.
    if (approval.act == Act::withdraw) latest.erase(approval.by);
    if (approval.act == Act::approve && approval.at <= context.now + kSkew) {
      const auto [place, first] = latest.try_emplace(approval.by, Signed{&approval, approval.at});
      if (first) order.push_back(approval.by);
      place->second = {&approval, std::min(place->second.since, approval.at)};
    }
  }
  std::vector<Standing> result;
  // Whoever signs themselves lends nothing for this run beside it.
  SpokenFor taken;
  for (const auto& [person, entry] : latest) taken.insert(person);
  for (const auto& person : order) {
    const auto found = latest.find(person);
    if (found == latest.end()) continue;
    const auto& approval = *found->second.last;
    const Presence shown{approval.touched, approval.pin, is_attested(context, person, approval.key)};
    auto candidate = candidate_of(context, person, approval.key, shown, taken);
    take(taken, candidate);
    if (!candidate.roles.empty()) result.push_back({std::move(candidate), found->second.since, approval.leaf});
    latest.erase(found);
  }
  return result;
}

void fill_slots(const Context& context, const policy::ApprovalRule& rule, const std::vector<Standing>& signatures,
                Decision& decision) {
  const auto candidates = eligible(rule, context.run.request->by, candidates_of(context, rule, signatures));
  const auto filled = match(rule.slots, candidates);
  decision.slots.clear();
  decision.given = 0;
  std::vector<std::string> in_slots;
  for (const auto& index : filled) {
    if (index) in_slots.push_back(candidates[*index].person);
  }
  for (std::size_t slot = 0; slot < rule.slots.size(); ++slot) {
    SlotStatus status{rule.slots[slot]};
    if (filled[slot]) {
      ++decision.given;
      const auto& candidate = candidates[*filled[slot]];
      status.by = candidate.person;
      status.in_place_of = in_place_of(rule.slots[slot], candidate);
      status.hardware_key = candidate.key.hardware();
      status.shown = candidate.shown;
      status.at = std::ranges::find(signatures, *status.by, [](const auto& s) { return s.candidate.person; })->at;
    } else {
      find_open(context, rule, slot, candidates, in_slots, status);
    }
    decision.slots.push_back(std::move(status));
  }
  decision.reachable = decision.given == decision.slots.size() ? decision.given : reachable(context, rule, candidates, decision.slots);
}

std::vector<Loan> loans(const Context& context, std::string_view name) {
  const auto& run = context.run;
  std::vector<Loan> found;
  if (name == run.request->by) return found;
  const auto lent_to_them = context.trust.lent_to(name, context.size, context.now);
  if (lent_to_them.empty()) return found;
  const auto* const catalog = context.trust.catalog_at(context.size);
  const auto verb = traits(run);
  for (const auto* const lent : lent_to_them) {
    if (lent->leaf >= run.plan->leaf || lent->from == run.request->by || lent->at > context.now + kSkew || !lent->covers(verb.name)) continue;
    const auto allows = [&](const policy::Policy& policy) { return policy.allows({lent->role}, true, run.environment, policy::Right::approve, verb); };
    if (!allows(*run.plan->frozen_policy) || (run.environment != Environment::local && !allows(catalog->policy()))) continue;
    found.push_back({lent->role, lent->from});
  }
  return found;
}

bool saw_sealed(const Run& run, std::string_view person, std::uint64_t before) {
  const bool sealed = run.plan->plan->sealed.size() > 1;  // beside the run's key
  return !sealed || std::ranges::any_of(run.reveals, [&](const auto& reveal) {
    return reveal.by == person && reveal.leaf > run.plan->leaf && reveal.leaf < before;
  });
}

}  // namespace blc::approval
