#include "core/adapters/system.hpp"

#include <chrono>
#include <set>

#include <gtest/gtest.h>

namespace blc::adapters {
namespace {

TEST(SystemClock, TellsTheTimeOfTheSystemInMilliseconds) {
  const auto before = std::chrono::floor<Milliseconds>(std::chrono::system_clock::now());
  const Timestamp now = SystemClock().now();
  EXPECT_LE(before, now);
  EXPECT_LE(now, std::chrono::system_clock::now());
}

TEST(SystemClock, CountsFromBootAndNeverBack) {
  const SystemClock clock;
  Milliseconds last{0};
  for (int i = 0; i < 1000; ++i) {
    const Milliseconds now = clock.since_boot();
    EXPECT_GE(now, last);
    last = now;
  }
  EXPECT_GT(last.count(), 0);
}

TEST(SystemRandom, FillsEveryByteAnewEachTime) {
  SystemRandom random;
  std::set<std::string> seen;
  for (int i = 0; i < 100; ++i) seen.insert(random.bytes(16));
  EXPECT_EQ(seen.size(), 100U);
  EXPECT_EQ(random.bytes(0), "");
  const std::string large = random.bytes(1U << 20U);
  EXPECT_EQ(large.size(), 1U << 20U);
  EXPECT_NE(large.substr(large.size() - 16), std::string(16, '\0'));
}

}  // namespace
}  // namespace blc::adapters
