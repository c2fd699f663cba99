#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/base/result.hpp"

namespace blc::ports {

// The files of one practice, named by paths relative to it. Nothing outside it can be reached: absolute
// paths, `..`, and symbolic links on the way or at the end are refused (openat2 RESOLVE_BENEATH,
// RESOLVE_NO_SYMLINKS); so are devices, FIFOs and sockets. Refusals are Exit::usage.
class PracticeFiles {
 public:
  virtual ~PracticeFiles() = default;
  // The bytes of a regular file; nullopt when there is none. At most `limit` bytes, else refused.
  [[nodiscard]] virtual Result<std::optional<std::string>> read(const std::string& path,
                                                                std::uint64_t limit = 64ULL << 20U) = 0;
  // Where a symbolic link in the practice points, not followed; nullopt when there is none.
  [[nodiscard]] virtual Result<std::optional<std::string>> read_link(const std::string& path) = 0;
  // Paths of all regular files under a folder, sorted; empty when the folder is missing.
  [[nodiscard]] virtual Result<std::vector<std::string>> list(const std::string& folder) = 0;
  // The same, with what is neither file nor folder: read() refuses that, where passing it over would look as if it were not
  // there. What begins with a dot is an editor's, beside a file that is open in it.
  [[nodiscard]] virtual Result<std::vector<std::string>> list_all(const std::string& folder) = 0;
  // The absolute path of a folder, for a program to look into; nullopt when there is none.
  [[nodiscard]] virtual Result<std::optional<std::string>> readable_folder(const std::string& path) = 0;
  // Makes the folder (and those above it) when missing, and gives its absolute path for a program to write in.
  [[nodiscard]] virtual Result<std::string> writable_folder(const std::string& path) = 0;
  // Removes the folder where it is there and holds nothing; leaves everything else as it is.
  virtual void remove_empty_folder(const std::string& path) = 0;
};

}  // namespace blc::ports
