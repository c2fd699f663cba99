#include "cli/output.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

namespace blc::cli {

namespace {

// A pipe that nobody reads ends quietly: whoever closed it has seen enough.
void put(std::FILE* stream, std::string_view text) {
  std::fwrite(text.data(), 1, text.size(), stream);
  std::fflush(stream);
}

}  // namespace

void Output::configure(bool json, bool quiet, const std::string& color) {
  json_ = json;
  quiet_ = quiet;
  const bool unwanted = std::getenv("NO_COLOR") != nullptr;  // NOLINT(concurrency-mt-unsafe): no thread yet
  color_ = color == "always" || (color == "auto" && !unwanted && ::isatty(STDOUT_FILENO) == 1);
}

void Output::line(std::string_view text) const {
  if (!json_) put(stdout, fmt::format("{}\n", text));
}

void Output::raw(std::string_view bytes) const { put(stdout, bytes); }
void Output::object(const text::Json& value) const { put(stdout, text::canonical(value) + "\n"); }

void Output::note(std::string_view text) const {
  if (!quiet_ && !silent_) put(stderr, fmt::format("{}\n", text));
}

void Output::call(std::string_view text) const {
  if (!silent_) put(stderr, fmt::format("{}\n", text));
}

void Output::warn(std::string_view text) const {
  if (!silent_) put(stderr, fmt::format("warning: {}\n", text));
}

void Output::error(const Error& error) const {
  if (silent_) return;
  put(stderr, fmt::format("error: {}\n", error.message));
  if (!error.hint.empty()) put(stderr, fmt::format("hint: {}\n", error.hint));
  if (json_) {
    object(text::Json::Object{{"format", "blc.error/v1"},
                              {"code", static_cast<int>(error.code)},
                              {"message", error.message},
                              {"hint", error.hint}});
  }
}

std::string Output::bold(std::string_view text) const {
  return color_ ? fmt::format("\x1b[1m{}\x1b[0m", text) : std::string(text);
}

}  // namespace blc::cli
