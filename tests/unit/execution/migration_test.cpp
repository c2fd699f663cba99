// A verb that migrates an application: its settings are held against the rules of the tier when it is planned and once more
// before it starts, and no plan leaves that out.
#include <gtest/gtest.h>

#include "core/approval/tier_checks.hpp"
#include "core/tier/dotenv.hpp"
#include "support/world.hpp"

namespace blc::execution {
namespace {

using approval::Ending;
using ledger::Kind;
using testing::must;
using testing::World;
using tier::Tier;

const verb::Values kToStaging{{"from", "integration"}, {"to", "staging"}};

constexpr const char* kVerb = R"(verb: promote
summary: Promotes
classification: personal
data: [internal]
parameters:
  from: {type: enum, values: [development, integration, staging], summary: from}
  to: {type: enum, values: [integration, staging, production], summary: to}
migrates: {from: from, to: to, settings: "${data}/${to}.env", below: "${data}/${from}.env"}
steps:
  - {name: switch, summary: "switches ${to}", kind: exec, effect: write, argv: [writer]}
)";
constexpr const char* kRules = R"(prefix: APP_
features: {search: {tiers: [staging, production]}, queue: {tiers: [integration, staging]}, mail: {tiers: [staging]}}
rules:
  - {id: BLC-TIER-001, family: present, tiers: [integration, staging, production], settings: [A], message: "A is set.", remedy: "set it"}
  - {id: BLC-TIER-050, family: differ, check: value, severity: warning, tiers: [staging], settings: [B], message: "B differs.", remedy: "change it"}
  - {id: BLC-TIER-066, family: evidence, check: recorded, tiers: [staging, production], days: 7, message: "It passed below.", remedy: "check it"}
  - {id: BLC-TIER-082, family: input, check: defined, tiers: [integration], message: "It is defined.", remedy: "define it"}
)";

testing::Practice practice() {
  auto files = testing::default_practice();
  files["verbs/promote.yaml"] = kVerb;
  files["policies/tiers.yaml"] = kRules;
  files.at("policies/access.yaml") += "  - {role: privacy-officer, environments: [integration, staging], rights: [tier-check]}\n";
  for (const auto environment : kEnvironments) {
    const auto data = std::string(data_directory(environment)) + "/";
    files[data + "development.env"] = "APP_A=first\n";
    files[data + "integration.env"] = "APP_A=second\nAPP_B=same\nAPP_OLD=1\n";
    files[data + "staging.env"] = "APP_A=third\nAPP_B=same\nAPP_NEW=1\n";
    files[data + "production.env"] = "APP_A=fourth\n";
  }
  return files;
}

class Migrating : public ::testing::Test {
 protected:
  Migrating() : world(practice()) {}

  // cleo records how integration's check went, of these settings.
  void recorded(bool passed, const std::string& settings = "APP_A=second\nAPP_B=same\nAPP_OLD=1\n") {
    tier::Configuration configuration;
    const tier::Variables variables = [](const std::string&) { return std::nullopt; };
    const tier::ReadFile file = [](const std::string&) { return fail(Exit::usage, "none"); };
    must(tier::read_dotenv(settings, "x", {configuration, variables, file, "APP_"}));
    approval::TierCheck check{Tier::development, Tier::integration, false, tier::digest_of(configuration, "APP_"),
                              plan::rules_digest(*world.log().replay().catalog()), {}};
    check.results.push_back({"BLC-TIER-001", passed ? tier::Status::pass : tier::Status::fail, "APP_A"});
    world.append_raw("cleo", Kind::tier_check, {}, approval::tier_check_body(check));
    must(world.log().refresh());
  }
  std::string refused(const verb::Values& values, Environment environment = Environment::local) {
    const auto run = world.requested("promote", values, environment);
    const auto planned = world.plan(run);
    EXPECT_FALSE(planned);
    EXPECT_FALSE(world.run(run).plan);
    return planned ? "it was planned" : planned.error().message;
  }
  World world;
};

TEST_F(Migrating, NeedsTheRecordedCheckOfTheVerySettingsBelow) {
  EXPECT_NE(refused(kToStaging).find("integration has no recorded check of this configuration"), std::string::npos);
  recorded(true, "APP_A=other\n");
  EXPECT_NE(refused(kToStaging).find("integration has no recorded check of this configuration"), std::string::npos);
  recorded(true);
  const auto run = world.planned("promote", kToStaging);
  const auto& migrates = world.run(run).plan->plan->resolution.migrates;
  ASSERT_TRUE(migrates);
  EXPECT_EQ(migrates->evidence->by, "cleo");
  EXPECT_EQ(migrates->changed, (std::vector<std::string>{"APP_A"}));
  EXPECT_EQ(migrates->added, (std::vector<std::string>{"APP_NEW"}));
  EXPECT_EQ(migrates->removed, (std::vector<std::string>{"APP_OLD"}));
  EXPECT_EQ(migrates->told, (std::vector<std::string>{"BLC-TIER-050 APP_B (warn)"}));
  must(world.order(run));
  EXPECT_EQ(must(world.execute(run)).ending, Ending::succeeded);
  EXPECT_TRUE(world.told().faults().empty());
}

TEST_F(Migrating, TellsWhatGoingBackLoses) {
  const auto run = world.planned("promote", {{"from", "staging"}, {"to", "integration"}});
  EXPECT_EQ(world.run(run).plan->plan->resolution.migrates->told, (std::vector<std::string>{"going back loses search, mail"}));
  recorded(true);
  const auto ahead = world.planned("promote", kToStaging);
  EXPECT_EQ(world.run(ahead).plan->plan->resolution.migrates->told, (std::vector<std::string>{"BLC-TIER-050 APP_B (warn)"}));
}

TEST_F(Migrating, DoesNotStartWhenTheCheckBelowFailedSince) {
  recorded(true);
  const auto run = world.planned("promote", kToStaging);
  must(world.order(run));
  recorded(false);
  const auto outcome = world.execute(run);
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code, Exit::refused);
  EXPECT_NE(outcome.error().message.find("did not pass its last check"), std::string::npos);
  EXPECT_EQ(world.processes.count("writer"), 0U);
  // Recorded once more, as before: nothing has drifted.
  recorded(true);
  EXPECT_EQ(must(world.execute(run)).ending, Ending::succeeded);
}

TEST_F(Migrating, TakesItsSettingsFromTheFilesAlone) {
  world.files.files["fixtures/mock/integration.env"] = "APP_A=${PATH}\n";
  EXPECT_NE(refused({{"from", "development"}, {"to", "integration"}}).find("BLC-TIER-082 APP_A"), std::string::npos);
  world.files.files["fixtures/mock/integration.env"] = "APP_A=${PATH:-second}\n";
  const auto run = world.planned("promote", {{"from", "development"}, {"to", "integration"}});
  world.files.files["fixtures/mock/integration.env"] = "APP_A=second\n";
  const auto again = world.planned("promote", {{"from", "development"}, {"to", "integration"}});
  EXPECT_EQ(world.run(run).plan->plan->resolution.migrates->settings, world.run(again).plan->plan->resolution.migrates->settings);
}

TEST_F(Migrating, GoesWhereItsSignaturesAreAskedFor) {
  EXPECT_NE(refused({{"from", "staging"}, {"to", "production"}}, Environment::staging).find("what migrates to production is not done in staging"), std::string::npos);
}

TEST_F(Migrating, CannotBeLeftOutOfAPlan) {
  recorded(true);
  const auto good = world.planned("promote", kToStaging, Environment::staging);
  const auto forged = [&](const std::function<void(std::optional<plan::Migration>&)>& change) {
    const auto run = world.requested("promote", kToStaging, Environment::staging);
    auto plan = *world.run(good).plan->plan;
    plan.run = run;
    plan.sealed = world.run(run).request->request.sealed;
    change(plan.resolution.migrates);
    auto standing = world.standing(world.append_raw("machine", Kind::plan, world.scope(run), plan.to_json()));
    world.store.entries.pop_back();  // no client has seen it; the next forgery finds a sound ledger
    return standing;
  };
  const auto says = [&](const std::string& why, const std::function<void(std::optional<plan::Migration>&)>& change) {
    const auto standing = forged(change);
    EXPECT_NE(standing.find(why), std::string::npos) << standing;
  };
  EXPECT_EQ(forged([](auto&) {}), "counts");
  says("it does not migrate as its verb does", [](auto& migrates) { migrates.reset(); });
  says("it migrates between other tiers", [](auto& migrates) { migrates->to = Tier::production; });
  says("it migrates between other tiers", [](auto& migrates) { migrates->from = Tier::staging; });
  says("it was held against other rules", [](auto& migrates) { migrates->rules = Digest{}; });
}

}  // namespace
}  // namespace blc::execution
