// The verbs and policies that a new practice starts with, held against the tables of the requirements.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <gtest/gtest.h>

#include "core/policy/policy.hpp"
#include "core/verb/verb.hpp"

namespace blc::policy {
namespace {

std::string bytes_of(const std::filesystem::path& path) {
  const std::ifstream file(std::filesystem::path(BLC_SOURCE_DIR) / path, std::ios::binary);
  EXPECT_TRUE(file.is_open()) << path;
  std::ostringstream bytes;
  bytes << file.rdbuf();
  return bytes.str();
}

Policy shipped_policy() {
  auto policy = Policy::load(bytes_of(Policy::kApprovalsPath), bytes_of(Policy::kAccessPath));
  EXPECT_TRUE(policy) << policy.error().message;
  return *std::move(policy);
}

std::map<std::string, verb::Verb> shipped_verbs() {
  std::map<std::string, verb::Verb> verbs;
  for (const auto& entry : std::filesystem::directory_iterator(std::filesystem::path(BLC_SOURCE_DIR) / "verbs")) {
    if (entry.path().extension() != ".yaml") continue;
    const auto path = "verbs/" + entry.path().filename().string();
    auto verb = verb::load(bytes_of(path), path);
    EXPECT_TRUE(verb) << verb.error().message;
    if (!verb) continue;
    EXPECT_TRUE(verbs.emplace(verb->name, *verb).second) << "twice: " << verb->name;
  }
  return verbs;
}

TEST(ShippedVerbs, LoadUnderTheirNames) {
  const auto verbs = shipped_verbs();
  const std::map<std::string, Classification> expected{{"client-report generate", Classification::clinical},
                                                       {"billing-process run", Classification::business},
                                                       {"feature-test", Classification::business},
                                                       {"feature-deploy", Classification::business},
                                                       {"tier-promote run", Classification::business},
                                                       {"household-task add", Classification::personal}};
  for (const auto& [name, classification] : expected) {
    ASSERT_TRUE(verbs.contains(name)) << name;
    EXPECT_EQ(verbs.at(name).classification, classification) << name;
  }
  EXPECT_EQ(verbs.size(), expected.size());
}

TEST(ShippedVerbs, NameProgramsOfThePracticeThatExist) {
  for (const auto& [name, verb] : shipped_verbs()) {
    for (const auto& step : verb.steps) {
      for (const auto* command :
           {&step.run, step.preview ? &*step.preview : nullptr, step.undo ? &*step.undo : nullptr}) {
        if (command == nullptr || command->argv[0].source != "perl") continue;
        EXPECT_FALSE(bytes_of(command->argv[1].source).empty()) << name;
      }
    }
  }
}

TEST(ShippedVerbs, CanTakeBackWhatTheyWrite) {
  for (const auto& [name, verb] : shipped_verbs()) {
    for (const auto& step : verb.steps) {
      EXPECT_TRUE(step.effect != Effect::write || step.undo || step.atomic) << name << ", " << step.name;
    }
  }
}

TEST(ShippedVerbs, SealTheClientAndKnowTheSubject) {
  const auto verbs = shipped_verbs();
  const auto& report = verbs.at("client-report generate");
  EXPECT_EQ(report.subject, "client");
  EXPECT_TRUE(report.parameter("client")->phi);
  EXPECT_TRUE(verb::convert(*report.parameter("client"), "C-1042"));
}

TEST(ShippedVerbs, TestBeforeTheyDeploy) {
  const auto verbs = shipped_verbs();
  const auto& deploy = verbs.at("feature-deploy");
  ASSERT_TRUE(deploy.required_run);
  const auto& test = verbs.at(deploy.required_run->verb);
  EXPECT_EQ(deploy.required_run->within, std::chrono::hours(24));
  ASSERT_EQ(test.parameters.size(), deploy.parameters.size());
  EXPECT_EQ(test.parameters[0].name, deploy.parameters[0].name);
  EXPECT_EQ(test.parameters[0].pattern, deploy.parameters[0].pattern);
}

// Requirements, section 1: approvals, personal / business / clinical.
TEST(ShippedApprovals, AskForTheSignaturesOfTheTable) {
  const auto policy = shipped_policy();
  const std::map<Environment, std::array<std::size_t, 3>> table{{Environment::local, {0, 0, 0}},
                                                                {Environment::integration, {0, 1, 1}},
                                                                {Environment::staging, {0, 1, 1}},
                                                                {Environment::production, {0, 1, 2}}};
  for (const auto& [environment, slots] : table) {
    for (const auto classification : kClassifications) {
      const auto& rule = policy.rule(classification, environment, "some-verb run");
      EXPECT_EQ(rule.slots.size(), slots[static_cast<std::size_t>(classification)])
          << blc::to_string(classification) << " in " << blc::to_string(environment);
      EXPECT_FALSE(rule.requester_may_sign);
    }
  }
  EXPECT_EQ(policy.most_slots(Environment::local), 0U);
  EXPECT_EQ(policy.most_slots(Environment::staging), 1U);
  EXPECT_EQ(policy.most_slots(Environment::production), 2U);
}

TEST(ShippedApprovals, AskTheRolesOfTheTable) {
  const auto policy = shipped_policy();
  EXPECT_EQ(policy.rule(Classification::clinical, Environment::production, "x").slots,
            (std::vector<Slot>{{"clinical-lead", {"clinical-lead"}}, {"privacy-officer", {"privacy-officer"}}}));
  EXPECT_EQ(policy.rule(Classification::clinical, Environment::staging, "x").slots,
            (std::vector<Slot>{{"clinical-approver", {"clinical-lead", "privacy-officer"}}}));
  EXPECT_EQ(policy.rule(Classification::business, Environment::production, "x").slots,
            (std::vector<Slot>{{"business-approver", {"practice-manager", "devops", "security"}}}));
  EXPECT_EQ(policy.rule(Classification::business, Environment::integration, "x").slots,
            (std::vector<Slot>{{"business-approver", {"practice-manager", "devops", "qa", "security"}}}));
  EXPECT_EQ(policy.rule(Classification::business, Environment::production, "feature-deploy").slots,
            (std::vector<Slot>{{"devops", {"devops"}}, {"security", {"security"}}}));
  EXPECT_EQ(policy.rule(Classification::business, Environment::production, "tier-promote run").slots,
            (std::vector<Slot>{{"devops", {"devops"}}, {"security", {"security"}}}));
  EXPECT_TRUE(policy.rule(Classification::business, Environment::staging, "tier-promote run").slots.empty());
}

TEST(ShippedApprovals, GiveEverySlotARoleThatMayApproveThere) {
  const auto policy = shipped_policy();
  for (const auto& [name, verb] : shipped_verbs()) {
    const VerbTraits traits{name, verb.classification, verb.marks};
    for (const auto environment : kEnvironments) {
      for (const auto& slot : policy.rule(verb.classification, environment, name).slots) {
        EXPECT_TRUE(std::ranges::any_of(
            slot.roles,
            [&](const auto& role) { return policy.allows({role}, true, environment, Right::approve, traits); }))
            << name << " in " << blc::to_string(environment) << ", " << slot.name;
      }
    }
  }
}

struct Row {
  std::string role;
  std::string rights;  // what it may do with a plain verb of that classification
  Environment environment;
  Classification classification;
  std::vector<std::string> marks;
};

std::string rights_of(const Policy& policy, const Row& row) {
  std::string rights;
  for (const auto right : {Right::plan, Right::read, Right::approve, Right::execute, Right::deploy, Right::monitor,
                           Right::audit, Right::reveal, Right::tier_check}) {
    if (policy.allows({row.role}, row.role != "ci", row.environment, right, {"x", row.classification, row.marks}))
      rights += (rights.empty() ? "" : " ") + std::string(to_string(right));
  }
  return rights;
}

// Requirements, section 3: both tables of roles.
TEST(ShippedAccess, GrantsTheRightsOfTheTable) {
  const auto policy = shipped_policy();
  const std::string full = "plan read approve execute deploy monitor audit";
  const auto business = Classification::business;
  const auto clinical = Classification::clinical;
  const auto personal = Classification::personal;
  const auto local = Environment::local;
  const auto staging = Environment::staging;
  const auto production = Environment::production;
  const std::vector<Row> rows{
      {"stakeholder", "plan read approve execute reveal", local, clinical, {}},
      {"developer", full + " reveal", local, business, {}},
      {"developer", "plan read execute", staging, business, {}},
      {"developer", "", production, business, {}},
      {"devops", full + " reveal", local, business, {}},
      {"devops", full, staging, business, {}},
      {"devops", "", production, business, {}},
      {"devops", "plan approve execute deploy", production, business, {"deployment"}},
      {"qa", full, staging, business, {}},
      {"qa", "read", production, business, {}},
      {"security", full, staging, business, {}},
      {"security", full, production, business, {}},
      {"operations", "monitor", staging, business, {}},
      {"operations", full, production, business, {}},
      {"stakeholder", "", staging, business, {}},
      {"stakeholder", "plan execute", staging, business, {"demo"}},
      {"stakeholder", "", production, business, {"demo"}},
      {"clinician", "plan read execute reveal", production, clinical, {}},
      {"clinician", "plan read execute reveal", production, personal, {}},
      {"clinician", "", production, business, {}},
      {"clinical-lead", "plan read approve execute reveal", production, clinical, {}},
      {"clinical-lead", "plan read execute reveal", production, personal, {}},
      {"privacy-officer", "read approve audit reveal", production, clinical, {}},
      {"privacy-officer", "", production, business, {}},
      {"billing", "plan read execute", production, business, {}},
      {"billing", "plan read execute", production, personal, {}},
      {"billing", "", production, clinical, {}},
      {"practice-manager", "plan read approve execute", production, business, {}},
      {"practice-manager", "plan read execute", production, personal, {}},
      {"call-centre-agent", "", production, clinical, {}},
      {"call-centre-agent", "plan execute", production, clinical, {"call-centre"}},
      {"admin", "", production, business, {}},
      {"executor", "", production, business, {}},
      {"ci", "plan tier-check", production, clinical, {}},
      {"ci", "plan tier-check", local, clinical, {}},
  };
  for (const auto& row : rows) {
    EXPECT_EQ(rights_of(policy, row), row.rights)
        << row.role << ", " << blc::to_string(row.environment) << ", " << blc::to_string(row.classification);
    if (row.environment != staging) continue;  // integration takes staging's column
    auto integration = row;
    integration.environment = Environment::integration;
    EXPECT_EQ(rights_of(policy, integration), row.rights) << row.role << ", integration";
  }
}

}  // namespace
}  // namespace blc::policy
