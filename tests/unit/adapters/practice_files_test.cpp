#include "core/adapters/practice_files.hpp"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/adapters/scratch.hpp"

namespace blc::adapters {
namespace {

namespace fs = std::filesystem;
using test::mode_of;
using test::Scratch;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::uint64_t kLimit = 1U << 20U;

class PracticeFilesTest : public testing::Test {
 protected:
  PracticeFilesTest() { fs::create_directories(scratch_.path("practice")); }

  std::string write(const std::string& name, std::string_view bytes) {
    return scratch_.write("practice/" + name, bytes);
  }
  void link(const std::string& target, const std::string& name) {
    fs::create_symlink(target, scratch_.path("practice/" + name));
  }
  std::string refusal(const std::string& path) {
    const auto read = files().read(path, kLimit);
    if (read) return "not refused";
    EXPECT_EQ(read.error().code, Exit::usage);
    return read.error().message;
  }
  DirectoryPractice& files() {
    if (!files_) files_ = DirectoryPractice::open(scratch_.path("practice")).value();
    return *files_;
  }

  Scratch scratch_;
  std::unique_ptr<DirectoryPractice> files_;
};

TEST_F(PracticeFilesTest, ReadsBytesAndKnowsWhenThereAreNone) {
  write("verbs/a.yaml", std::string("a\0b", 3));
  write("empty", "");
  EXPECT_EQ(files().read("verbs/a.yaml", kLimit).value(), std::string("a\0b", 3));
  EXPECT_EQ(files().read("empty", kLimit).value(), "");
  EXPECT_EQ(files().read("verbs/none.yaml", kLimit).value(), std::nullopt);
  EXPECT_EQ(files().read("none/at/all", kLimit).value(), std::nullopt);
  EXPECT_EQ(files().read("empty/below", kLimit).value(), std::nullopt);
}

TEST_F(PracticeFilesTest, RefusesMoreThanTheLimit) {
  write("file", "12345");
  EXPECT_TRUE(files().read("file", 5));
  EXPECT_THAT(files().read("file", 4).error().message, HasSubstr("larger than 4 bytes"));
}

TEST_F(PracticeFilesTest, RefusesPathsThatAreNotPlain) {
  scratch_.write("outside", "secret");
  write("a/file", "x");
  for (const auto& path : {scratch_.path("outside"), std::string("../outside"), std::string("a/../../outside"),
                           std::string("a/../a/file"), std::string("./a/file"), std::string("a//file"),
                           std::string("a/"), std::string(), std::string("."), std::string("a\0b", 3)}) {
    EXPECT_THAT(refusal(path), HasSubstr("cannot be used")) << path;
    EXPECT_FALSE(files().list(path)) << path;
    EXPECT_FALSE(files().read_link(path)) << path;
    EXPECT_FALSE(files().writable_folder(path)) << path;
  }
}

TEST_F(PracticeFilesTest, FollowsNoLinkAtTheEndOrOnTheWay) {
  scratch_.write("outside/file", "secret");
  write("inside/file", "x");
  link("../outside/file", "file");
  link("../outside", "folder");
  link("inside", "within");
  link("/proc/self/fd/0", "magic");
  for (const char* const path : {"file", "folder/file", "within/file", "magic"}) {
    EXPECT_THAT(refusal(path), HasSubstr("symbolic link")) << path;
  }
  EXPECT_FALSE(files().list("folder"));
  EXPECT_FALSE(files().writable_folder("folder"));
  EXPECT_FALSE(files().writable_folder("folder/new"));
  EXPECT_FALSE(files().writable_folder("within/new"));
  EXPECT_FALSE(fs::exists(scratch_.path("outside/new")));
}

TEST_F(PracticeFilesTest, TellsWhereALinkPoints) {
  write("releases/a/file", "x");
  link("releases/a", "current");
  link("/etc/passwd", "out");
  link("releases", "way");
  EXPECT_EQ(files().read_link("current").value(), "releases/a");
  EXPECT_EQ(files().read_link("out").value(), "/etc/passwd");
  EXPECT_EQ(files().read_link("none").value(), std::nullopt);
  EXPECT_FALSE(files().read_link("releases/a/file"));
  EXPECT_FALSE(files().read_link("way/a"));
}

TEST_F(PracticeFilesTest, RefusesWhatIsNoRegularFileAndDoesNotHang) {
  write("folder/file", "x");
  ASSERT_EQ(::mkfifo(scratch_.path("practice/fifo").c_str(), 0600), 0);
  const Descriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string name = scratch_.path("practice/socket");
  name.copy(static_cast<char*>(address.sun_path), name.size());
  ASSERT_EQ(::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  for (const char* const path : {"folder", "fifo", "socket"}) {
    EXPECT_THAT(refusal(path), HasSubstr("not a regular file")) << path;
  }
  const auto device = DirectoryPractice::open("/dev").value();
  EXPECT_THAT(device->read("null", kLimit).error().message, HasSubstr("not a regular file"));
}

TEST_F(PracticeFilesTest, ListsRegularFilesSortedAndNothingBehindLinks) {
  write("verbs/b.yaml", "");
  write("verbs/a.yaml", "");
  write("verbs/sub/c.yaml", "");
  fs::create_directories(scratch_.path("practice/verbs/empty"));
  write("elsewhere/d.yaml", "");
  link("../elsewhere", "verbs/link");
  link("a.yaml", "verbs/z.yaml");
  ASSERT_EQ(::mkfifo(scratch_.path("practice/verbs/fifo").c_str(), 0600), 0);
  EXPECT_THAT(files().list("verbs").value(), ElementsAre("verbs/a.yaml", "verbs/b.yaml", "verbs/sub/c.yaml"));
  EXPECT_THAT(files().list("none").value(), IsEmpty());
  EXPECT_FALSE(files().list("verbs/a.yaml"));
  // And with what is no file, but for what an editor hides beside one.
  link("nobody@nowhere", "verbs/.#a.yaml");
  EXPECT_THAT(files().list_all("verbs").value(),
              ElementsAre("verbs/a.yaml", "verbs/b.yaml", "verbs/fifo", "verbs/link", "verbs/sub/c.yaml", "verbs/z.yaml"));
}

TEST_F(PracticeFilesTest, RefusesFoldersNestedTooDeeply) {
  std::string path = "deep";
  for (int i = 0; i < 70; ++i) path += "/d";
  fs::create_directories(scratch_.path("practice/" + path));
  EXPECT_THAT(files().list("deep").error().message, HasSubstr("too deeply"));
}

TEST_F(PracticeFilesTest, MakesWritableFoldersWithTheModeOfTheOneAbove) {
  const test::Umask umask(0077);
  ::chmod(scratch_.path("practice").c_str(), 0770);
  const std::string made = files().writable_folder("records/drafts").value();
  EXPECT_EQ(made, fs::canonical(scratch_.path("practice/records/drafts")));
  EXPECT_EQ(mode_of(scratch_.path("practice/records")), 0770U);
  EXPECT_EQ(mode_of(scratch_.path("practice/records/drafts")), 0770U);
  ::chmod(scratch_.path("practice/records/drafts").c_str(), 0700);
  EXPECT_TRUE(files().writable_folder("records/drafts"));
  EXPECT_EQ(mode_of(scratch_.path("practice/records/drafts")), 0700U);  // one that is there stays as it is
}

TEST_F(PracticeFilesTest, NeverGivesAwayWhatGovernsThePractice) {
  for (const char* const path :
       {"verbs", "verbs/new", "policies", "policies/a/b", ".blc", ".blc/state", "blc.yaml", "Verbs/x"}) {
    EXPECT_THAT(files().writable_folder(path).error().message, HasSubstr("governs the practice")) << path;
  }
  EXPECT_TRUE(fs::is_empty(scratch_.path("practice")));
  EXPECT_TRUE(files().writable_folder("records/verbs"));
}

TEST_F(PracticeFilesTest, ShowsAFolderWithoutMakingIt) {
  EXPECT_EQ(files().readable_folder("records").value(), std::nullopt);
  EXPECT_FALSE(fs::exists(scratch_.path("practice/records")));
  write("records/a", "x");
  EXPECT_EQ(files().readable_folder("records").value(), scratch_.path("practice/records"));
  fs::create_directory_symlink(scratch_.path("practice/records"), scratch_.path("practice/link"));
  for (const char* const path : {"link", "../practice", "/tmp", "records/a", "records/../records"})
    EXPECT_FALSE(files().readable_folder(path).value_or(std::nullopt)) << path;
}

TEST_F(PracticeFilesTest, RefusesAFileWhereAFolderIsAskedFor) {
  write("records", "a file");
  EXPECT_EQ(files().writable_folder("records").error().code, Exit::usage);
  EXPECT_EQ(files().writable_folder("records/sub").error().code, Exit::usage);
}

TEST_F(PracticeFilesTest, StaysInItsFolderThoughTheNameIsGivenToAnother) {
  write("file", "mine");
  files();
  fs::rename(scratch_.path("practice"), scratch_.path("moved"));
  write("file", "not mine");
  EXPECT_EQ(files().read("file", kLimit).value(), "mine");
}

TEST_F(PracticeFilesTest, RefusesAPracticeThatIsNotThere) {
  EXPECT_EQ(DirectoryPractice::open(scratch_.path("none")).error().code, Exit::usage);
  write("file", "");
  EXPECT_EQ(DirectoryPractice::open(scratch_.path("practice/file")).error().code, Exit::usage);
}

}  // namespace
}  // namespace blc::adapters
