#include "core/approval/records.hpp"

#include <algorithm>
#include <utility>

#include "core/crypto/digest.hpp"

namespace blc::approval {

using ledger::Entry;
using ledger::Kind;

namespace {

void put(Run& run, Parsed parsed) {
  if (auto* const fact = std::get_if<RequestFact>(&parsed)) run.request = std::move(*fact);
  if (auto* const fact = std::get_if<PlanFact>(&parsed)) run.plan = std::move(*fact);
  if (auto* const fact = std::get_if<CancelFact>(&parsed)) run.cancel = std::move(*fact);
  if (auto* const fact = std::get_if<OrderFact>(&parsed)) run.orders.push_back(std::move(*fact));
  if (auto* const fact = std::get_if<ClaimFact>(&parsed)) run.claim = std::move(*fact);
  if (auto* const fact = std::get_if<CloseFact>(&parsed)) run.closes.push_back(std::move(*fact));
  if (auto* const fact = std::get_if<GlassFact>(&parsed)) run.glass = std::move(*fact);
  if (auto* const fact = std::get_if<ReviewFact>(&parsed)) run.reviews.push_back(std::move(*fact));
  if (auto* const fact = std::get_if<NoteFact>(&parsed)) run.notes.push_back(std::move(*fact));
  if (auto* const fact = std::get_if<RefusalFact>(&parsed)) run.refusals.push_back(std::move(*fact));
  if (auto* const fact = std::get_if<RevealFact>(&parsed)) run.reveals.push_back(std::move(*fact));
  if (auto* const fact = std::get_if<ExportFact>(&parsed)) run.exports.push_back(std::move(*fact));
  if (auto* const fact = std::get_if<StepFact>(&parsed)) run.steps.push_back(std::move(*fact));
  if (auto* const fact = std::get_if<OutcomeFact>(&parsed)) run.outcome = std::move(*fact);
  if (auto* const fact = std::get_if<ResumeFact>(&parsed)) {
    // The run executes again: what was said of its end until here holds no longer.
    fact->after = std::exchange(run.outcome, std::nullopt);
    fact->closes = std::exchange(run.closes, {});
    run.resumes.push_back(std::move(*fact));
  }
  if (auto* const fact = std::get_if<ApprovalFact>(&parsed)) {
    if (fact->act == Act::reject) {
      run.rejection = std::move(*fact);
    } else {
      run.approvals.push_back(std::move(*fact));
    }
  }
}

bool is_executor(const trust::Root* root, const Entry& entry) {
  const auto* const signer = root == nullptr ? nullptr : root->find(entry.header.by);
  return signer != nullptr && signer->holds(entry.signature.key) && !signer->environments.empty();
}

}  // namespace

// What is about root and catalog: of no run.
void Records::take_governing(std::uint64_t leaf, Parsed parsed) {
  const auto about = [&](const LeafHash& hash) -> Proposal& {
    const auto found = std::ranges::find(proposals_, hash, &Proposal::hash);
    if (found == proposals_.end()) throw Broken("the index of the ledger is damaged");
    return *found;
  };
  if (auto* const adopted = std::get_if<Adopted>(&parsed)) {
    std::visit([&](auto& what) { trust_.adopt(leaf, std::move(what), adopted->backing); }, adopted->what);
    std::erase_if(proposals_, [&](const auto& proposal) {
      return weigh(trust_, proposal, leaf + 1, proposal.at).state == ProposalStatus::State::overtaken;
    });
  } else if (auto* const proposal = std::get_if<Proposal>(&parsed)) {
    proposals_.push_back(std::move(*proposal));
  } else if (auto* const delegation = std::get_if<trust::Delegation>(&parsed)) {
    trust_.delegate(std::move(*delegation));
  } else if (auto* const acceptance = std::get_if<Acceptance>(&parsed)) {
    about(acceptance->proposal).acceptances.push_back(std::move(*acceptance));
  } else if (auto* const decision = std::get_if<ProposalDecision>(&parsed)) {
    auto& of = about(decision->proposal);
    if (decision->act == Act::reject) {
      of.rejection = std::move(*decision);
    } else {
      of.decisions.push_back(std::move(*decision));
    }
  }
}

const Run* Records::run(const RunId& id) const {
  const auto* const found = known(id);
  return found == nullptr || !found->counted ? nullptr : &found->run;
}

std::optional<std::uint64_t> Records::last_entry_of(const RunId& id, const std::string& signer) const {
  const auto* const found = known(id);
  if (found == nullptr) return std::nullopt;
  const auto last = found->last_of_signer.find(signer);
  return last == found->last_of_signer.end() ? std::nullopt : std::optional(last->second);
}

// `place.leaf` is the last leaf before this entry is taken in, or long past.
void Records::take_into(Known& known, const Entry& entry, const ports::IndexedEntry& place, const LeafHash& hash,
                        Parsed parsed) const {
  const auto& header = entry.header;
  const auto leaf = place.leaf;
  auto& run = known.run;
  run.id = *header.run;
  known.last_of_signer[header.by] = leaf;
  known.last = leaf;
  known.chain = crypto::sha256(known.chain.view(), hash.value.view(), place.late ? "late" : "counts");
  if (place.late) {
    if (known.counted) run.late.push_back(leaf);
    return;
  }
  known.counted = true;
  if (entry.kind == Kind::request) {
    run.environment = *header.environment;
    run.classification = *header.classification;
  }
  if (entry.kind == Kind::unknown && !run.unreadable) run.unreadable = leaf;
  put(run, std::move(parsed));
  const bool claimants = run.claim && header.by == run.claim->by && is_executor(trust_.root_at(leaf), entry);
  // A refusal says nothing of the execution, though the same executor wrote it.
  if (!claimants || entry.kind == Kind::refusal) return;
  run.last_claimant_entry = header.at;
  run.last_claimant_leaf = leaf;
}

void Records::take(const Entry& entry, const LeafHash& leaf, bool late, Parsed parsed) {
  const auto& header = entry.header;
  const auto index = size();
  ids_.emplace(header.by, header.id);
  ports::IndexedEntry place{index, {}, header.id, header.by, late};
  if (header.environment && is_executor(root(), entry)) {
    auto& written = executors_[*header.environment];
    written.at = std::max(written.at, header.at);
    written.seen = std::max(written.seen, header.head.size);
  }
  note_client(entry);
  if (header.run) {
    auto* found = known(*header.run);
    if (found == nullptr) found = &known_[*header.run];
    if (!late && !found->counted) ++run_count_;
    place.previous = found->last;
    take_into(*found, entry, place, leaf, std::move(parsed));
    found->changed = true;
  } else if (!late) {
    if (const auto* const adopted = std::get_if<Adopted>(&parsed)) own_keys(*adopted);
    if (entry.kind == Kind::unknown && !unreadable_) unreadable_ = index;
    take_governing(index, std::move(parsed));
  }
  entries_.push_back(std::move(place));
  tree_.append(leaf);
}

void Records::note_client(const Entry& entry) {
  const auto& header = entry.header;
  const auto* const signer = root() == nullptr ? nullptr : root()->find(header.by);
  if (signer == nullptr || signer->kind != trust::PrincipalKind::person) return;
  clients_.try_emplace({header.by, header.client}, ports::FirstUse{header.by, header.client, size(), header.at});
}

void Records::own_keys(const Adopted& adopted) {
  const auto* const root = std::get_if<trust::Root>(&adopted.what);
  if (root == nullptr) return;
  for (const auto& principal : root->principals()) {
    for (const auto& key : principal.keys) owners_.emplace(key.point(), principal.name);
  }
}

void Records::take_void(const LeafHash& leaf, std::string why) {
  voids_.push_back({size(), std::move(why)});
  tree_.append(leaf);
}

std::vector<std::uint64_t> Records::late_entries() const {
  auto late = index_ == nullptr ? std::vector<std::uint64_t>() : index_->late_entries();
  for (const auto& entry : entries_) {
    if (entry.late) late.push_back(entry.leaf);
  }
  return late;
}

std::optional<Timestamp> Records::last_executor_entry(Environment environment) const {
  const auto found = executors_.find(environment);
  return found == executors_.end() ? std::nullopt : std::optional(found->second.at);
}

Timestamp Records::heard_from_executors() const {
  Timestamp last{};
  for (const auto& [environment, written] : executors_) last = std::max(last, written.at);
  return last;
}

std::uint64_t Records::seen_by_executors(Environment environment) const {
  const auto found = executors_.find(environment);
  return found == executors_.end() ? 0 : found->second.seen;
}

std::optional<std::string> Records::owner(const crypto::PublicKey& key) const {
  const std::string point(key.point());
  const auto found = owners_.find(point);
  if (found != owners_.end()) return found->second;
  return index_ == nullptr ? std::nullopt : index_->owner(point);
}

bool Records::used(const std::string& by, const EntryId& id) const {
  if (ids_.contains({by, id})) return true;
  const auto leaf = index_ == nullptr ? std::nullopt : index_->find_entry(by, id);
  return leaf && *leaf < size();
}

std::vector<LeafHash> Records::claims_by(const crypto::PublicKey& executor) const {
  std::set<std::uint64_t> leaves;
  if (index_ != nullptr) {
    for (const auto leaf : index_->claims_by(executor.fingerprint())) {
      if (leaf < size()) leaves.insert(leaf);
    }
  }
  for (const auto& [id, known] : known_) {
    if (known.run.claim && known.run.claim->key == executor) leaves.insert(known.run.claim->leaf);
  }
  std::vector<LeafHash> claims;
  for (const auto leaf : leaves) claims.push_back(tree_.leaf(leaf));
  return claims;
}

std::optional<LeafHash> Records::last_claim_by(const crypto::PublicKey& executor) const {
  auto last = index_ == nullptr ? std::nullopt : index_->last_claim_by(executor.fingerprint(), size());
  for (const auto& [id, known] : known_) {
    if (known.run.claim && known.run.claim->key == executor && (!last || known.run.claim->leaf > *last)) last = known.run.claim->leaf;
  }
  return last ? std::optional(tree_.leaf(*last)) : std::nullopt;
}

}  // namespace blc::approval
