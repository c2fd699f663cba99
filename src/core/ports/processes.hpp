#pragma once
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/base/digest.hpp"
#include "core/base/result.hpp"
#include "core/base/secret.hpp"
#include "core/base/time.hpp"

namespace blc::ports {

// A program's bytes, fixed in a sealed memory file and hashed there: what is executed is what was hashed.
class Program {
 public:
  virtual ~Program() = default;
  [[nodiscard]] virtual const std::string& path() const = 0;  // where it was found, for display
  [[nodiscard]] virtual const Digest& digest() const = 0;     // SHA-256 of the bytes
};

// What a program may see besides the machine's system directories. Paths are relative to the practice,
// and the program's working directory is the practice's place in its view.
struct View {
  struct File {
    std::string path;
    std::string bytes;  // the hashed copy; read-only to the program, held in memory only
  };
  struct Folder {
    std::string path;
    std::string host_path;  // the real folder
  };
  struct Link {
    std::string path;
    std::string target;
  };
  struct Sealed {
    std::string path;
    std::shared_ptr<const Secret> bytes;  // as a file's
  };
  std::vector<File> files;
  std::vector<Folder> writable;
  std::vector<Link> links;
  std::vector<Folder> readable{};  // the real folder as it is, read-only to the program
  std::vector<Sealed> credentials{};
};

// Called while a program runs, on the thread that waits for it.
struct Pulse {
  Milliseconds every{};        // time since boot; zero means never
  std::function<bool()> beat;  // false ends the program as Interrupted
};

struct Launch {
  std::shared_ptr<const Program> program;
  std::vector<std::string> argv;  // argv[0] is the program's name
  std::map<std::string, std::string> environment;  // all of it beside PWD: nothing is inherited
  std::string standard_input;
  View view;
  std::chrono::seconds timeout{60};
  std::uint64_t capture_limit = 1ULL << 20U;  // bytes kept of each stream; the rest is read and counted
  Pulse pulse{};
  // What it has just written on either stream, on the thread that waits for it: for screens.
  std::function<void(std::string_view)> says{};
};

struct Exited {
  int code;
};
struct Signalled {
  int signal;
};
struct TimedOut {};
struct Interrupted {};

struct Captured {
  std::string bytes;        // at most capture_limit
  std::uint64_t total = 0;  // how many were written
  [[nodiscard]] bool truncated() const { return total > bytes.size(); }
};

struct Finished {
  std::variant<Exited, Signalled, TimedOut, Interrupted> how;
  Captured output;
  Captured errors;
  [[nodiscard]] bool succeeded() const {
    const auto* const exited = std::get_if<Exited>(&how);
    return exited != nullptr && exited->code == 0;
  }
};

// Runs programs isolated: no network, no agent socket, no home, no files but the View's and the system's.
class Processes {
 public:
  virtual ~Processes() = default;
  // Looks for `name` (no slash) on the fixed path only. Exit::failed when it is missing.
  [[nodiscard]] virtual Result<std::shared_ptr<const Program>> find(const std::string& name) = 0;
  // Returns when the program and every descendant of it has ended, however it ends. An error means that
  // the program was never started (Exit::refused when no isolation is to be had on this machine).
  [[nodiscard]] virtual Result<Finished> run(const Launch& launch, std::stop_token stop) = 0;
  // "bubblewrap", "seccomp and Landlock": for people and for the plan.
  [[nodiscard]] virtual std::string isolation() const = 0;
};

}  // namespace blc::ports
