#include "core/adapters/interrupts.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>

namespace blc::adapters {

namespace {

constexpr std::array kSignals{SIGINT, SIGTERM, SIGHUP};

// Where the handler writes to.
// NOLINTNEXTLINE(cppcoreguidelines-avoid-non-const-global-variables): a handler can reach nothing else
std::atomic<int> wakeup = -1;
// NOLINTNEXTLINE(cppcoreguidelines-avoid-non-const-global-variables): the same
std::atomic<bool> ctrl_c = false;

extern "C" void on_signal(int signal) {
  const int error = errno;
  if (signal == SIGINT) note_ctrl_c();
  for (const int each : kSignals) {
    struct sigaction now {};
    // One that is ignored was so from the beginning.
    if (::sigaction(each, nullptr, &now) == 0 && now.sa_handler != SIG_IGN) static_cast<void>(::signal(each, SIG_DFL));
  }
  [[maybe_unused]] const ssize_t written = ::write(wakeup, "!", 1);
  errno = error;
}

}  // namespace

void note_ctrl_c() noexcept { ctrl_c = true; }

void end_by_ctrl_c() noexcept {
  if (!ctrl_c) return;
  static_cast<void>(std::signal(SIGINT, SIG_DFL));
  static_cast<void>(::raise(SIGINT));
}

Interrupts::Interrupts() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw_errno("no pipe can be made");
  reader_.reset(ends[0]);
  writer_.reset(ends[1]);
  wakeup = writer_.get();
  // The listener keeps these blocked, so that they interrupt whatever another thread waits for.
  sigset_t ours;
  sigset_t before;
  ::sigemptyset(&ours);
  for (const int signal : kSignals) ::sigaddset(&ours, signal);
  ::pthread_sigmask(SIG_BLOCK, &ours, &before);
  listener_ = std::thread([this] { listen(); });
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  struct sigaction handled {};
  handled.sa_handler = &on_signal;
  for (std::size_t i = 0; i < kSignals.size(); ++i) {
    ::sigaction(kSignals[i], nullptr, &before_[i]);
    // Ignored by who started us (nohup, a background job): it stays so.
    if (before_[i].sa_handler != SIG_IGN) ::sigaction(kSignals[i], &handled, nullptr);
  }
}

Interrupts::~Interrupts() {
  for (std::size_t i = 0; i < kSignals.size(); ++i) ::sigaction(kSignals[i], &before_[i], nullptr);
  wakeup = -1;
  writer_.reset();
  listener_.join();
}

void Interrupts::listen() {
  char byte = 0;
  while (::read(reader_.get(), &byte, 1) == 1) source_.request_stop();
}

}  // namespace blc::adapters
