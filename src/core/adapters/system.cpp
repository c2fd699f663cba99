#include "core/adapters/system.hpp"

#include <sys/random.h>
#include <ctime>

#include <cerrno>
#include <chrono>
#include <cstdlib>

#include "core/adapters/descriptor.hpp"

namespace blc::adapters {

Timestamp SystemClock::now() const { return std::chrono::floor<Milliseconds>(std::chrono::system_clock::now()); }

Milliseconds SystemClock::since_boot() const {
  timespec time{};
  if (::clock_gettime(CLOCK_BOOTTIME, &time) != 0) throw_errno("the boot-time clock cannot be read");
  return std::chrono::duration_cast<Milliseconds>(std::chrono::seconds(time.tv_sec) +
                                                  std::chrono::nanoseconds(time.tv_nsec));
}

std::optional<std::string> variable(const std::string& name) {
  const char* const value = std::getenv(name.c_str());  // NOLINT(concurrency-mt-unsafe): nothing of ours sets variables
  return value == nullptr ? std::nullopt : std::optional<std::string>(value);
}

void SystemRandom::fill(std::uint8_t* to, std::size_t size) {
  while (size > 0) {
    const ssize_t got = ::getrandom(to, size, 0);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) throw_errno("the system gives no random bytes");
    to += got;
    size -= static_cast<std::size_t>(got);
  }
}

}  // namespace blc::adapters
