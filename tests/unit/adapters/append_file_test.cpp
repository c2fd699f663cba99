#include "core/adapters/append_file.hpp"

#include <sys/resource.h>

#include <csignal>
#include <fstream>
#include <set>
#include <thread>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/adapters/scratch.hpp"

namespace blc::adapters {
namespace {

using test::Scratch;
using testing::HasSubstr;

constexpr std::uint64_t kMuch = 1U << 20U;

class AppendFileTest : public testing::Test {
 protected:
  Scratch scratch_;
  std::string path_ = scratch_.path("state/log");
};

TEST_F(AppendFileTest, AppendsToAFileOfThisUserAloneWhateverTheUmask) {
  const test::Umask umask(0);
  AppendFile file(path_, kMuch, 3);
  ASSERT_TRUE(file.append("one\n"));
  ASSERT_TRUE(AppendFile(path_, kMuch, 3).append("two\n"));
  ASSERT_TRUE(file.append("three\n"));
  EXPECT_EQ(scratch_.read("state/log"), "one\ntwo\nthree\n");
  EXPECT_EQ(test::mode_of(path_), 0600U);
  EXPECT_EQ(test::mode_of(scratch_.path("state")), 0700U);
}

TEST_F(AppendFileTest, ClosesAFileThatOthersCouldRead) {
  ::chmod(scratch_.write("log", "old\n").c_str(), 0644);
  ASSERT_TRUE(AppendFile(scratch_.path("log"), kMuch, 3).append("new\n"));
  EXPECT_EQ(test::mode_of(scratch_.path("log")), 0600U);
}

TEST_F(AppendFileTest, FollowsNoLinkAndOpensNothingElse) {
  scratch_.write("target", "untouched");
  std::filesystem::create_symlink(scratch_.path("target"), scratch_.path("link"));
  EXPECT_FALSE(AppendFile(scratch_.path("link"), kMuch, 3).append("x\n"));
  EXPECT_EQ(scratch_.read("target"), "untouched");
  ASSERT_EQ(::mkfifo(scratch_.path("fifo").c_str(), 0600), 0);
  EXPECT_THAT(AppendFile(scratch_.path("fifo"), kMuch, 3).append("x\n").error().message, HasSubstr("not a regular file"));
  EXPECT_FALSE(AppendFile(scratch_.path(), kMuch, 3).append("x\n"));
  scratch_.write("file", "");
  EXPECT_FALSE(AppendFile(scratch_.path("file/log"), kMuch, 3).append("x\n"));
}

TEST_F(AppendFileTest, TurnsOverAndKeepsSoManyOlderOnes) {
  AppendFile file(path_, 10, 2);
  for (const char* const line : {"11111111\n", "22222222\n", "33333333\n", "44444444\n"}) ASSERT_TRUE(file.append(line));
  EXPECT_EQ(scratch_.read("state/log"), "44444444\n");
  EXPECT_EQ(scratch_.read("state/log.1"), "33333333\n");
  EXPECT_EQ(scratch_.read("state/log.2"), "22222222\n");
  EXPECT_FALSE(std::filesystem::exists(path_ + ".3"));
  ASSERT_TRUE(file.append("longer than the file may be\n"));  // a line is never divided
  EXPECT_EQ(scratch_.read("state/log"), "longer than the file may be\n");
}

TEST_F(AppendFileTest, GoesOnInTheNewFileWhenAnotherTurnedItOver) {
  AppendFile file(path_, kMuch, 3);
  ASSERT_TRUE(file.append("old\n"));
  std::filesystem::rename(path_, path_ + ".1");
  ASSERT_TRUE(file.append("new\n"));
  EXPECT_EQ(scratch_.read("state/log"), "new\n");
  EXPECT_EQ(scratch_.read("state/log.1"), "old\n");
}

TEST_F(AppendFileTest, EndsALineThatWasTorn) {
  scratch_.write("log", "whole\ntor");
  ASSERT_TRUE(AppendFile(scratch_.path("log"), kMuch, 3).append("next\n"));
  EXPECT_EQ(scratch_.read("log"), "whole\ntor\nnext\n");
}

// A soft limit on the size of files, as a full disk: part of a line is written, then none.
TEST_F(AppendFileTest, SaysThatThereIsNoRoomAndEndsNoProgram) {
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  const rlimit small{10, before.rlim_max};
  AppendFile file(path_, kMuch, 3);
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
  const auto torn = file.append("longer than ten\n");
  const auto none = file.append("more\n");  // would end the program by SIGXFSZ
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &before), 0);
  ASSERT_FALSE(torn);
  EXPECT_THAT(torn.error().message, HasSubstr("no room"));
  ASSERT_FALSE(none);
  EXPECT_THAT(none.error().message, HasSubstr("File too large"));
  EXPECT_TRUE(file.append("room again\n"));
  EXPECT_EQ(scratch_.read("state/log"), "longer tha\nroom again\n");
  sigset_t pending;
  ::sigpending(&pending);
  EXPECT_EQ(::sigismember(&pending, SIGXFSZ), 0);
}

TEST_F(AppendFileTest, LosesNoLineWhenManyWriteAndTurnOver) {
  constexpr int kWriters = 8;
  constexpr int kLines = 200;
  {
    std::vector<std::jthread> writers;
    for (int writer = 0; writer < kWriters; ++writer) {
      writers.emplace_back([this, writer] {
        for (int line = 0; line < kLines; ++line) {
          AppendFile file(path_, 2000, 1000);  // as a process of its own
          EXPECT_TRUE(file.append(fmt::format("{} {} {}\n", writer, line, std::string(40, 'x'))));
        }
      });
    }
  }
  std::set<std::string> lines;
  std::size_t files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(scratch_.path("state"))) {
    ++files;
    std::ifstream in(entry.path());
    for (std::string line; std::getline(in, line);) {
      EXPECT_TRUE(line.ends_with(" " + std::string(40, 'x'))) << line;
      lines.insert(line);
    }
  }
  EXPECT_EQ(lines.size(), static_cast<std::size_t>(kWriters * kLines));
  EXPECT_GT(files, 10U);
}

}  // namespace
}  // namespace blc::adapters
