#include <fmt/format.h>

#include <algorithm>
#include <variant>

#include "cli/views/compare_inside.hpp"
#include "core/plan/templates.hpp"

namespace blc::cli {

const verb::Step* Side::source(const std::string& step) const {
  const auto found = std::ranges::find(declared.steps, step, &verb::Step::name);
  return found == declared.steps.end() ? nullptr : &*found;
}

std::string Side::origin(const std::string& text, const Template* from) const {
  return from != nullptr && made_from(text, *from) ? std::string(1, '\0') + from->source : text;
}

std::string Side::origin(const std::string& text, const std::vector<const Template*>& any_of) const {
  const auto found = std::ranges::find_if(any_of, [&](const auto* from) { return made_from(text, *from); });
  return origin(text, found == any_of.end() ? nullptr : *found);
}

std::vector<const Template*> Side::naming() const {
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

std::string Side::piece(const Json& piece, const Template* input, std::size_t index) const {
  const auto* const text = piece.get_if<std::string>();
  if (text == nullptr || input == nullptr || index >= input->pieces.size()) return text::canonical(piece);
  if (std::holds_alternative<std::string>(input->pieces[index])) return *text;
  const Template one{{input->pieces[index]}, fmt::format("piece {}", index), {}};
  return origin(*text, &one);
}

bool Side::made_from(const std::string& text, const Template& from) const {
  const auto value = [&](const std::string& name) {
    const auto found = resolution.parameters.find(name);
    return found == resolution.parameters.end() ? std::string() : value_text(found->second);
  };
  // A template of literals alone is its text: nothing is gained by taking it for a template.
  const bool varies = std::ranges::any_of(from.pieces, [](const auto& piece) { return !std::holds_alternative<std::string>(piece); });
  return varies && plan::expand(from, declared, resolution.environment, value, true) == text;
}

}  // namespace blc::cli
