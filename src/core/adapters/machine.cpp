#include "core/adapters/machine.hpp"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <sys/timex.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "core/adapters/descriptor.hpp"
#include "core/adapters/supervisor.hpp"

namespace blc::adapters {

namespace {

bool statable(const std::filesystem::path& path) {
  struct stat about {};
  return ::stat(path.c_str(), &about) == 0;
}

}  // namespace

std::optional<Space> space_at(const std::string& path) {
  std::filesystem::path at = path;
  while (!statable(at) && at.has_parent_path() && at != at.parent_path()) at = at.parent_path();
  struct statvfs about {};
  struct statfs kind {};
  if (::statvfs(at.c_str(), &about) != 0 || ::statfs(at.c_str(), &kind) != 0) return std::nullopt;
  return Space{.free = std::uint64_t{about.f_bavail} * about.f_frsize,
               .files_left = about.f_files == 0 || about.f_favail > 0,  // some file systems count no files
               .read_only = (about.f_flag & ST_RDONLY) != 0,
               .in_memory = kind.f_type == TMPFS_MAGIC || kind.f_type == RAMFS_MAGIC};
}

std::optional<FileAbout> about_file(const std::string& path) {
  struct stat about {};
  if (::stat(path.c_str(), &about) != 0) return std::nullopt;
  return FileAbout{.mode = about.st_mode & 07777U,
                   .owner = about.st_uid,
                   .regular = S_ISREG(about.st_mode),
                   .folder = S_ISDIR(about.st_mode),
                   .writable = ::access(path.c_str(), W_OK) == 0};
}

bool is_ours(const FileAbout& about) { return about.owner == ::geteuid() || about.owner == 0; }

// Not isolated: without an account file ssh says only that there is nobody.
Result<std::string> ssh_version() {
  if (::access("/usr/bin/ssh-keygen", X_OK) != 0) return fail(Exit::failed, "there is no /usr/bin/ssh-keygen");
  const Descriptor nothing(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  Command command;
  command.executable = "/usr/bin/ssh";
  command.argv = {"ssh", "-V"};
  command.standard_input = nothing.get();
  BLC_TRY(const auto ended, supervise(command, std::chrono::seconds(10), 4096, {}));
  const auto& said = ended.errors.bytes;
  if (said.empty()) return fail(Exit::failed, "ssh does not tell its version");
  return std::string(said.begin(), std::ranges::find(said, '\n'));
}

std::string kernel() {
  utsname names{};
  if (::uname(&names) != 0) return "unknown";
  return std::string(static_cast<const char*>(names.sysname)) + " " + static_cast<const char*>(names.release);
}

std::optional<bool> clock_is_kept() {
  timex asked{};  // no mode: nothing is set
  const int state = ::adjtimex(&asked);
  if (state < 0) return std::nullopt;
  return state != TIME_ERROR && (static_cast<unsigned>(asked.status) & STA_UNSYNC) == 0;
}

bool memory_is_private() {
  rlimit core{};
  return ::prctl(PR_GET_DUMPABLE) == 0 && ::getrlimit(RLIMIT_CORE, &core) == 0 && core.rlim_cur == 0;
}

}  // namespace blc::adapters
