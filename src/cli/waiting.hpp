#pragma once
#include <condition_variable>
#include <mutex>
#include <stop_token>

#include "cli/session.hpp"

namespace blc::cli {

// Waits for what other processes append to the ledger, which tell nobody: looks a tenth of a second after something
// was new, and ever more seldom, down to every two seconds, while nothing is. Ctrl-C ends a pause at once.
class Waiting {
 public:
  Waiting(approval::Log& log, std::stop_token stop) : log_(log), stop_(std::move(stop)) {}

  [[nodiscard]] bool interrupted() const { return stop_.stop_requested(); }
  // Pauses, at most so long, then verifies what is new. Errors are those of Log::refresh.
  Result<> pause(Milliseconds at_most);

 private:
  static constexpr Milliseconds kShortest{100};
  static constexpr Milliseconds kLongest{2000};
  approval::Log& log_;
  std::stop_token stop_;
  std::mutex mutex_;
  std::condition_variable_any woken_;
  Milliseconds next_ = kShortest;
};

}  // namespace blc::cli
