#pragma once
#include <functional>
#include <optional>
#include <string>

#include "core/base/result.hpp"
#include "core/base/words.hpp"

namespace blc::policy {

// The BLC_* settings of requirements section 1, from the process environment. A setting may raise the
// bar of the policy, never lower it: a value that would lower it is Exit::refused and names the rule.
struct Settings {
  Environment environment = Environment::local;
  bool environment_given = false;
  Classification ceiling = Classification::clinical;
  bool rehearsal = false;  // BLC_APPROVAL_REQUIRED=true in local: production's slots apply there

  using Lookup = std::function<std::optional<std::string>(const std::string&)>;
  // `flag_environment`, `flag_classification`: --env and --classification, which come before the variables.
  static Result<Settings> read(const Lookup& variable, const std::optional<std::string>& flag_environment,
                               const std::optional<std::string>& flag_classification);
};

}  // namespace blc::policy
