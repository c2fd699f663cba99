#include "core/adapters/sealed_program.hpp"

#include <elf.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include <fmt/format.h>

#include "core/adapters/memory_file.hpp"
#include "core/crypto/digest.hpp"

namespace blc::adapters {

namespace {

constexpr std::array kFixedPath{"/usr/bin", "/bin", "/usr/local/bin"};
constexpr off_t kLargestProgram = 512L << 20U;

Result<> check(const struct stat& about, const std::string& path) {
  const auto refuse = [&](const char* why) {
    return fail(Exit::failed, fmt::format("The program {} is not used: {}.", path, why));
  };
  if (!S_ISREG(about.st_mode)) return refuse("it is not a regular file");
  if ((about.st_mode & (S_IXUSR | S_IXGRP | S_IXOTH)) == 0) return refuse("it is not executable");
  if (about.st_uid != 0 && about.st_uid != ::geteuid()) return refuse("it belongs to another user");
  if ((about.st_mode & S_IWOTH) != 0) return refuse("everybody may change it");
  // A group may be any group of people; root's own is no wider than root.
  if ((about.st_mode & S_IWGRP) != 0 && about.st_gid != 0) return refuse("a group may change it");
  if (about.st_size > kLargestProgram) return refuse("it is too large");
  return {};
}

// What the kernel itself starts. All else, bubblewrap's execvp(3) would hand to a shell.
bool is_startable(std::string_view bytes) {
  if (bytes.starts_with("#!")) return true;
  Elf64_Ehdr program{};
  Elf64_Ehdr own{};
  if (bytes.size() < sizeof program) return false;
  std::memcpy(&program, bytes.data(), sizeof program);
  const Descriptor self(::open("/proc/self/exe", O_RDONLY | O_CLOEXEC));
  if (::read(self.get(), &own, sizeof own) != static_cast<ssize_t>(sizeof own)) throw_errno("/proc/self/exe");
  return std::memcmp(program.e_ident, own.e_ident, EI_VERSION) == 0 && program.e_machine == own.e_machine;
}

}  // namespace

Result<std::shared_ptr<const SealedProgram>> SealedProgram::find(const std::string& name) {
  const bool plain = !name.empty() && name != "." && name != ".." && name.find('/') == std::string::npos &&
                     name.find('\0') == std::string::npos;
  if (!plain) return fail(Exit::usage, fmt::format("\"{}\" is not the name of a program.", name));
  for (const char* const folder : kFixedPath) {
    const std::string path = fmt::format("{}/{}", folder, name);
    if (::access(path.c_str(), F_OK) == 0) return load(path);
  }
  return fail(Exit::failed, fmt::format("The program {} is not installed on this machine.", name),
              "Programs are looked for in /usr/bin, /bin and /usr/local/bin only.");
}

Result<std::shared_ptr<const SealedProgram>> SealedProgram::load(const std::string& path) {
  // O_NONBLOCK: a FIFO in this place must not hang us.
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (!file.valid()) {
    return fail(Exit::failed, fmt::format("The program {} cannot be read: {}.", path, reason(errno)));
  }
  struct stat about {};
  if (::fstat(file.get(), &about) != 0) throw_errno(path);
  BLC_CHECK(check(about, path));
  Descriptor sealed = sealed_copy(file, path.substr(path.rfind('/') + 1));
  const MappedFile mapped(sealed, path);
  if (!is_startable(mapped.bytes())) {
    return fail(Exit::failed, fmt::format("The program {} is not used: it is neither a script nor machine code for "
                                          "this machine.",
                                          path));
  }
  const Digest digest = crypto::sha256(mapped.bytes());
  return std::shared_ptr<const SealedProgram>(new SealedProgram(path, std::move(sealed), digest));
}

}  // namespace blc::adapters
