#include "faults/shadow.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <set>
#include <sstream>
#include <stdexcept>

namespace blc::faults {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t kSector = 512;  // what a disk writes whole

struct stat about(const fs::path& path) {
  struct stat found {};
  if (::lstat(path.c_str(), &found) != 0) throw std::runtime_error("cannot look at " + path.string());
  return found;
}

bool is_left_out(const fs::path& path) { return path.filename() == "made" || path.native().ends_with("-shm"); }

}  // namespace

std::string read_bytes(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void write_bytes(const fs::path& path, const std::string& bytes) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  if (!file.flush()) throw std::runtime_error("cannot write " + path.string());
}

// What decides, for each thing that was not synced, whether it survives.
struct Shadow::Chance {
  Survives survives;
  std::mt19937_64 random;

  bool operator()() { return survives == Survives::everything || (survives == Survives::some && (random() & 1U) != 0); }
  std::string mix(const std::string& durable, const std::string& now) {
    if (durable == now || survives == Survives::everything) return now;
    if (survives == Survives::nothing) return durable;
    const auto [least, most] = std::minmax(durable.size(), now.size());
    const std::size_t size = (*this)() ? now.size() : (*this)() ? durable.size() : least + random() % (most - least + 1);
    std::string mixed(size, '\0');
    for (std::size_t at = 0; at < size; at += kSector) {
      const auto& from = (*this)() ? now : durable;
      for (std::size_t i = at; i < std::min(size, at + kSector); ++i) mixed[i] = i < from.size() ? from[i] : '\0';
    }
    return mixed;
  }
};

bool Shadow::covers(const std::string& path) const {
  return !is_left_out(path) && (path == disk_ || path.starts_with(disk_.string() + "/"));
}

void Shadow::start() const {
  fs::remove_all(folder_);
  for (const auto* const part : {"files", "folders", "held"}) fs::create_directories(folder_ / part);
  remember_tree(disk_);
}

void Shadow::remember_tree(const fs::path& folder) const {
  synced(folder);
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (is_left_out(entry.path())) continue;
    entry.is_directory() ? remember_tree(entry.path()) : synced(entry.path());
  }
}

Shadow::Entries Shadow::listed(const fs::path& folder) {
  Entries entries;
  for (const auto& entry : fs::directory_iterator(folder)) {
    const auto name = entry.path().filename().string();
    if (!is_left_out(name)) entries.emplace(name, Entry{about(entry.path()).st_ino, entry.is_directory()});
  }
  return entries;
}

Shadow::Entries Shadow::durable_entries(ino_t folder) const {
  Entries entries;
  std::istringstream lines(read_bytes(listing(folder)));
  Entry entry;
  for (std::string name; lines >> entry.inode >> entry.folder && std::getline(lines.ignore(), name);) entries.emplace(name, entry);
  return entries;
}

// By way of a new file, so that a process that is killed here leaves the old one.
void Shadow::synced(const fs::path& path) const {
  const auto found = about(path);
  std::string bytes;
  if (S_ISDIR(found.st_mode)) {
    for (const auto& [name, entry] : listed(path))
      bytes += std::to_string(entry.inode) + (entry.folder ? " 1 " : " 0 ") + name + "\n";
  } else {
    bytes = read_bytes(path);
  }
  const auto to = S_ISDIR(found.st_mode) ? listing(found.st_ino) : file(found.st_ino);
  write_bytes(to.string() + ".new", bytes);
  fs::rename(to.string() + ".new", to);
}

void Shadow::synced_all() const { remember_tree(disk_); }

void Shadow::hold(const fs::path& path) const {
  struct stat found {};
  if (::lstat(path.c_str(), &found) != 0 || !S_ISREG(found.st_mode)) return;
  static_cast<void>(::link(path.c_str(), held(found.st_ino).c_str()));  // it may be held already
}

void Shadow::cut_power(Survives survives, std::uint64_t seed) const {
  Chance chance{survives, std::mt19937_64(seed)};
  std::map<ino_t, fs::path> now;  // where the bytes of each inode are
  const auto note = [&](const fs::path& path) { now.insert_or_assign(about(path).st_ino, path); };
  for (const auto& entry : fs::directory_iterator(folder_ / "held")) note(entry.path());
  note(disk_);
  for (const auto& entry : fs::recursive_directory_iterator(disk_)) note(entry.path());
  const auto built = folder_ / "built";
  rebuild({about(disk_).st_ino, true}, built, now, chance);
  fs::remove_all(disk_);
  fs::rename(built, disk_);
  start();
}

void Shadow::rebuild(Entry folder, const fs::path& to, const std::map<ino_t, fs::path>& now, Chance& chance) const {
  fs::create_directory(to);
  const auto here = now.find(folder.inode);
  const auto durable = durable_entries(folder.inode);
  const auto present = here == now.end() ? Entries() : listed(here->second);
  std::set<std::string> names;
  for (const auto& [name, entry] : durable) names.insert(name);
  for (const auto& [name, entry] : present) names.insert(name);
  for (const auto& name : names) {
    const auto before = durable.find(name);
    const auto after = present.find(name);
    const bool same = before != durable.end() && after != present.end() && before->second == after->second;
    const bool newer = same || chance();
    if (newer ? after == present.end() : before == durable.end()) continue;
    const auto entry = newer ? after->second : before->second;
    if (entry.folder) {
      rebuild(entry, to / name, now, chance);
      continue;
    }
    const auto bytes = now.find(entry.inode);
    if (bytes == now.end() || !fs::is_regular_file(bytes->second))
      throw std::runtime_error("somebody else removed " + (to / name).string());
    write_bytes(to / name, chance.mix(read_bytes(file(entry.inode)), read_bytes(bytes->second)));
    fs::permissions(to / name, fs::status(bytes->second).permissions());
  }
  if (here != now.end()) fs::permissions(to, fs::status(here->second).permissions());
}

}  // namespace blc::faults
