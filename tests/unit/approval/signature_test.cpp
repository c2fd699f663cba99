// Who signs a run, and which signatures count.
#include <gtest/gtest.h>

#include "signing.hpp"

namespace blc::approval {
namespace {

using ledger::Kind;
using text::Json;

class Signature : public ::testing::Test {
 protected:
  // A person with this role and a key of their own, from now on.
  void enrol(const std::string& name, const std::vector<std::string>& roles) {
    world.adopt_root([&](auto& list) {
      list.push_back({name, trust::PrincipalKind::person, roles, {world.key(name).key()}, {}});
    });
  }
  World world;
};

TEST_F(Signature, OfTheOneWhoFitsOpensTheGate) {
  const auto run = one_slot(world);
  EXPECT_EQ(world.decision(run).code, Exit::approvals_missing);
  EXPECT_TRUE(stands(world, sign(world, "ben", run), "counts"));
  const auto decision = world.decision(run);
  EXPECT_TRUE(decision.yes);
  EXPECT_EQ(decision.slots.front().by, "ben");
  EXPECT_EQ(decision.signers, std::vector<std::string>{"ben"});
}

TEST_F(Signature, OpenSlotsNameWhoCouldFillThem) {
  const auto run = two_slots(world);
  auto decision = world.decision(run);
  ASSERT_EQ(decision.slots.size(), 2U);
  EXPECT_EQ(decision.slots[0].open_to, std::vector<std::string>{"ben"});
  EXPECT_EQ(decision.slots[1].open_to, std::vector<std::string>{"cleo"});
  EXPECT_EQ(world.desk("cleo").slots_for_me(world.run(run)), std::vector<std::string>{"privacy-officer"});
  EXPECT_TRUE(world.desk("ana").slots_for_me(world.run(run)).empty());
}

TEST_F(Signature, OfTheRequesterIsRefused) {
  const auto run = world.planned("report make", kClient, Environment::staging, false, "ben");
  EXPECT_FALSE(world.approve("ben", run));
  EXPECT_TRUE(stands(world, sign(world, "ben", run), "void: may not sign it"));
  EXPECT_FALSE(world.decision(run).yes);
}

TEST_F(Signature, OfTheRequesterCountsWhereThePolicySaysSo) {
  auto practice = testing::default_practice();
  auto& text = practice.at("policies/approvals.yaml");
  const std::string slots = "slots: [{name: clinical-approver, roles: [clinical-lead, privacy-officer]}]\n";
  text.insert(text.find(slots) + slots.size(), "    requester-may-sign: true\n");
  World lenient(practice);
  const auto run = lenient.planned("report make", kClient, Environment::staging, false, "ben");
  ASSERT_TRUE(lenient.approve("ben", run));
  EXPECT_TRUE(lenient.decision(run).yes);
}

TEST_F(Signature, TwiceByOnePersonCountsOnce) {
  auto practice = testing::default_practice();
  auto& text = practice.at("policies/approvals.yaml");
  const std::string officer = "roles: [privacy-officer]}";
  text.replace(text.find(officer), officer.size(), "roles: [privacy-officer, clinical-lead]}");
  World wide(practice);
  const auto run = two_slots(wide);
  ASSERT_TRUE(wide.approve("ben", run));
  EXPECT_FALSE(wide.approve("ben", run));
  EXPECT_TRUE(stands(wide, sign(wide, "ben", run), "counts"));
  EXPECT_EQ(wide.decision(run).given, 1U);
  EXPECT_FALSE(wide.decision(run).yes);
}

TEST_F(Signature, WithTwoKeysOfOnePersonCountsOnce) {
  auto practice = testing::default_practice();
  auto& text = practice.at("policies/approvals.yaml");
  const std::string officer = "roles: [privacy-officer]}";
  text.replace(text.find(officer), officer.size(), "roles: [privacy-officer, clinical-lead]}");
  World wide(practice);
  wide.adopt_root([&](auto& list) { testing::principal(list, "ben").keys.push_back(wide.key("ben-2").key()); });
  const auto run = two_slots(wide);
  World::Raw second;
  second.key = "ben-2";
  EXPECT_TRUE(stands(wide, sign(wide, "ben", run), "counts"));
  EXPECT_TRUE(stands(wide, sign(wide, "ben", run, Act::approve, second), "counts"));
  EXPECT_EQ(wide.decision(run).given, 1U);
  ASSERT_TRUE(wide.approve("cleo", run));
  EXPECT_TRUE(wide.decision(run).yes);
}

TEST_F(Signature, OfOnePersonWithBothRolesFillsOneSlot) {
  world.adopt_root([](auto& list) { testing::principal(list, "ben").roles = {"clinical-lead", "privacy-officer"}; });
  const auto run = two_slots(world);
  ASSERT_TRUE(world.approve("ben", run));
  EXPECT_FALSE(world.decision(run).yes);
  ASSERT_TRUE(world.approve("cleo", run));
  EXPECT_TRUE(world.decision(run).yes);
}

TEST_F(Signature, OfAKeyThatNobodyEnrolledIsVoid) {
  const auto run = one_slot(world);
  World::Raw forged;
  forged.key = "mallory";
  EXPECT_TRUE(stands(world, sign(world, "ben", run, Act::approve, forged), "void: did not hold this key"));
  EXPECT_FALSE(world.decision(run).yes);
}

TEST_F(Signature, InAnotherPersonsNameIsVoid) {
  const auto run = one_slot(world);
  World::Raw forged;
  forged.key = "dora";
  EXPECT_TRUE(stands(world, sign(world, "ben", run, Act::approve, forged), "void: did not hold this key"));
}

TEST_F(Signature, OfAServiceIsVoid) {
  const auto run = one_slot(world);
  EXPECT_TRUE(stands(world, sign(world, "robot", run), "void: services sign no slots"));
  EXPECT_TRUE(stands(world, sign(world, "machine", run), "void: services sign no slots"));
}

TEST_F(Signature, WithoutAFittingRoleIsVoid) {
  const auto run = one_slot(world);
  EXPECT_FALSE(world.approve("dora", run));
  EXPECT_TRUE(stands(world, sign(world, "dora", run), "void: no role that fits"));
}

TEST_F(Signature, OfSomebodyRemovedSinceDoesNotCount) {
  const auto run = one_slot(world);
  ASSERT_TRUE(world.approve("ben", run));
  ASSERT_TRUE(world.order(run));
  world.adopt_root([](auto& list) { std::erase_if(list, [](const auto& one) { return one.name == "ben"; }); });
  EXPECT_FALSE(world.decision(run).yes);
  const auto executed = world.execute(run);
  ASSERT_FALSE(executed);
  EXPECT_EQ(executed.error().code, Exit::approvals_missing);
  EXPECT_TRUE(stands(world, claim(world, run, 5), "void: the gate does not say yes"));
}

TEST_F(Signature, WithAKeyRemovedSinceDoesNotCount) {
  const auto run = one_slot(world);
  ASSERT_TRUE(world.approve("ben", run));
  world.adopt_root([&](auto& list) { testing::principal(list, "ben").keys = {world.key("ben-2").key()}; });
  EXPECT_FALSE(world.decision(run).yes);
}

TEST_F(Signature, WithARoleLostSinceDoesNotCount) {
  const auto run = one_slot(world);
  ASSERT_TRUE(world.approve("ben", run));
  world.adopt_root([](auto& list) { testing::principal(list, "ben").roles = {"practice-manager"}; });
  EXPECT_FALSE(world.decision(run).yes);
}

TEST_F(Signature, OfSomebodyEnrolledAfterThePlanIsVoid) {
  const auto run = one_slot(world);
  enrol("emil", {"clinical-lead"});
  EXPECT_FALSE(world.approve("emil", run));
  EXPECT_TRUE(stands(world, sign(world, "emil", run), "void: not enrolled with this key before the plan"));
}

TEST_F(Signature, WithAKeyEnrolledAfterThePlanIsVoid) {
  const auto run = one_slot(world);
  world.adopt_root([&](auto& list) { testing::principal(list, "ben").keys.push_back(world.key("ben-2").key()); });
  World::Raw second;
  second.key = "ben-2";
  EXPECT_TRUE(
      stands(world, sign(world, "ben", run, Act::approve, second), "void: not enrolled with this key before the plan"));
  EXPECT_FALSE(world.decision(run).yes);
}

TEST_F(Signature, InARoleGivenAfterThePlanIsVoid) {
  const auto run = one_slot(world);
  world.adopt_root([](auto& list) { testing::principal(list, "dora").roles.emplace_back("clinical-lead"); });
  EXPECT_TRUE(stands(world, sign(world, "dora", run), "void: no role that fits"));
  EXPECT_FALSE(world.decision(run).yes);
}

// Both may sign as officers; the role that cleo got since may not fill the other slot.
TEST_F(Signature, FillsNoSlotByARoleGivenAfterThePlan) {
  enrol("emil", {"privacy-officer"});
  const auto run = two_slots(world);
  world.adopt_root([](auto& list) { testing::principal(list, "cleo").roles.emplace_back("clinical-lead"); });
  ASSERT_TRUE(world.approve("cleo", run));
  EXPECT_TRUE(stands(world, sign(world, "emil", run), "counts"));
  EXPECT_EQ(world.decision(run).given, 1U);
  EXPECT_FALSE(world.decision(run).yes);
  ASSERT_TRUE(world.approve("ben", run));
  EXPECT_TRUE(world.decision(run).yes);
}

TEST_F(Signature, OfAnotherDigestIsVoid) {
  const auto run = one_slot(world);
  const auto other = one_slot(world);
  const auto leaf = world.append_raw("ben", Kind::approval, world.scope(run),
                                     approval_body(Act::approve, world.run(other).plan->digest, nullptr));
  EXPECT_TRUE(stands(world, leaf, "void: signs another plan"));
  EXPECT_FALSE(world.decision(run).yes);
  EXPECT_FALSE(world.decision(other).yes);
}

TEST_F(Signature, MovedToAnotherRunIsVoid) {
  const auto run = one_slot(world);
  const auto other = one_slot(world);
  ASSERT_TRUE(world.approve("ben", run));
  const auto signed_for_run = approval_body(Act::approve, world.run(run).plan->digest, nullptr);
  EXPECT_TRUE(stands(world, world.append_raw("ben", Kind::approval, world.scope(other), signed_for_run),
                     "void: signs another plan"));
  EXPECT_FALSE(world.decision(other).yes);
}

TEST_F(Signature, OfARunThatIsNotThereIsVoid) {
  const auto run = one_slot(world);
  auto scope = world.scope(run);
  scope.run = *RunId::parse("01KADX0V8T5N2R9JQ3HW7M4KD2");
  const auto body = approval_body(Act::approve, world.run(run).plan->digest, nullptr);
  EXPECT_TRUE(stands(world, world.append_raw("ben", Kind::approval, scope, body), "void: no such run"));
}

TEST_F(Signature, OfAnotherLedgerIsVoid) {
  const auto run = one_slot(world);
  World::Raw foreign;
  foreign.ledger = "practice/ffeeddccbbaa99887766554433221100";
  EXPECT_TRUE(stands(world, sign(world, "ben", run, Act::approve, foreign), "void: another ledger"));
}

TEST_F(Signature, ForAnotherEnvironmentOrClassificationIsVoid) {
  const auto run = one_slot(world);
  const auto body = approval_body(Act::approve, world.run(run).plan->digest, nullptr);
  auto scope = world.scope(run);
  scope.environment = Environment::production;
  EXPECT_TRUE(
      stands(world, world.append_raw("ben", Kind::approval, scope, body), "void: environment or classification"));
  scope = world.scope(run);
  scope.classification = Classification::personal;
  EXPECT_TRUE(
      stands(world, world.append_raw("ben", Kind::approval, scope, body), "void: environment or classification"));
}

TEST_F(Signature, WithoutARunOrWithOneWhereNoneBelongsIsVoid) {
  const auto run = one_slot(world);
  const auto body = approval_body(Act::approve, world.run(run).plan->digest, nullptr);
  EXPECT_TRUE(stands(world, world.append_raw("ben", Kind::approval, {}, body), "void: none where one does"));
  const auto root = trust::Root::make({2, 1, world.log().replay().root()->principals()})->to_json();
  EXPECT_TRUE(
      stands(world, world.append_raw("ana", Kind::root, world.scope(run), root), "void: a run where none belongs"));
}

TEST_F(Signature, AppendedAgainAfterItsWithdrawalIsVoid) {
  const auto run = one_slot(world);
  const auto leaf = sign(world, "ben", run);
  sign(world, "ben", run, Act::withdraw);
  EXPECT_FALSE(world.decision(run).yes);
  EXPECT_TRUE(stands(world, world.store_raw(world.store.entries[leaf]), "void: used this entry ID before"));
  EXPECT_FALSE(world.decision(run).yes);
}

TEST_F(Signature, WithheldAndPutBackAfterTheWithdrawalIsVoid) {
  const auto run = one_slot(world);
  const auto kept = withheld(world, "ben", run);
  ASSERT_TRUE(world.desk("ben").withdraw(run));  // though the ledger holds no approval
  EXPECT_TRUE(stands(world, world.store_raw(kept), "void: leaves out what its signer wrote before"));
  EXPECT_FALSE(world.decision(run).yes);
}

TEST_F(Signature, TakenBackDoesNotCountAndMayBeGivenAgain) {
  const auto run = one_slot(world);
  ASSERT_TRUE(world.approve("ben", run));
  ASSERT_TRUE(world.desk("ben").withdraw(run));
  EXPECT_EQ(world.state(run), State::pending);
  ASSERT_TRUE(world.approve("ben", run));
  EXPECT_EQ(world.state(run), State::approved);
}

TEST_F(Signature, TakenBackByAnotherKeyOfThePersonDoesNotCount) {
  world.adopt_root([&](auto& list) { testing::principal(list, "ben").keys.push_back(world.key("ben-2").key()); });
  const auto run = one_slot(world);
  ASSERT_TRUE(world.approve("ben", run));
  ASSERT_TRUE(testing::must(Desk::open(world.log(), world.key("ben-2"), world.vault())).withdraw(run));
  EXPECT_FALSE(world.decision(run).yes);
}

TEST_F(Signature, BySomebodyWhoHadNotSeenThePlanIsVoid) {
  const auto run = one_slot(world);
  World::Raw blind;
  blind.head_size = world.run(run).plan->leaf;
  EXPECT_TRUE(stands(world, sign(world, "ben", run, Act::approve, blind), "void: had not seen the plan"));
}

TEST_F(Signature, WithAHeadOfTheFutureIsVoid) {
  const auto run = one_slot(world);
  World::Raw raw;
  raw.head = ledger::Head{world.store.size() + 1, world.head(world.store.size()).root};
  raw.root = 1;
  EXPECT_TRUE(stands(world, sign(world, "ben", run, Act::approve, raw), "void: from the future"));
}

TEST_F(Signature, WithAHeadOfAnotherLedgerIsVoid) {
  const auto run = one_slot(world);
  World::Raw raw;
  raw.head = ledger::Head{world.store.size(), world.head(1).root};
  EXPECT_TRUE(stands(world, sign(world, "ben", run, Act::approve, raw), "void: head is not this ledger's"));
}

TEST_F(Signature, ThatNamesAnotherRootIsVoid) {
  const auto run = one_slot(world);
  World::Raw raw;
  raw.root = 2;
  EXPECT_TRUE(stands(world, sign(world, "ben", run, Act::approve, raw), "void: a root that was not in force"));
}

TEST_F(Signature, WithAnEntryIdUsedBeforeIsVoid) {
  const auto run = one_slot(world);
  const auto first = sign(world, "ben", run);
  World::Raw raw;
  raw.id = ledger::decode_entry(world.store.entries[first])->header.id;
  EXPECT_TRUE(stands(world, sign(world, "ben", run, Act::withdraw, raw), "void: used this entry ID before"));
  EXPECT_TRUE(stands(world, sign(world, "cleo", run, Act::approve, raw), "counts"));  // unique per signer
}

TEST_F(Signature, ThatLostARaceIsLateAndNoFault) {
  const auto run = one_slot(world);
  World::Raw before;
  before.head_size = world.store.size();
  ASSERT_TRUE(world.desk("ana").cancel(run, ""));
  EXPECT_TRUE(stands(world, sign(world, "ben", run, Act::approve, before), "late: has ended"));
  EXPECT_TRUE(stands(world, sign(world, "cleo", run, Act::reject, before), "late: has ended"));
  const auto told = world.told();
  EXPECT_TRUE(told.faults().empty());
  EXPECT_EQ(told.late_entries().size(), 2U);
  EXPECT_EQ(told.run(run)->late.size(), 2U);
  EXPECT_EQ(world.state(run), State::cancelled);
}

TEST_F(Signature, OfSomebodyRemovedInTheMeantimeIsLate) {
  const auto run = one_slot(world);
  World::Raw before;
  before.head_size = world.store.size();
  world.adopt_root([](auto& list) { std::erase_if(list, [](const auto& one) { return one.name == "ben"; }); });
  EXPECT_TRUE(stands(world, sign(world, "ben", run, Act::approve, before), "late: no longer holds this key"));
  EXPECT_FALSE(world.decision(run).yes);
}

TEST_F(Signature, WithMoreOrFewerWordsIsVoid) {
  const auto run = one_slot(world);
  auto body = approval_body(Act::approve, world.run(run).plan->digest, nullptr);
  body.get_if<Json::Object>()->emplace("also", true);
  EXPECT_TRUE(stands(world, world.append_raw("ben", Kind::approval, world.scope(run), body), "void"));
  EXPECT_TRUE(stands(
      world, world.append_raw("ben", Kind::approval, world.scope(run), Json::Object{{"decision", "approve"}}), "void"));
  EXPECT_FALSE(world.decision(run).yes);
}

TEST_F(Signature, ForAClinicalRunMayNotCarryWordsInClear) {
  const auto run = one_slot(world);
  const Words clear{"Jane Roe moved away", {}};
  const auto leaf = world.append_raw("ben", Kind::approval, world.scope(run),
                                     approval_body(Act::reject, world.run(run).plan->digest, &clear));
  EXPECT_TRUE(stands(world, leaf, "void: must be sealed"));
  EXPECT_NE(world.state(run), State::rejected);
}

TEST_F(Signature, IsCheckedByTheDeskBeforeItIsMade) {
  const auto run = one_slot(world);
  const auto before = world.store.size();
  EXPECT_FALSE(world.desk("ben").approve(run, PlanDigest{}));
  EXPECT_FALSE(world.approve("ana", run));
  EXPECT_FALSE(world.approve("dora", run));
  EXPECT_EQ(world.store.size(), before);
  const auto stranger = Desk::open(world.log(), world.key("mallory"), world.vault());
  ASSERT_FALSE(stranger);
  EXPECT_EQ(stranger.error().code, Exit::authentication);
}

TEST_F(Signature, IsNotAskedForWhereNoSlotIs) {
  const auto run = world.planned("task add", {{"title", "milk"}});
  const auto refused = world.approve("ben", run);
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("needs no signature"), std::string::npos);
}

}  // namespace
}  // namespace blc::approval
