#include "cli/output.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>

#include "cli/views/words.hpp"

namespace blc::cli {

namespace {

// False when it was not all written. A pipe that nobody reads ends quietly: whoever closed it has seen enough.
bool put(std::FILE* stream, std::string_view text) {
  errno = 0;
  const bool written = std::fwrite(text.data(), 1, text.size(), stream) == text.size();
  return (std::fflush(stream) == 0 && written) || errno == EPIPE;
}

// Where to go on when nothing nearer is known: no refusal leaves somebody without a next step.
std::string_view hint_for(Exit code) {
  switch (code) {
    case Exit::usage: return "blc --help, or --help after the command";
    case Exit::approvals_missing: return "blc explain RUN says who could sign";
    case Exit::authentication: return "blc trust show lists who is enrolled, with which key";
    case Exit::ended:
    case Exit::drift: return "plan it again";
    case Exit::refused: return "blc explain RUN says what a run needs, policies/access.yaml who may do what";
    case Exit::unresolved: return "blc show RUN tells what happened";
    case Exit::ledger: return "sign and run nothing; show this to your admins";
    case Exit::interrupted: return "type it again to go on";
    case Exit::done:
    case Exit::failed: break;
  }
  return "type it again with -v; if it stays, somebody who looks after this machine must look";
}

}  // namespace

void Output::configure(bool json, bool quiet, const std::string& color) {
  json_ = json;
  quiet_ = quiet;
  // NOLINTBEGIN(concurrency-mt-unsafe): no thread yet
  const char* const kind = std::getenv("TERM");
  const bool unwanted = std::getenv("NO_COLOR") != nullptr || (kind != nullptr && std::string_view(kind) == "dumb");
  // NOLINTEND(concurrency-mt-unsafe)
  color_ = color == "always" || (color == "auto" && !unwanted && terminal_.output());
}

void Output::print(std::string_view text) const {
  if (!put(stdout, text)) lost_ = true;
}

void Output::line(std::string_view text, std::size_t hang) const {
  if (!json_) print( fit(text, width(), hang) + "\n");
}

void Output::screen(std::string_view text) const {
  if (!json_) print( fit(text, width()));
}

std::string Output::laid_out(std::string_view text) const {
  return terminal_.errors() ? fit(text, terminal_.errors_width(), 2) : std::string(text);
}

void Output::say(std::string_view text) const { put(stderr, laid_out(text) + "\n"); }

void Output::raw(std::string_view bytes) const { print( bytes); }
void Output::object(const text::Json& value) const { print( text::canonical(value) + "\n"); }

void Output::note(std::string_view text) const {
  if (!quiet_ && !silent_) say(text);
}

void Output::call(std::string_view text) const {
  if (!silent_) say(text);
}

void Output::warn(std::string_view text) const {
  if (!silent_) say(fmt::format("warning: {}", text));
}

void Output::error(const Error& error) const {
  if (silent_) return;
  const auto hint = error.hint.empty() ? std::string(hint_for(error.code)) : error.hint;
  say(fmt::format("error: {}\nhint: {}", error.message, hint));
  if (json_) {
    object(text::Json::Object{{"format", "blc.error/v1"},
                              {"code", static_cast<int>(error.code)},
                              {"message", error.message},
                              {"hint", hint}});
  }
}

std::string Output::bold(std::string_view text) const {
  return color_ ? fmt::format("\x1b[1m{}\x1b[0m", text) : std::string(text);
}

}  // namespace blc::cli
