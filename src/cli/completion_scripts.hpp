#pragma once
#include <string_view>

namespace blc::cli {

// The file of packaging/completions for `shell` (bash, zsh or fish), put in when blc was built; empty for others.
[[nodiscard]] std::string_view completion_script(std::string_view shell);

}  // namespace blc::cli
