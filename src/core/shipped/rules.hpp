// The rules of tiers as blc ships them, compiled in: reading the YAML takes longer than all that is asked of a
// configuration. src/generators/compile_rules.cpp writes the table from policies/tiers.yaml when blc is built.
#pragma once
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "core/base/result.hpp"
#include "core/tier/rules.hpp"

namespace blc::shipped {

// tier::Rules::load. What is byte for byte the file that blc was built with is not read again.
[[nodiscard]] Result<tier::Rules> load_rules(std::string_view text, const std::string& file);

// --- the table ----------------------------------------------------------------------------------------------

using Words = std::span<const std::string_view>;
using Tiers = std::span<const tier::Tier>;

struct FeatureRow {
  std::string_view name;
  std::string_view setting;
  Tiers tiers;
};

struct HostsRow {
  tier::Tier tier;
  Words hosts;
};

struct ProbesRow {
  std::string_view setting;
  std::string_view health;
  ports::TlsVersion tls;
  long certificate_days;
  long hsts_seconds;
  std::span<const HostsRow> hosts;
};

struct RuleRow {
  std::string_view id;
  tier::Family family;
  tier::Check check;
  tier::Severity severity;
  int line;
  Tiers tiers;
  Words settings;
  Words except;
  Words words;
  Words parameters;
  std::string_view list;
  long least;
  long most;
  std::string_view message;
  std::string_view remedy;
  bool required;
};

struct RulesTable {
  std::string_view text;  // that it was made from
  std::string_view prefix;
  std::span<const FeatureRow> features;
  std::optional<ProbesRow> probes;
  std::span<const RuleRow> rules;
};

extern const RulesTable kRules;

}  // namespace blc::shipped
