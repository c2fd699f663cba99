// Checks of configurations against the rules of a tier, as the ledger holds them: what a promotion can show that the tier
// below was checked. Held against the rules and waivers of the adopted catalog, never those of somebody's working folder.
#pragma once
#include <string>
#include <vector>

#include "core/approval/log.hpp"
#include "core/plan/migration.hpp"
#include "core/tier/report.hpp"

namespace blc::approval {

// What an entry says of a check: no value, no message and no path, only which rule found what of which setting.
struct TierCheck {
  tier::Tier from = tier::Tier::development;
  tier::Tier to = tier::Tier::development;
  bool strict = false;
  Digest configuration;
  Digest rules;    // plan::rules_digest() of the catalog that its signer saw
  struct Result {
    std::string rule;
    tier::Status status = tier::Status::pass;
    std::string subject;
  };
  std::vector<Result> results;

  [[nodiscard]] bool ready() const;
};

[[nodiscard]] TierCheck tier_check_of(const tier::Report& report, bool strict, const Digest& rules);
[[nodiscard]] text::Json tier_check_body(const TierCheck& check);
// Strict, as in bodies.hpp.
[[nodiscard]] Result<TierCheck> read_tier_check(const text::Json& body);

// Signs the check; `by` is CI's service or whoever has the right. Exit::refused for others, and when the catalog's rules
// are not those that it was held against any more.
Result<AppendedEntry> record_tier_check(Log& log, ports::Signer& signer, const std::string& by, const TierCheck& check);

// The checks of that tier that count, the last one first, for twice as many days back as the rules of evidence look: what is
// too old is told from what never was. Reads no further back.
[[nodiscard]] Result<std::vector<tier::Recorded>> recorded_tier_checks(const Log& log, tier::Tier tier, const plan::TierRules& held);

}  // namespace blc::approval
