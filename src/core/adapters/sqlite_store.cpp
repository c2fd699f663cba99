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

// Rolls back unless committed.
struct SqliteStore::Transaction {
  explicit Transaction(const Sqlite& to) : database(to) { database.run("BEGIN IMMEDIATE"); }
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  ~Transaction() { database.roll_back(); }
  void commit() const { database.run("COMMIT"); }

  const Sqlite& database;
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
      return fail(Exit::usage, fmt::format("There is no ledger at {}.", path),
                  "put it back from a backup, or name where it is: --store sqlite:PATH");
    }
    throw_errno("the ledger " + path + " cannot be opened");
  }
  if (!S_ISREG(about.st_mode)) return fail(Exit::usage, fmt::format("{} is not a ledger file.", path));
  if (on_read_only_media(path)) access = Access::read_only;
  return std::unique_ptr<SqliteStore>(new SqliteStore(path, access, Purpose::use));
}

SqliteStore::SqliteStore(std::string path, Access access, Purpose purpose)
    : path_(std::move(path)),
      database_("the ledger " + path_),
      read_(database_, "SELECT idx, bytes FROM entries WHERE idx >= ? AND idx < ? ORDER BY idx") {
  open_database(access);
  database_.harden("PRAGMA foreign_keys = ON; PRAGMA synchronous = FULL;"
                   "PRAGMA secure_delete = ON;");  // a destroyed value is overwritten
  if (purpose == Purpose::make) make_schema();
  check_format();
  check_schema();
}

SqliteStore::~SqliteStore() = default;

void SqliteStore::open_database(Access access) {
  const std::string file = as_file_name(path_);
  if (access == Access::read_only) {
    // An immutable file is read without its write-ahead log; entries in there would silently be missing.
    if (has_content(file + "-wal")) {
      throw Broken(
          fmt::format("the ledger {} was copied while it was in use: {}-wal holds entries that cannot be "
                      "read from read-only media",
                      path_, path_));
    }
    database_.open(uri_of(file) + "?immutable=1", SQLITE_OPEN_READONLY | SQLITE_OPEN_URI);
  } else {
    database_.open(file, SQLITE_OPEN_READWRITE);
  }
}

void SqliteStore::make_schema() {
  database_.run("PRAGMA journal_mode = WAL");
  const Transaction transaction(database_);
  for (const std::size_t item : kOrderOfMaking) database_.run(kSchema.at(item).sql);
  database_.run(fmt::format("PRAGMA application_id = {}", kApplicationId).c_str());
  database_.run(fmt::format("PRAGMA user_version = {}", kFormat).c_str());
  transaction.commit();
}

void SqliteStore::check_format() {
  if (database_.number("PRAGMA application_id") != kApplicationId) {
    throw Broken(fmt::format("{} is an SQLite file, but not a ledger of blc", path_), Exit::ledger);
  }
  const std::int64_t format = database_.number("PRAGMA user_version");
  if (format != kFormat) {
    throw Broken(fmt::format("the ledger {} has format {}; this blc reads format {}", path_, format, kFormat),
                 Exit::ledger);
  }
}

void SqliteStore::check_schema() {
  Statement rows(database_, "SELECT name, sql FROM sqlite_schema ORDER BY name");
  for (const auto& item : kSchema) {
    if (!rows.step() || rows.bytes(0) != item.name || rows.bytes(1) != item.sql) {
      throw Broken(fmt::format("the ledger {} does not have the tables and triggers of its format", path_),
                   Exit::ledger);
    }
  }
  if (rows.step()) throw Broken(fmt::format("the ledger {} holds something foreign", path_), Exit::ledger);
}

SqliteStore::Health SqliteStore::health() {
  const std::lock_guard lock(mutex_);
  return {database_.word("PRAGMA journal_mode"), database_.word("PRAGMA quick_check(1)")};
}

std::uint64_t SqliteStore::size_locked() {
  const std::int64_t next = database_.number("SELECT coalesce(max(idx) + 1, 0) FROM entries");
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
  const Transaction transaction(database_);
  if (size_locked() != index) return ports::Appended::conflict;
  Statement(database_, "INSERT INTO entries (idx, bytes) VALUES (?, ?)").bind(1, index).bind(2, entry).step();
  for (const auto& blob : blobs) {
    // Whatever lies there under this digest is either the same or was never ours.
    Statement(database_, "DELETE FROM sealed WHERE digest = ?").bind(1, blob.digest.view()).step();
    Statement(database_, "INSERT INTO sealed (digest, bytes) VALUES (?, ?)")
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
      const auto let_go = [](Prepared* statement) { statement->reset(); };
      const std::unique_ptr<Prepared, decltype(let_go)> view(&read_, let_go);
      auto& rows = read_.again().bind(1, at).bind(2, end);
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
  Statement rows(database_, "SELECT bytes FROM sealed WHERE digest = ?");
  if (!rows.bind(1, digest.view()).step()) return std::nullopt;
  return rows.bytes(0);
}

std::string sqlite_version() { return sqlite3_libversion(); }

}  // namespace blc::adapters
