#include "core/tier/rules.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/tier/waivers.hpp"

namespace blc::tier {
namespace {

using testing::HasSubstr;
using testing::Not;

std::string with_rule(const std::string& rule) { return "prefix: APP_\nfeatures: {search: {setting: ENABLE_SEARCH, tiers: [staging]}}\nrules:\n  - " + rule + "\n"; }
const std::string kRule = "{id: BLC-TIER-001, family: present, tiers: [production], settings: [A], message: m, remedy: r}";

std::string fault(const std::string& text) {
  const auto read = Rules::load(text, "t.yaml");
  if (read) return "accepted";
  EXPECT_EQ(read.error().code, Exit::usage);
  EXPECT_THAT(read.error().hint, HasSubstr("blc-tier(1)"));
  return read.error().message;
}

std::string changed(std::string text, const std::string& from, const std::string& to) { return text.replace(text.find(from), from.size(), to); }

TEST(TierRules, Load) {
  const auto rules = Rules::load(with_rule(kRule), "t.yaml");
  ASSERT_TRUE(rules) << rules.error().message;
  ASSERT_TRUE(rules->rule("BLC-TIER-001"));
  EXPECT_EQ((*rules->rule("BLC-TIER-001"))->line, 4);
  EXPECT_THAT(rules->rule("BLC-TIER-002").error().hint, HasSubstr("did you mean BLC-TIER-001"));
  EXPECT_THAT(rules->feature("serach").error().hint, HasSubstr("did you mean search"));
}

TEST(TierRules, AreRefusedByLineAndColumn) {
  EXPECT_THAT(fault(with_rule(changed(kRule, "present", "presence"))), HasSubstr("t.yaml:4:"));
  EXPECT_THAT(fault(with_rule(changed(kRule, "present", "presence"))), HasSubstr("expected a family (present, typed"));
  EXPECT_THAT(fault(with_rule(changed(kRule, "present", "typed, check: off"))), HasSubstr("expected a check of the family typed"));
  EXPECT_THAT(fault(with_rule(changed(kRule, "BLC-TIER-001", "TIER-1"))), HasSubstr("an ID like BLC-TIER-012"));
  EXPECT_THAT(fault(with_rule(changed(kRule, "[production]", "[prod]"))), HasSubstr("found \"prod\""));
  EXPECT_THAT(fault(with_rule(changed(kRule, "[production]", "[]"))), HasSubstr("at least one tier"));
  EXPECT_THAT(fault(with_rule(changed(kRule, "[A]", "[A*]"))), HasSubstr("a setting without its prefix"));
  EXPECT_THAT(fault(with_rule(changed(kRule, "[A]", "[]"))), HasSubstr("at least one setting"));
  EXPECT_THAT(fault(with_rule(changed(kRule, "message: m", "mesage: m"))), HasSubstr("did you mean \"message\""));
  EXPECT_THAT(fault(with_rule(changed(kRule, "message: m", "severity: fatal, message: m"))), HasSubstr("expected error or warning"));
  const std::string kPort = changed(kRule, "present", "typed, check: port");
  EXPECT_EQ(fault(with_rule(changed(kPort, "[A]", "[\"*_PORT\"], except: [\"X_*\", Y_PORT]"))), "accepted");
  EXPECT_THAT(fault(with_rule(changed(kPort, "[A]", "[A], except: [b]"))), HasSubstr("which may begin or end with *, or a scheme as postgresql://, found \"b\""));
  EXPECT_THAT(fault(with_rule(changed(kPort, "[A]", "[A], except: B"))), HasSubstr("expected a list for \"except\""));
  EXPECT_THAT(fault(with_rule(changed(kRule, "[A]", "[A], except: [B]"))), HasSubstr("found \"except\""));
  EXPECT_THAT(fault(with_rule(kRule + "\n  - " + kRule)), HasSubstr("t.yaml:5:5: expected each rule once"));
  EXPECT_THAT(fault(with_rule("{id: BLC-TIER-002, family: typed, check: integer, tiers: [production], settings: [A], least: 3, most: 1, message: m, remedy: r}")), HasSubstr("found less"));
  EXPECT_THAT(fault("prefix: APP_\nfeatures: {}\nrules: []"), HasSubstr("1 to 500 rules"));
  EXPECT_THAT(fault("a: &a [*a]"), HasSubstr("anchor"));
  // A file of secrets that somebody names by mistake.
  EXPECT_THAT(fault("APP_SECRET_KEY=hunter2"), Not(HasSubstr("hunter2")));
}

std::string with_group(const std::string& group, const std::string& rule) { return "groups: {" + group + "}\n" + with_rule(rule); }

TEST(TierRules, GroupsStandForTheirSettings) {
  const std::string kPort = changed(kRule, "present", "typed, check: port");
  const auto rules = Rules::load(with_group("ports: [\"*_PORT\", PORT], mine: [MY_PORT]", changed(kPort, "[A]", "[A, \"@ports\", B], except: [\"@mine\"]")), "t.yaml");
  ASSERT_TRUE(rules) << rules.error().message;
  EXPECT_THAT(rules->rules.front().settings, testing::ElementsAre("A", "*_PORT", "PORT", "B"));
  EXPECT_THAT(rules->rules.front().except, testing::ElementsAre("MY_PORT"));
  EXPECT_THAT(fault(with_group("ports: [PORT]", changed(kPort, "[A]", "[\"@prots\"]"))), HasSubstr("expected a group of this file behind @, found \"@prots\""));
  EXPECT_THAT(fault(with_group("ports: [PORT]", changed(kPort, "[A]", "[\"@\"]"))), HasSubstr("expected a group of this file"));
  EXPECT_THAT(fault(with_group("ports: [\"*_PORT\"]", changed(kRule, "[A]", "[\"@ports\"]"))), HasSubstr("a setting without its prefix, found"));  // as without the group
  EXPECT_THAT(fault(with_group("ports: [port]", kRule)), HasSubstr("t.yaml:1:18: expected the name of a setting"));
  EXPECT_THAT(fault(with_group("ports: [\"@ports\"]", kRule)), HasSubstr("expected the name of a setting"));
  EXPECT_THAT(fault(with_group("ports: [[A]]", kRule)), HasSubstr("expected the name of a setting"));
  EXPECT_THAT(fault(with_group("ports: []", kRule)), HasSubstr("at least one setting"));
  EXPECT_THAT(fault(with_group("ports: A", kRule)), HasSubstr("expected a list of settings, found \"A\""));
  EXPECT_THAT(fault(with_group("PORTS: [A]", kRule)), HasSubstr("the name of a group"));
  EXPECT_THAT(fault("groups: [a]\n" + with_rule(kRule)), HasSubstr("a map of at most 50 groups"));
}

TEST(TierRules, ASchemeStandsForWhateverHoldsIt) {
  const std::string kUrl = changed(kRule, "present", "typed, check: url");
  EXPECT_EQ(fault(with_rule(changed(kUrl, "[A]", "[\"postgresql://\", A]"))), "accepted");
  for (const auto* wrong : {"Postgres://", "://", "a+b://", "a://b", "a:/"}) EXPECT_THAT(fault(with_rule(changed(kUrl, "[A]", fmt::format("[\"{}\"]", wrong)))), HasSubstr("or a scheme as postgresql://")) << wrong;
  EXPECT_THAT(fault(with_rule(changed(kRule, "[A]", "[\"a://\"]"))), HasSubstr("a setting without its prefix"));  // who sets it is not known
  EXPECT_EQ(with_prefix("APP_", "redis://"), "redis://");
  EXPECT_EQ(with_prefix("APP_", "*_URL"), "APP_*_URL");
}

TEST(TierRules, ATierIsCalledByItsName) {
  EXPECT_EQ(*parse_tier("prod"), Tier::production);
  EXPECT_EQ(parse_tier("PRODUCTION").error().hint, "did you mean production?");
  EXPECT_EQ(parse_tier("prodd").error().hint, "did you mean prod?");
  EXPECT_EQ(parse_tier("stagign").error().hint, "did you mean staging?");
  EXPECT_EQ(parse_tier("x").error().hint, "there are development, integration, staging and production");
}

TEST(TierRules, PatternsMatchAtTheirEnds) {
  EXPECT_TRUE(matches("A_URL", "A_URL"));
  EXPECT_FALSE(matches("A_URL", "XA_URL"));
  EXPECT_TRUE(matches("*_URL", "A_URL"));
  EXPECT_FALSE(matches("*_URL", "A_URLS"));
  EXPECT_TRUE(matches("ENABLE_*", "ENABLE_X"));
  EXPECT_TRUE(matches("*SECRET*", "MY_SECRET_KEY"));
  EXPECT_TRUE(matches("*", ""));
}

std::string waiver_fault(const std::string& text) {
  const auto rules = Rules::load(with_rule(kRule + "\n  - {id: BLC-TIER-065, family: path, check: next, tiers: [production], message: m, remedy: r}\n  - {id: BLC-TIER-066, family: evidence, check: recorded, tiers: [production], days: 7, message: m, remedy: r}"), "t.yaml");
  const auto read = Waivers::load(text, "w.yaml", *rules);
  return read ? "accepted" : read.error().message;
}

TEST(TierWaivers, AreRefusedByLineAndColumn) {
  const std::string good = "waivers:\n  - {rule: BLC-TIER-001, subject: APP_A, reason: x, approved-by: cleo, expires: 2026-12-31}\n";
  EXPECT_EQ(waiver_fault(good), "accepted");
  EXPECT_THAT(waiver_fault(changed(good, "001", "002")), HasSubstr("w.yaml:2:12: expected the ID of a rule"));
  for (const auto* never : {"065", "066"}) EXPECT_THAT(waiver_fault(changed(good, "001", never)), HasSubstr("a rule that may be waived")) << never;
  EXPECT_THAT(waiver_fault(changed(good, "2026-12-31", "2026-02-30")), HasSubstr("a day like"));
  EXPECT_THAT(waiver_fault(changed(good, "cleo", "Dr. C")), HasSubstr("the name of a person"));
  EXPECT_THAT(waiver_fault(changed(good, "reason: x, ", "")), HasSubstr("\"reason\""));
  EXPECT_THAT(waiver_fault(good + good.substr(good.find("  -"))), HasSubstr("expected each waiver once"));
  EXPECT_THAT(waiver_fault("APP_SECRET_KEY=hunter2"), Not(HasSubstr("hunter2")));
}

}  // namespace
}  // namespace blc::tier
