#include "core/adapters/sqlite_index.hpp"

#include <chrono>
#include <filesystem>

#include <gtest/gtest.h>

#include "unit/adapters/scratch.hpp"

namespace blc::adapters {
namespace {

// Its log is longer than what is folded in at the end.
std::unique_ptr<SqliteIndex> grown(const std::string& path) {
  auto index = std::make_unique<SqliteIndex>(path);
  ports::LedgerIndex::Addition much;
  much.size = 1;
  for (std::uint64_t at = 0; at < 64; ++at) much.tiles.push_back({0, at, std::vector<Digest>(256)});
  if (!index->add(much)) throw std::logic_error("it was not added");
  return index;
}

TEST(SqliteIndex, FoldsALongLogInAtTheEnd) {
  const test::Scratch scratch;
  const auto path = scratch.path("index.db");
  auto index = grown(path);
  EXPECT_GT(std::filesystem::file_size(path + "-wal"), 256U << 10U);
  index.reset();
  EXPECT_EQ(std::filesystem::file_size(path + "-wal"), 0U);
  EXPECT_EQ(SqliteIndex(path).summary().size, 1U);
}

// An executor at work reads for as long as its run takes, and a stopped one for longer; no other command waits for it.
TEST(SqliteIndex, WaitsForNoReaderToFoldItsLogIn) {
  const test::Scratch scratch;
  const auto path = scratch.path("index.db");
  auto index = grown(path);
  SqliteIndex reader(path);
  const auto start = std::chrono::steady_clock::now();
  index.reset();
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(3));
  EXPECT_EQ(reader.summary().size, 1U);
  EXPECT_EQ(reader.tile(0, 63).size(), 256U);
}

}  // namespace
}  // namespace blc::adapters
