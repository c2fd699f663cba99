#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.hpp"

namespace blc::ports {

// The executor's own memory of what it started, outside the store and any cache.
class Journal {
 public:
  virtual ~Journal() = default;
  // Durable (fsync of file and, when new, folder) when it returns; throws Broken otherwise.
  virtual void append(std::string_view line) = 0;
  // Every complete line. Exit::refused when the journal is missing or is torn before its last line.
  [[nodiscard]] virtual Result<std::vector<std::string>> lines() = 0;
};

// Held from before the claim until after the outcome; one execution at a time per journal.
class ExecutorLock {
 public:
  virtual ~ExecutorLock() = default;
};

}  // namespace blc::ports
