#include "core/adapters/machine.hpp"

#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/adapters/scratch.hpp"

namespace blc::adapters {
namespace {

using test::Scratch;

TEST(Machine, TellsTheRoomAlsoOfAPathThatIsNotThereYet) {
  const Scratch scratch;
  const auto here = space_at(scratch.path());
  const auto below = space_at(scratch.path("not/there/yet"));
  ASSERT_TRUE(here);
  ASSERT_TRUE(below);
  EXPECT_GT(here->free, 0U);
  EXPECT_FALSE(here->read_only);
  EXPECT_TRUE(here->files_left);
  EXPECT_EQ(here->in_memory, below->in_memory);
}

TEST(Machine, KnowsMemoryFromDisk) {
  struct stat about {};
  if (::stat("/dev/shm", &about) != 0) GTEST_SKIP() << "this machine has no /dev/shm";
  EXPECT_TRUE(space_at("/dev/shm")->in_memory);
  EXPECT_FALSE(space_at("/proc")->in_memory);
}

TEST(Machine, TellsWhoMayDoWhatWithAFile) {
  const Scratch scratch;
  const auto path = scratch.write("file", "x");
  ::chmod(path.c_str(), 0640);
  const auto file = about_file(path);
  ASSERT_TRUE(file);
  EXPECT_EQ(file->mode, 0640U);
  EXPECT_TRUE(file->regular);
  EXPECT_FALSE(file->folder);
  EXPECT_TRUE(file->writable);
  EXPECT_TRUE(is_ours(*file));
  EXPECT_TRUE(about_file(scratch.path())->folder);
  EXPECT_FALSE(about_file(scratch.path("nothing")));
  EXPECT_TRUE(is_ours({.owner = 0}));
  EXPECT_FALSE(is_ours({.owner = ::geteuid() + 1}));
}

TEST(Machine, NamesWhatRunsOnIt) {
  EXPECT_THAT(kernel(), ::testing::StartsWith("Linux "));
  EXPECT_THAT(ssh_version().value(), ::testing::StartsWith("OpenSSH_"));
}

TEST(Machine, MemoryIsPrivateOnlyWithoutCoreDumps) {
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_CORE, &before), 0);
  const int dumpable = ::prctl(PR_GET_DUMPABLE);
  ::prctl(PR_SET_DUMPABLE, 0);
  const rlimit none{0, before.rlim_max};
  ::setrlimit(RLIMIT_CORE, &none);
  EXPECT_TRUE(memory_is_private());
  ::prctl(PR_SET_DUMPABLE, 1);
  EXPECT_FALSE(memory_is_private());
  ::prctl(PR_SET_DUMPABLE, dumpable);
  ::setrlimit(RLIMIT_CORE, &before);
}

}  // namespace
}  // namespace blc::adapters
