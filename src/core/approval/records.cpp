#include "core/approval/records.hpp"

#include <algorithm>
#include <limits>
#include <memory>
#include <ranges>

#include "core/approval/bodies.hpp"
#include "core/approval/exports.hpp"
#include "core/crypto/digest.hpp"

namespace blc::approval {

using ledger::Entry;
using ledger::Kind;

namespace {

constexpr std::size_t kMostKept = 512;  // runs in memory while a whole ledger is read
constexpr Timestamp kEndOfTime{Milliseconds{std::numeric_limits<std::int64_t>::max()}};

[[noreturn]] void throw_changed(std::uint64_t leaf) {
  throw Broken("entry " + std::to_string(leaf) + " of the ledger is not the one that was verified", Exit::ledger);
}

template <class T>
T expect(Result<T> read, std::uint64_t leaf) {
  if (!read) throw_changed(leaf);
  return *std::move(read);
}

Digest digest_of(const text::Json::Object& parameters) { return crypto::sha256(text::canonical(text::Json(parameters))); }

std::optional<Timestamp> ended_at(const Run& run) {
  if (run.outcome) return run.outcome->at;
  if (run.cancel) return run.cancel->at;
  if (run.rejection) return run.rejection->at;
  return std::nullopt;
}

ports::RunEnd end_of(const Run& run) {
  using enum ports::RunEnd;
  if (!ended(run)) return none;
  if (!run.claim) return run.cancel ? cancelled : rejected;
  return approval::closed(run) ? closed : run.outcome->ending == Ending::succeeded ? succeeded : failed;
}

// No deadline is later: approvals only bring it nearer.
Timestamp live_until(const Run& run) {
  if (!run.plan || ended(run)) return {};
  return run.claim ? kEndOfTime : run.plan->at + run.plan->plan->resolution.rule.deadline;
}

bool matches(const Run& run, const RunFilter& filter) {
  const auto& request = *run.request;
  const auto end = ended_at(run);
  return (filter.by.empty() || request.by == filter.by) && (filter.verb.empty() || request.request.verb == filter.verb) &&
         (filter.suffix.empty() || run.id.str().ends_with(filter.suffix)) &&
         (!filter.environment || run.environment == *filter.environment) &&
         (!filter.classification || run.classification == *filter.classification) &&
         (!filter.since || request.at >= *filter.since) && (!filter.until || request.at <= *filter.until) &&
         (!filter.subject || request.request.subject == *filter.subject) &&
         (!filter.glass_broken || run.glass) && (!filter.live_at || live_until(run) >= *filter.live_at) &&
         (!filter.ended_since || (end && *end >= *filter.ended_since)) &&
         (filter.ends.empty() || std::ranges::find(filter.ends, end_of(run)) != filter.ends.end());
}

bool claimed_as(const Run& run, std::string_view verb, Environment environment, const text::Json::Object* parameters,
                std::uint64_t before) {
  return run.claim && run.claim->leaf < before && run.environment == environment && run.request->request.verb == verb &&
         !run.request->request.rolls_back &&
         (parameters == nullptr || run.request->request.parameters == *parameters);
}

Fact fact_of(const Entry& entry, std::uint64_t leaf, const LeafHash& hash) {
  const auto& header = entry.header;
  const auto& signature = entry.signature;
  return {leaf, hash, header.by, signature.key, header.at, header.head, header.id, signature.touched, signature.pin};
}

// An entry that was judged to count before, read again.
Parsed parse(const Entry& entry, const Fact& fact, GoverningCache& governing) {
  const auto& body = entry.body;
  switch (entry.kind) {
    case Kind::request: return RequestFact{fact, expect(plan::Request::from_json(body), fact.leaf)};
    case Kind::plan: {
      auto plan = std::make_shared<const plan::Plan>(expect(plan::Plan::from_json(body), fact.leaf));
      auto governed = expect(governing.load(plan->resolution.governing), fact.leaf);
      const auto digest = plan->digest();
      return PlanFact{fact, std::move(plan), digest, governed.verb, governed.policy};
    }
    case Kind::approval:
      if (!entry.header.run) return expect(read_decision(fact, body), fact.leaf);
      return expect(read_approval(fact, body), fact.leaf).fact;
    case Kind::cancel: return expect(read_cancel(fact, body), fact.leaf);
    case Kind::order: return expect(read_order(fact, body), fact.leaf).fact;
    case Kind::claim: return expect(read_claim(fact, body), fact.leaf).fact;
    case Kind::resume: return expect(read_resume(fact, body), fact.leaf).fact;
    case Kind::step: return expect(read_step(fact, body), fact.leaf);
    case Kind::outcome: return expect(read_outcome(fact, body), fact.leaf);
    case Kind::close: return expect(read_close(fact, body), fact.leaf);
    case Kind::break_glass: return expect(read_glass(fact, body), fact.leaf).fact;
    case Kind::review: return expect(read_review(fact, body), fact.leaf);
    case Kind::note: return expect(read_note(fact, body), fact.leaf);
    case Kind::refusal: return expect(read_refusal(fact, body), fact.leaf);
    case Kind::reveal: return expect(read_reveal(fact, body), fact.leaf);
    case Kind::exported: return expect(read_export(fact, body), fact.leaf);
    case Kind::proposal: {
      Proposal proposal{fact};
      proposal.next = std::make_shared<const trust::Proposal>(expect(trust::Proposal::from_json(body), fact.leaf));
      return proposal;
    }
    case Kind::accept: return expect(read_acceptance(fact, body), fact.leaf);
    case Kind::delegation: return delegation_of(expect(trust::Delegation::from_json(body), fact.leaf), fact);
    case Kind::tier_check:
    case Kind::heartbeat:
    case Kind::root:
    case Kind::catalog:
    case Kind::unknown: break;
  }
  return std::monostate{};
}

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

ports::IndexedRun row_of(const Run& run, std::uint64_t last, const Digest& chain) {
  ports::IndexedRun row;
  row.id = run.id;
  row.chain = chain;
  row.last = last;
  row.environment = run.environment;
  row.classification = run.classification;
  row.live_until = live_until(run);
  row.ended = ended_at(run);
  row.end = end_of(run);
  if (run.request) {
    row.by = run.request->by;
    row.verb = run.request->request.verb;
    row.at = run.request->at;
    row.subject = run.request->request.subject.value_or("");
    row.parameters = digest_of(run.request->request.parameters);
    row.rolls_back = run.request->request.rolls_back;
  }
  row.glass_broken = run.glass.has_value();
  if (run.claim) {
    row.claim = run.claim->leaf;
    row.claimant = run.claim->key.fingerprint();
  }
  return row;
}

}  // namespace

Records::Records(std::string origin, ports::LedgerIndex& index, ports::LedgerStore& store)
    : origin_(std::move(origin)), index_(&index), store_(&store) {
  auto summary = index.summary();
  saved_ = summary.size;
  tree_ = ledger::Tree(summary.size, [&index](unsigned level, std::uint64_t at) { return index.tile(level, at); });
  voids_ = std::move(summary.voids);
  unreadable_ = summary.unreadable;
  executors_ = std::move(summary.executors);
  for (const auto& use : summary.clients) clients_.emplace(std::pair(use.by, use.client), use);
  run_count_ = summary.runs;
  trust_ = trust::History(
      summary.adopted,
      {[this](std::uint64_t leaf) { return expect(trust::Root::from_json(adopted_body(leaf), crypto::Points::checked), leaf); },
       [this](std::uint64_t leaf) { return expect(trust::Catalog::from_json(adopted_body(leaf)), leaf); }});
  load_governing(summary.governing);
}

text::Json Records::adopted_body(std::uint64_t leaf) const {
  auto entry = expect(ledger::decode_entry(read_again(leaf)), leaf);
  return expect(read_adopting(std::move(entry.body)), leaf).next;
}

void Records::load_governing(const std::vector<std::uint64_t>& leaves) {
  for (const auto leaf : leaves) {
    const auto entry = expect(ledger::decode_entry(read_again(leaf)), leaf);
    take_governing(leaf, parse(entry, fact_of(entry, leaf, tree_.leaf(leaf)), governing_));
  }
}

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

// The stored bytes of an entry that was verified before.
std::string Records::read_again(std::uint64_t leaf) const {
  std::string bytes;
  store_->read(leaf, leaf + 1, [&](std::uint64_t, std::string_view stored) {
    bytes = stored;
    return false;
  });
  if (ledger::leaf_hash(bytes) != tree_.leaf(leaf)) throw_changed(leaf);
  return bytes;
}

Records::Known Records::load(const ports::IndexedRun& row) const {
  std::vector<ports::IndexedEntry> places;
  for (std::optional<std::uint64_t> leaf = row.last; leaf;) {
    const auto place = index_->entry(*leaf);
    if (!place || (place->previous && *place->previous >= *leaf)) throw Broken("the index of the ledger is damaged");
    if (place->leaf < size()) places.push_back(*place);  // another process may have gone on meanwhile
    leaf = place->previous;
  }
  Known known;
  for (const auto& place : std::views::reverse(places)) {
    const auto entry = expect(ledger::decode_entry(read_again(place.leaf)), place.leaf);
    if (entry.header.run != row.id) throw Broken("the index of the ledger is damaged");
    const auto hash = tree_.leaf(place.leaf);
    auto parsed = place.late ? Parsed{} : parse(entry, fact_of(entry, place.leaf, hash), governing_);
    take_into(known, entry, place, hash, std::move(parsed));
  }
  if (known.last == row.last && known.chain != row.chain) throw Broken("the index of the ledger is damaged");
  return known;
}

Records::Known* Records::known(const RunId& id) const {
  const auto found = known_.find(id);
  if (found != known_.end()) return &found->second;
  if (index_ == nullptr) return nullptr;
  const auto row = index_->run(id);
  if (!row) return nullptr;
  auto loaded = load(*row);
  return loaded.last ? &known_.emplace(id, std::move(loaded)).first->second : nullptr;
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
    for (const auto& key : principal.keys) owners_.emplace(key, principal.name);
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
  const auto found = owners_.find(key);
  if (found != owners_.end()) return found->second;
  return index_ == nullptr ? std::nullopt : index_->owner(key.blob());
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

void Records::each_run(const RunFilter& filter, const std::function<bool(const Run&)>& each) const {
  // What changed since it was saved is looked through here; the index knows where the rest is.
  std::vector<RunId> ours;
  for (const auto& [id, known] : known_) {
    if (index_ == nullptr || known.changed) ours.push_back(id);
  }
  const auto show = [&](const RunId& id) {
    const auto* const found = run(id);
    return found == nullptr || !found->request || !matches(*found, filter) || each(*found);
  };
  bool more = true;
  const auto show_ours_down_to = [&](const RunId* id) {
    while (more && !ours.empty() && (id == nullptr || ours.back() >= *id)) {
      const auto next = ours.back();
      ours.pop_back();
      if (id == nullptr || next != *id) more = show(next);
    }
  };
  if (index_ != nullptr) {
    index_->each_run(filter, [&](const RunId& id) {
      show_ours_down_to(&id);
      more = more && show(id);
      return more;
    });
  }
  show_ours_down_to(nullptr);
}

std::uint64_t Records::run_count(const RunFilter& filter) const {
  std::uint64_t count = 0;
  if (index_ != nullptr && size() == saved_ && filter.suffix.empty()) return index_->run_count(filter);
  each_run(filter, [&](const auto&) {
    ++count;
    return true;
  });
  return count;
}

// Of the runs in memory that fit, the one whose claim is the last, unless the index knows of a later one.
const Run* Records::later_claim(const std::function<bool(const Run&)>& fits, const std::optional<RunId>& saved) const {
  const Run* latest = nullptr;
  for (const auto& [id, known] : known_) {
    if (known.counted && fits(known.run) && (latest == nullptr || latest->claim->leaf < known.run.claim->leaf))
      latest = &known.run;
  }
  const auto* const found = saved ? run(*saved) : nullptr;
  if (found == nullptr || !found->claim) return latest;
  return latest == nullptr || latest->claim->leaf < found->claim->leaf ? found : latest;
}

const Run* Records::last_claimed(std::string_view verb, Environment environment, const text::Json::Object* parameters,
                                 std::uint64_t before) const {
  const auto digest = parameters == nullptr ? std::nullopt : std::optional(digest_of(*parameters));
  return later_claim([&](const Run& run) { return claimed_as(run, verb, environment, parameters, before); },
                     index_ == nullptr ? std::nullopt : index_->last_claimed(verb, environment, digest, before));
}

const Run* Records::last_rollback(const RunId& undone, std::uint64_t before) const {
  return later_claim(
      [&](const Run& run) { return run.claim && run.claim->leaf < before && run.request->request.rolls_back == undone; },
      index_ == nullptr ? std::nullopt : index_->last_rollback(undone, before));
}

std::vector<std::uint64_t> Records::governing_leaves() const {
  std::vector<std::uint64_t> leaves;
  for (const auto& proposal : proposals_) {
    leaves.push_back(proposal.leaf);
    for (const auto& decision : proposal.decisions) leaves.push_back(decision.leaf);
    for (const auto& acceptance : proposal.acceptances) leaves.push_back(acceptance.leaf);
    if (proposal.rejection) leaves.push_back(proposal.rejection->leaf);
  }
  for (const auto& delegation : trust_.delegations()) leaves.push_back(delegation.leaf);
  std::ranges::sort(leaves);
  return leaves;
}

ports::LedgerIndex::Addition Records::addition() const {
  ports::LedgerIndex::Addition addition;
  addition.from = saved_;
  addition.size = size();
  addition.runs = run_count_;
  addition.unreadable = unreadable_;
  addition.executors = executors_;
  for (const auto& [whose, use] : clients_) {
    if (use.leaf >= saved_) addition.clients.push_back(use);
  }
  std::ranges::copy_if(voids_, std::back_inserter(addition.voids), [&](const auto& entry) { return entry.leaf >= saved_; });
  addition.adopted = trust_.adopted_since(saved_);
  addition.governing = governing_leaves();
  for (const auto& [key, owner] : owners_) addition.keys.emplace_back(key.blob(), owner);
  addition.entries = entries_;
  for (const auto& [id, known] : known_) {
    if (known.changed) addition.changed.push_back(row_of(known.run, *known.last, known.chain));
  }
  for (auto& tile : tree_.tiles_since(saved_)) addition.tiles.push_back({tile.level, tile.index, std::move(tile.hashes)});
  return addition;
}

void Records::save(bool forgetting) {
  if (index_ == nullptr || size() == saved_ || !index_->add(addition())) return;
  saved_ = size();
  entries_.clear();
  ids_.clear();
  owners_.clear();
  for (auto& [id, known] : known_) known.changed = false;
  if (forgetting) forget();
}

void Records::forget() {
  tree_.forget();
  std::erase_if(known_, [](const auto& pair) { return ended(pair.second.run); });
  if (known_.size() > kMostKept) known_.clear();
}

}  // namespace blc::approval
