#include "core/approval/policy_tests.hpp"

#include <gtest/gtest.h>

#include "support/world.hpp"

namespace blc::approval {
namespace {

constexpr auto kPeople = R"(people:
  ana: {roles: [clinician]}
  ben: {roles: [clinical-lead]}
  bea: {roles: [clinical-lead]}
  cleo: {roles: [privacy-officer]}
  dora: {roles: practice-manager}
  robot: {roles: [ci]}
tests:
)";

class PolicyTests : public ::testing::Test {
 protected:
  PolicyTests() {
    for (const auto& [path, bytes] : testing::default_practice()) {
      if (path.starts_with("verbs/") || path.starts_with("policies/")) files.emplace(path, bytes);
    }
  }
  [[nodiscard]] Result<std::vector<PolicyTestResult>> run_file(const std::string& text) const {
    return run_policy_tests(text, "policies/tests/x.yaml", testing::must(trust::Catalog::make(1, files)));
  }
  // One test, from the fields that stand in its braces.
  [[nodiscard]] PolicyTestResult run(const std::string& fields) const {
    const auto results = testing::must(run_file(kPeople + ("  - {name: n, " + fields + "}\n")));
    EXPECT_EQ(results.size(), 1U);
    return results.front();
  }
  [[nodiscard]] std::string refused(const std::string& text) const {
    const auto results = run_file(text);
    EXPECT_FALSE(results);
    if (results) return {};
    EXPECT_EQ(results.error().code, Exit::usage);
    return results.error().message;
  }
  [[nodiscard]] std::string refused_test(const std::string& fields) const {
    return refused(kPeople + ("  - {name: n, " + fields + "}\n"));
  }
  void replace(const std::string& path, const std::string& what, const std::string& by) {
    auto& text = files.at(path);
    ASSERT_NE(text.find(what), std::string::npos) << what;
    text.replace(text.find(what), what.size(), by);
  }
  trust::Catalog::Files files;
};

const std::string kClinical = "verb: report make, environment: production, by: ana, ";

TEST_F(PolicyTests, CountSignaturesAsTheGateDoes) {
  EXPECT_TRUE(run(kClinical + "expect: missing, because: 0 of 2").passed);
  EXPECT_TRUE(run(kClinical + "signed-by: [ben], expect: missing, because: 1 of 2").passed);
  EXPECT_TRUE(run(kClinical + "signed-by: [ben, cleo], expect: approved, because: 2 of 2").passed);
  EXPECT_TRUE(run(kClinical + "signed-by: [cleo, ben], expect: approved").passed);
  EXPECT_TRUE(run(kClinical + "signed-by: [ben, bea], expect: missing").passed);
  EXPECT_TRUE(run(kClinical + "signed-by: [ben, ben], expect: missing").passed);
  EXPECT_TRUE(run("verb: report make, environment: production, by: ben, signed-by: [ben, cleo], expect: missing, because: ben asked for it").passed);
  EXPECT_TRUE(run("verb: report make, environment: local, by: ana, expect: approved").passed);
}

TEST_F(PolicyTests, LetTheRequesterSignWhereTheRuleDoes) {
  replace("policies/approvals.yaml", "roles: [clinical-lead, privacy-officer]}]\n", "roles: [clinical-lead, privacy-officer]}]\n    requester-may-sign: true\n");
  EXPECT_TRUE(run("verb: report make, environment: staging, by: ben, signed-by: [ben], expect: approved").passed);
}

TEST_F(PolicyTests, AskForHardwareWhereASlotDoes) {
  replace("policies/approvals.yaml", "{name: clinical-approver, roles: [clinical-lead, privacy-officer]}",
          "{name: clinical-approver, roles: [clinical-lead], hardware: pin, attested: true}");
  const auto with = [&](const std::string& device) {
    return testing::must(run_file("people:\n  ana: {roles: clinician}\n  ben: {roles: clinical-lead" + device + "}\ntests:\n  - {name: n, verb: report make, environment: staging, by: ana, signed-by: [ben], expect: approved}\n"))
        .front()
        .passed;
  };
  EXPECT_FALSE(with(""));
  EXPECT_FALSE(with(", hardware: touch, attested: true"));
  EXPECT_FALSE(with(", hardware: pin"));
  EXPECT_TRUE(with(", hardware: pin, attested: true"));
}

TEST_F(PolicyTests, TellWhatCameInsteadAndWhichLineDecided) {
  const auto result = run(kClinical + "signed-by: [ben, dora, robot], expect: approved");
  EXPECT_FALSE(result.passed);
  EXPECT_EQ(result.source, "policies/tests/x.yaml:9");
  EXPECT_EQ(result.question, "report make in production, asked for by ana, signed by ben, dora, robot");
  EXPECT_EQ(result.expected, "approved");
  EXPECT_EQ(result.got, "missing");
  EXPECT_EQ(result.policy, "policies/approvals.yaml:12");
  EXPECT_NE(result.reason.find("1 of 2 signatures given; clinical-lead: ben; privacy-officer: nobody; dora's does not count: no right to approve (policies/access.yaml:6)"), std::string::npos) << result.reason;
  EXPECT_NE(result.reason.find("robot's does not count"), std::string::npos) << result.reason;
}

TEST_F(PolicyTests, RefuseWhoMayNotAsk) {
  EXPECT_TRUE(run("verb: report make, environment: production, by: dora, signed-by: [ben, cleo], expect: refused").passed);
  const auto result = run("verb: report make, environment: production, by: dora, expect: missing");
  EXPECT_EQ(result.got, "refused");
  EXPECT_EQ(result.policy, "policies/access.yaml:6");
}

TEST_F(PolicyTests, HoldEachRightInEachPlaceToWhatIsExpected) {
  EXPECT_TRUE(run("who: ana, may: read, verb: report make, environment: [staging, production], expect: yes").passed);
  EXPECT_TRUE(run("who: ana, may: approve, verb: report make, environment: staging, expect: no").passed);
  const auto wrong = run("who: ana, may: [plan, approve], verb: report make, environment: staging, expect: yes");
  EXPECT_EQ(wrong.question, "may ana approve report make in staging");
  EXPECT_EQ(wrong.got, "no");
  EXPECT_FALSE(run("who: ana, may: [plan, approve], verb: report make, environment: staging, expect: no").passed);
  EXPECT_FALSE(run("who: ana, may: plan, classification: [business, clinical], environment: [staging, local], expect: no").passed);
  EXPECT_TRUE(run("who: dora, may: anything, classification: clinical, environment: staging, expect: no").passed);
  EXPECT_FALSE(run("who: dora, may: anything, classification: [clinical, business], environment: staging, expect: no").passed);
}

TEST_F(PolicyTests, HoldOnlyToTheRightsThatAreNamedAndNoOther) {
  EXPECT_TRUE(run("who: ana, may: [plan, read, execute, reveal], verb: report make, environment: staging, expect: only").passed);
  EXPECT_EQ(run("who: ana, may: [plan, read, execute], verb: report make, environment: staging, expect: only").question, "may ana reveal report make in staging");
  EXPECT_EQ(run("who: ana, may: [plan, read, execute, reveal, audit], verb: report make, environment: staging, expect: only").question, "may ana audit report make in staging");
}

TEST_F(PolicyTests, TakeMarksAndNamesAsVerbsHaveThem) {
  replace("policies/access.yaml", "{role: clinician, environments: [integration, staging, production], rights: [plan, read, execute, reveal]}",
          "{role: clinician, environments: [production], rights: [plan], marked: [demo]}");
  EXPECT_TRUE(run("who: ana, may: plan, classification: clinical, marks: [demo], environment: production, expect: yes").passed);
  EXPECT_TRUE(run("who: ana, may: plan, classification: clinical, environment: production, expect: no").passed);
  replace("policies/approvals.yaml", "rules:\n", "rules:\n  - {verbs: [\"task *\"], environments: [local], slots: [{name: a, roles: [clinician]}], deadline: 1h}\n");
  EXPECT_TRUE(run("verb: task add, environment: local, by: ben, signed-by: [ana], expect: approved, because: 1 of 1").passed);
  EXPECT_TRUE(run("classification: personal, environment: local, by: ben, expect: approved, because: 0 of 0").passed);
}

TEST_F(PolicyTests, HoldTheReasonToWhatItMustContain) {
  const auto result = run(kClinical + "expect: missing, because: 1 of 2");
  EXPECT_FALSE(result.passed);
  EXPECT_EQ(result.expected, "missing because of \"1 of 2\"");
  EXPECT_EQ(result.got, "missing");
}

TEST_F(PolicyTests, FailWhereARoleIsUnknownToThePolicy) {
  const auto result = testing::must(run_file("people: {zoe: {roles: [clinical-laed]}}\ntests:\n  - {name: n, who: zoe, may: anything, classification: clinical, environment: staging, expect: no}\n")).front();
  EXPECT_FALSE(result.passed);
  EXPECT_EQ(result.got, "an unknown role");
  EXPECT_EQ(result.reason, "no policy knows the role clinical-laed of zoe");
}

TEST_F(PolicyTests, AskWhoRunsItOnceItIsApproved) {
  const std::string approved = kClinical + "signed-by: [ben, cleo], ";
  EXPECT_TRUE(run(approved + "run-by: ana, expect: approved").passed);
  EXPECT_TRUE(run(approved + "run-by: ben, expect: approved").passed);
  EXPECT_TRUE(run(approved + "run-by: cleo, expect: refused, because: cleo").passed);
  EXPECT_TRUE(run(kClinical + "run-by: ana, expect: missing").passed) << "signatures come first";
  replace("policies/approvals.yaml", "roles: [privacy-officer]}]\n", "roles: [privacy-officer]}]\n    requester-may-execute: false\n    approver-may-execute: false\n");
  EXPECT_TRUE(run(approved + "run-by: ana, expect: refused, because: asked for it").passed);
  EXPECT_TRUE(run(approved + "run-by: ben, expect: refused, because: signed it").passed);
  EXPECT_TRUE(run(approved + "run-by: bea, expect: approved").passed);
}

TEST_F(PolicyTests, AskWhenItStarts) {
  replace("policies/approvals.yaml", "roles: [privacy-officer]}]\n",
          "roles: [privacy-officer]}]\n    zone: CET-1CEST,M3.5.0,M10.5.0/3\n    windows: [{days: [sun], from: \"04:00\", to: \"05:00\"}]\n"
          "    freezes: [{from: 2027-04-04, to: 2027-04-04, because: we move house}]\n");
  const std::string approved = kClinical + "signed-by: [ben, cleo], ";
  // Summer time begins on 28 March: four o'clock there is at two in UTC from then on, and was at three before.
  EXPECT_TRUE(run(approved + "at: 2027-03-21T03:30Z, expect: approved").passed);
  EXPECT_TRUE(run(approved + "at: 2027-03-21T02:30Z, expect: refused").passed);
  EXPECT_TRUE(run(approved + "at: 2027-03-28T02:30Z, expect: approved").passed);
  EXPECT_TRUE(run(approved + "at: 2027-03-28T03:30Z, expect: refused").passed);
  EXPECT_TRUE(run(approved + "at: 2027-04-04T02:30Z, expect: refused, because: we move house").passed);
  // Its deadline is 24 hours.
  EXPECT_TRUE(run(approved + "planned: 2027-03-20T03:31Z, at: 2027-03-21T03:30Z, expect: approved").passed);
  EXPECT_TRUE(run(approved + "planned: 2027-03-20T03:30Z, at: 2027-03-21T03:30Z, expect: refused, because: it expired").passed);
  EXPECT_NE(refused_test(approved + "at: tomorrow, expect: approved").find("expected a time in UTC such as 2026-12-24T17:30Z, found \"tomorrow\""), std::string::npos);
  EXPECT_NE(refused_test(approved + "planned: 2027-03-20T03:31Z, expect: approved").find("expected a later \"at\""), std::string::npos);
}

TEST_F(PolicyTests, AskWhatDataIsWhere) {
  const auto data = [&](const std::string& fields) { return run("touches: restricted, " + fields).passed; };
  EXPECT_TRUE(data("classification: clinical, environment: production, expect: real"));
  EXPECT_TRUE(data("classification: clinical, environment: staging, expect: stand-in"));
  EXPECT_TRUE(data("classification: business, environment: production, expect: \"no\", because: clinical or above"));
  EXPECT_FALSE(data("classification: business, environment: production, expect: real"));
  EXPECT_FALSE(data("classification: clinical, environment: [production, local], expect: real"));
  EXPECT_NE(refused_test("touches: secret, classification: clinical, environment: local, expect: real").find("expected public, internal"), std::string::npos);
  EXPECT_NE(refused_test("touches: public, classification: clinical, environment: local, expect: yes").find("expected real, stand-in or no"), std::string::npos);
}

TEST_F(PolicyTests, AskWhatHoldsInAnEnvironment) {
  const auto term = [&](const std::string& fields) { return run(fields).passed; };
  EXPECT_TRUE(term("term: audit, classification: clinical, environment: staging, expect: comprehensive"));
  EXPECT_TRUE(term("term: audit, classification: business, environment: staging, expect: full"));
  EXPECT_FALSE(term("term: audit, classification: [business, clinical], environment: staging, expect: full"));
  EXPECT_TRUE(term("term: encryption, classification: personal, environment: production, expect: envelope"));
  EXPECT_TRUE(term("term: network, classification: personal, environment: production, expect: none"));
  replace("policies/environments.yaml", "staging: {data: [synthetic], network: none", "staging: {data: [anonymised, synthetic], network: [b.example.org, a.example.org]");
  EXPECT_TRUE(term("term: data, classification: personal, environment: staging, expect: \"synthetic, anonymised\""));
  EXPECT_TRUE(term("term: network, classification: personal, environment: staging, expect: \"b.example.org, a.example.org\""));
  EXPECT_NE(refused_test("term: weather, classification: personal, environment: local, expect: fair").find("expected data, network, audit, encryption"), std::string::npos);
}

TEST_F(PolicyTests, NameFileLineAndColumnOfAMistake) {
  const std::string at = "policies/tests/x.yaml:9:";
  const auto begins = [](const std::string& message, const std::string& with) {
    EXPECT_EQ(message.substr(0, with.size()), with) << message;
  };
  begins(refused("tests: []\n"), "policies/tests/x.yaml:1:1: expected the key \"people\"");
  begins(refused("people: []\ntests: []\n"), "policies/tests/x.yaml:1:9: expected a map of people");
  begins(refused("people: {}\ntests: {}\n"), "policies/tests/x.yaml:2:8: expected a list of tests");
  begins(refused("people: {Ana: {roles: [x]}}\ntests: []\n"), "policies/tests/x.yaml:1:10: expected a person's name");
  begins(refused("people: {ana: {roles: []}}\ntests: []\n"), "policies/tests/x.yaml:1:23: expected at least one of \"roles\"");
  begins(refused("people: {ana: {roles: [x], hardware: yes}}\ntests: []\n"), "policies/tests/x.yaml:1:38: expected touch or pin");
  begins(refused_test("verb: report mkae, environment: local, by: ana, expect: missing"), at + "21: expected a verb of the practice, found \"report mkae\"; did you mean report make?");
  begins(refused_test("classification: [clinical, secret], environment: local, by: ana, expect: missing"), at + "42: expected personal, business or clinical, found \"secret\"");
  begins(refused_test("verb: report make, environment: prod, by: ana, expect: missing"), at + "47: expected local, integration, staging or production, found \"prod\"");
  begins(refused_test("verb: report make, environment: local, by: bne, expect: missing"), at + "58: expected somebody of \"people\", found \"bne\"; did you mean ben?");
  begins(refused_test("verb: report make, environment: local, by: ana, signed-by: [ben, zoe], expect: missing"), at + "80: expected somebody of \"people\", found \"zoe\"");
  begins(refused_test("verb: report make, environment: local, by: ana, expect: perhaps"), at + "71: expected approved, missing or refused");
  begins(refused_test("verb: report make, environment: local, who: ana, may: fly, expect: no"), at + "69: expected plan, read, approve");
  begins(refused_test("verb: report make, environment: local, who: ana, may: plan, expect: approved"), at + "83: expected yes, no or only");
  begins(refused_test("verb: report make, environment: [local, local], by: ana, expect: missing"), at + "47: expected each of \"environment\" once, found \"local\" again");
  begins(refused_test("environment: local, by: ana, expect: missing"), at + "5: expected \"verb\" or \"classification\", found neither");
  begins(refused_test("verb: report make, environment: local, by: ana, who: ana, may: plan, expect: no"), at + "54: expected a key of the test");
  begins(refused_test("verb: report make, environment: local, by: ana, expect: missing, becuase: x"), at + "80: expected a key of the test, found \"becuase\"; did you mean \"because\"?");
  begins(refused_test("verb: report make, classification: clinical, environment: local, by: ana, expect: missing"), at + "34: expected a key of the test");
  begins(refused("people: {}\ntests: []\n" + std::string(256U << 10U, '#')), "policies/tests/x.yaml:");
}

}  // namespace
}  // namespace blc::approval
