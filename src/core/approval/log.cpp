#include "core/approval/log.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <ranges>

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

// Less than was verified before, or something else.
std::unexpected<Error> does_not_extend(std::string what) {
  return fail(Exit::ledger, std::move(what),
              "do not sign or run anything; show this to your operator: blc ledger verify --full. Where a backup was put back, admins "
              "say so: blc ledger restore");
}

std::unexpected<Error> rewritten_at(std::uint64_t leaf) {
  return does_not_extend(fmt::format("the ledger was rewritten: its entry {} is not the one verified before", leaf));
}

std::unexpected<Error> holds_less(std::uint64_t size, std::uint64_t known) {
  return does_not_extend(fmt::format("the ledger holds {} entries; this client has verified {}", size, known));
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
  if (restoring_) return read_while_restoring();
  if (remembered_) return read_on(0, {}, false, {});
  const auto seen = memory_.load();
  auto read = read_on(seen ? seen->checked : 0, seen, true, {});
  if (!read && read.error().code == Exit::ledger) read = go_on_after_loss(seen, std::move(read).error());
  BLC_CHECK(read);
  remember();
  return {};
}

Result<> Log::verify_all(bool signatures, const Progress& progress) {
  const auto seen = memory_.load();
  start_over();
  try {
    auto read = read_on(signatures || !seen ? 0 : seen->checked, seen, true, progress);
    if (!read && read.error().code == Exit::ledger) read = go_on_after_loss(seen, std::move(read).error());
    const bool whole = read && replay_.faults().empty();
    // Of a ledger that is not the one that it knows, the index still tells where they part: read_restored().
    if (read && !whole && index_ != nullptr) index_->forget();
    if (whole && !remembered_) remember();
    return read;
  } catch (const Broken&) {
    if (index_ != nullptr) index_->forget();
    throw;
  }
}

// Beside the index, which is left as it is.
void Log::start_over() {
  if (index_ == nullptr) {
    replay_ = Replay(pin_.origin);
    return;
  }
  auto scratch = index_->scratch();
  replay_ = Replay(pin_.origin, *scratch, store_);
  scratch_ = std::move(scratch);
}

void Log::read_all_anew() {
  start_over();
  read_into(replay_, store_, store_.size(), 0, true, {});
  all_checked_ = true;
}

// The ledger does not hold what this client knows of it. Where the admins say that this was lost, it goes on with what
// is left; each entry of that is checked as if it had never been seen.
Result<> Log::go_on_after_loss(const std::optional<ports::HeadMemory::Seen>& seen, Error refused) {
  read_all_anew();
  if (!is_pinned() || !extends_what_is_known(seen)) return std::unexpected(std::move(refused));
  const auto& losses = replay_.root()->losses();
  const auto known = std::min<std::size_t>(seen ? seen->losses : pin_.losses, losses.size());
  new_losses_.assign(losses.begin() + static_cast<std::ptrdiff_t>(known), losses.end());
  if (index_ != nullptr) index_->forget();
  return {};
}

Result<trust::Loss> Log::read_restored() {
  const auto before = replay_.tree();  // as the index has it, which tells where what is left ends
  const auto seen = memory_.load();
  read_all_anew();
  BLC_CHECK(is_pinned());
  if (extends_what_is_known(seen)) return fail(Exit::refused, "nothing is lost: the ledger holds all that you have verified of it");
  auto known = pin_.checkpoint;
  if (seen && !lost({seen->size, seen->root}, seen->losses) && seen->size >= known.size) known = {seen->size, seen->root};
  std::uint64_t kept = 1;  // the pinned root
  if (before.size() >= known.size && before.root(known.size) == known.root) {
    const auto both = std::views::iota(std::uint64_t{1}, std::min(before.size(), replay_.size()) + 1);
    kept = *std::ranges::prev(std::ranges::partition_point(both, [&](auto size) { return before.root(size) == replay_.tree().root(size); }));
  }
  restoring_ = true;
  return trust::Loss{kept, known.size, known.root};
}

Result<> Log::read_while_restoring() {
  read_into(replay_, store_, store_.size(), 0);
  BLC_CHECK(is_pinned());
  if (!extends_what_is_known(memory_.load())) return {};
  restoring_ = false;
  memory_.keep_signed({});  // what is lost of it was told when the restoring began
  if (index_ != nullptr) index_->forget();
  remember();
  return {};
}

// From where the replay ends to the end of the ledger, which must extend all that this client knows of it.
Result<> Log::read_on(std::uint64_t signatures_from, const std::optional<ports::HeadMemory::Seen>& seen, bool bulk,
                      const Progress& progress) {
  if (bulk) leave_foreign_index();
  const auto size = store_.size();
  if (const auto known = std::max({seen ? seen->size : 0, replay_.size(), std::uint64_t{1}}); size < known)
    return holds_less(size, known);
  const auto& tree = replay_.tree();
  if (const auto gone = replay_.gone()) return rewritten_at(*gone);
  if (bulk && tree.size() > 0) BLC_CHECK(holds(tree.size() - 1, tree.leaf(tree.size() - 1)));
  all_checked_ = false;
  read_into(replay_, store_, size, signatures_from, bulk, progress);
  auto extends = is_pinned();
  if (extends) extends = extends_what_is_known(seen);
  // What was read may lie in the index by now.
  if (!extends && index_ != nullptr && scratch_ == nullptr) index_->forget();
  return extends;
}

// An index that begins with another ledger's entry says nothing of this one: it is emptied, and what it should have
// said is read anew.
void Log::leave_foreign_index() {
  const auto& tree = replay_.tree();
  if (index_ == nullptr || scratch_ != nullptr || tree.size() == 0 || tree.leaf(0) == pin_.root1) return;
  index_->forget();
  start_over();
}

// The store still has this entry: it was not exchanged for another one behind what the index remembers.
Result<> Log::holds(std::uint64_t leaf, const LeafHash& hash) {
  bool same = false;
  store_.read(leaf, leaf + 1, [&](std::uint64_t, std::string_view bytes) {
    same = ledger::leaf_hash(bytes) == hash;
    return false;
  });
  return same ? Result<>() : rewritten_at(leaf);
}

Result<> Log::is_pinned() const {
  if (replay_.root() != nullptr && replay_.tree().leaf(0) == pin_.root1) return {};
  return broken_ledger("this is not the ledger that you pinned: its first entry is another one");
}

bool Log::holds(const ledger::Head& head) const {
  const auto& tree = replay_.tree();
  return head.size <= tree.size() && tree.root(head.size) == head.root;
}

// Whether the admins in force say, by a loss that came after `losses` others, that a ledger with this head is no more.
bool Log::lost(const ledger::Head& head, std::uint64_t losses) const {
  const auto& all = replay_.root()->losses();
  if (!all_checked_ || all.size() <= losses) return false;
  return std::any_of(all.begin() + static_cast<std::ptrdiff_t>(losses), all.end(), [&](const auto& loss) {
    return loss.kept < head.size && (head.size < loss.size || (head.size == loss.size && head.root == loss.root));
  });
}

Result<> Log::extends_what_is_known(const std::optional<ports::HeadMemory::Seen>& seen) const {
  if (const ledger::Head head{seen ? seen->size : 0, seen ? seen->root : Digest{}}; seen && !holds(head) && !lost(head, seen->losses))
    return does_not_extend(fmt::format("the ledger was rewritten: its first {} entries are not those verified before", head.size));
  if (!holds(pin_.checkpoint) && !lost(pin_.checkpoint, pin_.losses)) {
    if (replay_.size() < pin_.checkpoint.size) return holds_less(replay_.size(), pin_.checkpoint.size);
    return does_not_extend(fmt::format("the ledger does not extend the pinned checkpoint of size {}", pin_.checkpoint.size));
  }
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
  const auto losses = replay_.root()->losses().size();
  if (!seen || seen->size < head.size || seen->losses < losses) memory_.save({head.size, head.root, checked, losses});
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
                        replay_.head(), {}, {}, {}, memory_.client([&] { return ClientId{ids_.next(now)}; })};
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
  if (!new_losses_.empty()) memory_.keep_signed({});  // told once: whoever wants it does it again
  const auto found = std::erase_if(entries, [&](const auto& entry) { return replay_.find(LeafHash{entry.leaf}, entry.size).has_value(); });
  if (found >= kWorthWriting && new_losses_.empty()) memory_.keep_signed(entries);
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
