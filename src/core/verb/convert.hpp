#pragma once
#include <string>

namespace blc::verb {

// Why a pattern does not compile; empty when it does.
[[nodiscard]] std::string pattern_fault(const std::string& pattern);

}  // namespace blc::verb
