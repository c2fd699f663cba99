#include "core/adapters/file_journal.hpp"

#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/adapters/scratch.hpp"

namespace blc::adapters {
namespace {

using test::Scratch;
using testing::ElementsAre;
using testing::IsEmpty;

class FileJournalTest : public testing::Test {
 protected:
  Scratch scratch_;
  std::string path_ = scratch_.path("journal");
  FileJournal journal_{path_};

  using Lines = std::vector<std::string>;
  static Result<Lines> lines(FileJournal& journal) {
    Lines all;
    BLC_CHECK(journal.each_line([&](std::string_view line) -> Result<> {
      all.emplace_back(line);
      return {};
    }));
    return all;
  }
  Result<Lines> lines() { return lines(journal_); }
};

TEST_F(FileJournalTest, KeepsLinesInOrderOverReopening) {
  ASSERT_TRUE(FileJournal::create(path_));
  EXPECT_THAT(lines().value(), IsEmpty());
  journal_.append("started 1");
  journal_.append("ended 1");
  FileJournal again(path_);
  EXPECT_THAT(lines(again).value(), ElementsAre("started 1", "ended 1"));
  EXPECT_EQ(test::mode_of(path_), 0600U);
}

TEST_F(FileJournalTest, IsRefusedWhenItIsMissingAndNeverMadeAnew) {
  EXPECT_EQ(lines().error().code, Exit::refused);
  EXPECT_THROW(journal_.append("started 1"), Broken);
  EXPECT_FALSE(std::filesystem::exists(path_));
}

TEST_F(FileJournalTest, IsCreatedOnlyWhereNothingIs) {
  ASSERT_TRUE(FileJournal::create(path_));
  journal_.append("started 1");
  EXPECT_FALSE(FileJournal::create(path_));
  EXPECT_THAT(lines().value(), ElementsAre("started 1"));
}

TEST_F(FileJournalTest, CutsOffALastLineThatWasTorn) {
  scratch_.write("journal", "started 1\nstar");
  EXPECT_THAT(lines().value(), ElementsAre("started 1"));
  EXPECT_EQ(scratch_.read("journal"), "started 1\n");
  scratch_.write("journal", "started 1\nstar");
  journal_.append("started 2");
  EXPECT_THAT(lines().value(), ElementsAre("started 1", "started 2"));
  scratch_.write("journal", "star");
  EXPECT_THAT(lines().value(), IsEmpty());
}

TEST_F(FileJournalTest, CutsOffNoMoreThanTheTornLineHoweverLongItIs) {
  for (const std::size_t size : {4094U, 4095U, 4096U, 4097U, 20000U}) {
    const std::string torn(size, 'x');
    scratch_.write("journal", "started 1\n" + torn);
    journal_.append("started 2");
    EXPECT_EQ(scratch_.read("journal"), "started 1\nstarted 2\n") << size;
    scratch_.write("journal", torn);
    journal_.append("started 2");
    EXPECT_EQ(scratch_.read("journal"), "started 2\n") << size;
  }
}

// A power cut may leave the file's new size without its new bytes.
TEST_F(FileJournalTest, CutsOffATornLineOfZeros) {
  scratch_.write("journal", std::string("started 1\n\0\0\0", 13));
  journal_.append("started 2");
  EXPECT_EQ(scratch_.read("journal"), "started 1\nstarted 2\n");
}

TEST_F(FileJournalTest, AppendsWithoutReadingWhatWasThereBefore) {
  // As large as a file may be and larger than a journal may be: a hole, which reads as zeros, and then a line.
  ASSERT_TRUE(FileJournal::create(path_));
  const std::uint64_t size = 1ULL << 32U;
  std::filesystem::resize_file(path_, size);
  std::ofstream(path_, std::ios::app) << "\n";
  journal_.append("started 1");
  EXPECT_EQ(std::filesystem::file_size(path_), size + 1 + std::string("started 1\n").size());
  EXPECT_THROW(static_cast<void>(lines()), Broken);
}

TEST_F(FileJournalTest, WhoOnlyLooksLeavesItAsItIs) {
  const std::string bytes = "started 1\nhalf";
  scratch_.write("journal", bytes);
  FileJournal looking(path_, FileJournal::Use::look_only);
  EXPECT_THAT(lines(looking).value(), ElementsAre("started 1"));
  EXPECT_THROW(looking.append("ended 1"), Broken);
  EXPECT_EQ(scratch_.read("journal"), bytes);
  EXPECT_THAT(lines().value(), ElementsAre("started 1"));
  EXPECT_EQ(scratch_.read("journal"), "started 1\n");
}

TEST_F(FileJournalTest, IsRefusedWhenItIsTornBeforeItsLastLine) {
  for (const std::string& damaged :
       {std::string("started 1\n\0\0\0\nended 1\n", 22), std::string("started 1\n\nx\n")}) {
    scratch_.write("journal", damaged);
    EXPECT_EQ(lines().error().code, Exit::refused);
  }
}

TEST_F(FileJournalTest, RefusesWhatIsNotOneLine) {
  ASSERT_TRUE(FileJournal::create(path_));
  for (const char* const line : {"", "two\nlines", "a\ttab"}) EXPECT_THROW(journal_.append(line), Broken);
  EXPECT_EQ(scratch_.read("journal"), "");
}

TEST_F(FileJournalTest, DoesNotFollowALink) {
  scratch_.write("elsewhere", "started 1\n");
  std::filesystem::create_symlink("elsewhere", path_);
  EXPECT_EQ(lines().error().code, Exit::refused);
}

TEST_F(FileJournalTest, DoesNotMixLinesOfTwoWriters) {
  ASSERT_TRUE(FileJournal::create(path_));
  const auto write = [&](char fill) {
    FileJournal own(path_);
    for (int i = 0; i < 20; ++i) own.append(std::string(300, fill));
  };
  {
    const std::jthread one(write, 'a');
    const std::jthread two(write, 'b');
  }
  const auto all = lines().value();
  EXPECT_EQ(all.size(), 40U);
  EXPECT_EQ(std::ranges::count(all, std::string(300, 'a')), 20);
  EXPECT_EQ(std::ranges::count(all, std::string(300, 'b')), 20);
}

// It is read in pieces of 128 KiB.
TEST_F(FileJournalTest, KeepsLinesWhole) {
  Lines written;
  std::string bytes;
  for (const std::size_t size : {131071U, 131070U, 1U, 131072U, 300000U, 5U}) {
    written.emplace_back(size, static_cast<char>('a' + written.size()));
    bytes += written.back() + '\n';
  }
  scratch_.write("journal", bytes);
  EXPECT_EQ(lines().value(), written);
  bytes.pop_back();
  scratch_.write("journal", bytes);
  written.pop_back();
  EXPECT_EQ(lines().value(), written);
}

TEST_F(FileJournalTest, EndsWhereTheReaderEndsIt) {
  scratch_.write("journal", "one\ntwo\n");
  int read = 0;
  const auto ended = journal_.each_line([&](std::string_view) -> Result<> {
    ++read;
    return fail(Exit::failed, "enough");
  });
  EXPECT_EQ(ended.error().message, "enough");
  EXPECT_EQ(read, 1);
}

TEST_F(FileJournalTest, LockIsHeldByOneAndFreedWithItsHolder) {
  const std::string lock = scratch_.path("lock");
  auto held = FileLock::acquire(lock);
  ASSERT_TRUE(held);
  EXPECT_EQ(FileLock::acquire(lock).error().code, Exit::failed);
  held->reset();
  EXPECT_TRUE(FileLock::acquire(lock));
}

TEST_F(FileJournalTest, LockWaitsForTheHolderToEnd) {
  const std::string lock = scratch_.path("lock");
  auto held = FileLock::acquire(lock);
  ASSERT_TRUE(held);
  const std::jthread holder([&] { held->reset(); });
  EXPECT_TRUE(FileLock::acquire(lock, std::chrono::seconds(60)));
}

}  // namespace
}  // namespace blc::adapters
