// Every rule that is shipped, in each of its tiers: one configuration that it must catch, and one that it must not. A rule
// without such a case fails here.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <functional>
#include <map>
#include <string_view>

#include "unit/tier/sample.hpp"

namespace blc::tier {
namespace {

using testing::Contains;
using testing::IsEmpty;
using testing::Not;

struct Change {
  const char* rule = nullptr;
  const char* name = nullptr;   // of a setting; without the prefix, if it is in capitals
  const char* bad = nullptr;    // null: it is removed
  const char* good = nullptr;   // likewise
  const char* lower = nullptr;  // what it is in the tier that it comes from
  const char* tiers = "disp";   // by their first letters, of those that the rule has
};

// Changes of the sample application's configuration.
constexpr auto kChanges = std::to_array<Change>({
    {"BLC-TIER-011", "ENABLE_AUTHENTICATION", "tru", "YES"}, {"BLC-TIER-012", "ENABLE_ENCRYPTION", "0", "1"},
    {"BLC-TIER-013", "ENABLE_AUDIT_LOGGING", "no", "on"}, {"BLC-TIER-014", "ENABLE_RATE_LIMITING", "off", "true"},
    {"BLC-TIER-015", "ENABLE_MONITORING", "enabled", "true"}, {"BLC-TIER-016", "ENABLE_HIPAA_COMPLIANCE", "false", "true"},
    {"BLC-TIER-017", "ENABLE_X", "maybe", "false"}, {"BLC-TIER-018", "DATABASE_URL", "mysql://a.example.org/x", "postgresql+asyncpg://a.example.org/x"},
    {"BLC-TIER-019", "REDIS_URL", "memcached://a", "rediss://a"}, {"BLC-TIER-020", "VAULT_URL", "http://a", "https://a"},
    {"BLC-TIER-021", "SENTRY_DSN", "https://errors.example.org/42", "https://9c1e7b3f5a2d48069e8f7a6b5c4d3e21@errors.example.org/42"},
    {"BLC-TIER-022", "METRICS_PORT", "0", "9090"}, {"BLC-TIER-023", "SESSION_TIMEOUT_MINUTES", "1441", "1440"},
    {"BLC-TIER-024", "WORKERS", "2.5", "4"}, {"BLC-TIER-025", "JWT_SECRET", "hunter2", "Yt5bM2xKq8Wn4RzVh9LcPj3GsDf7Ae1V"},
    {"BLC-TIER-026", "MAIL_FROM", "<your address>", "desk@example.org"}, {"BLC-TIER-027", "MAIL_URL", "mail.example.org", "smtps://mail.example.org"},
    {"BLC-TIER-030", "CACHE_URL", "sqlite:///x", "rediss://x"}, {"BLC-TIER-031", "MAIL_HOST", "127.0.0.1:25", "mail.example.org:25"},
    {"BLC-TIER-032", "SQL_DEBUG", "yes", "no"}, {"BLC-TIER-033", "LLM_MOCK", "true", "false"},
    {"BLC-TIER-034", "DATABASE_URL", "postgresql://db.example.org/records?sslmode=disable", "postgresql://db.example.org/records?sslmode=require"},
    {"BLC-TIER-036", "REDIS_URL", "redis://a", "rediss://a"}, {"BLC-TIER-037", "GRAPHQL_URL", "http://a.example.org", "https://a.example.org"},
    {"BLC-TIER-038", "ENABLE_SWAGGER", "true", "false"}, {"BLC-TIER-039", "DOCS_URL", "https://a.example.org/docs", "none"},
    {"BLC-TIER-040", "CORS_ORIGINS", "*", "https://a.example.org"}, {"BLC-TIER-040", "ALLOWED_HOSTS", "a.example.org,0.0.0.0/0", "a.example.org,b.example.org"},
    {"BLC-TIER-040", "TRUSTED_HOSTS", "10.0.0.1, ::/0", "10.0.0.1, 10.0.0.0/8"}, {"BLC-TIER-040", "ALLOWED_HOSTS", ".example.org", "a.example.org"}, {"BLC-TIER-041", "ENABLE_BATCH_PROCESSING", "false", "true", nullptr, "sp"}, {"BLC-TIER-041", "ENABLE_MONITORING", "true", "false", nullptr, "di"},
    {"BLC-TIER-042", "BAA_LLM_EXPIRES", "2026-11-25", "2026-11-26"}, {"BLC-TIER-042", "BAA_LLM_DIGEST", "abc", "sha256:8f434346648f6b96df89dda901c5176b10a6d83961dd3c1ac88b59b2dc327aa4"},
    {"BLC-TIER-042", "PHI_SERVICES", "llm, sms", "llm"},
    {"BLC-TIER-043", "DEPLOYMENT_TIER", "staging", "prod", nullptr, "p"},
    {"BLC-TIER-043", "DEPLOYMENT_TIER", "production", "staging", nullptr, "s"}, {"BLC-TIER-043", "DEPLOYMENT_TIER", "staging", "integration", nullptr, "i"},
    {"BLC-TIER-043", "DEPLOYMENT_TIER", "integration", "dev", nullptr, "d"}, {"BLC-TIER-044", "IMAGE", "registry.example.org:5000/app", "registry.example.org:5000/app:1.2"},
    {"BLC-TIER-050", "MAIL_PASSWORD", "r4Xn-8tPq_20mVx", "r4Xn-8tPq_20mVy", "r4Xn-8tPq_20mVx"},
    {"BLC-TIER-051", "DATABASE_URL", "postgresql://b@db.staging.example.org:5432/staging_db", "postgresql://b@db.example.org:5432/staging_db", nullptr, "p"},
    {"BLC-TIER-052", "LDAP_URL", "ldaps://b:r4Xn-8tPq_20mV@a.example.org", "ldaps://b:r4Xn-8tPq_20mW@a.example.org", nullptr, "p"},
    {"BLC-TIER-052", "LDAP_URL", "ldaps://b:Hq7-wm2Qz_81cL@a.example.org", "ldaps://b:Hq7-wm2Qz_81cM@a.example.org", "ldaps://c:Hq7-wm2Qz_81cL@b.example.org"},
    {"BLC-TIER-053", "SENTRY_DSN", "https://2f8a1c9d4b7e60358f1d2c3b4a596877@errors.example.org/41", "https://3f8a1c9d4b7e60358f1d2c3b4a596877@errors.example.org/41",
     "https://2f8a1c9d4b7e60358f1d2c3b4a596877@errors.example.org/41"},
    {"BLC-TIER-054", "REDIS_URL", "rediss://cache.staging.example.org:6380", "rediss://cache.example.org:6380", nullptr, "p"},
    {"BLC-TIER-055", "DATABASE_URL", "postgresql://b@db.staging.example.org:5432/records", "postgresql://b@db.example.org:5432/records"},
    {"BLC-TIER-060", "SCHEMA_VERSION", "2026.11.1", "2026.11.2"}, {"BLC-TIER-061", "IMAGE_TAG", "2026.11.1", "2026.11.2", "2026.11.2"},
    {"BLC-TIER-113", "DB_ENGINE", "django.db.backends.sqlite3", "django.db.backends.postgresql"}, {"BLC-TIER-114", "REDIS_SSL", "false", "true"},
    {"BLC-TIER-115", "EVENTS", "mongodb://a.example.org/x?tls=false", "mongodb://a.example.org/x?tls=true"},
    {"BLC-TIER-072", "DATA_SOURCE", "synthetic", "records"}, {"BLC-TIER-073", "USE_SYNTHETIC_DATA", "true", "false"},
    {"BLC-TIER-025", "SECRET_KEY", "", "Yt5bM2xKq8Wn4RzVh9LcPj3GsDf7Ae1V"}, {"BLC-TIER-026", "CREDENTIALS", "user:pass", "desk:Yt5bM2xKq8Wn"},
    {"BLC-TIER-031", "DATABASE_URL", "postgresql://b@localhost./records", "postgresql://b@db.example.org./records"},
    {"BLC-TIER-031", "DATABASE_URL", "postgresql://b@db.example.org,localhost/records", "postgresql://b@a.example.org,b.example.org/records"},
    {"BLC-TIER-031", "DATABASE_URL", "postgresql://b@[::ffff:127.0.0.1]/records", "postgresql://b@[2001:db8::1]/records"},
    {"BLC-TIER-031", "DATABASE_URL", "postgresql://b@db.example.org/records?host=localhost", "postgresql://b@db.example.org/records?host=b.example.org"},
    {"BLC-TIER-031", "LLM_ENDPOINT", "https://localhost:1/", "https://llm.example.org/"}, {"BLC-TIER-031", "LLM_ENDPOINT", "https://2130706433/", "https://167772161/"},
    {"BLC-TIER-031", "BROKERS", "a.example.org:9092,localhost:9092", "a.example.org:9092,b.example.org:9092"},
    {"BLC-TIER-031", "SEARCH_NODES", "[\"https://a.example.org\", \"https://127.0.0.1:9200\"]", "[\"https://a.example.org\"]"},
    {"BLC-TIER-034", "READ_DATABASE_URI", "postgresql://db.example.org/x?sslmode=disable", "postgresql://db.example.org/x?sslmode=require"},
    {"BLC-TIER-051", "DB_URL", "postgresql://b@db1.example.org/x", "postgresql://b@db2.example.org/x", "postgresql://b@db1.example.org/x"},
    {"BLC-TIER-052", "MAIL_URI", "smtps://b:Kp3-vt6Rw_55nD@a.example.org", "smtps://b:Kp3-vt6Rw_55nE@a.example.org", "smtps://b:Kp3-vt6Rw_55nD@a.example.org"},
    {"BLC-TIER-028", "MAIL_URI", "smtps://b:ab@a.example.org", "smtps://b:Qw8rTz3Lm5Xp@a.example.org"}, {"BLC-TIER-028", "DB_PWD", "hunter2", "Qw8rTz3Lm5Xp"},
    {"BLC-TIER-050", "DB_PWD", "r4Xn-8tPq_20mVx", "r4Xn-8tPq_20mVy", "r4Xn-8tPq_20mVx"}, {"BLC-TIER-050", "JWT", "r4Xn-8tPq_20mVx", "r4Xn-8tPq_20mVy", "r4Xn-8tPq_20mVx"},
    {"BLC-TIER-050", "STRIPE_WEBHOOK_SECRET_V2", "r4Xn-8tPq_20mVx", "r4Xn-8tPq_20mVy", "r4Xn-8tPq_20mVx"}, {"BLC-TIER-050", "API_KEYS", "r4Xn-8tPq_20mVx", "r4Xn-8tPq_20mVy", "r4Xn-8tPq_20mVx"},
    {"BLC-TIER-050", "PRIVATE_KEY_PEM", "r4Xn-8tPq_20mVx", "r4Xn-8tPq_20mVy", "r4Xn-8tPq_20mVx"},
    {"BLC-TIER-053", "SENTRY_DSN_BACKUP", "https://2f8a1c9d4b7e60358f1d2c3b4a596877@errors.example.org/41", "https://3f8a1c9d4b7e60358f1d2c3b4a596877@errors.example.org/41",
     "https://2f8a1c9d4b7e60358f1d2c3b4a596877@errors.example.org/41"},
    {"BLC-TIER-030", "DATABASE", "sqlite:///x.db", "postgresql://a.example.org/x"}, {"BLC-TIER-031", "QUEUE_SERVER", "localhost", "queue.example.org"},
    {"BLC-TIER-037", "LAB_WEBHOOK", "http://lab.example.org/in", "https://lab.example.org/in"}, {"BLC-TIER-038", "DOCS_ENABLED", "true", "false"},
    {"BLC-TIER-042", "BAA_LLM_DIGEST", "sha256:0000000000000000000000000000000000000000000000000000000000000000", "sha256:8f434346648f6b96df89dda901c5176b10a6d83961dd3c1ac88b59b2dc327aa4"},
    {"BLC-TIER-044", "IMAGE", "registry.example.org/app:stable", "registry.example.org/app:1.2"}, {"BLC-TIER-048", "DB_SSLMODE", "disable", "verify-full"},
    {"BLC-TIER-049", "DB_SSLMODE", "prefer", "require"}, {"BLC-TIER-070", "READ_REPLICA_URL", "postgresql://b@db.prod.example.org/x", "postgresql://b@db.other.example.org/x"},
    {"BLC-TIER-070", "BACKUP_URI", "s3://prod-phi/x", "s3://made-up/x"}, {"BLC-TIER-110", "LOG_LEVEL", "DEBUG", "info"}, {"BLC-TIER-111", "LLM_PROVIDER", "mock", "azure"},
    {"BLC-TIER-112", "CORS_ALLOW_ALL", "true", "false"},
    {"BLC-TIER-046", "ENVIRONMENT", "dev", "live"}, {"BLC-TIER-046", "SENTRY_ENVIRONMENT", "Test", "live"}, {"BLC-TIER-047", "NODE_ENV", "staging", "production"},
    {"BLC-TIER-051", "DB_HOST", "db1.example.org", "db2.example.org", "db1.example.org"},
    {"BLC-TIER-053", "SENTRY_DSN", "https://2f8a1c9d4b7e60358f1d2c3b4a596877@errors.example.org/41", "https://3f8a1c9d4b7e60358f1d2c3b4a596877@errors.example.org/41",
     "https://2f8a1c9d4b7e60358f1d2c3b4a596877@errors.example.org/42"},
    {"BLC-TIER-034", "DATABASE_URL", "postgresql://db.example.org/records?sslmode=verify-full&sslmode=disable", "postgresql://db.example.org/records?sslmode=verify-full&sslmode=require"},
    {"BLC-TIER-037", "CELERY_BROKER_URL", "redis://a.example.org:6379/1", "rediss://a.example.org:6379/1"},
    {"BLC-TIER-037", "ALLOWED_ORIGINS", "https://a.example.org, http://b.example.org", "https://a.example.org, https://b.example.org"},
    {"BLC-TIER-037", "ALLOWED_ORIGINS", "[\"http://b.example.org\"]", "[\"https://b.example.org\"]"}, {"BLC-TIER-037", "LLM_ENDPOINT", "http://[2001:db8::1]/", "https://[2001:db8::1]/"},
    {"BLC-TIER-041", "ENABLE_BATCH_PROCESSING", "", "true", nullptr, "sp"},
    {"BLC-TIER-050", "STRIPE_KEY", "r4Xn-8tPq_20mVx", "r4Xn-8tPq_20mVy", "r4Xn-8tPq_20mVx"},
    {"BLC-TIER-051", "DATABASE_URL", "postgresql://b@db.example.org:5432/records/", "postgresql://b@db.example.org:5433/records/", "postgresql://b@db.example.org/records"},
    {"BLC-TIER-054", "REDIS_URL", "rediss://CACHE.staging.example.org./", "rediss://cache.staging.example.org/1", "rediss://cache.staging.example.org:6379"},
    {"BLC-TIER-060", "SCHEMA_VERSION", "", "2026.11.2"}, {"BLC-TIER-061", "IMAGE_TAG", "", "2026.11.2", "2026.11.2"},
    {"BLC-TIER-080", "DEBUG", "false\nAPP_DEBUG=false", "false"}, {"BLC-TIER-082", "MOTTO", "${NOWHERE}", "none of ${APP_DEBUG}"},
    {"BLC-TIER-028", "SMTP_PASSWORD", "Summer2026!", "Qw8rTz3Lm5Xp"}, {"BLC-TIER-028", "CI_TOKEN", "abcabcabcabcabcabc", "Qw8rTz3Lm5XpKc7Vb"}, {"BLC-TIER-028", "STRIPE_KEY", "", "rk9Qw8rTz3Lm5XpKc7Vb"},
    {"BLC-TIER-028", "PASSWORD", "hunter2", "Qw8rTz3Lm5Xp"}, {"BLC-TIER-025", "SECRET", "hunter2", "Yt5bM2xKq8Wn4RzVh9LcPj3GsDf7Ae1V"},
    {"BLC-TIER-026", "SECRET_KEY", "'${SECRET_KEY_OF_THE_APPLICATION}'", "Yt5bM2xKq8Wn4RzVh9LcPj3GsDf7Ae1V"},
    {"BLC-TIER-028", "LDAP_URL", "ldaps://b:ab@a.example.org", "ldaps://b@a.example.org"}, {"BLC-TIER-028", "LDAP_URL", "ldaps://b:ab@a.example.org", "ldaps://b:Qw8rTz3Lm5Xp@a.example.org"},
    {"BLC-TIER-042", "BAA_LLM_DIGEST", "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", "sha256:8f434346648f6b96df89dda901c5176b10a6d83961dd3c1ac88b59b2dc327aa4"},
    {"BLC-TIER-030", "SQLALCHEMY_DATABASE_URI", "sqlite:///x", "postgresql://a.example.org/x"}, {"BLC-TIER-032", "DEBUG_MODE", "true", "false"},
    {"BLC-TIER-033", "USE_MOCK_LLM", "true", "false"}, {"BLC-TIER-038", "ENABLE_API_DOCS", "true", "false"}, {"BLC-TIER-073", "MOCK_DATA", "true", "false"},
    {"BLC-TIER-034", "REPLICA_DATABASE_URL", "postgresql://db.example.org/x?sslmode=disable", "postgresql://db.example.org/x?sslmode=require"},
    {"BLC-TIER-050", "SECRET", "r4Xn-8tPq_20mVx", "r4Xn-8tPq_20mVy", "r4Xn-8tPq_20mVx"}, {"BLC-TIER-050", "PASSWORD", "r4Xn-8tPq_20mVx", "r4Xn-8tPq_20mVy", "r4Xn-8tPq_20mVx"},
    {"BLC-TIER-050", "TOKEN", "r4Xn-8tPq_20mVx", "r4Xn-8tPq_20mVy", "r4Xn-8tPq_20mVx"}, {"BLC-TIER-050", "DB_PASS", "r4Xn-8tPq_20mVx", "r4Xn-8tPq_20mVy", "r4Xn-8tPq_20mVx"},
    {"BLC-TIER-035", "DATABASE_URL", "postgresql://db.staging.example.org/x?sslmode=disable", "postgresql://db.staging.example.org/x?sslmode=prefer"},
    {"BLC-TIER-045", "ENABLE_AI_INFERENCE", nullptr, "true"}, {"BLC-TIER-045", "ENABLE_AUDIT_LOGGING", nullptr, "true", nullptr, "i"},
    {"BLC-TIER-070", "DATA_SOURCE", "phi", "synthetic"}, {"BLC-TIER-070", "DATABASE_URL", "postgresql://db.prod.example.org/x", "postgresql://db.other.example.org/product"},
    {"BLC-TIER-071", "USE_REAL_DATA", "true", "false"}, {"BLC-TIER-081", "app_debug", "false", nullptr}, {"BLC-TIER-081", "App_Debug", "false", nullptr}});

struct Case {
  std::string subject;
  std::string bad;
  std::string good;
  Asked asked_of_bad;
  Asked asked_of_good;
};

std::vector<Case> changes_for(const Rule& rule, Tier tier) {
  std::vector<Case> cases;
  for (const auto& [id, name, bad, good, lower, tiers] : kChanges) {
    if (rule.id != id || std::string_view(tiers).find(to_string(tier).front()) == std::string_view::npos) continue;
    const bool capitals = std::string_view(name).find_first_of("abcdefghijklmnopqrstuvwxyz") == std::string_view::npos;
    const auto setting = (capitals ? "APP_" : "") + std::string(name);
    const auto changed = [&](const char* value) { return with(fixture(tier), setting, value == nullptr ? std::optional<std::string>() : std::optional<std::string>(value)); };
    auto asked = way_to(tier);
    if (lower != nullptr) asked.lower = with(asked.lower, setting, lower);
    cases.push_back({setting, changed(bad), changed(good), asked, asked});
  }
  return cases;
}

Case case_of_present(const Rule& rule, Tier tier) {
  const auto name = "APP_" + rule.settings.front();
  return {name, with(fixture(tier), name, std::nullopt), fixture(tier), way_to(tier), way_to(tier)};
}

// Nothing lies below integration that could be left out.
Case case_of_the_way(Tier tier) {
  auto skipping = way_to(tier);
  if (skipping.from != Tier::development && tier != Tier::development) skipping.from = static_cast<Tier>(static_cast<int>(skipping.from) - 1);
  return {fmt::format("{} to {}", to_string(skipping.from), to_string(tier)), fixture(tier), fixture(tier), skipping, way_to(tier)};
}

Case case_of_evidence(Tier tier) {
  auto without = way_to(tier);
  without.recorded.emplace();
  auto with_it = way_to(tier);
  with_it.recorded = {Recorded{digest_of(configured(with_it.lower), "APP_"), true, true, kToday, "ci"}};
  return {std::string(to_string(without.from)), fixture(tier), fixture(tier), without, with_it};
}

// A waiver of BLC-TIER-017, which every tier has.
std::vector<Case> case_of_waivers(const Rule& rule, Tier tier) {
  const auto asked = [&](const char* until, const Baseline& baseline) {
    auto made = way_to(tier);
    made.waivers = fmt::format("waivers:\n  - {{rule: BLC-TIER-017, subject: APP_ENABLE_X, reason: soon, approved-by: cleo, expires: {}}}\n", until);
    made.baseline = baseline;
    return made;
  };
  const auto wrong = fixture(tier) + "APP_ENABLE_X=maybe\n";
  const Baseline known{.found = {{"BLC-TIER-017", "APP_ENABLE_X"}}, .rules = {{"BLC-TIER-017", rule_digest(shipped(), **shipped().rule("BLC-TIER-017")).tagged()}}};
  const auto good = asked("2026-11-26", known);
  const std::string subject = "BLC-TIER-017 APP_ENABLE_X";
  if (rule.id == "BLC-TIER-090") return {{subject, wrong, wrong, asked("2026-11-25", known), good}};
  if (rule.id == "BLC-TIER-091") return {{subject, fixture(tier), wrong, good, good}};
  if (rule.id == "BLC-TIER-092") return {{subject, wrong, wrong, asked("2026-11-26", {}), good}};
  if (rule.id == "BLC-TIER-093") return {{"BLC-TIER-999", wrong, wrong, asked("2026-11-26", {.found = known.found, .rules = {{"BLC-TIER-999", ""}}}), good}};
  return {};
}

std::vector<Case> case_of_probes(const Rule& rule, Tier tier) {
  const Probed well{.subject = "APP_BASE_URL",
                    .origin = {"x.env", 1},
                    .kept_from = "",
                    .over_tls = true,
                    .base = {.status = 200,
                             .headers = {{"strict-transport-security", "max-age=31536000"}, {"x-content-type-options", "nosniff"}, {"x-frame-options", "DENY"}},
                             .certificate_until = std::chrono::sys_days(kToday) + std::chrono::days(90)},
                    .health = {.status = 200, .headers = {}, .certificate_until = {}},
                    .accepts_older = false};
  const std::map<std::string_view, std::function<void(Probed&)>> kFaults{
      {"BLC-TIER-100", [](Probed& probed) { probed.kept_from = "names a host that the rules do not list"; }},
      {"BLC-TIER-101", [](Probed& probed) { probed.health.status = 503; }},
      {"BLC-TIER-102", [](Probed& probed) { probed.base.headers[0].second = "max-age=60"; }},
      {"BLC-TIER-103", [](Probed& probed) { probed.base.headers[1].second = "sniff"; }},
      {"BLC-TIER-104", [](Probed& probed) { probed.base.headers[2].second = "ALLOWALL"; }},
      {"BLC-TIER-105", [](Probed& probed) { probed.accepts_older = true; }},
      {"BLC-TIER-106", [](Probed& probed) { probed.base.fault = ports::WebAnswer::Fault::self_signed; }},
      {"BLC-TIER-107", [](Probed& probed) { probed.base.certificate_until = std::chrono::sys_days(kToday) + std::chrono::days(3); }}};
  const auto fault = kFaults.find(rule.id);
  if (fault == kFaults.end()) return {};
  auto bad = way_to(tier);
  bad.probed = well;
  auto good = bad;
  fault->second(*bad.probed);
  return {{"APP_BASE_URL", fixture(tier), fixture(tier), bad, good}};
}

std::vector<Case> cases_of(const Rule& rule, Tier tier) {
  if (rule.family == Family::present) return {case_of_present(rule, tier)};
  if (rule.id == "BLC-TIER-065") return {case_of_the_way(tier)};
  if (rule.id == "BLC-TIER-066") return {case_of_evidence(tier)};
  if (rule.family == Family::waiver) return case_of_waivers(rule, tier);
  if (rule.family == Family::probes) return case_of_probes(rule, tier);
  return changes_for(rule, tier);
}

bool passes(const Report& report, const std::string& rule) {
  bool passed = false;
  for (const auto& each : report.findings) {
    if (each.rule == rule && each.status != Status::pass) return false;
    passed = passed || each.rule == rule;
  }
  return passed;
}

TEST(EveryRule, HasACaseInEachTierThatItCatchesAndOneThatItDoesNot) {
  for (const auto& rule : shipped().rules) {
    for (const auto tier : rule.tiers) {
      const auto cases = cases_of(rule, tier);
      EXPECT_THAT(cases, Not(IsEmpty())) << "no case of " << rule.id << " in " << to_string(tier);
      for (const auto& each : cases) {
        const auto where = fmt::format("{} {} in {}", rule.id, each.subject, to_string(tier));
        const bool nothing_to_skip = rule.id == "BLC-TIER-065" && tier <= Tier::integration;
        if (!nothing_to_skip) { EXPECT_THAT(faults(report_on(each.bad, each.asked_of_bad)), Contains(rule.id + " " + each.subject)) << where; }
        EXPECT_TRUE(passes(report_on(each.good, each.asked_of_good), rule.id)) << where;
      }
    }
  }
}

TEST(EveryRule, IsLookedForByItsId) {
  for (const auto family : {Family::typed, Family::sane, Family::same, Family::waiver, Family::probes}) {
    Rule added;
    added.id = "BLC-TIER-999";
    added.family = family;
    EXPECT_THAT(cases_of(added, Tier::production), IsEmpty()) << to_string(family);
  }
}

TEST(EveryRule, OfSecretsLeavesOutWhatOnlySoundsLikeOne) {
  const auto good = fixture(Tier::production) + "APP_SSO_PUBLIC_KEY=abc\nAPP_STRIPE_PUBLISHABLE_KEY=abc\nAPP_AWS_ACCESS_KEY_ID=abc\nAPP_ENABLE_API_KEY=true\nAPP_ACCESS_TOKEN_EXPIRE_MINUTES=30\n";
  auto asked = way_to(Tier::production);
  asked.lower += "APP_SSO_PUBLIC_KEY=Qw8rTz3Lm5XpKc7VbHn2\n";
  EXPECT_THAT(faults(report_on(good, asked)), IsEmpty());
  EXPECT_THAT(faults(report_on(with(good, "APP_SSO_PUBLIC_KEY", "Qw8rTz3Lm5XpKc7VbHn2"), asked)), IsEmpty());
  // Each is told of once.
  EXPECT_THAT(faults(report_on(good + "APP_API_SECRET_KEY=hunter22\n", asked)), testing::ElementsAre("BLC-TIER-025 APP_API_SECRET_KEY"));
}

}  // namespace
}  // namespace blc::tier
