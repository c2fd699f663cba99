#include "core/plan/templates.hpp"

#include <gtest/gtest.h>

#include "support/world.hpp"

namespace blc::plan {
namespace {

using testing::must;

TEST(Fill, PutsValuesAndOutputsInAndParsesNothingAgain) {
  const std::vector<verb::Piece> pieces{std::string("a "), verb::ParameterReference{"x"}, std::string(" "),
                                        verb::OutputReference{"s"}};
  EXPECT_EQ(must(fill(pieces, {{"x", std::string("${y}")}, {"y", std::string("no")}}, {{"s", "${x}"}})), "a ${y} ${x}");
  EXPECT_FALSE(fill(pieces, {{"x", std::string("1")}}, {}));
  EXPECT_EQ(must(fill(pieces, {}, {{"s", "out"}})), "a  out");
}

}  // namespace
}  // namespace blc::plan
