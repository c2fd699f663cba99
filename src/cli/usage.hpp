// What a command takes, and what is wrong with a line that gives it something else.
#pragma once
#include <string>

#include "core/base/result.hpp"

namespace CLI {
class App;
class ParseError;
}  // namespace CLI

namespace blc::cli {

// "ledger verify"; empty for blc itself.
[[nodiscard]] std::string full_name(const CLI::App& command);

// "blc trust add NAME --key FILE --role ROLE": the command with what it must be given.
[[nodiscard]] std::string usage_line(const CLI::App& command);

// What CLI11 refused of a line that named `command`, in our words; Exit::usage.
[[nodiscard]] Error usage_error(const CLI::App& command, const CLI::ParseError& refused);

}  // namespace blc::cli
