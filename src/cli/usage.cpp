#include "cli/usage.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <sstream>

#include "cli/tree.hpp"
#include "cli/views/words.hpp"
#include "core/text/display.hpp"
#include "core/text/nearest.hpp"

namespace blc::cli {

namespace {

// How an option or argument is given: RUN, --key FILE.
std::string given_as(const CLI::Option& option) {
  return option.get_positional() ? value_name(option) : fmt::format("--{} {}", option.get_lnames().front(), value_name(option));
}

std::vector<const CLI::Option*> required_of(const CLI::App& command) {
  return command.get_options([](const CLI::Option* option) { return option->get_required(); });
}

// The option that CLI11 names in its message, of the command or of one above it.
const CLI::Option* named(const CLI::App& command, const std::string& name) {
  for (const auto* at = &command; at != nullptr; at = at->get_parent()) {
    for (const auto* const option : at->get_options()) {
      if (option->get_name() == name || option->check_name(name)) return option;
    }
  }
  return nullptr;
}

std::string hint_for(const CLI::App& command) {
  if (full_name(command).empty()) return "blc --help, or --help after a command";
  if (required_of(command).empty()) return fmt::format("{} --help tells what it takes", usage_line(command));
  return fmt::format("{}; --help after it tells more", usage_line(command));
}

Error incomplete(const CLI::App& command) {
  const auto name = full_name(command);
  std::vector<std::string> needs;
  for (const auto* const option : required_of(command)) {
    if (option->count() == 0) needs.push_back(given_as(*option));
  }
  if (!needs.empty()) return {Exit::usage, fmt::format("blc {} needs {}", name, either(needs, "and")), hint_for(command)};
  std::vector<std::string> below;
  for (const auto* const each : command.get_subcommands([](const CLI::App* each) { return !hidden(*each); })) below.push_back(each->get_name());
  return {Exit::usage, fmt::format("blc {} needs another word: {}", name, either(below)), fmt::format("blc {} --help tells what each does", name)};
}

// "--color: purple not in {auto,always,never}"
Error no_choice(const CLI::App& command, const std::string& message) {
  constexpr std::string_view kList = " not in {";
  const auto colon = message.find(": ");
  const auto list = message.find(kList);
  if (colon == std::string::npos || list == std::string::npos || list < colon) return {Exit::usage, text::display(message), hint_for(command)};
  const auto value = message.substr(colon + 2, list - colon - 2);
  std::vector<std::string> choices;
  std::istringstream words(message.substr(list + kList.size(), message.rfind('}') - list - kList.size()));
  for (std::string word; std::getline(words, word, ',');) choices.push_back(word);
  return {Exit::usage, fmt::format("{}: expected {}, found \"{}\"", message.substr(0, colon), either(choices), text::display(value)),
          text::did_you_mean(value, choices, hint_for(command))};
}

}  // namespace

std::string full_name(const CLI::App& command) {
  if (command.get_parent() == nullptr) return {};
  const auto above = full_name(*command.get_parent());
  return above.empty() ? command.get_name() : above + " " + command.get_name();
}

std::string usage_line(const CLI::App& command) {
  auto line = "blc " + full_name(command);
  for (const auto* const option : required_of(command)) line += " " + given_as(*option);
  return line;
}

Error usage_error(const CLI::App& command, const CLI::ParseError& refused) {
  const std::string message = refused.what();
  if (dynamic_cast<const CLI::RequiredError*>(&refused) != nullptr) return incomplete(command);
  if (dynamic_cast<const CLI::ValidationError*>(&refused) != nullptr) return no_choice(command, message);
  if (dynamic_cast<const CLI::ArgumentMismatch*>(&refused) != nullptr) {
    const auto* const option = named(command, message.substr(0, message.find(": ")));
    if (option != nullptr && message.ends_with(" missing"))
      return {Exit::usage, fmt::format("--{} needs a value: {}", option->get_lnames().front(), given_as(*option)), hint_for(command)};
    if (option != nullptr && message.find("At Most 1") != std::string::npos)
      return {Exit::usage, fmt::format("--{} is given more than once, and takes one value", option->get_lnames().front()), "leave out all but one"};
  }
  return {Exit::usage, text::display(message), hint_for(command)};
}

}  // namespace blc::cli
