// What the index keeps between two readings of the ledger, and entries that were judged before, read again from the store.
#include <algorithm>
#include <memory>
#include <ranges>

#include "core/approval/bodies.hpp"
#include "core/approval/exports.hpp"
#include "core/approval/records_inside.hpp"

namespace blc::approval {

using ledger::Entry;
using ledger::Kind;

namespace {

constexpr std::size_t kMostKept = 512;  // runs in memory while a whole ledger is read

[[noreturn]] void throw_changed(std::uint64_t leaf) {
  throw Broken("entry " + std::to_string(leaf) + " of the ledger is not the one that was verified", Exit::ledger);
}

template <class T>
T expect(Result<T> read, std::uint64_t leaf) {
  if (!read) throw_changed(leaf);
  return *std::move(read);
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
    // Said by whoever reads on, and not here: an admin must still be able to say that it was lost.
    const auto bytes = still_there(leaf);
    if (!bytes) {
      gone_ = leaf;
      return;
    }
    const auto entry = expect(ledger::decode_entry(*bytes), leaf);
    take_governing(leaf, parse(entry, fact_of(entry, leaf, tree_.leaf(leaf)), governing_));
  }
}

// The stored bytes of an entry that was verified before.
std::optional<std::string> Records::still_there(std::uint64_t leaf) const {
  std::string bytes;
  store_->read(leaf, leaf + 1, [&](std::uint64_t, std::string_view stored) {
    bytes = stored;
    return false;
  });
  if (ledger::leaf_hash(bytes) != tree_.leaf(leaf)) return std::nullopt;
  return bytes;
}

std::string Records::read_again(std::uint64_t leaf) const {
  auto bytes = still_there(leaf);
  if (!bytes) throw_changed(leaf);
  return *std::move(bytes);
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
  for (const auto& [point, owner] : owners_) addition.keys.emplace_back(point, owner);
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
