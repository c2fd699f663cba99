// A role's signatures lent to somebody else: bounded, not lent on, never for a run of either of the two.
#include <gtest/gtest.h>

#include "signing.hpp"

namespace blc::approval {
namespace {

using namespace std::chrono_literals;
using ledger::Kind;

class Lent : public ::testing::Test {
 protected:
  void SetUp() override {
    world.adopt_root([&](auto& list) {
      for (const auto* const name : {"eli", "fay"})
        list.push_back({name, trust::PrincipalKind::person, {"developer"}, {world.key(name).key()}, {}});
    });
  }
  trust::Delegation lend(const std::string& role, const std::string& to, std::chrono::seconds lasts = 24h, std::vector<std::string> verbs = {}) const {
    return {role, to, std::move(verbs), world.clock.now() + lasts};
  }
  std::uint64_t written(const std::string& by, const trust::Delegation& delegation, const World::Raw& raw = World::Raw()) {
    return world.append_raw(by, Kind::delegation, {}, delegation.to_json(), raw);
  }
  void lent(const std::string& by, const trust::Delegation& delegation) { testing::must(world.desk(by).delegate(delegation)); }
  World world;
};

TEST_F(Lent, SignsInThePlaceOfTheLender) {
  lent("ben", lend("clinical-lead", "eli"));
  const auto run = one_slot(world);
  EXPECT_EQ(world.decision(run).slots.front().open_in_place_of.at("eli"), "ben");
  ASSERT_TRUE(world.approve("eli", run));
  const auto decision = world.decision(run);
  EXPECT_TRUE(decision.yes);
  EXPECT_EQ(decision.slots.front().by, "eli");
  EXPECT_EQ(decision.slots.front().in_place_of, "ben");
  ASSERT_TRUE(world.order(run));
  EXPECT_EQ(testing::must(world.execute(run)).ending, Ending::succeeded);
  EXPECT_TRUE(world.told().faults().empty());
}

TEST_F(Lent, CountsOnlyForRunsPlannedAfterIt) {
  const auto run = one_slot(world);
  lent("ben", lend("clinical-lead", "eli"));
  EXPECT_EQ(world.desk("eli").approve(run, world.run(run).plan->digest).error().code, Exit::refused);
  EXPECT_TRUE(stands(world, sign(world, "eli", run), "void: no role that fits a slot"));
}

TEST_F(Lent, EndsAtItsTime) {
  lent("ben", lend("clinical-lead", "eli", 1h));
  const auto run = one_slot(world);
  ASSERT_TRUE(world.approve("eli", run));
  ASSERT_TRUE(world.order(run));
  const auto order_leaf = world.store.size() - 1;
  world.clock.advance(1h);
  EXPECT_TRUE(world.decision(run).yes);
  world.clock.advance(1ms);
  EXPECT_FALSE(world.decision(run).yes);
  EXPECT_TRUE(stands(world, claim(world, run, order_leaf), "void: the gate does not say yes"));
}

TEST_F(Lent, EndsWithTheLendersRole) {
  lent("ben", lend("clinical-lead", "eli"));
  const auto run = one_slot(world);
  ASSERT_TRUE(world.approve("eli", run));
  world.adopt_root([](auto& list) { testing::principal(list, "ben").roles = {"developer"}; });
  EXPECT_FALSE(world.decision(run).yes);
}

// Or what a stolen key lent would outlive it.
TEST_F(Lent, EndsWithTheKeyThatLentIt) {
  lent("ben", lend("clinical-lead", "eli"));
  const auto run = one_slot(world);
  ASSERT_TRUE(world.approve("eli", run));
  ASSERT_TRUE(world.decision(run).yes);
  world.adopt_root([&](auto& list) { testing::principal(list, "ben").keys = {world.key("ben's next").key()}; });
  EXPECT_FALSE(world.decision(run).yes);
}

TEST_F(Lent, IsTakenBack) {
  lent("ben", lend("clinical-lead", "eli"));
  const auto run = one_slot(world);
  ASSERT_TRUE(world.approve("eli", run));
  auto end = lend("clinical-lead", "eli");
  end.ends = true;
  lent("ben", end);
  EXPECT_FALSE(world.decision(run).yes);
  EXPECT_EQ(world.desk("ben").delegate(end).error().code, Exit::refused);
  // Somebody else's stands.
  world.adopt_root([](auto& list) { testing::principal(list, "cleo").roles.emplace_back("clinical-lead"); });
  lent("cleo", lend("clinical-lead", "eli"));
  const auto next = one_slot(world);
  ASSERT_TRUE(world.approve("eli", next));
  EXPECT_EQ(world.decision(next).slots.front().in_place_of, "cleo");
}

TEST_F(Lent, IsNotLentOn) {
  lent("ben", lend("clinical-lead", "eli"));
  EXPECT_EQ(world.desk("eli").delegate(lend("clinical-lead", "fay")).error().code, Exit::refused);
  EXPECT_TRUE(stands(world, written("eli", lend("clinical-lead", "fay")), "void: does not hold the role clinical-lead themselves"));
}

TEST_F(Lent, IsNotForARunOfTheLenderNorOfTheOther) {
  world.adopt_root([](auto& list) {
    testing::principal(list, "ben").roles.emplace_back("clinician");
    testing::principal(list, "eli").roles.emplace_back("clinician");
  });
  lent("ben", lend("clinical-lead", "eli"));
  const auto lenders = world.planned("report make", kClient, Environment::staging, false, "ben");
  const auto others = world.planned("report make", kClient, Environment::staging, false, "eli");
  EXPECT_EQ(world.desk("eli").approve(lenders, world.run(lenders).plan->digest).error().code, Exit::refused);
  EXPECT_TRUE(world.decision(lenders).slots.front().open_in_place_of.empty());
  EXPECT_TRUE(stands(world, sign(world, "eli", lenders), "void: no role that fits a slot"));
  EXPECT_TRUE(stands(world, sign(world, "eli", others), "void: asked for this run"));
}

// Or one lead could appoint whoever signs beside them.
TEST_F(Lent, NobodysWordCountsTwice) {
  auto practice = testing::default_practice();
  auto& approvals = practice.at("policies/approvals.yaml");
  const std::string one = "{name: privacy-officer, roles: [privacy-officer]}]";
  approvals.replace(approvals.find(one), one.size(), "{name: second-lead, roles: [clinical-lead]}]");
  World two(practice);
  two.adopt_root([&](auto& list) {
    for (const auto* const name : {"eli", "fay"})
      list.push_back({name, trust::PrincipalKind::person, {"developer"}, {two.key(name).key()}, {}});
  });
  for (const auto* const to : {"eli", "fay"})
    testing::must(two.desk("ben").delegate({"clinical-lead", to, {}, two.clock.now() + 24h}));
  const auto run = two_slots(two);
  EXPECT_EQ(two.decision(run).reachable, 1U);
  sign(two, "eli", run);
  sign(two, "fay", run);
  EXPECT_EQ(two.decision(run).given, 1U);
  sign(two, "ben", run);
  EXPECT_EQ(two.decision(run).given, 1U);
  EXPECT_FALSE(two.decision(run).yes);
}

TEST_F(Lent, IsForTheVerbsThatItNames) {
  lent("ben", lend("clinical-lead", "eli", 24h, {"post*"}));
  EXPECT_TRUE(world.decision(one_slot(world)).slots.front().open_in_place_of.empty());
  lent("ben", lend("clinical-lead", "fay", 24h, {"rep*"}));
  EXPECT_EQ(world.decision(one_slot(world)).slots.front().open_in_place_of.count("fay"), 1U);
}

TEST_F(Lent, IsVoidWhereItIsNobodysToLend) {
  EXPECT_TRUE(stands(world, written("dora", lend("clinical-lead", "eli")), "void: does not hold the role"));
  EXPECT_TRUE(stands(world, written("ana", lend("admin", "eli")), "void: the role admin is lent to nobody"));
  EXPECT_TRUE(stands(world, written("machine", lend("executor", "eli")), "void: only people lend a role"));
  EXPECT_TRUE(stands(world, written("ben", lend("clinical-lead", "ben")), "void: nobody lends to themselves"));
  EXPECT_TRUE(stands(world, written("ben", lend("clinical-lead", "robot")), "void: only people who are enrolled"));
  EXPECT_TRUE(stands(world, written("ben", lend("clinical-lead", "gus")), "void: only people who are enrolled"));
  EXPECT_TRUE(stands(world, written("ben", lend("clinical-lead", "eli", 32 * 24h)), "void: longer than 31 days"));
  EXPECT_TRUE(stands(world, written("ben", lend("clinical-lead", "eli", -1s)), "void: over before it begins"));
  EXPECT_TRUE(stands(world, written("ben", lend("clinical-lead", "eli", 1h, std::vector<std::string>(17, "a"))), "void: at most 16 patterns"));
  EXPECT_TRUE(stands(world, written("gus", lend("clinical-lead", "eli")), "void: did not hold this key"));
}

TEST_F(Lent, IsRememberedByAReaderWhoGoesOn) {
  lent("ben", lend("clinical-lead", "eli"));
  const auto told = world.told();
  ASSERT_EQ(told.trust().delegations().size(), 1U);
  EXPECT_EQ(told.trust().delegations().front().from, "ben");
}

TEST(Meaning, IsKeptWithTheSignature) {
  World world;
  const auto run = one_slot(world);
  ASSERT_TRUE(world.desk("ben").approve(run, world.run(run).plan->digest, {}, Meaning::review));
  EXPECT_EQ(world.run(run).approvals.back().meaning, Meaning::review);
  auto said = approval_body(Act::approve, world.run(run).plan->digest, nullptr);
  said.get_if<text::Json::Object>()->emplace("meaning", "approval");
  EXPECT_TRUE(stands(world, world.append_raw("cleo", Kind::approval, world.scope(run), said), "void: meaning"));
}

}  // namespace
}  // namespace blc::approval
