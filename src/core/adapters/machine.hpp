// What the machine says of itself, for blc doctor: looked at, never changed.
#pragma once
#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>

#include "core/base/result.hpp"

namespace blc::adapters {

struct Space {
  std::uint64_t free = 0;   // bytes that this user may still write
  bool files_left = true;   // false: not one more file can be made
  bool read_only = false;
  bool in_memory = false;   // a file system that is never on a disk
};
// Of the file system that holds `path`, or the nearest folder above that exists. Nullopt when it cannot be asked.
[[nodiscard]] std::optional<Space> space_at(const std::string& path);

struct FileAbout {
  mode_t mode = 0;  // permission bits
  uid_t owner = 0;
  bool regular = false;
  bool folder = false;
  bool writable = false;  // for this user, whatever the mode says
};
// Links are followed. Nullopt when there is nothing, or nothing that this user can see.
[[nodiscard]] std::optional<FileAbout> about_file(const std::string& path);
// Belongs to this user or to root.
[[nodiscard]] bool is_ours(const FileAbout& about);

// What ssh(1) says of itself; it comes in one package with ssh-keygen(1). Exit::failed when either is missing.
[[nodiscard]] Result<std::string> ssh_version();
[[nodiscard]] std::string kernel();  // "Linux 6.1.0-27-amd64"
// Whether something keeps the system's clock right (adjtimex(2)); nullopt where the kernel does not tell.
[[nodiscard]] std::optional<bool> clock_is_kept();
// No core file of this process, and no other process of this user that reads its memory.
[[nodiscard]] bool memory_is_private();

}  // namespace blc::adapters
