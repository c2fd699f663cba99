#include "core/adapters/terminal.hpp"

#include <poll.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstdlib>

#include "core/adapters/interrupts.hpp"

namespace blc::adapters {

namespace {

constexpr std::size_t kLongestAnswer = 4096;
constexpr std::size_t kUsualWidth = 80;
constexpr std::size_t kLeastWidth = 60;      // what every screen is made for
constexpr std::size_t kNarrowestWidth = 20;  // below that somebody who should know does not
constexpr std::size_t kGreatestWidth = 1000;
constexpr std::array kSignals{SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP};

// The signal that came while a question was open.
// NOLINTNEXTLINE(cppcoreguidelines-avoid-non-const-global-variables): a handler can reach nothing else
volatile std::sig_atomic_t caught = 0;

extern "C" void remember_signal(int signal) {
  caught = signal;
  if (signal == SIGINT) note_ctrl_c();
}

// Holds signals back while a question is open, except in wait(), and lets one that came take effect afterwards.
class HeldSignals {
 public:
  HeldSignals() {
    caught = 0;
    sigset_t held;
    ::sigemptyset(&held);
    for (const int signal : kSignals) ::sigaddset(&held, signal);
    ::pthread_sigmask(SIG_BLOCK, &held, &mask_);
    struct sigaction remember {};
    remember.sa_handler = &remember_signal;
    for (std::size_t i = 0; i < kSignals.size(); ++i) {
      ::sigaction(kSignals[i], nullptr, &before_[i]);
      if (before_[i].sa_handler != SIG_IGN) ::sigaction(kSignals[i], &remember, nullptr);
    }
  }
  HeldSignals(const HeldSignals&) = delete;
  HeldSignals& operator=(const HeldSignals&) = delete;
  ~HeldSignals() {
    for (std::size_t i = 0; i < kSignals.size(); ++i) ::sigaction(kSignals[i], &before_[i], nullptr);
    // Ctrl-C ends the question, not the program: the caller has something to say first.
    if (caught != 0 && (caught != SIGINT || before_.front().sa_handler != SIG_DFL)) static_cast<void>(::raise(caught));
    ::pthread_sigmask(SIG_SETMASK, &mask_, nullptr);
  }

  // False when a signal came instead of something to read.
  [[nodiscard]] bool wait(int fd) const {
    pollfd waited{fd, POLLIN, 0};
    int ready = 0;
    do ready = ::ppoll(&waited, 1, nullptr, &mask_);
    while (ready < 0 && errno == EINTR && caught == 0);  // stopped and continued from outside
    if (ready > 0) take_pending();
    return ready > 0 && caught == 0;
  }

 private:
  // Where both are there, a signal counts before what was typed after it.
  void take_pending() const {
    sigset_t pending;
    ::sigpending(&pending);
    const bool any = std::ranges::any_of(kSignals, [&](int signal) { return ::sigismember(&pending, signal) == 1; });
    if (any) ::ppoll(nullptr, 0, nullptr, &mask_);
  }

  sigset_t mask_{};
  std::array<struct sigaction, kSignals.size()> before_{};
};

class WithoutEcho {
 public:
  explicit WithoutEcho(int fd) : fd_(fd), changed_(::tcgetattr(fd, &before_) == 0) {
    if (!changed_) return;
    termios quiet = before_;
    quiet.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    quiet.c_lflag |= ECHONL;  // the person sees that the line was taken
    changed_ = ::tcsetattr(fd, TCSAFLUSH, &quiet) == 0;
  }
  WithoutEcho(const WithoutEcho&) = delete;
  WithoutEcho& operator=(const WithoutEcho&) = delete;
  ~WithoutEcho() {
    if (changed_) ::tcsetattr(fd_, TCSAFLUSH, &before_);
  }
  [[nodiscard]] bool works() const { return changed_; }

 private:
  int fd_;
  termios before_{};
  bool changed_;
};

// Byte by byte, so that nothing that was typed ahead is lost to a buffer.
bool read_line(int fd, const HeldSignals& signals, Secret& line) {
  Secret typed(kLongestAnswer);
  for (std::size_t size = 0; size < kLongestAnswer; ++size) {
    char c = 0;
    if (!signals.wait(fd) || ::read(fd, &c, 1) != 1) return false;
    if (c == '\n') {
      line = Secret::copy(typed.reveal().substr(0, size));
      return true;
    }
    typed.data()[size] = c;
  }
  return false;
}

void show(int fd, std::string_view prompt) {
  while (!prompt.empty()) {
    const ssize_t written = ::write(fd, prompt.data(), prompt.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return;  // a terminal that went away ends the question by itself
    prompt.remove_prefix(static_cast<std::size_t>(written));
  }
}

winsize size_of(int fd) {
  winsize size{};
  return ::ioctl(fd, TIOCGWINSZ, &size) == 0 ? size : winsize{};
}

std::optional<std::size_t> parse_width(std::string_view text) {
  std::size_t width = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), width);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return width >= kNarrowestWidth && width <= kGreatestWidth ? std::optional(width) : std::nullopt;
}

}  // namespace

bool Terminal::input() const { return ::isatty(input_) == 1; }
bool Terminal::output() const { return ::isatty(output_) == 1; }
bool Terminal::errors() const { return ::isatty(errors_) == 1; }

std::size_t Terminal::width_of(int stream) {
  // NOLINTNEXTLINE(concurrency-mt-unsafe): nothing of blc changes the environment
  if (const char* const columns = std::getenv("COLUMNS"); columns != nullptr) {
    if (const auto width = parse_width(columns)) return std::max(*width, kLeastWidth);
  }
  const auto size = size_of(stream);
  return size.ws_col >= kNarrowestWidth ? std::max<std::size_t>(size.ws_col, kLeastWidth) : kUsualWidth;
}

std::size_t Terminal::error_columns() const { return size_of(errors_).ws_col; }
std::size_t Terminal::error_rows() const { return size_of(errors_).ws_row; }

bool Terminal::redraws() const {
  // NOLINTNEXTLINE(concurrency-mt-unsafe): nothing of blc changes the environment
  const char* const kind = std::getenv("TERM");
  return errors() && kind != nullptr && *kind != '\0' && std::string_view(kind) != "dumb";
}

void Terminal::draw(std::string_view bytes) const { show(errors_, bytes); }

bool Terminal::interrupted() { return caught != 0; }

std::optional<Secret> Terminal::ask_once(std::string_view prompt, bool hidden) const {
  const HeldSignals signals;
  std::optional<WithoutEcho> quiet;
  if (hidden && !quiet.emplace(input_).works()) return std::nullopt;  // never show a secret
  show(errors_, prompt);
  Secret line;
  if (read_line(input_, signals, line)) return line;
  if (caught == 0 || caught == SIGINT) show(errors_, "\n");  // the cursor stands behind the question still
  return std::nullopt;
}

std::optional<Secret> Terminal::ask_again_after_stop(std::string_view prompt, bool hidden) const {
  if (!interactive()) return std::nullopt;
  while (true) {
    auto line = ask_once(prompt, hidden);
    if (line || caught != SIGTSTP) return line;
  }
}

std::optional<std::string> Terminal::ask(std::string_view prompt) const {
  const auto line = ask_again_after_stop(prompt, false);
  return line ? std::optional(std::string(line->reveal())) : std::nullopt;
}

std::optional<Secret> Terminal::ask_secret(std::string_view prompt) const { return ask_again_after_stop(prompt, true); }

}  // namespace blc::adapters
