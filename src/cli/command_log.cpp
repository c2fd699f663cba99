#include "cli/command_log.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace blc::cli {

namespace {

// The values on a command line: words that are no option, and what follows an option's "=".
std::vector<std::string> values_in(const std::vector<std::string>& words) {
  std::vector<std::string> values;
  for (const auto& word : words) {
    const auto equals = word.starts_with('-') ? word.find('=') : std::string::npos;
    if (equals != std::string::npos) values.push_back(word.substr(equals + 1));
    if (!word.starts_with('-')) values.push_back(word);
    if (values.empty()) continue;
    if (values.back().starts_with('@')) values.push_back(values.back().substr(1));
  }
  std::erase(values, "");
  // The longest first: a shorter one may be a part of it.
  std::ranges::sort(values, [](const auto& a, const auto& b) { return a.size() > b.size(); });
  return values;
}

bool part_of_word(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); }

// Where it stands as a word of its own: "at" is not in "that".
void replace_word(std::string& text, const std::string& value, std::string_view with) {
  for (auto at = text.find(value); at != std::string::npos; at = text.find(value, at)) {
    const auto end = at + value.size();
    const bool begins = at == 0 || !part_of_word(text[at - 1]) || !part_of_word(value.front());
    const bool ends = end == text.size() || !part_of_word(text[end]) || !part_of_word(value.back());
    if (begins && ends) text.replace(at, value.size(), with);
    at += begins && ends ? with.size() : 1;
  }
}

}  // namespace

CommandLog::CommandLog(const std::vector<std::string>& words, std::string path, const ports::Clock& clock)
    : typed_(values_in(words)), logger_(std::move(path), clock) {}

void CommandLog::started(const std::string& command) {
  started_ = true;
  logger_.about(command);
  const auto& name = command.empty() ? std::string("home screen") : command;
  // The command's own words may be said: they are the program's or the catalog's.
  std::erase_if(typed_, [&](const auto& word) { return (" " + name + " ").find(" " + word + " ") != std::string::npos; });
  logger_.log({.event = "command.started", .message = name + " starts"});
}

void CommandLog::concerns(const verb::Verb& verb) {
  const bool sealed = std::ranges::any_of(verb.parameters, [](const auto& parameter) { return parameter.phi; });
  if (sealed || verb.classification == Classification::clinical) discreet_ = true;
}

void CommandLog::concerns(const approval::Run& run) {
  logger_.about(run.id);
  const bool sealed = std::ranges::any_of(run.request->request.parameters,
                                          [](const auto& parameter) { return parameter.second.find("sealed") != nullptr; });
  if (sealed || run.classification == Classification::clinical) discreet_ = true;
}

void CommandLog::failed(const Error& error) {
  failure_ = error.code == Exit::usage || discreet_ ? "" : without_what_was_typed(error.message);
}

int CommandLog::ended(int code) {
  if (!started_ && code == 0) return code;  // --version, --help
  const auto took = std::chrono::duration_cast<Milliseconds>(std::chrono::steady_clock::now() - begin_);
  ports::LogEvent event{.severity = code == 0 ? ports::Severity::info : ports::Severity::warning,
                        .event = "command.ended",
                        .message = fmt::format("ended with {} after {} ms", code, took.count()),
                        .more = {{"exit_code", std::int64_t{code}}, {"ms", static_cast<std::int64_t>(took.count())}},
                        .failure = failure_};
  if (code == static_cast<int>(Exit::ledger)) event.severity = ports::Severity::error;
  logger_.log(event);
  return code;
}

std::string CommandLog::without_what_was_typed(std::string text) const {
  for (const auto& value : typed_) replace_word(text, value, "<typed>");
  return text;
}

}  // namespace blc::cli
