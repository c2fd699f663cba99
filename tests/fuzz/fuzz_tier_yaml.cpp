// The YAML that tiers read: compose and Kubernetes files, rules and waivers. Whatever loads can be shown; what is refused
// says where.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "core/text/display.hpp"
#include "core/tier/compose.hpp"
#include "core/tier/kubernetes.hpp"
#include "core/tier/waivers.hpp"

namespace {

using namespace blc;
using namespace blc::tier;

void check(bool holds) {
  if (!holds) std::abort();
}

void check_read(const Result<>& read, const Configuration& configuration) {
  if (!read) check(read.error().code == Exit::usage && text::plain(read.error().message) && text::plain(read.error().hint));
  for (const auto& [name, setting] : configuration.settings()) check(is_variable_name(name) && setting.origin.line >= 1);
  if (const auto& image = configuration.image(); image) check(image->origin.line >= 1);
  for (const auto& notice : configuration.notices()) check(text::plain(notice.detail));
  for (const auto& source : configuration.unseen_sources()) check(text::plain(source.what));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const Variables variables = [](const std::string&) { return std::nullopt; };
  const ReadFile file = [](const std::string& path) -> Result<std::optional<Secret>> {
    if (path.size() % 3 == 0) return fail(Exit::usage, "no such file");
    if (path.size() % 3 == 1) return std::nullopt;
    return Secret::copy("APP_A=1\n");
  };
  Configuration composed;
  const Reading reading{composed, variables, file, "APP_"};
  Compose compose;
  auto read_of = compose.add(text, "f.yaml", "", reading);
  if (read_of) read_of = compose.read(reading);
  check_read(read_of, composed);
  Configuration deployed;
  Manifests manifests;
  auto read = manifests.add(text, "f.yaml", size % 2 == 0 ? "" : "app/app");
  if (read) read = manifests.read({deployed, variables, file, "APP_"});
  check_read(read, deployed);

  const auto rules = Rules::load(text, "f.yaml");
  if (!rules) {
    check(rules.error().code == Exit::usage && text::plain(rules.error().message) && rules.error().message.starts_with("f.yaml:"));
  } else {
    for (const auto& rule : rules->rules) check(rule.id.starts_with("BLC-TIER-") && !rule.tiers.empty() && !rule.message.empty());
  }
  const auto waivers = Waivers::load(text, "f.yaml", rules ? *rules : Rules{});
  if (!waivers) check(waivers.error().code == Exit::usage && text::plain(waivers.error().message) && waivers.error().message.starts_with("f.yaml:"));
  return 0;
}
