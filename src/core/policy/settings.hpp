#pragma once
#include <functional>
#include <map>
#include <optional>
#include <string>

#include "core/base/result.hpp"
#include "core/base/words.hpp"
#include "core/policy/environments.hpp"
#include "core/policy/policy.hpp"

namespace blc::policy {

// The BLC_* settings of requirements section 1, from the process environment. A setting may raise the
// bar of the policy, never lower it: hold() refuses a value that would.
struct Settings {
  Environment environment = Environment::local;
  bool environment_given = false;
  Classification ceiling = Classification::clinical;
  bool rehearsal = false;  // BLC_APPROVAL_REQUIRED=true in local: production's slots apply there
  // What may lower the bar, as far as it is set; that the controls are on is nothing to hold.
  bool unapproved = false;  // BLC_APPROVAL_REQUIRED=false
  std::set<Control> off;
  std::optional<bool> mock_data;

  using Lookup = std::function<std::optional<std::string>(const std::string&)>;
  // `flag_environment`, `flag_classification`: --env and --classification, which come before the variables.
  static Result<Settings> read(const Lookup& variable, const std::optional<std::string>& flag_environment,
                               const std::optional<std::string>& flag_classification);

  // Which setting is to be held against the policy, or nothing: "BLC_PHI_ENCRYPTION=false".
  [[nodiscard]] std::optional<std::string> to_hold() const;
  // Exit::refused when a setting would lower what these ask for in the environment: names their line.
  [[nodiscard]] Result<> hold(const Environments& environments, const Policy& policy) const;
  // Exit::refused of what to_hold() names, for that reason.
  [[nodiscard]] std::unexpected<Error> refused(std::string_view why) const;
};

}  // namespace blc::policy
