#pragma once
#include <chrono>
#include <functional>
#include <stop_token>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/adapters/descriptor.hpp"
#include "core/base/result.hpp"
#include "core/ports/processes.hpp"

namespace blc::adapters {

// A process to start: exactly these descriptors, arguments and variables, and nothing else of ours.
struct Command {
  std::string executable;
  std::vector<std::string> argv;
  std::vector<std::string> environment;  // NAME=value
  int standard_input = -1;
  std::vector<int> descriptors;  // stay open over exec, under the same numbers
  // Runs in the child just before exec, so only async-signal-safe calls; gives 0 or an errno value.
  std::function<int()> confine = [] { return 0; };
  // What to run, unconfined, if blc dies before it has cleaned up: a path and arguments; or empty.
  std::vector<std::string> farewell;
};

struct Ended {
  struct Status {
    int wait;  // as waitpid(2) gives it
  };
  std::variant<Status, ports::TimedOut, ports::Interrupted> how;
  ports::Captured output;
  ports::Captured errors;
};

// Starts it under a keeper and returns when it and every descendant of it has ended. Both streams are read
// all the while, `capture_limit` bytes of each are kept and the rest is counted; `says` hears all of it. Timeout and pulse count suspended
// time. An error means that it was never started. Throws Broken when pipes or timers fail; what the pulse throws
// ends it too, and comes through.
[[nodiscard]] Result<Ended> supervise(const Command& command, std::chrono::seconds timeout, std::uint64_t capture_limit,
                                      const std::stop_token& stop, const ports::Pulse& pulse = {},
                                      const std::function<void(std::string_view)>& says = {});

}  // namespace blc::adapters
