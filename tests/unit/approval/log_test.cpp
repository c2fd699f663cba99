// One client's view of a ledger, and appending to it whatever goes wrong.
#include <gtest/gtest.h>

#include "signing.hpp"

namespace blc::approval {
namespace {

using namespace std::chrono_literals;
using ledger::Kind;
using testing::Fault;

TEST(LogReading, SeesWhatOthersWrote) {
  World world;
  const auto reader = world.client();
  ASSERT_TRUE(reader->log.refresh());
  const auto run = one_slot(world);
  EXPECT_EQ(reader->log.replay().run(run), nullptr);
  ASSERT_TRUE(reader->log.refresh());
  EXPECT_NE(reader->log.replay().run(run), nullptr);
  EXPECT_EQ(reader->log.replay().head(), world.log().replay().head());
}

TEST(LogReading, RemembersTheLargestHead) {
  World world;
  one_slot(world);
  const auto memory = remembered(world);
  ASSERT_TRUE(memory.seen);
  EXPECT_EQ(memory.seen->size, world.store.size());
  EXPECT_EQ(memory.seen->root, world.head(world.store.size()).root);
}

TEST(LogReading, RefusesALedgerThatShrank) {
  World world;
  one_slot(world);
  ASSERT_TRUE(world.log().refresh());
  const auto memory = remembered(world);
  world.store.entries.pop_back();
  EXPECT_EQ(world.log().refresh().error().code, Exit::ledger);
  auto later = world.client();  // the next process of the same client
  later->memory = memory;
  const auto refreshed = later->log.refresh();
  ASSERT_FALSE(refreshed);
  EXPECT_EQ(refreshed.error().code, Exit::ledger);
  EXPECT_TRUE(world.client()->log.refresh());  // who never saw more cannot tell
}

TEST(LogReading, RefusesALedgerThatWasRewritten) {
  World world;
  const auto run = one_slot(world);
  const auto honest = withheld(world, "cleo", run);
  testing::must(world.approve("ben", run));
  const auto memory = remembered(world);
  world.store.entries.back() = honest;  // in the place of what was seen
  auto later = world.client();
  later->memory = memory;
  const auto refreshed = later->log.refresh();
  ASSERT_FALSE(refreshed);
  EXPECT_EQ(refreshed.error().code, Exit::ledger);
  EXPECT_NE(refreshed.error().message.find("rewritten"), std::string::npos);
  EXPECT_TRUE(world.client()->log.refresh());
}

TEST(LogReading, RefusesALedgerThatWasRewrittenAndGrew) {
  World world;
  const auto run = one_slot(world);
  const auto honest = withheld(world, "cleo", run);
  testing::must(world.approve("ben", run));
  const auto memory = remembered(world);
  world.store.entries.insert(std::prev(world.store.entries.end()), honest);
  auto later = world.client();
  later->memory = memory;
  EXPECT_EQ(later->log.refresh().error().code, Exit::ledger);
}

TEST(LogReading, RefusesAnotherLedgerThanThePinned) {
  World world;
  const World other;
  auto wrong_root = world.pin();
  wrong_root.root1 = other.pin().root1;
  testing::FakeHeadMemory memory;
  Log by_root(world.store, memory, world.clock, world.random, wrong_root);
  EXPECT_EQ(by_root.refresh().error().code, Exit::ledger);
  auto wrong_checkpoint = world.pin();
  wrong_checkpoint.checkpoint.root = other.pin().checkpoint.root;
  Log by_checkpoint(world.store, memory, world.clock, world.random, wrong_checkpoint);
  EXPECT_EQ(by_checkpoint.refresh().error().code, Exit::ledger);
  auto shorter = world.pin();
  shorter.checkpoint = {9, world.head(1).root};
  Log by_size(world.store, memory, world.clock, world.random, shorter);
  EXPECT_EQ(by_size.refresh().error().code, Exit::ledger);
  EXPECT_FALSE(memory.seen);
}

TEST(LogReading, RefusesAPinOfAnotherOrigin) {
  World world;
  auto foreign = world.pin();
  foreign.origin = "practice/ffeeddccbbaa99887766554433221100";
  testing::FakeHeadMemory memory;
  Log log(world.store, memory, world.clock, world.random, foreign);
  EXPECT_EQ(log.refresh().error().code, Exit::ledger);
  EXPECT_FALSE(memory.seen);
}

TEST(LogReading, RefusesAnEmptyLedger) {
  World world;
  world.store.entries.clear();
  EXPECT_EQ(world.client()->log.refresh().error().code, Exit::ledger);
}

// Else whoever can write to the store would bar everybody who looked from the backup of before.
TEST(LogReading, RemembersNoHeadOverAVoidEntryThatNoRootLists) {
  World world;
  const auto before = world.store.size();
  const auto known = remembered(world).seen;
  ASSERT_TRUE(known);
  world.store_raw("rubbish");
  testing::FakeHeadMemory memory;
  memory.seen = known;
  {
    approval::Log log(world.store, memory, world.clock, world.random, world.pin());
    testing::must(log.refresh());
    EXPECT_EQ(log.replay().faults().size(), 1U);
  }
  EXPECT_EQ(memory.seen->size, before);
  EXPECT_EQ(memory.seen->root, known->root);
  world.store.entries.pop_back();
  approval::Log restored(world.store, memory, world.clock, world.random, world.pin());
  EXPECT_TRUE(restored.refresh());
}

TEST(LogReading, FullyAgainGivesTheSame) {
  World world;
  const auto run = one_slot(world);
  testing::must(world.approve("ben", run));
  const auto head = world.log().replay().head();
  std::uint64_t last = 0;
  ASSERT_TRUE(world.log().verify_all(true, [&](std::uint64_t read) { last = read; }));
  EXPECT_EQ(world.log().replay().head(), head);
  EXPECT_EQ(last, world.store.size());
  EXPECT_EQ(world.state(run), State::approved);
}

// ---- the three ways of every append: works, fails, fails though it was stored ------------------------------

struct Way {
  std::string name;
  std::function<RunId(World&)> before;
  std::function<Result<>(World&, const RunId&)> act;
};

std::ostream& operator<<(std::ostream& out, const Way& way) { return out << way.name; }

RunId signed_run(World& world) {
  const auto run = one_slot(world);
  testing::must(world.approve("ben", run));
  return run;
}

RunId partial_run(World& world) {
  const auto run = signed_run(world);
  testing::must(world.order(run));
  claim(world, run, world.store.size() - 1);
  world.append_raw("machine", Kind::outcome, world.scope(run), outcome_body(Ending::partial, {}, ""));
  testing::must(world.log().refresh());
  return run;
}

class Appending : public ::testing::TestWithParam<Way> {};

TEST_P(Appending, Works) {
  World world;
  const auto run = GetParam().before(world);
  const auto size = world.store.size();
  ASSERT_TRUE(GetParam().act(world, run));
  EXPECT_EQ(world.store.size(), size + 1);
  EXPECT_TRUE(world.told().faults().empty());
  EXPECT_TRUE(world.log().missing_of_mine().empty());
}

TEST_P(Appending, FailsAndLeavesNothing) {
  World world;
  const auto run = GetParam().before(world);
  const auto entries = world.store.entries;
  const auto blobs = world.store.blobs_.size();
  world.store.faults = {Fault::fails};
  EXPECT_THROW(static_cast<void>(GetParam().act(world, run)), Broken);
  EXPECT_EQ(world.store.entries, entries);
  EXPECT_EQ(world.store.blobs_.size(), blobs);
  // The same act works once the store does; whoever reads afresh finds a sound ledger.
  ASSERT_TRUE(GetParam().act(world, run));
  EXPECT_EQ(world.store.size(), entries.size() + 1);
  EXPECT_TRUE(world.told().faults().empty());
}

TEST_P(Appending, IsFoundWhenOnlyTheAnswerWasLost) {
  World world;
  const auto run = GetParam().before(world);
  const auto size = world.store.size();
  world.store.faults = {Fault::fails_but_persists};
  ASSERT_TRUE(GetParam().act(world, run));
  EXPECT_EQ(world.store.size(), size + 1);
  EXPECT_TRUE(world.told().faults().empty());
  EXPECT_TRUE(world.log().missing_of_mine().empty());
}

TEST_P(Appending, GoesOnAfterAConflict) {
  World world;
  const auto run = GetParam().before(world);
  const auto others = one_slot(world);  // in front: what the race writes about
  const auto size = world.store.size();
  world.store.before_append = [&] { sign(world, "cleo", others); };
  ASSERT_TRUE(GetParam().act(world, run));
  EXPECT_EQ(world.store.size(), size + 2);
  EXPECT_TRUE(world.told().faults().empty());
}

INSTANTIATE_TEST_SUITE_P(
    EveryKind, Appending,
    ::testing::Values(
        Way{"Request", [](World& /*world*/) { return RunId{}; },
            [](World& world, const RunId&) -> Result<> {
              const auto catalog = testing::must(world.executor().governing_catalog(Environment::staging));
              BLC_CHECK(world.desk("ana").request(*catalog.find_verb("report make"), kClient, Environment::staging,
                                                  false, catalog.policy()));
              return {};
            }},
        Way{"Plan", [](World& world) { return world.requested("report make", kClient, Environment::staging); },
            [](World& world, const RunId& run) { return world.plan(run); }},
        Way{"Approve", one_slot, [](World& world, const RunId& run) { return world.approve("ben", run); }},
        Way{"Reject", one_slot, [](World& world, const RunId& run) { return world.desk("ben").reject(run, "no"); }},
        Way{"Withdraw", signed_run, [](World& world, const RunId& run) { return world.desk("ben").withdraw(run); }},
        Way{"Cancel", signed_run, [](World& world, const RunId& run) { return world.desk("ana").cancel(run, "no"); }},
        Way{"Order", signed_run, [](World& world, const RunId& run) { return world.order(run); }},
        Way{"Reveal", signed_run,
            [](World& world, const RunId& run) { return world.desk("cleo").reveal(run, {"client"}); }},
        Way{"Close", partial_run, [](World& world, const RunId& run) { return world.desk("ben").close(run, "done"); }},
        Way{"Root", one_slot,
            [](World& world, const RunId&) -> Result<> {
              world.adopt_root([](auto&) {});
              return {};
            }},
        Way{"Catalog", one_slot,
            [](World& world, const RunId&) -> Result<> {
              world.adopt_catalog([](auto&) {});
              return {};
            }}),
    [](const auto& each) { return each.param.name; });

// A person's words are signed once, whatever happens; what must sit at the tip is signed anew.
TEST(LogConflict, SignsAPersonsEntryOnceAndAPlanAnew) {
  World world;
  const auto run = one_slot(world);
  world.store.before_append = [&] { world.requested("report make", kClient, Environment::staging); };
  ASSERT_TRUE(world.approve("ben", run));
  const auto approval = testing::must(ledger::decode_entry(world.store.entries.back()));
  EXPECT_EQ(approval.header.head.size, world.store.size() - 2);
  const auto asked = world.requested("report make", kClient, Environment::staging);
  world.store.before_append = [&] { sign(world, "ben", run, Act::withdraw); };
  ASSERT_TRUE(world.plan(asked));
  const auto plan = testing::must(ledger::decode_entry(world.store.entries.back()));
  EXPECT_EQ(plan.header.head.size, world.store.size() - 1);
}

TEST(LogConflict, DropsWhatNoLongerFits) {
  World world;
  const auto run = one_slot(world);
  world.store.before_append = [&] { world.append_raw("ana", Kind::cancel, world.scope(run), cancel_body(nullptr)); };
  const auto signed_late = world.approve("ben", run);
  ASSERT_FALSE(signed_late);
  EXPECT_EQ(signed_late.error().code, Exit::ended);
  EXPECT_NE(signed_late.error().message.find("cancelled"), std::string::npos);
  EXPECT_EQ(testing::must(ledger::decode_entry(world.store.entries.back())).kind, Kind::cancel);
}

TEST(LogConflict, GivesUpOnAStoreThatIsAlwaysAhead) {
  World world;
  const auto run = one_slot(world);
  std::function<void()> always = [&] {
    world.append_raw("ana", Kind::reveal, world.scope(run), reveal_body({}));
    world.store.before_append = always;
  };
  world.store.before_append = always;
  EXPECT_THROW(static_cast<void>(world.approve("ben", run)), Broken);
}

TEST(LogVoid, StopsEveryAppendButARoot) {
  World world;
  const auto run = one_slot(world);
  const auto bad = world.store_raw("rubbish");
  const auto refused = world.approve("ben", run);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Exit::ledger);
  EXPECT_THROW(world.adopt_catalog([](auto&) {}), std::runtime_error);
  testing::must(world.log().append(world.key("ana"), "ana", [&](const Replay& replay) -> Result<Draft> {
    const auto root = testing::must(trust::Root::make({2, 1, replay.root()->principals(), {bad}}));
    return Draft{Kind::root, {}, root.to_json(), {}};
  }));
  EXPECT_TRUE(world.approve("ben", run));
}

TEST(LogVoid, AppendRefusesWhatWouldNotCount) {
  World world;
  const auto run = one_slot(world);
  const auto size = world.store.size();
  const auto appended = world.log().append(world.key("dora"), "dora", [&](const Replay& replay) -> Result<Draft> {
    return Draft{Kind::approval,
                 scope_of(*replay.run(run)),
                 approval_body(Act::approve, replay.run(run)->plan->digest, nullptr),
                 {}};
  });
  ASSERT_FALSE(appended);
  EXPECT_EQ(appended.error().code, Exit::refused);
  EXPECT_EQ(world.store.size(), size);
}

TEST(LogMine, ListsWhatWasSentAndIsNotThere) {
  World world;
  const auto run = one_slot(world);
  world.store.faults = {Fault::fails};
  EXPECT_THROW(static_cast<void>(world.desk("ben").withdraw(run)), Broken);
  const auto missing = world.log().missing_of_mine();
  ASSERT_EQ(missing.size(), 1U);
  EXPECT_EQ(missing.front(), "approval of run " + run.suffix());
}

// What the ledger holds is struck off the list, not at once but before the list grows.
TEST(LogMine, StrikesOffWhatIsThere) {
  World world;
  static_cast<void>(world.requested("task add"));
  EXPECT_TRUE(world.log().missing_of_mine().empty());
  EXPECT_EQ(world.memory().noted.size(), 1U);
  for (int more = 0; more < 40; ++more) static_cast<void>(world.requested("task add"));
  EXPECT_TRUE(world.log().missing_of_mine().empty());
  EXPECT_TRUE(world.memory().noted.empty());
}

}  // namespace
}  // namespace blc::approval
