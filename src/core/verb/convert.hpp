#pragma once
#include <string>
#include <string_view>

namespace blc::verb {

struct CheckedPattern {
  std::string fault;  // why it does not compile; empty when it does
  bool fits = false;  // it matches the whole of the example
};
// Both at once, for compiling it takes longest of all that loads a verb.
[[nodiscard]] CheckedPattern check_pattern(const std::string& pattern, std::string_view example);

}  // namespace blc::verb
