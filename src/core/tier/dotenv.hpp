#pragma once
#include <string>
#include <string_view>

#include "core/tier/configuration.hpp"
#include "core/tier/interpolation.hpp"

namespace blc::tier {

// A file of NAME=VALUE lines: `export`, comments, 'as it is', "with \n and ${NAME}", both over several lines, CRLF. A name
// that stands twice is noticed; the last one counts. Exit::usage, naming the line: a quote that is not closed, a line that
// sets nothing, a byte order mark, NUL and other control characters, bytes that are no UTF-8.
[[nodiscard]] Result<> read_dotenv(std::string_view text, const std::string& file, const Reading& reading, Dialect dialect = Dialect::dotenv);
// As docker compose reads a file with `format: raw`: what stands behind the first = is the value, as it is; a name
// without one is the variable of the process.
[[nodiscard]] Result<> read_raw_env(std::string_view text, const std::string& file, const Reading& reading);

}  // namespace blc::tier
