// policies/tiers.yaml: what a configuration must be in each tier, and which features each tier has. Its grammar:
//
//   prefix: APP_
//   features: {NAME: {setting: NAME, tiers: [TIER, ...]}, ...}
//   groups: {NAME: [SETTING, ...], ...}
//   probes: {setting: NAME, health: PATH, tls: 1.2|1.3, certificate-days: N, hsts-seconds: N, hosts: {TIER: [HOST[:PORT], ...], ...}}
//   rules:
//     - {id: BLC-TIER-nnn, family: FAMILY, check: CHECK, severity: error|warning, tiers: [TIER, ...], settings: [NAME, ...],
//        except: [NAME, ...], ...what the check takes..., message: TEXT, remedy: TEXT}
//
// `settings` and `except` are for the checks of settings. A setting's name stands without the prefix, and may begin or end
// with *; SCHEME:// stands for whatever holds a URL of that scheme, @NAME for all settings of that group. Rules of the family `probes` need the section.
#pragma once
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.hpp"
#include "core/ports/web.hpp"
#include "core/tier/tiers.hpp"

namespace blc::tier {

enum class Family { present, typed, sane, differ, same, path, evidence, data, input, waiver, probes };
enum class Severity { error, warning };
enum class Check {
  set,             // present
  on,              // typed: really true
  boolean,         // typed
  url,             // typed: one of `words`, or any scheme
  port,            // typed
  integer,         // typed: from `least` to `most`
  dsn,             // typed
  strength,        // typed: at least `least` bits
  no_placeholder,  // typed
  off,             // sane, data
  unset,           // sane
  scheme,          // sane: one of `words`
  not_scheme,      // sane: none of `words`
  not_local,       // sane
  parameter,       // sane: those of the URL's `parameters` that are there are one of `words`; one is there where `required`
  no_wildcard,     // sane
  features,        // sane: those that are set are on where the tier has them, and off where not
  features_set,    // sane: those of the tier are set
  agreement,       // sane: DIGEST and EXPIRES of an agreement for each service, those that `list` names too
  target,          // sane: names the tier that is migrated to
  pinned,          // sane
  value,           // differ, same
  secrets,         // differ: no value of the other tier under any name
  database,        // differ: host and name, of a URL or of settings of their own
  host,            // differ
  password,        // differ: in URLs
  next,            // path
  recorded,        // evidence: not longer ago than `most` days
  without,         // data, sane: none of `words` in it
  once,            // input
  one_case,        // input
  defined,         // input
  in_force,        // waiver
  used,            // waiver
  not_new,         // waiver
  kept,            // waiver: the rules that an earlier report went by, all of them
  listed,          // probes: an address that may be asked
  healthy,         // probes
  hsts,            // probes
  no_sniffing,     // probes
  no_framing,      // probes
  tls,             // probes: nothing older is spoken
  certificate,     // probes
  lasting,         // probes: the certificate
};

[[nodiscard]] std::string_view to_string(Family family);
[[nodiscard]] std::string_view to_string(Severity severity);
[[nodiscard]] std::string_view to_string(Check check);
// What each family asks, for people: "is set".
[[nodiscard]] std::string_view title_of(Family family);

struct Rule {
  std::string id;
  Family family = Family::present;
  Check check = Check::set;
  Severity severity = Severity::error;
  std::set<Tier> tiers;
  std::vector<std::string> settings;
  std::vector<std::string> except;  // of those, not these
  std::vector<std::string> words;
  std::vector<std::string> parameters;
  std::string list;
  bool required = false;
  long least = 0;
  long most = 0;
  std::string message;
  std::string remedy;
  int line = 0;

  bool operator==(const Rule&) const = default;
};

struct Feature {
  std::string name;
  std::string setting;  // empty: none switches it
  std::set<Tier> tiers;

  bool operator==(const Feature&) const = default;
};

// What is asked of the application itself, and whom.
struct Probes {
  std::string setting;  // holds the base URL
  std::string health;   // a path below it
  ports::TlsVersion tls = ports::TlsVersion::v1_2;
  long certificate_days = 0;
  long hsts_seconds = 0;
  std::map<Tier, std::vector<std::string>> hosts;  // "app.example.org", with the scheme's own port, or "app.example.org:8443"

  bool operator==(const Probes&) const = default;
};

struct Rules {
  static constexpr std::string_view kPath = "policies/tiers.yaml";

  std::string source;  // the file, as messages name it
  std::string prefix;
  std::vector<Feature> features;
  std::optional<Probes> probes;
  std::vector<Rule> rules;  // by ID

  // Errors are Exit::usage: file, line, column, what was expected.
  static Result<Rules> load(std::string_view text, const std::string& file);

  [[nodiscard]] const Rule* find(std::string_view id) const;
  // The features that `from` has and `to` has not, in the order of the file.
  [[nodiscard]] std::vector<std::string> lost(Tier from, Tier to) const;
  // Exit::usage, with the nearest, where there is none.
  [[nodiscard]] Result<const Rule*> rule(std::string_view id) const;
  [[nodiscard]] Result<const Feature*> feature(std::string_view name) const;

  bool operator==(const Rules&) const = default;
};

// A rule's message or remedy with {setting}, {tier} and {from} filled in.
[[nodiscard]] std::string filled(std::string text, std::string_view setting, std::string_view tier, std::string_view from);
// "postgresql://": it stands for settings by what they hold.
[[nodiscard]] bool is_scheme_pattern(std::string_view pattern);
// A setting or a pattern of settings as people know it.
[[nodiscard]] std::string with_prefix(const std::string& prefix, const std::string& pattern);
// "DATABASE_URL" for itself, "*_URL", "ENABLE_*", "*SECRET*".
[[nodiscard]] bool matches(std::string_view pattern, std::string_view name);

}  // namespace blc::tier
