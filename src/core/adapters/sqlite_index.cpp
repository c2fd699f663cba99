#include "core/adapters/sqlite_index.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sqlite3.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <filesystem>
#include <utility>
#include <variant>
#include <vector>

#include "core/adapters/descriptor.hpp"
#include "core/base/result.hpp"

namespace blc::adapters {

using ports::IndexedEntry;
using ports::IndexedRun;

namespace {

constexpr std::int64_t kApplicationId = 0x626c6369;  // "blci"
constexpr std::int64_t kFormat = 8;
constexpr std::size_t kSuffix = 6;  // of a run ID, the fewest characters that name it
constexpr std::size_t kDigestBytes = 32;
constexpr std::uintmax_t kLongLog = std::uintmax_t{256} << 10U;  // bytes

constexpr const char* kSchema = R"(
CREATE TABLE summary (one INTEGER PRIMARY KEY CHECK (one = 1), size INTEGER NOT NULL, runs INTEGER NOT NULL, unreadable INTEGER) STRICT;
INSERT INTO summary VALUES (1, 0, 0, NULL);
CREATE TABLE executors (environment INTEGER PRIMARY KEY, at INTEGER NOT NULL, seen INTEGER NOT NULL) STRICT;
CREATE TABLE clients (leaf INTEGER PRIMARY KEY, by BLOB NOT NULL, client BLOB NOT NULL, at INTEGER NOT NULL) STRICT;
CREATE TABLE voids (leaf INTEGER PRIMARY KEY, why BLOB NOT NULL) STRICT;
CREATE TABLE adopted (leaf INTEGER PRIMARY KEY, root INTEGER NOT NULL, under INTEGER NOT NULL,
  slots0 INTEGER NOT NULL, slots1 INTEGER NOT NULL, slots2 INTEGER NOT NULL, slots3 INTEGER NOT NULL,
  at INTEGER NOT NULL, recovery INTEGER NOT NULL, heard INTEGER NOT NULL) STRICT;
CREATE TABLE governing (leaf INTEGER PRIMARY KEY) STRICT;
CREATE TABLE keys (key BLOB PRIMARY KEY, owner BLOB NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE tiles (place INTEGER PRIMARY KEY, hashes BLOB NOT NULL) STRICT;
CREATE TABLE entries (leaf INTEGER PRIMARY KEY, previous INTEGER, id BLOB NOT NULL, by BLOB NOT NULL, late INTEGER NOT NULL) STRICT;
CREATE INDEX entries_by_id ON entries (id);
CREATE INDEX entries_late ON entries (leaf) WHERE late = 1;
CREATE TABLE runs (id BLOB PRIMARY KEY, tail BLOB NOT NULL, last INTEGER NOT NULL, chain BLOB NOT NULL, by BLOB NOT NULL, verb BLOB NOT NULL,
  environment INTEGER NOT NULL, classification INTEGER NOT NULL, at INTEGER NOT NULL, subject BLOB NOT NULL,
  parameters BLOB NOT NULL, rolls_back BLOB, claim INTEGER, claimant BLOB NOT NULL, live_until INTEGER NOT NULL, ended INTEGER,
  end INTEGER NOT NULL, glass_broken INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE INDEX runs_by_tail ON runs (tail);
CREATE INDEX runs_by_person ON runs (by);
CREATE INDEX runs_by_subject ON runs (subject) WHERE subject <> x'';
CREATE INDEX runs_live ON runs (live_until) WHERE live_until > 0;
CREATE INDEX runs_ended ON runs (by, ended) WHERE ended IS NOT NULL;
CREATE INDEX runs_by_end ON runs (end);
CREATE INDEX runs_glass_broken ON runs (id) WHERE glass_broken = 1;
CREATE INDEX runs_claimed ON runs (verb, environment, claim) WHERE claim IS NOT NULL AND rolls_back IS NULL;
CREATE INDEX runs_by_claimant ON runs (claimant, claim) WHERE claim IS NOT NULL;
CREATE INDEX runs_rolled_back ON runs (rolls_back, claim) WHERE claim IS NOT NULL AND rolls_back IS NOT NULL;
)";

template <class T>
std::string_view view(const Id<T>& id) {
  const auto& bytes = id.value.bytes();
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

template <class Tag>
Id<Tag> id_of(const std::string& bytes) {
  std::array<std::uint8_t, 16> raw{};
  if (bytes.size() != raw.size()) throw Broken("the index of the ledger is damaged", Exit::ledger);
  std::memcpy(raw.data(), bytes.data(), raw.size());
  return Id<Tag>{Ulid(raw)};
}

std::int64_t count(Timestamp time) { return time.time_since_epoch().count(); }
Timestamp time_of(std::int64_t count) { return Timestamp{Milliseconds{count}}; }
std::uint64_t natural(std::int64_t number) { return static_cast<std::uint64_t>(number); }
std::uint64_t place_of(unsigned level, std::uint64_t index) { return (std::uint64_t{level} << 48U) | index; }

}  // namespace

// Those that run once an entry or a run, prepared once.
struct SqliteIndex::Statements {
  explicit Statements(const Sqlite& database)
      : find_run(database, "SELECT chain, last, by, verb, environment, classification, at, subject, parameters, rolls_back, "
                           "claim, claimant, live_until, ended, end, glass_broken FROM runs WHERE id = ?"),
        find_entry(database, "SELECT leaf, previous, id, by, late FROM entries WHERE leaf = ?"),
        find_id(database, "SELECT leaf, by FROM entries WHERE id = ?"),
        find_tile(database, "SELECT hashes FROM tiles WHERE place = ?"),
        last_claimed(database, "SELECT id FROM runs WHERE claim IS NOT NULL AND rolls_back IS NULL AND verb = ?1 AND environment = ?2 AND claim < ?3 "
                               "ORDER BY claim DESC LIMIT 1"),
        last_claimed_with(database, "SELECT id FROM runs WHERE claim IS NOT NULL AND rolls_back IS NULL AND verb = ?1 AND environment = ?2 AND claim < ?3 "
                                    "AND parameters = ?4 ORDER BY claim DESC LIMIT 1"),
        last_rollback(database, "SELECT id FROM runs WHERE claim IS NOT NULL AND rolls_back IS NOT NULL AND rolls_back = ?1 "
                                "AND claim < ?2 ORDER BY claim DESC LIMIT 1"),
        add_entry(database, "INSERT INTO entries VALUES (?, ?, ?, ?, ?)"),
        put_run(database, "INSERT OR REPLACE INTO runs VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"),
        put_tile(database, "INSERT OR REPLACE INTO tiles VALUES (?, ?)") {}

  // A statement that stands on a row holds the view that it reads from.
  void reset() {
    for (auto* const statement : {&find_run, &find_entry, &find_id, &find_tile, &last_claimed, &last_claimed_with, &last_rollback}) statement->reset();
  }

  Prepared find_run;
  Prepared find_entry;
  Prepared find_id;
  Prepared find_tile;
  Prepared last_claimed;
  Prepared last_claimed_with;  // these parameters
  Prepared last_rollback;
  Prepared add_entry;
  Prepared put_run;
  Prepared put_tile;
};

SqliteIndex::SqliteIndex(std::string path, Use use) : path_(std::move(path)), use_(use) {
  if (use_ == Use::look_only) {
    if (::access(path_.c_str(), F_OK) != 0) {
      connect_privately();
      return;
    }
  } else {
    const Descriptor made(::open(path_.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (!made.valid()) throw Broken("the index " + path_ + " cannot be made");
  }
  connect(path_);
  try {
    prepare();
  } catch (const Broken& why) {
    if (why.code() != Exit::ledger && !database_->damaged()) throw;
    if (use_ == Use::look_only) {
      connect_privately();
      return;
    }
    // SQLite's own way to empty a file, however damaged, under its locks.
    statements_.reset();
    database_->roll_back();
    database_->reset();
    prepare();
  }
}

SqliteIndex::SqliteIndex(Scratch /*unused*/) { connect_privately(); }

// In a private file of SQLite's own, gone when it is closed.
void SqliteIndex::connect_privately() {
  path_.clear();
  use_ = Use::normal;
  statements_.reset();
  connect(path_);
  database_->run("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;");
  prepare();
}

// A damage that only showed while it was read: the next process finds an empty index, and reads the ledger again. A log
// that has grown is folded in: whoever opens the index first reads all of it.
SqliteIndex::~SqliteIndex() {
  statements_.reset();
  if (!database_) return;
  database_->roll_back();
  if (use_ == Use::look_only || path_.empty()) return;
  try {
    std::error_code none;
    if (database_->damaged()) {
      database_->reset();
    } else if (std::filesystem::file_size(path_ + "-wal", none) >= kLongLog && !none) {
      database_->wait_for_nobody();  // who reads it may do so for hours, as an executor at work does
      database_->run("PRAGMA wal_checkpoint(TRUNCATE)");
    }
  } catch (const Broken&) {  // or the next process does
    return;
  }
}

void SqliteIndex::connect(const std::string& file) {
  database_ = std::make_unique<Sqlite>("the index " + (file.empty() ? "of this check" : file),
                                       Damage{Exit::failed, "type it again; the index is made anew from the ledger"});
  database_->open(file, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOFOLLOW);
}

void SqliteIndex::prepare() {
  database_->harden("PRAGMA synchronous = NORMAL; PRAGMA cache_size = -8192;");
  if (!path_.empty()) database_->keep_log_at_close();  // three syncs less a command
  if (database_->number("PRAGMA user_version") == 0) {
    if (!path_.empty()) database_->run("PRAGMA journal_mode = WAL");
    database_->run("BEGIN IMMEDIATE");
    if (database_->number("PRAGMA user_version") == 0) {
      database_->run(kSchema);
      database_->run(fmt::format("PRAGMA application_id = {}; PRAGMA user_version = {}", kApplicationId, kFormat).c_str());
    }
    database_->run("COMMIT");
  }
  if (database_->number("PRAGMA application_id") != kApplicationId || database_->number("PRAGMA user_version") != kFormat)
    throw Broken("the index " + path_ + " is of another format", Exit::ledger);
  statements_ = std::make_unique<Statements>(*database_);
  look();
}

void SqliteIndex::look() {
  database_->run("BEGIN");
  static_cast<void>(stored_size());  // the view begins with the first read
}

std::uint64_t SqliteIndex::stored_size() const { return natural(database_->number("SELECT size FROM summary")); }

SqliteIndex::Summary SqliteIndex::summary() {
  Summary summary;
  Statement row(*database_, "SELECT size, runs, unreadable FROM summary");
  if (!row.step()) throw Broken("the index of the ledger is damaged", Exit::ledger);
  summary.size = natural(row.number(0));
  summary.runs = natural(row.number(1));
  if (!row.null(2)) summary.unreadable = natural(row.number(2));
  Statement executors(*database_, "SELECT environment, at, seen FROM executors");
  while (executors.step())
    summary.executors[static_cast<Environment>(executors.number(0))] = {time_of(executors.number(1)), natural(executors.number(2))};
  Statement clients(*database_, "SELECT by, client, leaf, at FROM clients ORDER BY leaf");
  while (clients.step())
    summary.clients.push_back({clients.bytes(0), id_of<ClientTag>(clients.bytes(1)), natural(clients.number(2)), time_of(clients.number(3))});
  Statement voids(*database_, "SELECT leaf, why FROM voids ORDER BY leaf");
  while (voids.step()) summary.voids.push_back({natural(voids.number(0)), voids.bytes(1)});
  Statement adopted(*database_, "SELECT leaf, root, under, slots0, slots1, slots2, slots3, at, recovery, heard FROM adopted ORDER BY leaf");
  while (adopted.step())
    summary.adopted.push_back({natural(adopted.number(0)), adopted.number(1) == 1, natural(adopted.number(2)),
                               {natural(adopted.number(3)), natural(adopted.number(4)), natural(adopted.number(5)),
                                natural(adopted.number(6))},
                               time_of(adopted.number(7)), adopted.number(8) == 1, time_of(adopted.number(9))});
  Statement governing(*database_, "SELECT leaf FROM governing ORDER BY leaf");
  while (governing.step()) summary.governing.push_back(natural(governing.number(0)));
  return summary;
}

std::vector<Digest> SqliteIndex::tile(unsigned level, std::uint64_t index) {
  std::vector<Digest> hashes;
  auto& row = statements_->find_tile.again().bind(1, place_of(level, index));
  if (!row.step()) return hashes;
  const auto bytes = row.bytes(0);
  hashes.resize(bytes.size() / kDigestBytes);
  for (std::size_t i = 0; i < hashes.size(); ++i)
    std::memcpy(hashes[i].bytes.data(), bytes.data() + i * kDigestBytes, kDigestBytes);
  return hashes;
}

std::optional<IndexedRun> SqliteIndex::run(const RunId& id) {
  auto& row = statements_->find_run.again().bind(1, view(id));
  if (!row.step()) return std::nullopt;
  IndexedRun run;
  run.id = id;
  run.chain = Digest::from_bytes(row.bytes(0)).value_or(Digest{});
  run.last = natural(row.number(1));
  run.by = row.bytes(2);
  run.verb = row.bytes(3);
  run.environment = static_cast<Environment>(row.number(4));
  run.classification = static_cast<Classification>(row.number(5));
  run.at = time_of(row.number(6));
  run.subject = row.bytes(7);
  run.parameters = Digest::from_bytes(row.bytes(8)).value_or(Digest{});
  if (!row.null(9)) run.rolls_back = id_of<RunTag>(row.bytes(9));
  if (!row.null(10)) run.claim = natural(row.number(10));
  run.claimant = row.bytes(11);
  run.live_until = time_of(row.number(12));
  if (!row.null(13)) run.ended = time_of(row.number(13));
  run.end = static_cast<ports::RunEnd>(row.number(14));
  run.glass_broken = row.number(15) == 1;
  return run;
}

std::optional<IndexedEntry> SqliteIndex::entry(std::uint64_t leaf) {
  auto& row = statements_->find_entry.again().bind(1, leaf);
  if (!row.step()) return std::nullopt;
  IndexedEntry entry;
  entry.leaf = natural(row.number(0));
  if (!row.null(1)) entry.previous = natural(row.number(1));
  entry.id = id_of<EntryTag>(row.bytes(2));
  entry.by = row.bytes(3);
  entry.late = row.number(4) == 1;
  return entry;
}

std::optional<std::uint64_t> SqliteIndex::find_entry(std::string_view by, const EntryId& id) {
  auto& row = statements_->find_id.again().bind(1, view(id));
  while (row.step()) {
    if (row.bytes(1) == by) return natural(row.number(0));
  }
  return std::nullopt;
}

std::vector<std::uint64_t> SqliteIndex::late_entries() {
  std::vector<std::uint64_t> leaves;
  Statement rows(*database_, "SELECT leaf FROM entries WHERE late = 1 ORDER BY leaf");
  while (rows.step()) leaves.push_back(natural(rows.number(0)));
  return leaves;
}

std::optional<std::string> SqliteIndex::owner(std::string_view key) {
  Statement row(*database_, "SELECT owner FROM keys WHERE key = ?");
  return row.bind(1, key).step() ? std::optional(row.bytes(0)) : std::nullopt;
}

// `what` of the runs that the filter lets through; it must outlive the statement.
std::unique_ptr<Statement> SqliteIndex::select(const char* what, const ports::RunFilter& filter, const char* order) {
  // SQLite knows no sizes and would rather read all runs in their order than sort a few.
  const auto* const by_way_of = filter.live_at ? "INDEXED BY runs_live" : filter.ended_since ? "INDEXED BY runs_ended" : "";
  auto sql = fmt::format("SELECT {} FROM runs {} WHERE by <> x''", what, by_way_of);  // without: no request of it counts
  std::vector<std::variant<std::string_view, std::int64_t>> values;
  const auto demand = [&](const char* condition, const auto& value) {
    sql += fmt::format(" AND {}", condition);
    values.emplace_back(value);
  };
  auto tail = std::string_view(filter.suffix);
  if (tail.size() > kSuffix) tail.remove_prefix(tail.size() - kSuffix);
  if (!tail.empty()) demand("tail = ?", tail);
  if (!filter.by.empty()) demand("by = ?", std::string_view(filter.by));
  if (!filter.verb.empty()) demand("verb = ?", std::string_view(filter.verb));
  if (filter.environment) demand("environment = ?", static_cast<std::int64_t>(*filter.environment));
  if (filter.classification) demand("classification = ?", static_cast<std::int64_t>(*filter.classification));
  if (filter.since) demand("at >= ?", count(*filter.since));
  if (filter.until) demand("at <= ?", count(*filter.until));
  if (filter.subject) demand("subject <> x'' AND subject = ?", std::string_view(*filter.subject));
  if (filter.live_at) demand("live_until > 0 AND live_until >= ?", count(*filter.live_at));
  if (filter.ended_since) demand("ended IS NOT NULL AND ended >= ?", count(*filter.ended_since));
  if (filter.glass_broken) sql += " AND glass_broken = 1";
  if (!filter.ends.empty()) {
    std::string ends;
    for (const auto end : filter.ends) ends += fmt::format("{}{}", ends.empty() ? "" : ", ", static_cast<int>(end));
    sql += fmt::format(" AND end IN ({})", ends);
  }
  auto statement = std::make_unique<Statement>(*database_, sql + order);
  int place = 0;
  for (const auto& value : values) std::visit([&](const auto& of) { statement->bind(++place, of); }, value);
  return statement;
}

void SqliteIndex::each_run(const ports::RunFilter& filter, const std::function<bool(const RunId&)>& each) {
  const auto rows = select("id", filter, " ORDER BY id DESC");
  while (rows->step()) {
    if (!each(id_of<RunTag>(rows->bytes(0)))) return;
  }
}

std::uint64_t SqliteIndex::run_count(const ports::RunFilter& filter) {
  const auto row = select("count(*)", filter, "");
  return row->step() ? natural(row->number(0)) : 0;
}

std::optional<RunId> SqliteIndex::last_claimed(std::string_view verb, Environment environment,
                                               const std::optional<Digest>& parameters, std::uint64_t before) {
  auto& row = parameters ? statements_->last_claimed_with.again() : statements_->last_claimed.again();
  row.bind(1, verb).bind(2, static_cast<std::int64_t>(environment)).bind(3, before);
  if (parameters) row.bind(4, parameters->view());
  return row.step() ? std::optional(id_of<RunTag>(row.bytes(0))) : std::nullopt;
}

std::optional<RunId> SqliteIndex::last_rollback(const RunId& undone, std::uint64_t before) {
  auto& row = statements_->last_rollback.again();
  row.bind(1, view(undone)).bind(2, before);
  return row.step() ? std::optional(id_of<RunTag>(row.bytes(0))) : std::nullopt;
}

std::vector<std::uint64_t> SqliteIndex::claims_by(std::string_view fingerprint) {
  std::vector<std::uint64_t> leaves;
  Statement rows(*database_, "SELECT claim FROM runs WHERE claim IS NOT NULL AND claimant = ? ORDER BY claim");
  rows.bind(1, fingerprint);
  while (rows.step()) leaves.push_back(natural(rows.number(0)));
  return leaves;
}

std::optional<std::uint64_t> SqliteIndex::last_claim_by(std::string_view fingerprint, std::uint64_t before) {
  Statement row(*database_, "SELECT max(claim) FROM runs WHERE claim IS NOT NULL AND claimant = ? AND claim < ?");
  row.bind(1, fingerprint).bind(2, before);
  return row.step() && !row.null(0) ? std::optional(natural(row.number(0))) : std::nullopt;
}

bool SqliteIndex::add(const Addition& addition) {
  if (use_ == Use::look_only) return false;
  statements_->reset();
  database_->roll_back();
  try {
    database_->run("BEGIN IMMEDIATE");
    const bool fits = stored_size() == addition.from;
    if (fits) write(addition);
    database_->run(fits ? "COMMIT" : "ROLLBACK");
    look();
    return fits;
  } catch (const Broken&) {
    database_->roll_back();
    look();
    throw;
  }
}

void SqliteIndex::write(const Addition& addition) {
  Statement summary(*database_, "UPDATE summary SET size = ?, runs = ?, unreadable = ?");
  summary.bind(1, addition.size).bind(2, addition.runs);
  if (addition.unreadable) summary.bind(3, *addition.unreadable);
  summary.step();
  for (const auto& [environment, entries] : addition.executors)
    Statement(*database_, "INSERT OR REPLACE INTO executors VALUES (?, ?, ?)")
        .bind(1, static_cast<std::int64_t>(environment)).bind(2, count(entries.at)).bind(3, entries.seen).step();
  for (const auto& use : addition.clients)
    Statement(*database_, "INSERT INTO clients VALUES (?, ?, ?, ?)")
        .bind(1, use.leaf).bind(2, std::string_view(use.by)).bind(3, view(use.client)).bind(4, count(use.at)).step();
  for (const auto& entry : addition.voids)
    Statement(*database_, "INSERT INTO voids VALUES (?, ?)").bind(1, entry.leaf).bind(2, std::string_view(entry.why)).step();
  for (const auto& about : addition.adopted) {
    Statement row(*database_, "INSERT INTO adopted VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
    row.bind(1, about.leaf).bind(2, std::int64_t{about.root ? 1 : 0}).bind(3, about.under);
    for (int i = 0; i < 4; ++i) row.bind(4 + i, about.most_slots.at(static_cast<std::size_t>(i)));
    row.bind(8, count(about.at)).bind(9, std::int64_t{about.recovery ? 1 : 0}).bind(10, count(about.heard)).step();
  }
  database_->run("DELETE FROM governing");
  for (const auto leaf : addition.governing) Statement(*database_, "INSERT INTO governing VALUES (?)").bind(1, leaf).step();
  for (const auto& [key, owner] : addition.keys)
    Statement(*database_, "INSERT OR IGNORE INTO keys VALUES (?, ?)").bind(1, std::string_view(key)).bind(2, std::string_view(owner)).step();
  for (const auto& entry : addition.entries) {
    auto& row = statements_->add_entry.again();
    row.bind(1, entry.leaf).bind(3, view(entry.id)).bind(4, std::string_view(entry.by)).bind(5, std::int64_t{entry.late ? 1 : 0});
    if (entry.previous) row.bind(2, *entry.previous);
    row.step();
  }
  for (const auto& run : addition.changed) write_run(run);
  for (const auto& tile : addition.tiles) {
    std::string bytes;
    for (const auto& hash : tile.hashes) bytes += hash.view();
    statements_->put_tile.again().bind(1, place_of(tile.level, tile.index)).bind(2, std::string_view(bytes)).step();
  }
}

void SqliteIndex::write_run(const IndexedRun& run) {
  const auto tail = run.id.suffix();
  auto& row = statements_->put_run.again();
  row.bind(1, view(run.id)).bind(2, std::string_view(tail)).bind(3, run.last).bind(4, run.chain.view());
  row.bind(5, std::string_view(run.by)).bind(6, std::string_view(run.verb));
  row.bind(7, static_cast<std::int64_t>(run.environment)).bind(8, static_cast<std::int64_t>(run.classification));
  row.bind(9, count(run.at)).bind(10, std::string_view(run.subject)).bind(11, run.parameters.view());
  if (run.rolls_back) row.bind(12, view(*run.rolls_back));
  if (run.claim) row.bind(13, *run.claim);
  row.bind(14, std::string_view(run.claimant)).bind(15, count(run.live_until));
  if (run.ended) row.bind(16, count(*run.ended));
  row.bind(17, static_cast<std::int64_t>(run.end)).bind(18, std::int64_t{run.glass_broken ? 1 : 0});
  row.step();
}

void SqliteIndex::forget() {
  if (use_ == Use::look_only) return;
  statements_->reset();
  database_->roll_back();
  database_->run("BEGIN IMMEDIATE");
  for (const char* const table : {"executors", "clients", "voids", "adopted", "governing", "keys", "tiles", "entries", "runs"})
    database_->run(fmt::format("DELETE FROM {}", table).c_str());
  database_->run("UPDATE summary SET size = 0, runs = 0, unreadable = NULL; COMMIT");
  look();
}

std::unique_ptr<ports::LedgerIndex> SqliteIndex::scratch() {
  return std::unique_ptr<ports::LedgerIndex>(new SqliteIndex(Scratch{}));
}

}  // namespace blc::adapters
