#include "core/approval/gate.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/approval/standing.hpp"
#include "core/plan/drift.hpp"

namespace blc::approval {

namespace {

// The environment whose row of the approvals table applies: a rehearsal in local takes production's.
Environment row(const Run& run) {
  return run.plan->plan->resolution.rehearsal ? Environment::production : run.environment;
}

// The rule frozen into the plan, and outside local the one of the catalog in force.
std::vector<policy::ApprovalRule> rules(const Context& context) {
  const auto& run = context.run;
  std::vector<policy::ApprovalRule> all{run.plan->plan->resolution.rule};
  if (run.environment != Environment::local) {
    const auto* const catalog = context.trust.catalog_at(context.size);
    all.push_back(catalog->policy().rule(run.classification, row(run), run.plan->verb->name));
  }
  return all;
}

// Whether the catalog in force says something else than the texts that the plan was made by.
bool outdated(const Context& context) {
  const auto* const catalog = context.run.environment == Environment::local ? nullptr : context.trust.catalog_at(context.size);
  return catalog != nullptr && !plan::changed_texts(context.run.plan->plan->resolution.governing, *catalog).empty();
}

// The break-glass of the run where it holds: by somebody who still may, and for as long as every rule says.
const GlassFact* standing_glass(const Context& context, const std::vector<policy::ApprovalRule>& asked) {
  const auto& glass = context.run.glass;
  if (!glass || glass->leaf >= context.size || glass->at > context.now + kSkew) return nullptr;
  const bool lasts = std::ranges::all_of(asked, [&](const auto& rule) {
    return rule.break_glass && context.now <= glass->at + rule.break_glass->lasts;
  });
  return lasts && !glass_bar(context, glass->by, glass->key) ? &*glass : nullptr;
}

Timestamp deadline_of(const Context& context, const std::vector<policy::ApprovalRule>& asked,
                      const std::vector<Standing>& signatures) {
  auto first = context.run.plan->at;
  for (const auto& signature : signatures) first = std::min(first, signature.at);
  auto deadline = context.run.plan->plan->deadline;
  for (const auto& rule : asked) deadline = std::min(deadline, first + rule.deadline);
  return deadline;
}

Decision& no(Decision& decision, Exit code, std::string why, std::string hint = {}) {
  decision.yes = false;
  decision.code = code;
  decision.why = std::move(why);
  decision.hint = std::move(hint);
  return decision;
}

// Ends that hold whatever the signatures say; nullopt when the run is still open.
std::optional<Error> ended(const Context& context) {
  const auto& run = context.run;
  if (run.unreadable && *run.unreadable < context.size)
    return Error{Exit::refused,
                 fmt::format("entry {} belongs to this run and is of a kind this blc does not know", *run.unreadable),
                 "use a newer blc"};
  if (!run.request || run.request->leaf >= context.size) return Error{Exit::usage, "there is no such run", {}};
  if (run.cancel && run.cancel->leaf < context.size)
    return Error{Exit::ended, fmt::format("{} cancelled this run", run.cancel->by), "plan it again"};
  if (run.rejection && run.rejection->leaf < context.size)
    return Error{Exit::ended, fmt::format("{} rejected this run", run.rejection->by), "blc show tells why"};
  if (!run.plan || run.plan->leaf >= context.size)
    return Error{Exit::approvals_missing, "this run has no plan yet", "plan the verb again"};
  return std::nullopt;
}

// Reasons of policy, outside the signatures.
std::optional<Error> barred(const Context& context) {
  const auto& run = context.run;
  if (auto error = context.trust.unserved(run.environment, context.size, context.now)) return error;
  if (!may(context.trust, context.size, run, run.request->by, run.request->key, policy::Right::plan))
    return Error{Exit::refused, fmt::format("{}, who asked for it, no longer holds that key or right", run.request->by),
                 "somebody who holds the right must plan it again"};
  if (run.environment != Environment::local) {
    const auto* const catalog = context.trust.catalog_at(context.size);
    const auto& governing = run.plan->plan->resolution.governing;
    if (catalog->text(governing.verb_path) != governing.verb_text)
      return Error{Exit::drift, fmt::format("{} has changed in the adopted catalog since this was planned",
                                            governing.verb_path),
                   "plan it again: " + plans_again(run)};
    if (const auto admitted = catalog->data_classes().admit(*run.plan->verb, run.environment); !admitted) return admitted.error();
  }
  for (const auto& reliance : run.plan->plan->resolution.relies_on) {
    if (reliance.until && *reliance.until <= context.now)
      return Error{Exit::refused, fmt::format("{}: what the plan relies on ({}, version {}) ended {}", privacy::words_for(reliance.need),
                                              reliance.id, reliance.version, blc::to_string(*reliance.until)),
                   run.claim ? "look at the world, then: blc close " + run.id.suffix()
                             : "nothing has been done; once there is a new one on file, plan it again: " + plans_again(run)};
  }
  for (const auto& rule : rules(context)) {
    const auto shown = run.plan->plan->resolution.fidelity;
    if (!policy::shows_enough(rule, shown))
      return Error{Exit::refused,
                   fmt::format("{} asks for plans that show what will happen ({}); {} shows {}", rule.source, to_string(policy::least_fidelity(rule)),
                               run.plan->verb->name, shown == Fidelity::none ? "nothing" : "an " + std::string(to_string(shown))),
                   "the verb needs a preview: man blc-verb"};
  }
  if (!context.unmet.empty()) return Error{Exit::refused, context.unmet, {}};
  return std::nullopt;
}

// A promotion that was begun is gone on with; none is begun.
std::optional<Error> kept_by_reviews(const Context& context) {
  if (!waits_for_reviews(context.run) || context.overdue.empty()) return std::nullopt;
  const auto& overdue = context.overdue.front();
  return Error{Exit::refused,
               fmt::format("nothing is promoted to production while a review is overdue: {} broke the glass of run {}, and others were "
                           "to look at it by {}",
                           overdue.by, overdue.run.suffix(), blc::to_string(overdue.due)),
               "others than they type: blc review " + overdue.run.suffix()};
}

bool withdrew_since(const Context& context, const std::string& person, std::uint64_t from) {
  return std::ranges::any_of(context.run.approvals, [&](const auto& approval) {
    return approval.act == Act::withdraw && approval.by == person && approval.leaf >= from &&
           approval.leaf < context.size;
  });
}

}  // namespace

std::optional<Error> delegation_bar(const trust::History& trust, const trust::Delegation& delegation, std::uint64_t size,
                                    std::string_view name, const crypto::PublicKey& key) {
  constexpr std::size_t kMostPatterns = 16;
  const auto* const root = trust.root_at(size);
  const auto* const from = holder(root, name, key);
  if (from == nullptr || from->kind != trust::PrincipalKind::person) return Error{Exit::refused, "only people lend a role", {}};
  if (!trust::may_be_lent(delegation.role))
    return Error{Exit::refused, fmt::format("the role {} is lent to nobody", delegation.role), "an admin gives it: blc trust set-role"};
  if (!delegation.ends && !from->has_role(delegation.role))
    return Error{Exit::refused, fmt::format("{} does not hold the role {} themselves; what was lent is not lent on", name, delegation.role), "blc whoami lists your roles"};
  if (delegation.to == name) return Error{Exit::refused, "nobody lends to themselves", {}};
  const auto* const to = root->find(delegation.to);
  if (!delegation.ends && (to == nullptr || to->kind != trust::PrincipalKind::person))
    return Error{Exit::refused, "only people who are enrolled are lent a role", "blc trust show lists them"};
  if (delegation.verbs.size() > kMostPatterns || !std::ranges::all_of(delegation.verbs, policy::is_pattern))
    return Error{Exit::refused, fmt::format("at most {} patterns of verbs' names, such as client-*", kMostPatterns), "blc verbs lists them"};
  return std::nullopt;
}

bool waits_for_reviews(const Run& run) {
  if (run.environment != Environment::production || !run.plan || run.request->request.rolls_back) return false;
  const auto& verb = *run.plan->verb;
  return verb.migrates || std::ranges::find(verb.marks, policy::kDeploymentMark) != verb.marks.end();
}

std::optional<Error> glass_bar(const Context& context, std::string_view name, const crypto::PublicKey& key) {
  const auto& run = context.run;
  if (run.classification != Classification::clinical)
    return Error{Exit::refused, fmt::format("break-glass is for clinical verbs; {} is {}", run.plan->verb->name, to_string(run.classification)), {}};
  if (!run.request->request.subject)
    return Error{Exit::refused, fmt::format("{} names nobody whom it is about, and break-glass is for somebody's sake", run.plan->verb->name), {}};
  for (const auto& rule : rules(context)) {
    if (!rule.break_glass)
      return Error{Exit::refused, fmt::format("{} has no break-glass", rule.source), "its signatures are needed: blc explain " + run.id.suffix()};
  }
  const auto* const principal = holder(context.trust.root_at(context.size), name, key);
  if (principal == nullptr || principal->kind != trust::PrincipalKind::person || !may(context.trust, context.size, run, name, key, policy::Right::break_glass))
    return Error{Exit::refused, fmt::format("{} is not enrolled for break-glass", name),
                 fmt::format("{} says which role is; an admin gives it: blc trust set-role", policy::Policy::kAccessPath)};
  if (!may(context.trust, context.size, run, name, key, policy::Right::execute))
    return Error{Exit::refused, fmt::format("{} holds no right to run this", name), {}};
  const auto own = std::ranges::find_if(context.overdue, [&](const auto& overdue) { return overdue.by == name && overdue.run != run.id; });
  if (own != context.overdue.end())
    return Error{Exit::refused,
                 fmt::format("a review of {}'s last break-glass (run {}) is overdue since {}", name, own->run.suffix(), blc::to_string(own->due)),
                 "two others look at it first: blc review " + own->run.suffix()};
  return std::nullopt;
}

std::optional<Error> review_bar(const Context& context, std::string_view name, const crypto::PublicKey& key) {
  const auto& run = context.run;
  if (name == run.glass->by) return Error{Exit::refused, "whoever broke the glass does not review it", "two others do: blc review " + run.id.suffix()};
  if (name == run.request->by) return Error{Exit::refused, "whoever asked for the run does not review how it came to run", "others do: blc review " + run.id.suffix()};
  for (const auto right : {policy::Right::approve, policy::Right::audit}) {
    if (may(context.trust, context.size, run, name, key, right)) return std::nullopt;
  }
  return Error{Exit::refused, fmt::format("{} may neither approve nor audit this run, and so has no say in its review", name),
               fmt::format("{} says which role may", policy::Policy::kAccessPath)};
}

bool may(const trust::History& trust, std::uint64_t size, const Run& run, std::string_view name,
         const crypto::PublicKey& key, policy::Right right) {
  const auto* const principal = holder(trust.root_at(size), name, key);
  return principal != nullptr && may(trust, size, run, *principal, right);
}

bool may(const trust::History& trust, std::uint64_t size, const Run& run, const trust::Principal& principal, policy::Right right) {
  if (!run.plan) return false;
  const bool person = principal.kind == trust::PrincipalKind::person;
  if (!person && !principal.has_role(trust::kCiRole)) return false;
  const auto verb = traits(run);
  if (!run.plan->frozen_policy->allows(principal.roles, person, run.environment, right, verb)) return false;
  if (run.environment == Environment::local) return true;
  const auto* const catalog = trust.catalog_at(size);
  return catalog != nullptr && catalog->policy().allows(principal.roles, person, run.environment, right, verb);
}

std::optional<Error> order_bar(const Context& context, std::string_view name) {
  const auto& run = context.run;
  const auto* const glass = standing_glass(context, rules(context));
  if (glass != nullptr && glass->by != name)
    return Error{Exit::refused, fmt::format("{} broke the glass of this run, and only they can run it while it is broken", glass->by),
                 fmt::format("{} types: blc execute {}", glass->by, run.id.suffix())};
  const bool signer = std::ranges::any_of(run.approvals, [&](const auto& approval) {
    return approval.act == Act::approve && approval.by == name && approval.leaf < context.size;
  });
  for (const auto& rule : rules(context)) {
    if (run.request->by == name && !rule.requester_may_execute)
      return Error{Exit::refused, fmt::format("{} asked for this run, and {} has somebody else run it", name, rule.source), "somebody else types: blc execute " + run.id.suffix()};
    if (signer && !rule.approver_may_execute)
      return Error{Exit::refused, fmt::format("{} signed this run, and {} has somebody run it who did not", name, rule.source), "somebody else types: blc execute " + run.id.suffix()};
  }
  return std::nullopt;
}

std::optional<Error> start_bar(const Context& context, Timestamp time) {
  for (const auto& rule : rules(context)) {
    const auto why = policy::shut(rule.calendar, time);
    if (!why) continue;
    // By a policy that has changed since, it would drift whenever it is started.
    if (outdated(context)) return Error{Exit::refused, fmt::format("{} ({})", *why, rule.source), "the policy has changed since it was planned; plan it again: " + plans_again(context.run)};
    const auto open = policy::opens(rule.calendar, time);
    return Error{Exit::refused, fmt::format("{} ({})", *why, rule.source),
                 open ? fmt::format("blc execute {} --at {}", context.run.id.suffix(), blc::to_string(*open)) : "plan it again when it may run"};
  }
  return std::nullopt;
}

std::string missing_text(const Decision& decision) {
  return signatures_given(decision.given, decision.slots.size());
}

Decision decide(const Context& context) {
  Decision decision;
  const auto over = ended(context);
  if (over && (!context.run.plan || context.run.plan->leaf >= context.size))
    return no(decision, over->code, over->message, over->hint);
  const auto signatures = standing(context);
  for (const auto& signature : signatures) decision.signers.push_back(signature.candidate.person);
  decision.source = context.run.plan->plan->resolution.rule.source;
  auto asked = rules(context);
  decision.deadline = deadline_of(context, asked, signatures);
  decision.glass = standing_glass(context, asked);
  if (decision.glass != nullptr) {
    decision.glass_until = decision.deadline;
    for (auto& rule : asked) {
      decision.glass_until = std::min(decision.glass_until, decision.glass->at + rule.break_glass->lasts);
      rule.slots = policy::slots_kept(rule);
    }
  }
  fill_slots(context, asked.front(), signatures, decision);
  if (over) return no(decision, over->code, over->message, over->hint);
  if (context.now > decision.deadline)
    return no(decision, Exit::ended, "this run expired " + blc::to_string(decision.deadline), "plan it again");
  for (const auto& error : {barred(context), kept_by_reviews(context)}) {
    if (error) return no(decision, error->code, error->message, error->hint);
  }
  if (decision.given < decision.slots.size()) return no(decision, Exit::approvals_missing, missing_text(decision));
  for (const auto& rule : asked) {
    Decision other;
    fill_slots(context, rule, signatures, other);
    if (other.given == other.slots.size()) continue;
    decision.slots = std::move(other.slots);
    decision.given = other.given;
    decision.reachable = other.reachable;
    decision.source = rule.source;
    return no(decision, Exit::approvals_missing,
              fmt::format("the policy in force now ({}) asks for more: {}", rule.source, missing_text(decision)));
  }
  decision.yes = true;
  decision.code = Exit::done;
  return decision;
}

std::optional<Error> order_fault(const Context& context, const OrderFact& order) {
  if (order.withdrawn) return Error{Exit::approvals_missing, "the order was taken back", {}};
  // A person's last word counts: who puts the run off does not leave an order standing that starts it now.
  const auto newer = std::ranges::find_if(context.run.orders, [&](const auto& later) {
    return later.by == order.by && later.leaf > order.leaf && later.leaf < context.size;
  });
  if (newer != context.run.orders.end())
    return Error{Exit::approvals_missing,
                 order.by + (newer->withdrawn ? " took the order back" : " gave a newer order"), {}};
  if (order.at > context.now + kSkew) return Error{Exit::approvals_missing, "the order is dated in the future", {}};
  if (order.not_before && context.now < *order.not_before)
    return Error{Exit::approvals_missing,
                 fmt::format("{} ordered it for {}, which has not come", order.by, blc::to_string(*order.not_before)), {}};
  const Context at_head{context.trust, context.run, order.head.size, order.at, context.unmet};
  const auto before = decide(at_head);
  if (!before.yes)
    return Error{before.code, fmt::format("when {} ordered it, the gate did not say yes: {}", order.by, before.why), {}};
  for (const auto& person : before.signers) {
    if (withdrew_since(context, person, order.head.size))
      return Error{Exit::approvals_missing,
                   fmt::format("{} withdrew an approval that {}'s order relied on", person, order.by),
                   "order it again once it is approved"};
  }
  if (!may(context.trust, context.size, context.run, order.by, order.key, policy::Right::execute))
    return Error{Exit::refused, fmt::format("{} holds no right to run this", order.by), {}};
  return order_bar(context, order.by);
}

Result<ApprovedRun> admit(const Context& context) {
  const auto& run = context.run;
  if (run.claim && run.claim->leaf < context.size)
    return fail(Exit::refused, "this run has been started; a run starts once",
                fmt::format("blc show {} tells what became of it", run.id.suffix()));
  const auto decision = decide(context);
  if (!decision.yes) return fail(decision.code, decision.why, decision.hint);
  if (auto error = start_bar(context, context.now)) return std::unexpected(*std::move(error));
  std::optional<Error> newest;
  for (auto order = run.orders.rbegin(); order != run.orders.rend(); ++order) {
    if (order->leaf >= context.size || order->withdrawn || order->resume) continue;
    auto fault = order_fault(context, *order);
    if (!fault) return ApprovedRun(run.id, run.plan->digest, order->hash, context.size);
    if (!newest) newest = std::move(fault);
  }
  if (newest) return std::unexpected(*newest);
  return fail(Exit::approvals_missing, "nobody has ordered this run", "blc execute " + run.id.suffix());
}

Result<ApprovedRun> admit_resume(const Context& context) {
  const auto& run = context.run;
  if (auto over = ended(context)) return std::unexpected(*std::move(over));
  if (!run.claim || run.claim->leaf >= context.size) return fail(Exit::refused, "this run has not been started");
  const auto state = after_claim(run, context.now);
  if (state != State::indeterminate)
    return fail(Exit::refused, fmt::format("this run is {}; only an indeterminate one is resumed", to_string(state)),
                "blc show " + run.id.suffix());
  if (auto error = barred(context)) return std::unexpected(*std::move(error));
  for (auto order = run.orders.rbegin(); order != run.orders.rend(); ++order) {
    if (!order->resume || order->leaf >= context.size || order->at > context.now + kSkew) continue;
    // One the claimant has written after was taken up, or is about what was known before.
    if (order->leaf <= run.last_claimant_leaf) break;
    if (may(context.trust, context.size, run, order->by, order->key, policy::Right::execute))
      return ApprovedRun(run.id, run.plan->digest, order->hash, context.size);
  }
  return fail(Exit::approvals_missing, "nobody has ordered this run to be resumed", "blc resume " + run.id.suffix());
}

}  // namespace blc::approval
