#include "core/adapters/practice_files.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <filesystem>

#include <fmt/format.h>

#include "core/adapters/secure_files.hpp"

namespace blc::adapters {

namespace {

constexpr std::array<std::string_view, 4> kGoverning{"blc.yaml", "verbs", "policies", ".blc"};
constexpr int kDeepest = 64;
constexpr std::size_t kMostFiles = 100'000;

// openat2(2): the kernel itself refuses to leave the root or to follow a link.
Descriptor open_without_links(const Descriptor& root, const std::string& path, int flags) {
  open_how how{};
  how.flags = static_cast<unsigned>(flags | O_CLOEXEC);
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;
  int fd = -1;
  do {
    fd = static_cast<int>(::syscall(SYS_openat2, root.get(), path.c_str(), &how, sizeof how));
  } while (fd < 0 && (errno == EINTR || errno == EAGAIN));  // EAGAIN: a rename raced with `..`, not our case
  return Descriptor(fd);
}

Error refusal(const std::string& path, const std::string& why) {
  return {Exit::usage, fmt::format("\"{}\" in the practice cannot be used: {}.", path, why), {}};
}

std::vector<std::string> parts_of(const std::string& path) {
  std::vector<std::string> parts;
  for (std::size_t at = 0; at <= path.size();) {
    const std::size_t end = std::min(path.find('/', at), path.size());
    parts.push_back(path.substr(at, end - at));
    at = end + 1;
  }
  return parts;
}

// The kernel would let "a/../b", "a//b" and "./a" pass, and one file would have many names.
Result<> check_name(const std::string& path) {
  if (path.starts_with('/')) return std::unexpected(refusal(path, "it is absolute"));
  if (path.find('\0') != std::string::npos) return std::unexpected(refusal(path, "it holds a NUL character"));
  for (const auto& part : parts_of(path)) {
    if (part.empty() || part == "." || part == "..") {
      return std::unexpected(refusal(path, "it is not a plain path below the practice"));
    }
  }
  return {};
}

// Where a file system ignores case, "Verbs" is the same folder.
bool same_ignoring_case(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
  return std::ranges::equal(a, b, {}, lower, lower);
}

bool governs(std::string_view first_part) {
  return std::ranges::any_of(kGoverning, [&](auto name) { return same_ignoring_case(name, first_part); });
}

// The child of `above` with this name, made when missing with the mode of the folder above it.
Result<Descriptor> enter_or_make(const Descriptor& above, const std::string& name, const std::string& path) {
  struct stat about {};
  if (::fstat(above.get(), &about) != 0) throw_errno(path);
  const bool made = ::mkdirat(above.get(), name.c_str(), 0700) == 0;
  if (!made && errno != EEXIST) return std::unexpected(refusal(path, reason(errno)));
  Descriptor folder = open_without_links(above, name, O_RDONLY | O_DIRECTORY);
  if (!folder.valid()) {
    return std::unexpected(refusal(path, errno == ELOOP ? "it leads over a symbolic link" : reason(errno)));
  }
  if (made && ::fchmod(folder.get(), about.st_mode & 07777U) != 0) throw_errno(path);
  return folder;
}

// Where the kernel says that an open folder is.
std::string place_of(const Descriptor& folder, const std::string& path) {
  std::error_code error;
  const auto real = std::filesystem::read_symlink(fmt::format("/proc/self/fd/{}", folder.get()), error);
  if (error) throw Broken(fmt::format("the place of {} cannot be told: {}", path, error.message()));
  return real.string();
}

struct CloseFolder {
  void operator()(DIR* folder) const { ::closedir(folder); }
};

}  // namespace

Result<std::unique_ptr<DirectoryPractice>> DirectoryPractice::open(const std::string& root) {
  Descriptor folder(::open(root.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!folder.valid()) {
    return fail(Exit::usage, fmt::format("There is no practice at {}: {}.", root, reason(errno)), "blc init");
  }
  return std::unique_ptr<DirectoryPractice>(new DirectoryPractice(std::move(folder)));
}

Result<Descriptor> DirectoryPractice::open_beneath(const std::string& path, int flags) const {
  BLC_CHECK(check_name(path));
  Descriptor file = open_without_links(root_, path, flags);
  if (file.valid() || errno == ENOENT || errno == ENOTDIR) return file;
  switch (errno) {
    case ELOOP: return std::unexpected(refusal(path, "it is, or leads over, a symbolic link"));
    case EXDEV: return std::unexpected(refusal(path, "it leads out of the practice"));
    case ENXIO: return std::unexpected(refusal(path, "it is not a regular file"));
    case ENOSYS: throw Broken("this kernel is too old: it lacks openat2 (Linux 5.6)");
    default: return std::unexpected(refusal(path, reason(errno)));
  }
}

Result<std::optional<std::string>> DirectoryPractice::read(const std::string& path, std::uint64_t limit) {
  // O_NONBLOCK: a FIFO must not hang us; O_NOCTTY: a terminal must not become ours.
  BLC_TRY(const Descriptor file, open_beneath(path, O_RDONLY | O_NONBLOCK | O_NOCTTY));
  if (!file.valid()) return std::nullopt;
  struct stat about {};
  if (::fstat(file.get(), &about) != 0) throw_errno(path);
  if (!S_ISREG(about.st_mode)) return std::unexpected(refusal(path, "it is not a regular file"));
  auto bytes = read_all(file, limit, path);
  if (!bytes) return std::unexpected(refusal(path, fmt::format("it is larger than {} bytes", limit)));
  return bytes;
}

Result<std::optional<std::string>> DirectoryPractice::read_link(const std::string& path) {
  // With O_PATH and O_NOFOLLOW a link at the end is opened itself; on the way it is still refused.
  BLC_TRY(const Descriptor link, open_beneath(path, O_PATH | O_NOFOLLOW));
  if (!link.valid()) return std::nullopt;
  std::string target(PATH_MAX, '\0');
  const ssize_t size = ::readlinkat(link.get(), "", target.data(), target.size());
  if (size < 0) return std::unexpected(refusal(path, "it is not a symbolic link"));
  target.resize(static_cast<std::size_t>(size));
  return target;
}

Result<std::vector<std::string>> DirectoryPractice::list(const std::string& folder) { return listed(folder, Listed::files); }
Result<std::vector<std::string>> DirectoryPractice::list_all(const std::string& folder) { return listed(folder, Listed::all); }

Result<std::vector<std::string>> DirectoryPractice::listed(const std::string& folder, Listed what) {
  std::vector<std::string> found;
  BLC_CHECK(list_into(folder, 0, what, found));
  std::ranges::sort(found);
  return found;
}

Result<> DirectoryPractice::list_into(const std::string& folder, int depth, Listed what, std::vector<std::string>& found) {
  if (depth > kDeepest) return std::unexpected(refusal(folder, "its folders are nested too deeply"));
  BLC_TRY(Descriptor opened, open_beneath(folder, O_RDONLY | O_NONBLOCK));
  if (!opened.valid()) return {};
  const std::unique_ptr<DIR, CloseFolder> names(::fdopendir(opened.get()));
  if (!names) return std::unexpected(refusal(folder, "it is not a folder"));
  const int fd = opened.release();  // closedir closes it
  while (true) {
    errno = 0;
    // NOLINTNEXTLINE(concurrency-mt-unsafe): glibc's readdir is safe where each thread has a stream of its own
    const dirent* const entry = ::readdir(names.get());
    if (entry == nullptr) break;
    const std::string name(static_cast<const char*>(entry->d_name));
    if (name == "." || name == "..") continue;
    const std::string path = fmt::format("{}/{}", folder, name);
    struct stat about {};
    if (::fstatat(fd, name.c_str(), &about, AT_SYMLINK_NOFOLLOW) != 0) continue;  // gone meanwhile
    if (S_ISDIR(about.st_mode)) {
      BLC_CHECK(list_into(path, depth + 1, what, found));
    } else if (S_ISREG(about.st_mode) || (what == Listed::all && name.front() != '.')) {
      found.push_back(path);
    }
    if (found.size() > kMostFiles) return std::unexpected(refusal(folder, "it holds too many files"));
  }
  if (errno != 0) throw_errno("the folder " + folder + " cannot be read");
  return {};
}

Result<std::optional<std::string>> DirectoryPractice::readable_folder(const std::string& path) {
  BLC_TRY(const Descriptor folder, open_beneath(path, O_PATH | O_DIRECTORY));
  if (!folder.valid()) return std::nullopt;
  return place_of(folder, path);
}

Result<std::string> DirectoryPractice::writable_folder(const std::string& path) {
  BLC_CHECK(check_name(path));
  const auto parts = parts_of(path);
  if (governs(parts.front())) {
    return fail(Exit::usage, fmt::format("No program may write in {}: it governs the practice.", parts.front()));
  }
  Descriptor folder(::fcntl(root_.get(), F_DUPFD_CLOEXEC, 0));
  for (const auto& part : parts) {
    BLC_TRY(folder, enter_or_make(folder, part, path));
  }
  return place_of(folder, path);
}

void DirectoryPractice::remove_empty_folder(const std::string& path) {
  const auto parts = parts_of(path);
  if (!check_name(path) || governs(parts.front())) return;
  const auto slash = path.rfind('/');
  const auto above = slash == std::string::npos ? Result<Descriptor>(Descriptor(::fcntl(root_.get(), F_DUPFD_CLOEXEC, 0)))
                                                : open_beneath(path.substr(0, slash), O_PATH | O_DIRECTORY);
  // One that is not empty, or is no folder, is refused by the kernel: there is nothing more to say of it.
  if (above && above->valid()) static_cast<void>(::unlinkat(above->get(), parts.back().c_str(), AT_REMOVEDIR));
}

}  // namespace blc::adapters
