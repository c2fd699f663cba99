#include "cli/questions.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "core/text/display.hpp"

namespace blc::cli {

using verb::Parameter;
using verb::ParameterType;

namespace {

constexpr int kAttempts = 3;

// What may be chosen from; empty where any text may fit.
std::vector<std::string> choices_of(const Parameter& parameter) {
  if (parameter.type == ParameterType::boolean) return {"yes", "no"};
  return parameter.values;
}

// Numbers stand for choices only where no choice could be meant by one.
bool numbered(const std::vector<std::string>& choices) {
  return std::ranges::none_of(choices, [](const auto& choice) { return choice.front() >= '0' && choice.front() <= '9'; });
}

// The choice that was meant: the word itself, its number, or the one that begins so. What was typed where none
// or more than one is.
std::string chosen(const std::vector<std::string>& choices, const std::string& typed) {
  if (typed.empty() || std::ranges::find(choices, typed) != choices.end()) return typed;
  std::size_t number = 0;
  const auto* const end = typed.data() + typed.size();
  const auto [stop, error] = std::from_chars(typed.data(), end, number);
  if (numbered(choices) && error == std::errc() && stop == end && number >= 1 && number <= choices.size())
    return choices.at(number - 1);
  const auto begins = [&](const auto& choice) { return choice.starts_with(typed); };
  const auto first = std::ranges::find_if(choices, begins);
  return first != choices.end() && std::ranges::count_if(choices, begins) == 1 ? *first : typed;
}

std::string shown_allowed(const Parameter& parameter) {
  return parameter.type == ParameterType::boolean ? "yes or no" : text::display(verb::allowed(parameter));
}

// The lines above the question: what it is about, and what to choose from.
std::string introduction(const Parameter& parameter) {
  auto lines = parameter.summary.empty() ? parameter.name : fmt::format("{}: {}", parameter.name, text::display(parameter.summary));
  const auto choices = parameter.values;
  const bool numbers = numbered(choices);
  for (std::size_t i = 0; i < choices.size(); ++i) {
    const auto mark = numbers ? fmt::format("{:>3}  ", i + 1) : std::string(2, ' ');
    const bool fallback = parameter.fallback == choices[i];
    lines += fmt::format("\n{}{}{}", mark, text::display(choices[i]), fallback ? "  (default)" : "");
  }
  if (parameter.phi) lines += "\n  Not shown while you type; kept sealed.";
  return lines;
}

std::string help(const Parameter& parameter) {
  auto text = fmt::format("Expected: {}.", shown_allowed(parameter));
  if (!parameter.values.empty())
    text += numbered(parameter.values) ? " The number, the word, or the beginning of the word." : " The word, or the beginning of it.";
  text += parameter.fallback ? fmt::format(" Enter takes {}.", text::display(*parameter.fallback)) : " There is no default.";
  if (parameter.phi)
    text += fmt::format(" It is personal health information: sealed before it is kept, and shown only to those who may see it. "
                        "--{0}=@FILE reads it from a file.", parameter.name);
  return "  " + text + " Ctrl-C ends this; nothing is planned then.";
}

// Where a list of choices stands above, the question does not repeat it.
std::string prompt(const Parameter& parameter) {
  const auto fallback = parameter.fallback ? fmt::format(" [{}]", text::display(*parameter.fallback)) : std::string();
  if (!parameter.values.empty()) return fmt::format("{}{}: ", parameter.name, fallback);
  return fmt::format("{} ({}){}: ", parameter.name, shown_allowed(parameter), fallback);
}

Result<std::optional<std::string>> answer_to(Session& session, const Parameter& parameter) {
  const std::string undone = "nothing was planned";
  if (!parameter.phi) return session.ask(prompt(parameter), undone);
  BLC_TRY(const auto hidden, session.ask_secret(prompt(parameter), undone));
  return hidden ? std::optional(std::string(hidden->reveal())) : std::nullopt;
}

Error unanswered(const Parameter& parameter, const std::string& why) {
  return {Exit::usage, fmt::format("--{} is needed{}; nothing was planned", parameter.name, why),
          fmt::format("give it as --{}{}", parameter.name, parameter.phi ? "=@FILE" : " VALUE")};
}

}  // namespace

Result<verb::Value> ask_for(Session& session, const Parameter& parameter) {
  const auto choices = choices_of(parameter);
  auto& output = session.output();
  output.call(introduction(parameter));
  for (int attempt = 0; attempt < kAttempts;) {
    BLC_TRY(auto typed, answer_to(session, parameter));
    if (!typed) return std::unexpected(unanswered(parameter, ""));
    if (*typed == "?") {
      output.call(help(parameter));
      continue;
    }
    ++attempt;
    if (typed->empty() && parameter.fallback) return verb::convert(parameter, *parameter.fallback);
    if (typed->empty()) {
      output.call("  An answer is needed. ? explains, Ctrl-C ends this.");
      continue;
    }
    auto value = verb::convert(parameter, choices.empty() ? *typed : chosen(choices, *typed));
    if (parameter.phi) Secret::wipe(*typed);
    if (value) return value;
    output.call("  " + value.error().message);
  }
  return std::unexpected(unanswered(parameter, fmt::format(", and none of {} answers fitted", kAttempts)));
}

Result<bool> asks_to_run(Session& session) {
  BLC_TRY(const auto answer, session.ask("Type run to run it now. Enter leaves it.\n> ", "it was not run"));
  return answer == "run";
}

}  // namespace blc::cli
