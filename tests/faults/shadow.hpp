#pragma once
#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <vector>

namespace blc::faults {

// What a power cut would leave of a disk, which is a folder with all below it: the bytes of each file as of its last
// sync, and the names in each folder as of the folder's last sync. Kept in a folder beside it, on the same file
// system. What SQLite maps (-shm) is memory and never survives; what programs make (made/) is the world's and stays out.
class Shadow {
 public:
  // What may become of that which was written, made, renamed or removed and not synced since. Nothing that was
  // synced ever vanishes.
  enum class Survives {
    nothing,
    everything,
    some,  // sector by sector, name by name, as the seed decides: a part, in any order
  };

  Shadow(std::filesystem::path folder, std::filesystem::path disk) : folder_(std::move(folder)), disk_(std::move(disk)) {}

  // From here on: what is there now is durable.
  void start() const;

  // On the disk, and not left out.
  [[nodiscard]] bool covers(const std::string& path) const;
  void synced(const std::filesystem::path& path) const;
  void synced_all() const;
  // To be called before `path` is removed or replaced: its bytes may come back.
  void hold(const std::filesystem::path& path) const;

  // The disk as it is after the power came back; and start().
  void cut_power(Survives survives, std::uint64_t seed) const;

 private:
  // By name: inode and whether it is a folder.
  struct Entry {
    ino_t inode = 0;
    bool folder = false;
    bool operator==(const Entry&) const = default;
  };
  using Entries = std::map<std::string, Entry>;

  [[nodiscard]] static Entries listed(const std::filesystem::path& folder);
  [[nodiscard]] Entries durable_entries(ino_t folder) const;
  [[nodiscard]] std::filesystem::path file(ino_t inode) const { return folder_ / "files" / std::to_string(inode); }
  [[nodiscard]] std::filesystem::path listing(ino_t inode) const { return folder_ / "folders" / std::to_string(inode); }
  [[nodiscard]] std::filesystem::path held(ino_t inode) const { return folder_ / "held" / std::to_string(inode); }
  void remember_tree(const std::filesystem::path& folder) const;
  struct Chance;
  void rebuild(Entry folder, const std::filesystem::path& to, const std::map<ino_t, std::filesystem::path>& now,
               Chance& chance) const;

  std::filesystem::path folder_;
  std::filesystem::path disk_;
};

[[nodiscard]] std::string read_bytes(const std::filesystem::path& path);
void write_bytes(const std::filesystem::path& path, const std::string& bytes);

}  // namespace blc::faults
