#pragma once
#include "core/base/time.hpp"

namespace blc::ports {

class Clock {
 public:
  virtual ~Clock() = default;
  // Wall clock, UTC. May jump.
  [[nodiscard]] virtual Timestamp now() const = 0;
  // Time since boot, suspend included (CLOCK_BOOTTIME). Never goes back.
  [[nodiscard]] virtual Milliseconds since_boot() const = 0;
};

}  // namespace blc::ports
