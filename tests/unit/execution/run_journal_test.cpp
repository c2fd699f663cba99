#include "core/execution/run_journal.hpp"

#include <gtest/gtest.h>

#include "core/ledger/tree.hpp"
#include "support/fakes.hpp"
#include "support/world.hpp"

namespace blc::execution {
namespace {

using testing::must;

template <class T>
Error must_fail(const Result<T>& result) {
  if (result) throw Broken("that should have failed");
  return result.error();
}

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

TEST(JournalOf, HasTheLastClaimOfItsKey) {
  testing::World world;
  const auto executed = [&](const char* title) {
    const auto id = world.planned("task add", {{"title", std::string(title)}});
    must(world.order(id));
    must(world.execute(id));
    return id;
  };
  const auto first = executed("one");
  const auto before = world.journal.written;
  const auto second = executed("two");
  const auto next = world.planned("task add", {{"title", std::string("three")}});
  const auto& key = world.key("machine").key();
  const auto& replay = world.log().replay();
  const auto told = [&](ports::Journal& memory, const RunId& id, const crypto::PublicKey& whose) {
    RunJournal journal(memory);
    return journal_of(journal, replay, *replay.run(id), whose);
  };
  EXPECT_TRUE(must(told(world.journal, first, key)).ended);
  EXPECT_TRUE(must(told(world.journal, second, key)).started);
  EXPECT_FALSE(must(told(world.journal, next, key)).started);
  RunJournal whole(world.journal);
  EXPECT_EQ(must(whole_journal(whole, replay, key)).size(), 2U);
  // One from before the last claim, one that is empty, one that lacks the claim of the run itself.
  testing::FakeJournal lacking;
  const auto refused = [&](const RunId& id) {
    const auto error = must_fail(told(lacking, id, key));
    EXPECT_EQ(error.code, Exit::refused);
    EXPECT_NE(error.message.find("lacks a claim"), std::string::npos) << error.message;
    RunJournal all(lacking);
    EXPECT_EQ(must_fail(whole_journal(all, replay, key)).code, Exit::refused);
  };
  refused(next);
  lacking.written = before;
  for (const auto& id : {first, second, next}) refused(id);
  lacking.written.assign(world.journal.written.begin() + static_cast<std::ptrdiff_t>(before.size()), world.journal.written.end());
  refused(first);
  // Another executor's journal need not have them.
  EXPECT_TRUE(told(lacking, next, world.key("robot").key()));
  lacking.missing = true;
  EXPECT_EQ(must_fail(told(lacking, next, world.key("robot").key())).code, Exit::refused);
}

}  // namespace
}  // namespace blc::execution
