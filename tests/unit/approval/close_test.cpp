// Who may say what really happened to a run that ended in doubt.
#include <gtest/gtest.h>

#include "signing.hpp"

namespace blc::approval {
namespace {

using namespace std::chrono_literals;
using ledger::Kind;

class Close : public ::testing::Test {
 protected:
  void SetUp() override { run = two_slots(world); }
  void claimed() {
    testing::must(world.approve("ben", run));
    testing::must(world.approve("cleo", run));
    testing::must(world.order(run));
    claim(world, run, world.store.size() - 1);
  }
  void ended(Ending ending) {
    claimed();
    world.append_raw("machine", Kind::outcome, world.scope(run), outcome_body(ending, {}, "because"));
  }
  // A finding written and signed past the desk; sealed, as a clinical run asks.
  std::uint64_t finding(const std::string& name, const std::string& text) {
    std::vector<ports::SealedBlob> blobs;
    const auto words = testing::must(world.vault().words(world.scope(run), "report make", "finding", text, blobs));
    return world.append_raw(name, Kind::close, world.scope(run), close_body(words));
  }
  std::uint64_t same(const std::string& name, std::uint64_t first) {
    return world.append_raw(name, Kind::close, world.scope(run),
                            close_body(ledger::leaf_hash(world.store.entries.at(first))));
  }
  World world;
  RunId run;
};

TEST_F(Close, NeedsAsManyPeopleAsThePlanHadSlots) {
  ended(Ending::partial);
  ASSERT_TRUE(world.desk("ben").close(run, "the report was written"));
  EXPECT_EQ(world.state(run), State::partial);
  const auto finding = world.run(run).closes.front().hash;
  EXPECT_EQ(world.desk("ben").sign_finding(run, finding).error().code, Exit::refused);
  ASSERT_TRUE(world.desk("cleo").sign_finding(run, finding));
  EXPECT_EQ(world.state(run), State::closed);
  EXPECT_TRUE(world.told().faults().empty());
}

TEST_F(Close, OnePersonTwiceIsLate) {
  ended(Ending::partial);
  const auto first = finding("ben", "written");
  EXPECT_TRUE(stands(world, same("ben", first), "late: has signed this finding"));
  EXPECT_EQ(world.state(run), State::partial);
}

TEST_F(Close, TwoFindingsDoNotAddUpAndNeitherBlocksTheOther) {
  ended(Ending::partial);
  const auto first = finding("ben", "written");
  EXPECT_TRUE(stands(world, finding("cleo", "not written"), "counts"));
  EXPECT_EQ(world.state(run), State::partial);
  EXPECT_TRUE(stands(world, same("cleo", first), "counts"));
  EXPECT_EQ(world.state(run), State::closed);
}

TEST_F(Close, OnAFindingThatIsNotThereIsVoid) {
  ended(Ending::partial);
  EXPECT_TRUE(stands(world, same("cleo", 0), "void: a finding that is not this run's"));
  World other;
  run = two_slots(other);
  testing::must(other.approve("ben", run));
  testing::must(other.approve("cleo", run));
  testing::must(other.order(run));
  claim(other, run, other.store.size() - 1);
  other.append_raw("machine", Kind::outcome, other.scope(run), outcome_body(Ending::partial, {}, ""));
  testing::must(other.desk("ben").close(run, "written"));
  const auto leaf =
      other.append_raw("cleo", Kind::close, other.scope(run), close_body(ledger::leaf_hash(other.store.entries[0])));
  EXPECT_TRUE(stands(other, leaf, "void: a finding that is not this run's"));
}

TEST_F(Close, ByTheRequesterAloneIsNotEnough) {
  run = one_slot(world);
  testing::must(world.approve("ben", run));
  testing::must(world.order(run));
  claim(world, run, world.store.size() - 1);
  world.append_raw("machine", Kind::outcome, world.scope(run), outcome_body(Ending::partial, {}, ""));
  ASSERT_TRUE(world.desk("ana").close(run, "written"));
  EXPECT_EQ(world.state(run), State::partial);
  ASSERT_TRUE(world.desk("ben").sign_finding(run, world.run(run).closes.front().hash));
  EXPECT_EQ(world.state(run), State::closed);
}

// What was read is what is signed: a finding that comes between reading and signing is another one.
TEST_F(Close, SignsTheFindingThatWasReadNotTheLatest) {
  ended(Ending::partial);
  ASSERT_TRUE(world.desk("ben").close(run, "written"));
  const auto read = world.run(run).closes.front().hash;
  world.store.before_append = [&] { finding("ana", "not written"); };
  ASSERT_TRUE(world.desk("cleo").sign_finding(run, read));
  EXPECT_EQ(world.state(run), State::closed);
  EXPECT_EQ(world.run(run).closes.back().same_finding, read);
}

TEST_F(Close, BySomebodyWhoLostTheirSayOnTheWayIsLate) {
  run = one_slot(world);
  testing::must(world.approve("ben", run));
  testing::must(world.order(run));
  claim(world, run, world.store.size() - 1);
  world.append_raw("machine", Kind::outcome, world.scope(run), outcome_body(Ending::partial, {}, ""));
  std::vector<ports::SealedBlob> blobs;
  const auto words = testing::must(world.vault().words(world.scope(run), "report make", "finding", "x", blobs));
  const auto withheld = world.sign_raw("cleo", Kind::close, world.scope(run), close_body(words), {});
  world.adopt_root([](auto& list) { testing::principal(list, "cleo").roles = {"practice-manager"}; });
  EXPECT_TRUE(stands(world, world.store_raw(withheld), "late: no longer has a say"));
}

TEST_F(Close, ByTheRequesterAloneIsEnoughWhereNobodyHadToSign) {
  run = world.planned("task add", {{"title", "milk"}});
  testing::must(world.order(run));
  claim(world, run, world.store.size() - 1);
  world.append_raw("machine", Kind::outcome, world.scope(run), outcome_body(Ending::indeterminate, {"add"}, ""));
  ASSERT_TRUE(world.desk("ana").close(run, "it is there"));
  EXPECT_EQ(world.state(run), State::closed);
}

TEST_F(Close, WhatIsExecutingIsVoid) {
  claimed();
  EXPECT_FALSE(world.desk("ben").close(run, "lost"));
  EXPECT_TRUE(stands(world, finding("ben", "lost"), "void: is executing"));
}

TEST_F(Close, WhatFellSilentCounts) {
  claimed();
  world.clock.advance(kLease + 1ms);
  EXPECT_TRUE(stands(world, finding("ben", "lost"), "counts"));
}

TEST_F(Close, WhatIsClearIsLate) {
  ended(Ending::succeeded);
  EXPECT_FALSE(world.desk("ben").close(run, "fine"));
  EXPECT_TRUE(stands(world, finding("ben", "fine"), "late: nothing left to close"));
}

TEST_F(Close, WhatWasNotStartedIsVoid) { EXPECT_TRUE(stands(world, finding("ben", "x"), "void: was not started")); }

TEST_F(Close, ByAServiceIsVoid) {
  ended(Ending::partial);
  EXPECT_TRUE(stands(world, finding("machine", "x"), "void: no say in this run"));
  EXPECT_TRUE(stands(world, finding("robot", "x"), "void"));
}

TEST_F(Close, BySomebodyWithoutASayIsVoid) {
  run = one_slot(world);
  testing::must(world.approve("ben", run));
  testing::must(world.order(run));
  claim(world, run, world.store.size() - 1);
  world.append_raw("machine", Kind::outcome, world.scope(run), outcome_body(Ending::partial, {}, ""));
  EXPECT_TRUE(stands(world, finding("dora", "x"), "void: no say in this run"));
}

TEST_F(Close, OfAClinicalRunInClearIsVoid) {
  ended(Ending::partial);
  const auto leaf = world.append_raw("ben", Kind::close, world.scope(run), close_body(Words{"Jane Roe", {}}));
  EXPECT_TRUE(stands(world, leaf, "void: must be sealed"));
}

TEST_F(Close, EndsTheClaimantsWords) {
  ended(Ending::indeterminate);
  const auto first = finding("ben", "written");
  same("cleo", first);
  EXPECT_EQ(world.state(run), State::closed);
  const auto leaf =
      world.append_raw("machine", Kind::outcome, world.scope(run), outcome_body(Ending::succeeded, {}, ""));
  EXPECT_TRUE(stands(world, leaf, "late: has ended"));
  EXPECT_EQ(world.state(run), State::closed);
}

TEST_F(Close, NeedsWordsOfTheFirst) {
  ended(Ending::partial);
  EXPECT_EQ(world.desk("ben").close(run, "").error().code, Exit::usage);
}

TEST(Reveal, IsForWhoHoldsTheRightAndIsRecorded) {
  World world;
  const auto run = one_slot(world);
  EXPECT_FALSE(world.desk("dora").reveal(run, {"client"}));
  EXPECT_FALSE(world.desk("ben").reveal(run, {"client"}));
  ASSERT_TRUE(world.desk("cleo").reveal(run, {"client"}));
  EXPECT_EQ(world.run(run).reveals.front().names, std::vector<std::string>{"client"});
  EXPECT_TRUE(stands(world, world.append_raw("machine", Kind::reveal, world.scope(run), reveal_body({"client"})),
                     "void: only people"));
}

TEST(Refusal, IsAnExecutorsWordAndSealedInAClinicalRun) {
  World world;
  const auto run = one_slot(world);
  const Words sealed{{}, ledger::SealedItem{"why", {}}};
  const auto body = refusal_body("ana", "execute", 3, sealed);
  EXPECT_TRUE(stands(world, world.append_raw("ana", Kind::refusal, world.scope(run), body), "void: no executor there"));
  const auto in_clear = refusal_body("ana", "execute", 3, Words{"no", {}});
  EXPECT_TRUE(
      stands(world, world.append_raw("machine", Kind::refusal, world.scope(run), in_clear), "void: must be sealed"));
}

}  // namespace
}  // namespace blc::approval
