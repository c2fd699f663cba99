#pragma once
#include "core/ports/clock.hpp"
#include "core/ports/randomness.hpp"

namespace blc::adapters {

class SystemClock final : public ports::Clock {
 public:
  [[nodiscard]] Timestamp now() const override;
  [[nodiscard]] Milliseconds since_boot() const override;
};

// getrandom(2): blocks until the kernel's generator is seeded, never returns weak bytes.
class SystemRandom final : public ports::Randomness {
 public:
  void fill(std::uint8_t* to, std::size_t size) override;
};

}  // namespace blc::adapters
