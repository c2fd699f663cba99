// A practice's files in memory, and programs that do what a test tells them: nothing real is read or started.
#pragma once
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "core/ports/credentials.hpp"
#include "core/ports/practice_files.hpp"
#include "core/ports/processes.hpp"

namespace blc::testing {

// Files and links by path. Writable folders exist in name only: `made` tells which were asked for.
class FakePracticeFiles final : public ports::PracticeFiles {
 public:
  [[nodiscard]] Result<std::optional<std::string>> read(const std::string& path, std::uint64_t limit) override;
  [[nodiscard]] Result<std::optional<std::string>> read_link(const std::string& path) override;
  [[nodiscard]] Result<std::vector<std::string>> list(const std::string& folder) override;
  [[nodiscard]] Result<std::vector<std::string>> list_all(const std::string& folder) override { return list(folder); }
  [[nodiscard]] Result<std::optional<std::string>> readable_folder(const std::string& path) override;
  [[nodiscard]] Result<std::string> writable_folder(const std::string& path) override;
  void remove_empty_folder(const std::string& path) override { removed.push_back(path); }

  std::map<std::string, std::string> files;
  std::map<std::string, std::string> links;
  std::vector<std::string> made;
  std::vector<std::string> removed;  // if they were empty
};

// By "ENVIRONMENT/CLASSIFICATION/NAME".
class FakeCredentials final : public ports::Credentials {
 public:
  [[nodiscard]] Result<std::optional<Secret>> read(Environment environment, Classification classification,
                                                   const std::string& name) override;

  std::map<std::string, std::string> secrets;
};

// What one start of a program does.
struct Script {
  enum class End { exits, hangs, killed, interrupted, never_starts };
  int code = 0;
  std::string output;
  std::string errors;  // of one that never starts: what is said of that
  End end = End::exits;
  std::function<void(const ports::Launch&)> meanwhile;  // runs while the program does
  Milliseconds lasts{};  // time that passes then, told by the launch's pulse
};

// Programs by name. Every name is found unless it is in `missing`; one without a script prints nothing and
// succeeds. Each start is recorded with all that the program was given.
class FakeProcesses final : public ports::Processes {
 public:
  [[nodiscard]] Result<std::shared_ptr<const ports::Program>> find(const std::string& name) override;
  [[nodiscard]] Result<ports::Finished> run(const ports::Launch& launch, std::stop_token stop) override;
  [[nodiscard]] std::string isolation() const override { return isolated_by; }

  // How often the program was started, or all programs together.
  [[nodiscard]] std::size_t count(std::string_view program) const;
  [[nodiscard]] std::size_t count() const { return launches.size(); }
  // argv[0] of every start in order, space between them: "reader drafter writer".
  [[nodiscard]] std::string started() const;
  [[nodiscard]] const ports::Launch& last(std::string_view program) const;

  std::map<std::string, Script, std::less<>> scripts;
  std::map<std::string, std::deque<Script>, std::less<>> next;  // used up first, one a start
  std::map<std::string, std::string, std::less<>> bytes;        // of a program; default: its name
  std::vector<std::string> missing;
  std::vector<ports::Launch> launches;
  std::function<void(Milliseconds)> pass_time;  // what a program that lasts does to the clock
  std::string isolated_by = "fake";

 private:
  // False when a beat of the pulse ended the program.
  [[nodiscard]] bool last_for(Milliseconds time, const ports::Pulse& pulse) const;
};

}  // namespace blc::testing
