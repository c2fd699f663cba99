#include <fmt/format.h>

#include <algorithm>

#include "cli/views/compare_inside.hpp"

namespace blc::cli {

void Comparer::compare_steps() {
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

void Comparer::compare_step(const plan::PlannedStep& before, const plan::PlannedStep& after) {
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

void Comparer::from_template(const std::string& step, const std::string& part, const std::string& before, const std::string& after,
                             const Template* old_source, const Template* new_source) {
  if (was_.origin(before, old_source) != is_.origin(after, new_source)) value("step", step, part, before, after);
}

void Comparer::compare_commands(const std::string& step, const std::string& which, const plan::PlannedCommand* before,
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

void Comparer::compare_inputs(const std::string& step, const std::string& part, const plan::PlannedCommand& before,
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

void Comparer::compare_surroundings(const plan::PlannedStep& before, const plan::PlannedStep& after, const verb::Step* old_source,
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

void Comparer::compare_lists(const std::string& step, const std::string& part, const std::vector<std::string>& before,
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

}  // namespace blc::cli
