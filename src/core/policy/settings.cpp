#include "core/policy/settings.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

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

std::string assigned(std::string_view name, bool value) { return fmt::format("{}={}", name, value); }

// `setting` as in assigned().
std::unexpected<Error> refuse(const std::string& setting, std::string_view why) {
  return fail(Exit::refused, fmt::format("{} is refused: {}", setting, why), "unset " + setting.substr(0, setting.find('=')));
}

constexpr std::string_view kApproval = "BLC_APPROVAL_REQUIRED";
constexpr std::string_view kMockData = "BLC_USE_MOCK_DATA";

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
  BLC_TRY(const auto value, flag(variable, std::string(kApproval)));
  settings.rehearsal = value.value_or(false) && settings.environment == Environment::local;
  settings.unapproved = value && !*value;
  return {};
}

Result<> read_controls(Settings& settings, const Settings::Lookup& variable) {
  for (const auto control : kControls) {
    BLC_TRY(const auto value, flag(variable, std::string(setting_of(control))));
    if (value && !*value) settings.off.insert(control);
  }
  return {};
}

Result<> read_data(Settings& settings, const Settings::Lookup& variable) {
  BLC_TRY(settings.mock_data, flag(variable, std::string(kMockData)));
  const std::string anonymization = "BLC_DATA_ANONYMIZATION";
  BLC_TRY(const auto anonymized, flag(variable, anonymization));
  if (anonymized && *anonymized) return refuse(assigned(anonymization, true), "the anonymiser is not available in this version");
  return {};
}

std::string kinds_of(const EnvironmentTerms& terms) {
  std::vector<std::string_view> kinds;
  for (const auto kind : terms.data) kinds.push_back(to_string(kind));
  return fmt::format("{}", fmt::join(kinds, " or "));
}

}  // namespace

Result<Settings> Settings::read(const Lookup& variable, const std::optional<std::string>& flag_environment,
                                const std::optional<std::string>& flag_classification) {
  Settings settings;
  BLC_CHECK(read_environment(settings, variable, flag_environment));
  BLC_CHECK(read_ceiling(settings, variable, flag_classification));
  BLC_CHECK(read_approval(settings, variable));
  BLC_CHECK(read_controls(settings, variable));
  BLC_CHECK(read_data(settings, variable));
  return settings;
}

std::optional<std::string> Settings::to_hold() const {
  if (unapproved) return assigned(kApproval, false);
  if (!off.empty()) return assigned(setting_of(*off.begin()), false);
  if (mock_data) return assigned(kMockData, *mock_data);
  return std::nullopt;
}

std::unexpected<Error> Settings::refused(std::string_view why) const { return refuse(to_hold().value_or(""), why); }

Result<> Settings::hold(const Environments& environments, const Policy& policy) const {
  const auto where = to_string(environment);
  const auto& terms = environments.at(environment);
  if (const auto asked = policy.asked_at(environment); unapproved && !asked.empty())
    return refuse(assigned(kApproval, false),
                  fmt::format("who has to sign in {} is for {} to say, and no setting takes a signature away", where, asked));
  for (const auto control : off) {
    if (terms.controls.contains(control))
      return refuse(assigned(setting_of(control), false),
                    fmt::format("{} asks for {} in {}", environments.source(environment, fmt::format("controls.{}", to_string(control))),
                                to_string(control), where));
  }
  const bool mock = terms.data.contains(DataKind::mock);
  const bool lowers = mock_data && (*mock_data ? !mock : mock && terms.data.size() == 1);
  if (lowers)
    return refuse(assigned(kMockData, *mock_data),
                  fmt::format("{} works on {} records only ({})", where, kinds_of(terms), environments.source(environment, "data")));
  return {};
}

}  // namespace blc::policy
