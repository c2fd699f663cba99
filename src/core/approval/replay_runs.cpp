// How the entries of a run stand at their leaf (design "Life of a run").
#include <fmt/format.h>

#include <algorithm>

#include "core/approval/bodies.hpp"
#include "core/approval/governing.hpp"
#include "core/approval/replay_inside.hpp"

namespace blc::approval {

using ledger::Kind;

namespace {

Presence shown_by(const Entry& entry, const trust::Principal& then, const trust::Principal& at) {
  const auto& key = entry.signature.key;
  const bool attested = then.attestation(key) != nullptr && at.attestation(key) != nullptr;
  return {entry.signature.touched, entry.signature.pin, attested};
}

// A signer as one reader sees them: enrolled so there, with the roles of their own that they have held since before the
// plan, and with those that were lent to them.
struct SignerThere {
  const trust::Principal* principal;
  std::vector<std::string> own;
  std::vector<Loan> lent;
  bool entitled;  // to approve
};

bool fits_any(const policy::Slot& slot, const SignerThere& signer) {
  return fits(slot, signer.own) || std::ranges::any_of(signer.lent, [&](const auto& loan) { return fits(slot, {loan.role}); });
}

bool fits_any(const policy::ApprovalRule& rule, const SignerThere& signer) {
  return std::ranges::any_of(rule.slots, [&](const auto& slot) { return fits_any(slot, signer); });
}

// A slot that the signer's roles fit and whose demands on the key the signature does not meet; null when it meets
// those of one that they fit.
const policy::Slot* unmet_slot(const policy::ApprovalRule& rule, const Entry& entry, const trust::Principal& then, const SignerThere& signer) {
  const policy::Slot* unmet = nullptr;
  for (const auto& slot : rule.slots) {
    if (!fits_any(slot, signer)) continue;
    if (shows(slot, shown_by(entry, then, *signer.principal))) return nullptr;
    unmet = &slot;
  }
  return unmet;
}

Judgement key_fault(const policy::Slot& slot, const Entry& entry, const trust::Principal& then,
                    const trust::Principal& seen) {
  const auto shown = shown_by(entry, then, seen);
  const auto asked = fmt::format("{} asks for {}", slot.name, asked_of_key(slot));
  if (slot.attested && !shown.attested)
    return void_entry(fmt::format("{}, and the key of {} is not attested", asked, entry.header.by));
  return void_entry(fmt::format("{}, and {}'s signature shows {}", asked, entry.header.by, shown_words(shown)),
                    slot.hardware == policy::Hardware::pin
                        ? "a security key that always asks for its PIN: ssh-keygen -t ed25519-sk -O verify-required"
                        : "a security key made without -O no-touch-required");
}

}  // namespace

Judgement Replay::Inside::inspect_request(const Entry& entry, const LeafHash& leaf) const {
  const auto& header = entry.header;
  if (records.run(*header.run) != nullptr) return void_entry("this run ID is taken");
  auto request = plan::Request::from_json(entry.body);
  if (!request) return void_entry(request.error().message);
  const auto* const principal = holder(root_now(), entry);
  if (!is_person(principal) && !principal->has_role(trust::kCiRole))
    return void_entry("only people and CI ask for runs");
  if (request->rehearsal && header.environment != Environment::local)
    return void_entry("a rehearsal is for local only");
  if (auto fault = rollback_fault(entry, *request); !fault.empty()) return void_entry(std::move(fault));
  if (header.environment != Environment::local) {
    const auto* const catalog = trust.catalog_at(index());
    const auto* const verb = catalog == nullptr ? nullptr : catalog->find_verb(request->verb);
    if (verb == nullptr) return late("the verb is not in the adopted catalog");
    if (verb->classification != header.classification) return void_entry("its classification is not the verb's");
    if (!catalog->policy().allows(principal->roles, is_person(principal), *header.environment, policy::Right::plan,
                                  {verb->name, verb->classification, verb->marks}))
      return late(header.by + " holds no right to plan this");
  }
  return counts(RequestFact{fact(entry, leaf), *std::move(request)});
}

// Whether it succeeded is for the gate: that may change between request and claim.
std::string Replay::Inside::rollback_fault(const Entry& entry, const plan::Request& request) const {
  if (!request.rolls_back) return {};
  const auto* const undone = records.run(*request.rolls_back);
  if (undone == nullptr || !undone->request || !undone->plan) return "the run that it takes back has no plan before it";
  const auto& asked = undone->request->request;
  if (asked.rolls_back) return "a rollback is not taken back";
  const bool same = asked.verb == request.verb && asked.parameters == request.parameters && asked.subject == request.subject &&
                    undone->environment == entry.header.environment && undone->classification == entry.header.classification;
  if (!same) return "it asks for something else than the run that it takes back";
  if (asked.rehearsal && !request.rehearsal) return "it takes a rehearsal back without being one";
  return {};
}

Judgement Replay::Inside::inspect_plan(const Entry& entry, const LeafHash& leaf, const Run& run) const {
  if (run.plan) return late("the run has a plan");
  if (run.cancel) return late("the run was cancelled");
  const auto* const principal = holder(root_now(), entry);
  if (!principal->environments.contains(run.environment)) return void_entry("its signer is no executor there");
  auto parsed = plan::Plan::from_json(entry.body);
  if (!parsed) return void_entry(parsed.error().message);
  const auto& back = run.request->request.rolls_back;
  auto governed = records.governing().check(*parsed, *run.request, run, trust.catalog_at(index()),
                                            back ? records.run(*back) : nullptr);
  if (!governed) return void_entry(governed.error().message);
  const auto latest = entry.header.at + parsed->resolution.rule.deadline + kSkew;
  if (parsed->deadline > latest) return void_entry("its deadline is later than its policy allows");
  const auto digest = parsed->digest();
  PlanFact plan{fact(entry, leaf), std::make_shared<const plan::Plan>(*std::move(parsed)), digest, governed->verb,
                governed->policy};
  Run planned = run;
  planned.plan = plan;
  if (!may(trust, index(), planned, run.request->by, run.request->key, policy::Right::plan))
    return void_entry(run.request->by + " held no right to plan this");
  return counts(std::move(plan));
}

// Whether the signer could fill a slot: by the roles held from the plan to the entry's head, and still; and to approve, by
// what the signature shows of its key. A rejection lets nothing through and asks for no touch.
std::optional<Judgement> Replay::Inside::slot_fault(const Entry& entry, const Run& run, Act act) const {
  const auto& by = entry.header.by;
  const auto& key = entry.signature.key;
  const auto* const then = holder(trust.root_at(run.plan->leaf), entry);
  if (!is_person(holder(root_now(), entry))) return void_entry("services sign no slots");
  if (then == nullptr) return void_entry(by + " was not enrolled with this key before the plan");
  const auto& rule = run.plan->plan->resolution.rule;
  if (by == run.request->by && !rule.requester_may_sign) return void_entry(by + " asked for this run and may not sign it");
  const auto signer_at = [&](std::uint64_t size) {
    const auto* const principal = holder(trust.root_at(size), entry);
    auto own = trust.roles_throughout(by, key, run.plan->leaf, size);
    if (!own) return SignerThere{principal, {}, {}, false};
    auto lent = loans({trust, run, size, entry.header.at, {}}, by);
    const bool entitled = !lent.empty() || may(trust, size, run, by, key, policy::Right::approve);
    return SignerThere{principal, *std::move(own), std::move(lent), entitled};
  };
  const auto seen = signer_at(entry.header.head.size);
  const auto now = signer_at(index());
  if (!fits_any(rule, seen)) return void_entry(by + " has no role that fits a slot, or has not held it since before the plan");
  if (!seen.entitled) return void_entry(by + " holds no right to approve this");
  if (!fits_any(rule, now) || !now.entitled) return late(by + " no longer has a role that fits a slot");
  if (act != Act::approve) return std::nullopt;
  if (const auto* const slot = unmet_slot(rule, entry, *then, seen)) return key_fault(*slot, entry, *then, *seen.principal);
  if (unmet_slot(rule, entry, *then, now) != nullptr) return late(by + "'s key is no longer attested");
  return std::nullopt;
}

Judgement Replay::Inside::inspect_approval(const Entry& entry, const LeafHash& leaf, const Run& run) const {
  auto read = read_approval(fact(entry, leaf), entry.body);
  if (!read) return void_entry(read.error().message);
  if (read->digest != run.plan->digest) return void_entry("it signs another plan");
  if (entry.header.head.size <= run.plan->leaf) return void_entry("its signer had not seen the plan");
  if (run.words_in_clear(read->fact.words)) return void_entry("a clinical run's words must be sealed");
  if (read->fact.act == Act::withdraw) {
    if (!is_person(holder(root_now(), entry))) return void_entry("services sign no slots");
  } else if (auto fault = slot_fault(entry, run, read->fact.act)) {
    return *std::move(fault);
  }
  if (run.claim) return late("the run was already started");
  if (run.cancel || run.rejection) return late("the run has ended");
  // Taking back and refusing count until the claim, whatever their clock said: they let nothing through.
  if (read->fact.act == Act::approve && entry.header.at > decide(context(run, index(), run.plan->at)).deadline)
    return late("the run had expired");
  return counts(std::move(read->fact));
}

Judgement Replay::Inside::inspect_cancel(const Entry& entry, const LeafHash& leaf, const Run& run) const {
  auto cancel = read_cancel(fact(entry, leaf), entry.body);
  if (!cancel) return void_entry(cancel.error().message);
  if (run.words_in_clear(cancel->reason)) return void_entry("a clinical run's words must be sealed");
  const auto* const seen = holder(trust.root_at(entry.header.head.size), entry);
  const auto* const now = holder(root_now(), entry);
  if (entry.header.by != run.request->by) {
    if (!seen->has_role(trust::kAdminRole)) return void_entry("only the requester or an admin cancels a run");
    if (!now->has_role(trust::kAdminRole)) return late(entry.header.by + " is no longer an admin");
  }
  if (run.claim) return late("the run was already started");
  if (run.cancel || run.rejection) return late("the run has ended");
  return counts(*std::move(cancel));
}

Judgement Replay::Inside::inspect_order(const Entry& entry, const LeafHash& leaf, const Run& run) const {
  auto read = read_order(fact(entry, leaf), entry.body);
  if (!read) return void_entry(read.error().message);
  if (read->digest != run.plan->digest) return void_entry("it orders another plan");
  const auto& header = entry.header;
  if (read->fact.resume) return inspect_resume_order(entry, std::move(read->fact), run);
  if (!read->fact.withdrawn) {
    if (!may(trust, header.head.size, run, header.by, entry.signature.key, policy::Right::execute))
      return void_entry(header.by + " holds no right to run this");
    const auto decision = decide(context(run, header.head.size, header.at));
    if (!decision.yes) return void_entry("the gate did not say yes at its head: " + decision.why);
    if (const auto bar = order_bar(context(run, header.head.size, header.at), header.by)) return void_entry(bar->message);
  }
  if (run.claim) return late("the run was already started");
  if (run.cancel || run.rejection) return late("the run has ended");
  return counts(std::move(read->fact));
}

// As a close: what its signer saw decides, by the signer's clock.
Judgement Replay::Inside::inspect_resume_order(const Entry& entry, OrderFact order, const Run& run) const {
  const auto& header = entry.header;
  if (!is_person(holder(root_now(), entry))) return void_entry("only people have a run resumed");
  if (!run.claim || header.head.size <= run.claim->leaf) return void_entry("the run was not started");
  if (!may(trust, header.head.size, run, header.by, entry.signature.key, policy::Right::execute))
    return void_entry(header.by + " holds no right to run this");
  const auto state = after_claim(run, header.at);
  const bool overtaken = run.last_claimant_leaf >= header.head.size;
  if (state == State::executing && !overtaken) return void_entry("the run is executing");
  if (state != State::indeterminate) return late("there is nothing to resume any more");
  return counts(std::move(order));
}

Judgement Replay::Inside::inspect_resume(const Entry& entry, const LeafHash& leaf, const Run& run) const {
  auto read = read_resume(fact(entry, leaf), entry.body);
  if (!read) return void_entry(read.error().message);
  if (!run.claim) return void_entry("the run was not claimed");
  if (entry.header.by != run.claim->by || entry.signature.key != run.claim->key)
    return void_entry("only the claimant writes this");
  if (read->digest != run.plan->digest) return void_entry("it resumes another plan");
  const bool over = run.outcome && run.outcome->ending != Ending::indeterminate;
  if (over || closed(run)) return late("the run has ended");
  const auto admitted = admit_resume(context(run, index(), entry.header.at));
  if (!admitted) return void_entry("the gate does not say yes: " + admitted.error().message);
  if (admitted->order() != read->fact.order) return void_entry("it cites another order than the one that stands");
  return counts(std::move(read->fact));
}

Judgement Replay::Inside::inspect_claim(const Entry& entry, const LeafHash& leaf, const Run& run) const {
  auto read = read_claim(fact(entry, leaf), entry.body);
  if (!read) return void_entry(read.error().message);
  if (entry.header.by != run.plan->by || entry.signature.key != run.plan->key)
    return void_entry("only the executor that signed the plan may claim it");
  const auto* const executor = holder(root_now(), entry);
  if (executor == nullptr || !executor->environments.contains(run.environment)) return void_entry("its signer is no executor there");
  if (read->digest != run.plan->digest) return void_entry("it claims another plan");
  if (run.claim) return late("the run was already claimed");
  const auto last = records.last_executor_entry(run.environment);
  if (last && entry.header.at < *last - kSkew)
    return void_entry("it is dated before the executor's last entry there");
  const auto admitted = admit(context(run, index(), entry.header.at));
  if (!admitted) return void_entry("the gate does not say yes: " + admitted.error().message);
  if (admitted->order() != read->fact.order) return void_entry("it cites another order than the one that stands");
  return counts(std::move(read->fact));
}

Judgement Replay::Inside::inspect_claimant(const Entry& entry, const LeafHash& leaf, const Run& run) const {
  if (!run.claim) return void_entry("the run was not claimed");
  if (entry.header.by != run.claim->by || entry.signature.key != run.claim->key)
    return void_entry("only the claimant writes this");
  const bool ended = run.outcome && run.outcome->ending != Ending::indeterminate;
  if (entry.kind == Kind::step) {
    auto step = read_step(fact(entry, leaf), entry.body);
    if (!step) return void_entry(step.error().message);
    if (run.outcome || closed(run)) return late("the run has ended");
    return counts(*std::move(step));
  }
  if (entry.kind == Kind::heartbeat) {
    if (auto read = read_heartbeat(entry.body); !read) return void_entry(read.error().message);
    if (run.outcome || closed(run)) return late("the run has ended");
    return counts(std::monostate{});
  }
  auto outcome = read_outcome(fact(entry, leaf), entry.body);
  if (!outcome) return void_entry(outcome.error().message);
  if (ended || closed(run)) return late("the run has ended");
  return counts(*std::move(outcome));
}

Judgement Replay::Inside::inspect_close(const Entry& entry, const LeafHash& leaf, const Run& run) const {
  auto close = read_close(fact(entry, leaf), entry.body);
  if (!close) return void_entry(close.error().message);
  if (run.words_in_clear(close->finding)) return void_entry("a clinical run's words must be sealed");
  if (!run.claim) return void_entry("the run was not started");
  const auto& header = entry.header;
  const auto entitled_at = [&](std::uint64_t size) {
    return may(trust, size, run, header.by, entry.signature.key, policy::Right::execute) ||
           may(trust, size, run, header.by, entry.signature.key, policy::Right::approve);
  };
  if (!is_person(holder(root_now(), entry)) || !entitled_at(header.head.size)) return void_entry("its signer has no say in this run");
  const auto state = after_claim(run, header.at);
  if (state == State::executing) return void_entry("the run is executing");
  if (state != State::partial && state != State::indeterminate) return late("there is nothing left to close");
  if (!entitled_at(index())) return late(header.by + " no longer has a say in this run");
  if (!close->same_finding) return counts(*std::move(close));
  const auto& finding = *close->same_finding;
  const bool again = std::ranges::any_of(
      run.closes, [&](const auto& other) { return other.by == header.by && finding_of(other) == finding; });
  if (again) return late(header.by + " has signed this finding");
  const bool known = std::ranges::any_of(run.closes, [&](const auto& other) { return other.finding && other.hash == finding; });
  return known ? counts(*std::move(close)) : void_entry("it cites a finding that is not this run's");
}

Judgement Replay::Inside::inspect_glass(const Entry& entry, const LeafHash& leaf, const Run& run) const {
  auto read = read_glass(fact(entry, leaf), entry.body);
  if (!read) return void_entry(read.error().message);
  const auto& header = entry.header;
  if (read->digest != run.plan->digest) return void_entry("it breaks the glass of another plan");
  if (header.head.size <= run.plan->leaf) return void_entry("its signer had not seen the plan");
  if (run.words_in_clear(read->fact.because)) return void_entry("a clinical run's words must be sealed");
  const auto bar_at = [&](std::uint64_t size) {
    const Context at{trust, run, size, header.at, {}, overdue(size, header.at)};
    return glass_bar(at, header.by, entry.signature.key);
  };
  if (const auto bar = bar_at(header.head.size)) return void_entry(bar->message);
  if (const auto bar = bar_at(index())) return late(bar->message);
  if (run.glass) return late("the glass of this run was broken before");
  if (run.claim) return late("the run was already started");
  if (run.cancel || run.rejection) return late("the run has ended");
  if (header.at > decide(context(run, index(), run.plan->at)).deadline) return late("the run had expired");
  return counts(std::move(read->fact));
}

// By people who had no part in it.
Judgement Replay::Inside::inspect_review(const Entry& entry, const LeafHash& leaf, const Run& run) const {
  auto review = read_review(fact(entry, leaf), entry.body);
  if (!review) return void_entry(review.error().message);
  if (run.words_in_clear(review->finding)) return void_entry("a clinical run's words must be sealed");
  const auto& header = entry.header;
  if (!run.glass || run.glass->leaf >= header.head.size) return void_entry("no glass of this run was broken that its signer had seen");
  if (!is_person(holder(root_now(), entry))) return void_entry("only people review");
  const auto bar_at = [&](std::uint64_t size) { return review_bar({trust, run, size, header.at, {}}, header.by, entry.signature.key); };
  if (const auto bar = bar_at(header.head.size)) return void_entry(bar->message);
  if (const auto bar = bar_at(index())) return late(bar->message);
  if (!awaits_review(run, index())) return late("the review is complete");
  if (!review->same_finding) return counts(*std::move(review));
  const auto& finding = *review->same_finding;
  const auto says = [&](const auto& other) { return finding_of(other) == finding; };
  const bool again = std::ranges::any_of(run.reviews, [&](const auto& other) { return other.by == header.by && says(other); });
  if (again) return late(header.by + " has signed this finding");
  const bool known = std::ranges::any_of(run.reviews, [&](const auto& other) { return other.finding && other.hash == finding; });
  return known ? counts(*std::move(review)) : void_entry("it cites a finding that is not of this review");
}

Judgement Replay::Inside::inspect_note(const Entry& entry, const LeafHash& leaf, const Run& run) const {
  auto note = read_note(fact(entry, leaf), entry.body);
  if (!note) return void_entry(note.error().message);
  if (run.words_in_clear(note->words)) return void_entry("a clinical run's words must be sealed");
  const auto& header = entry.header;
  const auto entitled_at = [&](std::uint64_t size) {
    return header.by == run.request->by || may(trust, size, run, header.by, entry.signature.key, policy::Right::read) ||
           may(trust, size, run, header.by, entry.signature.key, policy::Right::approve);
  };
  if (!is_person(holder(root_now(), entry)) || !entitled_at(header.head.size)) return void_entry("its signer has no say in this run");
  if (note->answers) {
    const bool seen = std::ranges::any_of(run.notes, [&](const auto& question) {
      return !question.answers && question.hash == *note->answers && question.leaf < header.head.size;
    });
    if (!seen) return void_entry("it replies to no question of this run that its signer had seen");
  }
  if (!entitled_at(index())) return late(header.by + " no longer has a say in this run");
  if (ended(run)) return late("the run has ended");
  return counts(*std::move(note));
}

// Of a run, or without one of what concerns root and catalog.
Judgement Replay::Inside::inspect_refusal(const Entry& entry, const LeafHash& leaf) const {
  const auto* const signer = holder(root_now(), entry);
  if (entry.header.run) {
    if (auto fault = run_fault(entry)) return *std::move(fault);
  }
  auto refusal = read_refusal(fact(entry, leaf), entry.body);
  if (!refusal) return void_entry(refusal.error().message);
  if (!entry.header.run) return signer->environments.empty() ? void_entry("its signer is no executor") : counts(*std::move(refusal));
  if (records.run(*entry.header.run)->words_in_clear(refusal->why)) return void_entry("a clinical run's words must be sealed");
  if (!signer->environments.contains(*entry.header.environment)) return void_entry("its signer is no executor there");
  return counts(*std::move(refusal));
}

Judgement Replay::Inside::inspect_reveal(const Entry& entry, const LeafHash& leaf) const {
  auto reveal = read_reveal(fact(entry, leaf), entry.body);
  if (!reveal) return void_entry(reveal.error().message);
  if (!is_person(holder(root_now(), entry))) return void_entry("only people are shown sealed values");
  return counts(*std::move(reveal));
}

}  // namespace blc::approval
