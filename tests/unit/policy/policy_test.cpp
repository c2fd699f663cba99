#include "core/policy/policy.hpp"

#include <gtest/gtest.h>

#include <fmt/format.h>

namespace blc::policy {
namespace {

constexpr std::string_view kApprovals = R"(rules:
  - {environments: [local], slots: [], deadline: 24h}
  - {verbs: ["feature-*"], classification: business, environments: [production], slots: [{name: qa, roles: [qa, devops]}], deadline: 1h, requester-may-sign: true}
  - {classification: clinical, environments: [production], slots: [{name: lead, roles: [clinical-lead]}, {name: privacy, roles: [privacy-officer]}], deadline: 2h}
  - {environments: [integration, staging, production], slots: [], deadline: 3h}
)";
constexpr std::string_view kAccess = R"(grants:
  - {role: everyone, environments: [local], rights: [plan, read]}
  - {role: clinician, environments: [staging, production], rights: [plan, reveal], classifications: [clinical]}
  - {role: agent, environments: [production], rights: [execute], marked: [call-centre, demo]}
)";

Policy good() { return *Policy::load(kApprovals, kAccess); }

TEST(Policy, TakesTheFirstRuleThatFits) {
  const auto policy = good();
  const auto& feature = policy.rule(Classification::business, Environment::production, "feature-deploy");
  EXPECT_EQ(feature.slots, (std::vector<Slot>{{"qa", {"qa", "devops"}}}));
  EXPECT_EQ(feature.deadline, std::chrono::hours(1));
  EXPECT_TRUE(feature.requester_may_sign);
  EXPECT_EQ(feature.source, "policies/approvals.yaml:3");
  const auto& other = policy.rule(Classification::business, Environment::production, "billing-process run");
  EXPECT_TRUE(other.slots.empty());
  EXPECT_FALSE(other.requester_may_sign);
  EXPECT_EQ(other.source, "policies/approvals.yaml:5");
  EXPECT_EQ(policy.rule(Classification::clinical, Environment::production, "feature-x").slots.size(), 2U);
  EXPECT_EQ(policy.rule(Classification::clinical, Environment::local, "feature-x").source, "policies/approvals.yaml:2");
}

TEST(Policy, AsksOfEachSlotAtLeastWhatItsRuleAsks) {
  const auto slots = [](const std::string& rule, const std::string& first, const std::string& second) {
    const auto policy = Policy::load(
        fmt::format("rules:\n  - {{environments: [local, integration, staging, production], deadline: 1h{}, slots: "
                    "[{{name: a, roles: [x]{}}}, {{name: b, roles: [y]{}}}]}}\n",
                    rule, first, second),
        kAccess);
    EXPECT_TRUE(policy);
    const auto& found = policy->rule(Classification::clinical, Environment::local, "v").slots;
    return std::pair(found.at(0).hardware, found.at(1).hardware);
  };
  const std::string touch = ", hardware: touch";
  const std::string pin = ", hardware: pin";
  EXPECT_EQ(slots("", "", ""), std::pair(Hardware::any, Hardware::any));
  EXPECT_EQ(slots("", touch, pin), std::pair(Hardware::touch, Hardware::pin));
  EXPECT_EQ(slots(touch, "", pin), std::pair(Hardware::touch, Hardware::pin));
  EXPECT_EQ(slots(pin, touch, ""), std::pair(Hardware::pin, Hardware::pin));
}

TEST(Policy, AsksForAttestationWhereRuleOrSlotSaysSo) {
  const auto attested = [](const std::string& rule, const std::string& slot) {
    const auto policy = Policy::load(
        fmt::format("rules:\n  - {{environments: [local, integration, staging, production], deadline: 1h{}, slots: "
                    "[{{name: a, roles: [x]{}}}]}}\n",
                    rule, slot),
        kAccess);
    EXPECT_TRUE(policy);
    return policy->rule(Classification::clinical, Environment::local, "v").slots.front().attested;
  };
  EXPECT_FALSE(attested("", ""));
  EXPECT_TRUE(attested(", attested: true", ""));
  EXPECT_TRUE(attested("", ", attested: true"));
  EXPECT_TRUE(attested(", attested: true", ", attested: false"));
  EXPECT_FALSE(attested(", attested: false", ""));
}

TEST(Policy, CountsTheMostSlotsOfAnEnvironment) {
  const auto policy = good();
  EXPECT_EQ(policy.most_slots(Environment::production), 2U);
  EXPECT_EQ(policy.most_slots(Environment::staging), 0U);
}

TEST(Policy, AllowsOnlyWhatAGrantNames) {
  const auto policy = good();
  const VerbTraits clinical{"client-report generate", Classification::clinical, {}};
  const VerbTraits business{"billing-process run", Classification::business, {"call-centre"}};
  EXPECT_TRUE(policy.allows({}, true, Environment::local, Right::plan, clinical));
  EXPECT_FALSE(policy.allows({}, false, Environment::local, Right::plan, clinical));  // a service is not everyone
  EXPECT_FALSE(policy.allows({}, true, Environment::local, Right::execute, clinical));
  EXPECT_FALSE(policy.allows({}, true, Environment::staging, Right::plan, clinical));
  EXPECT_TRUE(policy.allows({"x", "clinician"}, true, Environment::production, Right::reveal, clinical));
  EXPECT_FALSE(policy.allows({"clinician"}, true, Environment::integration, Right::reveal, clinical));
  EXPECT_FALSE(policy.allows({"clinician"}, true, Environment::production, Right::reveal, business));
  EXPECT_TRUE(policy.allows({"agent"}, true, Environment::production, Right::execute, business));
  EXPECT_FALSE(policy.allows({"agent"}, true, Environment::production, Right::execute, clinical));
  EXPECT_EQ(policy.granted_by({"agent"}, true, Environment::production, Right::execute, business),
            "policies/access.yaml:4");
  EXPECT_EQ(policy.granted_by({"agent"}, true, Environment::production, Right::plan, business), "");
}

TEST(Policy, TellsOfEachGrantToTheRolesWhatItLacks) {
  const auto policy = good();
  const VerbTraits business{"billing-process run", Classification::business, {}};
  const auto found = policy.considered({"clinician", "agent"}, true, Environment::production, Right::plan, business);
  ASSERT_EQ(found.size(), 3U);
  // Those for the environment come first, then those that lack less.
  EXPECT_EQ(found[0].source, "policies/access.yaml:3");
  EXPECT_EQ(found[0].text, "clinician in staging, production: plan, reveal; only clinical verbs");
  EXPECT_EQ(found[0].misfits, std::vector{Misfit::classification});
  EXPECT_EQ(found[1].source, "policies/access.yaml:4");
  EXPECT_EQ(found[1].text, "agent in production: execute; only verbs marked call-centre, demo");
  EXPECT_EQ(found[1].misfits, (std::vector{Misfit::right, Misfit::mark}));
  EXPECT_EQ(found[2].source, "policies/access.yaml:2");
  EXPECT_EQ(found[2].misfits, std::vector{Misfit::environment});
  EXPECT_TRUE(policy.considered({"ci"}, false, Environment::local, Right::plan, business).empty());
}

TEST(Policy, TellsFirstOfTheGrantThatItReliesOn) {
  const auto policy = good();
  const VerbTraits clinical{"x", Classification::clinical, {}};
  for (const auto right : all_rights()) {
    for (const auto environment : kEnvironments) {
      const auto found = policy.considered({"clinician"}, true, environment, right, clinical);
      EXPECT_EQ(found.front().misfits.empty(), policy.allows({"clinician"}, true, environment, right, clinical));
      const auto relied_on = policy.granted_by({"clinician"}, true, environment, right, clinical);
      EXPECT_EQ(found.front().misfits.empty() ? found.front().source : "", relied_on);
    }
  }
}

TEST(Policy, NamesTheCellThatHasNoRule) {
  const auto without = [](std::string_view line) {
    std::string text(kApprovals);
    const auto place = text.find(line);
    EXPECT_NE(place, std::string::npos);
    return Policy::load(text.erase(place, text.find('\n', place) - place + 1), kAccess);
  };
  EXPECT_EQ(without("  - {environments: [local]").error().message,
            "policies/approvals.yaml:2:3: expected a rule without \"verbs\" for personal verbs in local, found none");
  EXPECT_EQ(
      without("  - {environments: [integration").error().message,
      "policies/approvals.yaml:2:3: expected a rule without \"verbs\" for personal verbs in integration, found none");
  EXPECT_TRUE(without("  - {verbs:"));
}

TEST(Policy, DoesNotLetARuleForSomeVerbsCoverACell) {
  for (const auto classification : kClassifications) {
    for (const auto environment : kEnvironments) {
      std::string text =
          "rules:\n  - {verbs: ['*'], environments: [local, integration, staging, production], slots: [], deadline: "
          "1h}\n";
      for (const auto other : kClassifications) {
        for (const auto elsewhere : kEnvironments) {
          if (other == classification && elsewhere == environment) continue;
          text += fmt::format("  - {{classification: {}, environments: [{}], slots: [], deadline: 1h}}\n",
                              blc::to_string(other), blc::to_string(elsewhere));
        }
      }
      const auto policy = Policy::load(text, kAccess);
      ASSERT_FALSE(policy);
      EXPECT_EQ(
          policy.error().message,
          fmt::format("policies/approvals.yaml:2:3: expected a rule without \"verbs\" for {} verbs in {}, found none",
                      blc::to_string(classification), blc::to_string(environment)));
    }
  }
}

std::string approvals_fault(std::string_view rule) {
  const auto policy = Policy::load("rules:\n  - " + std::string(rule) + "\n", kAccess);
  return policy ? "accepted" : policy.error().message.substr(std::string_view("policies/approvals.yaml:").size());
}

TEST(Policy, RefusesFaultyRules) {
  const std::string ok = "environments: [local], slots: [], deadline: 1h";
  const std::vector<std::pair<std::string, std::string>> cases{
      {"{" + ok + ", slot: 1}", "2:54: expected a key of the rule, found \"slot\"; did you mean \"slots\"?"},
      {"{environments: [], slots: [], deadline: 1h}", "2:20: expected at least one of \"environments\", found none"},
      {"{environments: [dev], slots: [], deadline: 1h}",
       "2:20: expected local, integration, staging or production, found \"dev\""},
      {"{slots: [], deadline: 1h}", "2:5: expected the key \"environments\" in the rule, found none"},
      {"{environments: [local], deadline: 1h}", "2:5: expected the key \"slots\" in the rule, found none"},
      {"{environments: [local], slots: [], deadline: 59s}", "2:50: expected a time from 1m to 30d, found \"59s\""},
      {"{environments: [local], slots: [], deadline: 31d}", "2:50: expected a time from 1m to 30d, found \"31d\""},
      {"{" + ok + ", verbs: []}", "2:61: expected at least one of \"verbs\", found none"},
      {"{" + ok + ", verbs: ['A?']}", "2:61: expected a verb's name or a pattern like feature-*, found \"A?\""},
      {"{" + ok + ", classification: secret}", "2:70: expected personal, business or clinical, found \"secret\""},
      {"{" + ok + ", requester-may-sign: 'true'}",
       "2:74: expected true or false for \"requester-may-sign\", found \"true\""},
      {"{" + ok + ", hardware: any}", "2:64: expected touch or pin, found \"any\""},
      {"{environments: [local], slots: [{name: a, roles: [b], hardware: [pin]}], deadline: 1h}",
       "2:69: expected touch or pin, found a list"},
      {"{environments: [local], slots: x, deadline: 1h}", "2:36: expected a list of at most 8 slots, found \"x\""},
      {"{environments: [local], slots: [{name: a, roles: []}], deadline: 1h}",
       "2:54: expected at least one of \"roles\", found none"},
      {"{environments: [local], slots: [{name: a}], deadline: 1h}",
       "2:37: expected the key \"roles\" in the slot, found none"},
      {"{environments: [local], slots: [{name: A, roles: [b]}], deadline: 1h}",
       "2:44: expected a slot's name ([a-z][a-z0-9-]*, at most 32), found \"A\""},
      {"{environments: [local], slots: [{name: a, roles: [everyone]}], deadline: 1h}",
       "2:54: expected a role's name, found \"everyone\""},
      {"{environments: [local], slots: [{name: a, roles: [b, admin]}], deadline: 1h}",
       "2:54: expected a role of people who sign runs, found \"admin\""},
      {"{environments: [local], slots: [{name: a, roles: [recovery]}], deadline: 1h}",
       "2:54: expected a role of people who sign runs, found \"recovery\""},
      {"{environments: [local], slots: [{name: a, roles: [b]}, {name: a, roles: [c]}], deadline: 1h}",
       "2:60: expected each slot's name once, found \"a\" again"},
      {"{environments: [local], slots: [a, a, a, a, a, a, a, a, a], deadline: 1h}",
       "2:36: expected a list of at most 8 slots, found more"},
  };
  for (const auto& [rule, message] : cases) EXPECT_EQ(approvals_fault(rule), message) << rule;
  EXPECT_EQ(Policy::load("rule: []\n", kAccess).error().message,
            "policies/approvals.yaml:1:1: expected a key of the policy, found \"rule\"; did you mean \"rules\"?");
  EXPECT_EQ(Policy::load("rules: x\n", kAccess).error().message,
            "policies/approvals.yaml:1:8: expected a list for \"rules\", found \"x\"");
}

TEST(Policy, ReadsBreakGlassWithinItsBounds) {
  const auto fault = [](std::string_view glass, std::string_view head = "classification: clinical, slots: [{name: a, roles: [b]}, {name: c, roles: [d]}]") {
    return approvals_fault(fmt::format("{{environments: [local], deadline: 1h, {}, break-glass: {{{}}}}}", head, glass));
  };
  const auto after = [](const std::string& message) { return message.substr(message.find(": ") + 2); };
  const std::string rest = "reviewers: 2, review-within: 72h";
  EXPECT_EQ(after(fault("lasts: 61m, " + rest)), "expected a time from 1m to 1h, found \"61m\"");
  EXPECT_EQ(after(fault("lasts: 0m, " + rest)), "expected a time from 1m to 1h, found \"0m\"");
  EXPECT_EQ(after(fault("lasts: 60m, reviewers: 1, review-within: 72h")), "expected a number from 2 to 8, found \"1\"");
  EXPECT_EQ(after(fault("lasts: 60m, reviewers: 2, review-within: 73h")), "expected a time from 1h to 3d, found \"73h\"");
  EXPECT_EQ(after(fault("lasts: 60m, reviewers: 2")), "expected the key \"review-within\" in the break-glass, found none");
  EXPECT_EQ(after(fault("keeps: [x], lasts: 60m, " + rest)), "expected the names of slots of this rule, found \"x\"");
  EXPECT_EQ(after(fault("keeps: [a, c], lasts: 60m, " + rest)), "expected fewer slots to be kept than the rule has: break-glass would change nothing");
  EXPECT_EQ(after(fault("lasts: 60m, " + rest, "classification: clinical, slots: []")), "expected fewer slots to be kept than the rule has: break-glass would change nothing");
  EXPECT_EQ(after(fault("lasts: 60m, " + rest, "classification: business, slots: [{name: a, roles: [b]}]")), "expected break-glass only in a rule with \"classification: clinical\"");
  EXPECT_EQ(after(fault("lasts: 60m, " + rest, "slots: [{name: a, roles: [b]}]")), "expected break-glass only in a rule with \"classification: clinical\"");
  EXPECT_EQ(after(fault("for: 60m, " + rest)), "expected a key of the break-glass (keeps, lasts, reviewers, review-within), found \"for\"");
}

TEST(Policy, RefusesFaultyGrants) {
  const auto fault = [](std::string_view grant) {
    const auto policy = Policy::load(kApprovals, "grants:\n  - " + std::string(grant) + "\n");
    return policy ? "accepted" : policy.error().message;
  };
  const std::string ok = "role: a, environments: [local], rights: [plan]";
  EXPECT_EQ(fault("{" + ok + "}"), "accepted");
  EXPECT_EQ(fault("{role: A, environments: [local], rights: [plan]}"),
            "policies/access.yaml:2:12: expected a role's name ([a-z][a-z0-9-]*, at most 32), found \"A\"");
  EXPECT_EQ(
      fault("{role: a, environments: [local], rights: [write]}"),
      "policies/access.yaml:2:46: expected plan, read, approve, execute, deploy, monitor, audit, reveal, break-glass "
      "or tier-check, found \"write\"");
  // An empty list must not come to mean "all".
  EXPECT_EQ(fault("{" + ok + ", classifications: []}"),
            "policies/access.yaml:2:71: expected at least one of \"classifications\", found none");
  EXPECT_EQ(fault("{" + ok + ", marked: []}"),
            "policies/access.yaml:2:62: expected at least one of \"marked\", found none");
  EXPECT_EQ(fault("{" + ok + ", marked: [x]}"),
            "policies/access.yaml:2:62: expected demo, call-centre or deployment, found \"x\"");
  EXPECT_EQ(fault("{" + ok + ", mark: [demo]}"),
            "policies/access.yaml:2:54: expected a key of the grant, found \"mark\"; did you mean \"marked\"?");
}

TEST(Right, HasNamesThatParse) {
  for (const std::string name :
       {"plan", "read", "approve", "execute", "deploy", "monitor", "audit", "reveal", "tier-check"}) {
    const auto right = parse_right(name);
    ASSERT_TRUE(right) << name;
    EXPECT_EQ(to_string(*right), name);
  }
  EXPECT_FALSE(parse_right("Plan"));
  EXPECT_FALSE(parse_right(""));
}

TEST(Matches, KnowsOnlyTheStar) {
  EXPECT_TRUE(matches("feature-*", "feature-deploy"));
  EXPECT_TRUE(matches("feature-*", "feature-"));
  EXPECT_FALSE(matches("feature-*", "feature"));
  EXPECT_FALSE(matches("feature-*", "a feature-x"));
  EXPECT_TRUE(matches("*", ""));
  EXPECT_TRUE(matches("* run", "billing-process run"));
  EXPECT_TRUE(matches("a*b*c", "aXbXbc"));
  EXPECT_FALSE(matches("a*b*c", "aXbXb"));
  EXPECT_TRUE(matches("abc", "abc"));
  EXPECT_FALSE(matches("abc", "abcd"));
  EXPECT_FALSE(matches("abcd", "abc"));
  EXPECT_FALSE(matches("", "a"));
  EXPECT_TRUE(matches("", ""));
  EXPECT_FALSE(matches("a?c", "abc"));
  EXPECT_FALSE(matches(std::string(60, '*') + "b", std::string(4096, 'a')));
}

}  // namespace
}  // namespace blc::policy
