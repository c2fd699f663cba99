#include "core/adapters/sqlite_store.hpp"

#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "core/adapters/secure_files.hpp"
#include "core/adapters/system.hpp"

namespace blc::adapters {

namespace {

constexpr std::int64_t kApplicationId = 0x626c6331;  // "blc1"
constexpr std::int64_t kFormat = 1;
constexpr int kBusyTimeoutMs = 5000;
constexpr int kLargestValue = 128 << 20;  // an entry or a sealed value; a hostile file cannot ask for more
constexpr std::size_t kBatchBytes = 1U << 20U;

struct SchemaItem {
  const char* name;
  const char* sql;
};

// In the order of their names. The text is what sqlite_schema keeps, and is compared with it byte for byte.
constexpr std::array kSchema{
    SchemaItem{"entries", "CREATE TABLE entries (idx INTEGER PRIMARY KEY, bytes BLOB NOT NULL) STRICT"},
    SchemaItem{"entries_in_order",
               "CREATE TRIGGER entries_in_order BEFORE INSERT ON entries "
               "WHEN NEW.idx IS NOT (SELECT coalesce(max(idx) + 1, 0) FROM entries) "
               "BEGIN SELECT RAISE(ABORT, 'entries are appended in order'); END"},
    SchemaItem{"entries_no_delete",
               "CREATE TRIGGER entries_no_delete BEFORE DELETE ON entries "
               "BEGIN SELECT RAISE(ABORT, 'entries are never deleted'); END"},
    SchemaItem{"entries_no_update",
               "CREATE TRIGGER entries_no_update BEFORE UPDATE ON entries "
               "BEGIN SELECT RAISE(ABORT, 'entries are never changed'); END"},
    SchemaItem{"sealed", "CREATE TABLE sealed (digest BLOB PRIMARY KEY, bytes BLOB NOT NULL) STRICT, WITHOUT ROWID"},
    SchemaItem{"sealed_no_update",
               "CREATE TRIGGER sealed_no_update BEFORE UPDATE ON sealed "
               "BEGIN SELECT RAISE(ABORT, 'sealed values are never changed'); END"},
};
// Tables before the triggers on them.
constexpr std::array<std::size_t, kSchema.size()> kOrderOfMaking{0, 4, 1, 2, 3, 5};

// What a file: URI must not contain as it stands (RFC 3986 section 2.1).
std::string uri_of(const std::string& path) {
  std::string uri = "file:";
  for (const char c : path) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '/' ||
                       c == '.' || c == '-' || c == '_';
    uri += plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return uri;
}

// SQLite takes "file:..." for a URI and "" or ":memory:" for no file at all; a path is none of those.
std::string as_file_name(const std::string& path) { return path.starts_with('/') ? path : "./" + path; }

bool on_read_only_media(const std::string& path) {
  struct statvfs about {};
  return ::statvfs(path.c_str(), &about) == 0 && (about.f_flag & ST_RDONLY) != 0;
}

bool has_content(const std::string& path) {
  struct stat about {};
  return ::stat(path.c_str(), &about) == 0 && about.st_size > 0;
}

}  // namespace

// A prepared statement; throws Broken when it cannot be prepared or run.
class SqliteStore::Statement {
 public:
  Statement(SqliteStore& store, std::string_view sql) : store_(store) {
    const int code =
        sqlite3_prepare_v2(store.database_, sql.data(), static_cast<int>(sql.size()), &statement_, nullptr);
    if (code != SQLITE_OK) store.broken(code);
  }
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;
  ~Statement() { sqlite3_finalize(statement_); }

  Statement& bind(int at, std::uint64_t value) {
    return check(sqlite3_bind_int64(statement_, at, static_cast<sqlite3_int64>(value)));
  }
  // The bytes must outlive the statement.
  Statement& bind(int at, std::string_view bytes) {
    const char* const data = bytes.empty() ? "" : bytes.data();  // a null pointer would bind NULL
    return check(sqlite3_bind_blob64(statement_, at, data, bytes.size(), SQLITE_STATIC));
  }
  // False when there are no more rows.
  bool step() {
    const int code = sqlite3_step(statement_);
    if (code == SQLITE_ROW) return true;
    if (code == SQLITE_DONE) return false;
    store_.broken(code);
  }
  [[nodiscard]] std::int64_t number(int column) { return sqlite3_column_int64(statement_, column); }
  [[nodiscard]] std::string bytes(int column) {
    const auto* const data = static_cast<const char*>(sqlite3_column_blob(statement_, column));
    const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement_, column));
    return data == nullptr ? std::string() : std::string(data, size);
  }

 private:
  Statement& check(int code) {
    if (code != SQLITE_OK) store_.broken(code);
    return *this;
  }

  SqliteStore& store_;
  sqlite3_stmt* statement_ = nullptr;
};

// Rolls back unless committed.
struct SqliteStore::Transaction {
  explicit Transaction(SqliteStore& to) : store(to) { store.run("BEGIN IMMEDIATE"); }
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  ~Transaction() {
    // Where the failure already rolled back there is nothing left to do.
    if (sqlite3_get_autocommit(store.database_) == 0) {
      sqlite3_exec(store.database_, "ROLLBACK", nullptr, nullptr, nullptr);
    }
  }
  void commit() const { store.run("COMMIT"); }

  SqliteStore& store;
};

Result<std::unique_ptr<SqliteStore>> SqliteStore::create(const std::string& path, mode_t mode) {
  const std::string draft = path + ".new-" + to_hex(SystemRandom().bytes(8));
  {
    const Descriptor file(::open(draft.c_str(), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (!file.valid()) throw_errno("the ledger " + path + " cannot be made");
    if (::fchmod(file.get(), mode) != 0) throw_errno(path);
  }
  try {
    // Closing folds the write-ahead log into the file: what is renamed is complete.
    const std::unique_ptr<SqliteStore> made(new SqliteStore(draft, Access::normal, Purpose::make));
  } catch (...) {
    for (const char* const rest : {"", "-wal", "-shm"}) ::unlink((draft + rest).c_str());
    throw;
  }
  if (::renameat2(AT_FDCWD, draft.c_str(), AT_FDCWD, path.c_str(), RENAME_NOREPLACE) != 0) {
    const int error = errno;
    ::unlink(draft.c_str());
    if (error == EEXIST) return fail(Exit::failed, fmt::format("{} exists already.", path));
    throw Broken(fmt::format("the ledger {} cannot be made: {}", path, reason(error)));
  }
  sync_folder_of(path);
  return open(path);
}

Result<std::unique_ptr<SqliteStore>> SqliteStore::open(const std::string& path, Access access) {
  struct stat about {};
  if (::stat(path.c_str(), &about) != 0) {
    if (errno == ENOENT || errno == ENOTDIR) {
      return fail(Exit::usage, fmt::format("There is no ledger at {}.", path), "blc init");
    }
    throw_errno("the ledger " + path + " cannot be opened");
  }
  if (!S_ISREG(about.st_mode)) return fail(Exit::usage, fmt::format("{} is not a ledger file.", path));
  if (on_read_only_media(path)) access = Access::read_only;
  return std::unique_ptr<SqliteStore>(new SqliteStore(path, access, Purpose::use));
}

SqliteStore::SqliteStore(std::string path, Access access, Purpose purpose) : path_(std::move(path)) {
  try {
    open_database(access);
    harden();
    if (purpose == Purpose::make) make_schema();
    check_format();
    check_schema();
  } catch (...) {
    sqlite3_close_v2(database_);
    throw;
  }
}

SqliteStore::~SqliteStore() { sqlite3_close_v2(database_); }

void SqliteStore::open_database(Access access) {
  const std::string file = as_file_name(path_);
  int code = SQLITE_OK;
  if (access == Access::read_only) {
    // An immutable file is read without its write-ahead log; entries in there would silently be missing.
    if (has_content(file + "-wal")) {
      throw Broken(
          fmt::format("the ledger {} was copied while it was in use: {}-wal holds entries that cannot be "
                      "read from read-only media",
                      path_, path_));
    }
    code = sqlite3_open_v2((uri_of(file) + "?immutable=1").c_str(), &database_,
                           SQLITE_OPEN_READONLY | SQLITE_OPEN_URI | SQLITE_OPEN_FULLMUTEX, nullptr);
  } else {
    code = sqlite3_open_v2(file.c_str(), &database_, SQLITE_OPEN_READWRITE | SQLITE_OPEN_FULLMUTEX, nullptr);
  }
  if (code != SQLITE_OK) broken(code);
}

void SqliteStore::harden() const {
  sqlite3_extended_result_codes(database_, 1);
  sqlite3_busy_timeout(database_, kBusyTimeoutMs);
  constexpr std::array<std::pair<int, int>, 6> kConfig{{{SQLITE_DBCONFIG_DEFENSIVE, 1},
                                                        {SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0},
                                                        {SQLITE_DBCONFIG_ENABLE_VIEW, 0},
                                                        {SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0},
                                                        {SQLITE_DBCONFIG_DQS_DDL, 0},
                                                        {SQLITE_DBCONFIG_DQS_DML, 0}}};
  for (const auto& [option, value] : kConfig) sqlite3_db_config(database_, option, value, nullptr);
  constexpr std::array<std::pair<int, int>, 4> kLimits{{{SQLITE_LIMIT_LENGTH, kLargestValue},
                                                        {SQLITE_LIMIT_SQL_LENGTH, 100'000},
                                                        {SQLITE_LIMIT_ATTACHED, 0},
                                                        {SQLITE_LIMIT_TRIGGER_DEPTH, 2}}};
  for (const auto& [limit, value] : kLimits) sqlite3_limit(database_, limit, value);
  const int code = sqlite3_exec(database_,
                                "PRAGMA cell_size_check = ON; PRAGMA mmap_size = 0; PRAGMA foreign_keys = ON;"
                                "PRAGMA synchronous = FULL; PRAGMA temp_store = MEMORY;"
                                "PRAGMA secure_delete = ON;",  // a destroyed value is overwritten
                                nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) broken(code);
}

void SqliteStore::make_schema() {
  run("PRAGMA journal_mode = WAL");
  const Transaction transaction(*this);
  for (const std::size_t item : kOrderOfMaking) run(kSchema.at(item).sql);
  run(fmt::format("PRAGMA application_id = {}", kApplicationId).c_str());
  run(fmt::format("PRAGMA user_version = {}", kFormat).c_str());
  transaction.commit();
}

void SqliteStore::check_format() {
  if (number("PRAGMA application_id") != kApplicationId) {
    throw Broken(fmt::format("{} is an SQLite file, but not a ledger of blc", path_), Exit::ledger);
  }
  const std::int64_t format = number("PRAGMA user_version");
  if (format != kFormat) {
    throw Broken(fmt::format("the ledger {} has format {}; this blc reads format {}", path_, format, kFormat),
                 Exit::ledger);
  }
}

void SqliteStore::check_schema() {
  Statement rows(*this, "SELECT name, sql FROM sqlite_schema ORDER BY name");
  for (const auto& item : kSchema) {
    if (!rows.step() || rows.bytes(0) != item.name || rows.bytes(1) != item.sql) {
      throw Broken(fmt::format("the ledger {} does not have the tables and triggers of its format", path_),
                   Exit::ledger);
    }
  }
  if (rows.step()) throw Broken(fmt::format("the ledger {} holds something foreign", path_), Exit::ledger);
}

void SqliteStore::run(const char* sql) {
  const int code = sqlite3_exec(database_, sql, nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) broken(code);
}

std::int64_t SqliteStore::number(const char* sql) {
  Statement statement(*this, sql);
  return statement.step() ? statement.number(0) : 0;
}

std::string SqliteStore::word(const char* sql) {
  Statement statement(*this, sql);
  return statement.step() ? statement.bytes(0) : "";
}

SqliteStore::Health SqliteStore::health() {
  const std::lock_guard lock(mutex_);
  return {word("PRAGMA journal_mode"), word("PRAGMA quick_check(1)")};
}

std::uint64_t SqliteStore::size_locked() {
  const std::int64_t next = number("SELECT coalesce(max(idx) + 1, 0) FROM entries");
  if (next < 0) throw Broken(fmt::format("the ledger {} is damaged", path_), Exit::ledger);
  return static_cast<std::uint64_t>(next);
}

std::uint64_t SqliteStore::size() {
  const std::lock_guard lock(mutex_);
  return size_locked();
}

ports::Appended SqliteStore::append(std::uint64_t index, std::string_view entry,
                                    std::span<const ports::SealedBlob> blobs) {
  const std::lock_guard lock(mutex_);
  const Transaction transaction(*this);
  if (size_locked() != index) return ports::Appended::conflict;
  Statement(*this, "INSERT INTO entries (idx, bytes) VALUES (?, ?)").bind(1, index).bind(2, entry).step();
  for (const auto& blob : blobs) {
    // Whatever lies there under this digest is either the same or was never ours.
    Statement(*this, "DELETE FROM sealed WHERE digest = ?").bind(1, blob.digest.view()).step();
    Statement(*this, "INSERT INTO sealed (digest, bytes) VALUES (?, ?)")
        .bind(1, blob.digest.view())
        .bind(2, blob.bytes)
        .step();
  }
  transaction.commit();
  return ports::Appended::yes;
}

void SqliteStore::read(std::uint64_t first, std::uint64_t end,
                       const std::function<bool(std::uint64_t, std::string_view)>& each) {
  std::vector<std::string> batch;
  for (std::uint64_t at = first; at < end; at += batch.size()) {
    batch.clear();
    {
      // In batches, so that no reader keeps the write-ahead log from being folded in, and `each` may call us.
      const std::lock_guard lock(mutex_);
      Statement rows(*this, "SELECT idx, bytes FROM entries WHERE idx >= ? AND idx < ? ORDER BY idx");
      rows.bind(1, at).bind(2, end);
      for (std::size_t bytes = 0; bytes < kBatchBytes && rows.step(); bytes += batch.back().size()) {
        if (static_cast<std::uint64_t>(rows.number(0)) != at + batch.size()) {
          throw Broken(fmt::format("the ledger {} lacks entry {}", path_, at + batch.size()), Exit::ledger);
        }
        batch.push_back(rows.bytes(1));
      }
    }
    if (batch.empty()) return;
    for (std::size_t i = 0; i < batch.size(); ++i) {
      if (!each(at + i, batch[i])) return;
    }
  }
}

std::optional<std::string> SqliteStore::sealed(const Digest& digest) {
  const std::lock_guard lock(mutex_);
  Statement rows(*this, "SELECT bytes FROM sealed WHERE digest = ?");
  if (!rows.bind(1, digest.view()).step()) return std::nullopt;
  return rows.bytes(0);
}

void SqliteStore::broken(int code) const {
  switch (code & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED: throw Broken(fmt::format("the ledger {} is locked by another program", path_));
    case SQLITE_READONLY: throw Broken(fmt::format("the ledger {} is read-only", path_));
    case SQLITE_FULL: throw Broken(fmt::format("the disk of the ledger {} is full", path_));
    case SQLITE_TOOBIG: throw Broken(fmt::format("the ledger {} keeps no value of that size", path_));
    case SQLITE_CANTOPEN: throw Broken(fmt::format("the ledger {} cannot be opened", path_));
    case SQLITE_NOTADB: throw Broken(fmt::format("{} is not a ledger", path_), Exit::ledger);
    case SQLITE_CORRUPT: throw Broken(fmt::format("the ledger {} is damaged", path_), Exit::ledger);
    case SQLITE_IOERR: {
      const int error = sqlite3_system_errno(database_);
      throw Broken(fmt::format("the ledger {} cannot be read or written{}", path_,
                               error == 0 ? std::string() : ": " + reason(error)));
    }
    default: throw Broken(fmt::format("the ledger {}: {}", path_, sqlite3_errmsg(database_)));
  }
}

std::string sqlite_version() { return sqlite3_libversion(); }

}  // namespace blc::adapters
