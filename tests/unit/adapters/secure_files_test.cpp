#include "core/adapters/secure_files.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include "unit/adapters/scratch.hpp"

namespace blc::adapters {
namespace {

using test::mode_of;
using test::Scratch;

class SecureFilesTest : public testing::Test {
 protected:
  [[nodiscard]] std::size_t files() const {
    const auto names = std::filesystem::directory_iterator(scratch_.path());
    return static_cast<std::size_t>(std::distance(begin(names), end(names)));
  }

  Scratch scratch_;
  std::string path_ = scratch_.path("file");
};

TEST_F(SecureFilesTest, WritesInOneStepWithTheAskedModeWhateverTheUmask) {
  const test::Umask umask(0);
  write_private(path_, "old");
  write_private(path_, std::string("new\0", 4));
  EXPECT_EQ(scratch_.read("file"), std::string("new\0", 4));
  EXPECT_EQ(mode_of(path_), 0600U);
  EXPECT_EQ(files(), 1U);
  const test::Umask strict(0077);
  write_private(path_, "shared", 0660);
  EXPECT_EQ(mode_of(path_), 0660U);
}

TEST_F(SecureFilesTest, KeepsTheOldFileWhenTheNewOneCannotBePutInPlace) {
  std::filesystem::create_directories(path_ + "/full");
  EXPECT_THROW(write_private(path_, "new"), Broken);
  EXPECT_TRUE(std::filesystem::is_directory(path_ + "/full"));
  EXPECT_EQ(files(), 1U);
}

TEST_F(SecureFilesTest, ReplacesALinkInsteadOfWritingThroughIt) {
  scratch_.write("target", "untouched");
  std::filesystem::create_symlink("target", path_);
  write_private(path_, "new");
  EXPECT_EQ(scratch_.read("target"), "untouched");
  EXPECT_FALSE(std::filesystem::is_symlink(path_));
}

TEST_F(SecureFilesTest, CreatesOnlyWhereNothingIs) {
  EXPECT_TRUE(create_private(path_, "first"));
  EXPECT_EQ(create_private(path_, "second").error().code, Exit::failed);
  EXPECT_EQ(scratch_.read("file"), "first");
  std::filesystem::create_symlink("nowhere", scratch_.path("dangling"));
  EXPECT_FALSE(create_private(scratch_.path("dangling"), "second"));
  EXPECT_EQ(files(), 2U);
}

TEST_F(SecureFilesTest, ReadsItsOwnFilesAndKnowsWhenThereIsNone) {
  write_private(path_, std::string("key\0", 4));
  EXPECT_EQ(read_private(path_, Readers::owner).value(), std::string("key\0", 4));
  EXPECT_EQ(read_private(scratch_.path("none"), Readers::owner).value(), std::nullopt);
  EXPECT_EQ(read_private(path_ + "/below", Readers::owner).value(), std::nullopt);
}

TEST_F(SecureFilesTest, RefusesFilesThatOthersMayReadOrChange) {
  write_private(path_, "key");
  for (const mode_t mode : {0640U, 0604U, 0610U}) {
    ::chmod(path_.c_str(), mode);
    EXPECT_EQ(read_private(path_, Readers::owner).error().code, Exit::authentication);
    EXPECT_TRUE(read_private(path_, Readers::anyone));
  }
  for (const mode_t mode : {0620U, 0602U}) {
    ::chmod(path_.c_str(), mode);
    EXPECT_EQ(read_private(path_, Readers::anyone).error().code, Exit::authentication);
  }
}

TEST_F(SecureFilesTest, RefusesFoldersFifosAndTooMuch) {
  EXPECT_EQ(read_private(scratch_.path(), Readers::anyone).error().code, Exit::usage);
  ASSERT_EQ(::mkfifo(scratch_.path("fifo").c_str(), 0600), 0);
  EXPECT_EQ(read_private(scratch_.path("fifo"), Readers::owner).error().code, Exit::usage);
  write_private(path_, "12345");
  EXPECT_TRUE(read_private(path_, Readers::owner, 5));
  EXPECT_EQ(read_private(path_, Readers::owner, 4).error().code, Exit::usage);
}

TEST_F(SecureFilesTest, MakesFoldersPrivateWhateverTheUmask) {
  const test::Umask umask(0);
  const std::string folder = scratch_.path("a/b/c");
  ASSERT_TRUE(make_private_directory(folder));
  EXPECT_EQ(mode_of(folder), 0700U);
  EXPECT_EQ(mode_of(scratch_.path("a")), 0700U);
  EXPECT_TRUE(make_private_directory(folder));  // once more changes nothing
}

TEST_F(SecureFilesTest, MakesFoldersForAGroup) {
  const test::Umask umask(0077);
  const std::string folder = scratch_.path("shared");
  ASSERT_TRUE(make_private_directory(folder, 02770, ::getegid()));
  EXPECT_EQ(mode_of(folder), 02770U);
}

TEST_F(SecureFilesTest, RefusesAFolderThatIsOpenOrNotAFolder) {
  const std::string folder = scratch_.path("open");
  ::mkdir(folder.c_str(), 0700);
  ::chmod(folder.c_str(), 0750);
  EXPECT_EQ(make_private_directory(folder).error().code, Exit::authentication);
  std::filesystem::create_symlink("open", scratch_.path("link"));
  EXPECT_FALSE(make_private_directory(scratch_.path("link"), 0750));
  scratch_.write("plain", "");
  EXPECT_FALSE(make_private_directory(scratch_.path("plain")));
}

}  // namespace
}  // namespace blc::adapters
