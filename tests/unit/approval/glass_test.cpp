// Break-glass: one person's word instead of signatures, for a while, and the review that others owe it.
#include <gtest/gtest.h>

#include "signing.hpp"

namespace blc::approval {
namespace {

using namespace std::chrono_literals;
using ledger::Kind;

constexpr const char* kGlass = "    break-glass: {lasts: 60m, reviewers: 2, review-within: 72h}\n";

// Break-glass in staging, and a business verb that is a deployment, in production as in staging.
testing::Practice practice_with_glass(const std::string& glass = kGlass) {
  auto practice = testing::default_practice();
  auto& approvals = practice.at("policies/approvals.yaml");
  const std::string staging = "slots: [{name: clinical-approver, roles: [clinical-lead, privacy-officer]}]\n    deadline: 24h\n";
  replace(approvals, staging, staging + glass);
  replace(approvals, "slots: [{name: clinical-lead, roles: [clinical-lead]}, {name: privacy-officer, roles: [privacy-officer]}]",
          "slots: [{name: clinical-lead, roles: [clinical-lead]}]");
  practice.at("policies/access.yaml") +=
      "  - {role: break-glass, environments: [local, integration, staging, production], rights: [break-glass]}\n"
      "  - {role: auditor, environments: [staging], rights: [read, audit]}\n";
  replace(practice.at("verbs/post.yaml"), "data: [confidential]\n", "data: [confidential]\nmarks: [deployment]\n");
  return practice;
}

class Glass : public ::testing::Test {
 protected:
  Glass() : world(practice_with_glass()) {}
  void SetUp() override {
    world.adopt_root([](auto& list) {
      testing::principal(list, "ana").roles.emplace_back("break-glass");
      testing::principal(list, "dora").roles.emplace_back("auditor");
    });
    run = one_slot(world);
  }
  Words sealed(const RunId& of, const std::string& name) {
    std::vector<ports::SealedBlob> blobs;
    return testing::must(world.vault().words(world.scope(of), "report make", name, "because", blobs));
  }
  std::uint64_t broken(const std::string& name, const RunId& of, const World::Raw& raw = World::Raw()) {
    return world.append_raw(name, Kind::break_glass, world.scope(of),
                            glass_body(Emergency::etreat, world.run(of).plan->digest, sealed(of, "break-glass")), raw);
  }
  std::uint64_t review(const std::string& name, const RunId& of) {
    return world.append_raw(name, Kind::review, world.scope(of), close_body(sealed(of, "finding")));
  }
  std::uint64_t same(const std::string& name, const RunId& of, std::uint64_t first) {
    return world.append_raw(name, Kind::review, world.scope(of), close_body(ledger::leaf_hash(world.store.entries.at(first))));
  }
  void break_it(const RunId& of) { testing::must(world.desk("ana").break_glass(of, Emergency::btg, "she collapsed")); }
  World world;
  RunId run;
};

TEST_F(Glass, LetsOnePersonRunWhatNobodySigned) {
  EXPECT_EQ(world.decision(run).code, Exit::approvals_missing);
  break_it(run);
  const auto decision = world.decision(run);
  EXPECT_TRUE(decision.yes);
  ASSERT_NE(decision.glass, nullptr);
  EXPECT_EQ(decision.glass->by, "ana");
  ASSERT_TRUE(world.order(run));
  EXPECT_EQ(testing::must(world.execute(run)).ending, Ending::succeeded);
  EXPECT_TRUE(awaits_review(world.run(run), kWholeLedger));
  EXPECT_TRUE(world.told().faults().empty());
  // At most once, as ever.
  EXPECT_FALSE(world.execute(run));
  EXPECT_EQ(world.desk("ana").break_glass(run, Emergency::btg, "again").error().code, Exit::refused);
}

TEST_F(Glass, HoldsForAnHour) {
  break_it(run);
  ASSERT_TRUE(world.order(run));
  const auto order_leaf = world.store.size() - 1;
  world.clock.advance(60min);
  EXPECT_TRUE(world.decision(run).yes);
  world.clock.advance(1ms);
  EXPECT_EQ(world.decision(run).code, Exit::approvals_missing);
  EXPECT_EQ(world.execute(run).error().code, Exit::approvals_missing);
  EXPECT_TRUE(stands(world, claim(world, run, order_leaf), "void: the gate does not say yes"));
}

TEST_F(Glass, OnceItIsOverSignaturesStillLetTheRunThrough) {
  break_it(run);
  world.clock.advance(61min);
  ASSERT_TRUE(world.approve("ben", run));
  EXPECT_TRUE(world.decision(run).yes);
  EXPECT_TRUE(world.order(run, "ben"));
}

TEST_F(Glass, IsForTheOneWhoBrokeIt) {
  break_it(run);
  EXPECT_EQ(world.order(run, "ben").error().code, Exit::refused);
  EXPECT_TRUE(stands(world, order(world, "ben", run), "void: ana broke the glass"));
  EXPECT_TRUE(stands(world, claim(world, run, world.store.size() - 1), "void: "));
}

TEST_F(Glass, EndsWithTheRoleOrTheKey) {
  break_it(run);
  ASSERT_TRUE(world.order(run));
  const auto order_leaf = world.store.size() - 1;
  world.adopt_root([](auto& list) { testing::principal(list, "ana").roles = {"admin", "clinician"}; });
  EXPECT_FALSE(world.decision(run).yes);
  EXPECT_TRUE(stands(world, claim(world, run, order_leaf), "void: the gate does not say yes"));
}

TEST_F(Glass, EndsWithThePolicyThatAllowedIt) {
  break_it(run);
  world.adopt_catalog([](auto& files) { replace(files.at("policies/approvals.yaml"), kGlass, ""); });
  EXPECT_EQ(world.decision(run).code, Exit::approvals_missing);
}

TEST_F(Glass, TakesAnEnrolledPersonWhoMayRunIt) {
  EXPECT_EQ(world.desk("ben").may_break_glass(world.run(run)).error().code, Exit::refused);
  EXPECT_TRUE(stands(world, broken("ben", run), "void: not enrolled for break-glass"));
  EXPECT_TRUE(stands(world, broken("machine", run), "void: not enrolled for break-glass"));
  world.adopt_root([](auto& list) { testing::principal(list, "cleo").roles.emplace_back("break-glass"); });
  EXPECT_TRUE(stands(world, broken("cleo", run), "void: holds no right to run this"));
  EXPECT_EQ(world.desk("cleo").may_break_glass(world.run(run)).error().code, Exit::refused);
}

TEST_F(Glass, IsOfAClinicalVerbThatNamesItsSubject) {
  world.adopt_root([](auto& list) { testing::principal(list, "dora").roles.emplace_back("break-glass"); });
  const auto business = world.planned("post run", kMonth, Environment::staging, false, "dora");
  EXPECT_EQ(world.desk("dora").may_break_glass(world.run(business)).error().message,
            "break-glass is for clinical verbs; post run is business");
  world.adopt_catalog([](auto& files) { replace(files.at("verbs/report.yaml"), "subject: client\n", ""); });
  const auto nameless = world.planned("report make", kClient, Environment::staging);
  EXPECT_TRUE(stands(world, broken("ana", nameless), "void: names nobody whom it is about"));
  EXPECT_TRUE(stands(world, broken("dora", business), "void: break-glass is for clinical verbs"));
}

TEST_F(Glass, IsNoneWhereThePolicyHasNone) {
  const auto rehearsal = two_slots(world);
  EXPECT_EQ(world.desk("ana").may_break_glass(world.run(rehearsal)).error().code, Exit::refused);
  EXPECT_TRUE(stands(world, broken("ana", rehearsal), "void: has no break-glass"));
}

TEST(GlassKeeps, SlotsThatThePolicyKeepsAreStillAskedFor) {
  auto practice = practice_with_glass("    break-glass: {keeps: [officer], lasts: 60m, reviewers: 2, review-within: 72h}\n");
  replace(practice.at("policies/approvals.yaml"), "slots: [{name: clinical-approver, roles: [clinical-lead, privacy-officer]}]",
          "slots: [{name: lead, roles: [clinical-lead]}, {name: officer, roles: [privacy-officer]}]");
  // Rehearsed in local, which one admin may serve.
  auto& text = practice.at("policies/approvals.yaml");
  replace(text, "environments: [integration, staging]\n    slots: [{name: lead", "environments: [production]\n    slots: [{name: lead");
  replace(text, "environments: [production]\n    slots: [{name: clinical-lead", "environments: [integration, staging]\n    slots: [{name: clinical-lead");
  World world(practice);
  world.adopt_root([](auto& list) { testing::principal(list, "ana").roles.emplace_back("break-glass"); });
  const auto run = two_slots(world);
  ASSERT_TRUE(world.desk("ana").break_glass(run, Emergency::btg, "she collapsed"));
  const auto before = world.decision(run);
  EXPECT_EQ(before.code, Exit::approvals_missing);
  ASSERT_EQ(before.slots.size(), 1U);
  EXPECT_EQ(before.slots.front().slot.name, "officer");
  ASSERT_TRUE(world.approve("cleo", run));
  EXPECT_TRUE(world.decision(run).yes);
  EXPECT_TRUE(world.log().replay().overdue_reviews(world.clock.now() + 73h).empty());  // an exercise
}

TEST_F(Glass, CountsOnlyFromItsLeafOnAndOnce) {
  EXPECT_TRUE(stands(world, broken("ana", run), "counts"));
  EXPECT_TRUE(stands(world, broken("ana", run), "late: was broken before"));
  const auto other = one_slot(world);
  ASSERT_TRUE(world.approve("ben", other));
  ASSERT_TRUE(world.order(other));
  claim(world, other, world.store.size() - 1);
  EXPECT_TRUE(stands(world, broken("ana", other), "late: already started"));
  const auto rejected = one_slot(world);
  ASSERT_TRUE(world.desk("ben").reject(rejected, "no"));
  EXPECT_TRUE(stands(world, broken("ana", rejected), "late: has ended"));
  const auto clear = one_slot(world);
  const auto body = glass_body(Emergency::btg, world.run(clear).plan->digest, Words{"in clear", {}});
  EXPECT_TRUE(stands(world, world.append_raw("ana", Kind::break_glass, world.scope(clear), body), "void: must be sealed"));
}

TEST_F(Glass, ReviewTakesTwoOthersWhoSignTheSame) {
  break_it(run);
  EXPECT_EQ(world.desk("ana").review(run, "justified").error().code, Exit::refused);
  ASSERT_TRUE(world.desk("ben").review(run, "justified"));
  const auto finding = world.run(run).reviews.front().hash;
  EXPECT_EQ(world.desk("ben").sign_review(run, finding).error().code, Exit::refused);
  EXPECT_TRUE(awaits_review(world.run(run), kWholeLedger));
  // Who may audit has a say as well; another finding does not add up with the first.
  ASSERT_TRUE(world.desk("dora").review(run, "not justified"));
  EXPECT_TRUE(awaits_review(world.run(run), kWholeLedger));
  ASSERT_TRUE(world.desk("cleo").sign_review(run, finding));
  EXPECT_FALSE(awaits_review(world.run(run), kWholeLedger));
  EXPECT_EQ(world.desk("dora").sign_review(run, finding).error().code, Exit::refused);
}

TEST_F(Glass, ReviewIsForPeopleWhoHadNoPartInIt) {
  break_it(run);
  EXPECT_TRUE(stands(world, review("ana", run), "void: whoever broke the glass does not review it"));
  EXPECT_TRUE(stands(world, review("machine", run), "void: only people review"));
  EXPECT_TRUE(stands(world, review("robot", run), "void: only people review"));
  const auto clear = close_body(Words{"in clear", {}});
  EXPECT_TRUE(stands(world, world.append_raw("ben", Kind::review, world.scope(run), clear), "void: must be sealed"));
}

TEST_F(Glass, ReviewIsNotForWhoeverAskedForTheRun) {
  world.adopt_root([](auto& list) { testing::principal(list, "ben").roles = {"clinical-lead", "break-glass"}; });
  ASSERT_TRUE(world.desk("ben").break_glass(run, Emergency::btg, "she collapsed"));
  EXPECT_TRUE(stands(world, review("ana", run), "void: whoever asked for the run"));
}

TEST_F(Glass, ReviewOfNoGlassIsVoid) {
  EXPECT_TRUE(stands(world, review("ben", run), "void: no glass of this run was broken"));
  EXPECT_EQ(world.desk("ben").may_review(world.run(run)).error().code, Exit::refused);
}

TEST_F(Glass, OverdueReviewBarsTheNextOne) {
  break_it(run);
  world.clock.advance(72h);
  const auto next = one_slot(world);
  EXPECT_TRUE(world.desk("ana").may_break_glass(world.run(next)));
  world.clock.advance(1ms);
  EXPECT_EQ(world.log().replay().overdue_reviews(world.clock.now()).size(), 1U);
  EXPECT_EQ(world.desk("ana").may_break_glass(world.run(next)).error().code, Exit::refused);
  // Of somebody else it does not.
  world.adopt_root([](auto& list) { testing::principal(list, "ben").roles.emplace_back("break-glass"); });
  const auto bens = one_slot(world);
  EXPECT_TRUE(world.desk("ben").may_break_glass(world.run(bens)));
  const auto first = review("ben", run);
  EXPECT_TRUE(stands(world, same("cleo", run, first), "counts"));
  EXPECT_TRUE(world.desk("ana").may_break_glass(world.run(one_slot(world))));
}

TEST_F(Glass, OneWrittenPastTheProgramWhileAReviewIsOverdueIsVoid) {
  break_it(run);
  world.clock.advance(72h + 1ms);
  EXPECT_TRUE(stands(world, broken("ana", one_slot(world)), "void: is overdue since"));
}

TEST_F(Glass, OverdueReviewBarsPromotionToProduction) {
  break_it(run);
  world.adopt_root([&](auto& list) {
    list.push_back({"eli", trust::PrincipalKind::person, {"practice-manager"}, {world.key("eli").key()}, {}});
  });
  world.clock.advance(72h + 1ms);
  const auto later = world.planned("post run", kMonth, Environment::production, false, "dora");
  ASSERT_TRUE(world.approve("eli", later));
  const auto decision = world.decision(later);
  EXPECT_EQ(decision.code, Exit::refused);
  EXPECT_NE(decision.why.find("nothing is promoted to production while a review is overdue"), std::string::npos) << decision.why;
  const auto elsewhere = world.planned("post run", kMonth, Environment::staging, false, "dora");
  ASSERT_TRUE(world.approve("eli", elsewhere));
  EXPECT_TRUE(world.decision(elsewhere).yes);
  EXPECT_EQ(world.order(later, "dora").error().code, Exit::refused);
  const auto first = review("ben", run);
  EXPECT_TRUE(stands(world, same("cleo", run, first), "counts"));
  EXPECT_TRUE(world.decision(later).yes);
}

}  // namespace
}  // namespace blc::approval
