#include <algorithm>

#include <fmt/format.h>

#include "core/verb/step.hpp"

namespace blc::verb {

namespace {

// Where a template stands decides what may be put in: see rule 4 of the design.
struct Place {
  std::string_view name;  // for messages
  bool phi;
  bool outputs;
};
constexpr Place kInput{"stdin", true, true};
constexpr Place kArgument{"argv", false, false};
constexpr Place kVariable{"the environment", false, false};
constexpr Place kSummary{"the summary", false, false};
constexpr Place kObserved{"an observed path", true, false};
constexpr Place kLink{"an observed link", false, false};
constexpr Place kSettings{"the path of settings", false, false};
constexpr Place kWritten{"a written folder", false, false};

class Checker {
 public:
  explicit Checker(const Verb& verb) : verb_(verb) {
    const auto effect = std::ranges::find_if(verb.steps, [](const Step& step) { return step.effect != Effect::read; });
    first_effect_ = static_cast<std::size_t>(effect - verb.steps.begin());
  }

  Result<> check() {
    if (verb_.migrates) {
      BLC_CHECK(text(verb_.migrates->settings, kSettings, 0));
      BLC_CHECK(text(verb_.migrates->below, kSettings, 0));
    }
    for (at_ = 0; at_ < verb_.steps.size(); ++at_) BLC_CHECK(step(verb_.steps[at_]));
    return {};
  }

 private:
  [[nodiscard]] std::unexpected<Error> refuse(const Template& where, const std::string& message) const {
    return std::unexpected(text::yaml_error(verb_.path, where.mark, message));
  }

  Result<> step(const Step& step) {
    BLC_CHECK(text(step.summary, kSummary, at_));
    BLC_CHECK(command(step.run, at_));
    // A preview runs at planning: it can have only what the reading steps before the first effect gave.
    if (step.preview) BLC_CHECK(command(*step.preview, std::min(at_, first_effect_)));
    if (step.undo) BLC_CHECK(command(*step.undo, at_));
    if (step.undo && step.undo->summary) BLC_CHECK(text(*step.undo->summary, kSummary, at_));
    if (step.confirm) BLC_CHECK(command(*step.confirm, at_));
    BLC_CHECK(each(step.observe, kObserved));
    BLC_CHECK(each(step.observe_links, kLink));
    BLC_CHECK(each(step.writes, kWritten));
    for (const auto& [name, value] : step.environment) BLC_CHECK(text(value, kVariable, at_));
    return {};
  }
  Result<> command(const Command& command, std::size_t known_steps) {
    for (const auto& argument : command.argv) BLC_CHECK(text(argument, kArgument, known_steps));
    if (command.standard_input) BLC_CHECK(text(*command.standard_input, kInput, known_steps));
    return {};
  }
  Result<> each(const std::vector<Template>& templates, const Place& place) {
    for (const auto& path : templates) BLC_CHECK(text(path, place, at_));
    return {};
  }
  Result<> text(const Template& source, const Place& place, std::size_t known_steps) {
    for (const auto& piece : source.pieces) {
      if (const auto* const parameter = std::get_if<ParameterReference>(&piece)) {
        BLC_CHECK(parameter_in(source, *parameter, place));
      } else if (const auto* const output = std::get_if<OutputReference>(&piece)) {
        BLC_CHECK(output_in(source, *output, place, known_steps));
      }
    }
    return {};
  }
  Result<> parameter_in(const Template& source, const ParameterReference& reference, const Place& place) {
    const auto* const parameter = verb_.parameter(reference.name);
    if (parameter == nullptr)
      return refuse(source, fmt::format("expected the name of a parameter in ${{...}}, found \"{}\", which is none",
                                        reference.name));
    if (parameter->phi && !place.phi)
      return refuse(source, fmt::format("expected no phi value in {}, found ${{{}}}: put it on stdin", place.name,
                                        reference.name));
    return {};
  }
  Result<> output_in(const Template& source, const OutputReference& reference, const Place& place,
                     std::size_t known_steps) {
    const auto wrong = [&](std::string_view why) {
      return refuse(source, fmt::format("expected {}, found ${{{}.stdout}}", why, reference.step));
    };
    const auto found = std::ranges::find(verb_.steps, reference.step, &Step::name);
    if (found == verb_.steps.end()) return wrong("the name of a step");
    if (!place.outputs) return wrong(fmt::format("no step's output in {} (put it on stdin)", place.name));
    const auto index = static_cast<std::size_t>(found - verb_.steps.begin());
    if (index >= at_) return wrong("an earlier step");
    if (index >= known_steps) return wrong("a step that planning can run, before the first write or disclose");
    if (!found->output) return wrong("a step that declares `output: {limit: ...}`");
    return {};
  }

  const Verb& verb_;
  std::size_t first_effect_ = 0;
  std::size_t at_ = 0;
};

}  // namespace

Result<> check_references(const Verb& verb) { return Checker(verb).check(); }

}  // namespace blc::verb
