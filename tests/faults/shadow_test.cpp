// What the other tests rest on: a power cut takes what was not synced, and nothing else.
#include "faults/shadow.hpp"

#include <gtest/gtest.h>

#include "unit/adapters/scratch.hpp"

namespace blc::faults {
namespace {

namespace fs = std::filesystem;
using Survives = Shadow::Survives;

class ShadowTest : public ::testing::Test {
 protected:
  void SetUp() override {
    scratch.write("disk/file", "one");
    shadow.start();
  }
  test::Scratch scratch;
  fs::path disk = scratch.path("disk");
  Shadow shadow{scratch.path("shadow"), disk};
};

TEST_F(ShadowTest, TakesWhatWasWrittenSinceTheLastSync) {
  scratch.write("disk/file", "two");
  shadow.synced(disk / "file");
  scratch.write("disk/file", "three");
  shadow.cut_power(Survives::nothing, 1);
  EXPECT_EQ(scratch.read("disk/file"), "two");
}

TEST_F(ShadowTest, LeavesAllOfItWhereTheDiskWasFast) {
  scratch.write("disk/file", "three");
  fs::rename(disk / "file", disk / "other");
  shadow.cut_power(Survives::everything, 1);
  EXPECT_EQ(scratch.read("disk/other"), "three");
  EXPECT_FALSE(fs::exists(disk / "file"));
}

TEST_F(ShadowTest, TakesNamesThatTheirFolderWasNotSyncedWith) {
  scratch.write("disk/new", "bytes");
  shadow.synced(disk / "new");
  fs::create_directory(disk / "folder");
  shadow.hold(disk / "file");
  fs::rename(disk / "new", disk / "file");
  shadow.cut_power(Survives::nothing, 1);
  EXPECT_EQ(scratch.read("disk/file"), "one");
  EXPECT_FALSE(fs::exists(disk / "new"));
  EXPECT_FALSE(fs::exists(disk / "folder"));
}

TEST_F(ShadowTest, LeavesNamesThatTheirFolderWasSyncedWith) {
  scratch.write("disk/new", "bytes");
  shadow.hold(disk / "file");
  fs::remove(disk / "file");
  shadow.synced(disk);
  shadow.cut_power(Survives::nothing, 1);
  EXPECT_EQ(scratch.read("disk/new"), "");  // its bytes never were
  EXPECT_FALSE(fs::exists(disk / "file"));
}

TEST_F(ShadowTest, LeavesAPartInAnyOrderWhereItMay) {
  const std::string before(4096, 'a');
  const std::string after(4096, 'b');
  scratch.write("disk/file", before);
  shadow.synced(disk / "file");
  scratch.write("disk/file", after);
  shadow.cut_power(Survives::some, 7);
  const auto left = scratch.read("disk/file");
  EXPECT_NE(left, before);
  EXPECT_NE(left, after);
  EXPECT_EQ(left.find_first_not_of("ab"), std::string::npos);
}

TEST_F(ShadowTest, LosesWhatIsMemoryOnly) {
  scratch.write("disk/ledger.db-shm", "bytes");
  shadow.synced(disk);
  shadow.cut_power(Survives::everything, 1);
  EXPECT_FALSE(fs::exists(disk / "ledger.db-shm"));
}

}  // namespace
}  // namespace blc::faults
