#include "core/policy/settings.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "core/policy/policy.hpp"
#include "core/text/nearest.hpp"
#include "core/text/yaml.hpp"

namespace blc::policy {

namespace {

// true or false in any case; absent is neither.
Result<std::optional<bool>> flag(const Settings::Lookup& variable, const std::string& name) {
  const auto value = variable(name);
  if (!value) return std::nullopt;
  auto lower = *value;
  std::ranges::transform(lower, lower.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  if (lower == "true") return std::optional(true);
  if (lower == "false") return std::optional(false);
  return fail(Exit::usage, fmt::format("{}: expected true or false, found {}", name, text::found(*value)), "set it to one of the two, or unset " + name);
}

std::unexpected<Error> refused(const std::string& name, bool value, std::string_view why) {
  return fail(Exit::refused, fmt::format("{}={} is refused: {}", name, value, why), "unset " + name);
}

Result<> read_environment(Settings& settings, const Settings::Lookup& variable,
                          const std::optional<std::string>& given) {
  const auto value = given ? given : variable("BLC_ENV");
  if (!value) return {};
  const auto parsed = parse_environment_alias(*value);
  if (!parsed)
    return fail(
        Exit::usage,
        fmt::format("{}: expected local (development, dev), integration, staging or production (prod), found {}",
                    given ? "--env" : "BLC_ENV", text::found(*value)),
        text::did_you_mean(*value, {"local", "development", "integration", "staging", "production"},
                           given ? "--env local" : "unset BLC_ENV: without it the environment is local"));
  settings.environment = *parsed;
  settings.environment_given = true;
  return {};
}

Result<> read_ceiling(Settings& settings, const Settings::Lookup& variable, const std::optional<std::string>& given) {
  const auto value = given ? given : variable("BLC_CLASSIFICATION");
  if (!value) return {};
  const auto parsed = parse_classification(*value);
  if (!parsed)
    return fail(Exit::usage, fmt::format("{}: expected personal, business or clinical, found {}",
                                         given ? "--classification" : "BLC_CLASSIFICATION", text::found(*value)),
                text::did_you_mean(*value, {"personal", "business", "clinical"},
                                   given ? "leave it out" : "unset BLC_CLASSIFICATION"));
  settings.ceiling = *parsed;
  return {};
}

Result<> read_approval(Settings& settings, const Settings::Lookup& variable) {
  const std::string name = "BLC_APPROVAL_REQUIRED";
  BLC_TRY(const auto value, flag(variable, name));
  if (!value) return {};
  const bool local = settings.environment == Environment::local;
  if (!*value && !local)
    return refused(name, false,
                   fmt::format("who has to sign in {} is for {} to say, and no setting takes a signature away",
                               to_string(settings.environment), Policy::kApprovalsPath));
  settings.rehearsal = *value && local;
  return {};
}

// What blc does always, whatever the environment's controls ask for (requirements, section 1).
Result<> read_controls(const Settings::Lookup& variable) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 3> kControls{
      {{"BLC_AUDIT_LOGGING", "every operation is recorded in the ledger"},
       {"BLC_ENCRYPTION_ENABLED", "keys, secrets and captured output are always encrypted at rest"},
       {"BLC_PHI_ENCRYPTION", "phi values are always sealed, each under its own key"}}};
  for (const auto& [name, why] : kControls) {
    BLC_TRY(const auto value, flag(variable, std::string(name)));
    if (value && !*value) return refused(std::string(name), false, why);
  }
  return {};
}

Result<> read_data(const Settings& settings, const Settings::Lookup& variable) {
  const std::string mock = "BLC_USE_MOCK_DATA";
  BLC_TRY(const auto value, flag(variable, mock));
  if (value && *value && settings.environment == Environment::production)
    return refused(mock, true, "production works on real records only");
  if (value && !*value && settings.environment == Environment::local)
    return refused(mock, false, "local works on mock records only");
  const std::string anonymization = "BLC_DATA_ANONYMIZATION";
  BLC_TRY(const auto anonymized, flag(variable, anonymization));
  if (anonymized && *anonymized) return refused(anonymization, true, "the anonymiser is not available in this version");
  return {};
}

}  // namespace

Result<Settings> Settings::read(const Lookup& variable, const std::optional<std::string>& flag_environment,
                                const std::optional<std::string>& flag_classification) {
  Settings settings;
  BLC_CHECK(read_environment(settings, variable, flag_environment));
  BLC_CHECK(read_ceiling(settings, variable, flag_classification));
  BLC_CHECK(read_approval(settings, variable));
  BLC_CHECK(read_controls(variable));
  BLC_CHECK(read_data(settings, variable));
  return settings;
}

}  // namespace blc::policy
