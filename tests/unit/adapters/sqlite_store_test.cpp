#include "core/adapters/sqlite_store.hpp"

#include <sqlite3.h>
#include <sys/resource.h>

#include <atomic>
#include <csignal>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/adapters/scratch.hpp"

namespace blc::adapters {
namespace {

using ports::Appended;
using ports::SealedBlob;
using test::broken_by;
using test::Scratch;
using testing::ElementsAre;
using testing::HasSubstr;

// The file as another program would use it: no checks, no hardening.
class Raw {
 public:
  explicit Raw(const std::string& path) { sqlite3_open(path.c_str(), &database_); }
  Raw(const Raw&) = delete;
  Raw& operator=(const Raw&) = delete;
  ~Raw() { sqlite3_close(database_); }
  int run(const char* sql) { return sqlite3_exec(database_, sql, nullptr, nullptr, nullptr); }

 private:
  sqlite3* database_ = nullptr;
};

class SqliteStoreTest : public testing::Test {
 protected:
  std::unique_ptr<SqliteStore> make() { return SqliteStore::create(path_).value(); }
  std::unique_ptr<SqliteStore> reopen() { return SqliteStore::open(path_).value(); }

  static std::vector<std::string> entries(ports::LedgerStore& store) {
    std::vector<std::string> all;
    store.read(0, store.size(), [&](std::uint64_t index, std::string_view bytes) {
      EXPECT_EQ(index, all.size());
      all.emplace_back(bytes);
      return true;
    });
    return all;
  }
  static Digest digest(char fill) { return *Digest::from_bytes(std::string(32, fill)); }

  Scratch scratch_;
  std::string path_ = scratch_.path("ledger.db");
};

TEST_F(SqliteStoreTest, KeepsEntriesByteForByteOverReopening) {
  const std::string binary("\0\xff'\n\0", 5);
  {
    const auto store = make();
    EXPECT_EQ(store->size(), 0U);
    EXPECT_EQ(store->append(0, "first", {}), Appended::yes);
    EXPECT_EQ(store->append(1, binary, {}), Appended::yes);
    EXPECT_EQ(store->append(2, "", {}), Appended::yes);
  }
  EXPECT_THAT(entries(*reopen()), ElementsAre("first", binary, ""));
}

TEST_F(SqliteStoreTest, TellsHowTheFileIs) {
  const auto store = make();
  for (std::uint64_t index = 0; index < 200; ++index) ASSERT_EQ(store->append(index, std::string(200, 'x'), {}), Appended::yes);
  EXPECT_EQ(store->health().journal_mode, "wal");
  EXPECT_EQ(store->health().quick_check, "ok");
}

// A page that no reader of the last entries comes by.
TEST_F(SqliteStoreTest, FindsDamageThatNobodyHasReadYet) {
  {
    const auto store = make();
    for (std::uint64_t index = 0; index < 200; ++index) ASSERT_EQ(store->append(index, std::string(200, 'x'), {}), Appended::yes);
  }
  auto bytes = scratch_.read("ledger.db");
  ASSERT_GT(bytes.size(), 40000U);
  bytes.replace(30000, 5000, std::string(5000, '\xff'));
  scratch_.write("ledger.db", bytes);
  const auto store = reopen();
  EXPECT_EQ(store->size(), 200U);
  try {
    EXPECT_NE(store->health().quick_check, "ok");
  } catch (const Broken& broken) {
    EXPECT_EQ(broken.code(), Exit::ledger);
  }
}

TEST_F(SqliteStoreTest, RefusesAnIndexThatIsNotTheSize) {
  const auto store = make();
  ASSERT_EQ(store->append(0, "first", {}), Appended::yes);
  const std::vector<SealedBlob> blobs{{digest('a'), "sealed"}};
  EXPECT_EQ(store->append(0, "again", blobs), Appended::conflict);
  EXPECT_EQ(store->append(2, "gap", blobs), Appended::conflict);
  EXPECT_THAT(entries(*store), ElementsAre("first"));
  EXPECT_FALSE(store->sealed(digest('a')));
}

TEST_F(SqliteStoreTest, StoresSealedValuesWithTheirEntry) {
  const auto store = make();
  const std::vector<SealedBlob> blobs{{digest('a'), "one"}, {digest('b'), std::string("\0two", 4)}};
  ASSERT_EQ(store->append(0, "entry", blobs), Appended::yes);
  EXPECT_EQ(store->sealed(digest('a')), "one");
  EXPECT_EQ(reopen()->sealed(digest('b')), std::string("\0two", 4));
  EXPECT_FALSE(store->sealed(digest('c')));
}

TEST_F(SqliteStoreTest, LetsOneOfTwoRacingConnectionsWinEachIndex) {
  make();
  constexpr std::uint64_t kEntries = 40;
  std::atomic<int> wins = 0;
  const auto race = [&](const char* name) {
    const auto store = SqliteStore::open(path_).value();
    for (std::uint64_t index = 0; index < kEntries; index = store->size()) {
      if (store->append(index, name, {}) == Appended::yes) ++wins;
    }
  };
  {
    const std::jthread one(race, "one");
    const std::jthread two(race, "two");
  }
  EXPECT_GE(wins, static_cast<int>(kEntries));
  const auto store = reopen();
  EXPECT_EQ(static_cast<std::uint64_t>(wins), store->size());
  EXPECT_EQ(entries(*store).size(), store->size());
}

TEST_F(SqliteStoreTest, ServesSeveralThreadsOverOneConnection) {
  const auto store = make();
  const auto append_ten = [&] {
    for (int done = 0; done < 10;) {
      if (store->append(store->size(), "entry", {}) == Appended::yes) ++done;
    }
  };
  {
    const std::jthread one(append_ten);
    const std::jthread two(append_ten);
  }
  EXPECT_EQ(store->size(), 20U);
}

TEST_F(SqliteStoreTest, ReadsARangeInOrderAndStopsWhenTold) {
  const auto store = make();
  const std::string large(700'000, 'x');  // so that batches end in between
  for (std::uint64_t i = 0; i < 5; ++i) ASSERT_EQ(store->append(i, std::to_string(i) + large, {}), Appended::yes);
  std::string seen;
  store->read(1, 5, [&](std::uint64_t, std::string_view bytes) {
    seen += bytes.front();
    EXPECT_EQ(store->size(), 5U);  // the callback may use the store
    return bytes.front() != '3';
  });
  EXPECT_EQ(seen, "123");
}

TEST_F(SqliteStoreTest, RefusesToChangeOrDeleteEntriesEvenForOtherPrograms) {
  ASSERT_EQ(make()->append(0, "first", {}), Appended::yes);
  Raw raw(path_);
  EXPECT_NE(raw.run("UPDATE entries SET bytes = x'00'"), SQLITE_OK);
  EXPECT_NE(raw.run("DELETE FROM entries"), SQLITE_OK);
  EXPECT_NE(raw.run("INSERT OR REPLACE INTO entries (idx, bytes) VALUES (0, x'00')"), SQLITE_OK);
  EXPECT_NE(raw.run("INSERT INTO entries (idx, bytes) VALUES (7, x'00')"), SQLITE_OK);
  EXPECT_EQ(raw.run("INSERT INTO entries (idx, bytes) VALUES (1, x'00')"), SQLITE_OK);
}

TEST_F(SqliteStoreTest, LetsSealedValuesBeDestroyed) {
  const std::vector<SealedBlob> blobs{{digest('a'), "sealed"}};
  ASSERT_EQ(make()->append(0, "first", blobs), Appended::yes);
  EXPECT_NE(Raw(path_).run("UPDATE sealed SET bytes = x'00'"), SQLITE_OK);
  EXPECT_EQ(Raw(path_).run("DELETE FROM sealed"), SQLITE_OK);
  EXPECT_FALSE(reopen()->sealed(digest('a')));
}

TEST_F(SqliteStoreTest, GivesTheAskedModeWhateverTheUmask) {
  const test::Umask umask(0077);
  EXPECT_EQ(SqliteStore::create(path_, 0660).value()->append(0, "entry", {}), Appended::yes);
  const auto store = reopen();
  EXPECT_EQ(store->append(1, "entry", {}), Appended::yes);
  EXPECT_EQ(test::mode_of(path_), 0660U);
  EXPECT_EQ(test::mode_of(path_ + "-wal"), 0660U);
  EXPECT_EQ(test::mode_of(path_ + "-shm"), 0660U);
  const test::Umask open_umask(0000);
  const std::string other = scratch_.path("other.db");
  EXPECT_TRUE(SqliteStore::create(other));
  EXPECT_EQ(test::mode_of(other), 0600U);
}

TEST_F(SqliteStoreTest, CreatesOnlyWhereNothingIs) {
  scratch_.write("ledger.db", "mine");
  const auto made = SqliteStore::create(path_);
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code, Exit::failed);
  EXPECT_EQ(scratch_.read("ledger.db"), "mine");
  const auto names = std::filesystem::directory_iterator(scratch_.path());
  EXPECT_EQ(std::distance(begin(names), end(names)), 1);  // no draft is left behind
}

TEST_F(SqliteStoreTest, RefusesAMissingFileAndDoesNotMakeIt) {
  const auto store = SqliteStore::open(path_);
  ASSERT_FALSE(store);
  EXPECT_EQ(store.error().code, Exit::usage);
  EXPECT_FALSE(std::filesystem::exists(path_));
  EXPECT_EQ(SqliteStore::open(scratch_.path()).error().code, Exit::usage);
}

TEST_F(SqliteStoreTest, TakesAPathForAPathAndNeverForAUri) {
  const auto before = std::filesystem::current_path();
  std::filesystem::current_path(scratch_.path());
  EXPECT_TRUE(SqliteStore::create("file:l.db"));
  EXPECT_TRUE(std::filesystem::exists("file:l.db"));
  std::filesystem::current_path(before);
}

TEST_F(SqliteStoreTest, RefusesAFileThatIsNoDatabase) {
  scratch_.write("ledger.db",
                 "This is not a database, but it is long enough to have a header." + std::string(200, ' '));
  const auto error = broken_by([&] { (void)SqliteStore::open(path_); });
  EXPECT_EQ(error.code(), Exit::ledger);
  EXPECT_THAT(error.what(), HasSubstr("no file of blc"));
}

TEST_F(SqliteStoreTest, RefusesAnotherProgramsDatabase) {
  Raw(path_).run("CREATE TABLE entries (idx INTEGER PRIMARY KEY, bytes BLOB)");
  const auto error = broken_by([&] { (void)SqliteStore::open(path_); });
  EXPECT_EQ(error.code(), Exit::ledger);
  EXPECT_THAT(error.what(), HasSubstr("not a ledger of blc"));
}

TEST_F(SqliteStoreTest, NamesTheVersionOfANewerFormat) {
  make();
  Raw(path_).run("PRAGMA user_version = 7");
  const auto error = broken_by([&] { (void)SqliteStore::open(path_); });
  EXPECT_THAT(error.what(), HasSubstr("has format 7; this blc reads format 1"));
}

TEST_F(SqliteStoreTest, RefusesForeignTriggersViewsAndTables) {
  for (const char* const foreign :
       {"CREATE TRIGGER zz AFTER INSERT ON entries BEGIN DELETE FROM sealed; END", "CREATE VIEW zz AS SELECT 1",
        "CREATE TABLE aa (x)", "CREATE INDEX zz ON entries (bytes)", "DROP TRIGGER entries_no_delete",
        "DROP TRIGGER sealed_no_update"}) {
    make();
    ASSERT_EQ(Raw(path_).run(foreign), SQLITE_OK) << foreign;
    EXPECT_EQ(broken_by([&] { (void)SqliteStore::open(path_); }).code(), Exit::ledger) << foreign;
    std::filesystem::remove(path_);
  }
}

TEST_F(SqliteStoreTest, RefusesAWeakenedTriggerOfTheSameName) {
  make();
  ASSERT_EQ(Raw(path_).run("DROP TRIGGER entries_no_update;"
                           "CREATE TRIGGER entries_no_update BEFORE UPDATE ON entries BEGIN SELECT 1; END"),
            SQLITE_OK);
  EXPECT_EQ(broken_by([&] { (void)SqliteStore::open(path_); }).code(), Exit::ledger);
}

TEST_F(SqliteStoreTest, SaysWhenAnEntryIsMissing) {
  const auto store = make();
  for (std::uint64_t i = 0; i < 3; ++i) ASSERT_EQ(store->append(i, "entry", {}), Appended::yes);
  Raw raw(path_);
  ASSERT_EQ(raw.run("DROP TRIGGER entries_no_delete; DELETE FROM entries WHERE idx = 1"), SQLITE_OK);
  const auto error = broken_by([&] { (void)entries(*store); });
  EXPECT_EQ(error.code(), Exit::ledger);
  EXPECT_THAT(error.what(), HasSubstr("lacks entry 1"));
}

TEST_F(SqliteStoreTest, SaysWhenTheFileIsDamaged) {
  {
    const auto store = make();
    for (std::uint64_t i = 0; i < 50; ++i) ASSERT_EQ(store->append(i, std::string(1000, 'x'), {}), Appended::yes);
  }
  std::string bytes = scratch_.read("ledger.db");
  for (std::size_t page = 4096UL * 5; page + 4096 <= bytes.size(); page += 4096) bytes.replace(page, 100, 100, '\xff');
  scratch_.write("ledger.db", bytes);
  const auto error = broken_by([&] {
    const auto store = reopen();
    (void)entries(*store);
  });
  EXPECT_EQ(error.code(), Exit::ledger);
  EXPECT_THAT(error.what(), HasSubstr("is damaged"));
}

TEST_F(SqliteStoreTest, SaysWhenAnotherProgramHoldsTheLock) {
  const auto store = make();
  Raw other(path_);
  ASSERT_EQ(other.run("BEGIN IMMEDIATE"), SQLITE_OK);
  const auto error = broken_by([&] { (void)store->append(0, "entry", {}); });
  EXPECT_EQ(error.code(), Exit::failed);
  EXPECT_THAT(error.what(), HasSubstr("locked by another program"));
  EXPECT_EQ(store->size(), 0U);  // readers are not kept out
  ASSERT_EQ(other.run("ROLLBACK"), SQLITE_OK);
  EXPECT_EQ(store->append(0, "entry", {}), Appended::yes);
}

TEST_F(SqliteStoreTest, ReadsFromReadOnlyMediaButDoesNotAppend) {
  ASSERT_EQ(make()->append(0, "first", {}), Appended::yes);
  const auto store = SqliteStore::open(path_, SqliteStore::Access::read_only).value();
  EXPECT_THAT(entries(*store), ElementsAre("first"));
  EXPECT_THAT(broken_by([&] { (void)store->append(1, "second", {}); }).what(), HasSubstr("is read-only"));
  EXPECT_FALSE(std::filesystem::exists(path_ + "-shm"));
}

TEST_F(SqliteStoreTest, RefusesReadOnlyMediaWhoseLogIsNotFoldedIn) {
  const auto writer = make();
  ASSERT_EQ(writer->append(0, "first", {}), Appended::yes);
  const auto error = broken_by([&] { (void)SqliteStore::open(path_, SqliteStore::Access::read_only); });
  EXPECT_THAT(error.what(), HasSubstr("-wal holds entries"));
}

// Lets no file of this process grow beyond a size, as a full disk would.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) : signal_(std::signal(SIGXFSZ, SIG_IGN)) {
    ::getrlimit(RLIMIT_FSIZE, &before_);
    rlimit limit = before_;
    limit.rlim_cur = bytes;
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  FileSizeLimit(const FileSizeLimit&) = delete;
  FileSizeLimit& operator=(const FileSizeLimit&) = delete;
  ~FileSizeLimit() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    static_cast<void>(std::signal(SIGXFSZ, signal_));
  }

 private:
  void (*signal_)(int);
  rlimit before_{};
};

TEST_F(SqliteStoreTest, KeepsWhatWasThereWhenTheDiskTakesNoMore) {
  const auto store = make();
  ASSERT_EQ(store->append(0, "first", {}), Appended::yes);
  {
    const FileSizeLimit limit(64UL << 10U);
    const auto error = broken_by([&] { (void)store->append(1, std::string(1U << 20U, 'x'), {}); });
    EXPECT_THAT(error.what(), HasSubstr("cannot be read or written"));
  }
  EXPECT_THAT(entries(*store), ElementsAre("first"));
  EXPECT_THAT(entries(*reopen()), ElementsAre("first"));
  EXPECT_EQ(store->append(1, "second", {}), Appended::yes);
}

TEST_F(SqliteStoreTest, LeavesNoDraftWhenItCannotBeMade) {
  {
    const FileSizeLimit limit(1024);
    EXPECT_THROW((void)SqliteStore::create(path_), Broken);
  }
  EXPECT_TRUE(std::filesystem::is_empty(scratch_.path()));
}

TEST_F(SqliteStoreTest, RefusesAValueBeyondTheLimitAndStoresNothing) {
  const auto store = make();
  EXPECT_THROW((void)store->append(0, std::string(130UL << 20U, 'x'), {}), Broken);
  EXPECT_EQ(store->size(), 0U);
}

}  // namespace
}  // namespace blc::adapters
