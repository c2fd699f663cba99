#pragma once
#include <string>
#include <string_view>

#include "core/tier/configuration.hpp"

namespace blc::tier {

// The `env_file`, `environment` and `image` of one service of a compose file; files are named from the folder of the compose
// file. Without a name it is the only service: of several, what one lacks another would hide. Returns its name. What a
// variable of the process would fill (KEY without a value) is taken from there. Exit::usage, naming the line, for what compose
// would refuse, and for `extends`, which is not followed.
[[nodiscard]] Result<std::string> read_compose(std::string_view text, const std::string& file, const std::string& service, const Reading& reading);

}  // namespace blc::tier
