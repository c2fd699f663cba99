// Real programs in both isolations of this machine. Perl, because perl-base is on every Debian.
#include "core/adapters/processes.hpp"

#include <fcntl.h>
#include <netinet/in.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <thread>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/adapters/descriptor.hpp"
#include "core/adapters/sealed_program.hpp"
#include "core/crypto/digest.hpp"
#include "unit/adapters/processes.hpp"

namespace blc::adapters {
namespace {

using ports::Exited;
using ports::Finished;
using ports::Interrupted;
using ports::Launch;
using ports::Signalled;
using ports::TimedOut;
using test::ProcessesTest;
using test::Scratch;
using testing::HasSubstr;

using Choice = IsolatedProcesses::Choice;

constexpr int kNoCode = -1;

int code_of(const Finished& finished) {
  const auto* const exited = std::get_if<Exited>(&finished.how);
  return exited == nullptr ? kNoCode : exited->code;
}

INSTANTIATE_TEST_SUITE_P(Isolations, ProcessesTest, test::kIsolations, test::isolation_name);

// A lock that a program holds as long as any process of it lives, and that tells the test so: the program
// opens the file and never closes it, so its children inherit it.
constexpr const char* kHoldLock =
    "use Fcntl ':flock'; open(our $lock, '>>', 'out/lock') or die $!; flock($lock, LOCK_SH) or die $!;";

class Survivors {
 public:
  explicit Survivors(const Scratch& scratch) : folder_(scratch.path("out")), lock_(folder_ + "/lock") {
    std::filesystem::create_directories(folder_);
  }
  void show(Launch& launch) const { launch.view.writable.push_back({"out", folder_}); }
  [[nodiscard]] bool any() const {
    const Descriptor file(::open(lock_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
    return ::flock(file.get(), LOCK_EX | LOCK_NB) != 0;
  }
  [[nodiscard]] bool was_held() const { return std::filesystem::exists(lock_); }

 private:
  std::string folder_;
  std::string lock_;
};

TEST(Processes, TakesBubblewrapWhereItWorksAndElseLandlock) {
  EXPECT_EQ(IsolatedProcesses(Choice::best).isolation(), "bubblewrap");
  EXPECT_EQ(IsolatedProcesses(Choice::without_namespaces).isolation(), "seccomp and Landlock");
}

class IsolationMemory : public testing::Test {
 protected:
  std::string isolation() { return IsolatedProcesses(Choice::best, path_).isolation(); }
  Scratch scratch_;
  std::string path_ = scratch_.path("isolation");
};

TEST_F(IsolationMemory, IsMadeOnceAndBelievedWhileNothingChanges) {
  EXPECT_EQ(isolation(), "bubblewrap");
  const auto made = scratch_.read("isolation");
  EXPECT_FALSE(made.empty());
  const auto before = std::filesystem::last_write_time(path_);
  EXPECT_EQ(isolation(), "bubblewrap");
  EXPECT_EQ(std::filesystem::last_write_time(path_), before);
}

TEST_F(IsolationMemory, OfAnotherBootIsFoundOutAgain) {
  EXPECT_EQ(isolation(), "bubblewrap");
  const auto made = scratch_.read("isolation");
  scratch_.write("isolation", "another-boot" + made.substr(made.find(' ')));
  EXPECT_EQ(isolation(), "bubblewrap");
  EXPECT_EQ(scratch_.read("isolation"), made);
}

TEST_F(IsolationMemory, ThatOthersMayWriteIsNotBelievedAndNotNeeded) {
  scratch_.write("isolation", "x");
  std::filesystem::permissions(path_, std::filesystem::perms(0666));
  EXPECT_EQ(isolation(), "bubblewrap");
  EXPECT_EQ(IsolatedProcesses(Choice::best, "/nowhere/isolation").isolation(), "bubblewrap");
}

TEST(Processes, RunsNothingWithoutIsolation) {
  IsolatedProcesses processes(Choice::none);
  Launch launch;
  launch.program = processes.find("true").value();
  launch.argv = {"true"};
  EXPECT_EQ(processes.run(launch, {}).error().code, Exit::refused);
  EXPECT_EQ(processes.isolation(), "none");
}

TEST(Processes, FindsProgramsOnTheFixedPathOnly) {
  IsolatedProcesses processes;
  const auto found = processes.find("perl").value();
  EXPECT_EQ(found->path(), "/usr/bin/perl");
  std::ifstream file("/usr/bin/perl", std::ios::binary);
  EXPECT_EQ(found->digest(), crypto::sha256(std::string(std::istreambuf_iterator<char>(file), {})));
  EXPECT_EQ(processes.find("no-such-program").error().code, Exit::failed);
  for (const char* const name : {"", ".", "..", "/usr/bin/perl", "../bin/perl"}) {
    EXPECT_EQ(processes.find(name).error().code, Exit::usage) << name;
  }
}

TEST(Processes, RefusesProgramsThatOthersCanChange) {
  const Scratch scratch;
  const std::string path = scratch.write("tool", "#!/usr/bin/perl\n");
  ::chmod(path.c_str(), 0644);
  EXPECT_THAT(SealedProgram::load(path).error().message, HasSubstr("not executable"));
  ::chmod(path.c_str(), 0757);
  EXPECT_THAT(SealedProgram::load(path).error().message, HasSubstr("everybody may change it"));
  EXPECT_THAT(SealedProgram::load(scratch.path()).error().message, HasSubstr("not a regular file"));
  ::chmod(path.c_str(), 0755);
  EXPECT_TRUE(SealedProgram::load(path));
}

TEST(Processes, RefusesWhatTheKernelWouldLeaveToAShell) {
  const Scratch scratch;
  const std::string foreign =
      "\x7f"
      "ELF" +
      std::string(60, '\0');
  for (const std::string& bytes : {std::string("echo hello\n"), std::string(), foreign}) {
    const std::string path = scratch.write("tool", bytes);
    ::chmod(path.c_str(), 0755);
    EXPECT_THAT(SealedProgram::load(path).error().message, HasSubstr("neither a script nor machine code"));
  }
}

TEST_P(ProcessesTest, TellsExitCodesAndSignals) {
  EXPECT_TRUE(run_perl("exit 0").succeeded());
  EXPECT_EQ(code_of(run_perl("exit 3")), 3);
  EXPECT_EQ(code_of(run_perl("exit 255")), 255);
  const Finished killed = run_perl("kill 'TERM', $$; sleep 60");
  ASSERT_TRUE(std::holds_alternative<Signalled>(killed.how));
  EXPECT_EQ(std::get<Signalled>(killed.how).signal, SIGTERM);
  EXPECT_FALSE(killed.succeeded());
}

TEST_P(ProcessesTest, SaysThatAProgramWasNeverStarted) {
  const std::string path = scratch_.write("tool", "#!/nowhere/interpreter\n");
  ::chmod(path.c_str(), 0755);
  Launch launch;
  launch.program = SealedProgram::load(path).value();
  launch.argv = {"tool"};
  const auto finished = processes_.run(launch, {});
  ASSERT_FALSE(finished);
  EXPECT_EQ(finished.error().code, Exit::failed);
  EXPECT_THAT(finished.error().message, HasSubstr("No such file or directory"));
}

TEST_P(ProcessesTest, PassesArgumentsStandardInputAndBothStreams) {
  Launch launch = perl("print join('|', @ARGV), '|', <STDIN>; print STDERR 'warned'", {"a b", "", "--", "$HOME;`x`"});
  launch.standard_input = "line 1\nline 2";
  const Finished finished = run(launch);
  EXPECT_EQ(finished.output.bytes, "a b||--|$HOME;`x`|line 1\nline 2");
  EXPECT_EQ(finished.errors.bytes, "warned");
}

TEST_P(ProcessesTest, IsSafeForBytesOfAnyKind) {
  std::string bytes;
  for (int i = 0; i < 256 * 100; ++i) bytes += static_cast<char>(i % 256);
  Launch launch = perl("binmode STDIN; binmode STDOUT; local $/; print <STDIN>");
  launch.standard_input = bytes;
  EXPECT_EQ(printed(launch), bytes);
}

TEST_P(ProcessesTest, KeepsTheLimitAndCountsTheRest) {
  Launch launch = perl("my $x = 'x' x 1048576; for (1..64) { print $x } print STDERR 'abc'");
  launch.standard_input = std::string(8U << 20U, 'i');  // nobody reads it
  launch.capture_limit = 1000;
  const Finished finished = run(launch);
  EXPECT_TRUE(finished.succeeded());
  EXPECT_EQ(finished.output.bytes, std::string(1000, 'x'));
  EXPECT_EQ(finished.output.total, 64ULL << 20U);
  EXPECT_TRUE(finished.output.truncated());
  EXPECT_EQ(finished.errors.bytes, "abc");
  EXPECT_FALSE(finished.errors.truncated());
}

TEST_P(ProcessesTest, GivesExactlyTheEnvironmentThatIsAskedFor) {
  ::setenv("SSH_AUTH_SOCK", "/tmp/agent", 1);  // NOLINT(concurrency-mt-unsafe): one thread
  Launch launch = perl(R"(print join("\n", map { "$_=$ENV{$_}" } grep { $_ ne 'PWD' } sort keys %ENV))");
  launch.environment = {{"A", "1 = one"}, {"LANG", "C.UTF-8"}, {"EMPTY", ""}};
  EXPECT_EQ(printed(launch), "A=1 = one\nEMPTY=\nLANG=C.UTF-8");
  launch.argv[2] = "use Cwd; print getcwd() eq $ENV{PWD} ? 'same' : 'other'";
  launch.environment["PWD"] = "/elsewhere";
  EXPECT_EQ(printed(launch), "same");
}

TEST_P(ProcessesTest, DoesNotLetTheEnvironmentReachTheIsolationItself) {
  Launch launch = perl("print $ENV{LD_PRELOAD}");
  launch.environment = {{"LD_PRELOAD", "/nowhere/evil.so"}};
  const Finished finished = run(launch);
  EXPECT_EQ(finished.output.bytes, "/nowhere/evil.so");
  // Complains once, from the program; had bubblewrap been told as well, it would complain before.
  const std::string& errors = finished.errors.bytes;
  EXPECT_EQ(errors.find("ERROR: ld.so"), errors.rfind("ERROR: ld.so")) << errors;
}

TEST_P(ProcessesTest, InheritsNoDescriptorButTheProgramsOwn) {
  const Descriptor inherited(::open("/dev/null", O_RDONLY));  // not close-on-exec: any library might do this
  const std::string seen = printed(
      "opendir(my $d, '/proc/self/fd') or die $!; for (sort { $a <=> $b } grep { /^\\d/ } readdir $d) {"
      "  my $to = readlink \"/proc/self/fd/$_\"; print \"$_ $to\\n\" if $_ > 2 && $to !~ m{/proc/.*/fd$} }");
  EXPECT_THAT(seen, testing::MatchesRegex("[0-9]+ /memfd:perl \\(deleted\\)\n"));
}

TEST_P(ProcessesTest, StartsWithDefaultSignals) {
  auto* const before = std::signal(SIGPIPE, SIG_IGN);
  // Perl itself ignores SIGFPE, 0x80.
  EXPECT_EQ(printed("open(my $f, '<', '/proc/self/status'); print grep { /^Sig(Ign|Blk):/ } <$f>"),
            "SigBlk:\t0000000000000000\nSigIgn:\t0000000000000080\n");
  static_cast<void>(std::signal(SIGPIPE, before));
}

TEST_P(ProcessesTest, HasNoPrivilegesAndCannotGainAny) {
  const std::string none(16, '0');
  EXPECT_EQ(printed("open(my $f, '<', '/proc/self/status'); print grep { /^(CapPrm|CapEff|NoNewPrivs):/ } <$f>"),
            fmt::format("CapPrm:\t{}\nCapEff:\t{}\nNoNewPrivs:\t1\n", none, none));
}

TEST_P(ProcessesTest, EndsAProgramThatHangs) {
  Launch launch = perl("$| = 1; print 'so far'; sleep 1000");
  launch.timeout = std::chrono::seconds(2);
  const Finished finished = run(launch);
  EXPECT_TRUE(std::holds_alternative<TimedOut>(finished.how));
  EXPECT_EQ(finished.output.bytes, "so far");
}

TEST_P(ProcessesTest, EndsAFloodOfOutputAtTheTimeout) {
  Launch launch = perl("my $x = 'x' x 65536; print $x while 1");
  launch.timeout = std::chrono::seconds(2);
  launch.capture_limit = 10;
  const Finished finished = run(launch);
  EXPECT_TRUE(std::holds_alternative<TimedOut>(finished.how));
  EXPECT_EQ(finished.output.bytes.size(), 10U);
  EXPECT_GT(finished.output.total, 1U << 20U);
}

TEST_P(ProcessesTest, EndsEveryDescendantAtTheTimeout) {
  for (const char* const escape : {"fork;", "fork; use POSIX 'setsid'; setsid(); fork;",
                                   "use POSIX 'setsid'; if (fork) { sleep 1000 } setsid(); exit if fork; exit if fork;",
                                   "$SIG{TERM} = $SIG{HUP} = $SIG{INT} = 'IGNORE'; fork for 1..4;"}) {
    const Survivors survivors(scratch_);
    Launch launch = perl(std::string(kHoldLock) + escape + "sleep 1000");
    survivors.show(launch);
    launch.timeout = std::chrono::seconds(2);
    EXPECT_TRUE(std::holds_alternative<TimedOut>(run(launch).how)) << escape;
    EXPECT_TRUE(survivors.was_held()) << escape;
    EXPECT_FALSE(survivors.any()) << escape;
  }
}

TEST_P(ProcessesTest, EndsWhatIsLeftInTheBackground) {
  const Survivors survivors(scratch_);
  Launch launch = perl(std::string(kHoldLock) +
                       "use POSIX 'setsid'; pipe(R, W); if (fork) { close W; <R>; print 'done'; exit 5 }"
                       "close STDOUT; setsid(); exit if fork; close W; sleep 1000");
  survivors.show(launch);
  const Finished finished = run(launch);
  EXPECT_EQ(code_of(finished), 5);
  EXPECT_EQ(finished.output.bytes, "done");
  EXPECT_TRUE(survivors.was_held());
  EXPECT_FALSE(survivors.any());
}

TEST_P(ProcessesTest, EndsAChainOfProcessesThatKeepForking) {
  const Survivors survivors(scratch_);
  Launch launch =
      perl(std::string(kHoldLock) + "fork for 1..3; while (1) { exit if fork; select(undef, undef, undef, 0.001) }");
  survivors.show(launch);
  launch.timeout = std::chrono::seconds(2);
  static_cast<void>(run(launch));
  EXPECT_TRUE(survivors.was_held());
  EXPECT_FALSE(survivors.any());
}

TEST_P(ProcessesTest, EndsEveryDescendantWhenItIsInterrupted) {
  const Survivors survivors(scratch_);
  Launch launch = perl(std::string(kHoldLock) + "fork; print STDERR 'x'; open(F, '>', \"out/started-$$\"); sleep 1000");
  survivors.show(launch);
  const std::stop_source stop;
  const std::jthread person([&](const std::stop_token& over) {
    const auto started = [&] {
      return std::distance(std::filesystem::directory_iterator(scratch_.path("out")), {}) >= 3;
    };
    while (!over.stop_requested() && !started()) std::this_thread::yield();
    stop.request_stop();
  });
  EXPECT_TRUE(std::holds_alternative<Interrupted>(run(launch, stop.get_token()).how));
  EXPECT_FALSE(survivors.any());
}

TEST_P(ProcessesTest, EndsAtOnceWhenItWasInterruptedBefore) {
  const std::stop_source stop;
  stop.request_stop();
  EXPECT_TRUE(std::holds_alternative<Interrupted>(run(perl("sleep 1000"), stop.get_token()).how));
}

TEST_P(ProcessesTest, LeavesOtherChildrenOfThisProcessAlone) {
  const pid_t other = ::fork();
  if (other == 0) {
    ::pause();
    ::_exit(0);
  }
  EXPECT_TRUE(run_perl("exit 0").succeeded());
  EXPECT_EQ(::waitpid(other, nullptr, WNOHANG), 0);
  ::kill(other, SIGKILL);
  EXPECT_EQ(::waitpid(other, nullptr, 0), other);
}

TEST_P(ProcessesTest, LeavesNeitherDescendantsNorItsViewWhenItsOwnProcessIsKilled) {
  const Survivors survivors(scratch_);
  static_cast<void>(processes_.isolation());
  Launch launch = perl(std::string(kHoldLock) +
                       "use POSIX 'setsid'; symlink($ENV{PWD}, 'out/view'); fork; setsid();"
                       "open(F, '>', \"out/started-$$\"); sleep 1000");
  survivors.show(launch);
  launch.view.files = {{"a/file", "x"}};
  const pid_t executor = ::fork();
  if (executor == 0) {
    static_cast<void>(processes_.run(launch, {}));
    ::_exit(0);
  }
  while (std::distance(std::filesystem::directory_iterator(scratch_.path("out")), {}) < 4) std::this_thread::yield();
  EXPECT_TRUE(survivors.any());
  const auto view = std::filesystem::read_symlink(scratch_.path("out/view"));
  ::kill(executor, SIGKILL);
  EXPECT_EQ(::waitpid(executor, nullptr, 0), executor);
  // The test's timeout ends this if it does not hold.
  while (survivors.any() || std::filesystem::exists(view)) std::this_thread::yield();
}

TEST_P(ProcessesTest, RunsSeveralAtATime) {
  const auto one = [&](int code) { EXPECT_EQ(code_of(run_perl(fmt::format("exit {}", code))), code); };
  std::vector<std::jthread> threads;
  threads.reserve(4);
  for (int i = 1; i <= 4; ++i) threads.emplace_back(one, i);
}

TEST_P(ProcessesTest, HasNoNetwork) {
  const Descriptor server(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  ASSERT_EQ(::bind(server.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  ASSERT_EQ(::listen(server.get(), 1), 0);
  socklen_t size = sizeof address;
  ASSERT_EQ(::getsockname(server.get(), reinterpret_cast<sockaddr*>(&address), &size), 0);
  const Launch launch = perl(
      "use Socket; socket(S, PF_INET, SOCK_STREAM, 0) or print 'no socket' and exit;"
      "print connect(S, sockaddr_in($ARGV[0], inet_aton('127.0.0.1'))) ? 'connected' : 'no connection'",
      {std::to_string(ntohs(address.sin_port))});
  EXPECT_THAT(printed(launch), testing::StartsWith("no "));
}

TEST_P(ProcessesTest, ReachesNoAgentByPathNorByAbstractName) {
  for (const bool abstract : {false, true}) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const std::string name = scratch_.path("agent");
    name.copy(address.sun_path + (abstract ? 1 : 0), name.size());
    const Descriptor agent(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size() + 1);
    ASSERT_EQ(::bind(agent.get(), reinterpret_cast<const sockaddr*>(&address), size), 0);
    ASSERT_EQ(::listen(agent.get(), 1), 0);
    Launch launch = perl(
        "use Socket; socket(S, PF_UNIX, SOCK_STREAM, 0) or print 'no socket' and exit;"
        "print connect(S, pack_sockaddr_un($ARGV[0] . $ENV{SSH_AUTH_SOCK})) ? 'connected' : 'no connection'");
    launch.environment = {{"SSH_AUTH_SOCK", name}};
    if (abstract) launch.argv[2] = "use Socket; $ARGV[0] = qq(\\0);" + launch.argv[2];
    EXPECT_THAT(printed(launch), testing::StartsWith("no "));
  }
}

TEST_P(ProcessesTest, RefusesWaysAroundTheIsolation) {
  // ptrace, unshare, keyctl, add_key, bpf, io_uring_setup, and AF_VSOCK sockets, by their numbers on x86-64
  // and on arm64.
  const std::string script =
      "require POSIX; my @n = POSIX::uname() && (POSIX::uname())[4] eq 'x86_64'"
      "  ? (101, 272, 250, 248, 321, 425) : (117, 97, 219, 217, 280, 425);"
      "for my $n (@n) { my $r = syscall($n, 0, 0, 0, 0, 0); print $r == -1 ? $!+0 : 'allowed', ' ' }"
      "print socket(S, 40, 1, 0) ? 'allowed' : 'refused'";
  EXPECT_EQ(printed(script), "1 1 1 1 1 1 refused");
}

TEST_P(ProcessesTest, RunsTheHashedBytesThoughTheFileWasReplaced) {
  const std::string path = scratch_.write("tool", "#!/usr/bin/perl\nprint 'as hashed ', $0 =~ m{/tool$} ? 'tool' : $0");
  ::chmod(path.c_str(), 0755);
  Launch launch;
  launch.program = SealedProgram::load(path).value();
  launch.argv = {"tool"};
  std::filesystem::remove(path);
  scratch_.write("tool", "#!/usr/bin/perl\nprint 'replaced'");
  ::chmod(path.c_str(), 0755);
  EXPECT_EQ(printed(launch), "as hashed tool");
}

TEST_P(ProcessesTest, GivesTheProgramNoWayToChangeItsOwnBytes) {
  EXPECT_EQ(printed("open(my $f, '+<', '/proc/self/exe') and syswrite($f, 'x') and print 'changed'; print 'same'"),
            "same");
}

TEST_P(ProcessesTest, RefusesTextsThatNoProgramCanBeGiven) {
  Launch launch = perl("exit 0");
  launch.argv.emplace_back("a\0b", 3);
  EXPECT_EQ(processes_.run(launch, {}).error().code, Exit::usage);
  launch = perl("exit 0");
  launch.environment["A=B"] = "x";
  EXPECT_EQ(processes_.run(launch, {}).error().code, Exit::usage);
  launch = perl("exit 0");
  launch.argv.clear();
  EXPECT_EQ(processes_.run(launch, {}).error().code, Exit::usage);
}

TEST_P(ProcessesTest, BeatsWhileAProgramRunsOnTheThreadThatWaits) {
  Launch launch = perl("sleep 1; print 'done'");
  int beats = 0;
  launch.pulse = {Milliseconds(50), [&, here = std::this_thread::get_id()] {
                    EXPECT_EQ(std::this_thread::get_id(), here);
                    return ++beats > 0;
                  }};
  EXPECT_EQ(printed(launch), "done");
  EXPECT_GT(beats, 2);
}

TEST_P(ProcessesTest, EndsAProgramWhosePulseSaysSo) {
  Launch launch = perl("sleep 60");
  launch.pulse = {Milliseconds(50), [] { return false; }};
  EXPECT_TRUE(std::holds_alternative<Interrupted>(run(launch).how));
}

TEST_P(ProcessesTest, LeavesNothingBehindWhenThePulseThrows) {
  Launch launch = perl("sleep 60");
  launch.pulse = {Milliseconds(50), []() -> bool { throw Broken("the disk went"); }};
  EXPECT_THROW(static_cast<void>(run(launch)), Broken);
  EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), -1) << "a child is left";
}

}  // namespace
}  // namespace blc::adapters
