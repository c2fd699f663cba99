#include "faults/machine.hpp"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace blc::faults {

namespace fs = std::filesystem;
using std::chrono::steady_clock;

namespace {

constexpr std::chrono::seconds kPatience{60};

fs::path new_folder() {
  auto pattern = (fs::temp_directory_path() / "blc-faults.XXXXXX").string();
  if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no scratch folder");
  return pattern;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> all;
  for (auto& text : texts) all.push_back(text.data());
  all.push_back(nullptr);
  return all;
}

class Files {
 public:
  Files(const std::string& out, const std::string& err, const std::string& folder) {
    ::posix_spawn_file_actions_init(&actions_);
    ::posix_spawn_file_actions_addopen(&actions_, 0, "/dev/null", O_RDONLY, 0);
    ::posix_spawn_file_actions_addopen(&actions_, 1, out.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    ::posix_spawn_file_actions_addopen(&actions_, 2, err.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    ::posix_spawn_file_actions_addchdir_np(&actions_, folder.c_str());
  }
  Files(const Files&) = delete;
  Files& operator=(const Files&) = delete;
  ~Files() { ::posix_spawn_file_actions_destroy(&actions_); }
  [[nodiscard]] const posix_spawn_file_actions_t* get() const { return &actions_; }

 private:
  posix_spawn_file_actions_t actions_{};
};

// True when the process has ended within that time.
bool ends_within(pid_t pid, std::chrono::microseconds time) {
  const int fd = static_cast<int>(::syscall(SYS_pidfd_open, pid, 0));
  if (fd < 0) throw std::runtime_error("a process cannot be watched");
  const auto nanoseconds = std::chrono::nanoseconds(time).count();
  const timespec limit{nanoseconds / 1'000'000'000, nanoseconds % 1'000'000'000};
  pollfd watched{fd, POLLIN, 0};
  const int ended = ::ppoll(&watched, 1, &limit, nullptr);
  ::close(fd);
  return ended == 1;
}

// Where it stands: a process that the machine had no time for is R, one that waits in vain is S.
std::string state_of(pid_t pid) {
  std::ifstream status(fmt::format("/proc/{}/status", pid));
  std::string line;
  while (std::getline(status, line) && !line.starts_with("State:")) {
  }
  return line;
}

std::string hangs(const std::vector<std::string>& line, const Machine::How& how, const std::string& state, const std::string& said) {
  return fmt::format("hangs after {} s ({}): {}, {}; it had said: {}", kPatience.count(), state, fmt::join(line, " "),
                     how.fault ? fmt::format("{} at call {}{}", how.fault->kind, how.fault->at, how.reads ? " that reads" : "") : "no fault", said);
}

// What the process began and left behind comes to us, its subreaper, and must end by itself.
void reap_the_rest() {
  const auto deadline = steady_clock::now() + kPatience;
  while (true) {
    int status = 0;
    const pid_t pid = ::waitpid(-1, &status, WNOHANG);
    if (pid < 0 && errno == ECHILD) return;
    if (pid != 0) continue;
    if (steady_clock::now() > deadline) throw std::runtime_error("a process of blc outlives it");
    ::usleep(1000);
  }
}

std::vector<std::string> calls_in(const fs::path& trace) {
  std::vector<std::string> calls;
  std::istringstream lines(read_bytes(trace));
  std::string mark;
  for (std::string line; std::getline(lines, line);) {
    if (line == "fault") {
      mark = "!";
    } else {
      calls.push_back(std::exchange(mark, "") + line);
    }
  }
  return calls;
}

// Another build of them may be named.
std::string named(const char* variable, const char* otherwise) {
  const char* const value = std::getenv(variable);  // NOLINT(concurrency-mt-unsafe): one thread
  return value == nullptr ? otherwise : value;
}

}  // namespace

std::uint64_t setting(const char* name, std::uint64_t otherwise) {
  const char* const value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): one thread
  return value == nullptr ? otherwise : std::stoull(value);
}

Machine::Machine(Disk disk) : disk_(disk), scratch_(fs::canonical(new_folder())), shadow_(scratch_ / "shadow", {scratch_ / "world"}) {
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
  fs::create_directories(world() / "keys");
  fs::create_directories(home());
  fs::permissions(home(), fs::perms::owner_all);
  fs::permissions(world() / "keys", fs::perms::owner_all);
  shadow_.start();
}

Machine::~Machine() {
  std::error_code ignored;
  fs::remove_all(scratch_, ignored);
}

std::vector<std::string> Machine::environment(const std::string& person, const How& how) const {
  const auto at_home = home().string();
  std::vector<std::string> all{"PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin", "LC_ALL=C.UTF-8", "TZ=UTC", "HOME=" + at_home,
                               "BLC_APPROVAL_REQUIRED=true"};
  if (!person.empty()) all.push_back("BLC_KEY=" + key(person).string());
  if (disk_ == Disk::sound) return all;
  all.insert(all.end(), {"LD_PRELOAD=" + named("BLC_FAULTY_DISK", BLC_FAULTY_DISK), "BLC_FAULTS_FOLDER=" + world().string(),
                         "BLC_FAULTS_SHADOW=" + (scratch_ / "shadow").string(), "BLC_FAULTS_TRACE=" + (scratch_ / "trace").string()});
  if (how.reads) all.emplace_back("BLC_FAULTS_READS=1");
  if (how.fault) {
    all.push_back("BLC_FAULTS_KIND=" + how.fault->kind);
    all.push_back("BLC_FAULTS_AT=" + std::to_string(how.fault->at));
  }
  return all;
}

Ended Machine::run(const std::string& person, const std::vector<std::string>& arguments, const How& how) {
  const auto out = scratch_ / "out";
  const auto err = scratch_ / "err";
  const auto trace = scratch_ / "trace";
  fs::remove(trace);
  const Files files(out, err, fs::exists(practice()) ? practice() : world());
  const auto program = named("BLC", BLC_PROGRAM);
  std::vector<std::string> line{program};
  line.insert(line.end(), arguments.begin(), arguments.end());
  auto variables = environment(person, how);
  pid_t pid = 0;
  const auto begin = steady_clock::now();
  if (::posix_spawn(&pid, program.c_str(), files.get(), nullptr, pointers(line).data(), pointers(variables).data()) != 0)
    throw std::runtime_error("blc cannot be started");
  if (!ends_within(pid, how.kill_after.value_or(kPatience))) {
    const auto state = how.kill_after ? std::string() : state_of(pid);
    ::kill(pid, SIGKILL);
    if (!how.kill_after) throw std::runtime_error(hangs(line, how, state, read_bytes(err)));
  }
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  Ended ended;
  ended.took = std::chrono::duration_cast<std::chrono::microseconds>(steady_clock::now() - begin);
  ended.code = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
  reap_the_rest();
  ended.out = read_bytes(out);
  ended.err = read_bytes(err);
  if (disk_ == Disk::faulty) ended.calls = calls_in(trace);
  return ended;
}

void Machine::put(const std::string& name, const std::string& text) const {
  const auto path = practice() / name;
  write_bytes(path, text);
  shadow_.synced(path);
  shadow_.synced(path.parent_path());
}

void Machine::cut_power(Shadow::Survives survives, std::uint64_t seed) const {
  const auto made = practice() / "made";
  const auto aside = scratch_ / "aside";
  const bool there = fs::exists(made);
  if (there) fs::rename(made, aside);
  shadow_.cut_power(survives, seed);
  if (!there) return;
  fs::remove_all(made);
  fs::rename(aside, made);
}

void Machine::save(const std::string& name) const {
  const auto to = scratch_ / "saved" / name;
  fs::remove_all(to);
  fs::create_directories(to.parent_path());
  fs::copy(world(), to, fs::copy_options::recursive);
}

void Machine::restore(const std::string& name) const {
  fs::remove_all(world());
  fs::copy(scratch_ / "saved" / name, world(), fs::copy_options::recursive);
  if (disk_ == Disk::faulty) shadow_.start();
}

}  // namespace blc::faults
