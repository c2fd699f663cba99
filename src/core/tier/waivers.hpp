// policies/tier-waivers.yaml: what is excused for a time, by whom and why. Its grammar:
//
//   waivers:
//     - {rule: BLC-TIER-nnn, subject: APP_NAME, tiers: [TIER, ...], reason: TEXT, approved-by: NAME, expires: YYYY-MM-DD}
//
// `tiers` may be left out: all of them.
#pragma once
#include <chrono>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/tier/rules.hpp"

namespace blc::tier {

struct Waiver {
  std::string rule;
  std::string subject;
  std::set<Tier> tiers;  // empty: all
  std::string reason;
  std::string approved_by;
  std::chrono::year_month_day expires{};  // the last day on which it holds
  int line = 0;
};

struct Waivers {
  static constexpr std::string_view kPath = "policies/tier-waivers.yaml";

  std::string source;
  std::vector<Waiver> waivers;

  // Errors are Exit::usage: file, line, column. What no rule says cannot be waived, nor can the way and the waivers.
  static Result<Waivers> load(std::string_view text, const std::string& file, const Rules& rules);

  [[nodiscard]] const Waiver* find(std::string_view rule, std::string_view subject, Tier tier) const;
};

}  // namespace blc::tier
