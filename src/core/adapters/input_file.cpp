#include "core/adapters/input_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "core/adapters/descriptor.hpp"
#include "core/adapters/secure_files.hpp"
#include "core/text/display.hpp"

namespace blc::adapters {

Result<Secret> read_input(const std::string& path, std::uint64_t limit) {
  if (path.empty()) return fail(Exit::usage, "a file has to be named, and its name is empty", "look at the variable that the name comes from");
  const auto name = text::display(path);
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (!file.valid()) return fail(Exit::usage, fmt::format("{} cannot be read: {}", name, reason(errno)), "look whether the name is right");
  struct stat about {};
  if (::fstat(file.get(), &about) != 0) return fail(Exit::usage, fmt::format("{} cannot be read: {}", name, reason(errno)), "look whether the name is right");
  if (!S_ISREG(about.st_mode)) return fail(Exit::usage, fmt::format("{} is no regular file", name), S_ISFIFO(about.st_mode) ? "write what comes out of the pipe to a file, and name that" : "name a file");
  auto bytes = read_all(file, limit, name);
  if (!bytes) return fail(Exit::usage, fmt::format("{} is larger than {} KiB", name, limit >> 10U), "name the file that holds the settings");
  return Secret::take(*std::move(bytes));
}

bool is_there(const std::string& path) {
  struct stat about {};
  return ::lstat(path.c_str(), &about) == 0 || (errno != ENOENT && errno != ENOTDIR);
}

namespace {

// What is not replaced, but written to: devices, pipes, and what a link leads to, which has to be there. /dev/stdout is one.
bool is_written_to(const std::string& path) {
  struct stat itself {};
  return ::lstat(path.c_str(), &itself) == 0 && !S_ISREG(itself.st_mode);
}

}  // namespace

bool is_standard_output(const std::string& path) {
  struct stat named {};
  struct stat own {};
  return ::stat(path.c_str(), &named) == 0 && ::fstat(STDOUT_FILENO, &own) == 0 && named.st_dev == own.st_dev && named.st_ino == own.st_ino;
}

Result<> check_report(const std::string& path) {
  struct stat about {};
  if (::stat(path.c_str(), &about) == 0 && S_ISDIR(about.st_mode)) return fail(Exit::usage, fmt::format("{} is a folder", text::display(path)), "name a file for --out");
  const auto slash = path.rfind('/');
  const auto folder = slash == std::string::npos ? "." : slash == 0 ? "/" : path.substr(0, slash);
  if (::access((is_written_to(path) ? path : folder).c_str(), W_OK) == 0) return {};
  return fail(Exit::usage, fmt::format("{} cannot be written: {}", text::display(path), reason(errno)), "name a file in a folder that is there and may be written");
}

Result<> write_report(const std::string& path, std::string_view bytes) {
  BLC_CHECK(check_report(path));
  try {
    if (is_written_to(path)) {
      const Descriptor out(::open(path.c_str(), O_WRONLY | O_TRUNC | O_CLOEXEC | O_NOCTTY));
      if (!out.valid()) throw_errno(text::display(path) + " cannot be opened");
      write_all(out, bytes, text::display(path));
    } else {
      replace_private(path, bytes, 0644);
    }
  } catch (const Broken& broken) {
    return fail(Exit::usage, broken.what(), "name a file in a folder that is there and may be written");
  }
  return {};
}

}  // namespace blc::adapters
