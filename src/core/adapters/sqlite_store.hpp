#pragma once
#include <sys/types.h>

#include <memory>
#include <mutex>
#include <string>

#include "core/adapters/sqlite.hpp"
#include "core/base/result.hpp"
#include "core/ports/ledger_store.hpp"

namespace blc::adapters {

// The ledger in one SQLite file (WAL, synchronous FULL): entries are append-only by trigger, sealed values
// can be destroyed. A file whose schema is not exactly ours is refused. May be used from several threads.
//
// Every method throws Broken: Exit::ledger when the file is damaged or not a ledger of this format,
// Exit::failed when it is locked, full or read-only.
class SqliteStore final : public ports::LedgerStore {
 public:
  enum class Access {
    normal,
    read_only,  // as on read-only media: nothing is written beside the file, so nobody may be writing it
  };

  // A new file that appears complete or not at all, `mode` whatever the umask (its -wal and -shm follow).
  // Exit::failed when something is there.
  [[nodiscard]] static Result<std::unique_ptr<SqliteStore>> create(const std::string& path, mode_t mode = 0600);
  // Exit::usage when there is no file. On read-only media Access::read_only is chosen by itself.
  [[nodiscard]] static Result<std::unique_ptr<SqliteStore>> open(const std::string& path,
                                                                 Access access = Access::normal);
  SqliteStore(const SqliteStore&) = delete;
  SqliteStore& operator=(const SqliteStore&) = delete;
  ~SqliteStore() override;

  [[nodiscard]] std::uint64_t size() override;
  [[nodiscard]] ports::Appended append(std::uint64_t index, std::string_view entry,
                                       std::span<const ports::SealedBlob> blobs) override;
  void read(std::uint64_t first, std::uint64_t end,
            const std::function<bool(std::uint64_t, std::string_view)>& each) override;
  [[nodiscard]] std::optional<std::string> sealed(const Digest& digest) override;

  // What SQLite says of the file; quick_check reads all of it, and is "ok" or the first thing that is wrong.
  struct Health {
    std::string journal_mode;
    std::string quick_check;
  };
  [[nodiscard]] Health health();

 private:
  struct Transaction;
  enum class Purpose { make, use };

  SqliteStore(std::string path, Access access, Purpose purpose);
  void open_database(Access access);
  void make_schema();
  void check_format();
  void check_schema();
  [[nodiscard]] std::uint64_t size_locked();

  std::string path_;
  Sqlite database_;
  Prepared read_;
  std::mutex mutex_;  // one statement, or one transaction, at a time
};

[[nodiscard]] std::string sqlite_version();

}  // namespace blc::adapters
