// Checks of configurations as entries: how they are read back, and how far.
#include "core/approval/tier_checks.hpp"

#include <gtest/gtest.h>

#include "signing.hpp"

namespace blc::approval {
namespace {

using ledger::Kind;
using testing::must;
using tier::Status;
using tier::Tier;
using text::Json;

const std::string kRules = R"(prefix: APP_
features: {}
rules:
  - {id: BLC-TIER-001, family: present, tiers: [staging], settings: [A], message: "A is set.", remedy: "set it"}
  - {id: BLC-TIER-066, family: evidence, check: recorded, tiers: [staging], days: 7, message: "It passed below.", remedy: "check it"}
)";

// dora's role may record checks of staging.
class TierChecks : public ::testing::Test {
 protected:
  void SetUp() override {
    world.adopt_catalog([](auto& files) {
      files["policies/tiers.yaml"] = kRules;
      files.at("policies/access.yaml") += "  - {role: privacy-officer, environments: [staging], rights: [tier-check]}\n";
    });
  }
  TierCheck check(const std::string& configuration = "a", Status status = Status::pass) {
    TierCheck made{Tier::integration, Tier::staging, false, *Digest::parse_hex(std::string(64, configuration.front())), plan::rules_digest(*world.log().replay().catalog()), {}};
    made.results.push_back({"BLC-TIER-001", status, "APP_A"});
    return made;
  }
  std::uint64_t written(const std::string& by, const Json& body) { return world.append_raw(by, Kind::tier_check, {}, body, World::Raw()); }
  std::vector<tier::Recorded> recorded(Tier tier = Tier::staging) {
    must(world.log().refresh());
    return must(recorded_tier_checks(world.log(), tier, must(plan::tier_rules(*world.log().replay().catalog()))));
  }
  World world;
};

TEST_F(TierChecks, IsReadAsItWasWritten) {
  for (const auto status : {Status::pass, Status::fail, Status::warn, Status::waived, Status::skip}) {
    for (const bool strict : {false, true}) {
      auto made = check("b", status);
      made.strict = strict;
      const auto read = must(read_tier_check(tier_check_body(made)));
      EXPECT_EQ(tier_check_body(read), tier_check_body(made));
      EXPECT_EQ(read.ready(), status != Status::fail && (!strict || status != Status::warn));
    }
  }
}

TEST_F(TierChecks, StandsWhereItsSignerMayAndTheRulesAreTheAdoptedOnes) {
  EXPECT_TRUE(stands(world, written("cleo", tier_check_body(check())), "counts"));
  EXPECT_TRUE(stands(world, written("ben", tier_check_body(check())), "void"));
  auto production = check();
  production.to = Tier::production;
  EXPECT_TRUE(stands(world, written("cleo", tier_check_body(production)), "void"));
  auto others = check();
  others.rules = Digest{};
  EXPECT_TRUE(stands(world, written("cleo", tier_check_body(others)), "void"));
}

TEST_F(TierChecks, TheLastOneComesFirst) {
  written("cleo", tier_check_body(check("a")));
  written("cleo", tier_check_body(check("b", Status::fail)));
  const auto found = recorded();
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0].configuration, check("b").configuration);
  EXPECT_FALSE(found[0].ready);
  EXPECT_TRUE(found[1].ready && found[1].same_rules);
  EXPECT_EQ(found[1].by, "cleo");
  EXPECT_TRUE(recorded(Tier::production).empty());
  // By rules that are adopted no more.
  world.adopt_catalog([](auto& files) { files["policies/tiers.yaml"] = kRules + "  # changed\n"; });
  const auto after = recorded();
  ASSERT_EQ(after.size(), 2U);
  EXPECT_FALSE(after[1].same_rules);
}

TEST_F(TierChecks, ThatDoNotCountAreNotToldOf) {
  written("ben", tier_check_body(check()));
  EXPECT_TRUE(recorded().empty());
}

// Twice as far as the rule's days, so that what is too old is told from what never was.
TEST_F(TierChecks, AreReadBackNoFurtherThanRulesLook) {
  written("cleo", tier_check_body(check("a")));
  world.clock.advance(std::chrono::hours(24 * 13));
  written("cleo", tier_check_body(check("b")));
  EXPECT_EQ(recorded().size(), 2U);
  world.clock.advance(std::chrono::hours(24 * 2));
  EXPECT_EQ(recorded().size(), 1U);
}

}  // namespace
}  // namespace blc::approval
