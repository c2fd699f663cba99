#include "cli/views/compare.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "cli/views/words.hpp"
#include "core/ledger/sealed_list.hpp"
#include "core/plan/templates.hpp"
#include "core/text/lines.hpp"

namespace blc::cli {

using text::Json;
using verb::Template;

namespace {

std::string value_text(const Json& value) {
  const auto* const text = value.get_if<std::string>();
  return text != nullptr ? *text : text::canonical(value);
}

// One of the two runs, with what its strings look like in the verb that they were made from.
struct Side {
  explicit Side(const approval::Run& run) : plan(*run.plan->plan), resolution(plan.resolution), declared(*run.plan->verb) {}

  const plan::Plan& plan;
  const plan::Resolution& resolution;
  const verb::Verb& declared;

  [[nodiscard]] const verb::Step* source(const std::string& step) const {
    const auto found = std::ranges::find(declared.steps, step, &verb::Step::name);
    return found == declared.steps.end() ? nullptr : &*found;
  }
  // Equal for two strings exactly when both are the same, or made from the same template by their own runs' values.
  [[nodiscard]] std::string origin(const std::string& text, const Template* from) const {
    return from != nullptr && made_from(text, *from) ? std::string(1, '\0') + from->source : text;
  }
  [[nodiscard]] std::string origin(const std::string& text, const std::vector<const Template*>& any_of) const {
    const auto found = std::ranges::find_if(any_of, [&](const auto* from) { return made_from(text, *from); });
    return origin(text, found == any_of.end() ? nullptr : *found);
  }
  // Every template that may name a file or a folder.
  [[nodiscard]] std::vector<const Template*> naming() const {
    std::vector<const Template*> all;
    for (const auto& step : declared.steps) {
      for (const auto* const command : {&step.run, step.preview ? &*step.preview : nullptr, step.undo ? &*step.undo : nullptr}) {
        if (command == nullptr) continue;
        for (const auto& part : command->argv) all.push_back(&part);
      }
      for (const auto& part : step.observe) all.push_back(&part);
      for (const auto& part : step.observe_links) all.push_back(&part);
    }
    return all;
  }
  [[nodiscard]] std::string piece(const Json& piece, const Template* input, std::size_t index) const {
    const auto* const text = piece.get_if<std::string>();
    if (text == nullptr || input == nullptr || index >= input->pieces.size()) return text::canonical(piece);
    if (std::holds_alternative<std::string>(input->pieces[index])) return *text;
    const Template one{{input->pieces[index]}, fmt::format("piece {}", index), {}};
    return origin(*text, &one);
  }

 private:
  [[nodiscard]] bool made_from(const std::string& text, const Template& from) const {
    const auto value = [&](const std::string& name) {
      const auto found = resolution.parameters.find(name);
      return found == resolution.parameters.end() ? std::string() : value_text(found->second);
    };
    // A template of literals alone is its text: nothing is gained by taking it for a template.
    const bool varies = std::ranges::any_of(from.pieces, [](const auto& piece) { return !std::holds_alternative<std::string>(piece); });
    return varies && plan::expand(from, declared, resolution.environment, value, true) == text;
  }
};

class Comparer {
 public:
  Comparer(const approval::Run& earlier, const approval::Run& now)
      : was_request_(earlier.request->request), is_request_(now.request->request), was_(earlier), is_(now),
        subject_(now.plan->verb->subject) {}

  Comparison run() {
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

 private:
  void value(const std::string& area, const std::string& name, const std::string& part, std::optional<std::string> before,
             std::optional<std::string> after) {
    if (before != after) found_.differences.push_back({area, name, part, std::move(before), std::move(after)});
  }
  // It differs; what it holds is not for a line.
  void content(const std::string& area, const std::string& name, std::vector<std::string> lines = {}) {
    found_.differences.push_back({area, name, {}, {}, {}, false, std::move(lines)});
  }

  void compare_heads() {
    const auto& before = was_.resolution;
    const auto& after = is_.resolution;
    value("verb", "", "", before.verb, after.verb);
    value("environment", "", "", std::string(to_string(before.environment)), std::string(to_string(after.environment)));
    value("classification", "", "", std::string(to_string(before.classification)), std::string(to_string(after.classification)));
    value("fidelity", "", "", std::string(to_string(before.fidelity)), std::string(to_string(after.fidelity)));
    value("rehearsal", "", "", before.rehearsal ? "yes" : "no", after.rehearsal ? "yes" : "no");
    value("isolation", "", "", before.isolation, after.isolation);
  }

  void compare_parameters() {
    std::set<std::string> names;
    for (const auto& [name, value] : was_request_.parameters) names.insert(name);
    for (const auto& [name, value] : is_request_.parameters) names.insert(name);
    for (const auto& name : names) compare_parameter(name);
  }

  void compare_parameter(const std::string& name) {
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

  // Whether two sealed values are the same; nullopt where no hash tells. Values of different verbs never tell.
  [[nodiscard]] std::optional<bool> same_sealed(const ledger::SealedItem& before, const ledger::SealedItem& after) const {
    if (!before.keyed || !after.keyed || was_request_.verb != is_request_.verb) return std::nullopt;
    return *before.keyed == *after.keyed;
  }

  void compare_steps() {
    const auto names = [](const Side& side) {
      std::vector<std::string> list;
      for (const auto& step : side.resolution.steps) list.push_back(step.name);
      return list;
    };
    const auto before = names(was_);
    const auto after = names(is_);
    const auto common = [](const auto& list, const auto& other) {
      std::string text;
      for (const auto& name : list) {
        if (std::ranges::find(other, name) != other.end()) text += (text.empty() ? "" : ", ") + name;
      }
      return text;
    };
    for (const auto& step : was_.resolution.steps) {
      const auto other = std::ranges::find(is_.resolution.steps, step.name, &plan::PlannedStep::name);
      if (other != is_.resolution.steps.end()) compare_step(step, *other);
      else value("step", step.name, "", step.summary, std::nullopt);
    }
    for (const auto& step : is_.resolution.steps) {
      if (std::ranges::find(before, step.name) == before.end()) value("step", step.name, "", std::nullopt, step.summary);
    }
    value("steps", "", "order", common(before, after), common(after, before));
  }

  void compare_step(const plan::PlannedStep& before, const plan::PlannedStep& after) {
    const auto& name = after.name;
    const auto* const old_source = was_.source(name);
    const auto* const new_source = is_.source(name);
    from_template(name, "what it does", before.summary, after.summary, old_source == nullptr ? nullptr : &old_source->summary,
                  new_source == nullptr ? nullptr : &new_source->summary);
    value("step", name, "effect", std::string(to_string(before.effect)), std::string(to_string(after.effect)));
    const auto recipient = [](const verb::Step* source) {
      return source == nullptr || source->recipient.empty() ? std::nullopt : std::optional(source->recipient);
    };
    value("step", name, "recipient", recipient(old_source), recipient(new_source));
    const auto command = [](const verb::Step* source, std::optional<verb::Command> verb::Step::*which) {
      return source == nullptr || !(source->*which) ? nullptr : &*(source->*which);
    };
    compare_commands(name, "", &before.run, &after.run, old_source == nullptr ? nullptr : &old_source->run,
                     new_source == nullptr ? nullptr : &new_source->run);
    compare_commands(name, "preview", before.preview ? &*before.preview : nullptr, after.preview ? &*after.preview : nullptr,
                     command(old_source, &verb::Step::preview), command(new_source, &verb::Step::preview));
    compare_commands(name, "undo", before.undo ? &*before.undo : nullptr, after.undo ? &*after.undo : nullptr,
                     command(old_source, &verb::Step::undo), command(new_source, &verb::Step::undo));
    compare_surroundings(before, after, old_source, new_source);
  }

  void from_template(const std::string& step, const std::string& part, const std::string& before, const std::string& after,
                     const Template* old_source, const Template* new_source) {
    if (was_.origin(before, old_source) != is_.origin(after, new_source)) value("step", step, part, before, after);
  }

  void compare_commands(const std::string& step, const std::string& which, const plan::PlannedCommand* before,
                        const plan::PlannedCommand* after, const verb::Command* old_source, const verb::Command* new_source) {
    const auto whole = [](const plan::PlannedCommand* command) {
      if (command == nullptr) return std::optional<std::string>();
      std::string text;
      for (const auto& argument : command->argv) text += (text.empty() ? "" : " ") + argument;
      return std::optional(text);
    };
    if (before == nullptr || after == nullptr) {
      value("step", step, which, whole(before), whole(after));
      return;
    }
    const auto part = [&](const std::string& what) { return which.empty() ? what : which + ", " + what; };
    const auto at = [](const verb::Command* source, std::size_t i) {
      return source != nullptr && i < source->argv.size() ? &source->argv[i] : nullptr;
    };
    for (std::size_t i = 0; i < std::max(before->argv.size(), after->argv.size()); ++i) {
      const auto what = part(i == 0 ? "program" : fmt::format("argument {}", i));
      if (i < before->argv.size() && i < after->argv.size())
        from_template(step, what, before->argv[i], after->argv[i], at(old_source, i), at(new_source, i));
      else if (i < before->argv.size()) value("step", step, what, before->argv[i], std::nullopt);
      else value("step", step, what, std::nullopt, after->argv[i]);
    }
    compare_inputs(step, part("standard input"), *before, *after, old_source, new_source);
  }

  void compare_inputs(const std::string& step, const std::string& part, const plan::PlannedCommand& before,
                      const plan::PlannedCommand& after, const verb::Command* old_source, const verb::Command* new_source) {
    const auto origin = [](const Side& side, const plan::PlannedCommand& command, const verb::Command* source) {
      std::vector<std::string> pieces;
      if (!command.standard_input) return pieces;
      const auto* const input = source != nullptr && source->standard_input ? &*source->standard_input : nullptr;
      for (std::size_t i = 0; i < command.standard_input->size(); ++i)
        pieces.push_back(side.piece((*command.standard_input)[i], input, i));
      return pieces;
    };
    const auto shown = [](const plan::PlannedCommand& command) {
      return command.standard_input ? std::optional(text::canonical(*command.standard_input)) : std::nullopt;
    };
    const bool same = before.standard_input.has_value() == after.standard_input.has_value() &&
                      origin(was_, before, old_source) == origin(is_, after, new_source);
    if (!same) value("step", step, part, shown(before), shown(after));
  }

  void compare_surroundings(const plan::PlannedStep& before, const plan::PlannedStep& after, const verb::Step* old_source,
                            const verb::Step* new_source) {
    const auto& step = after.name;
    std::set<std::string> names;
    for (const auto& [name, value] : before.environment) names.insert(name);
    for (const auto& [name, value] : after.environment) names.insert(name);
    const auto variable = [](const verb::Step* source, const std::string& name) {
      const auto found = source == nullptr ? decltype(source->environment.end()){} : source->environment.find(name);
      return source == nullptr || found == source->environment.end() ? nullptr : &found->second;
    };
    for (const auto& name : names) {
      const auto old_value = before.environment.find(name);
      const auto new_value = after.environment.find(name);
      const auto part = "variable " + name;
      if (old_value != before.environment.end() && new_value != after.environment.end())
        from_template(step, part, old_value->second, new_value->second, variable(old_source, name), variable(new_source, name));
      else if (old_value != before.environment.end()) value("step", step, part, old_value->second, std::nullopt);
      else value("step", step, part, std::nullopt, new_value->second);
    }
    const auto folders = [](const verb::Step* source) {
      std::vector<const Template*> all;
      if (source != nullptr) {
        for (const auto& folder : source->writes) all.push_back(&folder);
      }
      return all;
    };
    compare_lists(step, "may write in", before.writes, after.writes, folders(old_source), folders(new_source));
    compare_lists(step, "sees", before.run.sees, after.run.sees, was_.naming(), is_.naming());
  }

  void compare_lists(const std::string& step, const std::string& part, const std::vector<std::string>& before,
                     const std::vector<std::string>& after, const std::vector<const Template*>& old_sources,
                     const std::vector<const Template*>& new_sources) {
    std::map<std::string, std::string> old_items;
    std::map<std::string, std::string> new_items;
    for (const auto& item : before) old_items.emplace(was_.origin(item, old_sources), item);
    for (const auto& item : after) new_items.emplace(is_.origin(item, new_sources), item);
    for (const auto& [origin, item] : old_items) {
      if (!new_items.contains(origin)) value("step", step, part, item, std::nullopt);
    }
    for (const auto& [origin, item] : new_items) {
      if (!old_items.contains(origin)) value("step", step, part, std::nullopt, item);
    }
  }

  struct Seen {
    std::string name;  // "file fixtures/mock/invoices/2026-10.csv"
    std::string value;
  };
  [[nodiscard]] static std::map<std::string, Seen> observations(const Side& side) {
    std::map<std::string, Seen> all;
    const auto sources = side.naming();
    for (const auto& [name, value] : side.resolution.observations) {
      const auto space = name.find(' ');
      const auto kind = name.substr(0, space);
      const bool path = kind == "file" || kind == "link";
      all.emplace(path ? kind + " " + side.origin(name.substr(space + 1), sources) : name, Seen{name, value});
    }
    return all;
  }

  void compare_observations() {
    const auto before = observations(was_);
    const auto after = observations(is_);
    const auto split = [](const std::string& name) {
      const auto space = name.find(' ');
      return std::pair(name.substr(0, space), name.substr(space + 1));
    };
    for (const auto& [origin, seen] : before) {
      const auto other = after.find(origin);
      const auto [kind, name] = split(seen.name);
      if (other == after.end()) value(kind, name, "", "read", std::nullopt);
      else if (seen.value != other->second.value) compare_seen(seen, other->second);
    }
    for (const auto& [origin, seen] : after) {
      const auto [kind, name] = split(seen.name);
      if (!before.contains(origin)) value(kind, name, "", std::nullopt, "read");
    }
  }

  void compare_seen(const Seen& before, const Seen& after) {
    const auto& name = after.name;
    const auto is = [&](std::string_view kind) { return name.starts_with(kind); };
    const auto rest = [&](std::string_view kind) { return name.substr(kind.size()); };
    if (is("program ")) {
      const auto path = [](const std::string& text) { return text.substr(0, text.rfind(' ')); };
      if (path(before.value) != path(after.value)) value("program", rest("program "), "", path(before.value), path(after.value));
      else content("program", rest("program "));
    } else if (is("output of ")) {
      if (follows_from_change(rest("output of "))) return;
      if (keyed(after.value)) found_.untold.push_back("what " + rest("output of ") + " reads");
      else content("output", rest("output of "));
    } else if (is("preview of ") || before.name != after.name) {
      return;  // compare_previews has the texts; another file, where a parameter or the environment is another
    } else if (is("link ")) {
      value("link", rest("link "), "", before.value, after.value);
    } else if (keyed(after.value) || keyed(before.value)) {
      found_.untold.push_back("the content of " + rest("file "));
    } else {
      content("file", rest("file "));
    }
  }

  // Digests under each run's own key never agree, whatever the content.
  static bool keyed(const std::string& value) { return value.starts_with("hmac-sha256:"); }

  // Whether the step, or one before it, is told of a parameter that differs, or works in another environment.
  [[nodiscard]] bool follows_from_change(const std::string& step) const {
    if (was_.resolution.environment != is_.resolution.environment) return true;
    for (const auto& planned : is_.resolution.steps) {
      const auto* const source = is_.source(planned.name);
      if (source != nullptr && told_of_change(*source)) return true;
      if (planned.name == step) return false;
    }
    return false;
  }
  [[nodiscard]] bool told_of_change(const verb::Step& step) const {
    std::vector<const Template*> all;
    for (const auto* const command : {&step.run, step.preview ? &*step.preview : nullptr}) {
      if (command == nullptr) continue;
      for (const auto& part : command->argv) all.push_back(&part);
      if (command->standard_input) all.push_back(&*command->standard_input);
    }
    for (const auto& part : step.observe) all.push_back(&part);
    for (const auto& part : step.observe_links) all.push_back(&part);
    for (const auto& [name, part] : step.environment) all.push_back(&part);
    return std::ranges::any_of(all, [&](const auto* part) {
      return std::ranges::any_of(part->pieces, [&](const auto& piece) {
        const auto* const reference = std::get_if<verb::ParameterReference>(&piece);
        return reference != nullptr && changed_.contains(reference->name);
      });
    });
  }

  void compare_previews() {
    for (const auto& [step, after] : is_.plan.previews) {
      const auto found = was_.plan.previews.find(step);
      if (found == was_.plan.previews.end() || follows_from_change(step)) continue;
      const auto& before = found->second;
      const auto old_position = ledger::sealed_position(before);
      const auto new_position = ledger::sealed_position(after);
      if (old_position && new_position) {
        const auto same = same_sealed(was_.plan.sealed.at(*old_position), is_.plan.sealed.at(*new_position));
        if (!same) found_.untold.push_back("the preview of " + step);
        if (same == false) content("preview", step);
      } else if (before != after) {
        content("preview", step, text::changed_lines(value_text(before), value_text(after)));
      }
    }
  }

  // By id and version: the digests are keyed for each run.
  void compare_reliances() {
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

  void compare_migration() {
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

  void compare_policy() {
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

  void compare_texts() {
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

  // What the parts above do not know of, so that a plan that came to hold more is never called the same.
  void compare_rest() {
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
  void compare_members(const std::string& area, const std::string& name, const Json::Object& before, const Json::Object& after,
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

  const plan::Request& was_request_;
  const plan::Request& is_request_;
  Side was_;
  Side is_;
  std::string subject_;            // the parameter that names it
  std::set<std::string> changed_;  // parameters that differ, or may
  Comparison found_;
};

}  // namespace

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
