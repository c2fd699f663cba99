#include "core/base/secret.hpp"

#include <cstring>

namespace blc {

void Secret::wipe(std::string& bytes) noexcept {
  if (!bytes.empty()) explicit_bzero(bytes.data(), bytes.size());
}

}  // namespace blc
