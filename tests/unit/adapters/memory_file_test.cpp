#include "core/adapters/memory_file.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <string>

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace blc::adapters {
namespace {

// Whoever holds the descriptor can open the same file anew, as its owner even for writing; the seals are what bars them.
class MemoryFileTest : public testing::Test {
 protected:
  Descriptor sealed_ = sealed_file("#!/bin/sh\necho hello\n", "greeting");
  Descriptor opened_{::open(fmt::format("/proc/self/fd/{}", sealed_.get()).c_str(), O_RDWR | O_CLOEXEC)};

  void SetUp() override {
    if (opened_.valid()) return;
    ASSERT_EQ(errno, EACCES);  // another user than root may not even open it for writing
    ASSERT_EQ(::fchmod(sealed_.get(), 0600), 0);
    opened_ = Descriptor(::open(fmt::format("/proc/self/fd/{}", sealed_.get()).c_str(), O_RDWR | O_CLOEXEC));
    ASSERT_TRUE(opened_.valid());
  }
};

TEST_F(MemoryFileTest, CannotBeWritten) {
  EXPECT_EQ(::pwrite(opened_.get(), "X", 1, 0), -1);
  EXPECT_EQ(errno, EPERM);
  EXPECT_EQ(MappedFile(sealed_, "greeting").bytes(), "#!/bin/sh\necho hello\n");
}

TEST_F(MemoryFileTest, CannotBeMappedForWriting) {
  EXPECT_EQ(::mmap(nullptr, 1, PROT_READ | PROT_WRITE, MAP_SHARED, opened_.get(), 0), MAP_FAILED);
  EXPECT_EQ(errno, EPERM);
  void* const mapped = ::mmap(nullptr, 1, PROT_READ, MAP_SHARED, opened_.get(), 0);
  ASSERT_NE(mapped, MAP_FAILED);
  EXPECT_EQ(::mprotect(mapped, 1, PROT_READ | PROT_WRITE), -1);
  ::munmap(mapped, 1);
}

TEST_F(MemoryFileTest, CannotBeCutGrownPunchedOrUnsealed) {
  EXPECT_EQ(::ftruncate(opened_.get(), 1), -1);
  EXPECT_EQ(::ftruncate(opened_.get(), 1000), -1);
  EXPECT_EQ(::fallocate(opened_.get(), FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, 4096), -1);
  EXPECT_EQ(::fcntl(opened_.get(), F_ADD_SEALS, F_SEAL_WRITE), -1);
  EXPECT_EQ(::fcntl(sealed_.get(), F_GET_SEALS),
            F_SEAL_FUTURE_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL);
}

}  // namespace
}  // namespace blc::adapters
