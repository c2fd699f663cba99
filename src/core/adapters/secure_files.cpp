#include "core/adapters/secure_files.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <filesystem>

#include <fmt/format.h>

#include "core/adapters/system.hpp"
#include "core/base/digest.hpp"
#include "core/base/secret.hpp"

namespace blc::adapters {

namespace {

constexpr mode_t kOthersMayWrite = S_IWGRP | S_IWOTH;
constexpr mode_t kOthersMayDoAnything = S_IRWXG | S_IRWXO;

bool is_ours(const struct stat& about) { return about.st_uid == ::geteuid() || about.st_uid == 0; }

std::string folder_of(const std::string& path) {
  const std::string folder = std::filesystem::path(path).parent_path().string();
  return folder.empty() ? "." : folder;
}

// A new file beside `path`, complete and synced; removed again unless it was put in place.
class Draft {
 public:
  Draft(const std::string& path, std::string_view bytes, mode_t mode)
      : name_(path + ".new-" + to_hex(SystemRandom().bytes(8))) {
    const Descriptor file(::open(name_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (!file.valid()) throw_errno(path + " cannot be written");
    made_ = true;
    try {
      write_all(file, bytes, path);
      // fchmod, because the umask may have taken bits that a group needs.
      if (::fchmod(file.get(), mode) != 0 || ::fsync(file.get()) != 0) throw_errno(path + " cannot be written");
    } catch (...) {
      ::unlink(name_.c_str());
      throw;
    }
  }
  Draft(const Draft&) = delete;
  Draft& operator=(const Draft&) = delete;
  ~Draft() {
    if (made_) ::unlink(name_.c_str());
  }

  // False, with errno EEXIST, when `replace` is not wanted and something is there.
  bool put(const std::string& path, bool replace) {
    const unsigned flags = replace ? 0U : RENAME_NOREPLACE;
    if (::renameat2(AT_FDCWD, name_.c_str(), AT_FDCWD, path.c_str(), flags) != 0) return false;
    made_ = false;
    return true;
  }

 private:
  std::string name_;
  bool made_ = false;
};

Result<> make_missing_above(const std::string& path, mode_t mode) {
  const std::filesystem::path above = std::filesystem::path(path).parent_path();
  if (above.empty() || above == above.root_path()) return {};
  BLC_CHECK(make_missing_above(above.string(), mode));
  if (::mkdir(above.c_str(), mode) == 0) {
    sync_folder_of(above.string());  // else a power cut takes the folder, with all that is durable in it
  } else if (errno != EEXIST) {
    return fail(Exit::failed, fmt::format("The folder {} cannot be made: {}.", above.string(), reason(errno)));
  }
  return {};
}

Result<> check_directory(const Descriptor& folder, const std::string& path, mode_t mode) {
  struct stat about {};
  if (::fstat(folder.get(), &about) != 0) throw_errno(path);
  if (!is_ours(about)) {
    return fail(Exit::authentication, fmt::format("The folder {} belongs to another user.", path));
  }
  const mode_t excess = about.st_mode & (S_IRWXU | S_IRWXG | S_IRWXO) & ~mode;
  if (excess != 0) {
    return fail(Exit::authentication, fmt::format("The folder {} is open to other users.", path),
                fmt::format("chmod {:o} {}", mode, path));
  }
  return {};
}

}  // namespace

void write_all(const Descriptor& file, std::string_view bytes, const std::string& path) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(file.get(), bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) throw_errno(path + " cannot be written");
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
}

namespace {

// Makes room at the end without leaving a copy of what may be a secret in memory that was given back.
void grow(std::string& bytes, std::size_t by) {
  std::string larger(bytes.size() + by, '\0');
  std::ranges::copy(bytes, larger.begin());
  Secret::wipe(bytes);
  bytes.swap(larger);
}

}  // namespace

std::optional<std::string> read_all(const Descriptor& file, std::uint64_t limit, const std::string& path) {
  struct stat about {};
  if (::fstat(file.get(), &about) != 0) throw_errno(path + " cannot be read");
  if (about.st_size > 0 && static_cast<std::uint64_t>(about.st_size) > limit) return std::nullopt;
  std::string bytes(static_cast<std::size_t>(about.st_size) + 1, '\0');  // one more finds the end without growing
  std::size_t have = 0;
  while (true) {
    if (have == bytes.size()) grow(bytes, 4096);  // the file has grown since
    const ssize_t got = ::pread(file.get(), bytes.data() + have, bytes.size() - have, static_cast<off_t>(have));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw_errno(path + " cannot be read");
    if (got == 0) break;
    have += static_cast<std::size_t>(got);
    if (have > limit) {
      Secret::wipe(bytes);
      return std::nullopt;
    }
  }
  bytes.resize(have);
  return bytes;
}

void sync_folder_of(const std::string& path) {
  const std::string name = folder_of(path);
  const Descriptor folder(::open(name.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!folder.valid() || ::fsync(folder.get()) != 0) throw_errno("the folder " + name + " cannot be synced");
}

void sync_file(const std::string& path) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (!file.valid() || ::fsync(file.get()) != 0) throw_errno(path + " cannot be made durable");
  sync_folder_of(path);
}

void sync_file_system_of(const std::string& folder) {
  const Descriptor file(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!file.valid() || ::syncfs(file.get()) != 0) throw_errno(folder + " cannot be made durable");
}

Result<std::optional<std::string>> read_private(const std::string& path, Readers readers, std::uint64_t limit) {
  // O_NONBLOCK: a FIFO in this place must not hang us.
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (!file.valid()) {
    if (errno == ENOENT || errno == ENOTDIR) return std::optional<std::string>();
    return fail(Exit::usage, fmt::format("{} cannot be read: {}.", path, reason(errno)));
  }
  struct stat about {};
  if (::fstat(file.get(), &about) != 0) throw_errno(path);
  if (!S_ISREG(about.st_mode)) return fail(Exit::usage, fmt::format("{} is not a regular file.", path));
  if (readers != Readers::group && readers != Readers::given && !is_ours(about)) {
    return fail(Exit::authentication, fmt::format("{} belongs to another user.", path));
  }
  if (readers == Readers::group && (about.st_mode & S_IRWXO) != 0) {
    return fail(Exit::authentication, fmt::format("{} is open to users outside the group.", path), "chmod o= " + path);
  }
  if (readers == Readers::owner && (about.st_mode & kOthersMayDoAnything) != 0) {
    return fail(Exit::authentication, fmt::format("{} is open to other users.", path), "chmod 600 " + path);
  }
  if ((about.st_mode & kOthersMayWrite) != 0) {
    return fail(Exit::authentication, fmt::format("{} can be changed by other users.", path), "chmod go-w " + path);
  }
  auto bytes = read_all(file, limit, path);
  if (!bytes) return fail(Exit::usage, fmt::format("{} is larger than {} bytes.", path, limit));
  return bytes;
}

void replace_private(const std::string& path, std::string_view bytes, mode_t mode) {
  Draft draft(path, bytes, mode);
  if (!draft.put(path, true)) throw_errno(path + " cannot be replaced");
}

void write_private(const std::string& path, std::string_view bytes, mode_t mode) {
  replace_private(path, bytes, mode);
  sync_folder_of(path);
}

Result<> create_private(const std::string& path, std::string_view bytes, mode_t mode) {
  Draft draft(path, bytes, mode);
  if (!draft.put(path, false)) {
    if (errno == EEXIST) return fail(Exit::failed, fmt::format("{} exists already.", path));
    throw_errno(path + " cannot be made");
  }
  sync_folder_of(path);
  return {};
}

Result<> make_private_directory(const std::string& path, mode_t mode, std::optional<gid_t> group) {
  BLC_CHECK(make_missing_above(path, group ? 0755 : 0700));
  const bool made = ::mkdir(path.c_str(), 0700) == 0;
  if (!made && errno != EEXIST) {
    return fail(Exit::failed, fmt::format("The folder {} cannot be made: {}.", path, reason(errno)));
  }
  const Descriptor folder(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!folder.valid()) {
    return fail(Exit::failed, fmt::format("{} cannot be used as a folder: {}.", path, reason(errno)));
  }
  if (made) {
    // chown first: it clears the set-group-ID bit, which makes new files belong to the group.
    if (group && ::fchown(folder.get(), static_cast<uid_t>(-1), *group) != 0) {
      return fail(Exit::failed, fmt::format("{} cannot be given to group {}: {}.", path, *group, reason(errno)));
    }
    if (::fchmod(folder.get(), mode) != 0) throw_errno(path);
    sync_folder_of(path);
  }
  return check_directory(folder, path, mode);
}

}  // namespace blc::adapters
