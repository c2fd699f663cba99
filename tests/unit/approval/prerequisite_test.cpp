// Runs that must come first: `requires` in the file of a verb.
#include <gtest/gtest.h>

#include "signing.hpp"

namespace blc::approval {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view kDeploy = R"(verb: deploy
summary: Deploy what was tested
classification: personal
data: [internal]
parameters:
  release: {type: string, pattern: "[0-9]+", summary: Which}
requires: {verb: test, within: 2h}
steps:
  - {name: go, summary: deploys, effect: write, argv: [deployer, "${release}"], writes: [out]}
)";
constexpr std::string_view kTest = R"(verb: test
summary: Test a release
classification: personal
data: [internal]
parameters:
  release: {type: string, pattern: "[0-9]+", summary: Which}
steps:
  - {name: go, summary: tests, effect: write, argv: [tester, "${release}"], writes: [out]}
)";

class Requires : public ::testing::Test {
 protected:
  static testing::Practice practice() {
    auto files = testing::default_practice();
    files.insert_or_assign("verbs/deploy.yaml", std::string(kDeploy));
    files.insert_or_assign("verbs/test.yaml", std::string(kTest));
    return files;
  }
  void tested(const std::string& release, Environment environment = Environment::staging) {
    const auto run = world.planned("test", {{"release", release}}, environment);
    testing::must(world.order(run));
    testing::must(world.execute(run));
  }
  RunId deploy() { return world.planned("deploy", {{"release", "7"}}, Environment::staging); }
  std::string unmet(const RunId& run) {
    const auto decision = world.decision(run);
    EXPECT_EQ(decision.yes, decision.why.empty());
    return decision.why;
  }
  World world{practice()};
};

TEST_F(Requires, ARunThatSucceededBefore) {
  tested("7");
  EXPECT_EQ(unmet(deploy()), "");
}

TEST_F(Requires, NothingLess) {
  const auto run = deploy();
  EXPECT_NE(unmet(run).find("it has not run"), std::string::npos);
  EXPECT_EQ(world.order(run).error().code, Exit::refused);
  EXPECT_TRUE(stands(world, order(world, "ana", run), "void: it has not run"));
}

TEST_F(Requires, TheSameParameters) {
  tested("8");
  EXPECT_NE(unmet(deploy()).find("it has not run"), std::string::npos);
}

TEST_F(Requires, TheSameEnvironmentNeverLocal) {
  tested("7", Environment::local);
  tested("7", Environment::integration);
  EXPECT_NE(unmet(deploy()).find("it has not run"), std::string::npos);
}

TEST_F(Requires, TheLatestRunToHaveSucceeded) {
  tested("7");
  world.processes.scripts["tester"].code = 1;
  tested("7");
  EXPECT_NE(unmet(deploy()).find("did not succeed"), std::string::npos);
  world.processes.scripts["tester"].code = 0;
  tested("7");
  EXPECT_EQ(unmet(deploy()), "");
}

TEST_F(Requires, ItNotTooLongAgo) {
  tested("7");
  world.clock.advance(2h);
  const auto run = deploy();
  EXPECT_EQ(unmet(run), "");
  world.clock.advance(1ms);
  EXPECT_NE(unmet(run).find("too old"), std::string::npos);
}

TEST_F(Requires, ItStillToHoldAtTheClaim) {
  tested("7");
  const auto run = deploy();
  ASSERT_TRUE(world.order(run));
  const auto order_leaf = world.store.size() - 1;
  world.clock.advance(3h);
  EXPECT_EQ(world.execute(run).error().code, Exit::refused);
  EXPECT_EQ(world.processes.count("deployer"), 0U);
  EXPECT_TRUE(stands(world, claim(world, run, order_leaf), "void: too old"));
}

TEST_F(Requires, TheVerbAsItIsInForce) {
  tested("7");
  const auto run = deploy();
  world.adopt_catalog([](auto& files) { files.at("verbs/test.yaml") += "# stricter\n"; });
  EXPECT_NE(unmet(run).find("has changed since its last run"), std::string::npos);
}

TEST_F(Requires, AnExecutionThatEnded) {
  const auto test = world.planned("test", {{"release", "7"}}, Environment::staging);
  ASSERT_TRUE(world.order(test));
  claim(world, test, world.store.size() - 1);
  EXPECT_NE(unmet(deploy()).find("did not succeed"), std::string::npos);
}

}  // namespace
}  // namespace blc::approval
