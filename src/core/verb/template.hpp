#pragma once
#include "core/verb/verb.hpp"

namespace blc::verb {

// Text with references: ${parameter}, ${step.stdout}, ${data}; `$${` is a literal `${`, any other `$` itself.
// Whether the names exist is not asked here. Errors as yaml_error.
[[nodiscard]] Result<Template> parse_template(const text::Yaml& scalar, const std::string& file);

}  // namespace blc::verb
