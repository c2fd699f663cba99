#include "core/execution/run_journal.hpp"

#include <gtest/gtest.h>

#include "core/ledger/tree.hpp"
#include "support/fakes.hpp"
#include "support/world.hpp"

namespace blc::execution {
namespace {

using testing::must;

class Journals : public ::testing::Test {
 protected:
  RunId run = *RunId::parse("01KADX0V8T5N2R9JQ3HW7M4KD2");
  RunId other = *RunId::parse("01KADX0V8T5N2R9JQ3HW7M4KD3");
  testing::FakeJournal memory;
  RunJournal journal{memory};
};

TEST_F(Journals, TellWhatWasNoted) {
  const auto claim = ledger::leaf_hash("claim");
  journal.claiming(run, claim);
  journal.started(run);
  journal.begun(run, "one", false);
  journal.finished(run, "one", false, true);
  journal.begun(run, "two", false);
  journal.finished(run, "two", false, false);
  journal.begun(run, "two", true);
  journal.claiming(other, ledger::leaf_hash("another"));
  const auto told = must(journal.read());
  ASSERT_EQ(told.size(), 2U);
  const auto& mine = told.at(run);
  EXPECT_EQ(mine.claims, std::vector{claim});
  EXPECT_TRUE(mine.started);
  EXPECT_FALSE(mine.ended);
  ASSERT_EQ(mine.steps.size(), 3U);
  EXPECT_EQ(mine.steps[0].succeeded, true);
  EXPECT_EQ(mine.steps[1].succeeded, false);
  EXPECT_FALSE(mine.steps[2].succeeded);
  EXPECT_TRUE(mine.steps[2].undo);
  EXPECT_FALSE(told.at(other).started);
  journal.ended(run);
  EXPECT_TRUE(must(journal.read()).at(run).ended);
}

TEST_F(Journals, KeepEveryAttemptToClaim) {
  journal.claiming(run, ledger::leaf_hash("a"));
  journal.claiming(run, ledger::leaf_hash("b"));
  EXPECT_EQ(must(journal.read()).at(run).claims.size(), 2U);
}

TEST_F(Journals, AreUnusableWithOneBadLine) {
  journal.started(run);
  const auto good = memory.written;
  for (const auto* line : {"", "{", "[]", "{ \"event\":\"started\",\"run\":\"01KADX0V8T5N2R9JQ3HW7M4KD2\"}",
                           "{\"event\":\"started\",\"more\":1,\"run\":\"01KADX0V8T5N2R9JQ3HW7M4KD2\"}"}) {
    memory.written = good;
    memory.written.emplace_back(line);
    const auto told = journal.read();
    ASSERT_FALSE(told) << line;
    EXPECT_EQ(told.error().code, Exit::refused);
  }
}

TEST_F(Journals, AreMissedWhenTheyAreMissing) {
  memory.missing = true;
  EXPECT_EQ(journal.read().error().code, Exit::refused);
}

TEST_F(Journals, ThrowWhenTheyCannotBeWritten) {
  memory.fail_after = 0;
  EXPECT_THROW(journal.started(run), Broken);
  EXPECT_TRUE(must(journal.read()).empty());
}

TEST(UsableJournal, HasEveryClaimOfItsKey) {
  testing::World world;
  const auto first = world.planned("task add", {{"title", std::string("one")}});
  must(world.order(first));
  must(world.execute(first));
  const auto& key = world.key("machine").key();
  RunJournal journal(world.journal);
  EXPECT_TRUE(must(usable_journal(journal, world.log().replay(), key)).contains(first));
  // Another executor's journal need not have it.
  testing::FakeJournal empty;
  RunJournal others(empty);
  EXPECT_TRUE(usable_journal(others, world.log().replay(), world.key("robot").key()));
  const auto lacking = usable_journal(others, world.log().replay(), key);
  ASSERT_FALSE(lacking);
  EXPECT_EQ(lacking.error().code, Exit::refused);
  EXPECT_NE(lacking.error().message.find("lacks a claim"), std::string::npos);
  empty.missing = true;
  EXPECT_FALSE(usable_journal(others, world.log().replay(), world.key("robot").key()));
}

}  // namespace
}  // namespace blc::execution
