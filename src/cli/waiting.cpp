#include "cli/waiting.hpp"

#include <algorithm>

namespace blc::cli {

Result<> Waiting::pause(Milliseconds at_most) {
  std::unique_lock lock(mutex_);
  woken_.wait_for(lock, stop_, std::min(next_, at_most), [] { return false; });
  const auto size = log_.replay().size();
  BLC_CHECK(log_.refresh());
  next_ = log_.replay().size() == size ? std::min(next_ * 2, kLongest) : kShortest;
  return {};
}

}  // namespace blc::cli
