#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "core/adapters/descriptor.hpp"

namespace blc::adapters {

// A file in memory that nobody can write, grow, shrink or unseal any more (memfd_create(2), file seals).
// Its descriptor is read-only, close-on-exec, and above the standard streams. Throws Broken.
[[nodiscard]] Descriptor sealed_file(std::string_view bytes, const std::string& name);

// The same from the rest of another file, executable.
[[nodiscard]] Descriptor sealed_copy(const Descriptor& from, const std::string& name);

// The bytes of a sealed file, mapped.
class MappedFile {
 public:
  MappedFile(const Descriptor& file, const std::string& name);
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;
  ~MappedFile();
  [[nodiscard]] std::string_view bytes() const noexcept { return bytes_; }

 private:
  std::string_view bytes_;
};

}  // namespace blc::adapters
