#include "cli/commands/tier_inputs.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <filesystem>
#include <utility>

#include "core/adapters/input_file.hpp"
#include "core/tier/compose.hpp"
#include "core/tier/dotenv.hpp"
#include "core/tier/kubernetes.hpp"

namespace blc::cli {

namespace {

// FILE or FILE:CHOICE. A file whose name holds a : is meant itself; so is what names no file at all, but a path.
std::pair<std::string, std::string> file_and_choice(const std::string& given) {
  const auto colon = given.rfind(':');
  if (colon == std::string::npos || adapters::is_there(given)) return {given, ""};
  const auto file = given.substr(0, colon);
  if (given.find('/', colon) != std::string::npos && !adapters::is_there(file)) return {given, ""};
  return {file, given.substr(colon + 1)};
}

// What compose fills references in from beside the variables of its process: the .env of its project, which is where the
// first file lies. What refers to nothing would be empty for compose.
Result<tier::Configuration> project_settings(const std::string& first, const tier::Reading& reading) {
  tier::Configuration settings;
  const auto path = (std::filesystem::path(file_and_choice(first).first).parent_path() / ".env").string();
  BLC_TRY(const auto bytes, reading.file(path));
  if (!bytes) return settings;
  BLC_CHECK(tier::read_dotenv(bytes->reveal(), path, {settings, reading.variables, reading.file, reading.prefix}, tier::Dialect::env_file));
  for (const auto& notice : settings.notices()) {
    if (notice.kind == tier::Notice::Kind::undefined) return tier::input_error(notice.origin, fmt::format("expected what is set, found that {} {}", notice.name, notice.detail));
  }
  return settings;
}

// Several files may speak of one service, as compose merges them.
Result<> read_compose_files(const std::vector<std::string>& files, const tier::Reading& outer) {
  if (files.empty()) return {};
  BLC_TRY(const auto project, project_settings(files.front(), outer));
  const tier::Variables variables = [&](const std::string& name) {
    if (auto own = outer.variables(name)) return own;
    const auto* const setting = project.find(name);
    return setting == nullptr || !setting->value ? std::nullopt : std::optional(std::string(setting->value->reveal()));
  };
  const tier::Reading reading{outer.into, variables, outer.file, outer.prefix};
  tier::Compose compose;
  for (const auto& given : files) {
    const auto [file, service] = file_and_choice(given);
    BLC_TRY(const auto bytes, reading.whole(file));
    BLC_CHECK(compose.add(bytes.reveal(), file, service, reading));
  }
  return compose.read(reading);
}

}  // namespace

std::string TierInputs::place() const {
  if (!env_files.empty()) return env_files.back();
  if (!k8s.empty()) return file_and_choice(k8s.front()).first;
  return compose.empty() ? "" : file_and_choice(compose.front()).first;
}

Result<> read_inputs(const TierInputs& inputs, const tier::Reading& reading) {
  for (const auto& file : inputs.env_files) {
    BLC_TRY(const auto bytes, reading.whole(file));
    BLC_CHECK(read_dotenv(bytes.reveal(), file, reading));
  }
  BLC_CHECK(read_compose_files(inputs.compose, reading));
  tier::Manifests manifests;
  for (const auto& given : inputs.k8s) {
    const auto [file, choice] = file_and_choice(given);
    BLC_TRY(const auto bytes, reading.whole(file));
    BLC_CHECK(manifests.add(bytes.reveal(), file, choice));
  }
  return manifests.read(reading);
}

void read_environment(const tier::Reading& reading) {
  for (const char* const* at = environ; *at != nullptr; ++at) {
    const std::string_view entry(*at);
    const auto equals = entry.find('=');
    if (equals != std::string_view::npos && entry.starts_with(reading.prefix))
      reading.into.set(std::string(entry.substr(0, equals)), Secret::copy(entry.substr(equals + 1)), {});
  }
}

}  // namespace blc::cli
