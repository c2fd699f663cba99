#include "core/policy/settings.hpp"

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
      EXPECT_EQ(settings.error().message, name + ": expected true or false, found \"" + value + "\"");
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

TEST(Settings, NeverLowerTheBar) {
  for (const std::string environment : {"integration", "staging", "production"})
    expect_refused(read({{"BLC_APPROVAL_REQUIRED", "False"}}, environment), "BLC_APPROVAL_REQUIRED",
                   "policies/approvals.yaml");
  for (const std::string environment : {"local", "integration", "staging", "production"}) {
    for (const std::string name : {"BLC_AUDIT_LOGGING", "BLC_ENCRYPTION_ENABLED", "BLC_PHI_ENCRYPTION"}) {
      expect_refused(read({{name, "false"}}, environment), name, "=false is refused");
      EXPECT_TRUE(read({{name, "true"}}, environment)) << name;
    }
    expect_refused(read({{"BLC_DATA_ANONYMIZATION", "true"}}, environment), "BLC_DATA_ANONYMIZATION", "not available");
    EXPECT_TRUE(read({{"BLC_DATA_ANONYMIZATION", "false"}}, environment));
  }
}

TEST(Settings, KeepMockAndRealDataApart) {
  expect_refused(read({{"BLC_USE_MOCK_DATA", "true"}}, "prod"), "BLC_USE_MOCK_DATA", "real records");
  expect_refused(read({{"BLC_USE_MOCK_DATA", "false"}}, "local"), "BLC_USE_MOCK_DATA", "mock records");
  EXPECT_TRUE(read({{"BLC_USE_MOCK_DATA", "true"}}, "local"));
  EXPECT_TRUE(read({{"BLC_USE_MOCK_DATA", "false"}}, "prod"));
  EXPECT_TRUE(read({{"BLC_USE_MOCK_DATA", "false"}}, "staging"));
}

}  // namespace
}  // namespace blc::policy
