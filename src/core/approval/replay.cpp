#include "core/approval/replay.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/approval/bodies.hpp"
#include "core/approval/governing.hpp"
#include "core/approval/prerequisite.hpp"

namespace blc::approval {

using ledger::Entry;
using ledger::Kind;

namespace {

struct Judgement {
  Verdict verdict;
  Parsed parsed;
};

Judgement void_entry(std::string why, std::string hint = {}) {
  return {{Verdict::Standing::void_entry, std::move(why), std::move(hint)}, {}};
}
Judgement late(std::string why) { return {{Verdict::Standing::late, std::move(why)}, {}}; }
template <class T>
Judgement counts(T parsed) {
  return {{}, Parsed(std::move(parsed))};
}

// Kinds whose signer must have seen the whole ledger: appended by compare-and-swap.
bool at_the_tip(const Entry& entry) {
  switch (entry.kind) {
    case Kind::plan:
    case Kind::claim:
    case Kind::resume:
    case Kind::root:
    case Kind::catalog: return true;
    case Kind::step: {
      const auto* const phase = entry.body.find("phase");
      return phase != nullptr && *phase == text::Json("intent");
    }
    default: return false;
  }
}

bool of_a_run(Kind kind) { return kind != Kind::root && kind != Kind::catalog && kind != Kind::unknown; }

const trust::Principal* holder(const trust::Root* root, const Entry& entry) {
  const auto* const principal = root == nullptr ? nullptr : root->find(entry.header.by);
  return principal != nullptr && principal->holds(entry.signature.key) ? principal : nullptr;
}

Presence shown_by(const Entry& entry, const trust::Principal& then, const trust::Principal& at) {
  const auto& key = entry.signature.key;
  const bool attested = then.attestation(key) != nullptr && at.attestation(key) != nullptr;
  return {entry.signature.touched, entry.signature.pin, attested};
}

// A slot that the signer's roles fit and whose demands on the key the signature does not meet; null when it meets
// those of one that they fit.
const policy::Slot* unmet_slot(const policy::ApprovalRule& rule, const Entry& entry, const trust::Principal& then,
                               const trust::Principal& at) {
  const policy::Slot* unmet = nullptr;
  for (const auto& slot : rule.slots) {
    if (!fits(slot, then.roles) || !fits(slot, at.roles)) continue;
    if (shows(slot, shown_by(entry, then, at))) return nullptr;
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

bool is_person(const trust::Principal* principal) {
  return principal != nullptr && principal->kind == trust::PrincipalKind::person;
}

}  // namespace

struct Replay::Inside {
  explicit Inside(std::string origin) : records(std::move(origin)), trust(records.trust()), tree(records.tree()) {}
  Inside(std::string origin, ports::LedgerIndex& index, ports::LedgerStore& store)
      : records(std::move(origin), index, store), trust(records.trust()), tree(records.tree()) {}

  Records records;
  const trust::History& trust;
  const ledger::Tree& tree;

  [[nodiscard]] std::uint64_t index() const { return records.size(); }
  [[nodiscard]] const trust::Root* root_now() const { return records.root(); }
  [[nodiscard]] Fact fact(const Entry& entry, const LeafHash& leaf) const {
    return {index(),           leaf,
            entry.header.by,   entry.signature.key,
            entry.header.at,   entry.header.head,
            entry.header.id,   entry.signature.touched,
            entry.signature.pin};
  }
  [[nodiscard]] Context context(const Run& run, std::uint64_t size, Timestamp now) const {
    const auto& unreadable = records.unreadable();
    if (unreadable && *unreadable < size)
      return {trust, run, size, now,
              fmt::format("entry {} is of a kind this blc does not know; use a newer blc", *unreadable)};
    return {trust, run, size, now, unmet(run, size, now)};
  }
  [[nodiscard]] std::string unmet(const Run& run, std::uint64_t size, Timestamp now) const {
    if (run.request && run.request->request.rolls_back) {
      const auto& id = *run.request->request.rolls_back;
      return unmet_rollback(run, *records.run(id), records.last_rollback(id, size), size);
    }
    const auto* const latest = required_run(run, size);
    const auto* const back = latest == nullptr ? nullptr : records.last_rollback(latest->id, size);
    return unmet_requirement(run, latest, back, trust, size, now);
  }
  // What the verb of this run requires: the last claimed one of those below `size`.
  [[nodiscard]] const Run* required_run(const Run& run, std::uint64_t size) const {
    if (!run.plan || !run.plan->plan->resolution.required_run) return nullptr;
    const auto& resolution = run.plan->plan->resolution;
    return records.last_claimed(resolution.required_run->verb, resolution.required_run->environment,
                                &resolution.parameters, size);
  }

  [[nodiscard]] Judgement inspect(const Entry& entry, const LeafHash& leaf) const;
  [[nodiscard]] std::optional<Judgement> header_fault(const Entry& entry) const;
  [[nodiscard]] Judgement inspect_run_entry(const Entry& entry, const LeafHash& leaf) const;
  [[nodiscard]] Judgement inspect_request(const Entry& entry, const LeafHash& leaf) const;
  [[nodiscard]] std::string rollback_fault(const Entry& entry, const plan::Request& request) const;
  [[nodiscard]] Judgement inspect_plan(const Entry& entry, const LeafHash& leaf, const Run& run) const;
  [[nodiscard]] Judgement inspect_approval(const Entry& entry, const LeafHash& leaf, const Run& run) const;
  [[nodiscard]] std::optional<Judgement> slot_fault(const Entry& entry, const Run& run, Act act) const;
  [[nodiscard]] Judgement inspect_cancel(const Entry& entry, const LeafHash& leaf, const Run& run) const;
  [[nodiscard]] Judgement inspect_order(const Entry& entry, const LeafHash& leaf, const Run& run) const;
  [[nodiscard]] Judgement inspect_claim(const Entry& entry, const LeafHash& leaf, const Run& run) const;
  [[nodiscard]] Judgement inspect_resume_order(const Entry& entry, OrderFact order, const Run& run) const;
  [[nodiscard]] Judgement inspect_resume(const Entry& entry, const LeafHash& leaf, const Run& run) const;
  [[nodiscard]] Judgement inspect_claimant(const Entry& entry, const LeafHash& leaf, const Run& run) const;
  [[nodiscard]] Judgement inspect_close(const Entry& entry, const LeafHash& leaf, const Run& run) const;
  [[nodiscard]] Judgement inspect_note(const Entry& entry, const LeafHash& leaf, const Run& run) const;
  [[nodiscard]] Judgement inspect_aside(const Entry& entry, const LeafHash& leaf) const;
  [[nodiscard]] Judgement inspect_root(const Entry& entry) const;
  [[nodiscard]] Judgement inspect_catalog(const Entry& entry) const;
};

// What every entry must hold to, whatever its kind.
std::optional<Judgement> Replay::Inside::header_fault(const Entry& entry) const {
  const auto& header = entry.header;
  if (header.ledger != records.origin()) return void_entry("it is of another ledger");
  if (records.used(header.by, header.id)) return void_entry("its signer has used this entry ID before");
  if (header.head.size > index()) return void_entry("its head is from the future");
  if (header.head.root != tree.root(header.head.size)) return void_entry("its head is not this ledger's");
  if (at_the_tip(entry) && header.head.size != index()) return void_entry("its head is not the entry before it");
  const auto* const root = trust.root_at(header.head.size);
  if (header.root != (root == nullptr ? 0 : root->version())) return void_entry("it names a root that was not in force");
  if (root == nullptr) {
    if (entry.kind != Kind::root || index() != 0) return void_entry("no root is in force at its head");
    return std::nullopt;
  }
  if (holder(root, entry) == nullptr) return void_entry(header.by + " did not hold this key");
  if (header.run) {
    const auto previous = records.last_entry_of(*header.run, header.by);
    if (previous && *previous >= header.head.size)
      return void_entry("its head leaves out what its signer wrote before on this run");
  }
  if (header.run.has_value() != of_a_run(entry.kind) && entry.kind != Kind::unknown)
    return void_entry("a run where none belongs, or none where one does");
  if (holder(root_now(), entry) == nullptr) return late(header.by + " no longer holds this key");
  return std::nullopt;
}

Judgement Replay::Inside::inspect(const Entry& entry, const LeafHash& leaf) const {
  if (auto fault = header_fault(entry)) return *std::move(fault);
  switch (entry.kind) {
    case Kind::root: return inspect_root(entry);
    case Kind::catalog: return inspect_catalog(entry);
    case Kind::unknown: return counts(std::monostate{});
    case Kind::request: return inspect_request(entry, leaf);
    default: return inspect_run_entry(entry, leaf);
  }
}

Judgement Replay::Inside::inspect_run_entry(const Entry& entry, const LeafHash& leaf) const {
  const auto* const found = records.run(*entry.header.run);
  if (found == nullptr || !found->request) return void_entry("there is no such run before it");
  const auto& run = *found;
  if (entry.header.environment != run.environment || entry.header.classification != run.classification)
    return void_entry("its environment or classification is not the run's");
  if (entry.kind == Kind::plan) return inspect_plan(entry, leaf, run);
  if (entry.kind == Kind::cancel) return inspect_cancel(entry, leaf, run);
  if (entry.kind == Kind::refusal || entry.kind == Kind::reveal) return inspect_aside(entry, leaf);
  if (!run.plan) return void_entry("the run has no plan before it");
  switch (entry.kind) {
    case Kind::approval: return inspect_approval(entry, leaf, run);
    case Kind::order: return inspect_order(entry, leaf, run);
    case Kind::claim: return inspect_claim(entry, leaf, run);
    case Kind::resume: return inspect_resume(entry, leaf, run);
    case Kind::close: return inspect_close(entry, leaf, run);
    case Kind::note: return inspect_note(entry, leaf, run);
    default: return inspect_claimant(entry, leaf, run);
  }
}

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

// Whether the signer could fill a slot: by the roles held at the plan, at the entry's head, and now; and to approve,
// by what the signature shows of its key. A rejection lets nothing through and asks for no touch.
std::optional<Judgement> Replay::Inside::slot_fault(const Entry& entry, const Run& run, Act act) const {
  const auto* const then = holder(trust.root_at(run.plan->leaf), entry);
  const auto* const seen = holder(trust.root_at(entry.header.head.size), entry);
  const auto* const now = holder(root_now(), entry);
  if (!is_person(now)) return void_entry("services sign no slots");
  if (then == nullptr) return void_entry(entry.header.by + " was not enrolled with this key before the plan");
  const auto& rule = run.plan->plan->resolution.rule;
  if (entry.header.by == run.request->by && !rule.requester_may_sign)
    return void_entry(entry.header.by + " asked for this run and may not sign it");
  const auto fits_at = [&](const trust::Principal& at) {
    return std::ranges::any_of(rule.slots, [&](const auto& slot) { return fits(slot, then->roles) && fits(slot, at.roles); });
  };
  const auto entitled_at = [&](std::uint64_t size) {
    return may(trust, size, run, entry.header.by, entry.signature.key, policy::Right::approve);
  };
  if (!fits_at(*seen)) return void_entry(entry.header.by + " has no role that fits a slot");
  if (!entitled_at(entry.header.head.size)) return void_entry(entry.header.by + " holds no right to approve this");
  if (!fits_at(*now) || !entitled_at(index())) return late(entry.header.by + " no longer has a role that fits a slot");
  if (act != Act::approve) return std::nullopt;
  if (const auto* const slot = unmet_slot(rule, entry, *then, *seen)) return key_fault(*slot, entry, *then, *seen);
  if (unmet_slot(rule, entry, *then, *now) != nullptr) return late(entry.header.by + "'s key is no longer attested");
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

Judgement Replay::Inside::inspect_aside(const Entry& entry, const LeafHash& leaf) const {
  const auto* const principal = holder(root_now(), entry);
  if (entry.kind == Kind::refusal) {
    auto refusal = read_refusal(fact(entry, leaf), entry.body);
    if (!refusal) return void_entry(refusal.error().message);
    if (records.run(*entry.header.run)->words_in_clear(refusal->why)) return void_entry("a clinical run's words must be sealed");
    if (!principal->environments.contains(*entry.header.environment)) return void_entry("its signer is no executor there");
    return counts(*std::move(refusal));
  }
  auto reveal = read_reveal(fact(entry, leaf), entry.body);
  if (!reveal) return void_entry(reveal.error().message);
  if (!is_person(principal)) return void_entry("only people are shown sealed values");
  return counts(*std::move(reveal));
}

Judgement Replay::Inside::inspect_root(const Entry& entry) const {
  auto root = trust::Root::from_json(entry.body);
  if (!root) return void_entry(root.error().message);
  const auto* const current = root_now();
  const auto* const signer = current == nullptr ? root->find(entry.header.by) : current->find(entry.header.by);
  if (signer == nullptr || !signer->holds(entry.signature.key) || !signer->has_role(trust::kAdminRole))
    return void_entry("its signer is no admin");
  if (root->version() != (current == nullptr ? 1 : current->version() + 1)) return void_entry("it skips or repeats a version");
  const auto needed = std::max(root->admin_threshold(), current == nullptr ? 1 : current->admin_threshold());
  if (needed > 1) return void_entry(fmt::format("{} admins must sign it", needed));
  if (auto attested = trust::check_attestations(*root, current, entry.header.at); !attested)
    return void_entry(attested.error().message);
  for (const auto& principal : root->principals()) {
    for (const auto& key : principal.keys) {
      const auto owner = records.owner(key);
      if (owner && *owner != principal.name)
        return void_entry(fmt::format("a key of {} would become {}'s", *owner, principal.name));
    }
  }
  return counts(*std::move(root));
}

Judgement Replay::Inside::inspect_catalog(const Entry& entry) const {
  const auto* const signer = holder(root_now(), entry);
  if (!signer->has_role(trust::kAdminRole)) return void_entry("its signer is no admin");
  if (root_now()->admin_threshold() > 1)
    return void_entry(fmt::format("{} admins must sign it", root_now()->admin_threshold()));
  auto catalog = trust::Catalog::from_json(entry.body);
  if (!catalog) return void_entry(catalog.error().message);
  const auto* const current = trust.catalog_at(index());
  if (catalog->version() != (current == nullptr ? 1 : current->version() + 1)) return void_entry("it skips or repeats a version");
  return counts(*std::move(catalog));
}

Replay::Replay(std::string origin) : inside_(std::make_unique<Inside>(std::move(origin))) {}
Replay::Replay(std::string origin, ports::LedgerIndex& index, ports::LedgerStore& store)
    : inside_(std::make_unique<Inside>(std::move(origin), index, store)) {}
Replay::~Replay() = default;
Replay::Replay(Replay&&) noexcept = default;
Replay& Replay::operator=(Replay&&) noexcept = default;

Verdict Replay::judge(const Entry& entry) const { return inside_->inspect(entry, {}).verdict; }

Verdict Replay::apply(const Entry& entry, const LeafHash& leaf) {
  auto [verdict, parsed] = inside_->inspect(entry, leaf);
  if (verdict.standing == Verdict::Standing::void_entry) {
    inside_->records.take_void(leaf, verdict.why);
  } else {
    inside_->records.take(entry, leaf, !verdict.counts(), std::move(parsed));
  }
  return verdict;
}

void Replay::apply_void(const LeafHash& leaf, std::string why) { inside_->records.take_void(leaf, std::move(why)); }
void Replay::save(bool forget) { inside_->records.save(forget); }

std::uint64_t Replay::size() const { return inside_->records.size(); }
ledger::Head Replay::head() const { return {inside_->tree.size(), inside_->tree.root()}; }
const ledger::Tree& Replay::tree() const { return inside_->tree; }
const trust::History& Replay::trust() const { return inside_->trust; }
const std::string& Replay::origin() const { return inside_->records.origin(); }
const Run* Replay::run(const RunId& id) const {
  const auto* const found = inside_->records.run(id);
  return found == nullptr || !found->request ? nullptr : found;
}
void Replay::each_run(const RunFilter& filter, const std::function<bool(const Run&)>& each) const {
  inside_->records.each_run(filter, each);
}
std::uint64_t Replay::run_count() const { return inside_->records.run_count(); }
std::uint64_t Replay::run_count(const RunFilter& filter) const { return inside_->records.run_count(filter); }
const Run* Replay::last_claimed(std::string_view verb, Environment environment, const text::Json::Object* parameters,
                                std::uint64_t before) const {
  return inside_->records.last_claimed(verb, environment, parameters, before);
}
const Run* Replay::last_rollback(const RunId& undone) const { return inside_->records.last_rollback(undone, size()); }
const std::vector<VoidEntry>& Replay::void_entries() const { return inside_->records.voids(); }
std::vector<std::uint64_t> Replay::late_entries() const { return inside_->records.late_entries(); }
std::optional<std::uint64_t> Replay::unreadable() const { return inside_->records.unreadable(); }
std::optional<std::uint64_t> Replay::find(const LeafHash& leaf, std::uint64_t from) const {
  return inside_->tree.find(leaf, from);
}
std::vector<LeafHash> Replay::claims_by(const crypto::PublicKey& executor) const {
  return inside_->records.claims_by(executor);
}
std::optional<Timestamp> Replay::last_executor_entry(Environment environment) const {
  return inside_->records.last_executor_entry(environment);
}

std::vector<VoidEntry> Replay::faults() const {
  const auto* const now = root();
  auto unknown = void_entries();
  std::erase_if(unknown, [&](const auto& entry) { return now != nullptr && now->known_void().contains(entry.leaf); });
  return unknown;
}

Context Replay::context(const Run& run, Timestamp now) const { return inside_->context(run, size(), now); }

State Replay::state(const Run& run, Timestamp now) const {
  if (run.claim) {
    const auto state = after_claim(run, now);
    const auto* const back = state == State::succeeded ? last_rollback(run.id) : nullptr;
    return back != nullptr && ended_as(*back, Ending::succeeded, size()) ? State::rolled_back : state;
  }
  if (run.cancel) return State::cancelled;
  if (run.rejection) return State::rejected;
  if (!run.plan) return State::planning;
  const auto decision = decide(context(run, now));
  if (decision.yes) return State::approved;
  return decision.deadline != Timestamp{} && now > decision.deadline ? State::expired : State::pending;
}

}  // namespace blc::approval
