#include <gtest/gtest.h>

#include "support/world.hpp"

namespace blc::execution {
namespace {

using testing::World;

TEST(Life, LocalRunNeedsNobodyAndSucceeds) {
  World world;
  const auto run = world.planned("task add", {{"title", "milk"}});
  EXPECT_EQ(world.state(run), approval::State::approved);
  EXPECT_EQ(world.processes.count(), 0U);  // planning starts no writing step
  ASSERT_TRUE(world.order(run));
  const auto outcome = world.execute(run);
  ASSERT_TRUE(outcome) << outcome.error().message;
  EXPECT_EQ(outcome->ending, approval::Ending::succeeded);
  EXPECT_EQ(world.processes.started(), "lister");
  EXPECT_EQ(world.state(run), approval::State::succeeded);
  EXPECT_TRUE(world.told().faults().empty());
}

TEST(Life, ClinicalRunInStagingWaitsForAnotherPerson) {
  World world;
  const auto run = world.planned("report make", {{"client", "C-1042"}}, Environment::staging);
  EXPECT_EQ(world.state(run), approval::State::pending);
  ASSERT_FALSE(world.order(run));
  ASSERT_TRUE(world.approve("ben", run));
  EXPECT_EQ(world.state(run), approval::State::approved);
  ASSERT_TRUE(world.order(run));
  const auto outcome = world.execute(run);
  ASSERT_TRUE(outcome) << outcome.error().message;
  EXPECT_EQ(outcome->ending, approval::Ending::succeeded);
  EXPECT_EQ(world.processes.count("writer"), 1U);
  EXPECT_TRUE(world.told().faults().empty());
}

TEST(Life, RehearsalInLocalNeedsTwoPeopleAsProductionDoes) {
  World world;
  const auto run = world.planned("report make", {{"client", "C-1042"}}, Environment::local, true);
  ASSERT_TRUE(world.approve("ben", run));
  EXPECT_EQ(world.state(run), approval::State::pending);
  ASSERT_TRUE(world.approve("cleo", run));
  ASSERT_TRUE(world.order(run));
  ASSERT_TRUE(world.execute(run));
  EXPECT_EQ(world.state(run), approval::State::succeeded);
}

}  // namespace
}  // namespace blc::execution
