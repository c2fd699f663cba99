// The JSON of a run; its text is in run_view.cpp.
#include "cli/views/glass.hpp"
#include "cli/views/notes.hpp"
#include "cli/views/recipient.hpp"
#include "cli/views/run_view.hpp"
#include "cli/views/undo.hpp"
#include "core/approval/reached.hpp"
#include "core/ledger/sealed_list.hpp"

namespace blc::cli {

using approval::State;
using text::Json;

namespace {

// Signed by somebody as `by`, at `at`.
Json::Object fact_json(const approval::Fact& fact) {
  return {{"by", fact.by}, {"at", blc::to_string(fact.at)}, {"leaf", fact.leaf}};
}

// Of what keeps a run from starting: also whether executors have seen it.
Json::Object kept_json(const RunView& view, const approval::Fact& fact) {
  auto json = fact_json(fact);
  json.emplace("in_force", in_force(view, fact));
  return json;
}

Json orders_json(const approval::Run& run) {
  Json::Array orders;
  for (const auto& order : run.orders) {
    auto object = fact_json(order);
    object.emplace("withdrawn", order.withdrawn);
    if (order.not_before) object.emplace("not_before", blc::to_string(*order.not_before));
    orders.emplace_back(std::move(object));
  }
  return orders;
}

// Every approval as it was given: whose, when, meaning what (21 CFR 11.50), and whether the sealed values had been seen.
Json signatures_json(const RunView& view) {
  const auto& run = *view.run;
  Json::Array signatures;
  for (const auto& approval : run.approvals) {
    auto object = fact_json(approval);
    object.emplace("decision", to_string(approval.act));
    if (approval.act == approval::Act::withdraw) object.emplace("in_force", in_force(view, approval));
    if (const auto printed = printed_name(view, approval); !printed.empty()) object.emplace("printed_name", printed);
    if (approval.act == approval::Act::approve) {
      object.emplace("meaning", to_string(approval.meaning));
      object.emplace("saw_sealed", saw_sealed(run, approval.by, approval.leaf));
    }
    signatures.emplace_back(std::move(object));
  }
  return signatures;
}

Json slots_json(const approval::Decision& decision) {
  Json::Array slots;
  for (const auto& status : decision.slots) {
    Json::Object slot{{"name", status.slot.name},
                      {"roles", Json::Array(status.slot.roles.begin(), status.slot.roles.end())},
                      {"open_to", Json::Array(status.open_to.begin(), status.open_to.end())}};
    if (status.slot.hardware != policy::Hardware::any) slot.emplace("hardware", policy::to_string(status.slot.hardware));
    if (status.slot.attested) slot.emplace("attested", true);
    if (status.by) {
      slot.emplace("by", *status.by);
      if (!status.in_place_of.empty()) slot.emplace("in_place_of", status.in_place_of);
      slot.emplace("at", blc::to_string(*status.at));
      slot.emplace("security_key", status.hardware_key);
      slot.emplace("touch", status.shown.touched);
      slot.emplace("pin", status.shown.pin);
      slot.emplace("attested_key", status.shown.attested);
    }
    slots.emplace_back(std::move(slot));
  }
  return slots;
}

Json steps_json(const RunView& view) {
  Json::Array steps;
  for (const auto& step : plan_of(view).resolution.steps) {
    Json::Object object{{"name", step.name},
                        {"summary", step.summary},
                        {"effect", blc::to_string(step.effect)},
                        {"undo", step.undo.has_value()},
                        {"undo_words", undo_words(step)},
                        {"confirm", step.confirm.has_value()},
                        {"idempotent", step.idempotent},
                        {"atomic", step.atomic},
                        {"argv", Json::Array(step.run.argv.begin(), step.run.argv.end())}};
    if (const auto to = step.effect == Effect::disclose ? recipient_of(*view.run, step.name) : std::nullopt) object.emplace("recipient", *to);
    steps.emplace_back(std::move(object));
  }
  return steps;
}

Json reliances_json(const RunView& view) {
  Json::Array list;
  for (const auto& reliance : plan_of(view).resolution.relies_on) {
    Json::Object object{{"need", privacy::to_string(reliance.need)}, {"id", reliance.id}, {"version", reliance.version}};
    if (reliance.until) object.emplace("until", blc::to_string(*reliance.until));
    list.emplace_back(std::move(object));
  }
  return list;
}

Json migration_json(const plan::Migration& migration) {
  const auto names = [](const std::vector<std::string>& list) { return Json::Array(list.begin(), list.end()); };
  Json::Object object{{"from", to_string(migration.from)}, {"to", to_string(migration.to)},       {"settings", migration.settings.tagged()},
                      {"below", migration.below.tagged()}, {"told", names(migration.told)},       {"changed", names(migration.changed)},
                      {"added", names(migration.added)},   {"removed", names(migration.removed)}};
  if (migration.evidence) object.emplace("evidence", Json::Object{{"by", migration.evidence->by}, {"on", migration.evidence->on}});
  return object;
}

Json parameters_json(const RunView& view) {
  Json::Object object;
  for (const auto& [name, value] : view.run->request->request.parameters) {
    const auto opened = view.opened.find(name);
    if (!ledger::sealed_position(value)) {
      object.emplace(name, value);
    } else if (opened != view.opened.end()) {
      object.emplace(name, opened->second);
    } else {
      object.emplace(name, Json::Object{{"sealed", true}});
    }
  }
  return object;
}

}  // namespace

Json to_json(const RunView& view) {
  const auto& run = *view.run;
  Json::Object json{{"format", "blc.run/v1"},
                    {"run", run.id.str()},
                    {"state", to_string(view.state)},
                    {"verb", run.request->request.verb},
                    {"classification", blc::to_string(run.classification)},
                    {"environment", blc::to_string(run.environment)},
                    {"rehearsal", run.request->request.rehearsal},
                    {"requester", run.request->by},
                    {"requested_at", blc::to_string(run.request->at)},
                    {"parameters", parameters_json(view)}};
  if (run.plan) {
    json.emplace("plan_digest", run.plan->digest.tagged());
    json.emplace("deadline", blc::to_string(view.decision.deadline));
    json.emplace("fidelity", blc::to_string(plan_of(view).resolution.fidelity));
    json.emplace("policy", plan_of(view).resolution.rule.source);
    json.emplace("steps", steps_json(view));
    json.emplace("relies_on", reliances_json(view));
    if (plan_of(view).resolution.migrates) json.emplace("migrates", migration_json(*plan_of(view).resolution.migrates));
    json.emplace("approvals", Json::Object{{"required", view.decision.slots.size()},
                                           {"given", view.decision.given},
                                           {"reachable", view.decision.reachable},
                                           {"slots", slots_json(view.decision)}});
    if (view.state == State::pending) json.emplace("why_not", view.decision.why);
  }
  if (!run.approvals.empty()) json.emplace("signatures", signatures_json(view));
  if (run.request->request.rolls_back) json.emplace("rolls_back", run.request->request.rolls_back->str());
  if (view.state == State::rolled_back) json.emplace("rolled_back_by", view.rollback->id.str());
  if (run.rejection) json.emplace("rejected", kept_json(view, *run.rejection));
  if (run.cancel) json.emplace("cancelled", kept_json(view, *run.cancel));
  if (!run.orders.empty()) json.emplace("orders", orders_json(run));
  const auto* const refused = view.state == State::approved ? approval::last_drift(run) : nullptr;
  if (refused != nullptr) json.emplace("drift", fact_json(*refused));
  if (!view.changed.empty()) json.emplace("changed", Json::Array(view.changed.begin(), view.changed.end()));
  if (run.glass) json.emplace("break_glass", glass_json(view));
  if (run.claim) json.emplace("claimed", fact_json(*run.claim));
  if (run.outcome) {
    auto outcome = fact_json(*run.outcome);
    outcome.emplace("result", approval::to_string(run.outcome->ending));
    outcome.emplace("why", run.outcome->why);
    outcome.emplace("remains", Json::Array(run.outcome->remains.begin(), run.outcome->remains.end()));
    json.emplace("outcome", std::move(outcome));
  }
  if (view.state == State::indeterminate)
    json.emplace("resumable", approval::reached(plan_of(view), approval::records_of(run)).why_not.empty());
  Json::Array resumes;
  for (const auto& resume : run.resumes) resumes.emplace_back(fact_json(resume));
  if (!resumes.empty()) json.emplace("resumes", std::move(resumes));
  Json::Array closes;
  for (const auto& close : run.closes) {
    auto object = fact_json(close);
    object.emplace("finding", finding_of(close).hex());
    closes.emplace_back(std::move(object));
  }
  json.emplace("closes", std::move(closes));
  json.emplace("notes", notes_json(view));
  json.emplace("late", Json::Array(run.late.begin(), run.late.end()));
  return json;
}

}  // namespace blc::cli
