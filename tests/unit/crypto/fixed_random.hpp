#pragma once
#include <cstdint>

#include "core/ports/randomness.hpp"

namespace blc::test {

// Bytes that differ from call to call and are the same in every run of a test.
class FixedRandom final : public ports::Randomness {
 public:
  void fill(std::uint8_t* to, std::size_t size) override {
    for (std::size_t i = 0; i < size; ++i) {
      state_ = state_ * 6364136223846793005ULL + 1442695040888963407ULL;
      to[i] = static_cast<std::uint8_t>(state_ >> 56U);
    }
  }

 private:
  std::uint64_t state_ = 1;
};

}  // namespace blc::test
