#include "core/plan/migration.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "core/crypto/digest.hpp"
#include "core/shipped/rules.hpp"
#include "core/tier/dotenv.hpp"

namespace blc::plan {

using tier::Status;
using tier::Tier;

namespace {

constexpr std::size_t kMostFaultsTold = 3;

Result<tier::Configuration> read_settings(const SettingsFile& file, const std::string& prefix) {
  // Nothing of the process or of other files comes in: what was signed is these bytes.
  const tier::Variables variables = [](const std::string&) { return std::nullopt; };
  const tier::ReadFile files = [](const std::string&) { return fail(Exit::usage, "no other file is read"); };
  tier::Configuration configuration;
  BLC_CHECK(tier::read_dotenv(file.bytes, file.path, {configuration, variables, files, prefix}));
  return configuration;
}

std::unexpected<Error> cannot(const tier::Report& report, const SettingsFile& settings, const SettingsFile& below) {
  std::vector<std::string> faults;
  for (const auto& finding : report.findings) {
    if (finding.status == Status::fail) faults.push_back(fmt::format("{} {} {}", finding.rule, finding.subject, finding.message));
  }
  const auto more = faults.size() - std::min(faults.size(), kMostFaultsTold);
  faults.resize(faults.size() - more);
  return fail(Exit::refused,
              fmt::format("cannot migrate from {} to {}: {}{}", to_string(report.from), to_string(report.to), fmt::join(faults, " "), more == 0 ? "" : fmt::format(" And {} more.", more)),
              fmt::format("all of it, and how to mend it: blc tier validate --from {} --to {} --env-file {} --from-env-file {}", to_string(report.from), to_string(report.to),
                          settings.path, below.path));
}

// What cannot be seen is like nothing.
bool alike(const tier::Setting& one, const tier::Setting& other) { return one.value && other.value && one.value->reveal() == other.value->reveal(); }

// Names alone.
void compare(Migration& migration, const tier::Configuration& now, const tier::Configuration& before, const std::string& prefix) {
  for (const auto& [name, setting] : now.settings()) {
    if (!name.starts_with(prefix)) continue;
    const auto* const other = before.find(name);
    if (other == nullptr) migration.added.push_back(name);
    else if (!alike(*other, setting)) migration.changed.push_back(name);
  }
  for (const auto& [name, setting] : before.settings()) {
    if (name.starts_with(prefix) && now.find(name) == nullptr) migration.removed.push_back(name);
  }
}

}  // namespace

Environment environment_of(Tier tier) {
  switch (tier) {
    case Tier::development: return Environment::local;
    case Tier::integration: return Environment::integration;
    case Tier::staging: return Environment::staging;
    case Tier::production: break;
  }
  return Environment::production;
}

Digest rules_digest(const trust::Catalog& catalog) {
  const auto rules = catalog.text(tier::Rules::kPath);
  return crypto::sha256(fmt::format("{}\n{}{}", rules.size(), rules, catalog.text(tier::Waivers::kPath)));
}

std::chrono::days TierRules::reach() const {
  long days = 0;
  for (const auto& rule : rules.rules) {
    if (rule.check == tier::Check::recorded) days = std::max(days, rule.most);
  }
  return std::chrono::days(days);
}

Result<TierRules> tier_rules(const trust::Catalog& catalog) {
  const auto rules_text = catalog.text(tier::Rules::kPath);
  if (rules_text.empty())
    return fail(Exit::refused, fmt::format("the adopted catalog has no {}", tier::Rules::kPath), "put it there and type: blc catalog adopt");
  BLC_TRY(auto rules, shipped::load_rules(rules_text, std::string(tier::Rules::kPath)));
  tier::Waivers waivers;
  const auto waivers_text = catalog.text(tier::Waivers::kPath);
  if (!waivers_text.empty()) {
    BLC_TRY(waivers, tier::Waivers::load(waivers_text, std::string(tier::Waivers::kPath), rules));
  }
  return TierRules{std::move(rules), std::move(waivers), rules_digest(catalog)};
}

Result<Migration> check_migration(const TierGround& ground, Tier from, Tier to, const SettingsFile& settings, const SettingsFile& below, Timestamp now, const Secret& salt) {
  const auto& rules = ground.held.rules;
  BLC_TRY(const auto configuration, read_settings(settings, rules.prefix));
  BLC_TRY(const auto lower, read_settings(below, rules.prefix));
  const tier::Question question{.rules = rules, .waivers = ground.held.waivers, .from = from, .to = to, .configuration = configuration, .lower = &lower,
                                .own_environment = false, .place = settings.path,
                                .today = std::chrono::year_month_day(std::chrono::floor<std::chrono::days>(now)), .salt = salt, .baseline = std::nullopt, .recorded = ground.recorded};
  const auto report = tier::validate(question);
  if (!report.ready(false)) return cannot(report, settings, below);
  Migration migration;
  migration.from = from;
  migration.to = to;
  migration.settings = report.configuration;
  migration.below = tier::digest_of(lower, rules.prefix);
  migration.rules = ground.held.digest;
  for (const auto& finding : report.findings) {
    if (finding.status == Status::warn || finding.status == Status::waived)
      migration.told.push_back(fmt::format("{} {} ({})", finding.rule, finding.subject, to_string(finding.status)));
  }
  if (const auto lost = rules.lost(from, to); to < from && !lost.empty()) migration.told.push_back(fmt::format("going back loses {}", fmt::join(lost, ", ")));
  compare(migration, configuration, lower, rules.prefix);
  const auto found = std::ranges::find(ground.recorded, migration.below, &tier::Recorded::configuration);
  if (found != ground.recorded.end()) migration.evidence = Migration::Evidence{found->by, blc::to_string(found->on)};
  return migration;
}

}  // namespace blc::plan
