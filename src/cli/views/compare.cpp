#include "cli/views/compare.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "cli/views/compare_inside.hpp"
#include "cli/views/words.hpp"
#include "core/text/lines.hpp"

namespace blc::cli {

std::string value_text(const Json& value) {
  const auto* const text = value.get_if<std::string>();
  return text != nullptr ? *text : text::canonical(value);
}

Comparison Comparer::run() {
  compare_heads();
  compare_parameters();
  compare_steps();
  compare_observations();
  compare_previews();
  compare_reliances();
  compare_migration();
  compare_policy();
  compare_texts();
  compare_rest();
  return std::move(found_);
}

void Comparer::value(const std::string& area, const std::string& name, const std::string& part, std::optional<std::string> before,
                     std::optional<std::string> after) {
  if (before != after) found_.differences.push_back({area, name, part, std::move(before), std::move(after)});
}

void Comparer::content(const std::string& area, const std::string& name, std::vector<std::string> lines) {
  found_.differences.push_back({area, name, {}, {}, {}, false, std::move(lines)});
}

void Comparer::compare_heads() {
  const auto& before = was_.resolution;
  const auto& after = is_.resolution;
  value("verb", "", "", before.verb, after.verb);
  value("environment", "", "", std::string(to_string(before.environment)), std::string(to_string(after.environment)));
  value("classification", "", "", std::string(to_string(before.classification)), std::string(to_string(after.classification)));
  value("fidelity", "", "", std::string(to_string(before.fidelity)), std::string(to_string(after.fidelity)));
  value("rehearsal", "", "", before.rehearsal ? "yes" : "no", after.rehearsal ? "yes" : "no");
  value("isolation", "", "", before.isolation, after.isolation);
}

void Comparer::compare_parameters() {
  std::set<std::string> names;
  for (const auto& [name, value] : was_request_.parameters) names.insert(name);
  for (const auto& [name, value] : is_request_.parameters) names.insert(name);
  for (const auto& name : names) compare_parameter(name);
}

void Comparer::compare_parameter(const std::string& name) {
  const auto before = was_request_.parameters.find(name);
  const auto after = is_request_.parameters.find(name);
  const bool had = before != was_request_.parameters.end();
  const bool has = after != is_request_.parameters.end();
  const auto was_sealed = had ? ledger::sealed_position(before->second) : std::nullopt;
  const auto is_sealed = has ? ledger::sealed_position(after->second) : std::nullopt;
  if (had && has && was_sealed && is_sealed) {
    const auto same = same_sealed(was_request_.sealed.at(*was_sealed), is_request_.sealed.at(*is_sealed));
    if (!same) found_.untold.push_back("the sealed " + name);
    if (same == false) content("parameter", name);
    if (same != true) changed_.insert(name);
    return;
  }
  const auto shown = [](bool there, bool sealed, const auto& found) {
    if (!there) return std::optional<std::string>();
    return std::optional(sealed ? std::string("(sealed)") : value_text(found->second));
  };
  const auto differences = found_.differences.size();
  value("parameter", name, "", shown(had, was_sealed.has_value(), before), shown(has, is_sealed.has_value(), after));
  if (found_.differences.size() > differences) changed_.insert(name);
}

std::optional<bool> Comparer::same_sealed(const ledger::SealedItem& before, const ledger::SealedItem& after) const {
  if (!before.keyed || !after.keyed || was_request_.verb != is_request_.verb) return std::nullopt;
  return *before.keyed == *after.keyed;
}

void Comparer::compare_reliances() {
  const auto on = [](const Side& side, const privacy::Need& need) -> std::optional<std::string> {
    const auto found = std::ranges::find(side.resolution.relies_on, need, &plan::Reliance::need);
    if (found == side.resolution.relies_on.end()) return std::nullopt;
    return fmt::format("{}, version {}", found->id, found->version);
  };
  for (const auto& side : {&was_, &is_}) {
    for (const auto& reliance : side->resolution.relies_on) {
      const bool in_both = on(was_, reliance.need) && on(is_, reliance.need);
      // Another subject has other resources: that is no difference of its own.
      if (in_both && (side == &is_ || changed_.contains(subject_))) continue;
      value("relies on", privacy::words_for(reliance.need), "", on(was_, reliance.need), on(is_, reliance.need));
    }
  }
}

void Comparer::compare_migration() {
  const auto of = [](const Side& side, auto member) -> std::optional<std::string> {
    const auto& migrates = side.resolution.migrates;
    return migrates ? std::optional(fmt::format("{}", member(*migrates))) : std::nullopt;
  };
  const auto told = [&](const std::string& what, auto member) { value("settings", what, "", of(was_, member), of(is_, member)); };
  told("of the tier", [](const plan::Migration& each) { return each.settings.tagged(); });
  told("of the tier below", [](const plan::Migration& each) { return each.below.tagged(); });
  told("that warn or are waived", [](const plan::Migration& each) { return each.told.empty() ? std::string("none") : fmt::format("{}", fmt::join(each.told, ", ")); });
  told("the rules", [](const plan::Migration& each) { return each.rules.tagged(); });
}

void Comparer::compare_policy() {
  const auto& before = was_.resolution.rule;
  const auto& after = is_.resolution.rule;
  const auto slots = [](const policy::ApprovalRule& rule) {
    std::map<std::string, std::string> all;
    for (const auto& slot : rule.slots) all.emplace(slot.name, either(slot.roles));
    return all;
  };
  const auto old_slots = slots(before);
  const auto new_slots = slots(after);
  for (const auto& [name, roles] : old_slots) {
    const auto other = new_slots.find(name);
    value("signature", name, "", roles, other == new_slots.end() ? std::nullopt : std::optional(other->second));
  }
  for (const auto& [name, roles] : new_slots) {
    if (!old_slots.contains(name)) value("signature", name, "", std::nullopt, roles);
  }
  value("policy", "", "deadline", to_string(before.deadline), to_string(after.deadline));
  const auto yes_or_no = [](bool yes) { return std::string(yes ? "yes" : "no"); };
  value("policy", "", "the requester may sign", yes_or_no(before.requester_may_sign), yes_or_no(after.requester_may_sign));
  value("policy", "", "the requester may run it", yes_or_no(before.requester_may_execute), yes_or_no(after.requester_may_execute));
  value("policy", "", "who signed may run it", yes_or_no(before.approver_may_execute), yes_or_no(after.approver_may_execute));
  value("policy", "", "sealed values must be seen", yes_or_no(before.seen_revealed), yes_or_no(after.seen_revealed));
  value("policy", "", "a plan must show", std::string(to_string(policy::least_fidelity(before))), std::string(to_string(policy::least_fidelity(after))));
  if (before.calendar != after.calendar) value("policy", "", "when it may start", policy::calendar_text(before.calendar), policy::calendar_text(after.calendar));
  const auto required = [](const plan::Resolution& resolution) {
    const auto& run = resolution.required_run;
    return run ? std::optional(fmt::format("a succeeded {} in {} within {}", run->verb, to_string(run->environment), to_string(run->within)))
               : std::nullopt;
  };
  value("requires", "", "", required(was_.resolution), required(is_.resolution));
  const bool other_text = was_.resolution.required_run && is_.resolution.required_run &&
                          was_.resolution.required_run->verb_text != is_.resolution.required_run->verb_text;
  if (other_text) content("required verb", is_.resolution.required_run->verb);
}

void Comparer::compare_texts() {
  const auto& before = was_.resolution.governing;
  const auto& after = is_.resolution.governing;
  const auto text = [&](const std::string& name, const std::string& old_text, const std::string& new_text) {
    if (old_text != new_text) content("text", name, text::changed_lines(old_text, new_text));
  };
  if (was_request_.verb == is_request_.verb) {
    value("verb file", "", "", before.verb_path, after.verb_path);
    text(after.verb_path, before.verb_text, after.verb_text);
  }
  text("policies/approvals.yaml", before.approvals_text, after.approvals_text);
  text("policies/access.yaml", before.access_text, after.access_text);
  text("policies/environments.yaml", before.environments_text, after.environments_text);
  text("policies/data-classes.yaml", before.data_classes_text, after.data_classes_text);
}

void Comparer::compare_rest() {
  static const std::set<std::string> kTold{"verb", "classification", "environment", "fidelity", "rehearsal", "parameters",
                                           "isolation", "steps", "observations", "policy", "governing", "requires", "relies_on"};
  static const std::set<std::string> kToldOfSteps{"name", "summary", "effect", "run", "environment", "writes", "preview", "undo"};
  const auto before = was_.resolution.to_json();
  const auto after = is_.resolution.to_json();
  compare_members("plan", "", *before.get_if<Json::Object>(), *after.get_if<Json::Object>(), kTold);
  const auto& old_steps = *before.find("steps")->get_if<Json::Array>();
  for (const auto& step : *after.find("steps")->get_if<Json::Array>()) {
    const auto& name = *step.find("name");
    const auto other = std::ranges::find_if(old_steps, [&](const auto& each) { return *each.find("name") == name; });
    if (other != old_steps.end())
      compare_members("step", value_text(name), *other->template get_if<Json::Object>(), *step.get_if<Json::Object>(), kToldOfSteps);
  }
}

void Comparer::compare_members(const std::string& area, const std::string& name, const Json::Object& before, const Json::Object& after,
                               const std::set<std::string>& told) {
  const auto shown = [](const Json::Object& object, const std::string& member) {
    const auto found = object.find(member);
    return found == object.end() ? std::nullopt : std::optional(value_text(found->second));
  };
  std::set<std::string> members;
  for (const auto& [member, content] : before) members.insert(member);
  for (const auto& [member, content] : after) members.insert(member);
  for (const auto& member : members) {
    if (told.contains(member)) continue;
    auto words = member;
    std::ranges::replace(words, '_', ' ');
    value(area, name, words, shown(before, member), shown(after, member));
  }
}

Comparison compare(const approval::Run& earlier, const approval::Run& now) { return Comparer(earlier, now).run(); }

const approval::Run* last_approved(const approval::Replay& replay, const approval::Run& run, std::uint64_t before) {
  return replay.last_claimed(run.request->request.verb, run.environment, nullptr, before);
}

std::vector<std::string> signers_of(const approval::Run& run) {
  std::vector<std::string> names;
  for (const auto& approval : run.approvals) {
    std::erase(names, approval.by);
    if (approval.act == approval::Act::approve) names.push_back(approval.by);
  }
  return names;
}

}  // namespace blc::cli
