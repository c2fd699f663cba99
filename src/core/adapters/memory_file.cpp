#include "core/adapters/memory_file.hpp"

#include <fcntl.h>
#include <linux/memfd.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>

#include <cerrno>

#include <fmt/format.h>

#include "core/adapters/secure_files.hpp"

namespace blc::adapters {

namespace {

#ifndef MFD_EXEC
constexpr unsigned MFD_EXEC = 0x0010U;  // Linux 6.3; older headers lack it
#endif
constexpr int kAboveStandardStreams = 10;
constexpr std::size_t kChunk = 1UL << 30U;

Descriptor make(const std::string& name) {
  constexpr unsigned kFlags = MFD_CLOEXEC | MFD_ALLOW_SEALING;
  int fd = ::memfd_create(name.c_str(), kFlags | MFD_EXEC);
  if (fd < 0 && errno == EINVAL) fd = ::memfd_create(name.c_str(), kFlags);
  if (fd < 0) throw_errno("no file can be made in memory");
  return Descriptor(fd);
}

// Opened anew for reading: an executable that somebody holds open for writing would not start (ETXTBSY).
// Writes are barred by F_SEAL_FUTURE_WRITE, not F_SEAL_WRITE: nobody has mapped this file yet, so both bar the same,
// but the latter first waits until the kernel holds no page of it elsewhere, and on a busy machine gives up (EBUSY).
Descriptor seal(const Descriptor& file, mode_t mode, const std::string& name) {
  constexpr int kSeals = F_SEAL_FUTURE_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL;
  if (::fchmod(file.get(), mode) != 0 || ::fcntl(file.get(), F_ADD_SEALS, kSeals) != 0) {
    throw_errno(name + " cannot be sealed in memory");
  }
  const Descriptor reader(::open(fmt::format("/proc/self/fd/{}", file.get()).c_str(), O_RDONLY | O_CLOEXEC));
  if (!reader.valid()) throw_errno(name + " cannot be read from memory");
  Descriptor high(::fcntl(reader.get(), F_DUPFD_CLOEXEC, kAboveStandardStreams));
  if (!high.valid()) throw_errno(name + " cannot be read from memory");
  return high;
}

}  // namespace

Descriptor sealed_file(std::string_view bytes, const std::string& name) {
  const Descriptor file = make(name);
  write_all(file, bytes, name);
  return seal(file, 0444, name);
}

Descriptor sealed_copy(const Descriptor& from, const std::string& name) {
  const Descriptor file = make(name);
  while (true) {
    const ssize_t copied = ::sendfile(file.get(), from.get(), nullptr, kChunk);
    if (copied < 0 && errno == EINTR) continue;
    if (copied < 0) throw_errno(name + " cannot be copied into memory");
    if (copied == 0) break;
  }
  return seal(file, 0555, name);
}

MappedFile::MappedFile(const Descriptor& file, const std::string& name) {
  struct stat about {};
  if (::fstat(file.get(), &about) != 0) throw_errno(name + " cannot be read");
  const auto size = static_cast<std::size_t>(about.st_size);
  if (size == 0) return;
  const void* const data = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file.get(), 0);
  if (data == MAP_FAILED) throw_errno(name + " cannot be read");
  bytes_ = {static_cast<const char*>(data), size};
}

MappedFile::~MappedFile() {
  if (!bytes_.empty()) ::munmap(const_cast<char*>(bytes_.data()), bytes_.size());
}

}  // namespace blc::adapters
