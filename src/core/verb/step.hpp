#pragma once
#include "core/verb/verb.hpp"

namespace blc::verb {

// One element of a verb's `steps`, as far as it can be judged alone. Errors as yaml_error.
[[nodiscard]] Result<Step> load_step(const text::Yaml& node, const std::vector<std::string>& data_classes,
                                     const std::string& file);

// A path below the practice, with references. Errors as yaml_error.
[[nodiscard]] Result<Template> load_path(const text::Yaml& scalar, const std::string& file);

// What the steps may refer to and where (rule 4 of the design). Errors as yaml_error.
[[nodiscard]] Result<> check_references(const Verb& verb);

}  // namespace blc::verb
