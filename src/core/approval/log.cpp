#include "core/approval/log.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/approval/verify.hpp"

namespace blc::approval {

namespace {

constexpr int kMostConflicts = 100;
// Of what this client signed, so many are in the ledger before they are struck off its list: a sync less a command.
constexpr std::size_t kWorthWriting = 32;

// The executor's entries and those of the admins, who must have seen all that came before. An executor's
// outcome or refusal is among them because several processes share its key: one that wrote to the same run
// first would make the other's entry leave out what its signer wrote.
bool signed_anew(const Draft& draft) {
  switch (draft.kind) {
    case ledger::Kind::plan:
    case ledger::Kind::claim:
    case ledger::Kind::root:
    case ledger::Kind::catalog:
    case ledger::Kind::step:
    case ledger::Kind::heartbeat:
    case ledger::Kind::resume:
    case ledger::Kind::outcome:
    case ledger::Kind::refusal: return true;
    default: return false;
  }
}

std::string describe(const Draft& draft) {
  return std::string(ledger::to_string(draft.kind)) + (draft.scope ? " of run " + draft.scope->run.suffix() : "");
}

std::unexpected<Error> broken_ledger(std::string what) {
  return fail(Exit::ledger, std::move(what), "do not sign or run anything; show this to your operator: blc ledger verify --full");
}

}  // namespace

Log::Log(ports::LedgerStore& store, ports::HeadMemory& memory, ports::Clock& clock, ports::Randomness& random, Pin pin,
         ports::LedgerIndex* index)
    : store_(store),
      memory_(memory),
      clock_(clock),
      ids_([&random](std::uint8_t* to, std::size_t size) { random.fill(to, size); }),
      pin_(std::move(pin)),
      index_(index),
      replay_(index == nullptr ? Replay(pin_.origin) : Replay(pin_.origin, *index, store)) {}

Result<> Log::refresh() {
  const auto seen = remembered_ ? std::nullopt : memory_.load();
  BLC_CHECK(read_on(seen ? seen->checked : 0, seen, !remembered_, {}));
  if (!remembered_) remember();
  return {};
}

Result<> Log::verify_all(bool signatures, const Progress& progress) {
  const auto seen = memory_.load();
  if (index_ != nullptr) {
    auto scratch = index_->scratch();
    replay_ = Replay(pin_.origin, *scratch, store_);
    scratch_ = std::move(scratch);
  } else {
    replay_ = Replay(pin_.origin);
  }
  try {
    auto read = read_on(signatures || !seen ? 0 : seen->checked, seen, true, progress);
    const bool whole = read && replay_.faults().empty();
    if (!whole && index_ != nullptr) index_->forget();
    if (whole && !remembered_) remember();
    return read;
  } catch (const Broken&) {
    if (index_ != nullptr) index_->forget();
    throw;
  }
}

// From where the replay ends to the end of the ledger, which must extend all that this client knows of it.
Result<> Log::read_on(std::uint64_t signatures_from, const std::optional<ports::HeadMemory::Seen>& seen, bool bulk,
                      const Progress& progress) {
  if (bulk) leave_foreign_index();
  const auto size = store_.size();
  const auto at_least = std::max({seen ? seen->size : 0, pin_.checkpoint.size, replay_.size(), std::uint64_t{1}});
  if (size < at_least)
    return broken_ledger(fmt::format("the ledger holds {} entries; this client has verified {}", size, at_least));
  const auto& tree = replay_.tree();
  if (bulk && tree.size() > 0) BLC_CHECK(holds(tree.size() - 1, tree.leaf(tree.size() - 1)));
  read_into(replay_, store_, size, signatures_from, bulk, progress);
  auto extends = extends_what_is_known(seen);
  // What was read may lie in the index by now.
  if (!extends && index_ != nullptr) index_->forget();
  return extends;
}

// An index that begins with another ledger's entry says nothing of this one: it is emptied, and what it should have
// said is read anew.
void Log::leave_foreign_index() {
  const auto& tree = replay_.tree();
  if (index_ == nullptr || scratch_ != nullptr || tree.size() == 0 || tree.leaf(0) == pin_.root1) return;
  index_->forget();
  scratch_ = index_->scratch();
  replay_ = Replay(pin_.origin, *scratch_, store_);
}

// The store still has this entry: it was not exchanged for another one behind what the index remembers.
Result<> Log::holds(std::uint64_t leaf, const LeafHash& hash) {
  bool same = false;
  store_.read(leaf, leaf + 1, [&](std::uint64_t, std::string_view bytes) {
    same = ledger::leaf_hash(bytes) == hash;
    return false;
  });
  return same ? Result<>() : broken_ledger(fmt::format("the ledger was rewritten: its entry {} is not the one verified before", leaf));
}

Result<> Log::extends_what_is_known(const std::optional<ports::HeadMemory::Seen>& seen) const {
  const auto& tree = replay_.tree();
  if (replay_.root() == nullptr || tree.leaf(0) != pin_.root1)
    return broken_ledger("this is not the ledger that you pinned: its first entry is another one");
  if (seen && tree.root(seen->size) != seen->root)
    return broken_ledger(fmt::format("the ledger was rewritten: its first {} entries are not those verified before", seen->size));
  if (tree.root(pin_.checkpoint.size) != pin_.checkpoint.root)
    return broken_ledger(fmt::format("the ledger does not extend the pinned checkpoint of size {}", pin_.checkpoint.size));
  return {};
}

// Once when the ledger is first read, and once at the end: what a process adds itself it knows meanwhile.
void Log::remember() {
  remembered_ = true;
  // Whoever puts a garbage row in must not bar those who looked at it from the ledger as it was before.
  if (!replay_.faults().empty()) return;
  const auto head = replay_.head();
  const auto seen = memory_.load();
  const auto& voids = replay_.void_entries();
  const auto checked = voids.empty() ? head.size : voids.front().leaf;
  if (!seen || seen->size < head.size) memory_.save({head.size, head.root, checked});
  replay_.save(false);
}

Log::~Log() {
  try {
    if (remembered_) remember();
    if (index_ != nullptr && !replay_.faults().empty()) index_->forget();  // it covers them, read as they were
  } catch (const std::exception&) {
    remembered_ = false;  // the memory of this process is lost, as in a crash; the ledger is not
  }
}

Result<std::string> Log::sign(ports::Signer& signer, const std::string& by, const Draft& draft) {
  const auto now = clock_.now();
  const auto* const root = replay_.root();
  ledger::Header header{pin_.origin, EntryId{ids_.next(now)}, by, now, root == nullptr ? 0 : root->version(),
                        replay_.head(), {}, {}, {}};
  if (draft.scope) {
    header.run = draft.scope->run;
    header.environment = draft.scope->environment;
    header.classification = draft.scope->classification;
  }
  return ledger::sign_entry(draft.kind, ledger::encode_payload(draft.kind, header, draft.body), signer);
}

Result<> Log::fits(const std::string& bytes) const {
  BLC_TRY(const auto entry, ledger::decode_entry(bytes));
  const auto verdict = replay_.judge(entry);
  if (!verdict.counts())
    return fail(Exit::refused, verdict.why, verdict.hint.empty() ? "nothing was added to the ledger" : verdict.hint);
  return {};
}

Result<> Log::sound() const {
  const auto faults = replay_.faults();
  if (faults.empty()) return {};
  return broken_ledger(fmt::format("entry {} of the ledger is void: {}", faults.front().leaf, faults.front().why));
}

Result<> Log::clock_allows(Environment environment) const {
  const auto last = replay_.last_executor_entry(environment);
  if (last && clock_.now() < *last - kSkew)
    return fail(Exit::refused,
                fmt::format("this machine's clock says {}, but the ledger has been at {}", blc::to_string(clock_.now()),
                            blc::to_string(*last)),
                "set the clock, then try again");
  return {};
}

// Yes, or conflict; Broken only when the entry is certainly not, or not findably, in the store.
ports::Appended Log::store_entry(const std::string& bytes, const Draft& draft, const LeafHash& leaf) {
  try {
    return store_.append(replay_.size(), bytes, draft.blobs);
  } catch (const Broken&) {
    if (const auto size = replay_.size(); refresh() && replay_.find(leaf, size)) return ports::Appended::yes;
    throw;
  }
}

Result<AppendedEntry> Log::append(ports::Signer& signer, const std::string& by, const Make& make,
                                  const Before& before_append) {
  std::optional<Draft> draft;
  std::string bytes;
  for (int attempt = 0; attempt < kMostConflicts; ++attempt) {
    BLC_CHECK(refresh());
    const bool again = draft.has_value() && !signed_anew(*draft);
    auto made = make(replay_);  // when signed before: whether the act is still possible, in its own words
    if (!made) {
      if (again) forget(ledger::leaf_hash(bytes));
      return std::unexpected(std::move(made).error());
    }
    if (!again) {
      draft = *std::move(made);
      if (draft->scope || draft->kind == ledger::Kind::catalog) BLC_CHECK(sound());  // else admins could not list what is void
      if (draft->scope) BLC_CHECK(clock_allows(draft->scope->environment));
      BLC_TRY(bytes, sign(signer, by, *draft));
    }
    const auto leaf = ledger::leaf_hash(bytes);
    if (auto fitting = fits(bytes); !fitting) {
      if (again) forget(leaf);
      return std::unexpected(std::move(fitting).error());
    }
    if (before_append) before_append(leaf);
    if (!again && !signed_anew(*draft)) memory_.note_signed({leaf.value, replay_.size(), describe(*draft)});
    const auto index = replay_.size();
    if (store_entry(bytes, *draft, leaf) == ports::Appended::conflict) continue;
    BLC_CHECK(refresh());
    const auto found = replay_.find(leaf, index);
    if (!found) return broken_ledger("the store took an entry and does not show it");
    BLC_TRY(const auto entry, ledger::decode_entry(bytes));
    return AppendedEntry{*found, leaf, entry.header.at};
  }
  throw Broken("the ledger is too busy: others wrote first a hundred times");
}

std::vector<std::string> Log::missing_of_mine() {
  auto entries = memory_.signed_entries();
  const auto found = std::erase_if(entries, [&](const auto& entry) { return replay_.find(LeafHash{entry.leaf}, entry.size).has_value(); });
  if (found >= kWorthWriting) memory_.keep_signed(entries);
  std::vector<std::string> missing;
  for (auto& entry : entries) missing.push_back(std::move(entry.what));
  return missing;
}

// An entry that was signed and, after a conflict, no longer fitted: the person is told now, not ever after.
void Log::forget(const LeafHash& leaf) {
  auto entries = memory_.signed_entries();
  if (std::erase_if(entries, [&](const auto& entry) { return entry.leaf == leaf.value; }) > 0) memory_.keep_signed(entries);
}

RunId Log::new_run_id() { return RunId{ids_.next(clock_.now())}; }

}  // namespace blc::approval
