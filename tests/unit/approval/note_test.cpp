// Questions about a run and replies to them: who may write them, while what, and that they change nothing.
#include <gtest/gtest.h>

#include "signing.hpp"

namespace blc::approval {
namespace {

using namespace std::chrono_literals;
using ledger::Kind;
using testing::must;

// Business, staging: one slot, for dora; words are in clear.
class Note : public ::testing::Test {
 protected:
  void SetUp() override { run = world.planned("post run", kMonth, Environment::staging); }
  std::uint64_t note(const std::string& name, const std::string& text, const std::optional<LeafHash>& answers = {},
                     const World::Raw& raw = World::Raw()) {
    return world.append_raw(name, Kind::note, world.scope(run), note_body(Words{text, {}}, answers), raw);
  }
  LeafHash hash(std::uint64_t leaf) { return ledger::leaf_hash(world.store.entries.at(leaf)); }
  World world;
  RunId run;
};

TEST_F(Note, IsAskedAndRepliedTo) {
  must(world.desk("dora").ask(run, "why now?"));
  ASSERT_EQ(open_questions(world.run(run)).size(), 1U);
  const auto question = world.run(run).notes.front().hash;
  must(world.desk("ana").reply(run, question, "the month is over"));
  const auto& notes = world.run(run).notes;
  ASSERT_EQ(notes.size(), 2U);
  EXPECT_EQ(notes[0].words.text, "why now?");
  EXPECT_EQ(notes[1].by, "ana");
  EXPECT_EQ(notes[1].answers, question);
  EXPECT_TRUE(open_questions(world.run(run)).empty());
  EXPECT_TRUE(world.told().faults().empty());
}

TEST_F(Note, ChangesNoStateAndCountsForNoGate) {
  must(world.desk("dora").ask(run, "why now?"));
  must(world.desk("ana").reply(run, world.run(run).notes.front().hash, "the month is over"));
  EXPECT_EQ(world.state(run), State::pending);
  EXPECT_EQ(world.decision(run).given, 0U);
  EXPECT_TRUE(world.decision(run).signers.empty());
  must(world.approve("dora", run));
  EXPECT_EQ(world.state(run), State::approved);
  must(world.desk("dora").ask(run, "and who checks it?"));
  EXPECT_EQ(world.state(run), State::approved);
  must(world.order(run));
  EXPECT_EQ(must(world.execute(run)).ending, Ending::succeeded);
}

TEST_F(Note, DoesNotOpenASlotAgainToASignatureThatWasTakenBack) {
  const auto kept = withheld(world, "dora", run);
  note("dora", "why now?");
  EXPECT_TRUE(stands(world, world.store_raw(kept), "void: leaves out what its signer wrote before"));
}

TEST_F(Note, IsForWhoMayReadOrApproveAndForTheRequester) {
  EXPECT_TRUE(stands(world, note("dora", "why?"), "counts"));
  EXPECT_TRUE(stands(world, note("cleo", "why?"), "counts"));
  world.adopt_root([](auto& list) {
    testing::principal(list, "cleo").roles = {"gardener"};
    testing::principal(list, "ana").roles = {"admin"};
  });
  EXPECT_EQ(world.desk("cleo").ask(run, "may I?").error().code, Exit::refused);
  EXPECT_TRUE(stands(world, note("cleo", "may I?"), "void: no say in this run"));
  EXPECT_TRUE(stands(world, note("ana", "who signs?"), "counts"));
}

TEST_F(Note, OfAServiceIsVoidEvenOfTheOneThatAsked) {
  const auto robots = world.planned("post run", kMonth, Environment::staging, false, "robot");
  EXPECT_EQ(world.desk("robot").ask(robots, "x").error().code, Exit::refused);
  EXPECT_TRUE(stands(world, note("machine", "x"), "void: no say in this run"));
  run = robots;
  EXPECT_TRUE(stands(world, note("robot", "x"), "void: no say in this run"));
}

TEST_F(Note, OfAStrangerIsVoidAndOfARemovedPersonLate) {
  EXPECT_TRUE(stands(world, note("mallory", "x"), "void: did not hold this key"));
  const auto kept = world.sign_raw("dora", Kind::note, world.scope(run), note_body(Words{"x", {}}, {}), {});
  world.adopt_root([](auto& list) { std::erase_if(list, [](const auto& one) { return one.name == "dora"; }); });
  EXPECT_TRUE(stands(world, world.store_raw(kept), "late: no longer holds this key"));
  EXPECT_TRUE(stands(world, note("dora", "y"), "void: did not hold this key"));
}

TEST_F(Note, OfWhoLostTheirSayOnTheWayIsLate) {
  const auto kept = world.sign_raw("dora", Kind::note, world.scope(run), note_body(Words{"x", {}}, {}), {});
  world.adopt_root([](auto& list) { testing::principal(list, "dora").roles = {"gardener"}; });
  EXPECT_TRUE(stands(world, world.store_raw(kept), "late: no longer has a say"));
}

TEST_F(Note, ComesBeforeTheEnd) {
  must(world.desk("dora").reject(run, "not this month"));
  EXPECT_EQ(world.desk("dora").ask(run, "why?").error().code, Exit::ended);
  EXPECT_TRUE(stands(world, note("dora", "why?"), "late: the run has ended"));
}

TEST_F(Note, IsWelcomeWhileItExecutesAndUntilItIsClosed) {
  must(world.approve("dora", run));
  must(world.order(run));
  claim(world, run, world.store.size() - 1);
  must(world.desk("dora").ask(run, "how far is it?"));
  world.append_raw("machine", Kind::outcome, world.scope(run), outcome_body(Ending::partial, {"poster"}, ""));
  must(world.desk("dora").ask(run, "what stayed?"));
  must(world.desk("dora").close(run, "the invoices are posted"));
  EXPECT_EQ(world.state(run), State::closed);
  EXPECT_EQ(world.desk("dora").ask(run, "and now?").error().code, Exit::refused);
  EXPECT_TRUE(stands(world, note("ana", "and now?"), "late: the run has ended"));
}

TEST_F(Note, NeedsAPlanAndADeskAsksNothingOfAnExpiredRun) {
  world.clock.advance(48h);
  EXPECT_EQ(world.desk("dora").ask(run, "why?").error().code, Exit::ended);
  run = world.requested("post run", kMonth, Environment::staging);
  EXPECT_EQ(world.desk("dora").ask(run, "why?").error().code, Exit::refused);
  EXPECT_TRUE(stands(world, note("dora", "why?"), "void: no plan before it"));
}

TEST_F(Note, RepliesOnlyToAQuestionOfItsRun) {
  const auto mine = note("dora", "why?");
  const auto first = run;
  run = world.planned("post run", kMonth, Environment::staging);
  EXPECT_TRUE(stands(world, note("ana", "because", hash(mine)), "void: no question of this run"));
  EXPECT_FALSE(world.desk("ana").reply(run, hash(mine), "because"));
  run = first;
  EXPECT_TRUE(stands(world, note("ana", "because", hash(0)), "void: no question of this run"));
  const auto reply = note("ana", "because", hash(mine));
  EXPECT_TRUE(stands(world, reply, "counts"));
  EXPECT_TRUE(stands(world, note("dora", "so?", hash(reply)), "void: no question of this run"));
}

TEST_F(Note, RepliesOnlyToWhatItsSignerHadSeen) {
  const auto size = world.store.size();
  const auto question = note("dora", "why?");
  World::Raw raw;
  raw.head_size = size;
  EXPECT_TRUE(stands(world, note("ana", "because", hash(question), raw), "void: that its signer had seen"));
}

TEST_F(Note, OfAHeadThatIsNotThereYetIsVoid) {
  World::Raw raw;
  raw.head = world.head(world.store.size());
  ++raw.head->size;
  EXPECT_TRUE(stands(world, note("dora", "why?", {}, raw), "void: from the future"));
}

TEST_F(Note, IsShort) {
  EXPECT_EQ(world.desk("dora").ask(run, std::string(kLongestWords + 1, 'x')).error().code, Exit::usage);
  EXPECT_EQ(world.desk("dora").ask(run, "").error().code, Exit::usage);
  EXPECT_TRUE(stands(world, note("dora", std::string(kLongestWords, 'x')), "counts"));
  EXPECT_TRUE(stands(world, note("dora", std::string(kLongestWords + 1, 'x')), "void: more than 4096 bytes"));
  EXPECT_TRUE(stands(world, note("dora", std::string(1U << 20U, 'x')), "void: more than 4096 bytes"));
}

TEST_F(Note, OfAnotherShapeIsVoid) {
  for (const auto& body : {text::Json(text::Json::Object{}),
                           text::Json(text::Json::Object{{"note", text::Json::Object{{"text", "x"}}}}),
                           text::Json(text::Json::Object{{"note", "x"}, {"sealed", text::Json::Array{}}}),
                           text::Json(text::Json::Object{{"note", text::Json::Object{{"sealed", 0}}}, {"sealed", text::Json::Array{}}}),
                           text::Json(text::Json::Object{{"note", text::Json::Object{{"text", "x"}}},
                                                         {"sealed", text::Json::Array{}},
                                                         {"answers", "x"}}),
                           text::Json(text::Json::Object{{"note", text::Json::Object{{"text", "x"}}},
                                                         {"sealed", text::Json::Array{}},
                                                         {"decision", "approve"}})})
    EXPECT_TRUE(stands(world, world.append_raw("dora", Kind::note, world.scope(run), body), "void"));
}

TEST_F(Note, OfAClinicalRunIsSealed) {
  run = one_slot(world);
  EXPECT_TRUE(stands(world, note("ben", "is Jane Roe well?"), "void: must be sealed"));
  World other;
  run = one_slot(other);
  must(other.desk("ben").ask(run, "is Jane Roe well?"));
  for (const auto& entry : other.store.entries) EXPECT_EQ(entry.find("Jane Roe well"), std::string::npos);
  const auto& asked = other.run(run).notes.front();
  ASSERT_TRUE(asked.words.sealed);
  const auto opened = must(other.vault().open(other.scope(run), "report make", *asked.words.sealed));
  EXPECT_EQ(opened.reveal(), "is Jane Roe well?");
  EXPECT_TRUE(other.told().faults().empty());
}

TEST_F(Note, BesideASignatureIsPartOfIt) {
  must(world.desk("dora").approve(run, world.run(run).plan->digest, "checked against the bank"));
  const auto& signature = world.run(run).approvals.front();
  ASSERT_TRUE(signature.words);
  EXPECT_EQ(signature.words->text, "checked against the bank");
  EXPECT_EQ(world.state(run), State::approved);
}

TEST_F(Note, BesideASignatureOfAClinicalRunIsSealed) {
  run = one_slot(world);
  const Words clear{"Jane Roe", {}};
  const auto digest = world.run(run).plan->digest;
  must(world.desk("cleo").approve(run, digest, "Jane Roe"));
  EXPECT_TRUE(world.run(run).approvals.front().words->sealed);
  EXPECT_TRUE(stands(world, world.append_raw("ben", Kind::approval, world.scope(run), approval_body(Act::approve, digest, &clear)),
                     "void: must be sealed"));
}

TEST_F(Note, BesideASignatureIsNoReason) {
  auto body = approval_body(Act::reject, world.run(run).plan->digest, nullptr);
  body.get_if<text::Json::Object>()->emplace("note", text::Json::Object{{"text", "x"}});
  body.get_if<text::Json::Object>()->emplace("sealed", text::Json::Array{});
  EXPECT_TRUE(stands(world, world.append_raw("dora", Kind::approval, world.scope(run), body), "void"));
}

TEST_F(Note, IsTheSameBytesForEveryReader) {
  must(world.desk("dora").ask(run, "a \x1b[2J \xe2\x80\xae trick"));
  EXPECT_EQ(world.told().run(run)->notes.front().words.text, "a \x1b[2J \xe2\x80\xae trick");
}

}  // namespace
}  // namespace blc::approval
