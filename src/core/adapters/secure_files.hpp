// Files that blc keeps for one user, or for a group: keys, configuration, state.
#pragma once
#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/adapters/descriptor.hpp"
#include "core/base/result.hpp"

namespace blc::adapters {

enum class Readers {
  anyone,  // configuration: nobody but the owner may write it
  given,   // what somebody handed over (a pin, a public key): any owner, nobody else may write it
  owner,   // a key: nobody but the owner may read it either
  group,   // a key that a group shares: whoever owns it, nobody outside the group may read it
};

// A regular file owned by this user or root (for a group: by anyone), whole; nullopt when there is none.
// Exit::authentication when somebody else owns it or its mode lets others in; Exit::usage when it is no
// regular file, larger than `limit`, or cannot be read.
[[nodiscard]] Result<std::optional<std::string>> read_private(const std::string& path, Readers readers,
                                                              std::uint64_t limit = 1U << 20U);

// Replaces the file in one step: readers see the old bytes or the new ones. Durable (file and folder are
// synced) when it returns; throws Broken otherwise, and then the old file stands.
void write_private(const std::string& path, std::string_view bytes, mode_t mode = 0600);

// The same for what may be forgotten but not torn: after a power cut the old bytes or the new ones are there, whole.
void replace_private(const std::string& path, std::string_view bytes, mode_t mode = 0600);

// The same, but Exit::failed when the file is there already, also when two do it at once.
[[nodiscard]] Result<> create_private(const std::string& path, std::string_view bytes, mode_t mode = 0600);

// Makes the folder, and the missing ones above it, with exactly this mode whatever the umask; a group may
// be given to share it with. Refuses (Exit::authentication) one that others own or that is open to more.
[[nodiscard]] Result<> make_private_directory(const std::string& path, mode_t mode = 0700,
                                              std::optional<gid_t> group = std::nullopt);

// Writes all of it to `file`; throws Broken naming `path`.
void write_all(const Descriptor& file, std::string_view bytes, const std::string& path);
// Everything from the start of `file`, at most `limit` bytes; nullopt when there is more.
[[nodiscard]] std::optional<std::string> read_all(const Descriptor& file, std::uint64_t limit, const std::string& path);
// Makes the names in the folder that holds `path` durable.
void sync_folder_of(const std::string& path);
// Makes what another program wrote to `path` durable, with its name.
void sync_file(const std::string& path);
// Makes everything on the file system that holds `folder` durable.
void sync_file_system_of(const std::string& folder);

}  // namespace blc::adapters
