// A verb that migrates an application from one tier to the next (`migrates` in its file): its settings are held against the
// rules of the tier when it is planned, and once more before it starts.
#pragma once
#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.hpp"
#include "core/base/secret.hpp"
#include "core/plan/plan.hpp"
#include "core/tier/report.hpp"
#include "core/trust/catalog.hpp"

namespace blc::plan {

// The environment that an application of that tier runs in.
[[nodiscard]] Environment environment_of(tier::Tier tier);
// SHA-256 of the catalog's rules and waivers.
[[nodiscard]] Digest rules_digest(const trust::Catalog& catalog);

struct TierRules {
  tier::Rules rules;
  tier::Waivers waivers;
  Digest digest;

  // How many days back the rules of evidence look; 0: there are none.
  [[nodiscard]] std::chrono::days reach() const;
};
// Exit::refused when the catalog has no rules of tiers; Exit::usage when they do not load.
[[nodiscard]] Result<TierRules> tier_rules(const trust::Catalog& catalog);

// What a migration is held against.
struct TierGround {
  TierRules held;
  std::vector<tier::Recorded> recorded;  // checks of the tier that it comes from, the last one first
};

struct SettingsFile {
  std::string path;
  std::string_view bytes;
};

// Exit::refused names what does not hold, and never a value; Exit::usage for a file that is no .env file. `salt` tells
// values of one report apart.
[[nodiscard]] Result<Migration> check_migration(const TierGround& ground, tier::Tier from, tier::Tier to, const SettingsFile& settings,
                                                const SettingsFile& below, Timestamp now, const Secret& salt);

}  // namespace blc::plan
