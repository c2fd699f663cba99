// A disk that fails: a library that is put before libc (LD_PRELOAD) in one process of blc and SQLite's, and lets one
// chosen call below a folder fail, or ends the process there as a power cut does. Programs that the process
// starts are left alone. 64-bit Linux.
//
//   BLC_FAULTS_FOLDER   the folder
//   BLC_FAULTS_SHADOW   where what is durable is remembered; see shadow.hpp
//   BLC_FAULTS_TRACE    a file that gets a line for each call: CALL BYTES PATH; and `fault` before the one that failed
//   BLC_FAULTS_AT       which call is to fail, from 1 on; none without it
//   BLC_FAULTS_KIND     how: eio, eintr (once), short (half of it is written), enospc (this one and all that take
//                       room from here on), kill (SIGKILL before the call)
//   BLC_FAULTS_READS    set: calls that read are counted, and no others; else those that change something
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdarg>
#include <cstdlib>
#include <filesystem>
#include <string>

#include "faults/shadow.hpp"

namespace {

using blc::faults::Shadow;

thread_local bool inside = false;  // our own calls are not counted

std::string variable(const char* name) {
  const char* const value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): read before any thread starts
  return value == nullptr ? "" : value;
}

struct Disk {
  Disk() : shadow(variable("BLC_FAULTS_SHADOW"), variable("BLC_FAULTS_FOLDER")) {
    const auto at = variable("BLC_FAULTS_AT");
    fail_at = at.empty() ? 0 : std::stol(at);
    kind = variable("BLC_FAULTS_KIND");
    reads = !variable("BLC_FAULTS_READS").empty();
    trace = static_cast<int>(::syscall(SYS_openat, AT_FDCWD, variable("BLC_FAULTS_TRACE").c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
  }
  Shadow shadow;
  long fail_at = 0;
  std::string kind;
  bool reads = false;
  int trace = -1;
  std::atomic<long> calls{0};
  std::atomic<bool> full{false};
};

pid_t started_as = 0;
Disk* disk = nullptr;  // to the end of the process: calls are made until then

__attribute__((constructor)) void start() {
  inside = true;
  disk = new Disk;  // NOLINT(cppcoreguidelines-owning-memory)
  started_as = ::getpid();
  inside = false;
}

// In the process that was started with us, outside of our own calls: a child that it forked may not even allocate.
bool at_work() { return started_as != 0 && !inside && ::getpid() == started_as; }

class Inside {
 public:
  Inside() { inside = true; }
  Inside(const Inside&) = delete;
  Inside& operator=(const Inside&) = delete;
  ~Inside() {
    inside = false;
    errno = error_;
  }
  void keep() { error_ = errno; }

 private:
  int error_ = errno;
};

std::string path_of(int fd) {
  std::array<char, PATH_MAX> path{};
  const auto link = "/proc/self/fd/" + std::to_string(fd);
  const auto size = ::readlink(link.c_str(), path.data(), path.size());
  return size < 0 ? std::string() : std::string(path.data(), static_cast<std::size_t>(size));
}

// Of a name: its folder may be reached in many ways, the name itself is not followed.
std::string path_of(int folder, const char* name) {
  const std::filesystem::path given(name);
  std::error_code error;
  const auto base = given.is_absolute() || folder == AT_FDCWD ? given : std::filesystem::path(path_of(folder)) / given;
  const auto above = std::filesystem::canonical(std::filesystem::absolute(base).parent_path(), error);
  return error ? std::string() : (above / base.filename()).string();
}

enum class Does { reads, changes, grows, syncs };

void note(const std::string& line) { static_cast<void>(::syscall(SYS_write, disk->trace, line.data(), line.size())); }

enum class Verdict { go_on, fail, half };

// Counts a call on `path` and says what becomes of it; errno is set where it is to fail.
Verdict judge(const char* call, Does does, const std::string& path, std::size_t bytes = 0) {
  if ((does == Does::reads) != disk->reads || !disk->shadow.covers(path)) return Verdict::go_on;
  const long number = ++disk->calls;
  const bool here = number == disk->fail_at;
  if (here) note("fault\n");
  note(std::string(call) + ' ' + std::to_string(bytes) + ' ' + path + '\n');
  if (here && disk->kind == "kill") ::raise(SIGKILL);
  if (here && disk->kind == "enospc") disk->full = true;
  if (disk->full && does == Does::grows) {
    errno = ENOSPC;
    return Verdict::fail;
  }
  if (!here) return Verdict::go_on;
  if (disk->kind == "short") return bytes > 1 ? Verdict::half : Verdict::go_on;
  if (disk->kind == "eio") errno = EIO;
  if (disk->kind == "eintr") errno = EINTR;
  return disk->kind == "eio" || disk->kind == "eintr" ? Verdict::fail : Verdict::go_on;
}

// `perform(bytes)`: the call itself, of so many bytes.
template <class Perform>
ssize_t transfer(const char* call, Does does, int fd, std::size_t bytes, const Perform& perform) {
  if (!at_work()) return perform(bytes);
  Inside guard;
  const auto verdict = judge(call, does, path_of(fd), bytes);
  const auto result = verdict == Verdict::fail ? -1 : perform(verdict == Verdict::half ? bytes / 2 : bytes);
  guard.keep();
  return result;
}

template <class Perform>
int on_descriptor(const char* call, Does does, int fd, const Perform& perform) {
  return static_cast<int>(transfer(call, does, fd, 0, [&](std::size_t) { return static_cast<ssize_t>(perform()); }));
}

template <class Perform>
int on_name(const char* call, Does does, int folder, const char* name, const Perform& perform) {
  if (!at_work()) return perform();
  Inside guard;
  const auto path = path_of(folder, name);
  if (judge(call, does, path) == Verdict::fail) {
    guard.keep();
    return -1;
  }
  if (disk->shadow.covers(path)) disk->shadow.hold(path);
  const int result = perform();
  guard.keep();
  return result;
}

int open_at(int folder, const char* name, int flags, mode_t mode) {
  const auto perform = [&] { return static_cast<int>(::syscall(SYS_openat, folder, name, flags, mode)); };
  if (!at_work()) return perform();
  Inside guard;
  const auto path = path_of(folder, name);
  const unsigned bits = static_cast<unsigned>(flags);
  const bool makes = (bits & O_CREAT) != 0 && ::access(path.c_str(), F_OK) != 0;
  const auto does = makes ? Does::grows : (bits & O_TRUNC) != 0 ? Does::changes : Does::reads;
  const int result = judge("open", does, path) == Verdict::fail ? -1 : perform();
  guard.keep();
  return result;
}

int sync_of(const char* call, long number, int fd) {
  if (!at_work()) return static_cast<int>(::syscall(number, fd));
  Inside guard;
  const auto path = path_of(fd);
  const bool covered = disk->shadow.covers(path);
  int result = judge(call, Does::syncs, path) == Verdict::fail ? -1 : static_cast<int>(::syscall(number, fd));
  guard.keep();
  // A file whose name is gone has nothing that could come back.
  if (result == 0 && covered && ::access(path.c_str(), F_OK) == 0) disk->shadow.synced(path);
  return result;
}

}  // namespace

// NOLINTBEGIN(bugprone-reserved-identifier,readability-identifier-naming): libc's names
// NOLINTBEGIN(cert-dcl50-cpp,cppcoreguidelines-pro-type-vararg,cppcoreguidelines-pro-bounds-array-to-pointer-decay): and forms
extern "C" {

#define BLC_MODE(flags)                                                          \
  mode_t mode = 0;                                                               \
  if ((static_cast<unsigned>(flags) & (O_CREAT | __O_TMPFILE)) != 0) {           \
    va_list rest;                                                                \
    va_start(rest, flags);                                                       \
    mode = va_arg(rest, mode_t);                                                 \
    va_end(rest);                                                                \
  }

int open(const char* name, int flags, ...) {
  BLC_MODE(flags)
  return open_at(AT_FDCWD, name, flags, mode);
}
int open64(const char* name, int flags, ...) {
  BLC_MODE(flags)
  return open_at(AT_FDCWD, name, flags, mode);
}
int openat(int folder, const char* name, int flags, ...) {
  BLC_MODE(flags)
  return open_at(folder, name, flags, mode);
}
int openat64(int folder, const char* name, int flags, ...) {
  BLC_MODE(flags)
  return open_at(folder, name, flags, mode);
}
// Those that _FORTIFY_SOURCE puts in their place.
int __open_2(const char* name, int flags) { return open_at(AT_FDCWD, name, flags, 0); }
int __open64_2(const char* name, int flags) { return open_at(AT_FDCWD, name, flags, 0); }
int __openat_2(int folder, const char* name, int flags) { return open_at(folder, name, flags, 0); }
int __openat64_2(int folder, const char* name, int flags) { return open_at(folder, name, flags, 0); }

ssize_t read(int fd, void* to, std::size_t size) {
  return transfer("read", Does::reads, fd, size, [&](std::size_t bytes) { return ::syscall(SYS_read, fd, to, bytes); });
}
ssize_t pread(int fd, void* to, std::size_t size, off_t at) {
  return transfer("pread", Does::reads, fd, size, [&](std::size_t bytes) { return ::syscall(SYS_pread64, fd, to, bytes, at); });
}
ssize_t pread64(int fd, void* to, std::size_t size, off64_t at) { return pread(fd, to, size, at); }
ssize_t write(int fd, const void* from, std::size_t size) {
  return transfer("write", Does::grows, fd, size, [&](std::size_t bytes) { return ::syscall(SYS_write, fd, from, bytes); });
}
ssize_t pwrite(int fd, const void* from, std::size_t size, off_t at) {
  return transfer("pwrite", Does::grows, fd, size, [&](std::size_t bytes) { return ::syscall(SYS_pwrite64, fd, from, bytes, at); });
}
ssize_t pwrite64(int fd, const void* from, std::size_t size, off64_t at) { return pwrite(fd, from, size, at); }
ssize_t writev(int fd, const struct iovec* parts, int count) {
  return transfer("writev", Does::grows, fd, 0, [&](std::size_t) { return ::syscall(SYS_writev, fd, parts, count); });
}
int ftruncate(int fd, off_t size) noexcept {
  return on_descriptor("ftruncate", Does::changes, fd, [&] { return ::syscall(SYS_ftruncate, fd, size); });
}
int ftruncate64(int fd, off64_t size) noexcept { return ftruncate(fd, size); }

int fsync(int fd) { return sync_of("fsync", SYS_fsync, fd); }
int fdatasync(int fd) { return sync_of("fdatasync", SYS_fdatasync, fd); }
int syncfs(int fd) noexcept {
  const int result = on_descriptor("syncfs", Does::syncs, fd, [&] { return ::syscall(SYS_syncfs, fd); });
  if (result == 0 && at_work()) {
    const Inside guard;
    disk->shadow.synced_all();
  }
  return result;
}
// As the kernel: whatever it answers, the descriptor is closed.
int close(int fd) {
  if (!at_work()) return static_cast<int>(::syscall(SYS_close, fd));
  Inside guard;
  const int flags = ::fcntl(fd, F_GETFL);
  const bool written = flags >= 0 && (static_cast<unsigned>(flags) & O_ACCMODE) != O_RDONLY;
  const bool fails = written && judge("close", Does::changes, path_of(fd)) == Verdict::fail;
  const int error = errno;
  int result = static_cast<int>(::syscall(SYS_close, fd));
  if (fails) {
    errno = error;
    result = -1;
  }
  guard.keep();
  return result;
}

int renameat2(int from_folder, const char* from, int to_folder, const char* to, unsigned flags) noexcept {
  return on_name("rename", Does::grows, to_folder, to,
                 [&] { return static_cast<int>(::syscall(SYS_renameat2, from_folder, from, to_folder, to, flags)); });
}
int renameat(int from_folder, const char* from, int to_folder, const char* to) noexcept {
  return renameat2(from_folder, from, to_folder, to, 0);
}
int rename(const char* from, const char* to) noexcept { return renameat2(AT_FDCWD, from, AT_FDCWD, to, 0); }
int link(const char* from, const char* to) noexcept {
  return on_name("link", Does::grows, AT_FDCWD, to, [&] { return static_cast<int>(::syscall(SYS_link, from, to)); });
}
int unlinkat(int folder, const char* name, int flags) noexcept {
  return on_name("unlink", Does::changes, folder, name,
                 [&] { return static_cast<int>(::syscall(SYS_unlinkat, folder, name, flags)); });
}
int unlink(const char* name) noexcept { return unlinkat(AT_FDCWD, name, 0); }
int mkdirat(int folder, const char* name, mode_t mode) noexcept {
  return on_name("mkdir", Does::grows, folder, name,
                 [&] { return static_cast<int>(::syscall(SYS_mkdirat, folder, name, mode)); });
}
int mkdir(const char* name, mode_t mode) noexcept { return mkdirat(AT_FDCWD, name, mode); }
}
// NOLINTEND(cert-dcl50-cpp,cppcoreguidelines-pro-type-vararg,cppcoreguidelines-pro-bounds-array-to-pointer-decay)
// NOLINTEND(bugprone-reserved-identifier,readability-identifier-naming)
