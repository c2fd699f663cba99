#include "core/tier/report.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/tier/sample.hpp"

namespace blc::tier {
namespace {

using namespace std::chrono_literals;
using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

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
  configuration.unseen_source({"Secret t", {"k.yaml", 8}, "APP_DB_"});
  configuration.unseen_source({"Secret s", {"k.yaml", 9}, ""});
  EXPECT_EQ(told(Status::fail), "");
  EXPECT_EQ(told(Status::warn), "BLC-TIER-042 APP_BAA_LLM_DIGEST may come from the Secret s, which was not given\n"
                                "BLC-TIER-042 APP_PHI_SERVICES names a service whose agreement may come from the Secret s, which was not given\n"
                                "BLC-TIER-061 APP_WEB_IMAGE may come from the Secret s, which was not given\n");
}

// A service that nobody sees is one, and a switch that nobody sees is not on.
TEST(Report, WhatIsUnseenIsNotTakenForGranted) {
  auto configuration = configured(with(with(fixture(Tier::production), "APP_BAA_LLM_DIGEST", std::nullopt), "APP_BAA_LLM_EXPIRES", std::nullopt));
  for (const auto* name : {"APP_LLM_URL", "APP_ENABLE_ENCRYPTION", "APP_PHI_SERVICES"}) configuration.set(name, std::nullopt, {"k.yaml", 3});
  const auto salt = Secret::copy("salt");
  const auto report = validate({.rules = shipped(), .waivers = {}, .from = Tier::staging, .to = Tier::production, .configuration = configuration, .lower = nullptr, .place = "x.env", .today = kToday, .salt = salt});
  EXPECT_THAT(faults(report), testing::ElementsAre("BLC-TIER-012 APP_ENABLE_ENCRYPTION", "BLC-TIER-042 APP_BAA_LLM_DIGEST", "BLC-TIER-042 APP_BAA_LLM_EXPIRES", "BLC-TIER-042 APP_PHI_SERVICES"));
  EXPECT_EQ(report.summary().failed, 2U);
  EXPECT_EQ(report.summary().warnings, 2U);
  configuration.set("APP_VAULT_URL", std::nullopt, {"k.yaml", 3});
  const auto again = validate({.rules = shipped(), .waivers = {}, .from = Tier::staging, .to = Tier::production, .configuration = configuration, .lower = nullptr, .place = "x.env", .today = kToday, .salt = salt});
  const auto vault = std::ranges::find(again.findings, "BLC-TIER-020", &Finding::rule);
  ASSERT_NE(vault, again.findings.end());
  EXPECT_EQ(vault->message, "what is set of it cannot be seen here");
}

TEST(Report, WhatIsGivenAsTheTierBelowIsOfThatTier) {
  Asked asked;
  asked.lower = fixture(Tier::development);
  EXPECT_THAT(faults(report_on(fixture(Tier::production), asked)), testing::ElementsAre("BLC-TIER-065 APP_DEPLOYMENT_TIER"));
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

// Whatever it is called there, and however it is written.
TEST(Report, ASecretBelowIsNoneAboveHoweverItIsWritten) {
  Asked asked;
  asked.lower = with(with(with(asked.lower, "APP_JWT_SECRET", "r4Xn-8tPq_20mV-77aQ"), "APP_LDAP_URL", "ldaps://b:q9Zn%408tPq%5F20mV@a.example.org"),
                     "APP_DATABASE_URL", "postgresql://app:x7Kd-02mQ-55pLw@db.example.org/app?sslmode=require");
  const auto above = [&](const std::string& name, const std::string& value) { return faults(report_on(with(fixture(Tier::production), name, value), asked)); };
  EXPECT_THAT(above("APP_API_SECRET", "\"r4Xn-8tPq_20mV-77aQ \""), Contains("BLC-TIER-050 APP_API_SECRET"));
  EXPECT_THAT(above("APP_LDAP_URL", "ldaps://b:r4Xn-8tPq_20mV-77aQ@c.example.org"), Contains("BLC-TIER-052 APP_LDAP_URL"));
  EXPECT_THAT(above("APP_LDAP_URL", "ldaps://b:q9Zn%408tPq_20mV@c.example.org"), Contains("BLC-TIER-052 APP_LDAP_URL"));
  EXPECT_THAT(above("APP_LDAP_URL", "ldaps://b:another-8tPq_20mV@c.example.org"), Not(Contains("BLC-TIER-052 APP_LDAP_URL")));
  EXPECT_THAT(above("APP_DATABASE_URL", "postgresql://app:k2Jd-92mQ-55pLw@db2.example.org/x?sslmode=require&host=db.example.org&dbname=%61pp"),
              Contains("BLC-TIER-051 APP_DATABASE_URL"));
}

TEST(Report, TheWayHasNoShortCut) {
  auto asked = way_to(Tier::production);
  asked.from = Tier::development;
  asked.lower = fixture(Tier::development);
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
  asked.baseline->found.emplace("BLC-TIER-036", "APP_REDIS_URL");
  EXPECT_THAT(faults(report_on(text, asked)), IsEmpty());
}

TEST(Report, ARuleThatIsGoneIsFlagged) {
  Asked asked{.baseline = Baseline{}};
  const auto digest = [](const char* id) { return rule_digest(shipped(), **shipped().rule(id)).tagged(); };
  const auto nothing_known = report_on(fixture(Tier::production), asked);
  EXPECT_EQ(std::ranges::find(nothing_known.findings, "BLC-TIER-093", &Finding::rule)->status, Status::skip);
  asked.baseline->rules = {{"BLC-TIER-001", digest("BLC-TIER-001")}, {"BLC-TIER-036", digest("BLC-TIER-036")}};
  EXPECT_THAT(faults(report_on(fixture(Tier::production), asked)), IsEmpty());
  // No rule of that ID, one that another tier has, and one that asked something else.
  asked.baseline->rules = {{"BLC-TIER-001", digest("BLC-TIER-002")}, {"BLC-TIER-035", digest("BLC-TIER-035")}, {"BLC-TIER-999", ""}};
  EXPECT_THAT(faults(report_on(fixture(Tier::production), asked)), testing::ElementsAre("BLC-TIER-093 BLC-TIER-001", "BLC-TIER-093 BLC-TIER-035", "BLC-TIER-093 BLC-TIER-999"));
}

TEST(Report, WhatARuleAsksHasADigest) {
  auto rules = shipped();
  const auto digest = [&](const char* id) { return rule_digest(rules, **rules.rule(id)); };
  const auto before = std::map<std::string, Digest>{{"BLC-TIER-034", digest("BLC-TIER-034")}, {"BLC-TIER-041", digest("BLC-TIER-041")}, {"BLC-TIER-100", digest("BLC-TIER-100")}};
  auto& rule = *std::ranges::find(rules.rules, "BLC-TIER-034", &Rule::id);
  const auto was = rule;
  rule.message = rule.remedy = "other words";
  rule.line = 1;
  EXPECT_EQ(digest("BLC-TIER-034"), before.at("BLC-TIER-034"));
  const std::vector<std::function<void()>> changes{[&] { rule.severity = Severity::warning; }, [&] { rule.tiers.erase(Tier::production); }, [&] { rule.settings.pop_back(); },
                                                   [&] { rule.except.emplace_back("X"); }, [&] { rule.words.emplace_back("allow"); }, [&] { rule.parameters.pop_back(); },
                                                   [&] { rule.required = false; }, [&] { rule.least = 1; }, [&] { rule.most = 1; }, [&] { rule.list = "X"; },
                                                   [&] { rule.check = Check::url; }, [&] { rule.family = Family::data; }};
  for (const auto& change : changes) {
    change();
    EXPECT_NE(digest("BLC-TIER-034"), before.at("BLC-TIER-034"));
    rule = was;
  }
  rules.features.front().tiers.clear();
  EXPECT_NE(digest("BLC-TIER-041"), before.at("BLC-TIER-041"));
  rules.probes->hosts[Tier::production].emplace_back("a.example.org");
  EXPECT_NE(digest("BLC-TIER-100"), before.at("BLC-TIER-100"));
  rules.prefix = "MY_";
  EXPECT_NE(digest("BLC-TIER-034"), before.at("BLC-TIER-034"));
}

// What frameworks call their settings: each makes the sample application not ready, by that rule.
TEST(Report, KnowsTheNamesOfFrameworks) {
  const std::vector<std::pair<const char*, const char*>> lines{
      {"APP_DJANGO_ALLOWED_HOSTS=*", "040"}, {"APP_ALLOWED_ORIGIN=*", "040"}, {"APP_CORS=*", "040"},
      {"APP_DB_ENGINE=django.db.backends.sqlite3", "113"}, {"APP_DB_ADAPTER=sqlite3", "113"}, {"APP_PGHOST=localhost", "031"},
      {"APP_MOCK=true", "033"}, {"APP_USE_MOCKS=true", "033"}, {"APP_MOCK_LLM=true", "033"},
      {"APP_DEBUG_ENABLED=true", "032"}, {"APP_DEBUG_TOOLBAR=true", "032"},
      {"APP_SWAGGER=true", "038"}, {"APP_ENABLE_SWAGGER_UI=true", "038"}, {"APP_API_DOCS=1", "038"},
      {"APP_DB_SSL=false", "114"}, {"APP_NODE_TLS_REJECT_UNAUTHORIZED=0", "114"},
      {"APP_REPORTS=postgresql://b@db.example.org/reports", "034"}, {"APP_JAVA_URL=jdbc:postgresql://db.example.org/reports?sslmode=disable", "034"},
      {"APP_ASYNC_URL=postgresql+asyncpg://db.example.org/reports?ssl=disable", "034"},
      {"APP_REPLICA=postgresql://app:Zq7-kd9Xw_35bQ@localhost/records?sslmode=verify-full", "031"}, {"APP_REPLICA=postgresql://app:abc@db3.example.org/records?sslmode=verify-full", "028"},
      {"APP_JDBC=jdbc:mysql://db.example.org/x?useSSL=false", "115"}, {"APP_SECRET_KEY_BASE=abc", "025"}, {"APP_SPRING_PROFILES_ACTIVE=dev", "046"}, {"APP_LOGGING_LEVEL_ROOT=DEBUG", "110"},
      {"APP_SPRING_H2_CONSOLE_ENABLED=true", "032"}, {"APP_SPRINGDOC_SWAGGER_UI_ENABLED=true", "038"}, {"APP_MANAGEMENT_ENDPOINTS_WEB_EXPOSURE_INCLUDE=*", "040"},
      {"APP_CORS_ORIGIN=http://app.example.org", "037"}, {"APP_DB_REJECT_UNAUTHORIZED=false", "114"}, {"APP_FORCE_SSL=false", "114"}, {"APP_SESSION_COOKIE_SECURE=False", "114"},
      {"APP_DISABLE_AUTH=true", "112"}, {"APP_SECRET_KEY=django-insecure-4k2m9w9zq7xv0pr8ty3u5i6o", "026"}};
  for (const auto& [line, rule] : lines)
    EXPECT_THAT(faults(report_on(fixture(Tier::production) + line + "\n")), testing::Contains(testing::StartsWith(std::string("BLC-TIER-") + rule + " "))) << line;
}

// And these are as they should be in production, and may be the same in staging.
TEST(Report, RaisesNoFalseAlarms) {
  for (const auto* line : {"APP_STATIC_URL=/static/", "APP_LOGIN_URL=/accounts/login/", "APP_CDN_URL=//cdn.example.org", "APP_SESSION_COOKIE_SAMESITE=None",
                           "APP_CELERY_DEFAULT_QUEUE=default", "APP_GRANT_TYPE=password", "APP_SENTRY_DSN_FILE=/run/secrets/sentry_dsn",
                           "APP_GOOGLE_APPLICATION_CREDENTIALS=/var/secrets/google/key.json", "APP_TLS_KEY=/etc/tls/private/tls.key", "APP_CA_PEM=/etc/tls/ca.pem",
                           "APP_API_KEY_HEADER=X-API-Key-Header", "APP_PASSWORD_HASHER=argon2id-argon", "APP_SECRET_MANAGER=aws-secretsmanager",
                           "APP_ROUTING_KEY=records.new", "APP_FOREIGN_KEY=user_id", "APP_PRIMARY_KEY=id", "APP_BIND_HOST=0.0.0.0", "APP_LISTEN_HOST=0.0.0.0",
                           "APP_USE_CASE=clinic", "APP_ENABLE_FEATURES=search,billing", "APP_EMAIL_USE_SSL=false", "APP_DB_SSL=require", "APP_CORS_ALLOW_HEADERS=*", "APP_CORS_ALLOW_METHODS=*", "APP_MAIL_URL=smtp+tls://mail.example.org", "APP_EVENTS=mongodb://events.example.org/events-prod"}) {
    Asked asked;
    asked.lower += std::string(line) + "\n";
    if (std::string_view(line).starts_with("APP_EVENTS")) asked.lower = fixture(Tier::staging);
    EXPECT_THAT(faults(report_on(fixture(Tier::production) + line + "\n", asked)), IsEmpty()) << line;
  }
  const auto asyncpg = with(fixture(Tier::production), "APP_DATABASE_URL", "postgresql+asyncpg://b:Zk3-pw9Qr_71dM@db.example.org:5432/records?ssl=require");
  EXPECT_THAT(faults(report_on(asyncpg)), IsEmpty());
}

TEST(Report, BaselinesAreReportsOnly) {
  const auto read = read_baseline(R"({"format": "blc.tier-check/v1", "results": [{"rule": "A", "subject": "b", "status": "fail"}, {"rule": "C", "subject": "d", "status": "pass"}], "asked": {"A": "x"}})", "f", Tier::staging);
  ASSERT_TRUE(read);
  EXPECT_EQ(*read, (Baseline{.found = {{"A", "b"}}, .rules = {{"A", "x"}}}));
  for (const auto* bad : {"", "{}", R"({"format": "blc.run/v1", "results": []})", R"({"format": "blc.tier-check/v1"})", "SECRET=x",
                          R"({"format": "blc.tier-check/v1", "results": [], "to": "integration"})", R"({"format": "blc.tier-check/v1", "results": [1]})",
                          R"({"format": "blc.tier-check/v1", "results": [{"rule": "A"}]})", R"({"format": "blc.tier-check/v1", "results": [{"rule": 3, "status": "fail"}]})",
                          R"({"format": "blc.tier-check/v1", "results": [], "asked": ["A"]})"}) {
    const auto refused = read_baseline(bad, "f", Tier::staging);
    ASSERT_FALSE(refused) << bad;
    EXPECT_EQ(refused.error().code, Exit::usage);
  }
  EXPECT_TRUE(read_baseline(R"({"format": "blc.tier-check/v1", "results": [], "to": "staging"})", "f", Tier::staging));
}

TEST(Report, DigestsTellConfigurationsApart) {
  const auto good = fixture(Tier::production);
  const auto digest = report_on(good).configuration;
  EXPECT_EQ(report_on(good).configuration, digest);
  EXPECT_EQ(report_on("# more\nOTHER=1\n" + good).configuration, digest);
  EXPECT_NE(report_on(with(good, "APP_WORKERS", "3")).configuration, digest);
  EXPECT_NE(report_on(with(good, "APP_WORKERS", "4")).configuration, report_on(with(good, "APP_WORKERS", "3")).configuration);
}

TEST(Report, DigestsTellImagesApart) {
  const auto digest = [](std::optional<std::string_view> image) {
    Configuration configuration;
    if (image) configuration.set_image(Secret::copy(*image), {});
    return digest_of(configuration, "APP_").hex();
  };
  EXPECT_NE(digest("app:1"), digest("app:2"));
  EXPECT_NE(digest("app:1"), digest(std::nullopt));
  Configuration unseen;
  unseen.set_image(std::nullopt, {});
  EXPECT_NE(digest_of(unseen, "APP_").hex(), digest(std::nullopt));
}

TEST(Report, ADatabaseMayBeNamedByPieces) {
  const auto shared = [](const std::string& upper, const std::string& below) {
    auto asked = way_to(Tier::production);
    asked.lower += below;
    return faults(report_on(fixture(Tier::production) + upper, asked));
  };
  const std::string whole = "APP_DB_HOST=db1.example.org\nAPP_DB_PORT=5432\nAPP_DB_NAME=records\n";
  EXPECT_THAT(shared(whole, whole), testing::ElementsAre("BLC-TIER-051 APP_DB_HOST"));
  EXPECT_THAT(shared("APP_DB_HOST=DB1.example.org\n", "APP_DB_HOST=db1.example.org\n"), testing::ElementsAre("BLC-TIER-051 APP_DB_HOST"));
  EXPECT_THAT(shared("APP_PGHOST=db1.example.org\nAPP_PGDATABASE=a\n", "APP_PGHOST=db1.example.org\nAPP_PGDATABASE=a\n"), testing::ElementsAre("BLC-TIER-051 APP_PGHOST"));
  EXPECT_THAT(shared(whole, "APP_DB_HOST=db1.example.org\nAPP_DB_PORT=5432\nAPP_DB_NAME=staging\n"), testing::IsEmpty());
  EXPECT_THAT(shared(whole, "APP_DB_HOST=db2.example.org\nAPP_DB_PORT=5432\nAPP_DB_NAME=records\n"), testing::IsEmpty());
  EXPECT_THAT(shared(whole, "APP_DB_HOST=db1.example.org\nAPP_DB_PORT=5433\nAPP_DB_NAME=records\n"), testing::IsEmpty());
}

TEST(Report, FingerprintsLeaveTheLineOut) {
  const Finding finding{"BLC-TIER-003", Family::present, Status::fail, "APP_VAULT_URL", {"a.env", 3}, "m", "r", ""};
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
