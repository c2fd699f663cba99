#pragma once
#include <chrono>

namespace blc {

// How far two honest clocks may be apart.
inline constexpr std::chrono::minutes kSkew{2};

}  // namespace blc
