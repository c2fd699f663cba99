#include "core/tier/report.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "core/tier/dotenv.hpp"

namespace blc::tier {
namespace {

using namespace std::chrono_literals;
using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr auto kToday = 2026y / 11 / 26;

std::string file_of(const std::string& path) {
  const std::ifstream file(std::filesystem::path(BLC_SOURCE_DIR) / path, std::ios::binary);
  std::ostringstream bytes;
  bytes << file.rdbuf();
  return bytes.str();
}

const Rules& shipped() {
  static const auto rules = Rules::load(file_of("policies/tiers.yaml"), std::string(Rules::kPath));
  if (!rules) throw std::runtime_error(rules.error().message);
  return *rules;
}

Configuration configured(const std::string& text) {
  Configuration configuration;
  const Variables none = [](const std::string&) { return std::nullopt; };
  const ReadFile nothing = [](const std::string&) { return fail(Exit::usage, "no file"); };
  const auto read = read_dotenv(text, "x.env", {configuration, none, nothing, "APP_"});
  EXPECT_TRUE(read) << read.error().message;
  return configuration;
}

std::string fixture(Tier tier) { return file_of(fmt::format("fixtures/tiers/{}.env", to_string(tier))); }

// The text without the lines that set the name, and with one that sets it to the value.
std::string with(const std::string& text, const std::string& name, const std::optional<std::string>& value) {
  std::string made;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with(name + "=")) made += line + "\n";
  }
  return value ? made + name + "=" + *value + "\n" : made;
}

struct Asked {
  Tier from = Tier::staging;
  Tier to = Tier::production;
  std::string lower = fixture(Tier::staging);
  std::string image{};  // of what runs
  std::string lower_image{};
  std::string waivers = "waivers: []";
  std::optional<Baseline> baseline = std::nullopt;
  std::optional<std::vector<Recorded>> recorded = std::nullopt;
};

Report report_on(const std::string& text, const Asked& asked = {}) {
  auto configuration = configured(text);
  auto lower = configured(asked.lower);
  if (!asked.image.empty()) configuration.set_image(Secret::copy(asked.image), {"k.yaml", 7});
  if (!asked.lower_image.empty()) lower.set_image(Secret::copy(asked.lower_image), {"k.yaml", 7});
  const auto waivers = Waivers::load(asked.waivers, "w.yaml", shipped());
  if (!waivers) throw std::runtime_error(waivers.error().message);
  const auto salt = Secret::copy("salt");
  return validate({.rules = shipped(), .waivers = *waivers, .from = asked.from, .to = asked.to, .configuration = configuration, .lower = &lower,
                   .own_environment = false, .place = "x.env", .today = kToday, .salt = salt, .baseline = asked.baseline, .recorded = asked.recorded});
}

// "BLC-TIER-003 APP_VAULT_URL", of those that did not pass.
std::vector<std::string> faults(const Report& report) {
  std::vector<std::string> found;
  for (const auto& each : report.findings) {
    if (each.status == Status::fail || each.status == Status::warn) found.push_back(each.rule + " " + each.subject);
  }
  return found;
}

Asked way_to(Tier tier) {
  const auto from = static_cast<Tier>(static_cast<int>(tier) - 1);
  return {.from = from, .to = tier, .lower = fixture(from)};
}

TEST(Report, TheSampleApplicationIsReadyInEveryTier) {
  for (const auto tier : {Tier::integration, Tier::staging, Tier::production}) EXPECT_THAT(faults(report_on(fixture(tier), way_to(tier))), IsEmpty()) << to_string(tier);
}

// Requirements, section 2: required settings per tier.
TEST(Report, RequiresWhatTheTableSays) {
  const std::map<Tier, std::set<std::string>> kTable{
      {Tier::development, {}},
      {Tier::integration, {"DATABASE_URL", "ENABLE_AUTHENTICATION"}},
      {Tier::staging, {"DATABASE_URL", "REDIS_URL", "ENABLE_AUTHENTICATION", "ENABLE_AUDIT_LOGGING", "ENABLE_RATE_LIMITING", "ENABLE_MONITORING"}},
      {Tier::production, {"DATABASE_URL", "REDIS_URL", "VAULT_URL", "ENABLE_AUTHENTICATION", "ENABLE_ENCRYPTION", "ENABLE_AUDIT_LOGGING", "ENABLE_RATE_LIMITING",
                          "ENABLE_MONITORING", "ENABLE_HIPAA_COMPLIANCE", "SENTRY_DSN"}}};
  for (const auto& [tier, names] : kTable) {
    std::set<std::string> required;
    for (const auto& rule : shipped().rules) {
      if (rule.family == Family::present && rule.tiers.contains(tier)) required.insert(rule.settings.begin(), rule.settings.end());
    }
    EXPECT_EQ(required, names) << to_string(tier);
  }
}

// Requirements, section 2: features per tier.
TEST(Report, HasTheFeaturesOfTheTable) {
  const std::map<std::string, std::string> kTable{{"authentication", "isp"}, {"encryption", "p"}, {"audit_logging", "isp"}, {"rate_limiting", "sp"}, {"monitoring", "sp"},
                                                  {"hipaa_compliance", "p"}, {"websocket_support", "disp"}, {"ai_inference", "disp"}, {"advanced_search", "isp"}, {"batch_processing", "sp"}};
  ASSERT_EQ(shipped().features.size(), kTable.size());
  for (const auto& feature : shipped().features) {
    std::string tiers;
    for (const auto tier : feature.tiers) tiers += to_string(tier)[0];
    EXPECT_EQ(tiers, kTable.at(feature.name)) << feature.name;
  }
}

TEST(Report, EveryMutationOfARequiredSettingIsCaught) {
  for (const auto tier : {Tier::integration, Tier::staging, Tier::production}) {
    const auto good = fixture(tier);
    const auto way = way_to(tier);
    for (const auto& rule : shipped().rules) {
      if (rule.family != Family::present || !rule.tiers.contains(tier)) continue;
      const auto name = "APP_" + rule.settings.front();
      for (const auto& value : {std::optional<std::string>(), std::optional<std::string>(""), std::optional<std::string>("false"), std::optional<std::string>("changeme")}) {
        const auto report = report_on(with(good, name, value), way);
        EXPECT_FALSE(report.ready(false)) << name << "=" << value.value_or("<removed>") << " in " << to_string(tier);
        EXPECT_THAT(faults(report), Contains(HasSubstr(name)));
      }
    }
  }
}

TEST(Report, WhatIsReusedFromAnotherTierIsCaught) {
  for (const auto tier : {Tier::staging, Tier::production}) {
    for (const auto* bare : {"DATABASE_URL", "REDIS_URL", "VAULT_URL", "SENTRY_DSN", "SECRET_KEY"}) {
      const auto name = std::string("APP_") + bare;
      const auto configuration = configured(fixture(tier));
      const auto* const setting = configuration.find(name);
      if (setting == nullptr) continue;
      auto way = way_to(tier);
      way.lower = with(way.lower, name, std::string(setting->value->reveal()));
      EXPECT_THAT(faults(report_on(fixture(tier), way)), Contains(HasSubstr(name))) << to_string(tier);
    }
  }
}

struct Change {
  const char* rule;
  const char* name;
  const char* bad;
  const char* good;  // null: it is removed again
  const char* lower = nullptr;
};

// Each rule of production by one change of the sample that it must catch, and one that it must not.
class EveryRule : public testing::TestWithParam<Change> {};

TEST_P(EveryRule, CatchesTheBadOneOnly) {
  const auto& [rule, name, bad, good, lower] = GetParam();
  Asked asked;
  const std::string setting = std::string("APP_") + name;
  if (lower != nullptr) asked.lower = with(asked.lower, setting, lower);
  const auto wanted = Contains(fmt::format("{} {}", rule, setting));
  EXPECT_THAT(faults(report_on(with(fixture(Tier::production), setting, bad), asked)), wanted);
  const auto kept = good == nullptr ? std::optional<std::string>() : std::optional<std::string>(good);
  EXPECT_THAT(faults(report_on(with(fixture(Tier::production), setting, kept), asked)), Not(wanted));
}

INSTANTIATE_TEST_SUITE_P(Production, EveryRule, testing::Values(
    Change{"BLC-TIER-011", "ENABLE_AUTHENTICATION", "tru", "YES"}, Change{"BLC-TIER-012", "ENABLE_ENCRYPTION", "0", "1"},
    Change{"BLC-TIER-013", "ENABLE_AUDIT_LOGGING", "no", "on"}, Change{"BLC-TIER-014", "ENABLE_RATE_LIMITING", "off", "true"},
    Change{"BLC-TIER-015", "ENABLE_MONITORING", "enabled", "true"}, Change{"BLC-TIER-016", "ENABLE_HIPAA_COMPLIANCE", "false", "true"},
    Change{"BLC-TIER-017", "ENABLE_X", "maybe", "false"}, Change{"BLC-TIER-018", "DATABASE_URL", "mysql://a.example.org/x", "postgresql+asyncpg://a.example.org/x"},
    Change{"BLC-TIER-019", "REDIS_URL", "memcached://a", "rediss://a"}, Change{"BLC-TIER-020", "VAULT_URL", "http://a", "https://a"},
    Change{"BLC-TIER-021", "SENTRY_DSN", "https://errors.example.org/42", "https://9c1e7b3f5a2d48069e8f7a6b5c4d3e21@errors.example.org/42"},
    Change{"BLC-TIER-022", "METRICS_PORT", "0", "9090"}, Change{"BLC-TIER-023", "SESSION_TIMEOUT_MINUTES", "1441", "1440"},
    Change{"BLC-TIER-024", "WORKERS", "2.5", "4"}, Change{"BLC-TIER-025", "JWT_SECRET", "hunter2", "Yt5bM2xKq8Wn4RzVh9LcPj3GsDf7Ae1V"},
    Change{"BLC-TIER-026", "MAIL_FROM", "<your address>", "desk@example.org"}, Change{"BLC-TIER-027", "MAIL_URL", "mail.example.org", "smtps://mail.example.org"},
    Change{"BLC-TIER-030", "CACHE_URL", "sqlite:///x", "rediss://x"}, Change{"BLC-TIER-031", "MAIL_HOST", "127.0.0.1:25", "mail.example.org:25"},
    Change{"BLC-TIER-032", "SQL_DEBUG", "yes", "no"}, Change{"BLC-TIER-033", "LLM_MOCK", "true", "false"},
    Change{"BLC-TIER-034", "DATABASE_URL", "postgresql://db.example.org/records?sslmode=disable", "postgresql://db.example.org/records?sslmode=require"},
    Change{"BLC-TIER-036", "REDIS_URL", "redis://a", "rediss://a"}, Change{"BLC-TIER-037", "GRAPHQL_URL", "http://a.example.org", "https://a.example.org"},
    Change{"BLC-TIER-038", "ENABLE_SWAGGER", "true", "false"}, Change{"BLC-TIER-039", "DOCS_URL", "https://a.example.org/docs", "none"},
    Change{"BLC-TIER-040", "CORS_ORIGINS", "*", "https://a.example.org"}, Change{"BLC-TIER-041", "ENABLE_BATCH_PROCESSING", "false", "true"},
    Change{"BLC-TIER-042", "BAA_LLM_EXPIRES", "2026-11-25", "2026-11-26"}, Change{"BLC-TIER-042", "BAA_LLM_DIGEST", "abc", "sha256:8f434346648f6b96df89dda901c5176b10a6d83961dd3c1ac88b59b2dc327aa4"},
    Change{"BLC-TIER-042", "PHI_SERVICES", "llm, sms", "llm"},
    Change{"BLC-TIER-043", "DEPLOYMENT_TIER", "staging", "prod"}, Change{"BLC-TIER-044", "IMAGE", "registry.example.org:5000/app", "registry.example.org:5000/app:1.2"},
    Change{"BLC-TIER-050", "MAIL_PASSWORD", "r4Xn-8tPq_20mVx", "r4Xn-8tPq_20mVy", "r4Xn-8tPq_20mVx"},
    Change{"BLC-TIER-051", "DATABASE_URL", "postgresql://b@db.staging.example.org:5432/staging_db", "postgresql://b@db.example.org:5432/staging_db"},
    Change{"BLC-TIER-052", "LDAP_URL", "ldaps://b:r4Xn-8tPq_20mV@a.example.org", "ldaps://b:r4Xn-8tPq_20mW@a.example.org"},
    Change{"BLC-TIER-053", "SENTRY_DSN", "https://2f8a1c9d4b7e60358f1d2c3b4a596877@errors.example.org/41", "https://3f8a1c9d4b7e60358f1d2c3b4a596877@errors.example.org/41"},
    Change{"BLC-TIER-054", "REDIS_URL", "rediss://cache.staging.example.org:6380", "rediss://cache.example.org:6380"},
    Change{"BLC-TIER-055", "DATABASE_URL", "postgresql://b@db.staging.example.org:5432/records", "postgresql://b@db.example.org:5432/records"},
    Change{"BLC-TIER-060", "SCHEMA_VERSION", "2026.11.1", "2026.11.2"}, Change{"BLC-TIER-061", "IMAGE_TAG", "2026.11.1", "2026.11.2"},
    Change{"BLC-TIER-072", "DATA_SOURCE", "synthetic", "records"}, Change{"BLC-TIER-073", "USE_SYNTHETIC_DATA", "true", "false"},
    Change{"BLC-TIER-025", "SECRET_KEY", "", "Yt5bM2xKq8Wn4RzVh9LcPj3GsDf7Ae1V"}, Change{"BLC-TIER-026", "CREDENTIALS", "user:pass", "desk:Yt5bM2xKq8Wn"},
    Change{"BLC-TIER-031", "DATABASE_URL", "postgresql://b@localhost./records", "postgresql://b@db.example.org./records"},
    Change{"BLC-TIER-031", "DATABASE_URL", "postgresql://b@db.example.org,localhost/records", "postgresql://b@a.example.org,b.example.org/records"},
    Change{"BLC-TIER-031", "DATABASE_URL", "postgresql://b@[::ffff:127.0.0.1]/records", "postgresql://b@[2001:db8::1]/records"},
    Change{"BLC-TIER-031", "DATABASE_URL", "postgresql://b@db.example.org/records?host=localhost", "postgresql://b@db.example.org/records?host=b.example.org"},
    Change{"BLC-TIER-031", "LLM_ENDPOINT", "https://localhost:1/", "https://llm.example.org/"},
    Change{"BLC-TIER-034", "DATABASE_URL", "postgresql://db.example.org/records?sslmode=verify-full&sslmode=disable", "postgresql://db.example.org/records?sslmode=verify-full&sslmode=require"},
    Change{"BLC-TIER-037", "ALLOWED_ORIGINS", "https://a.example.org, http://b.example.org", "https://a.example.org, https://b.example.org"},
    Change{"BLC-TIER-037", "ALLOWED_ORIGINS", "[\"http://b.example.org\"]", "[\"https://b.example.org\"]"}, Change{"BLC-TIER-037", "LLM_ENDPOINT", "http://[2001:db8::1]/", "https://[2001:db8::1]/"},
    Change{"BLC-TIER-041", "ENABLE_BATCH_PROCESSING", "", "true"},
    Change{"BLC-TIER-050", "STRIPE_KEY", "r4Xn-8tPq_20mVx", "r4Xn-8tPq_20mVy", "r4Xn-8tPq_20mVx"},
    Change{"BLC-TIER-051", "DATABASE_URL", "postgresql://b@db.example.org:5432/records/", "postgresql://b@db.example.org:5433/records/", "postgresql://b@db.example.org/records"},
    Change{"BLC-TIER-054", "REDIS_URL", "rediss://CACHE.staging.example.org./", "rediss://cache.staging.example.org/1", "rediss://cache.staging.example.org:6379"},
    Change{"BLC-TIER-060", "SCHEMA_VERSION", "", "2026.11.2"}, Change{"BLC-TIER-061", "IMAGE_TAG", "", "2026.11.2"},
    Change{"BLC-TIER-080", "DEBUG", "false\nAPP_DEBUG=false", "false"}, Change{"BLC-TIER-082", "MOTTO", "${NOWHERE}", "none of ${APP_DEBUG}"}));

TEST(Report, RulesOfLowerTiers) {
  auto staging = way_to(Tier::staging);
  const auto good = fixture(Tier::staging);
  EXPECT_THAT(faults(report_on(with(good, "APP_DATABASE_URL", "postgresql://db.staging.example.org/x?sslmode=disable"), staging)), Contains("BLC-TIER-035 APP_DATABASE_URL"));
  EXPECT_THAT(faults(report_on(with(good, "APP_DATABASE_URL", "postgresql://db.prod.example.org/x"), staging)), Contains("BLC-TIER-070 APP_DATABASE_URL"));
  EXPECT_THAT(faults(report_on(with(good, "APP_DATA_SOURCE", "phi"), staging)), Contains("BLC-TIER-070 APP_DATA_SOURCE"));
  EXPECT_THAT(faults(report_on(with(good, "APP_USE_REAL_DATA", "true"), staging)), Contains("BLC-TIER-071 APP_USE_REAL_DATA"));
  EXPECT_THAT(faults(report_on(with(good, "APP_ENABLE_ENCRYPTION", "true"), staging)), Contains("BLC-TIER-041 APP_ENABLE_ENCRYPTION"));
  EXPECT_THAT(faults(report_on(good + "app_debug=false\n", staging)), Contains("BLC-TIER-081 app_debug"));
  EXPECT_THAT(faults(report_on(good + "debug=false\nDEBUG=false\n", staging)), IsEmpty());  // not ours
  EXPECT_THAT(faults(report_on(good + "App_Debug=false\n", staging)), Contains("BLC-TIER-081 App_Debug"));
}

TEST(Report, WhatMustBeTheSameIsNotLeftOut) {
  EXPECT_THAT(faults(report_on(with(fixture(Tier::production), "APP_SCHEMA_VERSION", std::nullopt))), Contains("BLC-TIER-060 APP_SCHEMA_VERSION"));
}

TEST(Report, TheImageOfWhatRunsIsPinnedAndTheOneThatWasTried) {
  const auto of = [](const std::string& image, const std::string& lower) { return faults(report_on(fixture(Tier::production), {.image = image, .lower_image = lower})); };
  const std::string digest = "r.example.org/app@sha256:8f434346648f6b96df89dda901c5176b10a6d83961dd3c1ac88b59b2dc327aa4";
  EXPECT_THAT(of("r.example.org:5000/app:1.2", "r.example.org:5000/app:1.2"), IsEmpty());
  EXPECT_THAT(of(digest, digest), IsEmpty());
  EXPECT_THAT(of("r.example.org/app:1.2", ""), IsEmpty());
  for (const auto* bad : {"r.example.org:5000/app", "app:latest", "app:"}) EXPECT_THAT(of(bad, bad), testing::ElementsAre("BLC-TIER-044 image")) << bad;
  EXPECT_THAT(of("app:1.3", "app:1.2"), testing::ElementsAre("BLC-TIER-061 image"));
  const auto report = report_on(fixture(Tier::production), {.image = "app:latest", .lower_image = "app:1.2"});
  for (const auto& each : report.findings) {
    if (each.subject == "image") { EXPECT_EQ(each.origin, (Origin{"k.yaml", 7})); }
    EXPECT_THAT(each.message, Not(HasSubstr("latest")));
  }
}

TEST(Report, AnImageThatCannotBeSeenIsTold) {
  auto configuration = configured(fixture(Tier::production));
  configuration.set_image(std::nullopt, {"compose.yaml", 3});
  const auto salt = Secret::copy("salt");
  const auto report = validate({.rules = shipped(), .waivers = {}, .from = Tier::staging, .to = Tier::production, .configuration = configuration, .place = "x.env", .today = kToday, .salt = salt});
  EXPECT_THAT(faults(report), testing::ElementsAre("BLC-TIER-044 image"));
  EXPECT_TRUE(report.ready(false));
  EXPECT_FALSE(report.ready(true));
}

// What a Secret may hold that was not given is told alike, whichever rule asks for it.
TEST(Report, WhatMayComeFromElsewhereIsNotCalledMissing) {
  auto configuration = configured(with(with(fixture(Tier::production), "APP_BAA_LLM_DIGEST", std::nullopt), "APP_PHI_SERVICES", "sms"));
  const auto lower = configured(fixture(Tier::staging) + "APP_WEB_IMAGE=a:1\n");
  const auto salt = Secret::copy("salt");
  const auto told = [&](Status status) {
    const auto report = validate({.rules = shipped(), .waivers = {}, .from = Tier::staging, .to = Tier::production, .configuration = configuration, .lower = &lower, .place = "x.env", .today = kToday, .salt = salt});
    std::string all;
    for (const auto& each : report.findings) {
      if (each.status == status) all += fmt::format("{} {} {}\n", each.rule, each.subject, each.message.substr(0, each.message.find('.')));
    }
    return all;
  };
  EXPECT_EQ(told(Status::fail), "BLC-TIER-042 APP_BAA_LLM_DIGEST is not set\n"
                                "BLC-TIER-042 APP_PHI_SERVICES names a service without BAA_<SERVICE>_DIGEST and BAA_<SERVICE>_EXPIRES\n"
                                "BLC-TIER-061 APP_WEB_IMAGE is set in staging, and not here\n");
  configuration.unseen_source("Secret s", {"k.yaml", 9});
  EXPECT_EQ(told(Status::fail), "");
  EXPECT_EQ(told(Status::warn), "BLC-TIER-042 APP_BAA_LLM_DIGEST may come from the Secret s, which was not given\n"
                                "BLC-TIER-042 APP_PHI_SERVICES names a service whose agreement may come from the Secret s, which was not given\n"
                                "BLC-TIER-061 APP_WEB_IMAGE may come from the Secret s, which was not given\n");
}

TEST(Report, AFeatureThatIsLeftToTheApplicationIsToldOnce) {
  const auto without = [](Tier tier, const std::string& setting) { return faults(report_on(with(fixture(tier), setting, std::nullopt), way_to(tier))); };
  EXPECT_THAT(without(Tier::production, "APP_ENABLE_BATCH_PROCESSING"), testing::ElementsAre("BLC-TIER-045 APP_ENABLE_BATCH_PROCESSING"));
  EXPECT_THAT(without(Tier::integration, "APP_ENABLE_AUDIT_LOGGING"), testing::ElementsAre("BLC-TIER-045 APP_ENABLE_AUDIT_LOGGING"));
  EXPECT_THAT(without(Tier::integration, "APP_ENABLE_BATCH_PROCESSING"), IsEmpty());
  // Where it is required, it is told of as that alone.
  EXPECT_THAT(without(Tier::production, "APP_ENABLE_AUDIT_LOGGING"), testing::ElementsAre("BLC-TIER-006 APP_ENABLE_AUDIT_LOGGING"));
  EXPECT_THAT(faults(report_on("APP_DEPLOYMENT_TIER=development\n", {.from = Tier::integration, .to = Tier::development, .lower = ""})), IsEmpty());
}

TEST(Report, APasswordOfAUrlBelowIsNoSecretAbove) {
  Asked asked;
  asked.lower = with(asked.lower, "APP_LDAP_URL", "ldaps://b:r4Xn-8tPq_20mV@a.example.org");
  EXPECT_THAT(faults(report_on(with(fixture(Tier::production), "APP_MAIL_PASSWORD", "r4Xn-8tPq_20mV"), asked)), Contains("BLC-TIER-050 APP_MAIL_PASSWORD"));
  EXPECT_THAT(faults(report_on(with(fixture(Tier::production), "APP_MAIL_PASSWORD", "r4Xn-8tPq_20mW"), asked)), Not(Contains("BLC-TIER-050 APP_MAIL_PASSWORD")));
}

TEST(Report, TheWayHasNoShortCut) {
  auto asked = way_to(Tier::production);
  asked.from = Tier::development;
  const auto report = report_on(fixture(Tier::production), asked);
  EXPECT_THAT(faults(report), Contains("BLC-TIER-065 development to production"));
  EXPECT_FALSE(report.ready(false));
  for (const auto& each : report.findings) {
    if (each.rule == "BLC-TIER-065") { EXPECT_THAT(each.message, HasSubstr("skips integration and staging")); }
  }
}

// What rule BLC-TIER-066 says of production, where the ledger holds that of staging.
Finding evidence(std::optional<std::vector<Recorded>> recorded, Asked asked = {}) {
  asked.recorded = std::move(recorded);
  const auto report = report_on(fixture(asked.to), asked);
  const auto found = std::ranges::find(report.findings, "BLC-TIER-066", &Finding::rule);
  return found == report.findings.end() ? Finding{} : *found;
}

TEST(Report, EvidenceIsThePassedCheckOfTheSameConfigurationByTheSameRules) {
  const auto same = digest_of(configured(fixture(Tier::staging)), "APP_");
  const Recorded good{same, true, true, kToday, "ci"};
  const auto changed = [&](auto change) {
    auto recorded = good;
    change(recorded);
    return std::vector{recorded};
  };
  EXPECT_EQ(evidence(std::nullopt).status, Status::skip);
  EXPECT_EQ(evidence(std::vector{good}).status, Status::pass);
  const auto refused = [&](const std::vector<Recorded>& recorded, const std::string& why, const Asked& asked = {}) {
    const auto finding = evidence(recorded, asked);
    EXPECT_EQ(finding.status, Status::fail) << why;
    EXPECT_EQ(finding.subject, "staging");
    EXPECT_THAT(finding.message, HasSubstr(why));
  };
  refused({}, "has no recorded check of this configuration");
  refused(changed([](auto& each) { each.configuration = Digest{}; }), "has no recorded check of this configuration");
  refused(changed([](auto& each) { each.ready = false; }), "did not pass its last check");
  refused(changed([](auto& each) { each.same_rules = false; }), "by rules that have changed since");
  EXPECT_EQ(evidence(changed([](auto& each) { each.on = std::chrono::sys_days(kToday) - std::chrono::days(7); })).status, Status::pass);
  refused(changed([](auto& each) { each.on = std::chrono::sys_days(kToday) - std::chrono::days(8); }), "was checked 8 days ago, on 2026-11-18");
  // The last one counts, whichever way it went.
  auto failed = good;
  failed.ready = false;
  refused({failed, good}, "did not pass its last check");
  EXPECT_EQ(evidence(std::vector{good, failed}).status, Status::pass);
  // No waiver excuses it.
  refused({}, "has no recorded check", {.waivers = "waivers:\n  - {rule: BLC-TIER-066, subject: staging, reason: hurry, approved-by: ana, expires: 2099-01-01}\n"});
  EXPECT_EQ(evidence(std::vector{good}, {.from = Tier::production, .to = Tier::staging, .lower = fixture(Tier::production)}).status, Status::skip);
}

TEST(Report, GoingBackTellsWhatIsLost) {
  const auto report = report_on(fixture(Tier::integration), {.from = Tier::production, .to = Tier::integration, .lower = ""});
  EXPECT_TRUE(report.ready(false));
  for (const auto& each : report.findings) {
    if (each.rule == "BLC-TIER-065") { EXPECT_EQ(each.message, "Going back loses encryption, rate_limiting, monitoring, hipaa_compliance, batch_processing."); }
  }
}

constexpr const char* kWaiver = "waivers:\n  - {{rule: BLC-TIER-036, subject: APP_REDIS_URL, tiers: [production], reason: soon, approved-by: cleo, expires: {}}}";

TEST(Report, AWaiverExcusesUntilItsDay) {
  const auto text = with(fixture(Tier::production), "APP_REDIS_URL", "redis://cache.example.org");
  auto report = report_on(text, {.waivers = fmt::format(kWaiver, "2026-11-26")});
  EXPECT_THAT(faults(report), IsEmpty());
  EXPECT_EQ(report.summary().waived, 1U);
  report = report_on(text, {.waivers = fmt::format(kWaiver, "2026-11-25")});
  EXPECT_THAT(faults(report), testing::ElementsAre("BLC-TIER-036 APP_REDIS_URL", "BLC-TIER-090 BLC-TIER-036 APP_REDIS_URL"));
  report = report_on(fixture(Tier::production), {.waivers = fmt::format(kWaiver, "2026-12-01")});
  EXPECT_THAT(faults(report), testing::ElementsAre("BLC-TIER-091 BLC-TIER-036 APP_REDIS_URL"));
  EXPECT_TRUE(report.ready(false));
  EXPECT_FALSE(report.ready(true));
}

TEST(Report, AWaiverAsNewAsItsFaultIsFlagged) {
  const auto text = with(fixture(Tier::production), "APP_REDIS_URL", "redis://cache.example.org");
  Asked asked{.waivers = fmt::format(kWaiver, "2026-12-01"), .baseline = Baseline{}};
  EXPECT_THAT(faults(report_on(text, asked)), testing::ElementsAre("BLC-TIER-092 BLC-TIER-036 APP_REDIS_URL"));
  asked.baseline->emplace("BLC-TIER-036", "APP_REDIS_URL");
  EXPECT_THAT(faults(report_on(text, asked)), IsEmpty());
}

TEST(Report, BaselinesAreReportsOnly) {
  const auto read = read_baseline(R"({"format": "blc.tier-check/v1", "results": [{"rule": "A", "subject": "b", "status": "fail"}, {"rule": "C", "subject": "d", "status": "pass"}]})", "f");
  ASSERT_TRUE(read);
  EXPECT_EQ(*read, (Baseline{{"A", "b"}}));
  for (const auto* bad : {"", "{}", R"({"format": "blc.run/v1", "results": []})", R"({"format": "blc.tier-check/v1"})", "SECRET=x"}) {
    const auto refused = read_baseline(bad, "f");
    ASSERT_FALSE(refused) << bad;
    EXPECT_EQ(refused.error().code, Exit::usage);
  }
}

TEST(Report, DigestsTellConfigurationsApart) {
  const auto good = fixture(Tier::production);
  const auto digest = report_on(good).configuration;
  EXPECT_EQ(report_on(good).configuration, digest);
  EXPECT_EQ(report_on("# more\nOTHER=1\n" + good).configuration, digest);
  EXPECT_NE(report_on(with(good, "APP_WORKERS", "3")).configuration, digest);
  EXPECT_NE(report_on(with(good, "APP_WORKERS", "4")).configuration, report_on(with(good, "APP_WORKERS", "3")).configuration);
}

TEST(Report, FingerprintsLeaveTheLineOut) {
  Finding finding{"BLC-TIER-003", Family::present, Status::fail, "APP_VAULT_URL", {"a.env", 3}, "m", "r", ""};
  auto moved = finding;
  moved.origin.line = 9;
  moved.message = "other words";
  moved.origin.file = "./" + finding.origin.file;
  EXPECT_EQ(fingerprint(finding, "x.env", 0), fingerprint(moved, "x.env", 0));
  EXPECT_NE(fingerprint(finding, "x.env", 0), fingerprint(finding, "y.env", 0));
  EXPECT_NE(fingerprint(finding, "x.env", 0), fingerprint(finding, "x.env", 1));
  EXPECT_NE(fingerprint(finding, "x.env", 1), fingerprint(finding, "x.env", 2));
  moved.subject = "APP_REDIS_URL";
  EXPECT_NE(fingerprint(finding, "x.env", 0), fingerprint(moved, "x.env", 0));
}

}  // namespace
}  // namespace blc::tier
