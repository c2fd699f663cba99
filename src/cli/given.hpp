#pragma once
#include <string>

#include "core/base/result.hpp"

namespace blc::cli {

// A value that must not stand on a command line, given there as @FILE or @-: `source` is what follows the @. The file
// must be its reader's alone. Without the line feed at its end. Exit::usage, Exit::authentication.
[[nodiscard]] Result<std::string> read_given(const std::string& source);

}  // namespace blc::cli
