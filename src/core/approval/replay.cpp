#include "core/approval/replay.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/approval/exports.hpp"
#include "core/approval/replay_inside.hpp"

namespace blc::approval {

using ledger::Kind;

namespace {

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

// Of no run: about root and catalog, or about many runs.
bool of_no_run(const Entry& entry) {
  switch (entry.kind) {
    case Kind::root:
    case Kind::catalog:
    case Kind::proposal:
    case Kind::delegation:
    case Kind::tier_check:
    case Kind::accept: return true;
    case Kind::refusal: return !entry.header.run;
    case Kind::approval: return !entry.header.run && entry.body.find("proposal") != nullptr;
    case Kind::exported: return !takes_output(entry.body);
    default: return false;
  }
}

}  // namespace

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
  const auto* const joining = to_join(entry);
  if (holder(root, entry) == nullptr && joining == nullptr) return void_entry(header.by + " did not hold this key");
  if (header.run) {
    const auto previous = records.last_entry_of(*header.run, header.by);
    if (previous && *previous >= header.head.size)
      return void_entry("its head leaves out what its signer wrote before on this run");
  }
  if (header.run.has_value() == of_no_run(entry) && entry.kind != Kind::unknown)
    return void_entry("a run where none belongs, or none where one does");
  if (holder(root_now(), entry) == nullptr && joining == nullptr) return late(header.by + " no longer holds this key");
  return std::nullopt;
}

Judgement Replay::Inside::inspect(const Entry& entry, const LeafHash& leaf) const {
  if (auto fault = header_fault(entry)) return *std::move(fault);
  switch (entry.kind) {
    case Kind::root:
    case Kind::catalog: return inspect_adoption(entry);
    case Kind::proposal: return inspect_proposal(entry, leaf);
    case Kind::accept: return inspect_acceptance(entry, leaf);
    case Kind::delegation: return inspect_delegation(entry, leaf);
    case Kind::exported: return takes_output(entry.body) ? inspect_run_entry(entry, leaf) : inspect_export(entry, leaf, nullptr);
    case Kind::tier_check: return inspect_tier_check(entry);
    case Kind::unknown: return counts(std::monostate{});
    case Kind::request: return inspect_request(entry, leaf);
    case Kind::refusal: return inspect_refusal(entry, leaf);
    default: return of_no_run(entry) ? inspect_decision(entry, leaf) : inspect_run_entry(entry, leaf);
  }
}

// What every entry of a run but its request must hold to.
std::optional<Judgement> Replay::Inside::run_fault(const Entry& entry) const {
  const auto* const run = records.run(*entry.header.run);
  if (run == nullptr || !run->request) return void_entry("there is no such run before it");
  if (entry.header.environment != run->environment || entry.header.classification != run->classification)
    return void_entry("its environment or classification is not the run's");
  return std::nullopt;
}

Judgement Replay::Inside::inspect_run_entry(const Entry& entry, const LeafHash& leaf) const {
  if (auto fault = run_fault(entry)) return *std::move(fault);
  const auto& run = *records.run(*entry.header.run);
  if (entry.kind == Kind::plan) return inspect_plan(entry, leaf, run);
  if (entry.kind == Kind::cancel) return inspect_cancel(entry, leaf, run);
  if (entry.kind == Kind::reveal) return inspect_reveal(entry, leaf);
  if (!run.plan) return void_entry("the run has no plan before it");
  switch (entry.kind) {
    case Kind::approval: return inspect_approval(entry, leaf, run);
    case Kind::order: return inspect_order(entry, leaf, run);
    case Kind::claim: return inspect_claim(entry, leaf, run);
    case Kind::resume: return inspect_resume(entry, leaf, run);
    case Kind::close: return inspect_close(entry, leaf, run);
    case Kind::break_glass: return inspect_glass(entry, leaf, run);
    case Kind::review: return inspect_review(entry, leaf, run);
    case Kind::note: return inspect_note(entry, leaf, run);
    case Kind::exported: return inspect_export(entry, leaf, &run);
    default: return inspect_claimant(entry, leaf, run);
  }
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
const std::vector<Proposal>& Replay::proposals() const { return inside_->records.proposals(); }
std::vector<std::uint64_t> Replay::late_entries() const { return inside_->records.late_entries(); }
std::optional<std::uint64_t> Replay::unreadable() const { return inside_->records.unreadable(); }
std::optional<std::uint64_t> Replay::gone() const { return inside_->records.gone(); }
std::optional<std::uint64_t> Replay::find(const LeafHash& leaf, std::uint64_t from) const {
  return inside_->tree.find(leaf, from);
}
std::optional<LeafHash> Replay::last_claim_by(const crypto::PublicKey& executor) const { return inside_->records.last_claim_by(executor); }

std::vector<LeafHash> Replay::claims_by(const crypto::PublicKey& executor) const {
  return inside_->records.claims_by(executor);
}
std::optional<Timestamp> Replay::last_executor_entry(Environment environment) const {
  return inside_->records.last_executor_entry(environment);
}
std::uint64_t Replay::seen_by_executors(Environment environment) const { return inside_->records.seen_by_executors(environment); }
const Records::Clients& Replay::clients() const { return inside_->records.clients(); }

std::vector<VoidEntry> Replay::faults() const {
  const auto* const now = root();
  auto unknown = void_entries();
  std::erase_if(unknown, [&](const auto& entry) { return now != nullptr && now->known_void().contains(entry.leaf); });
  return unknown;
}

Context Replay::context(const Run& run, Timestamp now) const { return inside_->context(run, size(), now); }

std::vector<OverdueReview> Replay::overdue_reviews(Timestamp now) const { return inside_->overdue(size(), now); }

State Replay::state(const Run& run, Timestamp now) const {
  return state(run, now, run.plan && !run.claim ? decide(context(run, now)) : Decision{});
}

State Replay::state(const Run& run, Timestamp now, const Decision& decision) const {
  if (run.claim) {
    const auto state = after_claim(run, now);
    const auto* const back = state == State::succeeded ? last_rollback(run.id) : nullptr;
    return back != nullptr && ended_as(*back, Ending::succeeded, size()) ? State::rolled_back : state;
  }
  if (run.cancel) return State::cancelled;
  if (run.rejection) return State::rejected;
  if (!run.plan) return State::planning;
  if (decision.yes) return State::approved;
  return decision.deadline != Timestamp{} && now > decision.deadline ? State::expired : State::pending;
}

}  // namespace blc::approval
