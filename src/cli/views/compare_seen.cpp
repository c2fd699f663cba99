#include <algorithm>
#include <string_view>
#include <variant>

#include "cli/views/compare_inside.hpp"
#include "core/text/lines.hpp"

namespace blc::cli {

namespace {

// Digests under each run's own key never agree, whatever the content.
bool keyed(const std::string& value) { return value.starts_with("hmac-sha256:"); }

}  // namespace

std::map<std::string, Comparer::Seen> Comparer::observations(const Side& side) {
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

void Comparer::compare_observations() {
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

void Comparer::compare_seen(const Seen& before, const Seen& after) {
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

bool Comparer::follows_from_change(const std::string& step) const {
  if (was_.resolution.environment != is_.resolution.environment) return true;
  for (const auto& planned : is_.resolution.steps) {
    const auto* const source = is_.source(planned.name);
    if (source != nullptr && told_of_change(*source)) return true;
    if (planned.name == step) return false;
  }
  return false;
}

bool Comparer::told_of_change(const verb::Step& step) const {
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

void Comparer::compare_previews() {
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

}  // namespace blc::cli
