// NOLINTBEGIN(concurrency-mt-unsafe): setenv and ptsname, in a program that has one thread then
#include "core/adapters/terminal.hpp"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include <cstdlib>
#include <functional>
#include <stdexcept>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/adapters/descriptor.hpp"
#include "core/adapters/interrupts.hpp"

namespace blc::adapters {
namespace {

using testing::HasSubstr;

// A terminal of the test's own: what is typed goes in, what a person would see comes out.
class Person {
 public:
  Person() : master_(::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC)) {
    if (::grantpt(master_.get()) != 0 || ::unlockpt(master_.get()) != 0) throw std::runtime_error("no terminal");
    slave_.reset(::open(::ptsname(master_.get()), O_RDWR | O_NOCTTY | O_CLOEXEC));
  }
  [[nodiscard]] int fd() const { return slave_.get(); }
  [[nodiscard]] Terminal terminal() const { return Terminal(fd(), fd(), fd()); }
  void type(std::string_view keys) const {
    ASSERT_EQ(::write(master_.get(), keys.data(), keys.size()), static_cast<ssize_t>(keys.size()));
  }
  // Everything shown until `last` appears.
  [[nodiscard]] std::string seen_until(std::string_view last) const {
    std::string all;
    for (char c = 0; all.find(last) == std::string::npos && ::read(master_.get(), &c, 1) == 1;) all += c;
    return all;
  }
  [[nodiscard]] bool echoes() const {
    termios state{};
    return ::tcgetattr(fd(), &state) == 0 && (state.c_lflag & ECHO) != 0;
  }

 private:
  Descriptor master_;
  Descriptor slave_;
};

TEST(Terminal, KnowsATerminalFromAnythingElse) {
  const Person person;
  const Descriptor null(::open("/dev/null", O_RDWR | O_CLOEXEC));
  EXPECT_TRUE(person.terminal().interactive());
  EXPECT_TRUE(person.terminal().output());
  EXPECT_FALSE(Terminal(null.get(), person.fd(), person.fd()).interactive());
  EXPECT_FALSE(Terminal(person.fd(), person.fd(), null.get()).interactive());
  EXPECT_TRUE(Terminal(person.fd(), null.get(), person.fd()).interactive());
  EXPECT_FALSE(Terminal(person.fd(), null.get(), person.fd()).output());
}

TEST(Terminal, TakesItsWidthFromTheEnvironmentOrTheTerminal) {
  const Person person;
  winsize size{};
  size.ws_col = 132;
  ASSERT_EQ(::ioctl(person.fd(), TIOCSWINSZ, &size), 0);
  ::unsetenv("COLUMNS");
  EXPECT_EQ(person.terminal().width(), 132U);
  ::setenv("COLUMNS", "100", 1);
  EXPECT_EQ(person.terminal().width(), 100U);
  ::setenv("COLUMNS", "42", 1);
  EXPECT_EQ(person.terminal().width(), 60U) << "what every screen is made for";
  for (const char* const nonsense : {"", "wide", "-5", "3", "99999999999999999999", "100x"}) {
    ::setenv("COLUMNS", nonsense, 1);
    EXPECT_EQ(person.terminal().width(), 132U) << nonsense;
  }
  ::unsetenv("COLUMNS");
  const Descriptor null(::open("/dev/null", O_RDWR | O_CLOEXEC));
  EXPECT_EQ(Terminal(0, null.get(), 2).width(), 80U);
}

TEST(Terminal, AsksForOneLineAndLeavesTheNext) {
  const Person person;
  person.type("first\nsecond\n\n");
  EXPECT_EQ(person.terminal().ask("name? "), "first");
  EXPECT_EQ(person.terminal().ask("name? "), "second");
  EXPECT_EQ(person.terminal().ask("name? "), "");
  EXPECT_THAT(person.seen_until("name? "), HasSubstr("name? "));
}

TEST(Terminal, TakesTheEndOfInputForNoAnswer) {
  const Person person;
  person.type("\x04");
  EXPECT_EQ(person.terminal().ask("sure? "), std::nullopt);
}

TEST(Terminal, AsksNobodyWhereThereIsNoTerminal) {
  const Person person;
  const Descriptor null(::open("/dev/null", O_RDWR | O_CLOEXEC));
  person.type("yes\n");
  EXPECT_EQ(Terminal(person.fd(), 1, null.get()).ask("sure? "), std::nullopt);
  EXPECT_FALSE(Terminal(person.fd(), 1, null.get()).ask_secret("PIN? "));
  EXPECT_EQ(Terminal(null.get(), 1, person.fd()).ask("sure? "), std::nullopt);
}

// Runs `action` in a process of its own and gives its wait status; `meanwhile` runs here.
int in_child(const std::function<int()>& action, const std::function<void(pid_t)>& meanwhile) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(action());
  meanwhile(child);
  int status = 0;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  return status;
}

TEST(Terminal, DoesNotShowASecretAndPutsTheEchoBack) {
  const Person person;
  const int status = in_child(
      [&] {
        const auto secret = person.terminal().ask_secret("PIN? ");
        return secret && secret->reveal() == "1234" ? 0 : 1;
      },
      [&](pid_t) {
        EXPECT_EQ(person.seen_until("PIN? "), "PIN? ");
        EXPECT_FALSE(person.echoes());
        person.type("1234\n");
        EXPECT_EQ(person.seen_until("\n"), "\r\n");
      });
  EXPECT_EQ(status, 0);
  EXPECT_TRUE(person.echoes());
}

TEST(Terminal, PutsTheEchoBackBeforeASignalEndsIt) {
  const Person person;
  const int status = in_child([&] { return person.terminal().ask_secret("PIN? ") ? 1 : 2; },
                              [&](pid_t child) {
                                EXPECT_EQ(person.seen_until("PIN? "), "PIN? ");
                                EXPECT_FALSE(person.echoes());
                                ::kill(child, SIGTERM);
                              });
  ASSERT_TRUE(WIFSIGNALED(status));
  EXPECT_EQ(WTERMSIG(status), SIGTERM);
  EXPECT_TRUE(person.echoes());
}

TEST(Terminal, AsksAgainAfterItWasStopped) {
  const Person person;
  const int status = in_child(
      [&] {
        ::setpgid(0, 0);  // a job of its own, which can be stopped
        const auto answer = person.terminal().ask_secret("PIN? ");
        return answer && answer->reveal() == "1234" && !Terminal::interrupted() ? 0 : 1;
      },
      [&](pid_t child) {
        EXPECT_EQ(person.seen_until("PIN? "), "PIN? ");
        ::kill(child, SIGTSTP);
        int stopped = 0;
        ASSERT_EQ(::waitpid(child, &stopped, WUNTRACED), child);
        ASSERT_TRUE(WIFSTOPPED(stopped));
        EXPECT_TRUE(person.echoes()) << "the shell gets its terminal back";
        ::kill(child, SIGCONT);
        EXPECT_EQ(person.seen_until("PIN? "), "PIN? ");
        EXPECT_FALSE(person.echoes());
        // Stopped and continued by somebody else, at no signal of ours.
        ::kill(child, SIGSTOP);
        ASSERT_EQ(::waitpid(child, &stopped, WUNTRACED), child);
        ::kill(child, SIGCONT);
        person.type("1234\n");
      });
  EXPECT_EQ(status, 0);
  EXPECT_TRUE(person.echoes());
}

TEST(Terminal, TellsWhetherASignalEndedTheQuestion) {
  const Person person;
  const int status = in_child(
      [&] {
        const Interrupts interrupts;
        if (person.terminal().ask("one? ") || !Terminal::interrupted()) return 1;
        if (person.terminal().ask("two? ") || Terminal::interrupted()) return 2;
        return 42;
      },
      [&](pid_t child) {
        EXPECT_EQ(person.seen_until("one? "), "one? ");
        ::kill(child, SIGINT);
        EXPECT_EQ(person.seen_until("two? "), "\r\ntwo? ");
        person.type("\x04");
        EXPECT_EQ(person.seen_until("\n"), "\r\n") << "the end of the input ends the line";
      });
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 42);
}

TEST(Terminal, LeavesToTheCallerWhatCtrlCEnds) {
  const Person person;
  const int status = in_child(
      [&] {
        if (person.terminal().ask_secret("PIN? ") || !Terminal::interrupted() || !person.echoes()) return 1;
        end_by_ctrl_c();
        return 2;
      },
      [&](pid_t child) {
        EXPECT_EQ(person.seen_until("PIN? "), "PIN? ");
        ::kill(child, SIGINT);
      });
  ASSERT_TRUE(WIFSIGNALED(status));
  EXPECT_EQ(WTERMSIG(status), SIGINT);
}

TEST(Terminal, IsEndedByNoCtrlCThatDidNotCome) {
  EXPECT_EQ(in_child([] { end_by_ctrl_c(); return 0; }, [](pid_t) {}), 0);
}

TEST(Interrupts, TurnTheFirstSignalIntoAStopRequest) {
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
    const Interrupts interrupts;
    const auto token = interrupts.token();
    EXPECT_FALSE(token.stop_requested());
    EXPECT_EQ(::raise(signal), 0);
    while (!token.stop_requested()) std::this_thread::yield();
  }
}

TEST(Interrupts, LetTheSecondSignalEndTheProgram) {
  const int status = in_child(
      [] {
        const Interrupts interrupts;
        EXPECT_EQ(::raise(SIGINT), 0);
        EXPECT_EQ(::raise(SIGINT), 0);
        return 0;
      },
      [](pid_t) {});
  ASSERT_TRUE(WIFSIGNALED(status));
  EXPECT_EQ(WTERMSIG(status), SIGINT);
}

TEST(Interrupts, LeaveAnIgnoredSignalIgnored) {
  const int status = in_child(
      [] {
        static_cast<void>(std::signal(SIGHUP, SIG_IGN));
        const Interrupts interrupts;
        EXPECT_EQ(::raise(SIGHUP), 0);
        EXPECT_EQ(::raise(SIGINT), 0);
        while (!interrupts.token().stop_requested()) std::this_thread::yield();
        EXPECT_EQ(::raise(SIGHUP), 0);  // was ignored before: the first signal must not have made it deadly
        return 0;
      },
      [](pid_t) {});
  EXPECT_EQ(status, 0);
}

TEST(Interrupts, AreGoneWithTheirObject) {
  struct sigaction before {};
  struct sigaction after {};
  ::sigaction(SIGINT, nullptr, &before);
  { const Interrupts interrupts; }
  ::sigaction(SIGINT, nullptr, &after);
  EXPECT_EQ(before.sa_handler, after.sa_handler);
}

TEST(Interrupts, ReachAQuestionThatIsOpen) {
  const Person person;
  const int status = in_child(
      [&] {
        const Interrupts interrupts;
        if (person.terminal().ask_secret("PIN? ")) return 1;
        while (!interrupts.token().stop_requested()) std::this_thread::yield();
        return 42;
      },
      [&](pid_t child) {
        EXPECT_EQ(person.seen_until("PIN? "), "PIN? ");
        ::kill(child, SIGINT);
      });
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 42);
  EXPECT_TRUE(person.echoes());
}

}  // namespace
}  // namespace blc::adapters
// NOLINTEND(concurrency-mt-unsafe)
