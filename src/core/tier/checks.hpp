// The checks that rules name: what each says of the settings that it looks at.
#pragma once
#include <string>
#include <vector>

#include "core/tier/report.hpp"

namespace blc::tier {

// Where an application says which tier it is in; behind the prefix.
constexpr std::string_view kTierSetting = "DEPLOYMENT_TIER";

struct Verdict {
  enum class Kind { good, bad, maybe };  // maybe: it cannot be seen, and is told of as a warning
  Kind kind = Kind::good;
  std::string subject;
  std::string detail;  // of what is not good: "is not set"
  Origin origin;
  std::string remedy{};  // in place of the rule's
};

struct Verdicts {
  std::vector<Verdict> found;
  std::string why_none;  // where nothing was found: "APP_PORT is not set"
  std::string good;      // what a pass says beside the rule's message
};

// Every family but `waiver`.
[[nodiscard]] Verdicts check(const Rule& rule, const Question& question);

}  // namespace blc::tier
