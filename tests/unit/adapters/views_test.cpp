// What a program sees, in both isolations of this machine.
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/secret.hpp"
#include "unit/adapters/processes.hpp"

namespace blc::adapters {
namespace {

using ports::Launch;

class Views : public test::ProcessesTest {};

INSTANTIATE_TEST_SUITE_P(Isolations, Views, test::kIsolations, test::isolation_name);

TEST_P(Views, ReadsNeitherHomeNorHostFilesNorOtherProcesses) {
  const std::string secret = scratch_.write("secret", "host file");
  const char* const home = std::getenv("HOME");  // NOLINT(concurrency-mt-unsafe): one thread
  const std::string script =
      "for my $path (@ARGV) {"
      "  if (opendir(my $folder, $path)) { print \"$path \" if grep { !/^\\.\\.?$/ } readdir $folder }"
      "  if (open(my $file, '<', $path)) { print \"$path \" if defined getc $file } }";
  Launch launch = perl(script, {"shown", secret, home == nullptr ? "/root" : home, "/home", "/root", "/run", "/var",
                                "/tmp", "/etc/passwd", "/etc/hosts", "/sys",
                                fmt::format("/proc/{}/environ", ::getpid()), "/dev/mem", "/dev/tty", "/dev/shm"});
  launch.view.files = {{"shown", "x"}};
  EXPECT_EQ(printed(launch), "shown ");
}

TEST_P(Views, ShowsFilesLinksAndFoldersOfTheViewAndNothingElse) {
  Launch launch = perl(
      "local $/; for (@ARGV) { open(my $f, '<', $_) or die \"$_: $!\"; print <$f>, ';' }"
      "opendir(my $d, '.'); print join ',', sort grep { !/^\\.\\.?$/ } readdir $d",
      {"top.txt", "a/b/deep.txt", "current/note"});
  std::filesystem::create_directories(scratch_.path("records/one"));
  scratch_.write("records/one/note", "written before");
  launch.view.files = {{"top.txt", "top"}, {"a/b/deep.txt", std::string("\0deep", 5)}, {"a/empty", ""}};
  launch.view.writable = {{"records", scratch_.path("records")}};
  launch.view.links = {{"current", "records/one"}};
  EXPECT_EQ(printed(launch), std::string("top;\0deep;written before;a,current,records,top.txt", 50));
}

TEST_P(Views, RunsAScriptOfThePracticeFromItsHashedCopy) {
  Launch launch = perl("");
  launch.argv = {"perl", "scripts/hello.pl", "ana"};
  launch.view.files = {{"scripts/hello.pl", "print \"hello $ARGV[0] from $0\""}};
  EXPECT_EQ(printed(launch), "hello ana from scripts/hello.pl");
}

TEST_P(Views, LetsNobodyChangeTheFilesOfTheView) {
  Launch launch = perl(
      "print open(my $f, '>>', 'a/file') ? 'opened ' : ''; print unlink('a/file') ? 'unlinked ' : '';"
      "print rename('a/file', 'a/other') ? 'renamed ' : ''; print chmod(0777, 'a/file') ? 'chmod ' : '';"
      "print truncate('a/file', 0) ? 'truncated ' : ''; print mkdir('a/new') ? 'mkdir ' : '';"
      "print symlink('x', 'link2') ? 'symlink ' : ''; print unlink('link') ? 'unlinked link ' : '';"
      "open($f, '<', 'a/file'); print <$f>");
  launch.view.files = {{"a/file", "as approved"}};
  launch.view.links = {{"link", "a/file"}};
  EXPECT_EQ(printed(launch), "as approved");
}

TEST_P(Views, GiveAProgramItsCredentialsToReadAndNothingElse) {
  Launch launch = perl(
      "local $/; open(my $f, '<', '.credentials/bank') or die; print <$f>;"
      "print open($f, '>>', '.credentials/bank') ? ' opened' : ''; print unlink('.credentials/bank') ? ' unlinked' : '';"
      "print chmod(0777, '.credentials/bank') ? ' chmod' : ''; print open($f, '>', '.credentials/new') ? ' made' : '';"
      "print ' told' if grep { /hunter2/ } %ENV, @ARGV;"
      "opendir(my $d, '.credentials'); print '; ', join ',', sort grep { !/^\\.\\.?$/ } readdir $d");
  launch.view.files = {{"a/file", "x"}};
  const auto secret = std::make_shared<const Secret>(Secret::copy(std::string_view("hunter2\0", 8)));
  launch.view.credentials = {{".credentials/bank", secret}, {".credentials/lab", secret}};
  EXPECT_EQ(printed(launch), std::string("hunter2\0; bank,lab", 18));
  launch.view.credentials.push_back({"a/file", secret});
  EXPECT_EQ(processes_.run(launch, {}).error().code, Exit::usage) << "a file is there already";
}

TEST_P(Views, FailsToWriteAnywhereElse) {
  const std::string outside = scratch_.path("stray");
  std::filesystem::create_directories(scratch_.path("out"));
  Launch launch = perl("for (@ARGV) { print \"$_ \" if open(my $f, '>', $_) }",
                       {"stray", "a/stray", "/stray", "/usr/stray", "/etc/stray", "/run/stray", "/practice/stray",
                        "/program/stray", outside, "/var/tmp/stray", "out/../stray"});
  launch.view.files = {{"a/file", "x"}};
  launch.view.writable = {{"out", scratch_.path("out")}};
  EXPECT_EQ(printed(launch), "");
  EXPECT_FALSE(std::filesystem::exists(outside));
}

TEST_P(Views, WritesInTheWritableFolder) {
  std::filesystem::create_directories(scratch_.path("out"));
  scratch_.write("out/old", "old");
  std::filesystem::create_symlink("old", scratch_.path("out/current"));
  Launch launch = perl(
      "open(my $f, '>', 'out/new.tmp') or die $!; print $f 'new'; close $f; rename('out/new.tmp', 'out/new') or die $!;"
      "symlink('new', 'out/next') or die $!; rename('out/next', 'out/current') or die $!;"
      "mkdir('out/sub') or die $!; rename('out/old', 'out/sub/old') or die $!; open($f, '>>', 'out/sub/old') or die $!;"
      "print $f '+'; close $f; open($f, '+<', 'out/sub/old'); truncate($f, 2) or die $!; close $f;"
      "mkdir('out/gone') or die $!; rmdir('out/gone') or die $!");
  launch.view.writable = {{"out", scratch_.path("out")}};
  EXPECT_EQ(printed(launch), "");
  EXPECT_EQ(scratch_.read("out/current"), "new");
  EXPECT_EQ(scratch_.read("out/sub/old"), "ol");
  EXPECT_EQ(std::filesystem::read_symlink(scratch_.path("out/current")), "new");
}

TEST_P(Views, FollowsNoLinkOutOfTheWritableFolder) {
  const std::string secret = scratch_.write("secret", "host file");
  std::filesystem::create_directories(scratch_.path("out"));
  std::filesystem::create_symlink(secret, scratch_.path("out/escape"));
  Launch launch =
      perl("print open(my $f, '<', 'out/escape') ? <$f> : 'no'; print open($f, '>', 'out/escape') ? 'yes' : 'no'");
  launch.view.writable = {{"out", scratch_.path("out")}};
  EXPECT_EQ(printed(launch), "nono");
  EXPECT_EQ(scratch_.read("secret"), "host file");
}

TEST_P(Views, LeavesNothingOfTheViewBehind) {
  Launch launch = perl("print -e \"$ENV{PWD}/a/file\" ? $ENV{PWD} : 'no view'");
  launch.view.files = {{"a/file", "x"}};
  launch.view.writable = {{"out", scratch_.path()}};
  const std::string view = printed(launch);
  EXPECT_THAT(view, testing::EndsWith("/practice"));
  EXPECT_FALSE(std::filesystem::exists(view));
  EXPECT_TRUE(std::filesystem::exists(scratch_.path()));  // the link to it went, not the folder
}

TEST_P(Views, RefusesViewsThatLeaveThePracticeOrOverlap) {
  const auto refused = [&](ports::View view) {
    Launch launch = perl("exit 0");
    launch.view = std::move(view);
    const auto finished = processes_.run(launch, {});
    return !finished && finished.error().code == Exit::usage;
  };
  for (const char* const path : {"", "/etc/passwd", "../x", "a/../x", "a//b", "./a", "a/", ".."}) {
    EXPECT_TRUE(refused({.files = {{path, "x"}}, .writable = {}, .links = {}})) << path;
    EXPECT_TRUE(refused({.files = {}, .writable = {{path, scratch_.path()}}, .links = {}})) << path;
    EXPECT_TRUE(refused({.files = {}, .writable = {}, .links = {{path, "x"}}})) << path;
  }
  EXPECT_TRUE(refused({.files = {{"a", "x"}, {"a", "y"}}, .writable = {}, .links = {}}));
  EXPECT_TRUE(refused({.files = {{"a-b", ""}, {"a/b", "x"}}, .writable = {{"a", scratch_.path()}}, .links = {}}));
  EXPECT_FALSE(refused({.files = {{"a-b", ""}, {"ab/c", ""}}, .writable = {{"a", scratch_.path()}}, .links = {}}));
}

TEST_P(Views, LetsAFolderBeReadAndNotWritten) {
  std::filesystem::create_directory(scratch_.path("seen"));
  std::ofstream(scratch_.path("seen/file")) << "there";
  Launch launch = perl("open(my $in, '<', 'seen/file') or die; print <$in>;"
                       "print open(my $out, '>', 'seen/new') ? ' made' : ' not made';"
                       "print unlink('seen/file') ? ' removed' : ' not removed'");
  launch.view.readable = {{"seen", scratch_.path("seen")}};
  EXPECT_EQ(printed(launch), "there not made not removed");
  EXPECT_FALSE(std::filesystem::exists(scratch_.path("seen/new")));
  launch.view.writable = {{"seen/within", scratch_.path()}};
  EXPECT_EQ(processes_.run(launch, {}).error().code, Exit::usage) << "one lies within the other";
}

}  // namespace
}  // namespace blc::adapters
