#pragma once
#include <chrono>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/digest.hpp"
#include "core/tier/configuration.hpp"
#include "core/tier/probes.hpp"
#include "core/tier/rules.hpp"
#include "core/tier/waivers.hpp"

namespace blc::tier {

enum class Status { pass, fail, warn, waived, skip };
[[nodiscard]] std::string_view to_string(Status status);
[[nodiscard]] std::optional<Status> parse_status(std::string_view name);

// One line of a report; it holds no value of a setting.
struct Finding {
  std::string rule;
  Family family = Family::present;
  Status status = Status::pass;
  std::string subject;  // a setting, "9 settings" that passed, a tier, a waiver; empty: the configuration
  Origin origin;
  std::string message;
  std::string remedy;  // of what failed, warns or is waived
  std::string excuse;  // of what is waived: the reason of the waiver
};

struct Summary {
  std::size_t passed = 0;
  std::size_t failed = 0;
  std::size_t warnings = 0;
  std::size_t waived = 0;
  std::size_t skipped = 0;
};

struct Report {
  Tier from = Tier::development;
  Tier to = Tier::development;
  std::string rules;          // the file that they came from
  Digest configuration;       // of all settings with the prefix and their values
  std::vector<Finding> findings;  // by family, rule and subject

  [[nodiscard]] Summary summary() const;
  // Nothing failed; warnings count too where `strict`.
  [[nodiscard]] bool ready(bool strict) const;
};

// What an earlier report holds.
struct Baseline {
  std::set<std::pair<std::string, std::string>> found;  // rule and subject of what was no pass
  std::map<std::string, std::string> rules;             // that it went by, each with what it asked (rule_digest)

  bool operator==(const Baseline&) const = default;
};
// Of all that a rule asks; what it says to people is not part of it.
[[nodiscard]] Digest rule_digest(const Rules& rules, const Rule& rule);
// Of a report of format blc.tier-check/v1. Exit::usage for anything else, and for one of another target: it knows what that
// tier lacked.
[[nodiscard]] Result<Baseline> read_baseline(std::string_view text, const std::string& file, Tier to);

// A check that the practice's ledger holds: what rules of the family `evidence` go by.
struct Recorded {
  Digest configuration;
  bool ready = false;
  bool same_rules = false;  // held against the rules and waivers that are adopted now
  std::chrono::year_month_day on;
  std::string by;
};

struct Question {
  const Rules& rules;
  const Waivers& waivers;
  Tier from;
  Tier to;
  const Configuration& configuration;
  const Configuration* lower = nullptr;  // of `from`; null: not given
  bool own_environment = false;          // the configuration is the process's own, which still names the tier that it is
  std::string place;                     // where a setting that is missing would stand
  std::chrono::year_month_day today;
  const Secret& salt;  // random: digests of values tell two apart within one report, and nothing else
  std::optional<Baseline> baseline = std::nullopt;
  // Those of `from`, the last one first; nothing: no ledger was asked.
  std::optional<std::vector<Recorded>> recorded = std::nullopt;
  std::optional<Probed> probed = std::nullopt;  // nothing: the report has no word of the family `probes`
};

// Of all settings with the prefix and their values.
[[nodiscard]] Digest digest_of(const Configuration& configuration, const std::string& prefix);

// Holds a configuration against every rule of its tier. Deterministic, save for the salted digests in messages.
[[nodiscard]] Report validate(const Question& question);

// The same for the same rule, subject and file, wherever in the file it stands: what CI systems tell old from new by.
// `path` is the file as it is reported; `before` counts the findings of that rule, subject and file that come earlier.
[[nodiscard]] Digest fingerprint(const Finding& finding, std::string_view path, std::size_t before);

}  // namespace blc::tier
