#pragma once
#include <optional>
#include <string>

#include "core/ports/clock.hpp"
#include "core/ports/randomness.hpp"

namespace blc::adapters {

class SystemClock final : public ports::Clock {
 public:
  [[nodiscard]] Timestamp now() const override;
  [[nodiscard]] Milliseconds since_boot() const override;
};

// A variable of this process's environment; nullopt when it is not set.
[[nodiscard]] std::optional<std::string> variable(const std::string& name);

// getrandom(2): blocks until the kernel's generator is seeded, never returns weak bytes.
class SystemRandom final : public ports::Randomness {
 public:
  void fill(std::uint8_t* to, std::size_t size) override;
};

}  // namespace blc::adapters
