#include "core/adapters/keeper.hpp"

#include <fcntl.h>
#include <linux/close_range.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>

namespace blc::adapters {

namespace {

// A round of killing that finds nobody, though somebody is there, is repeated after this time.
constexpr int kRoundMs = 20;

// Kills this process's children. Theirs come to us, their subreaper, and are killed in the next round.
void kill_children() noexcept {
  const int file = ::open("/proc/thread-self/children", O_RDONLY | O_CLOEXEC);
  if (file < 0) return;
  std::array<char, 4096> text{};
  pid_t pid = 0;
  for (ssize_t size = 0; (size = ::read(file, text.data(), text.size())) > 0;) {
    for (ssize_t i = 0; i < size; ++i) {
      const char c = text[static_cast<std::size_t>(i)];
      if (c >= '0' && c <= '9') {
        pid = pid * 10 + (c - '0');
      } else if (pid > 0) {
        ::kill(pid, SIGKILL);
        pid = 0;
      }
    }
  }
  ::close(file);
}

// Reaps what has ended. False when no child is left.
bool reap(pid_t program, int report, bool& ending) noexcept {
  while (true) {
    int status = 0;
    const pid_t pid = ::waitpid(-1, &status, WNOHANG);
    if (pid < 0 && errno == EINTR) continue;
    if (pid < 0) return false;
    if (pid == 0) return true;
    if (pid == program) {
      ending = true;
      [[maybe_unused]] const ssize_t written = ::write(report, &status, sizeof status);
    }
  }
}

void become(const char* const* argv) noexcept {
  const std::array<char*, 1> environment{nullptr};
  ::close_range(0, ~0U, 0);
  ::execve(*argv, const_cast<char* const*>(argv), environment.data());
}

}  // namespace

int become_keeper() noexcept {
  // A session of its own: the terminal's Ctrl-C goes to blc alone, which decides.
  if (::setsid() < 0) return errno;
  if (::prctl(PR_SET_CHILD_SUBREAPER, 1) != 0) return errno;
  sigset_t all;
  ::sigfillset(&all);
  return ::sigprocmask(SIG_SETMASK, &all, nullptr) == 0 ? 0 : errno;
}

void keep(pid_t program, int control, int report, const char* const* farewell) noexcept {
  constexpr int kControl = 0;
  constexpr int kReport = 1;
  ::dup2(control, kControl);
  ::dup2(report, kReport);
  ::close_range(2, ~0U, 0);
  sigset_t heeded;
  ::sigemptyset(&heeded);
  ::sigaddset(&heeded, SIGCHLD);
  ::sigaddset(&heeded, SIGTERM);
  const int signals = ::signalfd(-1, &heeded, SFD_CLOEXEC | SFD_NONBLOCK);
  std::array<pollfd, 2> waited{{{signals, POLLIN, 0}, {kControl, POLLIN, 0}}};
  bool orphaned = false;
  for (bool ending = signals < 0; reap(program, kReport, ending);) {
    if (ending) kill_children();
    ::poll(waited.data(), orphaned ? 1 : 2, ending ? kRoundMs : -1);
    signalfd_siginfo signal{};
    while (::read(signals, &signal, sizeof signal) > 0) ending = ending || signal.ssi_signo == SIGTERM;
    orphaned = orphaned || waited[1].revents != 0;
    ending = ending || orphaned;
  }
  if (orphaned && farewell != nullptr) become(farewell);
  ::_exit(0);
}

}  // namespace blc::adapters
