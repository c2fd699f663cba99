// Each command on a disk that fails: at a call that changes something below what blc keeps (ledger, journal, keys,
// heads, index, pins, log), the disk breaks, is interrupted, writes less than it was asked to, is full from then on,
// the process is killed, or the power goes. Then the disk is sound again and people go on.
// BLC_FAULTS_EVERY says how many calls lie between two that are tried (80; 1: every call is), BLC_FAULTS_SEED
// where to begin.
#include <gtest/gtest.h>

#include <algorithm>

#include <fmt/format.h>

#include "faults/story.hpp"

namespace blc::faults {
namespace {

constexpr std::uint64_t kEvery = 80;
constexpr long kStepEnded = 6;  // the journal's line that the second step ended

// Where a command's faults begin: the machine as it was before, and the run that the command is about.
struct Scene {
  std::string name;
  Command command;
  Life life;
};

// How a call fails, which calls can, and what the disk is like afterwards.
struct Break {
  std::string name;
  std::string kind;
  std::string calls;  // their names, with a space after each; "": all
  bool reads = false;
  std::optional<Shadow::Survives> power{};
};

void PrintTo(const Break& how, std::ostream* out) { *out << how.name; }

class Disk : public ::testing::TestWithParam<Break> {
 protected:
  void SetUp() override {
    scene("plan", "life", {});
    scene("approve", "life", {"plan"});
    scene("execute", "life", {"plan", "approve", "approve"});
    scene("undo", "broken", {"plan", "approve", "approve"});
    scene("execute in doubt", "doubt", {"plan", "approve", "approve"});
    scene("close", "doubt", {"plan", "approve", "approve", "execute", "resume"});
    scene("close as well", "doubt", {"plan", "approve", "approve", "execute", "resume", "close"});
    scene("resume", "life", {"plan", "approve", "approve", "cut off"});
  }
  // The machine is saved as it is after those commands.
  void scene(const std::string& name, const std::string& verb, const std::vector<std::string>& commands) {
    Life life(practice, verb);
    for (const auto& wanted : commands) {
      const auto command = life.next();
      ASSERT_TRUE(command);
      ASSERT_EQ(command->name, wanted == "cut off" ? "execute" : wanted);
      wanted == "cut off" ? cut_off(life, *command) : static_cast<void>(life.type(*command, {}));
    }
    const auto command = life.next();
    ASSERT_TRUE(command);
    practice.machine.save(name);
    scenes.push_back({name, *command, life});
  }
  // In the middle of the second step, which can tell afterwards whether it was done.
  void cut_off(Life& life, const Command& command) {
    practice.machine.save("before the cut");
    Life rehearsed = life;
    const auto calls = rehearsed.type(command, {}).calls;
    practice.machine.restore("before the cut");
    long at = 0;
    for (long lines = 0; lines < kStepEnded; ++at) {
      const auto& call = calls.at(static_cast<std::size_t>(at));
      if (call.starts_with("write ") && call.ends_with("/journal")) ++lines;
    }
    const auto ended = life.type(command, {.fault = Fault{"kill", at}});
    ASSERT_TRUE(ended.killed());
  }

  void try_at(const Scene& scene, long at) {
    const auto& how = GetParam();
    practice.machine.restore(scene.name);
    practice.look_again();
    auto life = scene.life;
    auto ended = life.type(scene.command, {.fault = Fault{how.kind, at}, .reads = how.reads});
    const auto met = std::ranges::find_if(ended.calls, [](const auto& call) { return call.starts_with('!'); });
    const auto where = fmt::format("{}: {} at call {}, {}", scene.name, how.name, at, met == ended.calls.end() ? "not reached" : met->substr(1));
    if (met != ended.calls.end()) ++reached;
    if (how.power) practice.machine.cut_power(*how.power, static_cast<std::uint64_t>(at) + setting("BLC_FAULTS_SEED", 0));
    if (how.kind != "kill") Practice::check_words(ended, where);
    practice.check(where);
    life.check(where);
    life.finish(where);
    practice.check(where + ", in the end");
    life.check(where + ", in the end");
  }

  Practice practice{Machine::Disk::faulty};
  std::vector<Scene> scenes;
  std::uint64_t tried = 0;
  std::uint64_t reached = 0;
};

constexpr const char* kTakeRoom = "open write pwrite rename link mkdir ";
constexpr const char* kAreInterrupted = "open write pwrite fsync fdatasync ftruncate close ";
constexpr const char* kTakeBytes = "write pwrite ";

TEST_P(Disk, LosesNothingDoesNothingTwiceAndTellsTheTruth) {
  const auto every = setting("BLC_FAULTS_EVERY", kEvery);
  std::uint64_t passed = setting("BLC_FAULTS_SEED", 0);  // of those that could be tried, over all scenes
  for (const auto& scene : scenes) {
    practice.machine.restore(scene.name);
    auto life = scene.life;
    const auto calls = life.type(scene.command, {.reads = GetParam().reads}).calls;
    for (std::size_t at = 0; at < calls.size(); ++at) {
      const auto name = calls[at].substr(0, calls[at].find(' ') + 1);
      const bool can_fail = GetParam().calls.empty() || GetParam().calls.find(name) != std::string::npos;
      if (!can_fail || passed++ % every != 0) continue;
      ++tried;
      try_at(scene, static_cast<long>(at) + 1);
      if (HasFailure()) return;
    }
  }
  fmt::print("{}: {} faults of {}, {} reached\n", GetParam().name, tried, passed - setting("BLC_FAULTS_SEED", 0), reached);
  EXPECT_GE(reached * 10, tried * 9);
  EXPECT_GT(tried, 0U);
}

INSTANTIATE_TEST_SUITE_P(At, Disk,
                         ::testing::Values(Break{"Broken", "eio", ""}, Break{"Interrupted", "eintr", kAreInterrupted},
                                           Break{"ShortWrites", "short", kTakeBytes}, Break{"Full", "enospc", kTakeRoom},
                                           Break{"Unreadable", "eio", "", true}, Break{"Killed", "kill", ""},
                                           Break{"PowerGone", "kill", "", false, Shadow::Survives::nothing},
                                           Break{"PowerGoneInTheMiddle", "kill", "", false, Shadow::Survives::some}),
                         [](const auto& each) { return each.param.name; });

// The power goes after each answer: what was said stands, from the first key on.
class Answers : public ::testing::TestWithParam<Shadow::Survives> {};

TEST_P(Answers, StandAfterAPowerCut) {
  Practice practice(Machine::Disk::faulty);
  practice.machine.cut_power(GetParam(), 1);
  practice.check("as it was made");
  std::uint64_t cuts = setting("BLC_FAULTS_SEED", 0);
  for (const auto* const verb : {"life", "broken", "doubt"}) {
    Life life(practice, verb);
    int typed = 0;
    for (auto command = life.next(); command; command = life.next()) {
      ASSERT_LT(typed++, kMostCommands);
      const auto where = fmt::format("{}: power cut {} after {}", verb, ++cuts, command->name);
      Practice::check_words(life.type(*command, {}), where);
      practice.machine.cut_power(GetParam(), cuts);
      practice.check(where);
      life.check(where);
      ASSERT_FALSE(HasFailure());
    }
  }
  EXPECT_GT(cuts, 12U);
}

INSTANTIATE_TEST_SUITE_P(Power, Answers, ::testing::Values(Shadow::Survives::nothing, Shadow::Survives::some),
                         [](const auto& each) { return each.param == Shadow::Survives::nothing ? "TakesAll" : "TakesSome"; });

}  // namespace
}  // namespace blc::faults
