// What a run relies on in the practice's registers is read when it is planned and once more before it starts, and the
// ledger alone tells when it ends by itself.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "core/approval/bodies.hpp"
#include "support/world.hpp"

namespace blc::execution {
namespace {

using namespace std::chrono_literals;
using approval::Ending;
using approval::State;
using ledger::Kind;
using testing::World;

const verb::Values kClient{{"client", "C-1042"}};
constexpr const char* kConsent = "fixtures/mock/registers/Consent/c1.json";

std::string consent(const std::string& period, const std::string& id = "c1", const std::string& version = "1") {
  return fmt::format(
      R"({{"resourceType":"Consent","id":"{}","meta":{{"versionId":"{}"}},"status":"active",)"
      R"("scope":{{"coding":[{{"system":"http://terminology.hl7.org/CodeSystem/consentscope","code":"patient-privacy"}}]}},)"
      R"("patient":{{"reference":"Patient/C-1042"}},"provision":{{"type":"permit","period":{{{}}}}}}})",
      id, version, period);
}

testing::Practice practice() {
  auto files = testing::default_practice();
  auto& text = files.at("verbs/report.yaml");
  const std::string subject = "subject: client\n";
  text.insert(text.find(subject) + subject.size(), "consent: {purpose: TREAT}\n");
  files.insert_or_assign(kConsent, consent(R"("end":"2026-11-23T00:00:00Z")"));
  return files;
}

class Relying : public ::testing::Test {
 protected:
  Relying() : world(practice()) {}

  // Why the run does not start; nothing is started, and it is recorded.
  std::string refusal(const RunId& run) {
    world.processes.launches.clear();
    const auto before = world.run(run).refusals.size();
    const auto outcome = world.execute(run);
    EXPECT_FALSE(outcome);
    EXPECT_EQ(world.processes.count("writer"), 0U);
    EXPECT_EQ(world.run(run).refusals.size(), before + 1);
    EXPECT_FALSE(world.run(run).claim);
    return outcome ? "it ran" : outcome.error().message;
  }
  RunId ordered() {
    const auto run = world.planned("report make", kClient);
    testing::must(world.order(run));
    return run;
  }
  World world;
};

TEST_F(Relying, PutsWhatAllowsItIntoThePlan) {
  const auto run = ordered();
  const auto& reliances = world.run(run).plan->plan->resolution.relies_on;
  ASSERT_EQ(reliances.size(), 1U);
  EXPECT_EQ(privacy::to_string(reliances[0].need), "consent TREAT");
  EXPECT_EQ(reliances[0].id, "c1");
  EXPECT_EQ(reliances[0].version, "1");
  EXPECT_TRUE(reliances[0].digest.starts_with("hmac-sha256:"));
  EXPECT_EQ(reliances[0].until, parse_timestamp("2026-11-23T00:00:01.000Z"));
  EXPECT_EQ(testing::must(world.execute(run)).ending, Ending::succeeded);
  EXPECT_TRUE(world.told().faults().empty());
}

TEST_F(Relying, ReadsNothingOfTheSubjectBeforeTheConsent) {
  world.files.files.erase(kConsent);
  const auto run = world.requested("report make", kClient);
  world.processes.launches.clear();
  const auto planned = world.plan(run);
  ASSERT_FALSE(planned);
  EXPECT_EQ(planned.error().code, Exit::refused);
  EXPECT_NE(planned.error().message.find("no consent to treatment is on file"), std::string::npos);
  EXPECT_EQ(world.processes.count(), 0U);
  EXPECT_EQ(world.run(run).refusals.size(), 1U);
  EXPECT_FALSE(world.run(run).plan);
}

TEST_F(Relying, StopsWhereTheConsentIsGoneBeforeItStarts) {
  const auto run = ordered();
  world.files.files.erase(kConsent);
  EXPECT_NE(refusal(run).find("no consent to treatment is on file"), std::string::npos);
}

TEST_F(Relying, StopsWhereTheConsentWasPutAnew) {
  const auto run = ordered();
  world.files.files[kConsent] = consent(R"("end":"2026-11-23T00:00:00Z")", "c1", "2");
  const auto why = refusal(run);
  EXPECT_NE(why.find("Changed since it was planned: the consent to treatment on file"), std::string::npos) << why;
  world.files.files[kConsent] = consent(R"("end":"2026-11-24")");  // the same version
  EXPECT_NE(refusal(run).find("consent to treatment: was c1 version 1"), std::string::npos);
}

TEST_F(Relying, StopsWhenTheConsentHasEndedByTimeAlone) {
  const auto run = ordered();
  world.clock.advance(14h);  // past it, within the plan's deadline
  EXPECT_EQ(world.state(run), State::pending);
  const auto why = refusal(run);
  EXPECT_NE(why.find("consent to treatment: what the plan relies on (c1, version 1) ended 2026-11-23T00:00:01.000Z"), std::string::npos) << why;
}

// The executor that does not look at the clock is caught by everybody who reads the ledger.
TEST_F(Relying, MakesAClaimAfterTheEndVoid) {
  const auto run = ordered();
  world.clock.advance(14h);
  const auto& facts = world.run(run);
  const auto claim = world.append_raw("machine", Kind::claim, world.scope(run),
                                      approval::claim_body(facts.plan->digest, facts.orders.back().hash));
  EXPECT_TRUE(world.standing(claim).starts_with("void")) << world.standing(claim);
  EXPECT_NE(world.standing(claim).find("what the plan relies on"), std::string::npos) << world.standing(claim);
}

TEST_F(Relying, AsksForNoOrderThatTheConsentDoesNotLiveToSee) {
  const auto run = world.planned("report make", kClient);
  world.clock.advance(14h);
  const auto ordered = world.order(run);
  ASSERT_FALSE(ordered);
  EXPECT_EQ(ordered.error().code, Exit::refused);
}

TEST_F(Relying, KeepsTheSubjectOutOfThePlan) {
  world.files.files.erase(kConsent);
  world.files.files["fixtures/mock/registers/Consent/x.json"] = consent("", "to-treat.c-1042.C-1042", "C-1042");
  const auto run = world.planned("report make", kClient);
  const auto& reliance = world.run(run).plan->plan->resolution.relies_on.front();
  EXPECT_EQ(reliance.id, "to-treat.${client}.${client}");
  EXPECT_EQ(reliance.version, "${client}");
  for (const auto& entry : world.store.entries) EXPECT_EQ(entry.find("1042"), std::string::npos);
}

TEST_F(Relying, OfARollbackIsOnNothing) {
  const auto done = ordered();
  testing::must(world.execute(done));
  world.files.files.erase(kConsent);
  const auto back = [&] {
    const auto catalog = testing::must(world.executor().governing_catalog(Environment::local));
    return testing::must(world.desk("ana").request_rollback(world.run(done), *catalog.find_verb("report make"), false, catalog.policy()));
  }();
  testing::must(world.plan(back));
  testing::must(world.order(back));
  EXPECT_EQ(testing::must(world.execute(back)).ending, Ending::succeeded);
  EXPECT_TRUE(world.run(back).plan->plan->resolution.relies_on.empty());
}

// A plan that leaves out what its verb asks for is not the verb's.
TEST_F(Relying, CannotBeLeftOutOfAPlan) {
  const auto good = world.planned("report make", kClient);
  const auto forged = [&](const std::function<void(std::vector<plan::Reliance>&)>& change) {
    const auto run = world.requested("report make", kClient);
    auto plan = *world.run(good).plan->plan;
    plan.run = run;
    plan.sealed = world.run(run).request->request.sealed;
    plan.previews.clear();
    plan.resolution.parameters = world.run(run).request->request.parameters;
    change(plan.resolution.relies_on);
    auto standing = world.standing(world.append_raw("machine", Kind::plan, world.scope(run), plan.to_json()));
    world.store.entries.pop_back();  // no client has seen it; the next forgery finds a sound ledger
    return standing;
  };
  EXPECT_EQ(forged([](auto&) {}), "counts");
  EXPECT_NE(forged([](auto& all) { all.clear(); }).find("does not rely on the consents that its verb asks for"), std::string::npos);
  EXPECT_TRUE(forged([](auto& all) { all.front().need = privacy::Purpose::payment; }).starts_with("void"));
  EXPECT_TRUE(forged([](auto& all) { all.push_back(all.front()); }).starts_with("void"));
}

}  // namespace
}  // namespace blc::execution
