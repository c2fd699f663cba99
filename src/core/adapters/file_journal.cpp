#include "core/adapters/file_journal.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <span>
#include <thread>
#include <utility>

#include <fmt/format.h>

#include "core/adapters/secure_files.hpp"

namespace blc::adapters {

namespace {

constexpr std::uint64_t kLargestJournal = 256ULL << 20U;
constexpr std::size_t kBlock = 4096;
constexpr off_t kPiece = 128 << 10;
constexpr std::chrono::milliseconds kPollInterval{20};

bool lock_exclusively(const Descriptor& file, int flags = 0) {
  int result = 0;
  do {
    result = ::flock(file.get(), LOCK_EX | flags);
  } while (result != 0 && errno == EINTR);
  return result == 0;
}

// Fills `to`; there must be as many bytes from there on.
void read_at(const Descriptor& file, off_t from, std::span<char> to, const std::string& path) {
  while (!to.empty()) {
    const ssize_t got = ::pread(file.get(), to.data(), to.size(), from);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) throw_errno(path + " cannot be read");
    from += got;
    to = to.subspan(static_cast<std::size_t>(got));
  }
}

off_t size_of(const Descriptor& file, const std::string& path) {
  struct stat about {};
  if (::fstat(file.get(), &about) != 0) throw_errno(path);
  return about.st_size;
}

bool is_whole(std::string_view line) {
  return !line.empty() && std::ranges::all_of(line, [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte >= 0x20 && byte != 0x7f;
  });
}

}  // namespace

Result<> FileJournal::create(const std::string& path, mode_t mode) { return create_private(path, "", mode); }

Descriptor FileJournal::open_locked() const {
  Descriptor file(::open(path_.c_str(), (use_ == Use::write ? O_RDWR : O_RDONLY) | O_APPEND | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  if (!file.valid()) return file;
  struct stat about {};
  if (::fstat(file.get(), &about) != 0) throw_errno(path_);
  if (!S_ISREG(about.st_mode)) throw Broken("the journal " + path_ + " is not a regular file");
  if (!lock_exclusively(file)) throw_errno("the journal " + path_ + " cannot be locked");
  return file;
}

// Cuts off a last line that has no line feed: the crash came before append() returned. Returns where the file ends.
off_t FileJournal::cut_torn_line(const Descriptor& file) const {
  const off_t size = size_of(file, path_);
  std::string block(kBlock, '\0');
  off_t end = size;
  while (end > 0) {
    // The first time round only the last byte: it is a line feed unless there was a crash.
    const off_t from = end == size ? end - 1 : std::max<off_t>(0, end - static_cast<off_t>(kBlock));
    read_at(file, from, std::span(block).first(static_cast<std::size_t>(end - from)), path_);
    const std::size_t last = block.rfind('\n', static_cast<std::size_t>(end - from) - 1);
    end = last == std::string::npos ? from : from + static_cast<off_t>(last) + 1;
    if (last != std::string::npos) break;
  }
  if (end == size) return end;
  if (::ftruncate(file.get(), end) != 0 || ::fsync(file.get()) != 0) throw_errno(path_ + " cannot be repaired");
  return end;
}

// Looks at the end of the file alone: what an execution costs must not grow with those before it.
void FileJournal::append(std::string_view line) {
  if (use_ != Use::write) throw Broken("the journal " + path_ + " is only looked at");
  if (!is_whole(line)) throw Broken("a journal line must be one non-empty line of text");
  const Descriptor file = open_locked();
  if (!file.valid()) throw_errno("the journal " + path_ + " cannot be opened");
  const off_t end = cut_torn_line(file);
  try {
    write_all(file, std::string(line) + '\n', "the journal " + path_);
  } catch (const Broken&) {
    // Best effort: a torn last line is cut off by the next reader as well.
    [[maybe_unused]] const int cut = ::ftruncate(file.get(), end);
    throw;
  }
  if (::fdatasync(file.get()) != 0) throw_errno("the journal " + path_ + " cannot be made durable");
}

Result<> FileJournal::each_line(const std::function<Result<>(std::string_view line)>& take) {
  constexpr auto kRemedy = "What this executor key started is no longer known: enrol a new executor key.";
  const Descriptor file = open_locked();
  if (!file.valid()) {
    if (errno == ENOENT || errno == ENOTDIR) {
      return fail(Exit::refused, fmt::format("The executor's journal {} is missing.", path_), kRemedy);
    }
    return fail(Exit::refused, fmt::format("The executor's journal {} cannot be opened: {}.", path_, reason(errno)));
  }
  // Who only looks leaves a torn last line out and does not cut it off.
  const off_t size = use_ == Use::write ? cut_torn_line(file) : size_of(file, path_);
  if (std::cmp_greater(size, kLargestJournal)) throw Broken(fmt::format("the journal {} is larger than {} bytes", path_, kLargestJournal));
  // Piece by piece: a journal of years is read before each execution, and touches little memory.
  std::string piece;
  std::size_t number = 0;
  for (off_t from = 0; from < size;) {
    const auto kept = piece.size();  // the beginning of a line that goes on
    piece.resize(kept + static_cast<std::size_t>(std::min<off_t>(kPiece, size - from)));
    read_at(file, from, std::span(piece).subspan(kept), path_);
    from += static_cast<off_t>(piece.size() - kept);
    std::size_t at = 0;
    for (auto end = piece.find('\n', kept); end != std::string::npos; end = piece.find('\n', at)) {
      const auto line = std::string_view(piece).substr(at, end - at);
      ++number;
      if (!is_whole(line)) return fail(Exit::refused, fmt::format("The executor's journal {} is damaged at line {}.", path_, number), kRemedy);
      BLC_CHECK(take(line));
      at = end + 1;
    }
    piece.erase(0, at);
  }
  return {};
}

Result<std::unique_ptr<ports::ExecutorLock>> FileLock::acquire(const std::string& path, std::chrono::milliseconds wait,
                                                               mode_t mode) {
  Descriptor file(::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (file.valid()) {
    if (::fchmod(file.get(), mode) != 0) throw_errno(path);  // whatever the umask took away
  } else {
    file.reset(::open(path.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW));
  }
  if (!file.valid()) throw_errno("the lock " + path + " cannot be opened");
  const auto deadline = std::chrono::steady_clock::now() + wait;
  while (!lock_exclusively(file, LOCK_NB)) {
    if (errno != EWOULDBLOCK) throw_errno("the lock " + path + " cannot be taken");
    if (std::chrono::steady_clock::now() >= deadline) {
      return fail(Exit::failed, "Another execution is under way with this executor.",
                  "Wait until it has ended, then try again.");
    }
    std::this_thread::sleep_for(kPollInterval);
  }
  return std::unique_ptr<ports::ExecutorLock>(new FileLock(std::move(file)));
}

}  // namespace blc::adapters
