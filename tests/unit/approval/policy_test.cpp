// What the gate holds a run to besides signatures: the policy in force, the catalog, runs that must come first.
#include <gtest/gtest.h>

#include "signing.hpp"

namespace blc::approval {
namespace {

using namespace std::chrono_literals;
using ledger::Kind;

void replace(std::string& text, const std::string& what, const std::string& by) {
  const auto at = text.find(what);
  if (at == std::string::npos) throw std::logic_error("not there: " + what);
  text.replace(at, what.size(), by);
}

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

const std::string kRestricted = "restricted: {verbs: clinical, environments: [production], stand-ins: [local, integration, staging]}";
const std::string kShut = "restricted: {verbs: clinical, environments: [production], stand-ins: []}";

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

TEST(Requests, OfARightNobodyGaveAreRefused) {
  World world;
  const auto catalog = testing::must(world.executor().governing_catalog(Environment::staging));
  EXPECT_FALSE(world.desk("cleo").request(*catalog.find_verb("report make"), kClient, Environment::staging, false,
                                          catalog.policy()));
  EXPECT_FALSE(world.desk("machine").request(*catalog.find_verb("task add"), {{"title", "x"}}, Environment::local,
                                             false, catalog.policy()));
  const auto run = one_slot(world);
  auto scope = world.scope(run);
  scope.run = *RunId::parse("01KADX0V8T5N2R9JQ3HW7M4KD2");
  EXPECT_TRUE(stands(world, world.append_raw("cleo", Kind::request, scope, world.run(run).request->request.to_json()),
                     "late: no right to plan"));
  EXPECT_TRUE(stands(world,
                     world.append_raw("machine", Kind::request, scope, world.run(run).request->request.to_json()),
                     "void: only people and CI"));
}

TEST(Requests, TakeARunIdOnce) {
  World world;
  const auto run = one_slot(world);
  EXPECT_TRUE(
      stands(world, world.append_raw("ana", Kind::request, world.scope(run), world.run(run).request->request.to_json()),
             "void: is taken"));
}

TEST(Requests, RehearseInLocalOnly) {
  World world;
  const auto run = one_slot(world);
  auto scope = world.scope(run);
  scope.run = *RunId::parse("01KADX0V8T5N2R9JQ3HW7M4KD2");
  auto request = world.run(run).request->request;
  request.rehearsal = true;
  EXPECT_TRUE(
      stands(world, world.append_raw("ana", Kind::request, scope, request.to_json()), "void: rehearsal is for local"));
}

TEST(Requests, NameTheVerbsClassification) {
  World world;
  const auto run = one_slot(world);
  auto scope = world.scope(run);
  scope.run = *RunId::parse("01KADX0V8T5N2R9JQ3HW7M4KD2");
  scope.classification = Classification::personal;
  EXPECT_TRUE(stands(world, world.append_raw("ana", Kind::request, scope, world.run(run).request->request.to_json()),
                     "void: classification is not the verb's"));
}

class Adoption : public ::testing::Test {
 protected:
  std::string root(const std::string& signer, std::uint64_t version, std::uint64_t threshold,
                   const std::function<void(std::vector<trust::Principal>&)>& change) {
    auto list = world.told().root()->principals();
    change(list);
    const auto next = testing::must(trust::Root::make({version, threshold, list}));
    return world.standing(world.append_raw(signer, Kind::root, {}, next.to_json()));
  }
  World world;
};

TEST_F(Adoption, OfTheNextRootByAnAdminCounts) {
  EXPECT_EQ(root("ana", 2, 1, [](auto&) {}), "counts");
}

TEST_F(Adoption, OfARootByAnyoneElseIsVoid) {
  EXPECT_NE(root("ben", 2, 1, [](auto& list) { testing::principal(list, "ben").roles = {"admin"}; }).find("no admin"),
            std::string::npos);
}

TEST_F(Adoption, OfARootThatSkipsOrRepeatsAVersionIsVoid) {
  EXPECT_NE(root("ana", 1, 1, [](auto&) {}).find("skips or repeats"), std::string::npos);
  EXPECT_NE(root("ana", 3, 1, [](auto&) {}).find("skips or repeats"), std::string::npos);
}

TEST_F(Adoption, OfAThresholdThatOneSignatureDoesNotReachIsVoid) {
  EXPECT_NE(root("ana", 2, 2, [](auto& list) { testing::principal(list, "ben").roles = {"admin"}; })
                .find("2 admins must sign"),
            std::string::npos);
}

TEST_F(Adoption, OfAKeyOfSomebodyElseIsVoidForEver) {
  EXPECT_EQ(
      root("ana", 2, 1, [](auto& list) { std::erase_if(list, [](const auto& one) { return one.name == "ben"; }); }),
      "counts");
  const auto standing = root("ana", 3, 1, [&](auto& list) {
    list.push_back({"eve", trust::PrincipalKind::person, {"clinical-lead"}, {world.key("ben").key()}, {}});
  });
  EXPECT_NE(standing.find("a key of ben would become eve's"), std::string::npos) << standing;
}

TEST_F(Adoption, OfACatalogByAnyoneElseIsVoid) {
  const auto next = testing::must(trust::Catalog::make(2, world.told().catalog()->files()));
  EXPECT_TRUE(stands(world, world.append_raw("ben", Kind::catalog, {}, next.to_json()), "void: no admin"));
  EXPECT_TRUE(stands(world, world.append_raw("ana", Kind::catalog, {}, next.to_json()), "counts"));
  EXPECT_TRUE(stands(world, world.append_raw("ana", Kind::catalog, {}, next.to_json()), "void: skips or repeats"));
}

TEST_F(Adoption, VoidEntriesAreFaultsUntilARootListsThem) {
  const auto bad = world.store_raw("rubbish");
  ASSERT_EQ(world.told().faults().size(), 1U);
  EXPECT_EQ(world.told().faults().front().leaf, bad);
  const auto listed = testing::must(trust::Root::make({2, 1, world.told().root()->principals(), {bad}}));
  EXPECT_TRUE(stands(world, world.append_raw("ana", Kind::root, {}, listed.to_json()), "counts"));
  EXPECT_TRUE(world.told().faults().empty());
  EXPECT_EQ(world.told().void_entries().size(), 1U);
}

// ---- requires -------------------------------------------------------------------------------------------

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
