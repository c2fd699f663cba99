// The real program is killed at random moments of plan, approve, execute (with steps that fail and are undone),
// resume and close; people go on as they would. BLC_KILLS says how often in each of these tests (100), BLC_FAULTS_SEED
// which moments are drawn; how long the machine takes is its own, so that a seed leads near the same moments again.
#include <gtest/gtest.h>

#include <array>
#include <map>
#include <random>

#include <fmt/format.h>

#include "faults/story.hpp"

namespace blc::faults {
namespace {

constexpr std::uint64_t kKills = 100;
constexpr std::array<const char*, 3> kVerbs{"life", "broken", "doubt"};
constexpr double kSpread = 1.05;      // of the time that a command usually takes; beyond it, it has ended by itself
constexpr std::size_t kAllRunsEach = 25;  // lives

// Of ten of them, so many are to be killed: a run is executed once, and planned as often as it takes.
const std::map<std::string, unsigned> kOfTen{{"plan", 3}, {"approve", 3}, {"execute", 10}, {"resume", 8}, {"close", 4}};
constexpr int kMostWithKills = 30 * kMostCommands;

// How long each command takes when it is left alone.
class Usual {
 public:
  void saw(const std::string& command, std::chrono::microseconds took) {
    auto& known = times_[command];
    known = known.count() == 0 ? took : (3 * known + took) / 4;
  }
  [[nodiscard]] std::chrono::microseconds of(const std::string& command) const {
    const auto found = times_.find(command);
    return found == times_.end() ? std::chrono::milliseconds(200) : found->second;
  }

 private:
  std::map<std::string, std::chrono::microseconds> times_;
};

class Kills : public ::testing::TestWithParam<std::uint64_t> {
 protected:
  // One run through all that is done to it; commands are killed until so many have been.
  void live() {
    Life life(practice, kVerbs.at(random() % kVerbs.size()));
    int typed = 0;
    for (auto command = life.next(); command; command = life.next()) {
      ASSERT_LT(typed++, kMostWithKills) << "the run does not come to an end";
      Machine::How how;
      if (random() % 10 < kOfTen.at(command->name)) {
        const auto most = static_cast<double>(usual.of(command->name).count()) * kSpread;
        how.kill_after = std::chrono::microseconds(static_cast<std::int64_t>(most * static_cast<double>(random() % 1000) / 1000));
      }
      const auto ended = life.type(*command, how);
      if (!how.kill_after) usual.saw(command->name, ended.took);
      const auto where = fmt::format("seed {}, {} {} after {} us", GetParam(), command->name, ended.killed() ? "killed" : "left alone",
                                     ended.took.count());
      if (ended.killed()) {
        ++killed[command->name];
        ++kills;
      } else {
        Practice::check_words(ended, where);
      }
      practice.check(where);
      life.check(where);
      if (HasFailure()) return;
    }
    lives.push_back(life);
  }
  void check_all() {
    for (auto& life : lives) life.check("afterwards");
  }

  Practice practice{Machine::Disk::sound};
  std::mt19937_64 random{GetParam() + setting("BLC_FAULTS_SEED", 0)};
  Usual usual;
  std::vector<Life> lives;
  std::map<std::string, std::uint64_t> killed;
  std::uint64_t kills = 0;
};

TEST_P(Kills, LoseNothingDoNothingTwiceAndTellTheTruth) {
  // What each takes.
  for (const auto* const verb : kVerbs) {
    Life life(practice, verb);
    for (auto command = life.next(); command; command = life.next()) usual.saw(command->name, life.type(*command, {}).took);
    life.check("left alone");
  }
  const auto wanted = setting("BLC_KILLS", kKills);
  while (kills < wanted) {
    live();
    if (HasFailure()) return;
    if (lives.size() % kAllRunsEach == 0) check_all();
  }
  check_all();
  std::string by_command;
  for (const auto& [name, count] : killed) by_command += fmt::format("{} {}, ", name, count);
  fmt::print("{} kills ({}seed {}), {} runs came to their end\n", kills, by_command, GetParam() + setting("BLC_FAULTS_SEED", 0), lives.size());
  for (const auto* const name : {"plan", "approve", "execute", "resume", "close"}) EXPECT_GT(killed[name], 0U) << name;
}

INSTANTIATE_TEST_SUITE_P(Seed, Kills, ::testing::Values(1, 2));

}  // namespace
}  // namespace blc::faults
