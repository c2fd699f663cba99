#include "core/policy/settings.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace blc::policy {
namespace {

using Variables = std::map<std::string, std::string>;

Result<Settings> read(const Variables& variables, const std::optional<std::string>& environment = {},
                      const std::optional<std::string>& classification = {}) {
  return Settings::read(
      [&](const std::string& name) -> std::optional<std::string> {
        const auto found = variables.find(name);
        return found == variables.end() ? std::nullopt : std::optional(found->second);
      },
      environment, classification);
}

constexpr std::string_view kApprovals = R"(rules:
  - {environments: [local, production], classification: personal, slots: [], deadline: 24h}
  - {environments: [local], slots: [], deadline: 24h}
  - {environments: [integration, staging], slots: [{name: lead, roles: [lead]}], deadline: 24h}
  - {environments: [production], slots: [{name: lead, roles: [lead]}], deadline: 24h}
)";
constexpr std::string_view kEnvironments = R"(environments:
  local:
    data: [mock]
    network: none
    audit: basic
    encryption: basic
    controls:
      audit-logging: true
      encryption: true
      phi-encryption: false
    rto: 4h
    rpo: 24h
  integration: {data: [mock, synthetic], network: none, audit: full, encryption: standard, rto: 2h, rpo: 4h, controls: {audit-logging: true, encryption: true, phi-encryption: true}}
  staging: {data: [synthetic, anonymised], network: none, audit: full, encryption: standard, rto: 2h, rpo: 4h, controls: {audit-logging: true, encryption: true, phi-encryption: true}}
  production: {data: [real], network: none, audit: immutable, encryption: envelope, rto: 2h, rpo: 4h, controls: {audit-logging: true, encryption: true, phi-encryption: true}}
)";

// As a session reads them: held against the policy.
Result<Settings> held(const Variables& variables, const std::string& environment) {
  BLC_TRY(auto settings, read(variables, environment));
  BLC_CHECK(settings.hold(*Environments::load(kEnvironments), *Policy::load(kApprovals, "grants: []\n")));
  return settings;
}

TEST(Settings, StartLocalWithoutACeiling) {
  const auto settings = read({});
  ASSERT_TRUE(settings);
  EXPECT_EQ(settings->environment, Environment::local);
  EXPECT_FALSE(settings->environment_given);
  EXPECT_EQ(settings->ceiling, Classification::clinical);
  EXPECT_FALSE(settings->rehearsal);
}

TEST(Settings, ReadEnvironmentsByNameAndAlias) {
  const std::vector<std::pair<std::string, Environment>> names{
      {"local", Environment::local},     {"development", Environment::local},
      {"dev", Environment::local},       {"integration", Environment::integration},
      {"staging", Environment::staging}, {"production", Environment::production},
      {"prod", Environment::production}};
  for (const auto& [name, environment] : names) {
    EXPECT_EQ(read({{"BLC_ENV", name}})->environment, environment) << name;
    EXPECT_EQ(read({}, name)->environment, environment) << name;
    EXPECT_TRUE(read({}, name)->environment_given);
  }
  EXPECT_EQ(read({{"BLC_ENV", "prod"}}, "staging")->environment, Environment::staging);
}

TEST(Settings, RefuseUnknownWords) {
  EXPECT_EQ(
      read({{"BLC_ENV", "Prod\n"}}).error().message,
      "BLC_ENV: expected local (development, dev), integration, staging or production (prod), found \"Prod<U+000A>\"");
  EXPECT_TRUE(read({}, "live").error().message.starts_with("--env: expected "));
  EXPECT_EQ(read({{"BLC_CLASSIFICATION", "secret"}}).error().message,
            "BLC_CLASSIFICATION: expected personal, business or clinical, found \"secret\"");
  EXPECT_TRUE(read({}, {}, "secret").error().message.starts_with("--classification: expected "));
  for (const std::string name : {"BLC_APPROVAL_REQUIRED", "BLC_AUDIT_LOGGING", "BLC_ENCRYPTION_ENABLED",
                                 "BLC_PHI_ENCRYPTION", "BLC_USE_MOCK_DATA", "BLC_DATA_ANONYMIZATION"}) {
    for (const std::string value : {"", "yes", "1", "tru", "false "}) {
      const auto settings = read({{name, value}});
      ASSERT_FALSE(settings) << name << "=" << value;
      EXPECT_EQ(settings.error().code, Exit::usage);
      EXPECT_EQ(settings.error().message, fmt::format("{}: expected true or false, found \"{}\"", name, value));
    }
  }
  EXPECT_EQ(read({{"BLC_ENV", ""}}).error().code, Exit::usage);
}

TEST(Settings, ReadTheCeiling) {
  EXPECT_EQ(read({{"BLC_CLASSIFICATION", "business"}})->ceiling, Classification::business);
  EXPECT_EQ(read({{"BLC_CLASSIFICATION", "business"}}, {}, "personal")->ceiling, Classification::personal);
}

TEST(Settings, RehearseInLocalOnly) {
  EXPECT_TRUE(read({{"BLC_APPROVAL_REQUIRED", "TRUE"}})->rehearsal);
  EXPECT_FALSE(read({{"BLC_APPROVAL_REQUIRED", "false"}})->rehearsal);
  for (const std::string environment : {"integration", "staging", "production"})
    EXPECT_FALSE(read({{"BLC_APPROVAL_REQUIRED", "true"}}, environment)->rehearsal) << environment;
}

void expect_refused(const Result<Settings>& settings, const std::string& name, const std::string& reason) {
  ASSERT_FALSE(settings) << name;
  EXPECT_EQ(settings.error().code, Exit::refused);
  EXPECT_NE(settings.error().message.find(name), std::string::npos) << settings.error().message;
  EXPECT_NE(settings.error().message.find(reason), std::string::npos) << settings.error().message;
  EXPECT_EQ(settings.error().hint, "unset " + name);
}

TEST(Settings, TakeNoSignatureAwayThatThePolicyAsksFor) {
  const std::string name = "BLC_APPROVAL_REQUIRED";
  expect_refused(held({{name, "False"}}, "integration"), name, "who has to sign in integration is for policies/approvals.yaml:4 to say");
  expect_refused(held({{name, "false"}}, "staging"), name, "policies/approvals.yaml:4");
  expect_refused(held({{name, "false"}}, "production"), name, "policies/approvals.yaml:5");
  EXPECT_TRUE(held({{name, "false"}}, "local"));  // nobody signs there
  for (const std::string environment : {"local", "integration", "staging", "production"}) EXPECT_TRUE(held({{name, "true"}}, environment));
}

TEST(Settings, SwitchNoControlOffThatTheEnvironmentAsksFor) {
  const std::vector<std::tuple<std::string, std::string, int>> controls{
      {"BLC_AUDIT_LOGGING", "audit-logging", 8}, {"BLC_ENCRYPTION_ENABLED", "encryption", 9}, {"BLC_PHI_ENCRYPTION", "phi-encryption", 0}};
  for (const auto& [name, control, line] : controls) {
    if (line != 0)
      expect_refused(held({{name, "false"}}, "local"), name, fmt::format("policies/environments.yaml:{} asks for {} in local", line, control));
    expect_refused(held({{name, "false"}}, "integration"), name, fmt::format("policies/environments.yaml:13 asks for {} in integration", control));
    expect_refused(held({{name, "false"}}, "staging"), name, fmt::format("policies/environments.yaml:14 asks for {} in staging", control));
    expect_refused(held({{name, "false"}}, "production"), name, fmt::format("policies/environments.yaml:15 asks for {} in production", control));
    for (const std::string environment : {"local", "integration", "staging", "production"}) EXPECT_TRUE(held({{name, "true"}}, environment)) << name;
  }
  EXPECT_TRUE(held({{"BLC_PHI_ENCRYPTION", "false"}}, "local"));  // its line says that one may
}

TEST(Settings, KnowOfNoAnonymiserYet) {
  for (const std::string environment : {"local", "integration", "staging", "production"}) {
    expect_refused(read({{"BLC_DATA_ANONYMIZATION", "true"}}, environment), "BLC_DATA_ANONYMIZATION", "not available");
    EXPECT_TRUE(read({{"BLC_DATA_ANONYMIZATION", "false"}}, environment));
  }
}

TEST(Settings, KeepMockAndRealDataApart) {
  const std::string name = "BLC_USE_MOCK_DATA";
  expect_refused(held({{name, "true"}}, "production"), name, "production works on real records only (policies/environments.yaml:15)");
  expect_refused(held({{name, "true"}}, "staging"), name, "staging works on synthetic or anonymised records only (policies/environments.yaml:14)");
  expect_refused(held({{name, "false"}}, "local"), name, "local works on mock records only (policies/environments.yaml:3)");
  EXPECT_TRUE(held({{name, "true"}}, "local"));
  EXPECT_TRUE(held({{name, "true"}}, "integration"));
  EXPECT_TRUE(held({{name, "false"}}, "integration"));
  EXPECT_TRUE(held({{name, "false"}}, "production"));
  EXPECT_TRUE(held({{name, "false"}}, "staging"));
}

TEST(Settings, TellWhichIsToBeHeldAgainstThePolicy) {
  EXPECT_EQ(read({})->to_hold(), std::nullopt);
  EXPECT_EQ(read({{"BLC_PHI_ENCRYPTION", "true"}, {"BLC_APPROVAL_REQUIRED", "true"}})->to_hold(), std::nullopt);
  EXPECT_EQ(read({{"BLC_APPROVAL_REQUIRED", "false"}})->to_hold(), "BLC_APPROVAL_REQUIRED=false");
  EXPECT_EQ(read({{"BLC_PHI_ENCRYPTION", "FALSE"}})->to_hold(), "BLC_PHI_ENCRYPTION=false");
  EXPECT_EQ(read({{"BLC_USE_MOCK_DATA", "true"}})->to_hold(), "BLC_USE_MOCK_DATA=true");
  const auto refused = read({{"BLC_PHI_ENCRYPTION", "false"}})->refused("there is no policy");
  EXPECT_EQ(refused.error().message, "BLC_PHI_ENCRYPTION=false is refused: there is no policy");
  EXPECT_EQ(refused.error().hint, "unset BLC_PHI_ENCRYPTION");
}

}  // namespace
}  // namespace blc::policy
