// What one value is, by itself, against a rule.
#pragma once
#include <string>
#include <string_view>

#include "core/tier/rules.hpp"

namespace blc::tier {

// What is wrong with it, without showing it: "is no port". Empty: nothing, or it is no check of single values. `name` stands
// without the prefix.
[[nodiscard]] std::string fault_of_value(const Rule& rule, std::string_view name, std::string_view value, Tier to);

}  // namespace blc::tier
