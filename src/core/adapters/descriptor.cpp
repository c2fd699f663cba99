#include "core/adapters/descriptor.hpp"

#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "core/base/result.hpp"

namespace blc::adapters {

void Descriptor::reset(int fd) noexcept {
  if (fd_ >= 0) ::close(fd_);
  fd_ = fd;
}

std::string reason(int error) { return std::generic_category().message(error); }

void throw_errno(const std::string& what) {
  const int error = errno;
  throw Broken(what + ": " + reason(error));
}

}  // namespace blc::adapters
