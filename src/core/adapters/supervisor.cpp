#define BOOST_PROCESS_V2_SEPARATE_COMPILATION
#include "core/adapters/supervisor.hpp"

#include <fcntl.h>
#include <linux/close_range.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <optional>

#include <fmt/format.h>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/readable_pipe.hpp>
#include <boost/process/v2/posix/default_launcher.hpp>
#include <boost/process/v2/process.hpp>

#include "core/adapters/keeper.hpp"

namespace blc::adapters {

namespace {

namespace asio = boost::asio;
namespace process = boost::process::v2;
using boost::system::error_code;

constexpr int kAboveStandardStreams = 10;
constexpr rlim_t kLargestFile = 1UL << 30U;
constexpr rlim_t kMostProcesses = 4096;

struct Pipe {
  Pipe() {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw_errno("no pipe can be made");
    read = raise(ends[0]);
    write = raise(ends[1]);
  }
  // Out of the way of 0, 1 and 2, which the child puts its streams on.
  static Descriptor raise(int fd) {
    const Descriptor low(fd);
    Descriptor high(::fcntl(fd, F_DUPFD_CLOEXEC, kAboveStandardStreams));
    if (!high.valid()) throw_errno("no pipe can be made");
    return high;
  }

  Descriptor read;
  Descriptor write;
};

int lower_limit(int resource, rlim_t most) {
  rlimit limit{};
  if (::getrlimit(static_cast<__rlimit_resource_t>(resource), &limit) != 0) return errno;
  limit.rlim_max = std::min(limit.rlim_max, most);
  limit.rlim_cur = std::min(limit.rlim_cur, limit.rlim_max);
  return ::setrlimit(static_cast<__rlimit_resource_t>(resource), &limit) == 0 ? 0 : errno;
}

int set_limits() {
  for (const auto& [resource, most] :
       {std::pair<int, rlim_t>{RLIMIT_CORE, 0},  // memory holds PHI
        std::pair<int, rlim_t>{RLIMIT_FSIZE, kLargestFile}, std::pair<int, rlim_t>{RLIMIT_NPROC, kMostProcesses}}) {
    if (const int error = lower_limit(resource, most); error != 0) return error;
  }
  return 0;
}

std::vector<const char*> pointers(const std::vector<std::string>& texts) {
  std::vector<const char*> out;
  out.reserve(texts.size() + 1);
  for (const auto& text : texts) out.push_back(text.c_str());
  out.push_back(nullptr);
  return out;
}

// The initializer of Boost.Process that turns its child into the keeper and the keeper's child into the program.
class KeptChild {
 public:
  KeptChild(const Command& command, int output, int errors, int control, int report)
      : command_(command),
        farewell_(pointers(command.farewell)),
        output_(output),
        errors_(errors),
        control_(control),
        report_(report) {}

  error_code on_setup(process::posix::default_launcher& launcher, const process::filesystem::path& /*executable*/,
                      const char* const* /*argv*/) {
    auto& kept = launcher.fd_whitelist;
    kept.insert(kept.end(), command_.descriptors.begin(), command_.descriptors.end());
    return {};
  }

  // Boost.Process reports errno, not what is returned here; so both say the same.
  error_code on_exec_setup(process::posix::default_launcher& /*launcher*/,
                           const process::filesystem::path& /*executable*/, const char* const* /*argv*/) {
    errno = set_up();
    return {errno, boost::system::system_category()};
  }

  // Boost.Process would call exit(), which runs what blc registered with atexit.
  template <class... Ignored>
  [[noreturn]] void on_exec_error(Ignored&&... /*ignored*/) {
    ::_exit(127);
  }

 private:
  int set_up() {
    if (const int error = become_keeper(); error != 0) return error;
    const pid_t keeper = ::getpid();
    const pid_t program = ::_Fork();
    if (program < 0) return errno;
    if (program > 0) keep(program, control_, report_, farewell_.front() == nullptr ? nullptr : farewell_.data());
    if (::prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) return errno;
    if (::getppid() != keeper) return ECHILD;
    return set_up_program();
  }

  int set_up_program() {
    for (int signal = 1; signal < NSIG; ++signal)
      static_cast<void>(::signal(signal, SIG_DFL));  // an ignored one stays so over exec
    sigset_t none;
    ::sigemptyset(&none);
    if (::sigprocmask(SIG_SETMASK, &none, nullptr) != 0) return errno;
    if (const int error = set_limits(); error != 0) return error;
    if (::dup2(command_.standard_input, STDIN_FILENO) < 0 || ::dup2(output_, STDOUT_FILENO) < 0 ||
        ::dup2(errors_, STDERR_FILENO) < 0) {
      return errno;
    }
    // Boost.Process 1.81 leaves the gaps of its whitelist open (close_handles.ipp: next is idx, not idx + 1).
    if (::close_range(3, ~0U, CLOSE_RANGE_CLOEXEC) != 0) return errno;
    for (const int fd : command_.descriptors) {
      if (::fcntl(fd, F_SETFD, 0) != 0) return errno;
    }
    return command_.confine();
  }

  const Command& command_;
  std::vector<const char*> farewell_;
  int output_;
  int errors_;
  int control_;
  int report_;
};

// Reads a stream to its end, keeping its beginning.
class Collector {
 public:
  using Says = std::function<void(std::string_view)>;
  Collector(asio::io_context& context, Descriptor stream, ports::Captured& into, std::uint64_t limit, const Says& says)
      : stream_(context, stream.release()), into_(into), limit_(limit), says_(says) {
    read();
  }

 private:
  void read() {
    stream_.async_read_some(asio::buffer(buffer_), [this](const error_code& error, std::size_t size) {
      const std::uint64_t room = limit_ - into_.bytes.size();
      into_.bytes.append(buffer_.data(), static_cast<std::size_t>(std::min<std::uint64_t>(room, size)));
      into_.total += size;
      if (says_ && size > 0) says_({buffer_.data(), size});
      if (!error) read();
    });
  }

  asio::readable_pipe stream_;
  ports::Captured& into_;
  std::uint64_t limit_;
  const Says& says_;
  std::array<char, 65536> buffer_{};
};

class Supervision {
 public:
  explicit Supervision(const Command& command) : command_(command) {}
  Supervision(const Supervision&) = delete;
  Supervision& operator=(const Supervision&) = delete;
  // After a failure in the middle: nothing may outlive it.
  ~Supervision() { wait(); }

  Result<Ended> run(std::chrono::seconds timeout, std::uint64_t capture_limit, const std::stop_token& stop,
                    const ports::Pulse& pulse, const Collector::Says& says) {
    BLC_CHECK(start());
    const Collector output(context_, std::move(output_.read), ended_.output, capture_limit, says);
    const Collector errors(context_, std::move(errors_.read), ended_.errors, capture_limit, says);
    await_report();
    set_timer(timeout);
    if (pulse.every > Milliseconds(0)) start_pulse(pulse);
    {
      const std::stop_callback on_stop(stop, [this] { asio::post(context_, [this] { end(ports::Interrupted{}); }); });
      context_.run();
    }
    wait();
    // Without a report the keeper itself was killed, and the program with it.
    if (!how_) how_ = Ended::Status{SIGKILL};
    ended_.how = *how_;
    return std::move(ended_);
  }

 private:
  Result<> start() {
    process::posix::default_launcher launcher;
    const auto environment = pointers(command_.environment);
    auto argv = pointers(command_.argv);
    launcher.env = environment.data();
    error_code error;
    auto started = launcher(
        context_.get_executor(), error, process::filesystem::path(command_.executable), argv.data(),
        KeptChild(command_, output_.write.get(), errors_.write.get(), control_.read.get(), report_.write.get()));
    // Ours must go, or the streams would never end.
    for (Descriptor* const end : {&output_.write, &errors_.write, &control_.read, &report_.write}) end->reset();
    if (error) {
      if (launcher.pid > 0) ::waitpid(launcher.pid, nullptr, 0);
      return fail(Exit::failed, fmt::format("The program cannot be started: {}.", reason(error.value())));
    }
    keeper_.emplace(std::move(started));
    return {};
  }

  void wait() {
    if (!keeper_) return;
    control_.write.reset();
    error_code ignored;
    keeper_->wait(ignored);
    keeper_.reset();
  }

  // The first of the program's end, the timeout and an interruption is what happened.
  void end(std::variant<Ended::Status, ports::TimedOut, ports::Interrupted> how) {
    if (!how_) how_ = how;
    static_cast<void>(::kill(static_cast<pid_t>(keeper_->id()), SIGTERM));  // it kills whatever is left
  }

  void await_report() {
    report_reader_.assign(report_.read.release());
    report_reader_.async_read_some(asio::buffer(&status_, sizeof status_),
                                   [this](const error_code& error, std::size_t) {
                                     if (!error) end(Ended::Status{status_});
                                     await_last_descendant();
                                   });
  }

  void await_last_descendant() {
    report_reader_.async_read_some(asio::buffer(&status_, sizeof status_), [this](const error_code&, std::size_t) {
      error_code ignored;
      static_cast<void>(timer_.close(ignored));
      static_cast<void>(pulse_timer_.close(ignored));
    });
  }

  // Counts the time that the machine sleeps. An interval of zero lets it go off once.
  static Descriptor boot_timer(Milliseconds first, Milliseconds interval) {
    const auto spec = [](Milliseconds time) {
      const auto seconds = std::chrono::floor<std::chrono::seconds>(time);
      return timespec{seconds.count(), std::chrono::nanoseconds(time - seconds).count()};
    };
    Descriptor timer(::timerfd_create(CLOCK_BOOTTIME, TFD_CLOEXEC | TFD_NONBLOCK));
    const itimerspec when{spec(interval), spec(std::max(first, Milliseconds(1)))};  // all zero would mean never
    if (!timer.valid() || ::timerfd_settime(timer.get(), 0, &when, nullptr) != 0) throw_errno("no timer can be set");
    return timer;
  }

  void start_pulse(const ports::Pulse& pulse) {
    pulse_timer_.assign(boot_timer(pulse.every, pulse.every).release());
    await_pulse(pulse);
  }

  void await_pulse(const ports::Pulse& pulse) {
    pulse_timer_.async_read_some(asio::buffer(&beats_, sizeof beats_), [this, &pulse](const error_code& error, std::size_t) {
      if (error) return;
      if (!pulse.beat()) return end(ports::Interrupted{});
      await_pulse(pulse);
    });
  }

  void set_timer(std::chrono::seconds timeout) {
    timer_.assign(boot_timer(timeout, Milliseconds(0)).release());
    timer_.async_read_some(asio::buffer(&ticks_, sizeof ticks_), [this](const error_code& error, std::size_t) {
      if (!error) end(ports::TimedOut{});
    });
  }

  const Command& command_;
  asio::io_context context_{1};
  Pipe output_;
  Pipe errors_;
  Pipe control_;
  Pipe report_;
  asio::readable_pipe report_reader_{context_};
  asio::posix::stream_descriptor timer_{context_};
  asio::posix::stream_descriptor pulse_timer_{context_};
  std::optional<process::basic_process<asio::io_context::executor_type>> keeper_;
  std::optional<std::variant<Ended::Status, ports::TimedOut, ports::Interrupted>> how_;
  Ended ended_{Ended::Status{0}, {}, {}};
  int status_ = 0;
  std::uint64_t ticks_ = 0;
  std::uint64_t beats_ = 0;
};

}  // namespace

Result<Ended> supervise(const Command& command, std::chrono::seconds timeout, std::uint64_t capture_limit,
                        const std::stop_token& stop, const ports::Pulse& pulse,
                        const std::function<void(std::string_view)>& says) {
  return Supervision(command).run(timeout, capture_limit, stop, pulse, says);
}

}  // namespace blc::adapters
