#include "core/shipped/rules.hpp"

#include <set>
#include <vector>

namespace blc::shipped {

namespace {

std::set<tier::Tier> tiers_of(Tiers tiers) { return {tiers.begin(), tiers.end()}; }
std::vector<std::string> strings(Words words) { return {words.begin(), words.end()}; }

tier::Probes probes_of(const ProbesRow& row) {
  tier::Probes probes{.setting = std::string(row.setting), .health = std::string(row.health), .tls = row.tls,
                      .certificate_days = row.certificate_days, .hsts_seconds = row.hsts_seconds, .hosts = {}};
  for (const auto& each : row.hosts) probes.hosts.emplace(each.tier, strings(each.hosts));
  return probes;
}

tier::Rule rule_of(const RuleRow& row) {
  return {.id = std::string(row.id), .family = row.family, .check = row.check, .severity = row.severity, .tiers = tiers_of(row.tiers),
          .settings = strings(row.settings), .except = strings(row.except), .words = strings(row.words),
          .parameters = strings(row.parameters), .list = std::string(row.list), .required = row.required,
          .least = row.least, .most = row.most, .message = std::string(row.message), .remedy = std::string(row.remedy), .line = row.line};
}

tier::Rules rules_of(const RulesTable& table, const std::string& file) {
  tier::Rules rules{.source = file, .prefix = std::string(table.prefix), .features = {}, .probes = std::nullopt, .rules = {}};
  for (const auto& each : table.features) rules.features.push_back({.name = std::string(each.name), .setting = std::string(each.setting), .tiers = tiers_of(each.tiers)});
  if (table.probes) rules.probes = probes_of(*table.probes);
  rules.rules.reserve(table.rules.size());
  for (const auto& each : table.rules) rules.rules.push_back(rule_of(each));
  return rules;
}

}  // namespace

Result<tier::Rules> load_rules(std::string_view text, const std::string& file) {
  if (text == kRules.text) return rules_of(kRules, file);
  return tier::Rules::load(text, file);
}

}  // namespace blc::shipped
