#include "core/plan/templates.hpp"

#include <variant>

namespace blc::plan {

std::string expand(const verb::Template& source, const verb::Verb& verb, Environment environment,
                   const std::function<std::string(const std::string&)>& value, bool label) {
  std::string out;
  for (const auto& piece : source.pieces) {
    if (const auto* const literal = std::get_if<std::string>(&piece)) {
      out += *literal;
    } else if (const auto* const reference = std::get_if<verb::ParameterReference>(&piece)) {
      const auto* const parameter = verb.parameter(reference->name);
      const bool hidden = label && parameter != nullptr && parameter->phi;
      out += hidden ? "${" + reference->name + "}" : value(reference->name);
    } else if (std::holds_alternative<verb::DataReference>(piece)) {
      out += data_directory(environment);
    } else if (const auto* const output = std::get_if<verb::OutputReference>(&piece)) {
      out += "(known after " + output->step + ")";
    }
  }
  return out;
}

Result<std::string> fill(const std::vector<verb::Piece>& pieces, const verb::Values& values,
                         const std::map<std::string, std::string>& outputs) {
  std::string filled;
  for (const auto& piece : pieces) {
    if (const auto* const literal = std::get_if<std::string>(&piece)) {
      filled += *literal;
    } else if (const auto* const reference = std::get_if<verb::ParameterReference>(&piece)) {
      const auto value = values.find(reference->name);
      if (value != values.end()) filled += verb::to_text(value->second);
    } else if (const auto* const output = std::get_if<verb::OutputReference>(&piece)) {
      const auto found = outputs.find(output->step);
      if (found == outputs.end()) return fail(Exit::failed, "the output of " + output->step + " is not known yet");
      filled += found->second;
    }
  }
  return filled;
}

}  // namespace blc::plan
