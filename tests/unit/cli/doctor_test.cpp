#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/doctor/judge.hpp"
#include "support/world.hpp"

namespace blc::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using Level = Finding::Level;

constexpr std::uint64_t kMiB = 1U << 20U;
constexpr Room kRoom{10 * kMiB, 100 * kMiB};

// The only finding.
Finding only(const Findings& findings) {
  EXPECT_EQ(findings.list().size(), 1U);
  return findings.list().front();
}

// Whatever is not in order comes with what to do about it.
void expect_remedies(const Findings& findings) {
  for (const auto& finding : findings.list())
    EXPECT_EQ(finding.level == Level::ok, finding.remedy.empty()) << finding.about << ": " << finding.what;
}

TEST(Findings, AFailureIsOneAndABrokenLedgerIsNine) {
  Findings findings;
  EXPECT_EQ(findings.exit(), Exit::done);
  findings.ok("a", "fine");
  findings.warn("b", "hm", "look");
  EXPECT_EQ(findings.exit(), Exit::done);
  findings.fail("c", "bad", "mend");
  EXPECT_EQ(findings.exit(), Exit::failed);
  findings.fail("d", Error{Exit::ledger, "worse", {}}, "stop");
  findings.fail("e", "bad", "mend");
  EXPECT_EQ(findings.exit(), Exit::ledger);
  EXPECT_EQ(findings.count(Level::fail), 3U);
}

TEST(Findings, WhateverBreaksInACheckIsAFinding) {
  Findings findings;
  findings.guard("a", "mend a", []() -> Result<> { throw Broken("disk \x1b gone"); });
  findings.guard("b", "mend b", []() -> Result<> { throw std::bad_alloc(); });
  findings.guard("c", "mend c", []() -> Result<> { return fail(Exit::authentication, "no", "a better remedy"); });
  findings.guard("d", "mend d", []() -> Result<> { throw Broken("damaged", Exit::ledger); });
  findings.guard("e", "mend e", []() -> Result<> { return {}; });
  ASSERT_EQ(findings.list().size(), 4U);
  EXPECT_EQ(findings.list()[0].what, "disk <U+001B> gone");
  EXPECT_EQ(findings.list()[0].remedy, "mend a");
  EXPECT_EQ(findings.list()[2].remedy, "a better remedy");
  EXPECT_EQ(findings.exit(), Exit::ledger);
  expect_remedies(findings);
}

TEST(JudgeSpace, WarnsBeforeItFails) {
  const auto level = [](adapters::Space space) {
    Findings findings;
    judge_space(findings, "the ledger", "/x", space, kRoom);
    expect_remedies(findings);
    return only(findings).level;
  };
  EXPECT_EQ(level({.free = 100 * kMiB}), Level::ok);
  EXPECT_EQ(level({.free = 100 * kMiB - 1}), Level::warn);
  EXPECT_EQ(level({.free = 10 * kMiB}), Level::warn);
  EXPECT_EQ(level({.free = 10 * kMiB - 1}), Level::fail);
  EXPECT_EQ(level({.free = 0}), Level::fail);
  EXPECT_EQ(level({.free = 1000 * kMiB, .files_left = false}), Level::fail);
  EXPECT_EQ(level({.free = 1000 * kMiB, .read_only = true}), Level::fail);
  Findings unknown;
  judge_space(unknown, "the ledger", "/x", {}, kRoom);
  EXPECT_EQ(only(unknown).level, Level::fail);
}

TEST(JudgeAccess, FindsWhatIsMissingForeignOrOpen) {
  const auto judged = [](const std::optional<adapters::FileAbout>& about, Access wanted) {
    Findings findings;
    judge_access(findings, "sealing key", "/state/sealing.key", about, wanted, "put it back");
    expect_remedies(findings);
    return only(findings);
  };
  const auto mine = ::geteuid();
  EXPECT_EQ(judged(adapters::FileAbout{.mode = 0600, .owner = mine, .regular = true, .writable = true}, Access{}).level, Level::ok);
  EXPECT_EQ(judged(adapters::FileAbout{.mode = 02770, .owner = mine + 1, .folder = true, .writable = true}, {.most = 0770, .shared = true}).level, Level::ok);
  EXPECT_EQ(judged({}, Access{}).remedy, "put it back");
  const auto open = judged(adapters::FileAbout{.mode = 0644, .owner = mine, .regular = true, .writable = true}, Access{});
  EXPECT_EQ(open.level, Level::fail);
  EXPECT_EQ(open.remedy, "chmod 600 /state/sealing.key");
  EXPECT_EQ(judged(adapters::FileAbout{.mode = 0600, .owner = mine + 1, .regular = true, .writable = true}, Access{}).level, Level::fail);
  const adapters::FileAbout read_only{.mode = 0400, .owner = mine, .regular = true, .writable = false};
  EXPECT_EQ(judged(read_only, Access{}).level, Level::fail);
  EXPECT_EQ(judged(read_only, {.written = false}).level, Level::ok);
}

TEST(JudgeClock, FailsWhenItIsBehindTheLedger) {
  const Timestamp now{Milliseconds{1795343460000}};
  const auto judged = [&](std::optional<Timestamp> last, std::optional<bool> kept) {
    Findings findings;
    judge_clock(findings, now, last, kept);
    expect_remedies(findings);
    return only(findings).level;
  };
  EXPECT_EQ(judged({}, true), Level::ok);
  EXPECT_EQ(judged({}, std::nullopt), Level::ok);
  EXPECT_EQ(judged({}, false), Level::warn);
  EXPECT_EQ(judged(now + kSkew, true), Level::ok);
  EXPECT_EQ(judged(now + kSkew + Milliseconds(1), true), Level::fail);
  EXPECT_EQ(judged(now - std::chrono::hours(100), true), Level::ok);
}

TEST(JudgeRoot, WarnsAMonthBeforeItExpires) {
  const Timestamp now{Milliseconds{1795343460000}};
  const auto judged = [&](std::optional<Timestamp> expires) {
    const auto key = crypto::ServiceKey::generate().first;
    const trust::Principal ana{"ana", trust::PrincipalKind::person, {"admin"}, {key->key()}, {}};
    trust::RootContent content{1, 1, {ana}};
    content.expires = expires;
    Findings findings;
    judge_root(findings, testing::must(trust::Root::make(content)), now);
    expect_remedies(findings);
    return only(findings).level;
  };
  EXPECT_EQ(judged({}), Level::ok);
  EXPECT_EQ(judged(now + std::chrono::days(30)), Level::ok);
  EXPECT_EQ(judged(now + std::chrono::days(30) - Milliseconds(1)), Level::warn);
  EXPECT_EQ(judged(now), Level::warn);
  EXPECT_EQ(judged(now - Milliseconds(1)), Level::fail);
}

// A ledger of ten entries; the default practice says rpo: 15m in production.
class JudgeWritten : public ::testing::Test {
 protected:
  using Judge = void (*)(Findings&, const policy::Environments&, const WrittenOutside&);
  Finding judged(Judge judge, std::optional<Written> last, std::map<Environment, std::size_t> runs = {{Environment::production, 2}}) {
    Findings findings;
    judge(findings, environments, {std::move(last), 10, now, [&](Environment environment) { return runs[environment]; }});
    expect_remedies(findings);
    return only(findings);
  }
  [[nodiscard]] Written written(std::chrono::seconds before, std::uint64_t size) const { return {now - before, {size, {}}, "/mnt/there"}; }

  Timestamp now{Milliseconds{1795343460000}};
  policy::Environments environments = testing::must(policy::Environments::load(testing::default_practice().at("policies/environments.yaml")));
  std::chrono::seconds rpo = environments.at(Environment::production).rpo;
};

TEST_F(JudgeWritten, NothingWasAskedForThatNeedsIt) {
  EXPECT_EQ(judged(judge_checkpoints, {}, {{Environment::local, 7}, {Environment::staging, 7}}).level, Level::ok);
  EXPECT_EQ(judged(judge_copies, {}, {}).level, Level::ok);
}

TEST_F(JudgeWritten, NeverWrittenIsWarnedOf) {
  const auto checkpoints = judged(judge_checkpoints, {});
  EXPECT_EQ(checkpoints.level, Level::warn);
  EXPECT_THAT(checkpoints.what, HasSubstr("policies/environments.yaml:5 asks for them in production, where 2 runs were asked for"));
  EXPECT_THAT(checkpoints.what, HasSubstr("none that this ledger extends is known"));
  EXPECT_THAT(checkpoints.remedy, HasSubstr("blc ledger checkpoint --publish"));
  const auto copies = judged(judge_copies, {});
  EXPECT_EQ(copies.level, Level::warn);
  EXPECT_THAT(copies.remedy, HasSubstr("blc ledger export"));
}

TEST_F(JudgeWritten, HoldsForTheRpoOrUntilSomethingIsAdded) {
  for (const Judge judge : {judge_checkpoints, judge_copies}) {
    EXPECT_EQ(judged(judge, written(rpo, 9)).level, Level::ok);
    EXPECT_EQ(judged(judge, written(rpo + std::chrono::seconds(1), 9)).level, Level::warn);
    EXPECT_EQ(judged(judge, written(rpo + std::chrono::days(9), 10)).level, Level::ok);
  }
  EXPECT_THAT(judged(judge_checkpoints, written(std::chrono::days(9), 8)).what, HasSubstr("9 days ago, without the 2 entries since: /mnt/there"));
}

TEST_F(JudgeWritten, ATimeToComeSaysNothing) {
  EXPECT_EQ(judged(judge_checkpoints, written(-std::chrono::days(9), 9)).level, Level::warn);
}

TEST_F(JudgeWritten, CopiesGoByTheStrictestEnvironmentInUse) {
  const auto local = environments.at(Environment::local).rpo;
  ASSERT_GT(local, rpo);
  EXPECT_EQ(judged(judge_copies, written(local, 9), {{Environment::local, 1}}).level, Level::ok);
  EXPECT_EQ(judged(judge_copies, written(local, 9), {{Environment::local, 1}, {Environment::production, 1}}).level, Level::warn);
}

TEST(JudgeIsolation, WithoutAnyNothingRuns) {
  const auto level = [](const std::string& name) {
    Findings findings;
    judge_isolation(findings, name);
    expect_remedies(findings);
    return only(findings).level;
  };
  EXPECT_EQ(level("bubblewrap"), Level::ok);
  EXPECT_EQ(level("seccomp and Landlock"), Level::warn);
  EXPECT_EQ(level("none"), Level::fail);
}

class JudgeKey : public ::testing::Test {
 protected:
  std::vector<std::string> judged(const std::string& name) {
    Findings findings;
    judge_key(findings, "key", world_.key(name).key(), *world_.log().replay().root(), *world_.log().replay().catalog());
    expect_remedies(findings);
    std::vector<std::string> lines;
    for (const auto& finding : findings.list()) lines.push_back(std::string(to_string(finding.level)) + " " + finding.what);
    return lines;
  }
  testing::World world_;
};

TEST_F(JudgeKey, TellsWhichSlotsAPersonFillsAndWhere) {
  const auto lines = judged("ben");
  EXPECT_THAT(lines, ::testing::Contains(HasSubstr("ben (clinical-lead)")));
  EXPECT_THAT(lines, ::testing::Contains(::testing::AllOf(HasSubstr("ok fills "), HasSubstr("clinical in production"))));
  EXPECT_THAT(lines, ::testing::Contains(::testing::AllOf(HasSubstr("does not fill "), HasSubstr("privacy-officer (takes privacy-officer)"))));
}

TEST_F(JudgeKey, TellsOfStrangersAndServices) {
  const auto stranger = judged("mallory");
  ASSERT_EQ(stranger.size(), 1U);
  EXPECT_THAT(stranger.front(), ::testing::AllOf(::testing::StartsWith("warn"), HasSubstr("nobody's")));
  EXPECT_THAT(judged("robot"), ElementsAre(HasSubstr("a service: it signs no slots")));
}

}  // namespace
}  // namespace blc::cli
