// A succeeded run is taken back by a run of its own: what was planned to undo it, once, under signatures of its own.
#include <gtest/gtest.h>

#include <algorithm>

#include "core/adapters/sqlite_index.hpp"
#include "core/approval/verify.hpp"
#include "support/world.hpp"
#include "unit/adapters/scratch.hpp"

namespace blc::execution {
namespace {

using approval::Ending;
using approval::State;
using ledger::Kind;
using testing::World;

// A reading step whose output the first undo needs, two writes of which the second undo needs what the first printed,
// and a disclosure that stays.
constexpr std::string_view kPair = R"(verb: pair
summary: Two writes
classification: business
data: [internal]
parameters:
  month: {type: string, pattern: "20[0-9]{2}-[0-9]{2}", summary: The month}
steps:
  - {name: look, summary: looks, effect: read, argv: [look], output: {limit: 64}}
  - name: first
    summary: first of ${month}
    effect: write
    argv: [first, notes.txt]
    environment: {MODE: do}
    writes: [out]
    output: {limit: 64}
    undo: {summary: "takes the first of ${month} back", argv: [unfirst, "${month}", notes.txt], stdin: "${look.stdout}"}
  - {name: second, summary: second, effect: write, argv: [second], writes: [out], undo: {argv: [unsecond], stdin: "${first.stdout}"}}
  - {name: send, summary: sends, effect: disclose, argv: [send]}
)";
constexpr std::string_view kNext = R"(verb: next
summary: Asks for a pair before it
classification: business
data: [internal]
parameters:
  month: {type: string, pattern: "20[0-9]{2}-[0-9]{2}", summary: The month}
requires: {verb: pair, within: 24h}
steps:
  - {name: go, summary: goes, effect: write, argv: [go], writes: [out]}
)";

testing::Practice practice() {
  auto files = testing::default_practice();
  files.insert_or_assign("verbs/pair.yaml", std::string(kPair));
  files.insert_or_assign("verbs/next.yaml", std::string(kNext));
  files.insert_or_assign("notes.txt", "notes");
  return files;
}
const verb::Values kMonth{{"month", std::string("2026-10")}};

class Rollback : public ::testing::Test {
 protected:
  RunId succeeded(std::string_view verb = "pair", const verb::Values& values = kMonth) {
    world.processes.scripts["look"].output = "seen";
    world.processes.scripts["first"].output = "id-7";
    const auto id = world.planned(verb, values);
    testing::must(world.order(id));
    EXPECT_EQ(testing::must(world.execute(id)).ending, Ending::succeeded);
    world.processes.launches.clear();
    return id;
  }
  Result<RunId> requested(const RunId& undone, bool rehearsal = false) {
    const auto run = world.run(undone);
    const auto catalog = testing::must(world.executor().governing_catalog(run.environment));
    return world.desk("ana").request_rollback(run, *catalog.find_verb(run.request->request.verb), rehearsal, catalog.policy());
  }
  RunId planned(const RunId& undone) {
    const auto id = testing::must(requested(undone));
    testing::must(world.plan(id));
    return id;
  }
  Result<Outcome> executed(const RunId& id) {
    BLC_CHECK(world.order(id));
    return world.execute(id);
  }
  const plan::Resolution& resolution(const RunId& id) { return world.run(id).plan->plan->resolution; }
  // How a forged entry stands; then it is taken out of the store again.
  std::string standing(std::uint64_t leaf) {
    auto found = world.standing(leaf);
    world.store.entries.pop_back();
    return found;
  }
  void expect_refused(const RunId& undone, const std::string& words) {
    const auto refused = requested(undone);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Exit::refused);
    EXPECT_NE(refused.error().message.find(words), std::string::npos) << refused.error().message;
    EXPECT_FALSE(refused.error().hint.empty());
  }
  World world{practice()};
};

TEST_F(Rollback, RunsTheUndosInReverseWithWhatTheRunKnew) {
  const auto run = succeeded();
  const auto back = planned(run);
  EXPECT_EQ(world.processes.started(), "") << "planning takes nothing back";
  EXPECT_EQ(testing::must(executed(back)).ending, Ending::succeeded);
  EXPECT_EQ(world.processes.started(), "unsecond unfirst");
  EXPECT_EQ(world.processes.last("unsecond").standard_input, "id-7");
  const auto& launch = world.processes.last("unfirst");
  EXPECT_EQ(launch.standard_input, "seen");
  EXPECT_EQ(launch.argv, (std::vector<std::string>{"unfirst", "2026-10", "notes.txt"}));
  EXPECT_EQ(launch.environment.at("MODE"), "do");
  EXPECT_EQ(launch.environment.at("BLC_RUN_ID"), run.str()) << "an undo looks for what that run left";
  EXPECT_EQ(launch.environment.at("BLC_ROLLBACK_ID"), back.str());
  EXPECT_EQ(launch.environment.at("BLC_IDEMPOTENCY_KEY"), back.str() + ".first");
  EXPECT_EQ(world.state(run), State::rolled_back);
  EXPECT_EQ(world.state(back), State::succeeded);
  EXPECT_TRUE(world.told().faults().empty());
}

TEST_F(Rollback, SaysWhatItTakesBackAndHasNoUndoItself) {
  const auto back = planned(succeeded());
  const auto& plan = resolution(back);
  ASSERT_EQ(plan.steps.size(), 2U);
  EXPECT_EQ(plan.steps[0].summary, "takes back: second");
  EXPECT_EQ(plan.steps[1].summary, "takes the first of 2026-10 back");
  for (const auto& step : plan.steps) {
    EXPECT_EQ(step.effect, Effect::write);
    EXPECT_FALSE(step.undo);
  }
  EXPECT_EQ(plan.fidelity, Fidelity::estimate);
  EXPECT_TRUE(plan.rolls_back->changed.empty());
}

TEST_F(Rollback, KeepsSealedParametersSealedAndGivesThemToTheUndo) {
  const auto run = succeeded("report make", {{"client", std::string("C-1042")}});
  const auto back = planned(run);
  const auto& asked = world.run(back).request->request;
  EXPECT_EQ(asked.parameters, world.run(run).request->request.parameters);
  EXPECT_EQ(asked.subject, world.run(run).request->request.subject);
  EXPECT_NE(asked.sealed.at(1).ref.ciphertext, world.run(run).request->request.sealed.at(1).ref.ciphertext);
  for (const auto& entry : world.store.entries) EXPECT_EQ(entry.find("C-1042"), std::string::npos);
  EXPECT_EQ(testing::must(executed(back)).ending, Ending::succeeded);
  EXPECT_EQ(world.processes.last("eraser").standard_input, "C-1042");
}

TEST_F(Rollback, NeedsSignaturesOfItsOwn) {
  const auto run = world.planned("report make", {{"client", std::string("C-1042")}}, Environment::local, true);
  for (const auto* const name : {"ben", "cleo"}) testing::must(world.approve(name, run));
  testing::must(world.order(run));
  EXPECT_EQ(testing::must(world.execute(run)).ending, Ending::succeeded);
  const auto back = planned(run);
  EXPECT_TRUE(world.run(back).request->request.rehearsal) << "the bar of a rehearsal is not lowered by taking it back";
  EXPECT_EQ(world.order(back).error().code, Exit::approvals_missing);
  for (const auto* const name : {"ben", "cleo"}) testing::must(world.approve(name, back));
  EXPECT_EQ(testing::must(executed(back)).ending, Ending::succeeded);
  EXPECT_TRUE(world.told().faults().empty());
}

TEST_F(Rollback, OfOneRunStartsOnceHoweverManyArePlanned) {
  const auto run = succeeded();
  const auto first = planned(run);
  const auto second = planned(run);
  testing::must(world.order(first));
  testing::must(world.order(second));
  EXPECT_EQ(testing::must(world.execute(second)).ending, Ending::succeeded);
  world.processes.launches.clear();
  const auto refused = world.execute(first);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Exit::refused);
  EXPECT_NE(refused.error().message.find("was rolled back by run " + second.suffix()), std::string::npos) << refused.error().message;
  EXPECT_EQ(world.processes.count(), 0U);
  EXPECT_FALSE(world.run(first).claim);
  expect_refused(run, "was rolled back by run " + second.suffix());
}

TEST_F(Rollback, ThatDidNotEndWellBarsAnotherUntilPeopleHaveLooked) {
  const auto run = succeeded();
  const auto back = planned(run);
  world.processes.scripts["unfirst"].code = 1;
  const auto outcome = testing::must(executed(back));
  EXPECT_EQ(outcome.ending, Ending::indeterminate);
  EXPECT_EQ(outcome.remains, (std::vector<std::string>{"first", "second"})) << "in doubt, then what was taken back";
  EXPECT_EQ(world.state(run), State::succeeded);
  const auto other = testing::must(requested(run));
  EXPECT_EQ(world.plan(other).error().code, Exit::refused);
  testing::must(world.desk("ana").close(back, "the first is still there"));
  world.processes.scripts["unfirst"].code = 0;
  EXPECT_EQ(testing::must(executed(planned(run))).ending, Ending::succeeded);
  EXPECT_EQ(world.state(run), State::rolled_back);
}

TEST_F(Rollback, IsRefusedWhereThereIsNothingToTakeBack) {
  const auto pending = world.planned("pair", kMonth);
  expect_refused(pending, "is approved; only a succeeded run");
  world.processes.scripts["first"].code = 1;
  testing::must(world.order(pending));
  EXPECT_EQ(testing::must(world.execute(pending)).ending, Ending::failed);
  expect_refused(pending, "is failed; only a succeeded run");
  world.processes.scripts["first"].code = 0;
  const auto without = [&] {
    auto text = std::string(kNext);
    text.replace(text.find("requires"), text.find("steps") - text.find("requires"), "");
    world.files.files["verbs/next.yaml"] = text;
    return succeeded("next");
  }();
  expect_refused(without, "no step of next has an undo");
  const auto run = succeeded();
  const auto back = planned(run);
  testing::must(executed(back));
  expect_refused(back, "is a rollback itself");
}

TEST_F(Rollback, IsRefusedWhenTheVerbWouldUndoOtherwiseThanWasSigned) {
  const auto run = succeeded();
  auto& file = world.files.files["verbs/pair.yaml"];
  const auto original = file;
  for (const auto& [from, to] : std::vector<std::pair<std::string, std::string>>{
           {"argv: [unsecond]", "argv: [rm]"}, {"MODE: do", "MODE: undo"}, {"name: second", "name: other"},
           {"writes: [out], undo", "writes: [out, more], undo"}, {"stdin: \"${look.stdout}\"", "stdin: nothing"}}) {
    file.replace(file.find(from), from.size(), to);
    const auto refused = world.plan(testing::must(requested(run)));
    ASSERT_FALSE(refused) << to;
    EXPECT_EQ(refused.error().code, Exit::refused) << to;
    EXPECT_NE(refused.error().message.find("would not be taken back as was planned"), std::string::npos) << refused.error().message;
    file = original;
  }
  // What does not change how it is undone is no hindrance.
  file.replace(file.find("summary: looks"), std::string("summary: looks").size(), "summary: looks twice");
  EXPECT_EQ(testing::must(executed(planned(run))).ending, Ending::succeeded);
}

TEST_F(Rollback, TellsItsSignersWhatHasChangedSinceTheRun) {
  const auto run = succeeded();
  world.files.files["notes.txt"] = "other notes";
  const auto back = planned(run);
  EXPECT_EQ(resolution(back).rolls_back->changed, std::vector<std::string>{"file notes.txt"});
  world.files.files["notes.txt"] = "changed again";
  testing::must(world.order(back));
  EXPECT_EQ(world.execute(back).error().code, Exit::drift);
}

TEST_F(Rollback, SaysWhenWhatAnUndoNeedsIsLost) {
  const auto run = succeeded();
  world.store.blobs_.clear();
  const auto refused = requested(run);
  EXPECT_FALSE(refused) << "the run's own key was sealed too";
}

TEST_F(Rollback, LeavesARequiredRunUnsatisfied) {
  const auto run = succeeded();
  const auto next = world.planned("next", kMonth);
  EXPECT_TRUE(world.decision(next).yes);
  testing::must(executed(planned(run)));
  const auto decision = world.decision(next);
  EXPECT_FALSE(decision.yes);
  EXPECT_NE(decision.why.find("was rolled back by run"), std::string::npos) << decision.why;
  static_cast<void>(succeeded());
  EXPECT_TRUE(world.decision(next).yes) << "a later run of the verb counts, no rollback of one";
}

TEST_F(Rollback, TakesNoOtherStepsParametersOrRunIntoTheLedger) {
  const auto run = succeeded();
  const auto back = testing::must(requested(run));
  const auto forge = [&](const std::function<void(plan::Request&)>& change) {
    auto request = world.run(back).request->request;
    change(request);
    auto scope = world.scope(back);
    scope.run = RunId{world.log().new_run_id()};
    return standing(world.append_raw("ana", Kind::request, scope, request.to_json()));
  };
  EXPECT_EQ(forge([](auto&) {}), "counts");
  EXPECT_EQ(forge([](auto& request) { request.parameters.at("month") = "2026-11"; }),
            "void: it asks for something else than the run that it takes back");
  EXPECT_EQ(forge([](auto& request) { request.verb = "next"; }), "void: it asks for something else than the run that it takes back");
  EXPECT_EQ(forge([&](auto& request) { request.rolls_back = world.log().new_run_id(); }),
            "void: the run that it takes back has no plan before it");
  EXPECT_EQ(forge([&](auto& request) { request.rolls_back = back; }), "void: the run that it takes back has no plan before it");

  testing::must(world.plan(back));
  const auto honest = *world.run(back).plan->plan;
  const auto forge_plan = [&](const std::function<void(plan::Plan&)>& change) {
    auto scope = world.scope(back);
    auto plan = honest;
    scope.run = testing::must(requested(run));
    plan.run = scope.run;
    plan.sealed = world.run(scope.run).request->request.sealed;
    change(plan);
    return standing(world.append_raw("machine", Kind::plan, scope, plan.to_json()));
  };
  EXPECT_EQ(forge_plan([](auto&) {}), "counts");
  EXPECT_EQ(forge_plan([](auto& plan) { std::ranges::reverse(plan.resolution.steps); }),
            "void: its steps are not the undos of the run that it takes back");
  EXPECT_EQ(forge_plan([](auto& plan) { plan.resolution.steps.pop_back(); }),
            "void: its steps are not the undos of the run that it takes back");
  EXPECT_EQ(forge_plan([](auto& plan) { plan.resolution.steps[0].run.argv = {"rm"}; }),
            "void: its steps are not the undos of the run that it takes back");
  EXPECT_EQ(forge_plan([](auto& plan) { plan.resolution.rolls_back.reset(); }),
            "void: it takes back another run than was asked for");
  EXPECT_EQ(forge_plan([](auto& plan) { plan.resolution.fidelity = Fidelity::exact; }), "void: it is no plan of a rollback");
}

TEST_F(Rollback, IsToldTheSameOverAnIndexAsFromMemory) {
  const auto taken = succeeded();
  const auto kept = succeeded();
  testing::must(executed(planned(taken)));
  const auto failed = planned(kept);
  world.processes.scripts["unsecond"].end = testing::Script::End::never_starts;
  EXPECT_EQ(testing::must(executed(failed)).ending, Ending::failed);
  const auto memory = world.told();
  const test::Scratch scratch;
  adapters::SqliteIndex index(scratch.path("index.db"));
  approval::Replay first(world.pin().origin, index, world.store);
  approval::read_into(first, world.store, world.store.size(), 0);
  first.save(true);
  const approval::Replay reopened(world.pin().origin, index, world.store);
  for (const auto* const replay : {&memory, static_cast<const approval::Replay*>(&first), &reopened}) {
    EXPECT_EQ(replay->state(*replay->run(taken), world.clock.now()), State::rolled_back);
    EXPECT_EQ(replay->state(*replay->run(kept), world.clock.now()), State::succeeded);
    EXPECT_EQ(replay->last_rollback(kept)->id, failed);
    EXPECT_EQ(replay->last_claimed("pair", Environment::local, nullptr, replay->size())->id, kept) << "no rollback";
    EXPECT_EQ(replay->last_rollback(failed), nullptr);
  }
}

TEST_F(Rollback, TidiesUpFoldersThatAFailedRunMade) {
  world.processes.scripts["second"].code = 1;
  const auto run = world.planned("pair", kMonth);
  testing::must(world.order(run));
  EXPECT_EQ(testing::must(world.execute(run)).ending, Ending::failed);
  EXPECT_EQ(world.files.removed, std::vector<std::string>{"out"});
}

}  // namespace
}  // namespace blc::execution
