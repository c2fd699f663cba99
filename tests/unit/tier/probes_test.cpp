#include "core/tier/probes.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/tier/report.hpp"
#include "core/tier/web_headers.hpp"

namespace blc::tier {
namespace {

using namespace std::chrono_literals;
using ports::TlsVersion;
using ports::WebAnswer;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using Fault = WebAnswer::Fault;

constexpr auto kToday = 2026y / 11 / 26;
const WebAnswer::Headers kCareful{{"strict-transport-security", "max-age=31536000"}, {"x-content-type-options", "nosniff"}, {"x-frame-options", "DENY"}};

// What it is told to answer, and what it was asked.
struct FakeWeb : ports::Web {
  std::map<std::string, WebAnswer> answers;
  WebAnswer otherwise{.status = 200, .headers = kCareful, .certificate_until = std::chrono::sys_days(2027y / 1 / 1)};
  std::optional<bool> older = false;
  std::optional<Error> error;
  std::vector<std::string> asked{};

  Result<WebAnswer> get(const std::string& url, TlsVersion least) override {
    asked.push_back(fmt::format("{} {}", least == TlsVersion::v1_3 ? "1.3" : "1.2", url));
    if (error) return std::unexpected(*error);
    const auto found = answers.find(url);
    return found == answers.end() ? otherwise : found->second;
  }
  Result<std::optional<bool>> accepts_older(const std::string& url, TlsVersion than) override {
    asked.push_back(fmt::format("<{} {}", than == TlsVersion::v1_3 ? "1.3" : "1.2", url));
    return older;
  }
};

const std::string kProbes =
    "probes: {setting: BASE_URL, health: /health, tls: 1.2, certificate-days: 21, hsts-seconds: 1000, hosts: {development: [\"localhost:8000\"], production: [app.example.org, "
    "\"app.example.org:8443\"]}}\n";

std::string rules_text(const std::string& probes = kProbes) {
  std::string text = "prefix: APP_\nfeatures: {}\n" + probes + "rules:\n";
  int id = 100;
  for (const auto* check : {"listed", "healthy", "hsts", "no-sniffing", "no-framing", "tls", "certificate", "lasting"})
    text += fmt::format("  - {{id: BLC-TIER-{}, family: probes, check: {}, tiers: [development, production], message: M., remedy: \"mend {{setting}}\"}}\n", id++, check);
  return text + "  - {id: BLC-TIER-110, family: waiver, check: used, severity: warning, tiers: [production], message: M., remedy: r}\n";
}

Rules rules_of(const std::string& text = rules_text()) {
  auto rules = Rules::load(text, "t.yaml");
  if (!rules) throw std::runtime_error(rules.error().message);
  return *std::move(rules);
}

Configuration with_url(const std::string& url) {
  Configuration configuration;
  configuration.set("APP_BASE_URL", Secret::copy(url), {"x.env", 7});
  return configuration;
}

Report report_on(const Rules& rules, const Configuration& configuration, Tier to, std::optional<Probed> probed, const std::string& waived = "[]") {
  const auto waivers = Waivers::load("waivers: " + waived, "w.yaml", rules);
  if (!waivers) throw std::runtime_error(waivers.error().message);
  const auto salt = Secret::copy("salt");
  Question question{.rules = rules, .waivers = *waivers, .from = Tier::staging, .to = to, .configuration = configuration, .place = "x.env", .today = kToday, .salt = salt};
  question.probed = std::move(probed);
  return validate(question);
}

// "101 answers /health with 500", of those that did not pass.
std::vector<std::string> faults(FakeWeb& web, const std::string& url = "https://app.example.org", Tier to = Tier::production, const Rules& rules = rules_of()) {
  const auto configuration = with_url(url);
  auto probed = probe(rules, configuration, to, "x.env", web);
  if (!probed) throw std::runtime_error(probed.error().message);
  std::vector<std::string> found;
  for (const auto& each : report_on(rules, configuration, to, *std::move(probed)).findings) {
    if (each.status != Status::pass && each.status != Status::skip) found.push_back(each.rule.substr(9) + " " + each.message.substr(0, each.message.size() - 4));
  }
  return found;
}

std::vector<std::string> faults_when(const WebAnswer& answer, bool older = false) {
  FakeWeb web;
  web.otherwise = answer;
  web.older = older;
  return faults(web);
}

TEST(Probes, AskTheBaseTheHealthAndOlderTls) {
  FakeWeb web;
  EXPECT_THAT(faults(web), IsEmpty());
  EXPECT_THAT(web.asked, ElementsAre("1.2 https://app.example.org/", "1.2 https://app.example.org/health", "<1.2 https://app.example.org/"));
  web.asked.clear();
  EXPECT_THAT(faults(web, "HTTPS://App.Example.org:8443/clinic/"), IsEmpty());
  EXPECT_THAT(web.asked, ElementsAre("1.2 https://app.example.org:8443/clinic/", "1.2 https://app.example.org:8443/clinic/health", "<1.2 https://app.example.org:8443/clinic/"));
}

TEST(Probes, AskNobodyWhoIsNotListed) {
  const std::vector<std::pair<const char*, const char*>> kBad{
      {"https://other.example.org", "names a host that the rules do not list for production"}, {"https://app.example.org:444", "names a host"}, {"https://localhost:8000", "names a host"},
      {"https://app.example.org.", "names a host"}, {"https://xapp.example.org", "names a host"}, {"http://app.example.org", "is no https address"},
      {"ftp://app.example.org", "is no https address"}, {"https+x://app.example.org", "is no URL"}, {"https://ana:pw@app.example.org", "holds a user name"},
      {"https://app.example.org/@other.example.org", "holds a user name"}, {"https://@app.example.org", "holds a user name"}, {"https://app.example.org\\x", "names a host"},
      {"https://app.example.org/\\x", "is no URL"}, {"https://app.example.org/a b", "is no URL"}, {"https://app.example.org/?a", "holds more"}, {"https://app.example.org/#a", "holds more"},
      {"app.example.org", "is no URL"}, {"https://", "is no URL"}, {"", "is empty"}};
  for (const auto& [url, why] : kBad) {
    FakeWeb web;
    const auto found = faults(web, url);
    ASSERT_EQ(found.size(), 8U) << url;
    EXPECT_THAT(found.front(), HasSubstr(std::string("100 ") + why)) << url;
    EXPECT_EQ(found.back(), "107 was not asked") << url;
    EXPECT_THAT(web.asked, IsEmpty()) << url;
  }
}

TEST(Probes, AskNobodyWhereNothingIsKnown) {
  const auto rules = rules_of();
  FakeWeb web;
  Configuration none;
  EXPECT_EQ(probe(rules, none, Tier::production, "x.env", web)->kept_from, "is not set");
  EXPECT_EQ(probe(rules, none, Tier::production, "x.env", web)->origin.file, "x.env");
  none.unseen_source({"Secret t", {"k.yaml", 2}, "APP_DB_"});
  none.unseen_source({"Secret s", {"k.yaml", 3}, ""});
  EXPECT_EQ(probe(rules, none, Tier::production, "x.env", web)->kept_from, "may come from the Secret s, which was not given");
  none.set("APP_BASE_URL", std::nullopt, {"k.yaml", 4});
  EXPECT_EQ(probe(rules, none, Tier::production, "x.env", web)->kept_from, "comes from a secret that was not given");
  EXPECT_THAT(web.asked, IsEmpty());
  // Staging lists no host at all.
  EXPECT_THAT(probe(rules, with_url("https://app.example.org"), Tier::staging, "x.env", web)->kept_from, HasSubstr("do not list for staging"));
  const auto without = rules_of("prefix: APP_\nfeatures: {}\nrules: [{id: BLC-TIER-001, family: present, tiers: [production], settings: [A], message: m, remedy: r}]");
  const auto refused = probe(without, with_url("https://app.example.org"), Tier::production, "x.env", web);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Exit::usage);
  EXPECT_THAT(web.asked, IsEmpty());
}

TEST(Probes, PlainHttpIsForDevelopment) {
  FakeWeb web;
  EXPECT_THAT(faults(web, "http://localhost:8000", Tier::development), ElementsAre("105 is asked without TLS", "106 is asked without TLS", "107 is asked without TLS"));
  EXPECT_THAT(web.asked, ElementsAre("1.2 http://localhost:8000/", "1.2 http://localhost:8000/health"));
}

TEST(Probes, WithoutAPortThereIsNoReport) {
  FakeWeb web;
  web.error = Error{Exit::usage, "no libcurl", "install it"};
  const auto refused = probe(rules_of(), with_url("https://app.example.org"), Tier::production, "x.env", web);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message, "no libcurl");
}

TEST(Probes, JudgeHealthByItsStatus) {
  for (const long status : {200L, 204L, 299L}) {
    FakeWeb web;
    web.answers["https://app.example.org/health"] = {.status = status, .headers = {}, .certificate_until = {}};
    EXPECT_THAT(faults(web), IsEmpty()) << status;
  }
  for (const auto& [status, words] : std::map<long, std::string>{{300, "300, a redirect, which is not followed"}, {302, "302, a redirect, which is not followed"}, {404, "404"}, {503, "503"}}) {
    FakeWeb web;
    web.answers["https://app.example.org/health"] = {.status = status, .headers = {}, .certificate_until = {}};
    EXPECT_THAT(faults(web), ElementsAre("101 answers /health with " + words));
  }
  FakeWeb web;
  web.answers["https://app.example.org/health"] = {.fault = Fault::too_long, .status = 200, .headers = {}, .certificate_until = {}};
  EXPECT_THAT(faults(web), ElementsAre("101 answers beyond measure"));
  web.answers["https://app.example.org/health"].fault = Fault::late;
  EXPECT_THAT(faults(web), ElementsAre("101 does not answer in time"));
  // The headers are those of the base URL, however it answers.
  web.answers.clear();
  web.answers["https://app.example.org/"] = {.fault = Fault::too_long, .status = 404, .headers = {}, .certificate_until = std::chrono::sys_days(2027y / 1 / 1)};
  EXPECT_THAT(faults(web), ElementsAre("102 sends no valid Strict-Transport-Security", "103 sends no X-Content-Type-Options: nosniff", "104 sends neither frame-ancestors of hosts nor X-Frame-Options"));
}

TEST(Probes, WhatCouldNotBeSeenHasFailed) {
  for (const auto& [fault, words] : std::map<Fault, std::string>{{Fault::unresolved, "names a host that cannot be found"}, {Fault::unreachable, "lets nobody connect"},
                                                                  {Fault::late, "does not answer in time"}, {Fault::no_http, "answers with something else than HTTP"}}) {
    const auto unseen = " was not seen, as it " + words;
    EXPECT_THAT(faults_when({.fault = fault, .headers = {}, .certificate_until = {}}), ElementsAre("101 " + words, "102" + unseen, "103" + unseen, "104" + unseen, "105" + unseen, "106" + unseen, "107" + unseen));
  }
}

TEST(Probes, ACertificateThatFailsKeepsTheRestFromBeingAsked) {
  for (const auto fault : {Fault::expired, Fault::not_yet_valid, Fault::self_signed, Fault::other_host, Fault::untrusted}) {
    FakeWeb web;
    web.otherwise = {.fault = fault, .headers = {}, .certificate_until = {}};
    const auto found = faults(web);
    EXPECT_THAT(web.asked, ElementsAre("1.2 https://app.example.org/", "<1.2 https://app.example.org/"));
    ASSERT_EQ(found.size(), 6U);
    EXPECT_THAT(found[0], HasSubstr("101 was not asked, as it has a certificate"));
    EXPECT_THAT(found[4], HasSubstr("106 has a certificate"));
    EXPECT_THAT(found[5], HasSubstr(fault == Fault::expired ? "107 has a certificate that has expired" : "107 was not seen"));
  }
}

TEST(Probes, OldTlsFailsAloneAndBesideNew) {
  FakeWeb web;
  web.older = true;
  EXPECT_THAT(faults(web), ElementsAre("105 also speaks what is older than TLS 1.2"));
  web.older.reset();
  EXPECT_THAT(faults(web), ElementsAre("105 was not seen to refuse what is older than TLS 1.2"));
  web.older = true;
  EXPECT_THAT(faults_when({.fault = Fault::no_tls, .headers = {}, .certificate_until = {}}, true)[4], "105 speaks only what is older than TLS 1.2");
  EXPECT_THAT(faults_when({.fault = Fault::no_tls, .headers = {}, .certificate_until = {}})[4], "105 agrees on no TLS 1.2 or newer");
  auto text = rules_text();
  text.replace(text.find("1.2"), 3, "1.3");
  EXPECT_THAT(faults(web, "https://app.example.org", Tier::production, rules_of(text)), ElementsAre("105 also speaks what is older than TLS 1.3"));
  EXPECT_EQ(web.asked.back(), "<1.3 https://app.example.org/");
}

TEST(Probes, ACertificateLastsForAsLongAsTheRulesSay) {
  const auto until = [](std::chrono::sys_seconds time) { return faults_when({.status = 200, .headers = kCareful, .certificate_until = time}); };
  EXPECT_THAT(until(std::chrono::sys_days(2026y / 12 / 17)), IsEmpty());
  EXPECT_THAT(until(std::chrono::sys_days(2026y / 12 / 17) - 1s), ElementsAre("107 has a certificate that expires in 20 days, which is fewer than 21"));
  EXPECT_THAT(until(std::chrono::sys_days(2026y / 11 / 27)), ElementsAre("107 has a certificate that expires in 1 day, which is fewer than 21"));
  EXPECT_THAT(faults_when({.status = 200, .headers = kCareful, .certificate_until = {}}), ElementsAre("107 does not tell when its certificate expires"));
}

TEST(Probes, AreToldOnlyWhereTheyWereAsked) {
  const auto rules = rules_of();
  const auto configuration = with_url("https://app.example.org");
  const std::string waived = "[{rule: BLC-TIER-102, subject: APP_BASE_URL, reason: soon, approved-by: cleo, expires: 2026-12-31}]";
  for (const auto& each : report_on(rules, configuration, Tier::production, std::nullopt, waived).findings) {
    EXPECT_NE(each.family, Family::probes);
    EXPECT_EQ(each.status, Status::pass) << each.message;  // the waiver may excuse something where it is probed
  }
  FakeWeb web;
  const auto probed = probe(rules, configuration, Tier::production, "x.env", web);
  EXPECT_EQ(report_on(rules, configuration, Tier::production, *probed, waived).summary().warnings, 1U);
  web.otherwise.headers.clear();
  EXPECT_EQ(report_on(rules, configuration, Tier::production, *probe(rules, configuration, Tier::production, "x.env", web), waived).summary().waived, 1U);
}

// A waiver of the certificate is none of what could not be seen for it, and what to mend is that.
TEST(Probes, AWaiverExcusesNoMoreThanItsRule) {
  const auto rules = rules_of();
  const auto configuration = with_url("https://app.example.org");
  FakeWeb web;
  web.otherwise = {.fault = Fault::self_signed, .headers = {}, .certificate_until = {}};
  const auto report = report_on(rules, configuration, Tier::production, *probe(rules, configuration, Tier::production, "x.env", web),
                                "[{rule: BLC-TIER-106, subject: APP_BASE_URL, reason: soon, approved-by: cleo, expires: 2026-12-31}]");
  EXPECT_EQ(report.summary().waived, 1U);
  EXPECT_EQ(report.summary().failed, 5U);
  for (const auto& each : report.findings) {
    if (each.status == Status::fail) { EXPECT_EQ(each.remedy, "mend what keeps APP_BASE_URL from being looked at"); }
  }
}

std::string fault_of_section(const std::string& from, const std::string& to) {
  auto text = rules_text();
  text.replace(text.find(from), from.size(), to);
  const auto read = Rules::load(text, "t.yaml");
  return read ? "accepted" : read.error().message;
}

TEST(Probes, TheSectionIsReadStrictly) {
  EXPECT_THAT(fault_of_section("BASE_URL", "base"), HasSubstr("t.yaml:3:19: expected the name of a setting"));
  EXPECT_THAT(fault_of_section("/health", "health"), HasSubstr("expected a path such as /health"));
  EXPECT_THAT(fault_of_section("/health", "/he@lth"), HasSubstr("expected a path such as /health"));
  EXPECT_THAT(fault_of_section("tls: 1.2", "tls: 1.1"), HasSubstr("expected 1.2 or 1.3, found \"1.1\""));
  EXPECT_THAT(fault_of_section("certificate-days: 21", "certificate-days: 0"), HasSubstr("expected 1 to 3650"));
  EXPECT_THAT(fault_of_section("hsts-seconds: 1000, ", ""), HasSubstr("\"hsts-seconds\""));
  EXPECT_THAT(fault_of_section("development:", "dev:"), HasSubstr("expected development, integration"));
  for (const auto* host : {"\"*.example.org\"", "App.example.org", "https://app.example.org", "\"app.example.org:0\"", "\"app.example.org:08443\"", "\"app.example.org:x\"", ".example.org", "\"[::1]\"", "[a]"})
    EXPECT_THAT(fault_of_section("app.example.org,", std::string(host) + ","), HasSubstr("expected a host in small letters")) << host;
  EXPECT_THAT(fault_of_section(kProbes, ""), HasSubstr("expected a section \"probes\""));
  const auto rules = rules_of();
  EXPECT_THAT(rules.find("BLC-TIER-104")->settings, ElementsAre("BASE_URL"));
}

TEST(WebHeaders, StrictTransportSecurity) {
  const auto seconds = [](const std::string& value) { return strict_transport_seconds({{"strict-transport-security", value}}); };
  EXPECT_EQ(seconds("max-age=31536000"), 31536000);
  EXPECT_EQ(seconds(" includeSubDomains ; MAX-AGE = \"60\" ; preload"), 60);
  EXPECT_EQ(seconds("max-age=0"), 0);
  for (const auto* bad : {"", "max-age", "max-age=", "max-age=-1", "max-age=x", "max-age=1;max-age=2", "xmax-age=1", "max-age=99999999999999999999", "max-age=\"", ";;;"}) EXPECT_EQ(seconds(bad), std::nullopt) << bad;
  EXPECT_EQ(strict_transport_seconds({}), std::nullopt);
  // The first counts.
  EXPECT_EQ(strict_transport_seconds({{"strict-transport-security", "max-age=1"}, {"strict-transport-security", "max-age=2"}}), 1);
}

TEST(WebHeaders, ContentTypeOptions) {
  const auto forbids = [](const std::string& value) { return forbids_sniffing({{"x-content-type-options", value}}); };
  for (const auto* good : {"nosniff", " NoSniff ", "nosniff, other"}) EXPECT_TRUE(forbids(good)) << good;
  for (const auto* bad : {"", "none", "nosniffing", "other, nosniff", "\"nosniff\""}) EXPECT_FALSE(forbids(bad)) << bad;
  EXPECT_FALSE(forbids_sniffing({}));
}

TEST(WebHeaders, Framing) {
  const auto policy = [](const std::string& value) { return forbids_framing({{"content-security-policy", value}}); };
  for (const auto* good : {"frame-ancestors 'none'", "frame-ancestors", "default-src *; Frame-Ancestors 'self' https://a.example.org", "frame-ancestors *, frame-ancestors 'self'", "frame-ancestors https://*.example.org",
                           "frame-ancestors 'self'; frame-ancestors *"})
    EXPECT_TRUE(policy(good)) << good;
  for (const auto* bad : {"", "default-src 'none'", "frame-ancestors *", "frame-ancestors 'self' *", "frame-ancestors 'self'\t*", "frame-ancestors https:", "frame-ancestors http://*", "frame-ancestors *:443", "frame-ancestorsx 'none'"})
    EXPECT_FALSE(policy(bad)) << bad;
  const auto option = [](const std::string& value) { return forbids_framing({{"x-frame-options", value}}); };
  for (const auto* good : {"DENY", "sameorigin", "DENY, DENY"}) EXPECT_TRUE(option(good)) << good;
  for (const auto* bad : {"", "ALLOWALL", "ALLOW-FROM https://a.example.org", "DENY, x"}) EXPECT_FALSE(option(bad)) << bad;
  // Browsers that know the newer one pass over the older one.
  EXPECT_FALSE(forbids_framing({{"x-frame-options", "DENY"}, {"content-security-policy", "frame-ancestors *"}}));
  EXPECT_TRUE(forbids_framing({{"x-frame-options", "DENY"}, {"content-security-policy", "default-src 'self'"}}));
  EXPECT_FALSE(forbids_framing({}));
}

}  // namespace
}  // namespace blc::tier
