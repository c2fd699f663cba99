#include "core/plan/plan.hpp"

#include <gtest/gtest.h>

#include <functional>

#include "core/crypto/digest.hpp"
#include "core/plan/drift.hpp"
#include "support/world.hpp"

namespace blc::plan {
namespace {

using namespace std::chrono_literals;
using testing::must;
using text::Json;

ledger::SealedItem sealed(const std::string& name) {
  return {name, {crypto::sha256("commitment of " + name), crypto::sha256("ciphertext of " + name)}};
}

// A plan in which every field says something.
Plan full_plan() {
  Plan plan;
  plan.run = *RunId::parse("01KADX0V8T5N2R9JQ3HW7M4KD2");
  plan.requester = "ana";
  plan.deadline = *parse_timestamp("2026-11-23T10:31:00.000Z");
  plan.sealed = {sealed("run-key"), sealed("client")};
  plan.previews = {{"write", ledger::sealed_reference(1)}, {"other", Json("one line")}};
  auto& resolution = plan.resolution;
  resolution.verb = "report make";
  resolution.classification = Classification::clinical;
  resolution.environment = Environment::staging;
  resolution.fidelity = Fidelity::exact;
  resolution.parameters = {{"client", ledger::sealed_reference(1)}, {"count", Json(3)}, {"fast", Json(true)}};
  resolution.isolation = "bubblewrap";
  PlannedStep step;
  step.name = "write";
  step.summary = "writes the report";
  step.effect = Effect::write;
  step.run = {{"writer", "verbs/bin/report"},
              Json::Array{Json("text"), Json(Json::Object{{"parameter", "client"}})},
              {"verbs/bin/report"}};
  step.preview = PlannedCommand{{"drafter"}, {}, {}};
  step.undo = PlannedCommand{{"eraser", "--all"}, Json::Array{Json("x")}, {"a file"}};
  step.confirm = PlannedCommand{{"asker"}, {}, {"a file"}};
  step.environment = {{"RECORDS", "records"}};
  step.writes = {"reports"};
  step.timeout = 30s;
  step.output_limit = 4096;
  step.idempotent = true;
  resolution.steps = {step};
  resolution.observations = {{"file records/\u00e9t\u00e9.txt", "sha256:00"},
                             {"program writer", "/usr/bin/writer sha256:11"}};
  resolution.rule.slots = {{"clinical-lead", {"clinical-lead", "deputy"}}};
  resolution.rule.deadline = 24h;
  resolution.rule.source = "policies/approvals.yaml:12";
  resolution.required_run = RequiredRun{"test", Environment::integration, 2h, crypto::sha256("verb: test")};
  resolution.governing = {"verbs/report.yaml", "verb: report make\n", "rules: []\n", "grants: []\n", "environments: {}\n", "classes: {}\n"};
  return plan;
}

TEST(Plan, DigestOfTheSamePlanIsTheSameForEver) {
  EXPECT_EQ(full_plan().digest().tagged(), "sha256:6f129e50ea8e115f8a8beb4512c8994f1e1915bbe098487887b8c8b1b66444d6");
  EXPECT_EQ(full_plan().digest(), full_plan().digest());
}

TEST(Plan, ComesBackFromItsJsonWithTheSameDigest) {
  const auto plan = full_plan();
  const auto back = must(Plan::from_json(must(text::parse_canonical(text::canonical(plan.to_json())))));
  EXPECT_EQ(back.to_json(), plan.to_json());
  EXPECT_EQ(back.digest(), plan.digest());
  auto bare = plan;
  bare.resolution.required_run.reset();
  bare.resolution.steps.front().undo.reset();
  bare.resolution.steps.front().preview.reset();
  bare.resolution.steps.front().run.standard_input.reset();
  bare.sealed.clear();
  bare.previews.clear();
  EXPECT_EQ(must(Plan::from_json(bare.to_json())).digest(), bare.digest());
}

struct Change {
  std::string name;
  std::function<void(Plan&)> make;
};

std::vector<Change> changes_of_the_header() {
  return {{"run", [](Plan& plan) { plan.run = *RunId::parse("01KADX0V8T5N2R9JQ3HW7M4KD3"); }},
          {"requester", [](Plan& plan) { plan.requester = "ben"; }},
          {"deadline", [](Plan& plan) { plan.deadline += 1ms; }},
          {"sealed name", [](Plan& plan) { plan.sealed[0].name = "x"; }},
          {"sealed commitment", [](Plan& plan) { plan.sealed[0].ref.commitment.bytes[0] ^= 1; }},
          {"sealed ciphertext", [](Plan& plan) { plan.sealed[0].ref.ciphertext.bytes[31] ^= 1; }},
          {"sealed order", [](Plan& plan) { std::swap(plan.sealed[0], plan.sealed[1]); }},
          {"previews", [](Plan& plan) { plan.previews["other"] = "another line"; }}};
}

std::vector<Change> changes_of_the_resolution() {
  const auto step = [](std::function<void(PlannedStep&)> change) {
    return [change = std::move(change)](Plan& plan) { change(plan.resolution.steps.front()); };
  };
  return {
      {"verb", [](Plan& plan) { plan.resolution.verb = "report"; }},
      {"what it relies on",
       [](Plan& plan) { plan.resolution.relies_on = {{privacy::Purpose::treatment, "c1", "1", "hmac-sha256:00", plan.deadline}}; }},
      {"classification", [](Plan& plan) { plan.resolution.classification = Classification::business; }},
      {"environment", [](Plan& plan) { plan.resolution.environment = Environment::production; }},
      {"fidelity", [](Plan& plan) { plan.resolution.fidelity = Fidelity::estimate; }},
      {"rehearsal", [](Plan& plan) { plan.resolution.rehearsal = true; }},
      {"parameters", [](Plan& plan) { plan.resolution.parameters["count"] = 4; }},
      {"a parameter's type", [](Plan& plan) { plan.resolution.parameters["count"] = "3"; }},
      {"isolation", [](Plan& plan) { plan.resolution.isolation = "none"; }},
      {"another step", [](Plan& plan) { plan.resolution.steps.push_back(plan.resolution.steps.front()); }},
      {"a step less", [](Plan& plan) { plan.resolution.steps.clear(); }},
      {"step name", step([](auto& one) { one.name = "x"; })},
      {"step summary", step([](auto& one) { one.summary = "x"; })},
      {"step effect", step([](auto& one) { one.effect = Effect::disclose; })},
      {"argv", step([](auto& one) { one.run.argv[1] = "verbs/bin/other"; })},
      {"argv split", step([](auto& one) { one.run.argv = {"writer verbs/bin/report"}; })},
      {"stdin", step([](auto& one) { one.run.standard_input->front() = "other"; })},
      {"no stdin", step([](auto& one) { one.run.standard_input.reset(); })},
      {"sees", step([](auto& one) { one.run.sees.clear(); })},
      {"preview", step([](auto& one) { one.preview->argv = {"x"}; })},
      {"no preview", step([](auto& one) { one.preview.reset(); })},
      {"undo", step([](auto& one) { one.undo->argv = {"x"}; })},
      {"confirm", step([](auto& one) { one.confirm->argv = {"true"}; })},
      {"confirm's files", step([](auto& one) { one.confirm->sees = {}; })},
      {"no confirm", step([](auto& one) { one.confirm.reset(); })},
      {"no undo", step([](auto& one) { one.undo.reset(); })},
      {"environment values", step([](auto& one) { one.environment["RECORDS"] = "x"; })},
      {"writes", step([](auto& one) { one.writes = {"x"}; })},
      {"timeout", step([](auto& one) { one.timeout += 1s; })},
      {"output limit", step([](auto& one) { ++one.output_limit; })},
      {"atomic", step([](auto& one) { one.atomic = true; })},
      {"idempotent", step([](auto& one) { one.idempotent = false; })},
      {"at planning", step([](auto& one) { one.at_planning = true; })},
      {"observation", [](Plan& plan) { plan.resolution.observations["program writer"] = "x"; }},
      {"observation more", [](Plan& plan) { plan.resolution.observations["x"] = "x"; }},
      {"slot name", [](Plan& plan) { plan.resolution.rule.slots[0].name = "x"; }},
      {"slot roles", [](Plan& plan) { plan.resolution.rule.slots[0].roles.pop_back(); }},
      {"slot touch", [](Plan& plan) { plan.resolution.rule.slots[0].hardware = policy::Hardware::touch; }},
      {"slot PIN", [](Plan& plan) { plan.resolution.rule.slots[0].hardware = policy::Hardware::pin; }},
      {"slot attested", [](Plan& plan) { plan.resolution.rule.slots[0].attested = true; }},
      {"slots", [](Plan& plan) { plan.resolution.rule.slots.clear(); }},
      {"rule deadline", [](Plan& plan) { plan.resolution.rule.deadline = 48h; }},
      {"requester may sign", [](Plan& plan) { plan.resolution.rule.requester_may_sign = true; }},
      {"requester may execute", [](Plan& plan) { plan.resolution.rule.requester_may_execute = false; }},
      {"approver may execute", [](Plan& plan) { plan.resolution.rule.approver_may_execute = false; }},
      {"seen", [](Plan& plan) { plan.resolution.rule.seen_revealed = true; }},
      {"least fidelity", [](Plan& plan) { plan.resolution.rule.fidelity = Fidelity::exact; }},
      {"window", [](Plan& plan) { plan.resolution.rule.calendar = {"UTC0", {{{1, 2}, 8h, 18h}}, {}}; }},
      {"window's days", [](Plan& plan) { plan.resolution.rule.calendar = {"UTC0", {{{1}, 8h, 18h}}, {}}; }},
      {"zone", [](Plan& plan) { plan.resolution.rule.calendar = {"CET-1CEST,M3.5.0,M10.5.0/3", {{{1}, 8h, 18h}}, {}}; }},
      {"freeze", [](Plan& plan) { plan.resolution.rule.calendar = {"", {}, {{2026y / 12 / 24, 2026y / 12 / 26, "year end"}}}; }},
      {"rule source", [](Plan& plan) { plan.resolution.rule.source = "x"; }},
      {"required verb", [](Plan& plan) { plan.resolution.required_run->verb = "x"; }},
      {"required environment", [](Plan& plan) { plan.resolution.required_run->environment = Environment::staging; }},
      {"required within", [](Plan& plan) { plan.resolution.required_run->within = 3h; }},
      {"required text", [](Plan& plan) { plan.resolution.required_run->verb_text.bytes[0] ^= 1; }},
      {"no requirement", [](Plan& plan) { plan.resolution.required_run.reset(); }},
      {"verb path", [](Plan& plan) { plan.resolution.governing.verb_path = "verbs/x.yaml"; }},
      {"verb text", [](Plan& plan) { plan.resolution.governing.verb_text += " "; }},
      {"approvals", [](Plan& plan) { plan.resolution.governing.approvals_text += " "; }},
      {"access", [](Plan& plan) { plan.resolution.governing.access_text += " "; }},
      {"environments", [](Plan& plan) { plan.resolution.governing.environments_text += " "; }},
      {"data classes", [](Plan& plan) { plan.resolution.governing.data_classes_text += " "; }}};
}

TEST(Plan, DigestCoversEveryField) {
  auto changes = changes_of_the_header();
  for (auto& change : changes_of_the_resolution()) changes.push_back(std::move(change));
  std::map<PlanDigest, std::string> seen{{full_plan().digest(), "nothing"}};
  for (const auto& change : changes) {
    auto plan = full_plan();
    change.make(plan);
    const auto [other, fresh] = seen.emplace(plan.digest(), change.name);
    EXPECT_TRUE(fresh) << change.name << " gives the digest of " << other->second;
    EXPECT_EQ(must(Plan::from_json(plan.to_json())).digest(), plan.digest()) << change.name;
  }
}

TEST(Plan, DriftNamesEveryChangeOfTheResolution) {
  EXPECT_TRUE(drift(full_plan().resolution, full_plan().resolution).empty());
  for (const auto& change : changes_of_the_resolution()) {
    auto plan = full_plan();
    change.make(plan);
    EXPECT_FALSE(drift(full_plan().resolution, plan.resolution).empty()) << change.name;
    EXPECT_FALSE(drift(plan.resolution, full_plan().resolution).empty()) << change.name;
  }
}

TEST(Plan, DriftSaysWhatWasAndWhatIs) {
  const auto approved = full_plan().resolution;
  auto now = approved;
  now.observations["program writer"] = "/usr/bin/writer sha256:22";
  now.observations.erase("file records/\u00e9t\u00e9.txt");
  now.observations["link x"] = "absent";
  now.isolation = "seccomp";
  EXPECT_EQ(drift(approved, now),
            (std::vector<std::string>{"file records/\u00e9t\u00e9.txt: was sha256:00, is no longer there",
                                      "program writer: was /usr/bin/writer sha256:11, is /usr/bin/writer sha256:22",
                                      "link x: is new, absent", "isolation: was bubblewrap, is seccomp"}));
  now = approved;
  now.governing.access_text = "grants: [x]\n";
  EXPECT_EQ(drift(approved, now),
            (std::vector<std::string>{"policies/access.yaml: was grants: []\n, is grants: [x]\n"}));
}

TEST(Plan, SaysInPlainWordsWhatKindOfThingDrifted) {
  const auto approved = full_plan().resolution;
  auto now = approved;
  now.observations["program writer"] = "/usr/bin/writer sha256:22";
  now.observations["file verbs/bin/tidy"] = "sha256:33";
  now.observations["output of check"] = "sha256:44";
  now.governing.access_text = "grants: [x]\n";
  now.governing.approvals_text = "rules: [x]\n";
  EXPECT_EQ(kinds_of_drift(drift(approved, now)),
            "the program writer of this machine, as by an update of its system; the script verbs/bin/tidy; what step check found; "
            "the policy");
  EXPECT_EQ(kinds_of_drift({}), "");
}

TEST(Plan, RefusesJsonThatSaysMoreOrLess) {
  const auto json = full_plan().to_json();
  const auto without = [&](const std::vector<std::string>& path) {
    auto copy = json;
    auto* object = copy.get_if<Json::Object>();
    for (std::size_t i = 0; i + 1 < path.size(); ++i) object = object->at(path[i]).get_if<Json::Object>();
    object->erase(path.back());
    return Plan::from_json(copy);
  };
  const auto with = [&](const std::vector<std::string>& path) {
    auto copy = json;
    auto* object = copy.get_if<Json::Object>();
    for (const auto& name : path) object = object->at(name).get_if<Json::Object>();
    object->emplace("surplus", 1);
    return Plan::from_json(copy);
  };
  for (const auto& [part, value] : *json.get_if<Json::Object>()) {
    EXPECT_FALSE(without({part}));
    EXPECT_FALSE(with({part}));
    for (const auto& [member, inner] : *value.get_if<Json::Object>()) {
      if (member == "requires") continue;  // may be left out
      EXPECT_FALSE(without({part, member})) << member;
    }
  }
  EXPECT_FALSE(with({}));
  EXPECT_FALSE(with({"resolution", "policy"}));
  EXPECT_FALSE(with({"resolution", "governing"}));
  EXPECT_FALSE(with({"resolution", "requires"}));
}

TEST(Plan, RefusesASlotThatSaysWhatSilenceSays) {
  const auto with = [](const Json& hardware) {
    auto json = full_plan().to_json();
    auto& policy = *json.get_if<Json::Object>()->at("resolution").get_if<Json::Object>()->at("policy").get_if<Json::Object>();
    policy.at("slots").get_if<Json::Array>()->front().get_if<Json::Object>()->emplace("hardware", hardware);
    return Plan::from_json(json);
  };
  EXPECT_TRUE(with("touch"));
  const auto attested = [](const Json& value) {
    auto json = full_plan().to_json();
    auto& policy = *json.get_if<Json::Object>()->at("resolution").get_if<Json::Object>()->at("policy").get_if<Json::Object>();
    policy.at("slots").get_if<Json::Array>()->front().get_if<Json::Object>()->emplace("attested", value);
    return Plan::from_json(json);
  };
  EXPECT_TRUE(attested(true));
  EXPECT_FALSE(attested(false));
  EXPECT_FALSE(attested("true"));
  for (const auto& hardware : {Json("any"), Json(""), Json("Touch"), Json(1), Json(Json::Array{"pin"})})
    EXPECT_FALSE(with(hardware)) << text::canonical(hardware);
}

TEST(Plan, RefusesObservationsOutOfOrderOrRepeated) {
  auto json = full_plan().to_json();
  auto& list =
      *json.get_if<Json::Object>()->at("resolution").get_if<Json::Object>()->at("observations").get_if<Json::Array>();
  std::swap(list[0], list[1]);
  EXPECT_FALSE(Plan::from_json(json));
  list[1] = list[0];
  EXPECT_FALSE(Plan::from_json(json));
}

TEST(Request, ComesBackFromItsJson) {
  Request request{"report make",
                  {{"client", ledger::sealed_reference(1)}, {"count", Json(3)}},
                  "aabb",
                  {sealed("run-key"), sealed("client")},
                  true};
  const auto back = must(Request::from_json(request.to_json()));
  EXPECT_EQ(back.to_json(), request.to_json());
  EXPECT_EQ(back.subject, "aabb");
  EXPECT_TRUE(back.rehearsal);
  request.subject.reset();
  EXPECT_FALSE(must(Request::from_json(request.to_json())).subject);
}

TEST(Request, RefusesMalformedParameters) {
  const Request good{"x", {{"a", Json("text")}}, {}, {sealed("run-key")}, false};
  ASSERT_TRUE(Request::from_json(good.to_json()));
  for (const auto& value : {Json(), Json(Json::Array{}), Json(Json::Object{}), ledger::sealed_reference(1),
                            Json(Json::Object{{"sealed", -1}})}) {
    auto bad = good;
    bad.parameters["a"] = value;
    EXPECT_FALSE(Request::from_json(bad.to_json()));
  }
  auto surplus = good.to_json();
  surplus.get_if<Json::Object>()->emplace("surplus", 1);
  EXPECT_FALSE(Request::from_json(surplus));
}

TEST(Reliance, ComesBackFromItsJsonAndDriftsInEveryPart) {
  auto plan = full_plan();
  const Reliance reliance{privacy::Channel::sms, "${client}", "2", "hmac-sha256:00", plan.deadline};
  plan.resolution.relies_on = {{privacy::CareRelation{}, "team-1", "1", "hmac-sha256:11"}, reliance};
  EXPECT_EQ(must(Plan::from_json(plan.to_json())).resolution.relies_on, plan.resolution.relies_on);
  EXPECT_TRUE(drift(plan.resolution, plan.resolution).empty());
  const std::vector<std::function<void(Reliance&)>> changes{
      [](Reliance& it) { it.id = "x"; }, [](Reliance& it) { it.version = "3"; }, [](Reliance& it) { it.digest = "hmac-sha256:01"; },
      [](Reliance& it) { it.until.reset(); }, [](Reliance& it) { it.need = privacy::Channel::email; }};
  for (const auto& change : changes) {
    auto other = plan;
    change(other.resolution.relies_on.back());
    EXPECT_NE(other.digest(), plan.digest());
    const auto found = drift(plan.resolution, other.resolution);
    ASSERT_FALSE(found.empty());
    EXPECT_TRUE(found.front().starts_with("contact by sms: was ${client} version 2")) << found.front();
    EXPECT_NE(kinds_of_drift(found).find("the subject's own record"), std::string::npos);
  }
  for (const auto* need : {"consent", "contact fax", ""}) {
    auto json = plan.to_json();
    auto* const resolution = json.get_if<Json::Object>()->at("resolution").get_if<Json::Object>();
    resolution->at("relies_on").get_if<Json::Array>()->front().get_if<Json::Object>()->insert_or_assign("need", need);
    EXPECT_FALSE(Plan::from_json(json)) << need;
  }
}

}  // namespace
}  // namespace blc::plan
