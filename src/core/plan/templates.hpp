// The templates of a verb, made into text.
#pragma once
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "core/base/result.hpp"
#include "core/base/words.hpp"
#include "core/verb/verb.hpp"

namespace blc::plan {

// The text of a template, where `value` gives a parameter's text. With `label`, phi values stay as their reference:
// what the plan shows.
[[nodiscard]] std::string expand(const verb::Template& source, const verb::Verb& verb, Environment environment,
                                 const std::function<std::string(const std::string&)>& value, bool label);

// Puts values and earlier outputs into the pieces of a standard input.
[[nodiscard]] Result<std::string> fill(const std::vector<verb::Piece>& pieces, const verb::Values& values,
                                       const std::map<std::string, std::string>& outputs);

}  // namespace blc::plan
