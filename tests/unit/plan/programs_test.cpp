#include "core/plan/programs.hpp"

#include <gtest/gtest.h>

namespace blc::plan {
namespace {

using namespace std::chrono_literals;

TEST(Describe, SaysHowAProgramEnded) {
  EXPECT_EQ(describe({ports::Exited{3}, {}, {}}, 30s), "it ended with exit code 3");
  EXPECT_EQ(describe({ports::Signalled{9}, {}, {}}, 30s), "signal 9 ended it");
  EXPECT_EQ(describe({ports::TimedOut{}, {}, {}}, 30s), "it was still running after 30s and was ended");
  EXPECT_EQ(describe({ports::Interrupted{}, {}, {}}, 30s), "it was interrupted");
}

}  // namespace
}  // namespace blc::plan
