// Heartbeats, and what a claimant may still do that nothing was heard of for a while.
#include <gtest/gtest.h>

#include "core/approval/bodies.hpp"
#include "support/world.hpp"

namespace blc::execution {
namespace {

using namespace std::chrono_literals;
using approval::kHeartbeat;
using approval::kLastStart;
using approval::kLease;
using approval::State;
using ledger::Kind;
using testing::Fault;
using testing::World;

// Two writes, each with an undo; the first may take longer than a lease.
constexpr std::string_view kLong = R"(verb: long
summary: Two writes
classification: personal
data: [internal]
steps:
  - {name: one, summary: one, effect: write, argv: [one], writes: [out], timeout: 10m, undo: {argv: [unone]}}
  - {name: two, summary: two, effect: write, argv: [two], writes: [out], undo: {argv: [untwo]}}
)";

testing::Practice practice() {
  auto files = testing::default_practice();
  files.insert_or_assign("verbs/long.yaml", std::string(kLong));
  return files;
}

class Lease : public ::testing::Test {
 protected:
  void SetUp() override {
    run = world.planned("long");
    testing::must(world.order(run));
  }
  std::size_t heartbeats() {
    std::size_t count = 0;
    for (const auto& bytes : world.store.entries)
      count += testing::must(ledger::decode_entry(bytes)).kind == Kind::heartbeat ? 1U : 0U;
    return count;
  }
  // What the person who must close it does once the lease is over.
  void close() {
    auto other = world.client();
    testing::must(other->log.refresh());
    testing::must(testing::must(approval::Desk::open(other->log, world.key("ana"), other->vault)).close(run, "it hung"));
  }
  World world{practice()};
  RunId run;
};

TEST_F(Lease, AStepThatTakesLongerThanALeaseKeepsTheRunExecuting) {
  auto& one = world.processes.scripts["one"];
  one.lasts = 2 * kLease - 1s;
  bool looked = false;
  one.meanwhile = [&](const ports::Launch& launch) {
    EXPECT_EQ(launch.pulse.every, Milliseconds(kHeartbeat));
    looked = true;
  };
  world.processes.scripts["two"].meanwhile = [&](const auto&) {
    EXPECT_EQ(world.state(run), State::executing);
    EXPECT_FALSE(world.desk("ana").close(run, "too early"));
  };
  EXPECT_EQ(testing::must(world.execute(run)).ending, approval::Ending::succeeded);
  EXPECT_TRUE(looked);
  EXPECT_EQ(heartbeats(), static_cast<std::size_t>((2 * kLease - 1s) / kHeartbeat));
  EXPECT_EQ(world.processes.started(), "one two");
  EXPECT_TRUE(world.told().faults().empty());
}

TEST_F(Lease, AShortStepWritesNoHeartbeat) {
  world.processes.scripts["one"].lasts = kHeartbeat - 1ms;
  ASSERT_TRUE(world.execute(run));
  EXPECT_EQ(heartbeats(), 0U);
}

TEST_F(Lease, AnUndoThatTakesLongIsToldOfToo) {
  world.processes.scripts["two"].code = 1;
  world.processes.scripts["unone"].lasts = kHeartbeat;
  EXPECT_EQ(testing::must(world.execute(run)).ending, approval::Ending::failed);
  EXPECT_EQ(heartbeats(), 1U);
}

// The lid is closed while a step runs, and opened after people closed the run.
TEST_F(Lease, AMachineThatSleptUntilItsRunWasClosedStartsNothingMore) {
  world.processes.scripts["one"].meanwhile = [&](const auto&) {
    world.clock.advance(kLease + 1ms);
    close();
  };
  const auto executed = world.execute(run);
  ASSERT_FALSE(executed);
  EXPECT_EQ(executed.error().code, Exit::unresolved);
  EXPECT_NE(executed.error().message.find("was closed"), std::string::npos) << executed.error().message;
  EXPECT_EQ(world.processes.started(), "one") << "neither the next step nor an undo";
  EXPECT_EQ(world.state(run), State::closed);
  EXPECT_TRUE(world.told().faults().empty());
  // Nor does the next process: neither recovers nor runs it.
  ASSERT_TRUE(world.recover(run));
  EXPECT_FALSE(world.execute(run));
  EXPECT_EQ(world.processes.started(), "one");
  EXPECT_EQ(world.state(run), State::closed);
}

// The same where the step goes on when the machine wakes: what people found must stay true, so it ends.
TEST_F(Lease, AStepThatWakesInAClosedRunIsEnded) {
  auto& one = world.processes.scripts["one"];
  one.meanwhile = [&](const auto&) {
    world.clock.advance(kLease + 1ms);
    close();
  };
  one.lasts = 5 * kHeartbeat;
  const auto woken = world.clock.since_boot() + kLease + 1ms;
  EXPECT_FALSE(world.execute(run));
  EXPECT_EQ(world.clock.since_boot() - woken, Milliseconds(kHeartbeat)) << "the first beat ended it";
  EXPECT_EQ(world.processes.started(), "one");
}

TEST_F(Lease, AMachineThatSleptAndWasNotClosedGoesOn) {
  world.processes.scripts["one"].meanwhile = [&](const auto&) { world.clock.advance(3 * kLease); };
  EXPECT_EQ(testing::must(world.execute(run)).ending, approval::Ending::succeeded);
  EXPECT_TRUE(world.told().faults().empty());
}

TEST_F(Lease, AStepOutlivesALedgerThatIsOutOfReachForAWhile) {
  auto& one = world.processes.scripts["one"];
  one.lasts = 3 * kHeartbeat;
  one.meanwhile = [&](const auto&) { world.store.faults = {Fault::fails, Fault::fails, Fault::none}; };
  EXPECT_EQ(testing::must(world.execute(run)).ending, approval::Ending::succeeded);
  EXPECT_EQ(heartbeats(), 1U);
}

TEST_F(Lease, NothingBeginsWhileTheLedgerIsOutOfReachAndThatIsTold) {
  world.processes.scripts["one"].meanwhile = [&](const auto&) { world.store.faults.assign(20, Fault::fails); };
  try {
    static_cast<void>(world.execute(run));
    FAIL() << "it went on";
  } catch (const Broken& broken) {
    EXPECT_EQ(broken.code(), Exit::unresolved);
    EXPECT_NE(std::string(broken.what()).find("nothing more of it is started"), std::string::npos) << broken.what();
  }
  EXPECT_EQ(world.processes.started(), "one") << "no undo that could not be announced either";
}

TEST_F(Lease, NothingBeginsLaterThanHalfALeaseAfterItsAnnouncement) {
  for (const auto& [slept, starts] : {std::pair<Milliseconds, std::size_t>{kLastStart, 1U}, {kLastStart + 1ms, 0U}}) {
    World other(practice());
    const auto id = other.planned("long");
    testing::must(other.order(id));
    other.journal.before_append = [&, time = slept](std::string_view line) {
      if (line.find("\"begun\"") == std::string_view::npos) return;
      other.clock.advance(time);
      other.journal.before_append = nullptr;
    };
    ASSERT_TRUE(other.execute(id));
    EXPECT_EQ(other.processes.count("one"), starts);
  }
}

// A clock that is ahead by all the skew there may be closes the run after the last effect can have begun.
TEST_F(Lease, IsLongerThanTheLastStartAndTheSkewTogether) {
  world.processes.scripts["one"].meanwhile = [&](const auto&) {
    world.clock.advance(kLastStart);
    const auto ahead = world.clock.now() + kSkew;
    EXPECT_EQ(world.log().replay().state(world.run(run), ahead), State::executing);
  };
  ASSERT_TRUE(world.execute(run));
}

TEST_F(Lease, AHeartbeatHoldsNothing) {
  world.processes.scripts["one"].meanwhile = [&](const auto&) {
    const auto leaf = world.append_raw("machine", Kind::heartbeat, world.scope(run), text::Json::Object{{"x", 1}});
    EXPECT_TRUE(world.standing(leaf).starts_with("void")) << world.standing(leaf);
    world.store.entries.pop_back();
  };
  ASSERT_TRUE(world.execute(run));
}

TEST_F(Lease, AHeartbeatIsTheClaimantsAlone) {
  const auto body = approval::heartbeat_body();
  EXPECT_TRUE(world.standing(world.append_raw("machine", Kind::heartbeat, world.scope(run), body)).starts_with("void"));
  world.store.entries.pop_back();
  world.processes.scripts["one"].meanwhile = [&](const auto&) {
    const auto leaf = world.append_raw("ana", Kind::heartbeat, world.scope(run), body);
    EXPECT_TRUE(world.standing(leaf).starts_with("void: only the claimant")) << world.standing(leaf);
    world.store.entries.pop_back();
  };
  ASSERT_TRUE(world.execute(run));
  const auto leaf = world.append_raw("machine", Kind::heartbeat, world.scope(run), body);
  EXPECT_TRUE(world.standing(leaf).starts_with("late")) << world.standing(leaf);
}

}  // namespace
}  // namespace blc::execution
