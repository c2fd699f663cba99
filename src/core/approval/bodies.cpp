#include "core/approval/bodies.hpp"

#include <fmt/format.h>

namespace blc::approval {

using text::Fields;
using text::Json;

namespace {

Json::Array to_array(const std::vector<std::string>& texts) { return {texts.begin(), texts.end()}; }

// Reads {"text": ...} or {"sealed": 0} together with the entry's list of sealed values.
Result<Words> read_words(const Json& json, const std::vector<ledger::SealedItem>& sealed) {
  if (const auto position = ledger::sealed_position(json)) {
    if (*position >= sealed.size()) return fail(Exit::ledger, "a reference to a sealed value that is not there");
    return Words{{}, sealed[*position]};
  }
  Fields fields(json, "words");
  Words words{fields.string("text"), {}};
  BLC_CHECK(fields.finish());
  return words;
}

// The same of a person, who is brief.
Result<Words> read_brief(Fields& fields, std::string_view name) {
  BLC_TRY(const auto sealed, ledger::sealed_items(fields.any("sealed")));
  BLC_TRY(auto words, read_words(fields.any(name), sealed));
  if (words.text.size() > kLongestWords) return fail(Exit::ledger, fmt::format("a {} of more than {} bytes", name, kLongestWords));
  return words;
}

Result<std::optional<Words>> read_optional(Fields& fields, std::string_view name) {
  if (!fields.has(name)) return std::optional<Words>();
  BLC_TRY(auto words, read_brief(fields, name));
  return std::optional(std::move(words));
}

void add_words(Json::Object& body, std::string_view name, const Words* words) {
  if (words == nullptr) return;
  body.emplace(name, to_json(*words));
  body.emplace("sealed", sealed_list(*words));
}

// What the words of an approval are called.
std::string_view words_of(Act act) { return act == Act::approve ? "note" : "reason"; }

std::optional<Act> parse_act(std::string_view name) {
  for (const auto act : {Act::approve, Act::reject, Act::withdraw}) {
    if (name == to_string(act)) return act;
  }
  return std::nullopt;
}

PlanDigest read_plan_digest(Fields& fields) { return {fields.as("plan", Digest::parse_tagged)}; }
LeafHash read_leaf(Fields& fields, std::string_view name) { return {fields.as(name, Digest::parse_hex)}; }

}  // namespace

Json to_json(const Words& words) {
  if (words.sealed) return ledger::sealed_reference(0);
  return Json::Object{{"text", words.text}};
}

Json sealed_list(const Words& words) {
  return ledger::to_json(words.sealed ? std::vector{*words.sealed} : std::vector<ledger::SealedItem>{});
}

Json approval_body(Act act, const PlanDigest& digest, const Words* words, Meaning meaning) {
  Json::Object body{{"decision", to_string(act)}, {"plan", digest.tagged()}};
  if (meaning != Meaning::approval) body.emplace("meaning", to_string(meaning));  // what is said by silence is left out
  add_words(body, words_of(act), words);
  return body;
}

Json cancel_body(const Words* reason) {
  Json::Object body;
  add_words(body, "reason", reason);
  return body;
}

Json order_body(const PlanDigest& digest, bool withdrawn, std::optional<Timestamp> not_before) {
  Json::Object body{{"plan", digest.tagged()}, {"withdrawn", withdrawn}, {"resume", false}};
  if (not_before) body.emplace("not_before", blc::to_string(*not_before));
  return body;
}

Json resume_order_body(const PlanDigest& digest) {
  return Json::Object{{"plan", digest.tagged()}, {"withdrawn", false}, {"resume", true}};
}

Json resume_body(const PlanDigest& digest, const LeafHash& order) { return claim_body(digest, order); }

Json claim_body(const PlanDigest& digest, const LeafHash& order) {
  return Json::Object{{"plan", digest.tagged()}, {"order", order.hex()}};
}

Json step_intent_body(const std::string& step, bool undo) {
  return Json::Object{{"phase", "intent"}, {"step", step}, {"undo", undo}};
}

Json step_outcome_body(const std::string& step, bool undo, bool succeeded, const std::string& how, Json output,
                       const std::vector<ledger::SealedItem>& sealed) {
  return Json::Object{{"phase", "outcome"}, {"step", step},  {"undo", undo}, {"succeeded", succeeded},
                      {"how", how},         {"output", std::move(output)},    {"sealed", ledger::to_json(sealed)}};
}

Json step_confirm_body(const std::string& step, Found found) {
  return Json::Object{{"phase", "confirm"}, {"step", step}, {"undo", false}, {"found", to_string(found)}};
}

Json heartbeat_body() { return Json::Object{}; }

Json outcome_body(Ending ending, const std::vector<std::string>& remains, const std::string& why) {
  return Json::Object{{"result", to_string(ending)}, {"remains", to_array(remains)}, {"why", why}};
}

Json close_body(const Words& finding) {
  return Json::Object{{"finding", to_json(finding)}, {"sealed", sealed_list(finding)}};
}

Json close_body(const LeafHash& same_finding) { return Json::Object{{"same_finding", same_finding.hex()}}; }

Json glass_body(Emergency code, const PlanDigest& digest, const Words& because) {
  Json::Object body{{"code", to_string(code)}, {"plan", digest.tagged()}};
  add_words(body, "because", &because);
  return body;
}

Json note_body(const Words& words, const std::optional<LeafHash>& answers) {
  Json::Object body;
  add_words(body, "note", &words);
  if (answers) body.emplace("answers", answers->hex());
  return body;
}

Json refusal_body(const std::string& who, const std::string& action, int code, const Words& why) {
  return Json::Object{
      {"who", who}, {"action", action}, {"code", code}, {"why", to_json(why)}, {"sealed", sealed_list(why)}};
}

Json reveal_body(const std::vector<std::string>& names) { return Json::Object{{"values", to_array(names)}}; }

Result<Read<ApprovalFact>> read_approval(const Fact& fact, const Json& body) {
  Fields fields(body, "approval");
  const auto act = fields.as("decision", parse_act);
  const auto digest = read_plan_digest(fields);
  auto meaning = Meaning::approval;
  if (act == Act::approve && fields.has("meaning")) {
    meaning = fields.as("meaning", parse_meaning);
    if (meaning == Meaning::approval) fields.fault("meaning", "says what its absence says");
  }
  BLC_TRY(auto words, read_optional(fields, words_of(act)));
  BLC_CHECK(fields.finish());
  return Read<ApprovalFact>{{fact, act, meaning, std::move(words)}, digest};
}

Result<CancelFact> read_cancel(const Fact& fact, const Json& body) {
  Fields fields(body, "cancel");
  BLC_TRY(auto reason, read_optional(fields, "reason"));
  BLC_CHECK(fields.finish());
  return CancelFact{fact, std::move(reason)};
}

Result<Read<OrderFact>> read_order(const Fact& fact, const Json& body) {
  Fields fields(body, "order");
  const auto digest = read_plan_digest(fields);
  OrderFact order{fact, fields.boolean("withdrawn"), {}, fields.boolean("resume")};
  if (order.withdrawn && order.resume) fields.fault("resume", "is withdrawn at once");
  if (!order.withdrawn && !order.resume && fields.has("not_before"))
    order.not_before = fields.as("not_before", parse_timestamp);
  BLC_CHECK(fields.finish());
  return Read<OrderFact>{std::move(order), digest};
}

Result<Read<ClaimFact>> read_claim(const Fact& fact, const Json& body) {
  Fields fields(body, "claim");
  const auto digest = read_plan_digest(fields);
  const auto order = read_leaf(fields, "order");
  BLC_CHECK(fields.finish());
  return Read<ClaimFact>{{fact, order}, digest};
}

Result<Read<ResumeFact>> read_resume(const Fact& fact, const Json& body) {
  BLC_TRY(const auto read, read_claim(fact, body));
  return Read<ResumeFact>{{fact, read.fact.order}, read.digest};
}

Result<StepFact> read_step(const Fact& fact, const Json& body) {
  Fields fields(body, "step");
  StepFact step{fact, StepFact::Phase::intent, {}, false, false, {}, {}, {}};
  const auto phase = fields.string("phase");
  if (phase != "intent" && phase != "outcome" && phase != "confirm")
    fields.fault("phase", "is none of intent, outcome and confirm");
  step.step = fields.string("step");
  step.undo = fields.boolean("undo");
  if (phase == "outcome") {
    step.phase = StepFact::Phase::outcome;
    step.succeeded = fields.boolean("succeeded");
    step.how = fields.string("how");
    step.output = fields.any("output");
    BLC_TRY(step.sealed, ledger::sealed_items(fields.any("sealed")));
  } else if (phase == "confirm") {
    step.phase = StepFact::Phase::confirm;
    step.found = fields.as("found", parse_found);
    if (step.undo) fields.fault("undo", "has no confirm");
  }
  BLC_CHECK(fields.finish());
  return step;
}

Result<> read_heartbeat(const Json& body) { return Fields(body, "heartbeat").finish(); }

Result<OutcomeFact> read_outcome(const Fact& fact, const Json& body) {
  Fields fields(body, "outcome");
  const auto ending = fields.as("result", parse_ending);
  auto remains = fields.strings("remains");
  auto why = fields.string("why");
  BLC_CHECK(fields.finish());
  return OutcomeFact{fact, ending, std::move(remains), std::move(why)};
}

Result<CloseFact> read_close(const Fact& fact, const Json& body) {
  Fields fields(body, "close");
  CloseFact close{fact, {}, {}};
  if (fields.has("same_finding")) {
    close.same_finding = read_leaf(fields, "same_finding");
  } else {
    BLC_TRY(close.finding, read_brief(fields, "finding"));
  }
  BLC_CHECK(fields.finish());
  return close;
}

Result<ReviewFact> read_review(const Fact& fact, const Json& body) {
  BLC_TRY(auto close, read_close(fact, body));
  return ReviewFact{std::move(close)};
}

Result<Read<GlassFact>> read_glass(const Fact& fact, const Json& body) {
  Fields fields(body, "break-glass");
  BLC_TRY(auto because, read_brief(fields, "because"));
  const auto code = fields.as("code", parse_emergency);
  const auto digest = read_plan_digest(fields);
  BLC_CHECK(fields.finish());
  return Read<GlassFact>{{fact, code, std::move(because)}, digest};
}

Result<NoteFact> read_note(const Fact& fact, const Json& body) {
  Fields fields(body, "note");
  NoteFact note{fact, {}, {}};
  BLC_TRY(note.words, read_brief(fields, "note"));
  if (fields.has("answers")) note.answers = read_leaf(fields, "answers");
  BLC_CHECK(fields.finish());
  return note;
}

Result<RefusalFact> read_refusal(const Fact& fact, const Json& body) {
  Fields fields(body, "refusal");
  RefusalFact refusal{fact, fields.string("who"), fields.string("action"), static_cast<int>(fields.integer("code")), {}};
  BLC_TRY(const auto sealed, ledger::sealed_items(fields.any("sealed")));
  BLC_TRY(refusal.why, read_words(fields.any("why"), sealed));
  BLC_CHECK(fields.finish());
  return refusal;
}

Result<RevealFact> read_reveal(const Fact& fact, const Json& body) {
  Fields fields(body, "reveal");
  RevealFact reveal{fact, fields.strings("values")};
  BLC_CHECK(fields.finish());
  return reveal;
}

}  // namespace blc::approval
