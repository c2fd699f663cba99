// Plans that an executor's key signed and that no honest executor would have made: none of them counts.
#include <gtest/gtest.h>

#include "signing.hpp"

namespace blc::approval {
namespace {

using namespace std::chrono_literals;
using ledger::Kind;

// A plan that says of itself what its texts do not say, signed by the executor's own key.
class ForgedPlan : public ::testing::Test {
 protected:
  std::string planned(Environment environment, const std::function<void(plan::Plan&)>& forge, bool rehearsal = false) {
    const auto honest = world.planned("report make", kClient, environment, rehearsal);
    auto plan = *world.run(honest).plan->plan;
    const auto asked = world.requested("report make", kClient, environment, rehearsal);
    plan.run = asked;
    plan.sealed = world.run(asked).request->request.sealed;
    plan.previews.clear();
    plan.resolution.parameters = world.run(asked).request->request.parameters;
    forge(plan);
    auto standing = world.standing(world.append_raw("machine", Kind::plan, world.scope(asked), plan.to_json()));
    world.store.entries.pop_back();  // no client has seen it; the next forgery finds a sound ledger
    return standing;
  }
  World world;
};

TEST_F(ForgedPlan, AsItShouldBeCounts) {
  EXPECT_EQ(planned(Environment::staging, [](auto&) {}), "counts");
  EXPECT_EQ(planned(Environment::local, [](auto&) {}), "counts");
  EXPECT_EQ(planned(
                Environment::local, [](auto&) {}, true),
            "counts");
}

TEST_F(ForgedPlan, WithOtherSlotsThanItsPolicyIsVoid) {
  EXPECT_NE(planned(Environment::staging, [](auto& plan) { plan.resolution.rule.slots.clear(); })
                .find("slots are not the policy's"),
            std::string::npos);
  EXPECT_TRUE(planned(
                  Environment::local, [](auto& plan) { plan.resolution.rule.slots.clear(); }, true)
                  .starts_with("void"));
  EXPECT_TRUE(planned(Environment::staging, [](auto& plan) {
                plan.resolution.rule.requester_may_sign = true;
              }).starts_with("void"));
  EXPECT_TRUE(
      planned(Environment::staging, [](auto& plan) { plan.resolution.rule.deadline = 48h; }).starts_with("void"));
}

TEST_F(ForgedPlan, WithAPolicyOfItsOwnIsVoidOutsideLocal) {
  const auto standing = planned(Environment::staging, [](auto& plan) {
    plan.resolution.governing.approvals_text =
        "rules:\n  - {environments: [local, integration, staging, production], slots: [], deadline: 24h}\n";
    plan.resolution.rule = {};
    plan.resolution.rule.deadline = 24h;
    plan.resolution.rule.source = "policies/approvals.yaml:2";
  });
  EXPECT_NE(standing.find("only the adopted catalog"), std::string::npos) << standing;
}

TEST_F(ForgedPlan, WithEnvironmentsOrDataClassesOfItsOwnIsVoidOutsideLocal) {
  for (const std::function<void(plan::Governing&)>& forge : std::initializer_list<std::function<void(plan::Governing&)>>{
           [](auto& texts) { texts.environments_text += "#\n"; }, [](auto& texts) { texts.data_classes_text += "#\n"; }}) {
    const auto standing = planned(Environment::staging, [&](auto& plan) { forge(plan.resolution.governing); });
    EXPECT_NE(standing.find("only the adopted catalog"), std::string::npos) << standing;
  }
}

TEST_F(ForgedPlan, WithDataThatItsOwnPolicyShutsOutIsVoid) {
  const auto standing = planned(Environment::local, [](auto& plan) { replace(plan.resolution.governing.data_classes_text, kRestricted, kShut); });
  EXPECT_NE(standing.find("touches restricted data, and policies/data-classes.yaml:5 lets none of it be touched in local"), std::string::npos) << standing;
}

TEST_F(ForgedPlan, WithEnvironmentsBelowTheFloorIsVoid) {
  const auto standing = planned(Environment::local, [](auto& plan) { replace(plan.resolution.governing.environments_text, "audit: immutable", "audit: full"); });
  EXPECT_NE(standing.find("expected audit immutable or more for production"), std::string::npos) << standing;
}

TEST_F(ForgedPlan, WithLaxerConditionsThanThePolicysIsVoid) {
  const std::string rule = "roles: [clinical-lead, privacy-officer]}]\n";
  world.adopt_catalog([&](auto& files) {
    replace(files.at("policies/approvals.yaml"), rule,
            rule + "    approver-may-execute: false\n    seen: revealed\n    fidelity: exact\n    zone: UTC0\n"
                   "    windows: [{days: [mon], from: \"08:00\", to: \"09:00\"}]\n");
  });
  EXPECT_EQ(planned(Environment::staging, [](auto&) {}), "counts");
  for (const std::function<void(policy::ApprovalRule&)>& forge : std::initializer_list<std::function<void(policy::ApprovalRule&)>>{
           [](auto& of) { of.approver_may_execute = true; }, [](auto& of) { of.seen_revealed = false; },
           [](auto& of) { of.fidelity.reset(); }, [](auto& of) { of.calendar.windows.front().to = 10h; },
           [](auto& of) { of.calendar = {}; }})
    EXPECT_NE(planned(Environment::staging, [&](auto& plan) { forge(plan.resolution.rule); }).find("not the policy's"), std::string::npos);
}

TEST_F(ForgedPlan, WithALaterDeadlineIsVoid) {
  EXPECT_NE(planned(Environment::staging, [](auto& plan) { plan.deadline += 3min; }).find("deadline is later"),
            std::string::npos);
}

TEST_F(ForgedPlan, ForAnotherRequestIsVoid) {
  EXPECT_TRUE(planned(Environment::staging, [](auto& plan) { plan.requester = "ben"; }).starts_with("void"));
  EXPECT_TRUE(planned(Environment::staging, [](auto& plan) {
                plan.run = *RunId::parse("01KADX0V8T5N2R9JQ3HW7M4KD2");
              }).starts_with("void"));
  EXPECT_TRUE(planned(Environment::staging, [](auto& plan) { plan.sealed.pop_back(); }).starts_with("void"));
  EXPECT_TRUE(planned(Environment::staging, [](auto& plan) {
                plan.resolution.parameters["client"] = "C-9999";
              }).starts_with("void"));
  EXPECT_TRUE(planned(Environment::staging, [](auto& plan) { plan.resolution.rehearsal = true; }).starts_with("void"));
  EXPECT_TRUE(planned(Environment::staging, [](auto& plan) {
                plan.resolution.environment = Environment::local;
              }).starts_with("void"));
  EXPECT_TRUE(planned(Environment::staging, [](auto& plan) {
                plan.resolution.classification = Classification::personal;
              }).starts_with("void"));
}

TEST_F(ForgedPlan, ThatDoesNotFollowFromItsVerbIsVoid) {
  EXPECT_TRUE(planned(Environment::staging, [](auto& plan) { plan.resolution.steps.pop_back(); }).starts_with("void"));
  EXPECT_TRUE(planned(Environment::staging, [](auto& plan) {
                plan.resolution.steps.back().effect = Effect::read;
              }).starts_with("void"));
  EXPECT_TRUE(planned(Environment::staging, [](auto& plan) {
                plan.resolution.steps.back().atomic = true;
              }).starts_with("void"));
  EXPECT_TRUE(
      planned(Environment::staging, [](auto& plan) { plan.resolution.steps.back().undo.reset(); }).starts_with("void"));
  EXPECT_TRUE(
      planned(Environment::staging, [](auto& plan) { plan.resolution.fidelity = Fidelity::none; }).starts_with("void"));
}

TEST_F(ForgedPlan, ByAnyoneButTheExecutorIsVoid) {
  const auto honest = one_slot(world);
  const auto plan = *world.run(honest).plan->plan;
  const auto asked = world.requested("report make", kClient, Environment::staging);
  EXPECT_TRUE(stands(world, world.append_raw("ana", Kind::plan, world.scope(asked), plan.to_json()),
                     "void: no executor there"));
}

TEST_F(ForgedPlan, ASecondOneIsLate) {
  const auto run = one_slot(world);
  const auto plan = *world.run(run).plan->plan;
  EXPECT_TRUE(
      stands(world, world.append_raw("machine", Kind::plan, world.scope(run), plan.to_json()), "late: has a plan"));
}

}  // namespace
}  // namespace blc::approval
