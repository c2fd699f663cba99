#pragma once
#include "core/verb/verb.hpp"

namespace blc::verb {

// One member of a verb's `parameters`. Errors as yaml_error.
[[nodiscard]] Result<Parameter> load_parameter(const text::Yaml::Member& member, Classification classification,
                                               const std::string& file);

}  // namespace blc::verb
