// Files of .env: whatever is read has names and lines that can be shown, no value beyond its bound, and reads the same again;
// what is refused says where and repeats nothing.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "core/text/display.hpp"
#include "core/tier/dotenv.hpp"

namespace {

using namespace blc;
using namespace blc::tier;

void check(bool holds) {
  if (!holds) std::abort();
}

Result<> read(std::string_view text, Configuration& into) {
  const Variables variables = [](const std::string& name) { return name == "HOME" ? std::optional<std::string>("/home/ana") : std::nullopt; };
  const ReadFile nothing = [](const std::string&) { return fail(Exit::usage, "no file"); };
  return read_dotenv(text, "f.env", {into, variables, nothing, "APP_"});
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  Configuration first;
  Configuration second;
  const auto result = read(text, first);
  check(static_cast<bool>(read(text, second)) == static_cast<bool>(result));
  if (!result) {
    check(result.error().code == Exit::usage && text::plain(result.error().message) && result.error().message.starts_with("f.env"));
    return 0;
  }
  check(first.settings().size() == second.settings().size());
  for (const auto& [name, setting] : first.settings()) {
    check(is_variable_name(name) && setting.origin.line >= 1);
    check(!setting.value || setting.value->size() <= std::max<std::size_t>(64U << 10U, size));
    const auto* const again = second.find(name);
    check(again != nullptr && again->value.has_value() == setting.value.has_value());
    check(!setting.value || setting.value->reveal() == again->value->reveal());
  }
  for (const auto& notice : first.notices()) check(text::plain(notice.detail));
  return 0;
}
