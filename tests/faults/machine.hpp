#pragma once
#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "faults/shadow.hpp"

namespace blc::faults {

// What is to go wrong with one call of one process; see faulty_disk.cpp.
struct Fault {
  std::string kind;
  long at = 0;
};

struct Ended {
  int code = -1;  // 128 + the signal that ended it
  std::string out;
  std::string err;
  std::chrono::microseconds took{};
  std::vector<std::string> calls;  // on a faulty disk; the one that failed begins with '!'

  [[nodiscard]] bool killed() const { return code == 128 + 9; }
};

// One account on one machine: a folder for everything, with the practice, the account's home and people's keys below
// it, in which the real blc is run. Everything can be saved, and put back. On a faulty disk, calls can be made to fail, and power cuts
// take what is not durable.
class Machine {
 public:
  enum class Disk { sound, faulty };
  explicit Machine(Disk disk);
  Machine(const Machine&) = delete;
  Machine& operator=(const Machine&) = delete;
  ~Machine();

  [[nodiscard]] const std::filesystem::path& scratch() const { return scratch_; }
  [[nodiscard]] std::filesystem::path practice() const { return world() / "clinic"; }
  [[nodiscard]] std::filesystem::path state() const { return home() / ".local/state/blc"; }
  [[nodiscard]] std::filesystem::path key(const std::string& person) const { return world() / "keys" / person; }

  struct How {
    std::optional<std::chrono::microseconds> kill_after{};
    std::optional<Fault> fault{};
    bool reads = false;  // faults are counted among calls that read, not those that change something
  };
  // blc with that person's key. Returns when every process that it began has ended too.
  [[nodiscard]] Ended run(const std::string& person, const std::vector<std::string>& arguments, const How& how);
  [[nodiscard]] Ended run(const std::string& person, const std::vector<std::string>& arguments) { return run(person, arguments, How{}); }

  void save(const std::string& name) const;
  // All that is put back is durable.
  void restore(const std::string& name) const;
  // Writes a file of the practice as an editor does that syncs what it wrote.
  void put(const std::string& name, const std::string& text) const;
  // What is not durable goes, as far as `survives` says. What programs did to the world (made/) stays.
  void cut_power(Shadow::Survives survives, std::uint64_t seed) const;

 private:
  [[nodiscard]] std::filesystem::path world() const { return scratch_ / "world"; }
  [[nodiscard]] std::filesystem::path home() const { return world() / "home"; }
  [[nodiscard]] std::vector<std::string> environment(const std::string& person, const How& how) const;

  Disk disk_;
  std::filesystem::path scratch_;
  Shadow shadow_;
};

// A number that the environment may set: BLC_KILLS and the like.
[[nodiscard]] std::uint64_t setting(const char* name, std::uint64_t otherwise);

}  // namespace blc::faults
