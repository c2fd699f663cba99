// Orders, claims and what the claimant writes: who starts a run, when, and how often.
#include <gtest/gtest.h>

#include "signing.hpp"

namespace blc::approval {
namespace {

using namespace std::chrono_literals;
using ledger::Kind;

class Claim : public ::testing::Test {
 protected:
  void SetUp() override { run = one_slot(world); }
  // ben signs, ana orders; the order's leaf.
  std::uint64_t ordered() {
    testing::must(world.approve("ben", run));
    testing::must(world.order(run));
    return world.store.size() - 1;
  }
  std::uint64_t outcome(Ending ending, const std::string& by = "machine") {
    return world.append_raw(by, Kind::outcome, world.scope(run), outcome_body(ending, {}, "because"));
  }
  std::uint64_t intent(const std::string& by = "machine", const World::Raw& raw = World::Raw()) {
    return world.append_raw(by, Kind::step, world.scope(run), step_intent_body("write", false), raw);
  }
  World world;
  RunId run;
};

TEST_F(Claim, OnTheStandingOrderCounts) {
  EXPECT_TRUE(stands(world, claim(world, run, ordered()), "counts"));
  EXPECT_EQ(world.state(run), State::executing);
}

TEST_F(Claim, AgainIsLate) {
  const auto order_leaf = ordered();
  claim(world, run, order_leaf);
  EXPECT_TRUE(stands(world, claim(world, run, order_leaf), "late: already claimed"));
  EXPECT_TRUE(world.told().faults().empty());
}

TEST_F(Claim, ByAnotherExecutorIsVoid) {
  world.adopt_root([&](auto& list) {
    list.push_back(
        {"engine", trust::PrincipalKind::service, {"executor"}, {world.key("engine").key()}, {Environment::staging}});
  });
  EXPECT_TRUE(stands(world, claim(world, run, ordered(), "engine"), "void: only the executor that signed the plan"));
}

TEST_F(Claim, ByAnotherKeyOfTheExecutorIsVoid) {
  world.adopt_root(
      [&](auto& list) { testing::principal(list, "machine").keys.push_back(world.key("machine-2").key()); });
  World::Raw raw;
  raw.key = "machine-2";
  EXPECT_TRUE(
      stands(world, claim(world, run, ordered(), "machine", raw), "void: only the executor that signed the plan"));
}

TEST_F(Claim, ByAPersonIsVoid) {
  EXPECT_TRUE(stands(world, claim(world, run, ordered(), "ana"), "void: only the executor"));
}

TEST_F(Claim, WithoutAnOrderIsVoid) {
  ASSERT_TRUE(world.approve("ben", run));
  EXPECT_TRUE(stands(world, claim(world, run, world.store.size() - 1), "void: nobody has ordered"));
}

TEST_F(Claim, WithoutSignaturesIsVoid) {
  const auto early = order(world, "ana", run);
  EXPECT_TRUE(stands(world, early, "void: the gate did not say yes at its head"));
  EXPECT_TRUE(stands(world, claim(world, run, early), "void: the gate does not say yes"));
}

TEST_F(Claim, OnAnotherOrderThanTheOneThatStandsIsVoid) {
  ordered();
  EXPECT_TRUE(stands(world, claim(world, run, 0), "void: cites another order"));
}

TEST_F(Claim, OfAnotherPlanIsVoid) {
  const auto order_leaf = ordered();
  const auto other = one_slot(world);
  const auto body = claim_body(world.run(other).plan->digest, ledger::leaf_hash(world.store.entries[order_leaf]));
  EXPECT_TRUE(
      stands(world, world.append_raw("machine", Kind::claim, world.scope(run), body), "void: claims another plan"));
}

TEST_F(Claim, ThatHasNotSeenTheEntryBeforeItIsVoid) {
  const auto order_leaf = ordered();
  World::Raw stale;
  stale.head_size = world.store.size() - 1;
  EXPECT_TRUE(stands(world, claim(world, run, order_leaf, "machine", stale), "void: not the entry before it"));
}

TEST_F(Claim, AfterAWithdrawalThatItsOrderReliedOnIsVoid) {
  const auto order_leaf = ordered();
  ASSERT_TRUE(world.desk("ben").withdraw(run));
  ASSERT_TRUE(world.approve("ben", run));
  EXPECT_TRUE(world.decision(run).yes);  // signed again, and yet the old order is gone
  const auto executed = world.execute(run);
  ASSERT_FALSE(executed);
  EXPECT_NE(executed.error().message.find("ben withdrew"), std::string::npos) << executed.error().message;
  EXPECT_TRUE(stands(world, claim(world, run, order_leaf), "void: ben withdrew"));
}

TEST_F(Claim, AfterANewOrderCounts) {
  ordered();
  ASSERT_TRUE(world.desk("ben").withdraw(run));
  ASSERT_TRUE(world.approve("ben", run));
  ASSERT_TRUE(world.order(run));
  EXPECT_TRUE(stands(world, claim(world, run, world.store.size() - 1), "counts"));
}

TEST_F(Claim, AfterAWithdrawalThatTheOrderHadNotSeenIsVoid) {
  ASSERT_TRUE(world.approve("ben", run));
  World::Raw unseen;
  unseen.head_size = world.store.size();
  ASSERT_TRUE(world.desk("ben").withdraw(run));
  ASSERT_TRUE(world.approve("ben", run));
  const auto order_leaf = order(world, "ana", run, false, unseen);
  EXPECT_TRUE(stands(world, order_leaf, "counts"));
  EXPECT_TRUE(stands(world, claim(world, run, order_leaf), "void: ben withdrew"));
}

TEST_F(Claim, AfterTheOrderWasTakenBackIsVoid) {
  const auto order_leaf = ordered();
  EXPECT_TRUE(stands(world, order(world, "ana", run, true), "counts"));
  EXPECT_TRUE(stands(world, claim(world, run, order_leaf), "void: took the order back"));
}

TEST_F(Claim, OnAnOrderThatSomebodyElseTookBackCounts) {
  const auto order_leaf = ordered();
  EXPECT_TRUE(stands(world, order(world, "ben", run, true), "counts"));
  EXPECT_TRUE(stands(world, claim(world, run, order_leaf), "counts"));
}

TEST_F(Claim, AfterTheOrdererLostTheRightIsVoid) {
  ASSERT_TRUE(world.approve("cleo", run));
  ASSERT_TRUE(world.order(run, "ben"));
  const auto order_leaf = world.store.size() - 1;
  world.adopt_root([](auto& list) { testing::principal(list, "ben").roles = {"privacy-officer"}; });
  EXPECT_TRUE(world.decision(run).yes);
  EXPECT_TRUE(stands(world, claim(world, run, order_leaf), "void: ben holds no right to run"));
}

TEST_F(Claim, AfterTheRequesterLostTheRightIsVoid) {
  ASSERT_TRUE(world.approve("cleo", run));
  ASSERT_TRUE(world.order(run, "ben"));
  const auto order_leaf = world.store.size() - 1;
  world.adopt_root([](auto& list) { testing::principal(list, "ana").roles = {"admin"}; });
  EXPECT_EQ(world.decision(run).code, Exit::refused);
  EXPECT_TRUE(stands(world, claim(world, run, order_leaf), "void: who asked for it, no longer holds"));
}

TEST_F(Claim, AfterACancelIsVoid) {
  const auto order_leaf = ordered();
  ASSERT_TRUE(world.desk("ana").cancel(run, ""));
  EXPECT_EQ(world.decision(run).code, Exit::ended);
  EXPECT_EQ(world.execute(run).error().code, Exit::ended);
  EXPECT_TRUE(stands(world, claim(world, run, order_leaf), "void: ana cancelled"));
}

TEST_F(Claim, AfterARejectionIsVoid) {
  const auto order_leaf = ordered();
  ASSERT_TRUE(world.desk("cleo").reject(run, "not now"));
  EXPECT_EQ(world.state(run), State::rejected);
  EXPECT_EQ(world.execute(run).error().code, Exit::ended);
  EXPECT_TRUE(stands(world, claim(world, run, order_leaf), "void: cleo rejected"));
}

TEST_F(Claim, AfterTheDeadlineIsVoid) {
  const auto order_leaf = ordered();
  world.clock.advance(24h + 1s);
  EXPECT_EQ(world.state(run), State::expired);
  EXPECT_EQ(world.execute(run).error().code, Exit::ended);
  EXPECT_TRUE(stands(world, claim(world, run, order_leaf), "void: expired"));
}

TEST_F(Claim, AtTheDeadlineCounts) {
  const auto order_leaf = ordered();
  world.clock.advance(24h);
  EXPECT_TRUE(stands(world, claim(world, run, order_leaf), "counts"));
}

// An executor that sets its clock back to outwit a deadline.
TEST_F(Claim, DatedBackBeforeTheExecutorsLastEntryIsVoid) {
  const auto order_leaf = ordered();
  world.clock.advance(25h);
  EXPECT_FALSE(world.execute(run));  // its refusal says how late it is
  World::Raw back;
  back.at = world.clock.now() - 2h;
  EXPECT_TRUE(
      stands(world, claim(world, run, order_leaf, "machine", back), "void: dated before the executor's last entry"));
}

TEST_F(Claim, DatedBackWithinTheSkewCounts) {
  const auto order_leaf = ordered();
  World::Raw back;
  back.at = world.clock.now() - kSkew;
  EXPECT_TRUE(stands(world, claim(world, run, order_leaf, "machine", back), "counts"));
}

TEST_F(Claim, IsRefusedByAClockThatWentBack) {
  ordered();
  world.clock.jump(-1h);
  EXPECT_FALSE(world.execute(run));
  EXPECT_EQ(world.processes.count("writer"), 0U);
  const auto signed_then = world.approve("cleo", run);
  ASSERT_FALSE(signed_then);
  EXPECT_EQ(signed_then.error().code, Exit::refused);
  EXPECT_NE(signed_then.error().message.find("clock"), std::string::npos) << signed_then.error().message;
}

TEST_F(Claim, DoesNotCountWhatIsDatedAfterItByMoreThanTheSkew) {
  World::Raw ahead;
  ahead.at = world.clock.now() + kSkew + 1ms;
  sign(world, "ben", run, Act::approve, ahead);
  EXPECT_FALSE(world.decision(run).yes);
  const auto order_leaf = order(world, "ana", run, false, ahead);
  EXPECT_TRUE(stands(world, order_leaf, "counts"));
  EXPECT_TRUE(stands(world, claim(world, run, order_leaf), "void: the gate does not say yes"));
}

TEST_F(Claim, CountsWhatIsDatedAfterItWithinTheSkew) {
  World::Raw ahead;
  ahead.at = world.clock.now() + kSkew;
  sign(world, "ben", run, Act::approve, ahead);
  EXPECT_TRUE(stands(world, claim(world, run, order(world, "ana", run, false, ahead)), "counts"));
}

TEST_F(Claim, IsNotHeldUpByAWithdrawalOfTheFuture) {
  const auto order_leaf = ordered();
  World::Raw ahead;
  ahead.at = world.clock.now() + 48h;
  sign(world, "ben", run, Act::withdraw, ahead);
  EXPECT_TRUE(stands(world, claim(world, run, order_leaf), "void: the gate does not say yes"));
}

TEST_F(Claim, SignatureDatedBackShortensTheDeadline) {
  World::Raw back;
  back.at = world.clock.now() - 23h;
  sign(world, "ben", run, Act::approve, back);
  EXPECT_EQ(world.decision(run).deadline, *back.at + 24h);
}

TEST_F(Claim, MakesLaterWordsLate) {
  const auto order_leaf = ordered();
  claim(world, run, order_leaf);
  EXPECT_TRUE(stands(world, sign(world, "cleo", run), "late: already started"));
  EXPECT_TRUE(stands(world, sign(world, "ben", run, Act::withdraw), "late: already started"));
  EXPECT_TRUE(stands(world, world.append_raw("ana", Kind::cancel, world.scope(run), cancel_body(nullptr)),
                     "late: already started"));
  EXPECT_TRUE(stands(world, order(world, "ana", run, true), "late: already started"));
  EXPECT_EQ(world.state(run), State::executing);
  EXPECT_TRUE(world.told().faults().empty());
  EXPECT_FALSE(world.desk("ben").withdraw(run));
  EXPECT_FALSE(world.desk("ana").cancel(run, "stop"));
}

TEST_F(Claim, OrderOfSomebodyWithoutTheRightIsVoid) {
  ASSERT_TRUE(world.approve("ben", run));
  EXPECT_EQ(world.order(run, "cleo").error().code, Exit::refused);
  EXPECT_TRUE(stands(world, order(world, "cleo", run), "void: no right to run"));
  EXPECT_TRUE(stands(world, order(world, "machine", run), "void: no right to run"));
}

TEST_F(Claim, OrderOfCiCountsWithTheRight) {
  ASSERT_TRUE(world.approve("ben", run));
  const auto order_leaf = order(world, "robot", run);
  EXPECT_TRUE(stands(world, order_leaf, "counts"));
  EXPECT_TRUE(stands(world, claim(world, run, order_leaf), "counts"));
}

TEST_F(Claim, OrderOfAnotherPlanIsVoid) {
  ordered();
  const auto other = one_slot(world);
  const auto body = order_body(world.run(other).plan->digest, false);
  EXPECT_TRUE(stands(world, world.append_raw("ana", Kind::order, world.scope(run), body), "void: orders another plan"));
}

TEST_F(Claim, OrderIsRefusedUntilTheGateSaysYes) {
  EXPECT_EQ(world.order(run).error().code, Exit::approvals_missing);
  ASSERT_TRUE(world.desk("cleo").reject(run, "no"));
  EXPECT_EQ(world.order(run).error().code, Exit::ended);
}

TEST_F(Claim, OnAnOrderForLaterIsVoidUntilItsTimeAndCountsFromThenOn) {
  testing::must(world.approve("ben", run));
  const auto time = world.clock.now() + 2h;
  testing::must(world.desk("ana").order(run, time));
  const auto order_leaf = world.store.size() - 1;
  EXPECT_EQ(world.run(run).orders.back().not_before, time);
  world.clock.advance(2h - 1ms);
  EXPECT_EQ(world.execute(run).error().code, Exit::approvals_missing);
  EXPECT_TRUE(stands(world, claim(world, run, order_leaf), "void: which has not come"));
  world.store.entries.pop_back();
  world.clock.advance(1ms);
  EXPECT_TRUE(stands(world, claim(world, run, order_leaf), "counts"));
}

// Not a claim that is dated later than it was written, either: nobody reads it as in time who was there.
TEST_F(Claim, OnAnOrderForLaterIsJudgedByItsOwnDate) {
  testing::must(world.approve("ben", run));
  const auto order_leaf = order_for(world, "ana", run, world.clock.now() + 2h);
  World::Raw dated;
  dated.at = world.clock.now() + 2h - 1ms;
  EXPECT_TRUE(stands(world, claim(world, run, order_leaf, "machine", dated), "void: which has not come"));
}

TEST_F(Claim, OrderForAfterTheDeadlineIsRefused) {
  testing::must(world.approve("ben", run));
  const auto deadline = world.decision(run).deadline;
  const auto refused = world.desk("ana").order(run, deadline + 1ms);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Exit::refused);
  EXPECT_NE(refused.error().message.find("expires " + blc::to_string(deadline)), std::string::npos);
  EXPECT_TRUE(world.desk("ana").order(run, deadline));
  // Forged, it counts and never lets the run start.
  const auto forged = order_for(world, "ana", run, deadline + 1h);
  EXPECT_TRUE(stands(world, forged, "counts"));
  world.clock.advance(std::chrono::duration_cast<Milliseconds>(deadline + 1h - world.clock.now()));
  EXPECT_TRUE(stands(world, claim(world, run, forged), "void: expired"));
}

TEST_F(Claim, TheLastOrderOfAPersonCountsWhateverItsTime) {
  const auto at_once = ordered();
  const auto later = order_for(world, "ana", run, world.clock.now() + 1h);
  EXPECT_TRUE(stands(world, claim(world, run, at_once), "void: ana ordered it for"));
  world.store.entries.pop_back();
  const auto sooner = order(world, "ana", run);
  EXPECT_TRUE(stands(world, claim(world, run, later), "void: another order"));
  world.store.entries.pop_back();
  EXPECT_TRUE(stands(world, claim(world, run, sooner), "counts"));
  world.store.entries.pop_back();
  // Another person's order is theirs.
  const auto robots = order(world, "robot", run);
  order_for(world, "ana", run, world.clock.now() + 1h);
  EXPECT_TRUE(stands(world, claim(world, run, robots), "counts"));
}

TEST_F(Claim, OnAnOrderForLaterThatWasTakenBackIsVoid) {
  testing::must(world.approve("ben", run));
  EXPECT_EQ(world.desk("ana").withdraw_order(run).error().code, Exit::refused);
  testing::must(world.desk("ana").order(run, world.clock.now() + 1h));
  const auto order_leaf = world.store.size() - 1;
  EXPECT_EQ(world.desk("ben").withdraw_order(run).error().code, Exit::refused);
  testing::must(world.desk("ana").withdraw_order(run));
  EXPECT_EQ(world.desk("ana").withdraw_order(run).error().code, Exit::refused);
  world.clock.advance(1h);
  EXPECT_FALSE(world.execute(run));
  EXPECT_TRUE(stands(world, claim(world, run, order_leaf), "void: ana took the order back"));
}

TEST_F(Claim, OnAnOrderForLaterFallsWithAWithdrawnApproval) {
  testing::must(world.approve("ben", run));
  testing::must(world.desk("ana").order(run, world.clock.now() + 1h));
  const auto order_leaf = world.store.size() - 1;
  testing::must(world.desk("ben").withdraw(run));
  testing::must(world.approve("ben", run));
  world.clock.advance(1h);
  EXPECT_TRUE(stands(world, claim(world, run, order_leaf), "void: ben withdrew"));
}

TEST_F(Claim, OrderThatIsMalformedIsVoid) {
  testing::must(world.approve("ben", run));
  for (const auto& time : {text::Json("18:00"), text::Json("2026-11-22T18:00:00Z"), text::Json(5), text::Json()}) {
    auto body = order_body(world.run(run).plan->digest, false);
    body.get_if<text::Json::Object>()->emplace("not_before", time);
    EXPECT_TRUE(stands(world, world.append_raw("ana", Kind::order, world.scope(run), body), "void: not_before"));
  }
  const auto both = order_body(world.run(run).plan->digest, true, world.clock.now());
  EXPECT_TRUE(stands(world, world.append_raw("ana", Kind::order, world.scope(run), both), "void: not_before"));
}

TEST_F(Claim, CancelIsForTheRequesterOrAnAdmin) {
  EXPECT_FALSE(world.desk("ben").cancel(run, "x"));
  const auto bens = world.requested("report make", kClient, Environment::local, false, "ben");
  EXPECT_TRUE(stands(world, world.append_raw("ana", Kind::cancel, world.scope(bens), cancel_body(nullptr)), "counts"));
  EXPECT_TRUE(stands(world, world.append_raw("ben", Kind::cancel, world.scope(run), cancel_body(nullptr)),
                     "void: only the requester or an admin"));
}

TEST_F(Claim, OfAPlanAfterACancelNeverComes) {
  const auto asked = world.requested("report make", kClient, Environment::staging);
  ASSERT_TRUE(world.desk("ana").cancel(asked, ""));
  EXPECT_FALSE(world.plan(asked));
  EXPECT_EQ(world.state(asked), State::cancelled);
}

TEST_F(Claim, StepsBeforeItOrByOthersAreVoid) {
  EXPECT_TRUE(stands(world, intent(), "void: was not claimed"));
  World fresh;
  run = one_slot(fresh);
  testing::must(fresh.approve("ben", run));
  testing::must(fresh.order(run));
  claim(fresh, run, fresh.store.size() - 1);
  const auto by_ana = fresh.append_raw("ana", Kind::outcome, fresh.scope(run), outcome_body(Ending::succeeded, {}, ""));
  EXPECT_TRUE(stands(fresh, by_ana, "void: only the claimant"));
  EXPECT_EQ(fresh.state(run), State::executing);
}

TEST_F(Claim, StepIntentThatHasNotSeenTheEntryBeforeItIsVoid) {
  claim(world, run, ordered());
  World::Raw stale;
  stale.head_size = world.store.size() - 1;
  EXPECT_TRUE(stands(world, intent("machine", stale), "void: not the entry before it"));
  EXPECT_TRUE(stands(world, intent(), "counts"));
}

TEST_F(Claim, OutcomeEndsTheRun) {
  claim(world, run, ordered());
  EXPECT_TRUE(stands(world, outcome(Ending::succeeded), "counts"));
  EXPECT_EQ(world.state(run), State::succeeded);
  EXPECT_TRUE(stands(world, outcome(Ending::failed), "late: has ended"));
  EXPECT_TRUE(stands(world, intent(), "late: has ended"));
  EXPECT_EQ(world.state(run), State::succeeded);
}

TEST_F(Claim, OutcomeThatIsProvenLaterReplacesAnUnknownOne) {
  claim(world, run, ordered());
  outcome(Ending::indeterminate);
  EXPECT_EQ(world.state(run), State::indeterminate);
  EXPECT_TRUE(stands(world, outcome(Ending::partial), "counts"));
  EXPECT_EQ(world.state(run), State::partial);
}

TEST_F(Claim, SilentForALeaseIsIndeterminate) {
  claim(world, run, ordered());
  world.clock.advance(kLease);
  EXPECT_EQ(world.state(run), State::executing);
  world.clock.advance(1ms);
  EXPECT_EQ(world.state(run), State::indeterminate);
  world.append_raw("machine", Kind::heartbeat, world.scope(run), text::Json::Object{});
  EXPECT_EQ(world.state(run), State::executing);
}

TEST_F(Claim, OfARunWithAnEntryNobodyKnowsIsStopped) {
  ASSERT_TRUE(world.approve("ben", run));
  const auto scope = world.scope(run);
  // A later blc's kind, authentic.
  auto& key = world.key("ben");
  const ledger::Header header{world.pin().origin,
                              EntryId{*Ulid::parse("01KADX0V8T5N2R9JQ3HW7M4KD2")},
                              "ben",
                              world.clock.now(),
                              1,
                              world.head(world.store.size()),
                              scope.run,
                              scope.environment,
                              scope.classification};
  auto payload = *text::parse_canonical(ledger::encode_payload(Kind::approval, header, text::Json::Object{}));
  payload.get_if<text::Json::Object>()->insert_or_assign("kind", "restore");
  const auto bytes = text::canonical(payload);
  const auto raw = *key.sign("blc.restore.v1", ledger::pae(ledger::payload_type("restore.v1"), bytes));
  const auto leaf = world.store_raw(text::canonical(
      text::Json::Object{{"payload", crypto::base64(bytes)},
                         {"payloadType", ledger::payload_type("restore.v1")},
                         {"signatures", text::Json::Array{text::Json::Object{{"sig", crypto::base64(raw)}}}}}));
  EXPECT_TRUE(stands(world, leaf, "counts"));
  const auto decision = world.decision(run);
  EXPECT_FALSE(decision.yes);
  EXPECT_EQ(decision.code, Exit::refused);
  EXPECT_FALSE(world.order(run));
  const auto other = one_slot(world);  // another run goes on
  ASSERT_TRUE(world.approve("ben", other));
  EXPECT_TRUE(world.decision(other).yes);
  EXPECT_TRUE(stands(world, order(world, "ana", run), "void: kind this blc does not know"));
}

TEST_F(Claim, OfEveryRunIsStoppedByAnUnknownEntryWithoutARun) {
  ASSERT_TRUE(world.approve("ben", run));
  const ledger::Header header{world.pin().origin,
                              EntryId{*Ulid::parse("01KADX0V8T5N2R9JQ3HW7M4KD2")},
                              "ana",
                              world.clock.now(),
                              1,
                              world.head(world.store.size()),
                              {},
                              {},
                              {}};
  auto payload = *text::parse_canonical(ledger::encode_payload(Kind::root, header, text::Json::Object{}));
  payload.get_if<text::Json::Object>()->insert_or_assign("kind", "restore");
  const auto bytes = text::canonical(payload);
  const auto raw = *world.key("ana").sign("blc.restore.v1", ledger::pae(ledger::payload_type("restore.v1"), bytes));
  world.store_raw(text::canonical(
      text::Json::Object{{"payload", crypto::base64(bytes)},
                         {"payloadType", ledger::payload_type("restore.v1")},
                         {"signatures", text::Json::Array{text::Json::Object{{"sig", crypto::base64(raw)}}}}}));
  EXPECT_EQ(world.told().unreadable(), world.store.size() - 1);
  EXPECT_FALSE(world.decision(run).yes);
  EXPECT_EQ(world.order(run).error().code, Exit::refused);
}

}  // namespace
}  // namespace blc::approval
