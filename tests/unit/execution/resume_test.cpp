// A run that was cut off goes on where its journal says that it stopped, by a person's order, and no effect
// begins twice that its verb does not allow to.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>

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
using testing::Script;
using testing::World;

// A reading step that later ones need, a write that may be done twice, one that can be confirmed, one that neither
// holds for, and a disclosure that can be confirmed.
constexpr std::string_view kWork = R"(verb: work
summary: Four effects
classification: personal
data: [internal]
steps:
  - {name: look, summary: l, effect: read, argv: [look, notes.txt], output: {limit: 64}}
  - {name: twice, summary: t, effect: write, argv: [twice], stdin: "${look.stdout}", writes: [out],
     idempotent: true, undo: {argv: [untwice], stdin: "${look.stdout}"}, output: {limit: 64}}
  - {name: asked, summary: a, effect: write, argv: [asked], writes: [out, other], undo: {argv: [unasked]},
     confirm: {argv: [ask, bin/ask], stdin: "${twice.stdout}"}}
  - {name: plain, summary: p, effect: write, argv: [plain], stdin: "${twice.stdout}", writes: [out]}
  - {name: send, summary: s, effect: disclose, argv: [send], confirm: {argv: [sent]}}
)";

testing::Practice practice() {
  auto files = testing::default_practice();
  files.insert_or_assign("verbs/work.yaml", std::string(kWork));
  files.insert_or_assign("notes.txt", "notes");
  files.insert_or_assign("bin/ask", "asks");
  return files;
}

class Resume : public ::testing::Test {
 protected:
  void SetUp() override {
    world.processes.scripts["look"].output = "seen";
    world.processes.scripts["twice"].output = "id-7";
    run = world.planned("work");
    testing::must(world.order(run));
  }
  // The power goes while this program runs.
  void cut_off_in(const std::string& program) {
    world.processes.scripts[program].meanwhile = [&](const auto&) { throw Broken("the power went"); };
    EXPECT_THROW(static_cast<void>(world.execute(run)), Broken);
    world.processes.scripts[program].meanwhile = nullptr;
    testing::must(world.recover(run));
    ASSERT_EQ(world.state(run), State::indeterminate);
    world.processes.launches.clear();
  }
  Result<> may_resume() {
    must(world.log().refresh());
    return world.executor().may_resume(run);
  }
  Result<Outcome> resume(const std::string& who = "ana") {
    BLC_CHECK(may_resume());
    BLC_CHECK(world.desk(who).order_resume(run));
    return world.executor().resume(run, {}, unseen);
  }
  template <class T>
  static T must(Result<T> result) {
    return testing::must(std::move(result));
  }
  void expect_refused(const std::string& words) {
    const auto refused = may_resume();
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Exit::refused);
    EXPECT_NE(refused.error().message.find(words), std::string::npos) << refused.error().message;
    EXPECT_NE(refused.error().hint.find("blc close"), std::string::npos) << refused.error().hint;
  }
  World world{practice()};
  RunId run;
  Progress unseen;
};

TEST_F(Resume, DoesAgainWhatMayBeDoneTwiceAndNothingElseTwice) {
  cut_off_in("twice");
  EXPECT_EQ(must(resume()).ending, Ending::succeeded);
  EXPECT_EQ(world.processes.started(), "twice asked plain send");
  EXPECT_EQ(world.processes.last("twice").standard_input, "seen") << "as planned, though it was read by another process";
  EXPECT_EQ(world.processes.last("plain").standard_input, "id-7");
  EXPECT_EQ(world.state(run), State::succeeded);
  EXPECT_TRUE(world.told().faults().empty());
}

TEST_F(Resume, TakesAConfirmedStepForDone) {
  cut_off_in("asked");
  world.processes.scripts["ask"].code = 0;
  EXPECT_EQ(must(resume()).ending, Ending::succeeded);
  EXPECT_EQ(world.processes.started(), "ask plain send");
  EXPECT_EQ(world.processes.last("plain").standard_input, "id-7") << "opened from the ledger";
}

TEST_F(Resume, DoesAStepThatItsConfirmSaysWasNotDone) {
  cut_off_in("asked");
  world.processes.scripts["ask"].code = 1;
  EXPECT_EQ(must(resume()).ending, Ending::succeeded);
  EXPECT_EQ(world.processes.started(), "ask asked plain send");
}

TEST_F(Resume, StaysInDoubtWhereTheConfirmCannotTell) {
  cut_off_in("asked");
  for (const auto end : {Script::End::exits, Script::End::hangs, Script::End::killed, Script::End::never_starts}) {
    world.processes.scripts["ask"] = Script{2, "", "", end, {}, {}};
    const auto outcome = must(resume());
    EXPECT_EQ(outcome.ending, Ending::indeterminate);
    EXPECT_EQ(outcome.remains, (std::vector<std::string>{"asked", "twice"}));
    EXPECT_EQ(world.state(run), State::indeterminate);
  }
  for (const auto* name : {"asked", "plain", "untwice", "unasked"}) EXPECT_EQ(world.processes.count(name), 0U) << name;
  world.processes.scripts["ask"] = Script{};
  EXPECT_EQ(must(resume()).ending, Ending::succeeded);
  EXPECT_TRUE(world.told().faults().empty());
}

TEST_F(Resume, ShowsTheConfirmTheWrittenFoldersWithoutLettingItWrite) {
  cut_off_in("asked");
  world.files.made = {"out"};  // the other was not made yet
  must(resume());
  const auto& asked = world.processes.last("ask");
  EXPECT_TRUE(asked.view.writable.empty());
  ASSERT_EQ(asked.view.readable.size(), 1U);
  EXPECT_EQ(asked.view.readable.front().path, "out");
  EXPECT_EQ(asked.standard_input, "id-7");
  ASSERT_EQ(asked.view.files.size(), 1U);
  EXPECT_EQ(asked.view.files.front().path, "bin/ask");
}

TEST_F(Resume, RefusesAStepThatCanNeitherBeConfirmedNorRepeatedAndNamesIt) {
  cut_off_in("plain");
  expect_refused("plain may have been done");
  EXPECT_EQ(world.processes.count(), 0U);
}

TEST_F(Resume, ConfirmsADisclosureInsteadOfSendingTwice) {
  cut_off_in("send");
  EXPECT_EQ(must(resume()).ending, Ending::succeeded);
  EXPECT_EQ(world.processes.started(), "sent");
}

TEST_F(Resume, GoesOnBetweenTwoSteps) {
  // The ledger cannot be written when `asked` has ended; what it did is in the journal.
  world.processes.scripts["asked"].meanwhile = [&](const auto&) { world.store.faults.assign(20, Fault::fails); };
  EXPECT_THROW(static_cast<void>(world.execute(run)), Broken);
  world.store.faults.clear();
  must(world.recover(run));
  EXPECT_EQ(world.run(run).outcome->remains, (std::vector<std::string>{"twice", "asked"}));
  world.processes.launches.clear();
  EXPECT_EQ(must(resume()).ending, Ending::succeeded);
  EXPECT_EQ(world.processes.started(), "plain send");
}

TEST_F(Resume, RefusesWhereWhatALaterStepNeedsIsLost) {
  world.processes.scripts["twice"].meanwhile = [&](const auto&) { world.store.faults.assign(20, Fault::fails); };
  EXPECT_THROW(static_cast<void>(world.execute(run)), Broken);
  world.store.faults.clear();
  must(world.recover(run));
  expect_refused("what twice printed is lost, and plain needs it");
}

TEST_F(Resume, UndoesWhatWasDoneBeforeItWasCutOffToo) {
  cut_off_in("asked");
  world.processes.scripts["plain"].code = 1;
  const auto outcome = must(resume());
  EXPECT_EQ(outcome.ending, Ending::indeterminate);  // plain has no undo
  EXPECT_EQ(world.processes.started(), "ask plain unasked untwice");
  EXPECT_EQ(world.processes.last("untwice").standard_input, "seen");
  expect_refused("being undone");
}

TEST_F(Resume, RefusesWhileItIsExecutingWhenItEndedAndWhenItWasNotStarted) {
  EXPECT_FALSE(may_resume());
  EXPECT_FALSE(world.desk("ana").order_resume(run));
  world.processes.scripts["plain"].meanwhile = [&](const auto&) { EXPECT_FALSE(world.desk("ana").order_resume(run)); };
  ASSERT_TRUE(world.execute(run));
  EXPECT_FALSE(may_resume());
  EXPECT_FALSE(world.desk("ana").order_resume(run));
}

TEST_F(Resume, NeedsAnOrderAndEachOrderIsGoodForOneStart) {
  cut_off_in("asked");
  EXPECT_EQ(world.executor().resume(run, {}, unseen).error().code, Exit::approvals_missing);
  EXPECT_EQ(world.processes.count(), 0U);
  world.processes.scripts["ask"].code = 2;
  must(resume());
  world.processes.launches.clear();
  EXPECT_EQ(world.executor().resume(run, {}, unseen).error().code, Exit::approvals_missing);
  EXPECT_EQ(world.processes.count(), 0U);
}

TEST_F(Resume, IsRefusedOnceItIsClosed) {
  cut_off_in("asked");
  must(world.desk("ana").order_resume(run));
  must(world.desk("ana").close(run, "it was done"));
  EXPECT_FALSE(may_resume());
  EXPECT_FALSE(world.executor().resume(run, {}, unseen));
  EXPECT_EQ(world.processes.count(), 0U);
}

TEST_F(Resume, RefusesWhatIsLeftToDoWhereItDrifted) {
  cut_off_in("asked");
  world.processes.bytes["plain"] = "another build";
  const auto resumed = resume();
  ASSERT_FALSE(resumed);
  EXPECT_EQ(resumed.error().code, Exit::drift);
  EXPECT_NE(resumed.error().message.find("program plain"), std::string::npos) << resumed.error().message;
  EXPECT_EQ(world.processes.count(), 0U);
  EXPECT_EQ(world.state(run), State::indeterminate);
  world.processes.bytes.clear();
  EXPECT_EQ(must(resume()).ending, Ending::succeeded);
}

TEST_F(Resume, RefusesWhereTheConfirmOrAnUndoDrifted) {
  cut_off_in("asked");
  world.files.files["bin/ask"] = "says yes to all";
  EXPECT_EQ(resume().error().code, Exit::drift);
  world.files.files["bin/ask"] = "asks";
  world.processes.bytes["untwice"] = "another build";
  EXPECT_EQ(resume().error().code, Exit::drift);
  EXPECT_EQ(world.processes.count(), 0U);
}

TEST_F(Resume, TakesNoDriftForWhatItsOwnFinishedStepsRead) {
  cut_off_in("asked");
  world.files.files["notes.txt"] = "changed by the step that was done";
  world.processes.bytes["twice"] = "not run any more";
  EXPECT_EQ(must(resume()).ending, Ending::succeeded);
}

TEST_F(Resume, IsByTheClaimantAlone) {
  cut_off_in("asked");
  must(world.desk("ana").order_resume(run));
  const auto digest = world.run(run).plan->digest;
  const auto order = world.run(run).orders.back().hash;
  world.adopt_root([&](auto& list) {
    list.push_back({"other", trust::PrincipalKind::service, {"executor"}, {world.key("other").key()}, {Environment::local}});
  });
  const auto body = approval::resume_body(digest, order);
  for (const auto* who : {"other", "ana"}) {
    const auto leaf = world.append_raw(who, Kind::resume, world.scope(run), body);
    EXPECT_TRUE(world.standing(leaf).starts_with("void: only the claimant")) << world.standing(leaf);
    world.store.entries.pop_back();
  }
}

TEST_F(Resume, WithoutAJournalIsRefused) {
  cut_off_in("asked");
  world.journal.written.clear();
  EXPECT_FALSE(may_resume());
  EXPECT_FALSE(resume());
  EXPECT_EQ(world.processes.count(), 0U);
}

TEST_F(Resume, InterruptedBeforeItKnowsLeavesTheDoubtAsItWas) {
  cut_off_in("asked");
  world.processes.scripts["ask"].end = Script::End::interrupted;
  const auto outcome = must(resume());
  EXPECT_EQ(outcome.ending, Ending::indeterminate);
  EXPECT_EQ(world.processes.started(), "ask");
}

TEST_F(Resume, ForgetsAFindingThatWasSignedBefore) {
  World two(practice());
  const auto id = two.planned("report make", {{"client", "C-1042"}}, Environment::local, true);
  must(two.approve("ben", id));
  must(two.approve("cleo", id));
  must(two.order(id));
  two.processes.scripts["writer"].meanwhile = [&](const auto&) { two.store.faults.assign(20, Fault::fails); };
  EXPECT_THROW(static_cast<void>(two.execute(id)), Broken);
  two.store.faults.clear();
  two.append_raw("machine", Kind::outcome, two.scope(id), approval::outcome_body(Ending::indeterminate, {"write"}, ""));
  must(two.desk("ben").close(id, "not written"));
  const auto finding = two.store.entries.size() - 1;
  must(two.desk("ana").order_resume(id));
  const auto order = two.run(id).orders.back().hash;
  two.append_raw("machine", Kind::resume, two.scope(id), approval::resume_body(two.run(id).plan->digest, order));
  EXPECT_EQ(two.state(id), State::executing);
  two.append_raw("machine", Kind::outcome, two.scope(id), approval::outcome_body(Ending::indeterminate, {"write"}, ""));
  const auto leaf = two.append_raw("cleo", Kind::close, two.scope(id),
                                   approval::close_body(ledger::leaf_hash(two.store.entries.at(finding))));
  EXPECT_TRUE(two.standing(leaf).starts_with("void: it cites a finding")) << two.standing(leaf);
  EXPECT_EQ(two.state(id), State::indeterminate);
}

// ---- the order and its taking up, as the ledger judges them -----------------------------------------------------

class ResumeOrder : public Resume {
 protected:
  std::string stands(const std::string& who, std::optional<Timestamp> at = {}) {
    World::Raw raw;
    raw.at = at;
    const auto leaf = world.append_raw(who, Kind::order, world.scope(run),
                                       approval::resume_order_body(world.run(run).plan->digest), raw);
    auto standing = world.standing(leaf);
    world.store.entries.pop_back();
    return standing;
  }
};

TEST_F(ResumeOrder, BeforeTheStartIsVoid) { EXPECT_EQ(stands("ana"), "void: the run was not started"); }

TEST_F(ResumeOrder, OfWhatIsExecutingIsVoidAndOfWhatEndedIsLate) {
  world.processes.scripts["twice"].meanwhile = [&](const auto&) {
    EXPECT_EQ(stands("ana"), "void: the run is executing");
    EXPECT_EQ(stands("ana", world.clock.now() + approval::kLease + 1h), "counts") << "by the signer's clock";
  };
  ASSERT_TRUE(world.execute(run));
  EXPECT_TRUE(stands("ana").starts_with("late"));
}

TEST_F(ResumeOrder, IsForPeopleWhoMayExecute) {
  cut_off_in("asked");
  EXPECT_EQ(stands("ana"), "counts");
  EXPECT_TRUE(stands("robot").starts_with("void: only people"));
  EXPECT_TRUE(stands("machine").starts_with("void: only people"));
}

TEST_F(ResumeOrder, OfSomebodyWhoLostTheRightIsNotTakenUp) {
  cut_off_in("asked");
  must(world.desk("ben").order_resume(run));
  world.adopt_root([](auto& list) { std::erase_if(list, [](const auto& one) { return one.name == "ben"; }); });
  EXPECT_EQ(world.executor().resume(run, {}, unseen).error().code, Exit::approvals_missing);
  EXPECT_EQ(world.processes.count(), 0U);
}

TEST_F(ResumeOrder, IsTakenUpOnlyByTheEntryThatCitesIt) {
  cut_off_in("asked");
  const auto digest = world.run(run).plan->digest;
  const auto first = world.run(run).orders.front().hash;
  const auto standing = [&](const LeafHash& order) {
    const auto leaf = world.append_raw("machine", Kind::resume, world.scope(run), approval::resume_body(digest, order));
    auto told = world.standing(leaf);
    world.store.entries.pop_back();
    return told;
  };
  EXPECT_TRUE(standing(first).starts_with("void: the gate does not say yes")) << standing(first);
  must(world.desk("ana").order_resume(run));
  EXPECT_TRUE(standing(first).starts_with("void: it cites another order")) << standing(first);
  EXPECT_EQ(standing(world.run(run).orders.back().hash), "counts");
}

TEST_F(ResumeOrder, DatedBeyondTheSkewIsNotTakenUp) {
  cut_off_in("asked");
  World::Raw raw;
  raw.at = world.clock.now() + kSkew + 1ms;
  world.append_raw("ana", Kind::order, world.scope(run), approval::resume_order_body(world.run(run).plan->digest), raw);
  must(world.log().refresh());
  EXPECT_EQ(world.executor().resume(run, {}, unseen).error().code, Exit::approvals_missing);
  world.clock.advance(1ms);
  EXPECT_TRUE(world.executor().resume(run, {}, unseen));
}

// ---- a crash at every write, then resumed for as long as it takes ------------------------------------------------

// What may begin again: the idempotent one, and what its confirm says was not done. The rest begins once.
void resume_to_the_end(World& world, const RunId& run) {
  Progress unseen;
  world.store.faults.clear();
  world.journal.fail_after = -1;
  testing::must(world.recover(run));
  for (int round = 0; round < 3 && world.state(run) == State::indeterminate; ++round) {
    if (!world.executor().may_resume(run)) break;
    testing::must(world.desk("ana").order_resume(run));
    ASSERT_TRUE(world.executor().resume(run, {}, unseen));
  }
}

struct Break {
  std::string how;
  std::function<void(World&, int)> plant;
};

class CrashAndResume : public ::testing::TestWithParam<int> {};

TEST_P(CrashAndResume, DoesEveryEffectOnceOrSaysThatItIsInDoubt) {
  static const std::array<Break, 3> kBreaks{{
      {"journal", [](World& world, int write) { world.journal.fail_after = write; }},
      {"append", [](World& world, int append) {
         world.store.faults.assign(static_cast<std::size_t>(append), Fault::none);
         world.store.faults.insert(world.store.faults.end(), 20, Fault::fails);
       }},
      {"append that persists", [](World& world, int append) {
         world.store.faults.assign(static_cast<std::size_t>(append), Fault::none);
         world.store.faults.push_back(Fault::fails_but_persists);
         world.store.faults.insert(world.store.faults.end(), 20, Fault::fails);
       }},
  }};
  const auto& broken = kBreaks.at(static_cast<std::size_t>(GetParam()));
  int succeeded = 0;
  for (int write = 0; write < 40; ++write) {
    SCOPED_TRACE(broken.how + " " + std::to_string(write));
    World world(practice());
    world.processes.scripts["look"].output = "seen";
    world.processes.scripts["twice"].output = "id-7";
    // The confirms tell the truth.
    bool asked = false;
    bool sent = false;
    world.processes.scripts["asked"].meanwhile = [&](const auto&) { asked = true; };
    world.processes.scripts["send"].meanwhile = [&](const auto&) { sent = true; };
    world.processes.scripts["ask"].meanwhile = [&](const auto&) { world.processes.scripts["ask"].code = asked ? 0 : 1; };
    world.processes.scripts["sent"].meanwhile = [&](const auto&) { world.processes.scripts["sent"].code = sent ? 0 : 1; };
    const auto run = world.planned("work");
    testing::must(world.order(run));
    broken.plant(world, write);
    bool crashed = false;
    try {
      static_cast<void>(world.execute(run));
    } catch (const Broken&) {
      crashed = true;
    }
    if (!world.run(run).claim) continue;
    resume_to_the_end(world, run);
    for (const auto* name : {"asked", "plain", "send", "untwice", "unasked"})
      EXPECT_LE(world.processes.count(name), 1U) << name;
    EXPECT_LE(world.processes.count("twice"), 2U);
    EXPECT_TRUE(world.told().faults().empty());
    const auto state = world.state(run);
    if (state == State::succeeded) {
      ++succeeded;
      for (const auto* name : {"twice", "asked", "plain", "send"}) EXPECT_GE(world.processes.count(name), 1U) << name;
    } else {
      EXPECT_TRUE(state == State::indeterminate || state == State::failed) << approval::to_string(state);
      EXPECT_TRUE(state != State::failed || world.processes.count("twice") == 0U);
    }
    if (!crashed) break;
  }
  EXPECT_GT(succeeded, 5) << "most of them can be gone on with";
}

INSTANTIATE_TEST_SUITE_P(Where, CrashAndResume, ::testing::Values(0, 1, 2));

}  // namespace
}  // namespace blc::execution
