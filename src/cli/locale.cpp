#include "cli/locale.hpp"

#include "cli/views/words.hpp"
#include "core/adapters/system.hpp"

namespace blc::cli {

bool utf8_locale() {
  for (const auto* const name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    const auto value = adapters::variable(name);
    if (!value || value->empty()) continue;
    auto upper_case = upper(*value);
    std::erase(upper_case, '-');
    return upper_case.find("UTF8") != std::string::npos;
  }
  return false;
}

}  // namespace blc::cli
