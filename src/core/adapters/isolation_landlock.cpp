#include <fcntl.h>
#include <linux/capability.h>
#include <linux/landlock.h>
#include <linux/magic.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <vector>

#include <fmt/format.h>

#include "core/adapters/isolation.hpp"
#include "core/adapters/memory_file.hpp"
#include "core/adapters/secure_files.hpp"
#include "core/adapters/syscall_filter.hpp"

namespace blc::adapters {

namespace {

// landlock(7). Debian 12's header knows ABI 2; the kernel may know more.
constexpr std::uint64_t kExecute = 1U << 0U;
constexpr std::uint64_t kWriteFile = 1U << 1U;
constexpr std::uint64_t kReadFile = 1U << 2U;
constexpr std::uint64_t kReadFolder = 1U << 3U;
constexpr std::uint64_t kRemoveFolder = 1U << 4U;
constexpr std::uint64_t kRemoveFile = 1U << 5U;
constexpr std::uint64_t kMakeFolder = 1U << 7U;
constexpr std::uint64_t kMakeFile = 1U << 8U;
constexpr std::uint64_t kMakeLink = 1U << 12U;
constexpr std::uint64_t kAllOfAbi1 = (1U << 13U) - 1;
constexpr std::uint64_t kRefer = 1U << 13U;        // ABI 2: rename and link between folders
constexpr std::uint64_t kTruncate = 1U << 14U;     // ABI 3
constexpr std::uint64_t kIoctlDevice = 1U << 15U;  // ABI 5
constexpr std::uint64_t kTcp = 3;                  // ABI 4: bind and connect
constexpr std::uint64_t kScopes = 3;               // ABI 6: abstract sockets and signals

constexpr std::uint64_t kRead = kReadFile | kReadFolder;
constexpr std::uint64_t kRun = kRead | kExecute;
constexpr std::uint64_t kChange =
    kRead | kWriteFile | kRemoveFolder | kRemoveFile | kMakeFolder | kMakeFile | kMakeLink | kRefer | kTruncate;
constexpr std::uint64_t kOnlyOnFolders =
    kReadFolder | kRemoveFolder | kRemoveFile | kMakeFolder | kMakeFile | kMakeLink | kRefer;

struct Ruleset {
  std::uint64_t files;
  std::uint64_t network;
  std::uint64_t scopes;
};

constexpr std::array kSystem{"/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32"};
constexpr std::array kSystemFiles{"/etc/ld.so.cache", "/etc/alternatives", "/etc/localtime", "/proc/cpuinfo",
                                  "/proc/meminfo"};
constexpr std::array kDevices{"/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom"};
constexpr std::array kFoldersInMemory{"/dev/shm", "/run/shm"};

int abi() {
  return static_cast<int>(::syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION));
}

int allow(int ruleset, int place, std::uint64_t rights) {
  const landlock_path_beneath_attr rule{rights, place};
  return ::syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) == 0 ? 0 : errno;
}

// A domain that allows what was added, and nothing else that this kernel's Landlock knows of.
class Domain {
 public:
  Domain() {
    const int version = abi();
    if (version >= 2) files_ |= kRefer;
    if (version >= 3) files_ |= kTruncate;
    if (version >= 5) files_ |= kIoctlDevice;
    const Ruleset all{files_, version >= 4 ? kTcp : 0, version >= 6 ? kScopes : 0};
    // An older kernel takes the shorter structure of its time.
    const std::size_t size = version >= 6 ? 24 : version >= 4 ? 16 : 8;
    ruleset_.reset(static_cast<int>(::syscall(SYS_landlock_create_ruleset, &all, size, 0)));
    if (!ruleset_.valid()) throw_errno("Landlock cannot be used");
  }

  void add(const std::string& path, std::uint64_t rights, bool must_exist) {
    const Descriptor place(::open(path.c_str(), O_PATH | O_CLOEXEC));
    struct stat about {};
    if (!place.valid() || ::fstat(place.get(), &about) != 0) {
      if (!must_exist) return;
      throw_errno(path + " cannot be opened");
    }
    if (!S_ISDIR(about.st_mode)) rights &= ~kOnlyOnFolders;
    if (const int error = allow(ruleset_.get(), place.get(), rights & files_); error != 0) {
      throw Broken(fmt::format("Landlock refuses {}: {}", path, reason(error)));
    }
  }

  // In the child: async-signal-safe.
  [[nodiscard]] int enter() const noexcept {
    // The program's own process, which nobody else's rules could name in time.
    const int self = ::open("/proc/self", O_PATH | O_CLOEXEC);
    if (self >= 0) {
      if (const int error = allow(ruleset_.get(), self, kRead & files_); error != 0) return error;
    }
    return ::syscall(SYS_landlock_restrict_self, ruleset_.get(), 0) == 0 ? 0 : errno;
  }

 private:
  std::uint64_t files_ = kAllOfAbi1;
  Descriptor ruleset_;
};

// A folder of our own in memory, removed with what is in it.
class MemoryFolder {
 public:
  MemoryFolder() {
    for (const char* const place : kFoldersInMemory) {
      struct statfs about {};
      if (::statfs(place, &about) != 0 || about.f_type != TMPFS_MAGIC) continue;
      std::string name = fmt::format("{}/blc-XXXXXX", place);
      if (::mkdtemp(name.data()) == nullptr) continue;  // 0700
      path_ = name;
      return;
    }
    throw Broken("no folder can be made in memory (/dev/shm)");
  }
  MemoryFolder(const MemoryFolder&) = delete;
  MemoryFolder& operator=(const MemoryFolder&) = delete;
  ~MemoryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
};

int drop_privileges() noexcept {
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return errno;
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  const std::array<__user_cap_data_struct, 2> none{};
  return ::syscall(SYS_capset, &header, none.data()) == 0 ? 0 : errno;
}

class LandlockCage final : public Cage {
 public:
  LandlockCage(const ports::Launch& launch, const SealedProgram& program)
      : practice_(folder_.path() + "/practice"), filter_(syscall_filter(Confined::by_this_filter)) {
    make_view(launch.view);
    const std::string executable = place_program(launch, program);
    allow_places(launch.view);
    input_ = sealed_file(launch.standard_input, "stdin");
    command_.executable = executable;
    command_.argv = launch.argv;
    for (const auto& [name, value] : launch.environment) {
      if (name != "PWD") command_.environment.push_back(fmt::format("{}={}", name, value));
    }
    command_.environment.push_back("PWD=" + practice_);
    command_.standard_input = input_.get();
    command_.descriptors = {program.file().get()};
    command_.confine = [this] { return confine(); };
    command_.farewell = {"/usr/bin/rm", "-rf", "--", folder_.path()};
  }

  [[nodiscard]] const Command& command() const override { return command_; }

  [[nodiscard]] Result<decltype(ports::Finished::how)> verdict(const Ended& ended) override {
    using How = decltype(ports::Finished::how);
    if (std::holds_alternative<ports::TimedOut>(ended.how)) return How(ports::TimedOut{});
    if (std::holds_alternative<ports::Interrupted>(ended.how)) return How(ports::Interrupted{});
    const int status = std::get<Ended::Status>(ended.how).wait;
    if (WIFSIGNALED(status)) return How(ports::Signalled{WTERMSIG(status)});
    return How(ports::Exited{WEXITSTATUS(status)});
  }

 private:
  void make_view(const ports::View& view) {
    namespace fs = std::filesystem;
    fs::create_directory(practice_);
    const auto place = [&](const std::string& path) {
      const fs::path whole = fs::path(practice_) / path;
      fs::create_directories(whole.parent_path());
      return whole.string();
    };
    const auto add_file = [&](const std::string& where, std::string_view bytes) {
      const std::string path = place(where);
      const Descriptor out(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0400));
      if (!out.valid()) throw_errno("the program's view cannot be made");
      write_all(out, bytes, path);
    };
    for (const auto& file : view.files) add_file(file.path, file.bytes);
    for (const auto& credential : view.credentials) add_file(credential.path, credential.bytes->reveal());
    // Landlock judges the real place, so a link to it is enough.
    for (const auto& folder : view.writable) fs::create_symlink(folder.host_path, place(folder.path));
    for (const auto& folder : view.readable) fs::create_symlink(folder.host_path, place(folder.path));
    for (const auto& link : view.links) fs::create_symlink(link.target, place(link.path));
  }

  // The kernel follows this link to the very descriptor that was hashed; scripts find themselves by it too.
  std::string place_program(const ports::Launch& launch, const SealedProgram& program) {
    const std::string folder = folder_.path() + "/program";
    std::filesystem::create_directory(folder);
    const std::string path = fmt::format("{}/{}", folder, program_name(launch, program));
    std::filesystem::create_symlink(fmt::format("/proc/self/fd/{}", program.file().get()), path);
    return path;
  }

  void allow_places(const ports::View& view) {
    for (const char* const folder : kSystem) domain_.add(folder, kRun, false);
    for (const char* const file : kSystemFiles) domain_.add(file, kRead, false);
    for (const char* const device : kDevices) domain_.add(device, kReadFile | kWriteFile, false);
    domain_.add(folder_.path(), kRead, true);
    for (const auto& folder : view.writable) domain_.add(folder.host_path, kChange, true);
    for (const auto& folder : view.readable) domain_.add(folder.host_path, kRead, true);
  }

  // In the child: async-signal-safe.
  [[nodiscard]] int confine() const noexcept {
    if (::chdir(practice_.c_str()) != 0) return errno;
    if (const int error = drop_privileges(); error != 0) return error;
    if (const int error = domain_.enter(); error != 0) return error;
    const sock_fprog program{static_cast<unsigned short>(filter_.size()), const_cast<sock_filter*>(filter_.data())};
    return ::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) == 0 ? 0 : errno;
  }

  MemoryFolder folder_;
  std::string practice_;
  std::vector<sock_filter> filter_;
  Domain domain_;
  Descriptor input_;
  Command command_;
};

class Landlock final : public Isolation {
 public:
  [[nodiscard]] std::string name() const override { return "seccomp and Landlock"; }

  [[nodiscard]] Result<std::unique_ptr<Cage>> prepare(const ports::Launch& launch,
                                                      const SealedProgram& program) override {
    return std::make_unique<LandlockCage>(launch, program);
  }
};

}  // namespace

std::unique_ptr<Isolation> landlock() { return abi() >= 1 ? std::make_unique<Landlock>() : nullptr; }

}  // namespace blc::adapters
