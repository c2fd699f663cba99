#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <filesystem>
#include <vector>

#include <fmt/format.h>

#include "core/adapters/isolation.hpp"
#include "core/adapters/memory_file.hpp"
#include "core/adapters/syscall_filter.hpp"

namespace blc::adapters {

namespace {

constexpr const char* kPractice = "/practice";
constexpr std::size_t kMostFiles = 500;  // each is a descriptor; the usual limit is 1024
constexpr int kFirstSignalCode = 128;
constexpr int kLastSignal = 64;

// Links on merged-/usr systems, folders elsewhere.
constexpr std::array kSystemFolders{"/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32"};
// What programs of the system need of /etc to start; nothing that names people or hosts.
constexpr std::array kSystemFiles{"/etc/ld.so.cache", "/etc/alternatives", "/etc/localtime"};

std::string_view bytes_of(const std::vector<sock_filter>& filter) {
  return {reinterpret_cast<const char*>(filter.data()), filter.size() * sizeof(sock_filter)};
}

// Bubblewrap's own arguments, passed in memory: the process list shows everybody what is on a command line.
class Arguments {
 public:
  template <class... Words>
  void add(const Words&... words) {
    ((bytes_ += words, bytes_ += '\0'), ...);
  }
  [[nodiscard]] const std::string& bytes() const { return bytes_; }

 private:
  std::string bytes_;
};

class BubblewrapCage final : public Cage {
 public:
  BubblewrapCage(const ports::Launch& launch, const SealedProgram& program) : program_(program) {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK) != 0) throw_errno("no pipe can be made");
    status_.reset(ends[0]);
    status_writer_.reset(ends[1]);
    command_.executable = kBubblewrap;
    command_.standard_input = keep(sealed_file(launch.standard_input, "stdin"), false);
    command_.descriptors.push_back(program.file().get());
    const std::string name = "/program/" + program_name(launch, program);
    const Arguments arguments = describe(launch, name);
    command_.argv = {"bwrap", "--args", passed(arguments.bytes()), "--", name};
    command_.argv.insert(command_.argv.end(), launch.argv.begin() + 1, launch.argv.end());
  }

  [[nodiscard]] const Command& command() const override { return command_; }

  [[nodiscard]] Result<decltype(ports::Finished::how)> verdict(const Ended& ended) override {
    using How = decltype(ports::Finished::how);
    if (std::holds_alternative<ports::TimedOut>(ended.how)) return How(ports::TimedOut{});
    if (std::holds_alternative<ports::Interrupted>(ended.how)) return How(ports::Interrupted{});
    const int status = std::get<Ended::Status>(ended.how).wait;
    if (WIFSIGNALED(status)) return How(ports::Signalled{WTERMSIG(status)});
    // Bubblewrap writes this only when the program was really started (bwrap(1), --json-status-fd).
    if (read_status().find("\"exit-code\"") == std::string::npos) {
      return fail(Exit::failed, "The program cannot be started: " + ended.errors.bytes.substr(0, 500));
    }
    const int code = WEXITSTATUS(status);
    if (code > kFirstSignalCode && code <= kFirstSignalCode + kLastSignal) {
      return How(ports::Signalled{code - kFirstSignalCode});
    }
    return How(ports::Exited{code});
  }

 private:
  // Owns the descriptor; `over_exec` keeps it open for bubblewrap, which closes it before the program starts.
  int keep(Descriptor file, bool over_exec) {
    const int fd = file.get();
    owned_.push_back(std::move(file));
    if (over_exec) command_.descriptors.push_back(fd);
    return fd;
  }
  std::string passed(std::string_view bytes) { return std::to_string(keep(sealed_file(bytes, "view"), true)); }

  Arguments describe(const ports::Launch& launch, const std::string& name) {
    Arguments out;
    out.add("--unshare-all", "--die-with-parent", "--new-session", "--cap-drop", "ALL");
    for (const auto& [variable, value] : launch.environment) out.add("--setenv", variable, value);
    add_system(out);
    out.add("--proc", "/proc", "--dev", "/dev", "--perms", "1777", "--tmpfs", "/tmp", "--perms", "0755", "--dir",
            "/run");
    // The kernel follows this link to the very descriptor that was hashed; scripts find themselves by it too.
    out.add("--perms", "0755", "--dir", "/program", "--symlink", fmt::format("/proc/self/fd/{}", program_.file().get()),
            name);
    add_view(out, launch.view);
    // What is written beside the writable folders fails instead of vanishing.
    out.add("--remount-ro", kPractice, "--remount-ro", "/", "--chdir", kPractice);
    out.add("--seccomp", passed(bytes_of(syscall_filter(Confined::by_namespaces))));
    command_.descriptors.push_back(status_writer_.get());
    out.add("--json-status-fd", std::to_string(status_writer_.get()));
    return out;
  }

  static void add_system(Arguments& out) {
    out.add("--ro-bind", "/usr", "/usr");
    for (const char* const folder : kSystemFolders) {
      std::error_code error;
      const auto kind = std::filesystem::symlink_status(folder, error).type();
      if (kind == std::filesystem::file_type::symlink) {
        out.add("--symlink", std::filesystem::read_symlink(folder, error).string(), folder);
      } else if (kind == std::filesystem::file_type::directory) {
        out.add("--ro-bind", folder, folder);
      }
    }
    out.add("--perms", "0755", "--dir", "/etc");
    for (const char* const file : kSystemFiles) out.add("--ro-bind-try", file, file);
  }

  void add_view(Arguments& out, const ports::View& view) {
    out.add("--perms", "0755", "--tmpfs", kPractice);
    const auto add_file = [&](const std::string& path, std::string_view bytes) {
      out.add("--perms", "0444", "--ro-bind-data", passed(bytes), fmt::format("{}/{}", kPractice, path));
    };
    for (const auto& file : view.files) add_file(file.path, file.bytes);
    for (const auto& credential : view.credentials) add_file(credential.path, credential.bytes->reveal());
    for (const auto& folder : view.writable) {
      out.add("--bind", folder.host_path, fmt::format("{}/{}", kPractice, folder.path));
    }
    for (const auto& folder : view.readable) {
      out.add("--ro-bind", folder.host_path, fmt::format("{}/{}", kPractice, folder.path));
    }
    for (const auto& link : view.links) out.add("--symlink", link.target, fmt::format("{}/{}", kPractice, link.path));
  }

  [[nodiscard]] std::string read_status() {
    std::string text(4096, '\0');
    const ssize_t size = ::read(status_.get(), text.data(), text.size());
    text.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
    return text;
  }

  const SealedProgram& program_;
  Descriptor status_;
  Descriptor status_writer_;
  std::vector<Descriptor> owned_;
  Command command_;
};

class Bubblewrap final : public Isolation {
 public:
  [[nodiscard]] std::string name() const override { return "bubblewrap"; }

  [[nodiscard]] Result<std::unique_ptr<Cage>> prepare(const ports::Launch& launch,
                                                      const SealedProgram& program) override {
    if (launch.view.files.size() + launch.view.credentials.size() > kMostFiles) {
      return fail(Exit::usage, fmt::format("A program cannot be shown more than {} files.", kMostFiles));
    }
    return std::make_unique<BubblewrapCage>(launch, program);
  }
};

}  // namespace

std::unique_ptr<Isolation> bubblewrap() {
  struct stat about {};
  const bool usable = ::stat(kBubblewrap, &about) == 0 && S_ISREG(about.st_mode) && about.st_uid == 0 &&
                      (about.st_mode & (S_IWGRP | S_IWOTH)) == 0 && ::access(kBubblewrap, X_OK) == 0;
  return usable ? std::make_unique<Bubblewrap>() : nullptr;
}

}  // namespace blc::adapters
