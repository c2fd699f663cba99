#include "core/adapters/append_file.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <ctime>
#include <filesystem>

#include <fmt/format.h>

#include "core/adapters/secure_files.hpp"

namespace blc::adapters {

namespace {

// While one exists, a write beyond RLIMIT_FSIZE fails with EFBIG instead of ending the process.
class NoFileSizeSignal {
 public:
  NoFileSizeSignal() {
    ::sigemptyset(&signal_);
    ::sigaddset(&signal_, SIGXFSZ);
    ::pthread_sigmask(SIG_BLOCK, &signal_, &before_);
  }
  NoFileSizeSignal(const NoFileSizeSignal&) = delete;
  NoFileSizeSignal& operator=(const NoFileSizeSignal&) = delete;
  ~NoFileSizeSignal() {
    const int error = errno;
    const timespec at_once{};
    // What came meanwhile is taken back, unless the program had it blocked anyway.
    if (::sigismember(&before_, SIGXFSZ) == 0) ::sigtimedwait(&signal_, nullptr, &at_once);
    ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
    errno = error;
  }

 private:
  sigset_t signal_{};
  sigset_t before_{};
};

std::unexpected<Error> cannot(const std::string& path, const std::string& why) {
  return fail(Exit::failed, fmt::format("{} cannot be written: {}", path, why));
}

}  // namespace

Result<> AppendFile::append(std::string_view line) {
  if (!is_current()) BLC_CHECK(open());
  if (size_ > 0 && size_ + line.size() > most_bytes_) {
    turn_over();
    BLC_CHECK(open());
  }
  // A line that was torn, by us or by another process, is ended first.
  const std::string bytes = (torn_ ? "\n" : "") + std::string(line);
  const NoFileSizeSignal guard;
  ssize_t written = ::write(file_.get(), bytes.data(), bytes.size());
  while (written < 0 && errno == EINTR) written = ::write(file_.get(), bytes.data(), bytes.size());
  if (written < 0) return cannot(path_, reason(errno));
  torn_ = static_cast<std::size_t>(written) < bytes.size();
  if (torn_) return cannot(path_, "there is no room for the whole line");
  return {};
}

// Still the file of that name, which another process, or logrotate(8), may have turned over; and how large it is.
bool AppendFile::is_current() {
  struct stat named {};
  struct stat held {};
  if (!file_.valid() || ::lstat(path_.c_str(), &named) != 0 || ::fstat(file_.get(), &held) != 0) return false;
  size_ = static_cast<std::uint64_t>(held.st_size);
  return named.st_ino == held.st_ino && named.st_dev == held.st_dev;
}

Result<> AppendFile::open() {
  BLC_CHECK(make_private_directory(std::filesystem::path(path_).parent_path().string()));
  // O_NONBLOCK: a FIFO in this place must not hang us. Reading is for the last byte.
  Descriptor file(::open(path_.c_str(), O_RDWR | O_CREAT | O_APPEND | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0600));
  if (!file.valid()) return cannot(path_, reason(errno));
  struct stat about {};
  if (::fstat(file.get(), &about) != 0) return cannot(path_, reason(errno));
  if (!S_ISREG(about.st_mode)) return cannot(path_, "it is not a regular file");
  if (about.st_uid != ::geteuid()) return cannot(path_, "it belongs to another user");
  if ((about.st_mode & (S_IRWXG | S_IRWXO)) != 0 && ::fchmod(file.get(), 0600) != 0) return cannot(path_, reason(errno));
  char last = '\n';
  if (about.st_size > 0 && ::pread(file.get(), &last, 1, about.st_size - 1) != 1) last = '\n';
  size_ = static_cast<std::uint64_t>(about.st_size);
  torn_ = last != '\n';
  file_ = std::move(file);
  return {};
}

// Under a lock, and only if nobody else did it meanwhile. What fails leaves a file that is larger than it should
// be, and no more.
void AppendFile::turn_over() {
  if (::flock(file_.get(), LOCK_EX) != 0 || !is_current()) return;
  const auto older = [&](int number) { return fmt::format("{}.{}", path_, number); };
  for (int number = older_files_ - 1; number > 0; --number)
    static_cast<void>(std::rename(older(number).c_str(), older(number + 1).c_str()));
  static_cast<void>(std::rename(path_.c_str(), older(1).c_str()));
  file_.reset();
}

}  // namespace blc::adapters
