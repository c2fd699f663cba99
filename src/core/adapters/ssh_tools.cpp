#include "core/adapters/ssh_tools.hpp"

#include <algorithm>
#include <array>
#include <fcntl.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fmt/format.h>

#include <cerrno>
#include <csignal>

#include "core/adapters/descriptor.hpp"
#include "core/adapters/interrupts.hpp"
#include "core/adapters/system.hpp"
#include "core/crypto/sshsig.hpp"

namespace blc::adapters {

namespace {

constexpr const char* kKeygen = "/usr/bin/ssh-keygen";
constexpr std::array kPassedOn{"HOME",    "TERM",       "SSH_ASKPASS",     "SSH_ASKPASS_REQUIRE",
                               "DISPLAY", "XAUTHORITY", "WAYLAND_DISPLAY", "SSH_SK_PROVIDER"};
constexpr std::array kForAsking{"SSH_ASKPASS", "SSH_ASKPASS_REQUIRE", "DISPLAY", "WAYLAND_DISPLAY"};

std::string from_environment(const char* name) { return variable(name).value_or(""); }

bool is_folder(const std::string& path) {
  struct stat about {};
  return !path.empty() && ::stat(path.c_str(), &about) == 0 && S_ISDIR(about.st_mode);
}

// posix_spawn's three settings with one end; a failure to set one is Broken.
class Spawn {
 public:
  explicit Spawn(bool may_ask) {
    check(::posix_spawn_file_actions_init(&actions_));
    check(::posix_spawnattr_init(&attributes_));
    // Prompts are read from /dev/tty; standard input is only passed on when it is that terminal.
    if (!may_ask || ::isatty(STDIN_FILENO) == 0) open_null(STDIN_FILENO, O_RDONLY);
    open_null(STDOUT_FILENO, O_WRONLY);
    check(::posix_spawn_file_actions_addclosefrom_np(&actions_, STDERR_FILENO + 1));
    sigset_t none;
    sigset_t usual;
    ::sigemptyset(&none);
    ::sigemptyset(&usual);
    for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGPIPE, SIGCHLD}) ::sigaddset(&usual, signal);
    check(::posix_spawnattr_setsigmask(&attributes_, &none));
    check(::posix_spawnattr_setsigdefault(&attributes_, &usual));
    int flags = POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF;
    if (!may_ask) flags |= POSIX_SPAWN_SETSID;  // without a terminal there is no /dev/tty to ask on
    check(::posix_spawnattr_setflags(&attributes_, static_cast<short>(flags)));
  }
  Spawn(const Spawn&) = delete;
  Spawn& operator=(const Spawn&) = delete;
  ~Spawn() {
    ::posix_spawnattr_destroy(&attributes_);
    ::posix_spawn_file_actions_destroy(&actions_);
  }

  pid_t start(std::vector<std::string> argv, std::vector<std::string> environment) {
    pid_t pid = 0;
    check(::posix_spawn(&pid, kKeygen, &actions_, &attributes_, pointers(argv).data(), pointers(environment).data()));
    return pid;
  }

 private:
  static void check(int error) {
    if (error != 0) throw Broken(fmt::format("{} cannot be started: {}", kKeygen, reason(error)));
  }
  void open_null(int fd, int mode) { check(::posix_spawn_file_actions_addopen(&actions_, fd, "/dev/null", mode, 0)); }
  static std::vector<char*> pointers(std::vector<std::string>& strings) {
    std::vector<char*> result;
    result.reserve(strings.size() + 1);
    for (auto& text : strings) result.push_back(text.data());
    result.push_back(nullptr);
    return result;
  }

  posix_spawn_file_actions_t actions_{};
  posix_spawnattr_t attributes_{};
};

// Ctrl-C and Ctrl-\ pass this process by for as long as it lives.
class IgnoredSignals {
 public:
  explicit IgnoredSignals(bool wanted) : wanted_(wanted) {
    if (!wanted_) return;
    struct sigaction ignore {};
    ignore.sa_handler = SIG_IGN;
    for (std::size_t i = 0; i < kSignals.size(); ++i) ::sigaction(kSignals[i], &ignore, &before_[i]);
  }
  IgnoredSignals(const IgnoredSignals&) = delete;
  IgnoredSignals& operator=(const IgnoredSignals&) = delete;
  ~IgnoredSignals() {
    for (std::size_t i = 0; wanted_ && i < kSignals.size(); ++i) ::sigaction(kSignals[i], &before_[i], nullptr);
  }

 private:
  static constexpr std::array kSignals{SIGINT, SIGQUIT};
  bool wanted_;
  std::array<struct sigaction, kSignals.size()> before_{};
};

}  // namespace

SshTools SshTools::of_this_process() {
  SshTools tools;
  for (const char* const name : kPassedOn) {
    if (auto value = from_environment(name); !value.empty()) tools.environment.emplace(name, std::move(value));
  }
  tools.agent_socket = from_environment("SSH_AUTH_SOCK");
  tools.memory_folder = from_environment("XDG_RUNTIME_DIR");
  if (!is_folder(tools.memory_folder)) tools.memory_folder = "/dev/shm";
  return tools;
}

Result<int> run_ssh_keygen(const SshTools& tools, const std::vector<std::string>& arguments) {
  std::vector<std::string> argv{"ssh-keygen"};
  argv.insert(argv.end(), arguments.begin(), arguments.end());
  std::vector<std::string> environment;
  for (const auto& [name, value] : tools.environment) {
    const bool for_asking = std::ranges::find(kForAsking, std::string_view(name)) != kForAsking.end();
    if (tools.may_ask || !for_asking) environment.push_back(fmt::format("{}={}", name, value));
  }
  // As in system(3): what is typed at the terminal is for the program that asks there.
  const IgnoredSignals ignored(tools.may_ask);
  const pid_t pid = Spawn(tools.may_ask).start(std::move(argv), std::move(environment));
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0) {
    if (errno != EINTR) throw_errno("ssh-keygen was lost");
  }
  if (WIFSIGNALED(status)) {
    if (WTERMSIG(status) == SIGINT) note_ctrl_c();  // which was ignored here
    return fail(Exit::interrupted, "interrupted; ssh-keygen was ended before it was done");
  }
  return WEXITSTATUS(status);
}

Result<std::string> verified_signature(const crypto::PublicKey& key, std::string raw, std::string_view name_space,
                                       std::string_view message) {
  BLC_TRY(const auto signature, crypto::Sshsig::decode(raw));
  if (signature.key != key) return fail(Exit::authentication, "The signature was made by another key.");
  BLC_CHECK(crypto::sshsig_verify(signature, name_space, message));
  return raw;
}

}  // namespace blc::adapters
