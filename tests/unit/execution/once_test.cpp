// At most once: whatever breaks, and wherever, no effect begins twice and what is told is true.
#include <gtest/gtest.h>

#include <algorithm>

#include "core/approval/bodies.hpp"
#include "core/ledger/tree.hpp"
#include "support/world.hpp"

namespace blc::execution {
namespace {

using namespace std::chrono_literals;
using approval::Ending;
using approval::State;
using ledger::Kind;
using testing::Fault;
using testing::World;

// A write with an undo, an atomic write, a disclosure.
constexpr std::string_view kMixed = R"(verb: mixed
summary: Three effects
classification: personal
data: [internal]
steps:
  - {name: first, summary: f, effect: write, argv: [first], writes: [out], undo: {argv: [unfirst]}}
  - {name: second, summary: s, effect: write, argv: [second], writes: [out], atomic: true}
  - {name: third, summary: t, effect: disclose, argv: [third]}
)";

testing::Practice practice() {
  auto files = testing::default_practice();
  files.insert_or_assign("verbs/mixed.yaml", std::string(kMixed));
  return files;
}

class Once : public ::testing::Test {
 protected:
  void SetUp() override {
    run = world.planned("mixed");
    testing::must(world.order(run));
  }
  void expect_refused_for_good() {
    const auto executed = world.execute(run);
    ASSERT_FALSE(executed);
    EXPECT_EQ(executed.error().code, Exit::refused) << executed.error().message;
    EXPECT_EQ(world.processes.count(), 0U);
  }
  World world{practice()};
  RunId run;
};

TEST_F(Once, ARunThatEndedIsNotStartedAgain) {
  ASSERT_TRUE(world.execute(run));
  const auto again = world.execute(run);
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, Exit::refused);
  EXPECT_EQ(world.processes.count("first"), 1U);
  EXPECT_EQ(world.order(run).error().code, Exit::refused);
}

TEST_F(Once, NothingIsClaimedWithoutAJournal) {
  world.journal.missing = true;
  expect_refused_for_good();
  EXPECT_FALSE(world.run(run).claim);
}

TEST_F(Once, NothingIsClaimedWithADamagedJournal) {
  for (const auto* line : {
           R"({})", R"(rubbish)", R"({"event":"began","run":"01KADX0V8T5N2R9JQ3HW7M4KD2"})",
           R"({"event":"started","run":"x"})", R"({"event":"started"})",
           R"({"event":"finished","run":"01KADX0V8T5N2R9JQ3HW7M4KD2","step":"s","succeeded":true,"undo":false})"}) {
    world.journal.written = {line};
    expect_refused_for_good();
  }
}

TEST_F(Once, NothingIsClaimedWithAJournalThatLacksAClaimOfThisKey) {
  ASSERT_TRUE(world.execute(run));
  world.journal.written.clear();  // restored from a backup, or another machine's
  world.processes.launches.clear();
  run = world.planned("mixed");
  testing::must(world.order(run));
  expect_refused_for_good();
  EXPECT_FALSE(world.run(run).claim);
}

// A store that was rolled back, or a cache that lies: the journal alone forbids a second start.
TEST_F(Once, AStartInTheJournalForbidsASecondWhateverTheStoreShows) {
  const auto before = world.store.entries;
  ASSERT_TRUE(world.execute(run));
  world.store.entries = before;
  world.processes.launches.clear();
  auto fresh = world.client();  // with no memory of the head that was lost
  auto executor = testing::must([&] {
    testing::must(fresh->log.refresh());
    return Executor::open({fresh->log, fresh->vault, world.key("machine"), world.clock, world.journal, world.processes,
                           world.files, world.credentials,
                           [](Milliseconds) -> Result<std::unique_ptr<ports::ExecutorLock>> { return nullptr; }});
  }());
  Progress progress;
  const auto again = executor.execute(run, {}, progress);
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, Exit::refused);
  EXPECT_EQ(world.processes.count(), 0U);
}

TEST_F(Once, ALostAnswerToTheClaimIsFoundAndTheRunGoesOn) {
  world.store.faults = {Fault::fails_but_persists};
  EXPECT_EQ(testing::must(world.execute(run)).ending, Ending::succeeded);
  EXPECT_EQ(world.processes.started(), "first second third");
}

TEST_F(Once, AClaimThatFailedMayBeTriedAgain) {
  world.store.faults = {Fault::fails};
  EXPECT_THROW(static_cast<void>(world.execute(run)), Broken);
  EXPECT_EQ(world.processes.count(), 0U);
  EXPECT_EQ(testing::must(world.execute(run)).ending, Ending::succeeded);
  EXPECT_EQ(world.processes.started(), "first second third");
}

TEST_F(Once, AClaimIsMadeAnewAfterAConflictAndRunsOnce) {
  world.store.before_append = [&] {
    world.append_raw("ana", Kind::reveal, world.scope(run), approval::reveal_body({"x"}));
  };
  EXPECT_EQ(testing::must(world.execute(run)).ending, Ending::succeeded);
  EXPECT_EQ(world.processes.started(), "first second third");
  EXPECT_TRUE(world.told().faults().empty());
}

TEST_F(Once, AWithdrawalThatWinsTheRaceStopsTheClaim) {
  World two(practice());
  const auto rehearsal = two.planned("report make", {{"client", "C-1042"}}, Environment::local, true);
  testing::must(two.approve("ben", rehearsal));
  testing::must(two.approve("cleo", rehearsal));
  testing::must(two.order(rehearsal));
  two.store.before_append = [&] {
    two.append_raw("cleo", Kind::approval, two.scope(rehearsal),
                   approval::approval_body(approval::Act::withdraw, two.run(rehearsal).plan->digest, nullptr));
  };
  EXPECT_EQ(two.execute(rehearsal).error().code, Exit::approvals_missing);
  EXPECT_EQ(two.processes.count("writer"), 0U);
  EXPECT_FALSE(two.run(rehearsal).claim);
  EXPECT_TRUE(two.told().faults().empty());
}

TEST_F(Once, RecoveryDoesNothingWhereNothingIsUnclear) {
  const auto size = world.store.size();
  ASSERT_TRUE(world.recover(run));  // not claimed
  EXPECT_EQ(world.store.size(), size);
  ASSERT_TRUE(world.execute(run));
  const auto ended = world.store.size();
  ASSERT_TRUE(world.recover(run));
  EXPECT_EQ(world.store.size(), ended);
}

TEST_F(Once, RecoveryLeavesAnExecutorAtWorkAlone) {
  world.processes.scripts["second"].meanwhile = [&](const auto&) {
    world.lock_taken = true;
    const auto size = world.store.size();
    EXPECT_TRUE(world.recover(run));
    EXPECT_EQ(world.store.size(), size);
    world.lock_taken = false;
  };
  EXPECT_EQ(testing::must(world.execute(run)).ending, Ending::succeeded);
}

// ---- a crash at every write ---------------------------------------------------------------------------------

// What the world was left in, by what the programs saw: the truth that no outcome may contradict.
struct Truth {
  bool first = false;
  bool second = false;
  bool third = false;
};

// Runs until the break, then as the next process would: recover, and try to run again.
void after_the_crash(World& world, const RunId& run, const std::string& where) {
  SCOPED_TRACE(where);
  world.store.faults.clear();
  world.journal.fail_after = -1;
  const auto& launches = world.processes.launches;
  const auto counted = [&](std::string_view name) { return world.processes.count(name); };
  for (const auto* name : {"first", "second", "third", "unfirst"}) ASSERT_LE(counted(name), 1U) << name;
  const auto begun = launches.size();
  ASSERT_TRUE(world.recover(run));
  EXPECT_EQ(launches.size(), begun) << "recovery starts nothing";
  const bool claimed = world.run(run).claim.has_value();
  const auto again = world.execute(run);
  if (claimed) {
    EXPECT_FALSE(again) << "a claimed run started again";
    EXPECT_EQ(launches.size(), begun);
  } else {
    EXPECT_TRUE(again || begun > 0) << again.error().message;
  }
  for (const auto* name : {"first", "second", "third", "unfirst"}) ASSERT_LE(counted(name), 1U) << name;
  EXPECT_TRUE(world.told().faults().empty());
  if (!claimed) return;
  const auto& outcome = world.run(run).outcome;
  ASSERT_TRUE(outcome) << "a run that was claimed has an outcome after recovery";
  const Truth truth{counted("first") > counted("unfirst"),
                    counted("second") > 0 && world.processes.scripts["second"].code == 0, counted("third") > 0};
  const auto lists = [&](const std::string& step) {
    return std::ranges::find(outcome->remains, step) != outcome->remains.end();
  };
  switch (outcome->ending) {
    case Ending::succeeded: EXPECT_TRUE(truth.first && truth.second && truth.third); break;
    case Ending::failed: EXPECT_FALSE(truth.first || truth.second || truth.third); break;
    case Ending::partial:
      EXPECT_EQ(lists("first"), truth.first);
      EXPECT_EQ(lists("second"), truth.second);
      EXPECT_EQ(lists("third"), truth.third);
      break;
    case Ending::indeterminate:  // everything that is there is listed, perhaps more
      EXPECT_TRUE(lists("first") || !truth.first);
      EXPECT_TRUE(lists("second") || !truth.second);
      EXPECT_TRUE(lists("third") || !truth.third);
      break;
  }
}

class Crash : public ::testing::TestWithParam<std::string> {
 protected:
  // The program that fails in this story, or "".
  void tell(World& world) const {
    if (!GetParam().empty()) world.processes.scripts[GetParam()].code = 1;
  }
};

TEST_P(Crash, AtEveryWriteOfTheJournal) {
  for (int write = 0; write < 30; ++write) {
    World world(practice());
    tell(world);
    const auto run = world.planned("mixed");
    testing::must(world.order(run));
    world.journal.fail_after = write;
    bool crashed = false;
    try {
      static_cast<void>(world.execute(run));
    } catch (const Broken&) {
      crashed = true;
    }
    after_the_crash(world, run, "journal write " + std::to_string(write));
    if (!crashed) {
      EXPECT_GT(write, 4);
      return;
    }
  }
  FAIL() << "the run never got through";
}

TEST_P(Crash, AtEveryAppendThatLeavesNothing) {
  for (std::size_t append = 0; append < 30; ++append) {
    World world(practice());
    tell(world);
    const auto run = world.planned("mixed");
    testing::must(world.order(run));
    world.store.faults.assign(append, Fault::none);
    world.store.faults.push_back(Fault::fails);
    bool crashed = false;
    try {
      static_cast<void>(world.execute(run));
    } catch (const Broken&) {
      crashed = true;
    }
    after_the_crash(world, run, "append " + std::to_string(append));
    if (!crashed) {
      EXPECT_GT(append, 4U);
      return;
    }
  }
  FAIL() << "the run never got through";
}

// The answer is lost and so is the process: it dies at the append, though the entry is stored.
TEST_P(Crash, AtEveryAppendThatLeavesTheEntry) {
  for (std::size_t append = 0; append < 30; ++append) {
    World world(practice());
    tell(world);
    const auto run = world.planned("mixed");
    testing::must(world.order(run));
    world.store.faults.assign(append, Fault::none);
    world.store.faults.push_back(Fault::fails_but_persists);
    world.store.faults.push_back(Fault::fails);  // and whatever it tried next
    bool crashed = false;
    try {
      static_cast<void>(world.execute(run));
    } catch (const Broken&) {
      crashed = true;
    }
    after_the_crash(world, run, "append " + std::to_string(append));
    if (!crashed) {
      EXPECT_GT(append, 4U);
      return;
    }
  }
  FAIL() << "the run never got through";
}

INSTANTIATE_TEST_SUITE_P(Story, Crash, ::testing::Values("", "first", "second", "third", "unfirst"),
                         [](const auto& each) { return each.param.empty() ? "AllGoesWell" : "Fails_" + each.param; });

// ---- what the journal proves --------------------------------------------------------------------------------

class Proof : public ::testing::Test {
 protected:
  void SetUp() override {
    run = world.planned("mixed");
    testing::must(world.order(run));
  }
  // The run breaks off at the end of this program, as by a power cut; then recovery.
  approval::OutcomeFact cut_off_in(const std::string& program) {
    world.processes.scripts[program].meanwhile = [&](const auto&) { throw Broken("the power went"); };
    EXPECT_THROW(static_cast<void>(world.execute(run)), Broken);
    testing::must(world.recover(run));
    return *world.run(run).outcome;
  }
  World world{practice()};
  RunId run;
};

TEST_F(Proof, AStepThatBegunAndDidNotEndIsInDoubt) {
  const auto outcome = cut_off_in("first");
  EXPECT_EQ(outcome.ending, Ending::indeterminate);
  EXPECT_EQ(outcome.remains, std::vector<std::string>{"first"});
}

TEST_F(Proof, AnAtomicStepThatBegunAndDidNotEndIsInDoubtToo) {
  const auto outcome = cut_off_in("second");
  EXPECT_EQ(outcome.ending, Ending::indeterminate);
  EXPECT_EQ(outcome.remains, (std::vector<std::string>{"second", "first"}));
}

TEST_F(Proof, AnUndoThatBegunAndDidNotEndIsInDoubt) {
  world.processes.scripts["second"].code = 1;
  const auto outcome = cut_off_in("unfirst");
  EXPECT_EQ(outcome.ending, Ending::indeterminate);
  EXPECT_EQ(outcome.remains, std::vector<std::string>{"first"});
}

TEST_F(Proof, ADisclosureThatBegunIsInDoubt) {
  const auto outcome = cut_off_in("third");
  EXPECT_EQ(outcome.ending, Ending::indeterminate);
  EXPECT_EQ(outcome.remains, (std::vector<std::string>{"third", "first", "second"}));
}

TEST_F(Proof, ARunThatWasClaimedAndNotStartedFailed) {
  world.journal.fail_after = 1;  // the claim is noted, the start is not
  EXPECT_THROW(static_cast<void>(world.execute(run)), Broken);
  world.journal.fail_after = -1;
  EXPECT_EQ(world.state(run), State::executing);
  testing::must(world.recover(run));
  EXPECT_EQ(world.state(run), State::failed);
  EXPECT_EQ(world.processes.count(), 0U);
}

TEST_F(Proof, ARunWhoseLastStepEndedSucceededThoughTheOutcomeWasLost) {
  world.journal.fail_after = -1;
  // claim, 3 x (intent, outcome): the eighth append is the outcome of the run.
  world.store.faults.assign(7, Fault::none);
  world.store.faults.push_back(Fault::fails);
  EXPECT_THROW(static_cast<void>(world.execute(run)), Broken);
  testing::must(world.recover(run));
  EXPECT_EQ(world.state(run), State::succeeded);
}

TEST_F(Proof, NobodyElseCanTellWhatThisJournalHolds) {
  world.processes.scripts["first"].meanwhile = [&](const auto&) { throw Broken("the power went"); };
  EXPECT_THROW(static_cast<void>(world.execute(run)), Broken);
  const auto size = world.store.size();
  world.journal.written.clear();
  EXPECT_FALSE(world.recover(run));
  EXPECT_EQ(world.store.size(), size);
  world.clock.advance(approval::kLease + 1ms);
  EXPECT_EQ(world.state(run), State::indeterminate);
}

}  // namespace
}  // namespace blc::execution
