// Verb files: whatever loads keeps rule 4 of the design, and every refusal can be shown as it is.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "core/text/display.hpp"
#include "core/verb/verb.hpp"

namespace {

using namespace blc::verb;

void check(bool holds) {
  if (!holds) std::abort();
}

bool holds_phi(const Verb& verb, const Template& source) {
  return std::ranges::any_of(source.pieces, [&](const Piece& piece) {
    const auto* const reference = std::get_if<ParameterReference>(&piece);
    if (reference == nullptr) return false;
    const auto* const parameter = verb.parameter(reference->name);
    check(parameter != nullptr);
    return parameter->phi;
  });
}

bool holds_output(const Template& source) {
  return std::ranges::any_of(source.pieces,
                             [](const Piece& piece) { return std::holds_alternative<OutputReference>(piece); });
}

void check_open(const Verb& verb, const Template& source) { check(!holds_phi(verb, source) && !holds_output(source)); }

void check_command(const Verb& verb, const Command& command) {
  check(!command.argv.empty() && command.argv.front().pieces.size() == 1);
  check(std::get<std::string>(command.argv.front().pieces.front()).find('/') == std::string::npos);
  for (const auto& argument : command.argv) check_open(verb, argument);
}

void check_step(const Verb& verb, const Step& step) {
  check(blc::is_name(step.name));
  check_open(verb, step.summary);
  check_command(verb, step.run);
  if (step.preview) check_command(verb, *step.preview);
  if (step.undo) check_command(verb, *step.undo);
  for (const auto& path : step.observe) check(!holds_output(path) && blc::text::plain(path.source));
  for (const auto& path : step.observe_links) check_open(verb, path);
  for (const auto& path : step.writes) check_open(verb, path);
  for (const auto& [name, value] : step.environment) {
    check(!name.starts_with("LD_") && !name.starts_with("BLC_"));
    check_open(verb, value);
  }
  check(step.effect != blc::Effect::read || (step.writes.empty() && !step.undo));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto verb = load(text, "verbs/x.yaml");
  if (!verb) {
    check(verb.error().code == blc::Exit::usage);
    check(verb.error().message.starts_with("verbs/x.yaml:"));
    check(blc::text::plain(verb.error().message));
    return 0;
  }
  check(verb->text == text);
  check(!reserved_command(std::string_view(verb->name).substr(0, verb->name.find(' '))));
  check(!verb->steps.empty());
  for (const auto& parameter : verb->parameters) {
    check(!reserved_option(parameter.name));
    check(!parameter.phi || verb->classification == blc::Classification::clinical);
    check(!allowed(parameter).empty());
    check(!parameter.example || convert(parameter, *parameter.example).has_value());
  }
  for (const auto& step : verb->steps) check_step(*verb, step);
  return 0;
}
