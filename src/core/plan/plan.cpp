#include "core/plan/plan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <ranges>

#include "core/crypto/digest.hpp"

namespace blc::plan {

using text::Json;

namespace {

Json::Array to_array(const std::vector<std::string>& texts) { return {texts.begin(), texts.end()}; }

Json to_json(const PlannedCommand& command) {
  Json::Object json{{"argv", to_array(command.argv)}, {"sees", to_array(command.sees)}};
  if (command.standard_input) json.emplace("stdin", *command.standard_input);
  if (!command.summary.empty()) json.emplace("summary", command.summary);
  return json;
}

Result<PlannedCommand> read_command(const Json& json) {
  text::Fields fields(json, "command");
  PlannedCommand command;
  command.argv = fields.strings("argv");
  command.sees = fields.strings("sees");
  if (fields.has("stdin")) command.standard_input = fields.array("stdin");
  if (fields.has("summary")) command.summary = fields.string("summary");
  BLC_CHECK(fields.finish());
  if (command.argv.empty()) return fail(Exit::ledger, "a planned command is empty");
  return command;
}

Json to_json(const PlannedStep& step) {
  Json::Object environment;
  for (const auto& [name, value] : step.environment) environment.emplace(name, value);
  Json::Object json{{"name", step.name},
                    {"summary", step.summary},
                    {"effect", to_string(step.effect)},
                    {"writes", to_array(step.writes)},
                    {"timeout", step.timeout.count()},
                    {"output_limit", step.output_limit},
                    {"atomic", step.atomic},
                    {"idempotent", step.idempotent},
                    {"at_planning", step.at_planning}};
  json.emplace("run", to_json(step.run));
  json.emplace("environment", std::move(environment));
  if (step.preview) json.emplace("preview", to_json(*step.preview));
  if (step.undo) json.emplace("undo", to_json(*step.undo));
  if (step.confirm) json.emplace("confirm", to_json(*step.confirm));
  return json;
}

Result<PlannedStep> read_step(const Json& json) {
  text::Fields fields(json, "step");
  PlannedStep step;
  step.name = fields.string("name");
  step.summary = fields.string("summary");
  step.effect = fields.as("effect", parse_effect);
  for (const auto& [name, value] : fields.object("environment")) {
    if (const auto* const text = value.get_if<std::string>()) {
      step.environment.emplace(name, *text);
    } else {
      fields.fault("environment", "holds no text");
    }
  }
  step.writes = fields.strings("writes");
  step.timeout = std::chrono::seconds(fields.integer("timeout"));
  step.output_limit = fields.natural("output_limit");
  step.atomic = fields.boolean("atomic");
  step.idempotent = fields.boolean("idempotent");
  step.at_planning = fields.boolean("at_planning");
  BLC_TRY(step.run, read_command(fields.any("run")));
  if (fields.has("preview")) {
    BLC_TRY(step.preview, read_command(fields.any("preview")));
  }
  if (fields.has("undo")) {
    BLC_TRY(step.undo, read_command(fields.any("undo")));
  }
  if (fields.has("confirm")) {
    BLC_TRY(step.confirm, read_command(fields.any("confirm")));
  }
  BLC_CHECK(fields.finish());
  return step;
}

Json to_json(const policy::Calendar& calendar) {
  Json::Array windows;
  for (const auto& window : calendar.windows) {
    Json::Array days;
    for (const auto day : window.days) days.emplace_back(policy::kDays.at(day));
    windows.emplace_back(Json::Object{{"days", std::move(days)}, {"from", policy::minute_text(window.from)}, {"to", policy::minute_text(window.to)}});
  }
  Json::Array freezes;
  for (const auto& freeze : calendar.freezes)
    freezes.emplace_back(Json::Object{{"from", blc::to_string(freeze.from)}, {"to", blc::to_string(freeze.to)}, {"because", freeze.because}});
  return Json::Object{{"zone", calendar.zone}, {"windows", std::move(windows)}, {"freezes", std::move(freezes)}};
}

Json to_json(const policy::BreakGlass& glass) {
  return Json::Object{{"keeps", to_array(glass.keeps)},
                      {"lasts", glass.lasts.count()},
                      {"reviewers", glass.reviewers},
                      {"review_within", glass.review_within.count()}};
}

Json to_json(const policy::ApprovalRule& rule) {
  Json::Array slots;
  for (const auto& slot : rule.slots) {
    Json::Object object{{"name", slot.name}, {"roles", to_array(slot.roles)}};
    if (slot.hardware != policy::Hardware::any) object.emplace("hardware", policy::to_string(slot.hardware));
    if (slot.attested) object.emplace("attested", true);
    slots.emplace_back(std::move(object));
  }
  Json::Object json{{"slots", slots},
                    {"deadline", rule.deadline.count()},
                    {"requester_may_sign", rule.requester_may_sign},
                    {"source", rule.source}};
  // What is said by silence is left out.
  if (!rule.requester_may_execute) json.emplace("requester_may_execute", false);
  if (!rule.approver_may_execute) json.emplace("approver_may_execute", false);
  if (rule.seen_revealed) json.emplace("seen", "revealed");
  if (rule.fidelity) json.emplace("fidelity", to_string(*rule.fidelity));
  if (!rule.calendar.always()) json.emplace("calendar", to_json(rule.calendar));
  if (rule.break_glass) json.emplace("break_glass", to_json(*rule.break_glass));
  return json;
}

policy::Window read_window(text::Fields& fields) {
  policy::Window window;
  for (const auto& name : fields.strings("days")) {
    const auto* const day = std::ranges::find(policy::kDays, name);
    if (day == policy::kDays.end()) fields.fault("days", "is malformed");
    else window.days.insert(static_cast<unsigned>(day - policy::kDays.begin()));
  }
  window.from = fields.as("from", policy::parse_minute);
  window.to = fields.as("to", policy::parse_minute);
  return window;
}

Result<policy::Calendar> read_calendar(const Json& json) {
  text::Fields fields(json, "calendar");
  policy::Calendar calendar{fields.string("zone"), {}, {}};
  const auto& windows = fields.array("windows");
  const auto& freezes = fields.array("freezes");
  BLC_CHECK(fields.finish());
  BLC_CHECK(policy::check_zone(calendar.zone));
  for (const auto& element : windows) {
    text::Fields inner(element, "window");
    calendar.windows.push_back(read_window(inner));
    BLC_CHECK(inner.finish());
  }
  for (const auto& element : freezes) {
    text::Fields inner(element, "freeze");
    calendar.freezes.push_back({inner.as("from", parse_date), inner.as("to", parse_date), inner.string("because")});
    BLC_CHECK(inner.finish());
  }
  if (calendar.always()) return fail(Exit::ledger, "a calendar that says nothing");
  return calendar;
}

// The bounds that hold for every policy hold for what a plan says of one.
Result<policy::BreakGlass> read_break_glass(const Json& json) {
  text::Fields fields(json, "break-glass");
  policy::BreakGlass glass{fields.strings("keeps"), std::chrono::seconds(fields.integer("lasts")),
                           fields.natural("reviewers"), std::chrono::seconds(fields.integer("review_within"))};
  if (glass.lasts > policy::kLongestGlass) fields.fault("lasts", "is longer than any policy allows");
  if (glass.reviewers < policy::kFewestReviewers) fields.fault("reviewers", "is less than any policy asks for");
  if (glass.review_within > policy::kLongestReview) fields.fault("review_within", "is longer than any policy allows");
  BLC_CHECK(fields.finish());
  return glass;
}

Result<policy::ApprovalRule> read_rule(const Json& json) {
  text::Fields fields(json, "policy");
  policy::ApprovalRule rule;
  const auto& slots = fields.array("slots");
  rule.deadline = std::chrono::seconds(fields.integer("deadline"));
  rule.requester_may_sign = fields.boolean("requester_may_sign");
  rule.source = fields.string("source");
  // Each stands only where it says something.
  const auto denied = [&](std::string_view name) {
    const bool there = fields.has(name);
    if (there && fields.boolean(name)) fields.fault(name, "says what its absence says");
    return there;
  };
  rule.requester_may_execute = !denied("requester_may_execute");
  rule.approver_may_execute = !denied("approver_may_execute");
  rule.seen_revealed = fields.has("seen");
  if (rule.seen_revealed && fields.string("seen") != "revealed") fields.fault("seen", "is malformed");
  if (fields.has("fidelity")) rule.fidelity = fields.as("fidelity", parse_fidelity);
  const auto* const calendar = fields.has("calendar") ? &fields.any("calendar") : nullptr;
  const auto* const glass = fields.has("break_glass") ? &fields.any("break_glass") : nullptr;
  BLC_CHECK(fields.finish());
  if (calendar != nullptr) {
    BLC_TRY(rule.calendar, read_calendar(*calendar));
  }
  if (glass != nullptr) {
    BLC_TRY(rule.break_glass, read_break_glass(*glass));
  }
  for (const auto& element : slots) {
    text::Fields inner(element, "slot");
    policy::Slot slot{inner.string("name"), inner.strings("roles")};
    if (inner.has("hardware")) slot.hardware = inner.as("hardware", policy::parse_hardware);
    slot.attested = inner.has("attested") && inner.boolean("attested");
    if (inner.has("attested") && !slot.attested) inner.fault("attested", "says what its absence says");
    BLC_CHECK(inner.finish());
    rule.slots.push_back(std::move(slot));
  }
  return rule;
}

Json to_json(const RequiredRun& required) {
  return Json::Object{{"verb", required.verb},
                      {"environment", to_string(required.environment)},
                      {"within", required.within.count()},
                      {"verb_text", required.verb_text.tagged()}};
}

Result<RequiredRun> read_required(const Json& json) {
  text::Fields fields(json, "requires");
  RequiredRun required;
  required.verb = fields.string("verb");
  required.environment = fields.as("environment", parse_environment);
  required.within = std::chrono::seconds(fields.integer("within"));
  required.verb_text = fields.as("verb_text", Digest::parse_tagged);
  BLC_CHECK(fields.finish());
  return required;
}

Json to_json(const RolledBack& back) {
  return Json::Object{{"run", back.run.str()}, {"changed", to_array(back.changed)}};
}

Result<RolledBack> read_rolled_back(const Json& json) {
  text::Fields fields(json, "rollback");
  RolledBack back;
  back.run = fields.as("run", RunId::parse);
  back.changed = fields.strings("changed");
  BLC_CHECK(fields.finish());
  return back;
}

Json to_json(const std::vector<Reliance>& reliances) {
  Json::Array list;
  for (const auto& reliance : reliances) {
    Json::Object object{{"need", privacy::to_string(reliance.need)}, {"id", reliance.id}, {"version", reliance.version}, {"digest", reliance.digest}};
    if (reliance.until) object.emplace("until", blc::to_string(*reliance.until));
    list.emplace_back(std::move(object));
  }
  return list;
}

Result<std::vector<Reliance>> read_reliances(const Json::Array& list) {
  std::vector<Reliance> reliances;
  for (const auto& element : list) {
    text::Fields fields(element, "reliance");
    Reliance reliance{fields.as("need", privacy::parse_need), fields.string("id"), fields.string("version"), fields.string("digest")};
    if (fields.has("until")) reliance.until = fields.as("until", parse_timestamp);
    BLC_CHECK(fields.finish());
    reliances.push_back(std::move(reliance));
  }
  if (reliances.empty()) return fail(Exit::ledger, "a plan's reliances say nothing");
  return reliances;
}

Json to_json(const Migration& migration) {
  Json::Object json{{"from", to_string(migration.from)},
                    {"to", to_string(migration.to)},
                    {"settings", migration.settings.hex()},
                    {"below", migration.below.hex()},
                    {"rules", migration.rules.hex()},
                    {"told", to_array(migration.told)},
                    {"changed", to_array(migration.changed)},
                    {"added", to_array(migration.added)},
                    {"removed", to_array(migration.removed)}};
  if (migration.evidence) json.emplace("evidence", Json::Object{{"by", migration.evidence->by}, {"on", migration.evidence->on}});
  return json;
}

Result<Migration> read_migration(const Json& json) {
  text::Fields fields(json, "migration");
  Migration migration{fields.as("from", tier::tier_named), fields.as("to", tier::tier_named),
                      fields.as("settings", Digest::parse_hex), fields.as("below", Digest::parse_hex), fields.as("rules", Digest::parse_hex),
                      fields.strings("told"), fields.strings("changed"), fields.strings("added"), fields.strings("removed")};
  if (fields.has("evidence")) {
    text::Fields evidence(fields.any("evidence"), "evidence");
    migration.evidence = Migration::Evidence{evidence.string("by"), evidence.string("on")};
    BLC_CHECK(evidence.finish());
  }
  BLC_CHECK(fields.finish());
  return migration;
}

Json to_json(const Governing& governing) {
  Json::Object json;
  json.emplace("verb_path", governing.verb_path);
  json.emplace("verb", governing.verb_text);
  json.emplace("approvals", governing.approvals_text);
  json.emplace("access", governing.access_text);
  json.emplace("environments", governing.environments_text);
  json.emplace("data_classes", governing.data_classes_text);
  return json;
}

Result<Governing> read_governing(const Json& json) {
  text::Fields fields(json, "governing");
  Governing governing{fields.string("verb_path"), fields.string("verb"),         fields.string("approvals"),
                      fields.string("access"),    fields.string("environments"), fields.string("data_classes")};
  BLC_CHECK(fields.finish());
  return governing;
}

// A list of pairs rather than an object: labels hold paths, and canonical JSON wants ASCII keys.
Json to_json(const std::map<std::string, std::string>& observations) {
  Json::Array list;
  for (const auto& [name, value] : observations) list.emplace_back(Json::Object{{"name", name}, {"value", value}});
  return list;
}

Result<std::map<std::string, std::string>> read_observations(const Json::Array& list) {
  std::map<std::string, std::string> observations;
  for (const auto& element : list) {
    text::Fields fields(element, "observation");
    auto name = fields.string("name");
    auto value = fields.string("value");
    BLC_CHECK(fields.finish());
    if (!observations.empty() && name <= observations.rbegin()->first)
      return fail(Exit::ledger, "a plan's observations are out of order");
    observations.emplace_hint(observations.end(), std::move(name), std::move(value));
  }
  return observations;
}

Result<Resolution> read_resolution(const Json& json) {
  text::Fields fields(json, "resolution");
  Resolution resolution;
  resolution.verb = fields.string("verb");
  resolution.classification = fields.as("classification", parse_classification);
  resolution.environment = fields.as("environment", parse_environment);
  resolution.fidelity = fields.as("fidelity", parse_fidelity);
  resolution.rehearsal = fields.boolean("rehearsal");
  resolution.parameters = fields.object("parameters");
  resolution.isolation = fields.string("isolation");
  const auto& steps = fields.array("steps");
  BLC_TRY(resolution.observations, read_observations(fields.array("observations")));
  BLC_TRY(resolution.rule, read_rule(fields.any("policy")));
  BLC_TRY(resolution.governing, read_governing(fields.any("governing")));
  if (fields.has("requires")) {
    BLC_TRY(resolution.required_run, read_required(fields.any("requires")));
  }
  if (fields.has("rolls_back")) {
    BLC_TRY(resolution.rolls_back, read_rolled_back(fields.any("rolls_back")));
  }
  if (fields.has("relies_on")) {
    BLC_TRY(resolution.relies_on, read_reliances(fields.array("relies_on")));
  }
  if (fields.has("migrates")) {
    BLC_TRY(resolution.migrates, read_migration(fields.any("migrates")));
  }
  BLC_CHECK(fields.finish());
  for (const auto& element : steps) {
    BLC_TRY(auto step, read_step(element));
    resolution.steps.push_back(std::move(step));
  }
  return resolution;
}

}  // namespace

Json Request::to_json() const {
  Json::Object body{{"verb", verb}, {"parameters", parameters}, {"sealed", ledger::to_json(sealed)},
                    {"rehearsal", rehearsal}};
  if (subject) body.emplace("subject", *subject);
  if (rolls_back) body.emplace("rolls_back", rolls_back->str());
  return body;
}

Result<Request> Request::from_json(const Json& body) {
  text::Fields fields(body, "request");
  Request request;
  request.verb = fields.string("verb");
  request.parameters = fields.object("parameters");
  BLC_TRY(request.sealed, ledger::sealed_items(fields.any("sealed")));
  request.rehearsal = fields.boolean("rehearsal");
  if (fields.has("subject")) request.subject = fields.string("subject");
  if (fields.has("rolls_back")) request.rolls_back = fields.as("rolls_back", RunId::parse);
  BLC_CHECK(fields.finish());
  for (const auto& [name, value] : request.parameters) {
    const auto position = ledger::sealed_position(value);
    const bool plain = value.get_if<std::string>() != nullptr || value.get_if<std::int64_t>() != nullptr ||
                       value.get_if<bool>() != nullptr;
    if (!plain && (!position || *position >= request.sealed.size()))
      return fail(Exit::ledger, "malformed parameter in a request");
  }
  return request;
}

Json Resolution::to_json() const {
  Json::Array list;
  for (const auto& step : steps) list.push_back(plan::to_json(step));
  // What is large is moved in; a list in braces would be copied.
  Json::Object json;
  json.emplace("verb", verb);
  json.emplace("classification", to_string(classification));
  json.emplace("environment", to_string(environment));
  json.emplace("fidelity", to_string(fidelity));
  json.emplace("rehearsal", rehearsal);
  json.emplace("parameters", parameters);
  json.emplace("isolation", isolation);
  json.emplace("steps", std::move(list));
  json.emplace("observations", plan::to_json(observations));
  json.emplace("policy", plan::to_json(rule));
  json.emplace("governing", plan::to_json(governing));
  if (required_run) json.emplace("requires", plan::to_json(*required_run));
  if (rolls_back) json.emplace("rolls_back", plan::to_json(*rolls_back));
  if (!relies_on.empty()) json.emplace("relies_on", plan::to_json(relies_on));
  if (migrates) json.emplace("migrates", plan::to_json(*migrates));
  return json;
}

std::vector<PlannedStep> undo_steps(const Resolution& done) {
  std::vector<PlannedStep> steps;
  for (const auto& step : std::views::reverse(done.steps)) {
    if (!step.undo) continue;
    PlannedStep back;
    back.name = step.name;
    back.summary = step.undo->summary.empty() ? "takes back: " + step.summary : step.undo->summary;
    back.effect = Effect::write;
    back.run = *step.undo;
    back.run.summary.clear();
    back.environment = step.environment;
    back.writes = step.writes;
    back.timeout = step.timeout;
    back.output_limit = step.output_limit;
    steps.push_back(std::move(back));
  }
  return steps;
}

Json Plan::to_json() const {
  Json::Object shown;
  for (const auto& [step, preview] : previews) shown.emplace(step, preview);
  Json::Object header;
  header.emplace("run", run.str());
  header.emplace("requester", requester);
  header.emplace("deadline", to_string(deadline));
  header.emplace("sealed", ledger::to_json(sealed));
  header.emplace("previews", std::move(shown));
  Json::Object json;
  json.emplace("header", std::move(header));
  json.emplace("resolution", resolution.to_json());
  return json;
}

Result<Plan> Plan::from_json(const Json& body) {
  text::Fields outer(body, "plan");
  text::Fields header(outer.any("header"), "plan header");
  Plan plan;
  plan.run = header.as("run", RunId::parse);
  plan.requester = header.string("requester");
  plan.deadline = header.as("deadline", parse_timestamp);
  BLC_TRY(plan.sealed, ledger::sealed_items(header.any("sealed")));
  for (const auto& [step, preview] : header.object("previews")) plan.previews.emplace(step, preview);
  BLC_CHECK(header.finish());
  BLC_TRY(plan.resolution, read_resolution(outer.any("resolution")));
  BLC_CHECK(outer.finish());
  return plan;
}

PlanDigest Plan::digest() const { return {crypto::sha256(text::canonical(to_json()))}; }

}  // namespace blc::plan
