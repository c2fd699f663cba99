// What the gate holds a run to besides signatures: the policy and the catalog in force.
#include <gtest/gtest.h>

#include "signing.hpp"

namespace blc::approval {
namespace {

using namespace std::chrono_literals;
using ledger::Kind;

TEST(Governing, StricterSlotsInForceCloseTheGateOutsideLocal) {
  World world;
  const auto run = one_slot(world);
  ASSERT_TRUE(world.approve("cleo", run));
  ASSERT_TRUE(world.order(run));
  const auto order_leaf = world.store.size() - 1;
  world.adopt_catalog([](auto& files) {
    replace(files.at("policies/approvals.yaml"), "roles: [clinical-lead, privacy-officer]", "roles: [clinical-lead]");
  });
  const auto decision = world.decision(run);
  EXPECT_FALSE(decision.yes);
  EXPECT_EQ(decision.code, Exit::approvals_missing);
  EXPECT_NE(decision.why.find("asks for more"), std::string::npos) << decision.why;
  EXPECT_TRUE(stands(world, claim(world, run, order_leaf), "void: asks for more"));
}

TEST(Governing, LaxerSlotsInForceDoNotOpenTheGate) {
  World world;
  const auto run = one_slot(world);
  world.adopt_catalog([](auto& files) {
    replace(files.at("policies/approvals.yaml"),
            "slots: [{name: clinical-approver, roles: [clinical-lead, privacy-officer]}]", "slots: []");
  });
  EXPECT_EQ(world.decision(run).code, Exit::approvals_missing);
}

TEST(Governing, ShorterDeadlineInForceEndsTheRunEarlier) {
  World world;
  const auto run = one_slot(world);
  ASSERT_TRUE(world.approve("ben", run));
  world.adopt_catalog([](auto& files) {
    auto& text = files.at("policies/approvals.yaml");
    for (auto at = text.find("24h"); at != std::string::npos; at = text.find("24h")) text.replace(at, 3, "1h");
  });
  world.clock.advance(2h);
  EXPECT_EQ(world.state(run), State::expired);
}

TEST(Governing, RequesterWhoMaySignNoMoreDoesNotCount) {
  auto practice = testing::default_practice();
  const std::string slots = "slots: [{name: clinical-approver, roles: [clinical-lead, privacy-officer]}]\n";
  replace(practice.at("policies/approvals.yaml"), slots, slots + "    requester-may-sign: true\n");
  World world(practice);
  const auto run = world.planned("report make", kClient, Environment::staging, false, "ben");
  ASSERT_TRUE(world.approve("ben", run));
  ASSERT_TRUE(world.decision(run).yes);
  world.adopt_catalog(
      [](auto& files) { replace(files.at("policies/approvals.yaml"), "    requester-may-sign: true\n", ""); });
  EXPECT_FALSE(world.decision(run).yes);
}

TEST(Governing, RightTakenAwayInForceStopsOrderAndRun) {
  World world;
  const auto run = one_slot(world);
  ASSERT_TRUE(world.approve("ben", run));
  world.adopt_catalog([](auto& files) {
    replace(
        files.at("policies/access.yaml"),
        "{role: clinician, environments: [integration, staging, production], rights: [plan, read, execute, reveal]}",
        "{role: clinician, environments: [integration, staging, production], rights: [plan, read]}");
  });
  EXPECT_TRUE(world.decision(run).yes);
  EXPECT_EQ(world.order(run).error().code, Exit::refused);
  EXPECT_TRUE(stands(world, order(world, "ana", run), "void: no right to run"));
}

TEST(Governing, VerbChangedInTheCatalogIsDrift) {
  World world;
  const auto run = one_slot(world);
  ASSERT_TRUE(world.approve("ben", run));
  ASSERT_TRUE(world.order(run));
  const auto order_leaf = world.store.size() - 1;
  world.adopt_catalog([](auto& files) { files.at("verbs/report.yaml") += "# a word\n"; });
  EXPECT_EQ(world.decision(run).code, Exit::drift);
  EXPECT_EQ(world.execute(run).error().code, Exit::drift);
  EXPECT_TRUE(stands(world, claim(world, run, order_leaf), "void: has changed in the adopted catalog"));
}

TEST(Governing, DataShutOutInForceClosesTheGateOutsideLocal) {
  World world;
  const auto run = one_slot(world);
  ASSERT_TRUE(world.approve("ben", run));
  ASSERT_TRUE(world.order(run));
  const auto order_leaf = world.store.size() - 1;
  world.adopt_catalog([](auto& files) { replace(files.at("policies/data-classes.yaml"), kRestricted, kShut); });
  const auto decision = world.decision(run);
  EXPECT_FALSE(decision.yes);
  EXPECT_EQ(decision.code, Exit::refused);
  EXPECT_EQ(decision.why, "step check of report make touches restricted data, and policies/data-classes.yaml:5 lets none of it be touched in staging");
  EXPECT_TRUE(stands(world, claim(world, run, order_leaf), "void: step check of report make touches restricted data"));
}

TEST(Governing, DataShutOutIsNotPlanned) {
  World world;
  world.files.files.at("policies/data-classes.yaml") = "broken";
  world.adopt_catalog([](auto& files) { replace(files.at("policies/data-classes.yaml"), kRestricted, kShut); });
  const auto run = world.requested("report make", kClient, Environment::staging);
  const auto planned = world.plan(run);
  ASSERT_FALSE(planned);
  EXPECT_EQ(planned.error().code, Exit::refused);
  EXPECT_NE(planned.error().message.find("policies/data-classes.yaml:5 lets none of it be touched in staging"), std::string::npos);
  EXPECT_FALSE(world.run(run).plan);
  EXPECT_EQ(world.run(run).refusals.size(), 1U);
}

TEST(Governing, CatalogDoesNotGovernLocal) {
  World world;
  const auto run = two_slots(world);
  ASSERT_TRUE(world.approve("ben", run));
  ASSERT_TRUE(world.approve("cleo", run));
  world.adopt_catalog([](auto& files) {
    files.at("verbs/report.yaml") += "# a word\n";
    replace(files.at("policies/approvals.yaml"), "environments: [local], slots: []",
            "environments: [local], slots: [{name: x, roles: [y]}]");
  });
  EXPECT_TRUE(world.decision(run).yes);
}

TEST(Governing, FilesOfThePracticeDoNotGovernOutsideLocal) {
  World world;
  world.files.files.at("policies/approvals.yaml") =
      "rules:\n  - {environments: [local, integration, staging, production], slots: [], deadline: 24h}\n";
  world.files.files.at("verbs/report.yaml") = "broken";
  const auto run = one_slot(world);
  EXPECT_EQ(world.decision(run).slots.size(), 1U);
}

TEST(Governing, ProductionIsNotServedByOneAdminWhereTwoMustSign) {
  World world;
  const auto catalog = testing::must(world.executor().governing_catalog(Environment::production));
  const auto asked = world.desk("ana").request(*catalog.find_verb("report make"), kClient, Environment::production,
                                               false, catalog.policy());
  ASSERT_FALSE(asked);
  EXPECT_EQ(asked.error().code, Exit::refused);
  EXPECT_NE(asked.error().message.find("one admin alone could invent"), std::string::npos);
}

// What keeps people from running it holds at the order and at the claim, whatever their program says.
TEST(Conditions, HoldForOrdersAndClaimsThatAnAttackerWrites) {
  auto practice = testing::default_practice();
  const std::string slots = "slots: [{name: clinical-approver, roles: [clinical-lead, privacy-officer]}]\n";
  replace(practice.at("policies/approvals.yaml"), slots,
          slots + "    requester-may-execute: false\n    zone: UTC0\n    freezes: [{from: 2020-01-01, to: 2020-01-02, because: x}]\n");
  World world(practice);
  const auto run = one_slot(world);
  ASSERT_TRUE(world.approve("ben", run));
  EXPECT_EQ(world.order(run).error().code, Exit::refused);
  const auto& plan = *world.run(run).plan;
  const auto forged = world.append_raw("ana", Kind::order, world.scope(run), order_body(plan.digest, false));
  EXPECT_NE(world.standing(forged).find("has somebody else run it"), std::string::npos) << world.standing(forged);
}

}  // namespace
}  // namespace blc::approval
