#pragma once
#include <functional>
#include <string_view>

#include "core/base/result.hpp"

namespace blc::ports {

// The executor's own memory of what it started, outside the store and any cache.
class Journal {
 public:
  virtual ~Journal() = default;
  // Durable (fsync of file and, when new, folder) when it returns; throws Broken otherwise.
  virtual void append(std::string_view line) = 0;
  // Every complete line, oldest first, until `take` returns an error, which is returned. Exit::refused when the journal is
  // missing or is torn before its last line.
  [[nodiscard]] virtual Result<> each_line(const std::function<Result<>(std::string_view line)>& take) = 0;
};

// Held from before the claim until after the outcome; one execution at a time per journal.
class ExecutorLock {
 public:
  virtual ~ExecutorLock() = default;
};

}  // namespace blc::ports
