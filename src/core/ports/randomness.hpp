#pragma once
#include <cstddef>
#include <cstdint>
#include <string>

#include "core/base/secret.hpp"

namespace blc::ports {

class Randomness {
 public:
  virtual ~Randomness() = default;
  // Cryptographically strong bytes; throws Broken when there are none.
  virtual void fill(std::uint8_t* to, std::size_t size) = 0;

  std::string bytes(std::size_t size) {
    std::string out(size, '\0');
    fill(reinterpret_cast<std::uint8_t*>(out.data()), size);
    return out;
  }
  Secret secret(std::size_t size) {
    Secret out(size);
    fill(reinterpret_cast<std::uint8_t*>(out.data()), size);
    return out;
  }
};

}  // namespace blc::ports
