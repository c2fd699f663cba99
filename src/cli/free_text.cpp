#include "cli/free_text.hpp"

#include <fmt/format.h>

#include "cli/given.hpp"
#include "core/text/json.hpp"

namespace blc::cli {

namespace {

// In clear on a command line: other users see it there, and the shell remembers it.
bool sensitive(const approval::Run& run) {
  return run.classification == Classification::clinical && run.environment != Environment::local;
}

Result<std::string> checked(const std::string& text, const std::string& what) {
  if (text.size() > approval::kLongestWords)
    return fail(Exit::usage, fmt::format("the {} is longer than {} bytes", what, approval::kLongestWords), "say it in fewer words");
  if (!text::valid_utf8(text)) return fail(Exit::usage, fmt::format("the {} is no UTF-8 text", what));
  return text.find_first_not_of(" \t\r\n") == std::string::npos ? std::string() : text;
}

}  // namespace

Result<std::string> free_text(Session& session, const approval::Run& run, const std::string& given, const std::string& what) {
  if (given == "-" || given.starts_with('@')) {
    BLC_TRY(const auto read, read_given(given == "-" ? given : given.substr(1)));
    return checked(read, what);
  }
  if (!given.empty() && sensitive(run))
    return fail(Exit::usage, fmt::format("the {} of a clinical run may hold PHI and is not taken from the command line", what),
                "leave it out and it is asked for on the terminal; or @FILE or @- reads it");
  if (!given.empty() || !session.interactive()) return checked(given, what);
  const bool conversation = what == "question" || what == "reply";
  BLC_TRY(const auto typed, session.ask(fmt::format("{}: ", what), conversation ? "nothing was said" : "nothing was signed"));
  return checked(typed.value_or(""), what);
}

std::string how_to_give(const approval::Run& run, const std::string& command, const std::string& option) {
  return fmt::format("{} {}{}{}", command, run.id.suffix(), option.empty() ? " " : " " + option + " ",
                     sensitive(run) ? "@-  (or @FILE; on a terminal it is asked for)" : "TEXT");
}

}  // namespace blc::cli
