#include "core/policy/environments.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

namespace blc::policy {
namespace {

using namespace std::chrono_literals;

std::string shipped() {
  const std::ifstream file(std::filesystem::path(BLC_SOURCE_DIR) / Environments::kPath, std::ios::binary);
  std::ostringstream bytes;
  bytes << file.rdbuf();
  return bytes.str();
}

// One environment a line, so that a fault names the line of its environment: 2 local, 3 integration, 4 staging, 5 production.
const std::string kOn = "controls: {audit-logging: true, encryption: true, phi-encryption: true}";
std::string small() {
  return fmt::format(
      "environments:\n"
      "  local: {{data: [mock], network: none, audit: basic, encryption: basic, {0}, rto: 4h, rpo: 24h}}\n"
      "  integration: {{data: [synthetic], network: [], audit: full, encryption: standard, {0}, rto: 2h, rpo: 4h}}\n"
      "  staging: {{data: [synthetic], network: [], audit: full, encryption: standard, {0}, rto: 2h, rpo: 4h}}\n"
      "  production: {{data: [real], network: [], audit: immutable, encryption: envelope, {0}, rto: 30m, rpo: 15m}}\n",
      kOn);
}

// In the line of that environment.
std::string with(Environment environment, std::string_view from, std::string_view to) {
  auto text = small();
  const auto line = text.find(fmt::format("  {}:", to_string(environment)));
  const auto place = text.find(from, line);
  EXPECT_LT(place, text.find('\n', line)) << from;
  return text.replace(place, from.size(), to);
}

std::string fault(const std::string& text) {
  const auto read = Environments::load(text);
  if (read) return "accepted";
  EXPECT_EQ(read.error().code, Exit::usage);
  const auto file = fmt::format("{}:", Environments::kPath);
  EXPECT_TRUE(read.error().message.starts_with(file)) << read.error().message;
  return read.error().message.substr(file.size());
}

// Requirements, section 1 (data, network, audit, encryption) and section 3 (RTO/RPO), cell by cell.
TEST(ShippedEnvironments, SayWhatTheTablesSay) {
  const auto read = Environments::load(shipped());
  ASSERT_TRUE(read) << read.error().message;
  struct Row {
    Environment environment;
    std::set<DataKind> data;
    AuditLevel audit;
    EncryptionLevel encryption;
    std::chrono::seconds rto;
    std::chrono::seconds rpo;
  };
  using enum DataKind;
  const std::vector<Row> rows{
      {Environment::local, {mock}, AuditLevel::basic, EncryptionLevel::basic, 4h, 24h},
      {Environment::integration, {mock, synthetic}, AuditLevel::full, EncryptionLevel::standard, 2h, 4h},
      {Environment::staging, {synthetic, anonymised}, AuditLevel::full, EncryptionLevel::standard, 2h, 4h},
      {Environment::production, {real}, AuditLevel::immutable, EncryptionLevel::envelope, 30min, 15min}};
  for (const auto& row : rows) {
    const auto& terms = read->at(row.environment);
    const auto where = to_string(row.environment);
    EXPECT_EQ(terms.data, row.data) << where;
    EXPECT_EQ(terms.audit, row.audit) << where;
    EXPECT_EQ(terms.encryption, row.encryption) << where;
    EXPECT_EQ(terms.rto, row.rto) << where;
    EXPECT_EQ(terms.rpo, row.rpo) << where;
    EXPECT_TRUE(terms.hosts.empty()) << where;
    EXPECT_EQ(terms.controls, (std::set{Control::audit_logging, Control::encryption, Control::phi_encryption})) << where;
  }
}

TEST(Environments, NameTheLineOfEachKey) {
  const auto text = shipped();
  const auto read = *Environments::load(text);
  std::vector<std::string> lines;
  std::istringstream all(text);
  for (std::string line; std::getline(all, line);) lines.push_back(line);
  for (const auto environment : kEnvironments) {
    for (const auto* key : {"data", "network", "audit", "encryption", "rto", "rpo", "controls.audit-logging", "controls.encryption", "controls.phi-encryption"}) {
      const auto source = read.source(environment, key);
      const auto number = std::stoul(source.substr(source.find(':') + 1));
      const auto word = std::string_view(key).substr(std::string_view(key).find('.') + 1);
      EXPECT_NE(lines.at(number - 1).find(fmt::format("{}: ", word)), std::string::npos) << source;
    }
  }
}

TEST(Environments, RecordTheHigherOfWhatEnvironmentAndClassificationAskFor) {
  const auto read = *Environments::load(small());
  using enum AuditLevel;
  EXPECT_EQ(read.audit(Environment::local, Classification::personal), basic);
  EXPECT_EQ(read.audit(Environment::local, Classification::business), full);
  EXPECT_EQ(read.audit(Environment::local, Classification::clinical), comprehensive);
  EXPECT_EQ(read.audit(Environment::staging, Classification::personal), full);
  EXPECT_EQ(read.audit(Environment::staging, Classification::clinical), comprehensive);
  EXPECT_EQ(read.audit(Environment::production, Classification::personal), immutable);
}

TEST(Environments, MayAskForMoreThanTheFloor) {
  const auto read = Environments::load(with(Environment::local, "audit: basic", "audit: immutable"));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->at(Environment::local).audit, AuditLevel::immutable);
  EXPECT_EQ(fault(with(Environment::staging, "encryption: standard", "encryption: envelope")), "accepted");
  EXPECT_EQ(fault(with(Environment::production, "network: []", "network: none")), "accepted");
  EXPECT_EQ(fault(with(Environment::integration, "[synthetic]", "[mock, synthetic]")), "accepted");
  EXPECT_EQ(fault(with(Environment::production, "rto: 30m", "rto: 2h")), "accepted");  // a number of the practice's, no floor
  const auto hosts = Environments::load(with(Environment::production, "network: []", "network: [llm.example.org, b.example.org]"));
  ASSERT_TRUE(hosts);
  EXPECT_EQ(hosts->at(Environment::production).hosts, (std::vector<std::string>{"llm.example.org", "b.example.org"}));
}

// What blc does anyway may go unasked for where only made-up data lies.
TEST(Environments, LeaveAControlOpenInLocalOnly) {
  const auto read = Environments::load(with(Environment::local, "phi-encryption: true", "phi-encryption: false"));
  ASSERT_TRUE(read);
  EXPECT_FALSE(read->at(Environment::local).controls.contains(Control::phi_encryption));
  for (const auto environment : {Environment::integration, Environment::staging, Environment::production}) {
    for (const auto control : kControls) {
      const auto name = std::string(to_string(control));
      EXPECT_NE(fault(with(environment, name + ": true", name + ": false")).find(fmt::format("expected true: outside local no setting switches {} off", name)),
                std::string::npos);
    }
  }
}

TEST(Environments, NeverGoBelowTheFloor) {
  using enum Environment;
  struct Case {
    Environment environment;
    std::string from;
    std::string to;
    std::string said;
  };
  const std::vector<Case> cases{
      {local, "network: none", "network: [a.example.org]", "2:34: expected none: local reaches no network, found a list"},
      {local, "network: none", "network: []", "2:34: expected none: local reaches no network, found a list"},
      {local, "[mock]", "[mock, real]", "2:24: expected mock in local, which takes no other data, found \"real\""},
      {local, "[mock]", "[synthetic]", "2:18: expected mock in local, which takes no other data, found \"synthetic\""},
      {integration, "[synthetic]", "[real]", "3:24: expected synthetic or mock in integration, which takes no other data, found \"real\""},
      {integration, "[synthetic]", "[mock]", "3:23: expected synthetic among the data of integration: it is what fixtures/synthetic holds"},
      {integration, "audit: full", "audit: basic", "3:56: expected audit full or more for integration, found \"basic\""},
      {integration, "encryption: standard", "encryption: basic", "3:74: expected encryption standard or more for integration, found \"basic\""},
      {staging, "[synthetic]", "[synthetic, mock]", "4:31: expected synthetic or anonymised in staging, which takes no other data, found \"mock\""},
      {staging, "audit: full", "audit: basic", "4:52: expected audit full or more for staging, found \"basic\""},
      {staging, "encryption: standard", "encryption: basic", "4:70: expected encryption standard or more for staging, found \"basic\""},
      {production, "[real]", "[real, mock]", "5:29: expected real in production, which takes no other data, found \"mock\""},
      {production, "[real]", "[synthetic]", "5:23: expected real in production, which takes no other data, found \"synthetic\""},
      {production, "audit: immutable", "audit: comprehensive", "5:50: expected audit immutable or more for production, found \"comprehensive\""},
      {production, "encryption: envelope", "encryption: standard", "5:73: expected encryption envelope or more for production, found \"standard\""},
  };
  for (const auto& each : cases) EXPECT_EQ(fault(with(each.environment, each.from, each.to)), each.said);
}

TEST(Environments, StandOnceEach) {
  for (const auto environment : kEnvironments) {
    auto text = small();
    const auto begin = text.find(fmt::format("  {}:", to_string(environment)));
    const auto line = text.substr(begin, text.find('\n', begin) + 1 - begin);
    EXPECT_EQ(fault(std::string(text).erase(begin, line.size())),
              fmt::format("2:3: expected the key \"{}\" in the environments, found none", to_string(environment)));
    EXPECT_NE(fault(text + line).find("6:3: "), std::string::npos) << fault(text + line);
    EXPECT_NE(fault(text + line), "accepted");
  }
}

TEST(Environments, RefuseWhatTheyDoNotKnow) {
  const auto top = [](const std::string& text) { return fault(text); };
  const std::vector<std::pair<std::string, std::string>> cases{
      {"", "1:1: expected a document, found nothing"},
      {"[]", "1:1: expected a map"},
      {"environments: []\n", "1:15: expected a map (environments), found a list"},
      {small() + "more: 1\n", "6:1: expected a key of the file of environments (environments), found \"more\""},
      {small() + "  dev: {}\n", "6:3: expected a key of the environments (local, integration, staging, production), found \"dev\""},
      {with(Environment::local, "network: none", "networks: none"), "2:25: expected a key of the environment, found \"networks\"; did you mean \"network\"?"},
      {with(Environment::local, "[mock]", "[]"), "2:17: expected a list of at least one kind of data, found none"},
      {with(Environment::local, "[mock]", "mock"), "2:17: expected a list of at least one kind of data, found \"mock\""},
      {with(Environment::local, "[mock]", "[mock, mock]"), "2:24: expected each kind of data once, found \"mock\" again"},
      {with(Environment::local, "[mock]", "[fake]"), "2:18: expected mock, synthetic, anonymised or real, found \"fake\""},
      {with(Environment::local, "[mock]", "[[mock]]"), "2:18: expected mock, synthetic, anonymised or real, found a list"},
      // The Cyrillic letter that looks like an o.
      {with(Environment::local, "[mock]", "[m\u043Eck]"), "2:18: expected mock, synthetic, anonymised or real, found \"m<U+043E>ck\""},
      {with(Environment::local, "audit: basic", "audit: Basic"), "2:47: expected basic, full, comprehensive or immutable, found \"Basic\""},
      {with(Environment::local, "audit: basic", "audit: [basic]"), "2:47: expected basic, full, comprehensive or immutable, found a list"},
      {with(Environment::local, "encryption: basic", "encryption: none"), "2:66: expected basic, standard or envelope, found \"none\""},
      {with(Environment::local, "rto: 4h", "rto: 4"), "2:151: expected a time from 1m to 30d for \"rto\", found \"4\""},
      {with(Environment::local, "rpo: 24h", "rpo: 31d"), "2:160: expected a time from 1m to 30d for \"rpo\", found \"31d\""},
      {with(Environment::local, ", phi-encryption: true", ""), "2:83: expected the key \"phi-encryption\" in the controls, found none"},
      {with(Environment::local, "phi-encryption: true", "phi-encryption: yes"), "2:139: expected true or false for \"phi-encryption\", found \"yes\""},
      {with(Environment::local, "phi-encryption: true", "phi-encryption: true, mfa: true"),
       "2:145: expected a key of the controls (audit-logging, encryption, phi-encryption), found \"mfa\""},
      {with(Environment::staging, "network: []", "network: any"), "4:41: expected none, or a list of at most 64 hosts, found \"any\""},
      {with(Environment::staging, "network: []", "network: [a.example.org, a.example.org]"), "4:57: expected each host once, found \"a.example.org\" again"},
  };
  for (const auto& [text, said] : cases) EXPECT_TRUE(top(text).starts_with(said)) << said << "\n" << top(text);
}

TEST(Environments, TakeHostsByTheirFullNamesOnly) {
  for (const auto* host : {"'*.example.org'", "https://llm.example.org", "llm.example.org/x", "'llm.example.org:443'", "LLM.example.org", "10.0.0.1", "'::1'",
                           ".example.org", "example.org.", "a..org", "-a.org", "a-.org", "'a b.org'", "''", "exаmple.org", "llm.example.org​", "[a.org]"}) {
    const auto said = fault(with(Environment::staging, "network: []", fmt::format("network: [{}]", host)));
    EXPECT_TRUE(said.starts_with("4:42: expected a host's full name in lower case, such as llm.example.org, found ")) << host << ": " << said;
  }
  const std::string label(64, 'a');
  EXPECT_NE(fault(with(Environment::staging, "network: []", fmt::format("network: [{}.org]", label))), "accepted");
  std::string many;
  for (int i = 0; i < 65; ++i) many += fmt::format("{}h{}.example.org", i == 0 ? "" : ", ", i);
  EXPECT_EQ(fault(with(Environment::staging, "network: []", fmt::format("network: [{}]", many))), "4:41: expected none, or a list of at most 64 hosts, found more");
}

TEST(Environments, AreNoLargerThanAnyOtherFile) {
  EXPECT_NE(fault(small() + "#" + std::string(300U << 10U, 'x') + "\n").find("256 KiB"), std::string::npos);
}

}  // namespace
}  // namespace blc::policy
