#include "core/execution/executor.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "core/approval/bodies.hpp"
#include "core/crypto/digest.hpp"
#include "core/ledger/tree.hpp"
#include "support/world.hpp"

namespace blc::execution {
namespace {

using namespace std::chrono_literals;
using approval::Ending;
using approval::State;
using ledger::Kind;
using testing::Script;
using testing::World;

const verb::Values kMonth{{"month", "2026-10"}};
const verb::Values kClient{{"client", "C-1042"}};

// Three writes, each with an undo: one, two, three; undone by unone, untwo, unthree.
constexpr std::string_view kThree = R"(verb: three
summary: Three writes
classification: personal
data: [internal]
steps:
  - {name: one, summary: one, effect: write, argv: [one], writes: [out], undo: {argv: [unone]}}
  - {name: two, summary: two, effect: write, argv: [two], writes: [out], undo: {argv: [untwo]}}
  - {name: three, summary: three, effect: write, argv: [three], writes: [out], undo: {argv: [unthree]}}
)";

testing::Practice with(const std::string& path, std::string text) {
  auto practice = testing::default_practice();
  practice.insert_or_assign(path, std::move(text));
  return practice;
}

class Executing : public ::testing::Test {
 protected:
  explicit Executing(const testing::Practice& practice = with("verbs/three.yaml", std::string(kThree))) : world(practice) {}

  RunId ordered(const std::string& verb, const verb::Values& values = {}) {
    const auto run = world.planned(verb, values);
    testing::must(world.order(run));
    world.processes.launches.clear();
    return run;
  }
  // How the run of that verb ended, and what remains of it.
  Outcome run_of(const std::string& verb, const verb::Values& values = {}) {
    const auto run = ordered(verb, values);
    auto outcome = testing::must(world.execute(run));
    EXPECT_TRUE(world.told().faults().empty());
    const auto& told = *world.run(run).outcome;
    EXPECT_EQ(told.ending, outcome.ending);
    EXPECT_EQ(told.remains, outcome.remains);
    return outcome;
  }
  void fails(const std::string& program, Script::End end = Script::End::exits) {
    world.processes.scripts[program] = Script{1, "", "", end, {}};
  }
  World world;
};

TEST_F(Executing, RunsTheStepsInOrderAndEachOnce) {
  world.processes.scripts["adder"].output = "100.00";
  const auto outcome = run_of("post run", kMonth);
  EXPECT_EQ(outcome.ending, Ending::succeeded);
  EXPECT_TRUE(outcome.remains.empty());
  // Resolving again runs the read step and the preview; the run itself takes the read output as planned.
  EXPECT_EQ(world.processes.started(), "adder previewer poster sender");
  EXPECT_EQ(world.processes.last("poster").standard_input, "100.00");
}

TEST_F(Executing, AnnouncesEachStepBeforeItBegins) {
  const auto run = ordered("three");
  std::vector<std::string> seen;
  for (const auto* name : {"one", "two", "three"}) {
    world.processes.scripts[name].meanwhile = [&, name](const auto&) {
      const auto last = testing::must(ledger::decode_entry(world.store.entries.back()));
      EXPECT_EQ(last.kind, Kind::step);
      EXPECT_EQ(*last.body.find("phase"), text::Json("intent"));
      EXPECT_EQ(*last.body.find("step"), text::Json(name));
      EXPECT_NE(world.journal.written.back().find("\"begun\""), std::string::npos);
      EXPECT_NE(world.journal.written.back().find(name), std::string::npos);
      seen.emplace_back(name);
    };
  }
  ASSERT_TRUE(world.execute(run));
  EXPECT_EQ(seen.size(), 3U);
}

TEST_F(Executing, NotesTheClaimBeforeAppendingItAndTheStartBeforeAnyEffect) {
  const auto run = ordered("three");
  world.store.before_append = [&] {
    ASSERT_EQ(world.journal.written.size(), 1U);
    EXPECT_NE(world.journal.written.back().find("\"claiming\""), std::string::npos);
  };
  world.processes.scripts["one"].meanwhile = [&](const auto&) {
    EXPECT_NE(world.journal.written[1].find("\"started\""), std::string::npos);
  };
  ASSERT_TRUE(world.execute(run));
  EXPECT_EQ(world.processes.count("one"), 1U);
  EXPECT_NE(world.journal.written.back().find("\"ended\""), std::string::npos);
}

TEST_F(Executing, OpensOnlyDeclaredFoldersForWriting) {
  ASSERT_TRUE(world.execute(ordered("three")));
  ASSERT_EQ(world.processes.last("one").view.writable.size(), 1U);
  EXPECT_EQ(world.processes.last("one").view.writable.front().path, "out");
  run_of("post run", kMonth);
  EXPECT_TRUE(world.processes.last("sender").view.writable.empty());
  EXPECT_TRUE(world.processes.last("adder").view.writable.empty());
}

TEST_F(Executing, UndoesTheFailedStepFirstThenTheOthersInReverse) {
  fails("three");
  const auto outcome = run_of("three");
  EXPECT_EQ(outcome.ending, Ending::failed);
  EXPECT_TRUE(outcome.remains.empty());
  EXPECT_EQ(world.processes.started(), "one two three unthree untwo unone");
}

TEST_F(Executing, RunsNoStepAfterOneThatFailed) {
  fails("two");
  EXPECT_EQ(run_of("three").ending, Ending::failed);
  EXPECT_EQ(world.processes.started(), "one two untwo unone");
}

TEST_F(Executing, UndoesAfterATimeoutAndAfterASignal) {
  fails("two", Script::End::hangs);
  const auto outcome = run_of("three");
  EXPECT_EQ(outcome.ending, Ending::failed);
  EXPECT_NE(outcome.why.find("was still running after"), std::string::npos);
  EXPECT_EQ(world.processes.started(), "one two untwo unone");
  fails("two", Script::End::killed);
  EXPECT_NE(run_of("three").why.find("signal 9"), std::string::npos);
  EXPECT_EQ(world.processes.started(), "one two untwo unone");
}

TEST_F(Executing, DoesNotUndoWhatNeverStarted) {
  fails("two", Script::End::never_starts);
  const auto outcome = run_of("three");
  EXPECT_EQ(outcome.ending, Ending::failed);
  EXPECT_EQ(world.processes.started(), "one unone");
  EXPECT_NE(outcome.why.find("was not started"), std::string::npos);
}

TEST_F(Executing, GoesOnUndoingAfterAnUndoThatFailed) {
  fails("three");
  fails("untwo");
  const auto outcome = run_of("three");
  EXPECT_EQ(outcome.ending, Ending::indeterminate);
  EXPECT_EQ(outcome.remains, std::vector<std::string>{"two"});
  EXPECT_EQ(world.processes.started(), "one two three unthree untwo unone");
}

TEST_F(Executing, IsInDoubtAboutAnUndoThatHungOrNeverStarted) {
  fails("three");
  fails("untwo", Script::End::hangs);
  fails("unone", Script::End::never_starts);
  const auto outcome = run_of("three");
  EXPECT_EQ(outcome.ending, Ending::indeterminate);
  EXPECT_EQ(outcome.remains, (std::vector<std::string>{"two", "one"}));
}

TEST_F(Executing, IsInDoubtAboutAFailedStepWithoutAnUndo) {
  fails("sender");
  const auto outcome = run_of("post run", kMonth);
  EXPECT_EQ(outcome.ending, Ending::indeterminate);
  EXPECT_EQ(outcome.remains, std::vector<std::string>{"send"});
  EXPECT_EQ(world.processes.started(), "adder previewer poster sender unposter");
}

TEST_F(Executing, UndoesAFailedStepWhoseProgramPrintedTooMuch) {
  World other(with(
      "verbs/loud.yaml",
      "verb: loud\nsummary: x\nclassification: personal\ndata: [internal]\nsteps:\n"
      "  - {name: w, summary: w, effect: write, argv: [w], writes: [o], undo: {argv: [u]}, output: {limit: 8}}\n"));
  other.processes.scripts["w"].output = "123456789";
  const auto run = other.planned("loud");
  testing::must(other.order(run));
  const auto outcome = testing::must(other.execute(run));
  EXPECT_EQ(outcome.ending, Ending::failed);
  EXPECT_NE(outcome.why.find("9 bytes, more than the 8"), std::string::npos);
  EXPECT_EQ(other.processes.started(), "w u");
}

TEST_F(Executing, PartialIsWhatSurelyRemains) {
  World other(with("verbs/two.yaml",
                   "verb: two-steps\nsummary: x\nclassification: personal\ndata: [internal]\nsteps:\n"
                   "  - {name: keep, summary: k, effect: write, argv: [keep], writes: [o]}\n"
                   "  - {name: all, summary: a, effect: write, argv: [all], writes: [o], atomic: true}\n"));
  other.processes.scripts["all"].code = 1;
  const auto run = other.planned("two-steps");
  testing::must(other.order(run));
  const auto outcome = testing::must(other.execute(run));
  EXPECT_EQ(outcome.ending, Ending::partial);  // an atomic step that failed did nothing
  EXPECT_EQ(outcome.remains, std::vector<std::string>{"keep"});
  EXPECT_EQ(other.state(run), State::partial);
}

TEST_F(Executing, AtomicStepThatFailsLeavesNothing) {
  World other(with("verbs/one.yaml",
                   "verb: one-step\nsummary: x\nclassification: personal\ndata: [internal]\nsteps:\n"
                   "  - {name: all, summary: a, effect: write, argv: [all], writes: [o], atomic: true}\n"));
  other.processes.scripts["all"].code = 1;
  const auto run = other.planned("one-step");
  testing::must(other.order(run));
  EXPECT_EQ(testing::must(other.execute(run)).ending, Ending::failed);
}

TEST_F(Executing, InterruptBeforeAStepUndoesThoseBefore) {
  const auto run = ordered("three");
  std::stop_source source;
  world.processes.scripts["one"].meanwhile = [&](const auto&) { source.request_stop(); };
  const auto outcome = testing::must(world.execute(run, source.get_token()));
  EXPECT_EQ(outcome.ending, Ending::failed);
  EXPECT_NE(outcome.why.find("interrupted before two"), std::string::npos);
  EXPECT_EQ(world.processes.started(), "one unone");
}

TEST_F(Executing, InterruptDuringAStepUndoesIt) {
  fails("two", Script::End::interrupted);
  const auto outcome = run_of("three");
  EXPECT_EQ(outcome.ending, Ending::failed);
  EXPECT_NE(outcome.why.find("interrupted"), std::string::npos);
  EXPECT_EQ(world.processes.started(), "one two untwo unone");
}

TEST_F(Executing, InterruptWhileResolvingClaimsNothing) {
  const auto run = ordered("post run", kMonth);
  fails("adder", Script::End::interrupted);
  EXPECT_EQ(world.execute(run).error().code, Exit::interrupted);
  EXPECT_FALSE(world.run(run).claim);
}

TEST_F(Executing, RefusesDriftAndNamesIt) {
  const auto run = ordered("post run", kMonth);
  world.processes.scripts["adder"].output = "other";
  world.processes.bytes["poster"] = "another build";
  world.files.files["fixtures/mock/invoices/2026-10.csv"] = "edited";
  const auto executed = world.execute(run);
  ASSERT_FALSE(executed);
  EXPECT_EQ(executed.error().code, Exit::drift);
  for (const auto* what : {"output of total", "program poster", "file fixtures/mock/invoices/2026-10.csv"})
    EXPECT_NE(executed.error().message.find(what), std::string::npos) << executed.error().message;
  EXPECT_FALSE(world.run(run).claim);
  EXPECT_EQ(world.processes.count("poster"), 0U);
  EXPECT_EQ(world.run(run).refusals.size(), 1U);
}

TEST_F(Executing, RefusesAVerbOrPolicyEditedSinceInLocal) {
  const auto run = ordered("three");
  const auto before = world.files.files.at("verbs/three.yaml");
  world.files.files.at("verbs/three.yaml") += "# more\n";
  EXPECT_EQ(world.execute(run).error().code, Exit::drift);
  world.files.files.erase("verbs/three.yaml");
  EXPECT_EQ(world.execute(run).error().code, Exit::drift);
  world.files.files["verbs/three.yaml"] = before;
  world.files.files.at("policies/access.yaml") += "# more\n";
  EXPECT_EQ(world.execute(run).error().code, Exit::drift);
  world.files.files = testing::default_practice();
  world.files.files["verbs/three.yaml"] = before;
  EXPECT_TRUE(world.execute(run));
}

TEST_F(Executing, RefusesAnotherIsolationThanPlanned) {
  const auto run = ordered("three");
  world.processes.isolated_by = "nothing much";
  EXPECT_EQ(world.execute(run).error().code, Exit::drift);
}

TEST_F(Executing, RefusesWithoutAnOrder) {
  const auto run = world.planned("three");
  EXPECT_EQ(world.execute(run).error().code, Exit::approvals_missing);
  EXPECT_FALSE(world.run(run).claim);
  EXPECT_EQ(world.processes.count(), 0U);
}

TEST_F(Executing, RefusesWhileAnotherProcessHoldsTheLock) {
  const auto run = ordered("three");
  world.lock_taken = true;
  EXPECT_FALSE(world.execute(run));
  EXPECT_EQ(world.processes.count(), 0U);
}

TEST_F(Executing, StartsNothingOnAMachineThatSleptAfterTheAnnouncement) {
  const auto run = ordered("three");
  // The machine sleeps while the second step's announcement is on its way to the journal.
  world.processes.scripts["one"].meanwhile = [&](const auto&) {
    world.journal.before_append = [&](std::string_view line) {
      if (line.find("\"begun\"") != std::string_view::npos) world.clock.advance(approval::kLease);
    };
  };
  const auto outcome = testing::must(world.execute(run));
  EXPECT_EQ(world.processes.count("two"), 0U);
  EXPECT_NE(outcome.why.find("slept"), std::string::npos) << outcome.why;
}

TEST_F(Executing, TellsScreensWhatHappens) {
  struct Heard : Progress {
    std::string heard;
    void step_starts(const plan::PlannedStep& step, bool undo) override {
      heard += (undo ? "undo " : "") + step.name + ", ";
    }
    void step_ends(const plan::PlannedStep& /*step*/, bool /*undo*/, bool succeeded,
                   const std::string& /*how*/) override {
      heard += succeeded ? "ok; " : "failed; ";
    }
  } progress;
  fails("two");
  const auto run = ordered("three");
  testing::must(world.executor().execute(run, {}, progress));
  EXPECT_EQ(progress.heard, "one, ok; two, failed; undo two, ok; undo one, ok; ");
}

TEST_F(Executing, ServesOnlyTheEnvironmentsOfItsPrincipal) {
  world.adopt_root([](auto& list) { testing::principal(list, "machine").environments = {Environment::staging}; });
  const auto run = world.requested("three");
  EXPECT_EQ(world.plan(run).error().code, Exit::refused);
  EXPECT_EQ(world.state(run), State::planning);
}

// A request that no honest client makes: the desk refuses it before it is signed.
TEST_F(Executing, StartsNoProgramWhereOneAdminAloneCouldInventTheSigners) {
  const approval::RunScope scope{*RunId::parse("01KADX0V8T5N2R9JQ3HW7M4KD2"), Environment::production,
                                 Classification::business};
  const auto run_key =
      testing::must(world.vault().seal(scope, "post run", std::string(plan::kRunKey), std::string(32, 'k')));
  world.store.blobs_.emplace(run_key.blob.digest, run_key.blob.bytes);
  const plan::Request request{"post run", {{"month", text::Json("2026-10")}}, {}, {run_key.item}, false};
  world.append_raw("ana", Kind::request, scope, request.to_json());
  testing::must(world.log().refresh());
  const auto planned = world.plan(scope.run);
  ASSERT_FALSE(planned);
  EXPECT_EQ(planned.error().code, Exit::refused);
  EXPECT_NE(planned.error().message.find("one admin alone could invent"), std::string::npos) << planned.error().message;
  EXPECT_EQ(world.processes.count(), 0U);
}

TEST_F(Executing, NeedsAnEnrolledKey) {
  world.adopt_root([&](auto& list) { testing::principal(list, "machine").keys = {world.key("machine-2").key()}; });
  const auto opened = Executor::open(
      {world.log(), world.vault(), world.key("machine"), world.clock, world.journal, world.processes, world.files, world.credentials, {}});
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, Exit::authentication);
}

TEST_F(Executing, RunsOnlyPlansOfItsOwnKey) {
  const auto run = ordered("three");
  world.adopt_root(
      [&](auto& list) { testing::principal(list, "machine").keys.push_back(world.key("machine-2").key()); });
  auto other = testing::must(Executor::open(
      {world.log(), world.vault(), world.key("machine-2"), world.clock, world.journal, world.processes, world.files, world.credentials,
       [](Milliseconds) -> Result<std::unique_ptr<ports::ExecutorLock>> { return nullptr; }}));
  Progress progress;
  const auto executed = other.execute(run, {}, progress);
  ASSERT_FALSE(executed);
  EXPECT_EQ(executed.error().code, Exit::refused);
}

TEST_F(Executing, RecordsWhyItWouldNotPlan) {
  world.files.files.erase("fixtures/mock/invoices/2026-10.csv");
  const auto run = world.requested("post run", kMonth);
  EXPECT_FALSE(world.plan(run));
  const auto& refusals = world.run(run).refusals;
  ASSERT_EQ(refusals.size(), 1U);
  EXPECT_EQ(refusals.front().who, "ana");
  EXPECT_EQ(refusals.front().action, "plan");
  EXPECT_NE(refusals.front().why.text.find("is not there"), std::string::npos);
}

// ---- PHI --------------------------------------------------------------------------------------------------

class ExecutingClinical : public Executing {
 protected:
  ExecutingClinical() : Executing(testing::default_practice()) {
    world.processes.scripts["reader"] = {0, "Jane Roe, three sessions", "warning: Jane Roe", Script::End::exits, {}};
    world.processes.scripts["drafter"].output = "Dear Jane Roe";
    world.processes.scripts["writer"] = {0, "wrote about Jane Roe", "debug Jane Roe", Script::End::exits, {}};
  }
  // Words that no digest and no base64 holds by chance.
  static void expect_none(std::string_view bytes, const std::string& where) {
    for (const auto* phi : {"C-1042", "Jane Roe", "three sessions"})
      EXPECT_EQ(bytes.find(phi), std::string_view::npos) << phi << " in " << where;
  }
  void expect_no_phi() {
    for (std::size_t leaf = 0; leaf < world.store.entries.size(); ++leaf) {
      const auto entry = testing::must(ledger::decode_entry(world.store.entries[leaf]));
      expect_none(entry.payload, "entry " + std::to_string(leaf));
    }
    for (const auto& [digest, blob] : world.store.blobs_) expect_none(blob, "a blob");
    for (const auto& line : world.journal.written) expect_none(line, "the journal");
  }
};

TEST_F(ExecutingClinical, LeavesNoPhiInLedgerStoreOrJournal) {
  EXPECT_EQ(run_of("report make", kClient).ending, Ending::succeeded);
  EXPECT_EQ(world.processes.last("writer").standard_input, "C-1042 Jane Roe, three sessions");
  expect_no_phi();
}

TEST_F(ExecutingClinical, LeavesNoPhiWhenItFailsDriftsOrIsRefused) {
  fails("writer");
  world.processes.scripts["writer"].errors = "Jane Roe is locked";
  EXPECT_EQ(run_of("report make", kClient).ending, Ending::failed);
  const auto run = ordered("report make", kClient);
  world.processes.scripts["reader"].output = "Jane Roe, four sessions";
  EXPECT_EQ(world.execute(run).error().code, Exit::drift);
  world.processes.scripts["reader"] = {1, "", "no Jane Roe", Script::End::exits, {}};
  EXPECT_FALSE(world.plan(world.requested("report make", kClient)));
  world.files.files.erase("fixtures/mock/clients/C-1042.txt");
  EXPECT_FALSE(world.plan(world.requested("report make", kClient)));
  testing::must(world.desk("ana").cancel(run, "Jane Roe moved away"));
  expect_no_phi();
}

TEST_F(ExecutingClinical, LeavesNoPhiOfAnAdapterThatNamesIt) {
  world.processes.scripts["writer"] = {0, "", "cannot open records/Jane Roe", Script::End::never_starts, {}};
  EXPECT_EQ(run_of("report make", kClient).ending, Ending::failed);
  expect_no_phi();
}

TEST_F(ExecutingClinical, SealsOutputsSoThatTheyOpenForThisRunOnly) {
  const auto run = ordered("report make", kClient);
  testing::must(world.execute(run));
  const auto& facts = world.run(run).steps;
  const auto found = std::ranges::find_if(
      facts, [](const auto& step) { return step.step == "write" && step.phase == approval::StepFact::Phase::outcome; });
  ASSERT_NE(found, facts.end());
  ASSERT_EQ(found->sealed.size(), 2U);
  const auto scope = world.scope(run);
  EXPECT_EQ(testing::must(world.vault().open(scope, "report make", found->sealed[0])).reveal(), "wrote about Jane Roe");
  EXPECT_EQ(testing::must(world.vault().open(scope, "report make", found->sealed[1])).reveal(), "debug Jane Roe");
  EXPECT_EQ(*found->output.find("stdout")->find("bytes"), text::Json(20));
  auto elsewhere = scope;
  elsewhere.run = *RunId::parse("01KADX0V8T5N2R9JQ3HW7M4KD2");
  EXPECT_FALSE(world.vault().open(elsewhere, "report make", found->sealed[0]));
  EXPECT_FALSE(world.vault().open(scope, "task add", found->sealed[0]));
}

TEST_F(ExecutingClinical, CannotPlanWithoutTheSealingKey) {
  const auto run = world.requested("report make", kClient);
  approval::Vault without(world.random, nullptr, world.store, world.pin().origin);
  auto executor = testing::must(Executor::open(
      {world.log(), without, world.key("machine"), world.clock, world.journal, world.processes, world.files, world.credentials, {}}));
  EXPECT_EQ(executor.plan(run, {}).error().code, Exit::authentication);
  EXPECT_EQ(world.processes.count(), 0U);
}

TEST_F(ExecutingClinical, CannotRunOnceTheRunKeyIsShredded) {
  const auto run = ordered("report make", kClient);
  world.store.blobs_.clear();
  EXPECT_FALSE(world.execute(run));
  EXPECT_EQ(world.processes.count(), 0U);
  EXPECT_TRUE(world.told().faults().empty());  // every proof still verifies
}

}  // namespace
}  // namespace blc::execution
