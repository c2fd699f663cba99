#include "core/tier/rules.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <initializer_list>
#include <utility>

#include "core/base/words.hpp"
#include "core/text/display.hpp"
#include "core/text/nearest.hpp"
#include "core/text/yaml.hpp"
#include "core/tier/values.hpp"

namespace blc::tier {

namespace {

using text::Yaml;
using text::YamlFields;

constexpr std::size_t kMostRules = 500;
constexpr std::size_t kMostFeatures = 100;
constexpr long kMostDays = 366;
constexpr std::size_t kMostHosts = 100;
constexpr std::size_t kMostGroups = 50;

struct FamilyTraits {
  Family family;
  std::string_view name;
  std::string_view title;
};
constexpr std::array<FamilyTraits, 11> kFamilies{{
    {Family::present, "present", "Required"},
    {Family::typed, "typed", "Well formed"},
    {Family::sane, "sane", "Right for the tier"},
    {Family::differ, "differ", "Not shared between the tiers"},
    {Family::same, "same", "The same in both tiers"},
    {Family::path, "path", "The way"},
    {Family::evidence, "evidence", "Evidence"},
    {Family::data, "data", "Data"},
    {Family::input, "input", "The input"},
    {Family::waiver, "waiver", "Waivers"},
    {Family::probes, "probes", "What it answers"},
}};

enum Takes : unsigned { nothing = 0, settings = 1, words = 2, words_or_none = 4, parameter = 8, range = 16, bits = 32, list = 64, days = 128 };
struct CheckTraits {
  Check check;
  std::string_view name;
  std::array<Family, 2> families;  // twice the same where there is one
  unsigned takes;
};
constexpr CheckTraits of(Check check, std::string_view name, Family family, unsigned takes) { return {check, name, {family, family}, takes}; }
constexpr std::array kChecks{
    of(Check::set, "set", Family::present, settings),
    of(Check::on, "on", Family::typed, settings),
    of(Check::boolean, "boolean", Family::typed, settings),
    of(Check::url, "url", Family::typed, settings | words_or_none),
    of(Check::port, "port", Family::typed, settings),
    of(Check::integer, "integer", Family::typed, settings | range),
    of(Check::dsn, "dsn", Family::typed, settings),
    of(Check::strength, "strength", Family::typed, settings | bits),
    of(Check::no_placeholder, "no-placeholder", Family::typed, settings),
    CheckTraits{Check::off, "off", {Family::sane, Family::data}, settings},
    of(Check::unset, "unset", Family::sane, settings),
    of(Check::scheme, "scheme", Family::sane, settings | words),
    of(Check::not_scheme, "not-scheme", Family::sane, settings | words),
    of(Check::not_local, "not-local", Family::sane, settings),
    of(Check::parameter, "parameter", Family::sane, settings | words | parameter),
    of(Check::no_wildcard, "no-wildcard", Family::sane, settings),
    of(Check::features, "features", Family::sane, nothing),
    of(Check::features_set, "features-set", Family::sane, nothing),
    of(Check::agreement, "agreement", Family::sane, settings | list),
    of(Check::target, "target", Family::sane, settings),
    of(Check::pinned, "pinned", Family::sane, settings),
    CheckTraits{Check::value, "value", {Family::differ, Family::same}, settings},
    of(Check::secrets, "secrets", Family::differ, settings),
    of(Check::database, "database", Family::differ, settings),
    of(Check::host, "host", Family::differ, settings),
    of(Check::password, "password", Family::differ, settings),
    of(Check::next, "next", Family::path, nothing),
    of(Check::recorded, "recorded", Family::evidence, days),
    CheckTraits{Check::without, "without", {Family::data, Family::sane}, settings | words},
    of(Check::once, "once", Family::input, nothing),
    of(Check::one_case, "one-case", Family::input, nothing),
    of(Check::defined, "defined", Family::input, nothing),
    of(Check::in_force, "in-force", Family::waiver, nothing),
    of(Check::used, "used", Family::waiver, nothing),
    of(Check::not_new, "not-new", Family::waiver, nothing),
    of(Check::kept, "kept", Family::waiver, nothing),
    of(Check::listed, "listed", Family::probes, nothing),
    of(Check::healthy, "healthy", Family::probes, nothing),
    of(Check::hsts, "hsts", Family::probes, nothing),
    of(Check::no_sniffing, "no-sniffing", Family::probes, nothing),
    of(Check::no_framing, "no-framing", Family::probes, nothing),
    of(Check::tls, "tls", Family::probes, nothing),
    of(Check::certificate, "certificate", Family::probes, nothing),
    of(Check::lasting, "lasting", Family::probes, nothing),
};

const CheckTraits& traits_of(Check check) { return *std::ranges::find(kChecks, check, &CheckTraits::check); }

bool is_id(std::string_view text) {
  constexpr std::string_view kBegin = "BLC-TIER-";
  const auto digits = text.substr(std::min(text.size(), kBegin.size()));
  return text.starts_with(kBegin) && digits.size() == 3 && std::ranges::all_of(digits, [](char c) { return c >= '0' && c <= '9'; });
}

bool is_setting(std::string_view text, bool pattern) {
  if (pattern && is_scheme_pattern(text)) return text.size() <= 64;
  if (pattern && text.starts_with('*')) text.remove_prefix(1);
  if (pattern && text.ends_with('*')) text.remove_suffix(1);
  const auto fits = [](char c) { return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_'; };
  return (pattern || !text.empty()) && text.size() <= 64 && std::ranges::all_of(text, fits);
}

// HOST or HOST:PORT, in small letters.
bool is_host(std::string_view text) {
  const auto colon = text.find(':');
  const auto name = text.substr(0, colon);
  const auto fits = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.'; };
  if (name.empty() || name.size() > 253 || name.starts_with('.') || name.ends_with('.') || !std::ranges::all_of(name, fits)) return false;
  if (colon == std::string_view::npos) return true;
  const auto port = parse_integer(text.substr(colon + 1));
  return port && *port >= 1 && *port <= 65535 && !text.substr(colon + 1).starts_with('0');
}

bool is_health_path(std::string_view text) {
  return text.starts_with('/') && text.size() <= 200 && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || std::string_view("-._~/").find(c) != std::string_view::npos;
  });
}

class Loader {
 public:
  explicit Loader(const std::string& file) : file_(file) {}

  Result<Rules> load(const Yaml& root) {
    if (root.kind != Yaml::Kind::map) return refuse(root.mark, "expected a map (rules of tiers), found something else");
    YamlFields fields(root, file_, "rules of tiers");
    Rules rules;
    rules.source = file_;
    rules.prefix = fields.string_or("prefix", "APP_");
    if (!is_setting(rules.prefix, true) || rules.prefix.find('*') != std::string::npos)
      fields.fault(fields.required("prefix").mark, "expected a prefix of capitals, digits and _, such as APP_, found " + text::found(rules.prefix));
    const auto& features = fields.required("features");
    const auto* const probes = fields.optional("probes");
    const auto* const groups = fields.optional("groups");
    const auto& list = fields.required("rules");
    BLC_CHECK(fields.finish());
    BLC_CHECK(read_features(features, rules));
    if (groups != nullptr) BLC_CHECK(read_groups(*groups));
    if (probes != nullptr) {
      BLC_TRY(rules.probes, read_probes(*probes));
    }
    BLC_CHECK(read_rules(list, rules));
    return rules;
  }

 private:
  [[nodiscard]] std::unexpected<Error> refuse(text::Mark mark, const std::string& message) const {
    auto error = text::yaml_error(file_, mark, message);
    error.hint = "mend that line; blc-tier(1) says what may stand there";
    return std::unexpected(std::move(error));
  }

  Result<> read_features(const Yaml& node, Rules& rules) const {
    if (node.kind != Yaml::Kind::map || node.map.size() > kMostFeatures) return refuse(node.mark, fmt::format("expected a map of at most {} features", kMostFeatures));
    for (const auto& each : node.map) {
      YamlFields fields(each.value, file_, "feature");
      Feature feature{each.key, fields.string_or("setting", ""), tiers_of(fields)};
      if (!feature.setting.empty() && !is_setting(feature.setting, false))
        fields.fault(each.value.mark, "expected the name of a setting without its prefix, found " + text::found(feature.setting));
      BLC_CHECK(fields.finish());
      rules.features.push_back(std::move(feature));
    }
    return {};
  }

  Result<> read_groups(const Yaml& node) {
    if (node.kind != Yaml::Kind::map || node.map.size() > kMostGroups) return refuse(node.mark, fmt::format("expected a map of at most {} groups", kMostGroups));
    for (const auto& each : node.map) {
      if (!is_name(each.key)) return refuse(each.mark, "expected the name of a group in small letters, digits and -, found " + text::found(each.key));
      if (each.value.kind != Yaml::Kind::list) return refuse(each.value.mark, "expected a list of settings, found " + text::found(each.value));
      if (each.value.list.empty()) return refuse(each.value.mark, "expected a list of at least one setting, found none");
      auto& group = groups_[each.key];
      for (const auto& element : each.value.list) {
        if (element.kind != Yaml::Kind::scalar || !is_setting(element.scalar, true)) return refuse(element.mark, expected_setting(true, element));
        group.push_back(element.scalar);
      }
    }
    return {};
  }

  static std::string expected_setting(bool pattern, const Yaml& found) {
    return fmt::format("expected the name of a setting without its prefix{}, found {}", pattern ? ", which may begin or end with *, or a scheme as postgresql://" : "", text::found(found));
  }

  Result<Probes> read_probes(const Yaml& node) const {
    YamlFields fields(node, file_, "probes");
    Probes probes{.setting = fields.string("setting"), .health = fields.string("health"), .hosts = {}};
    if (!is_setting(probes.setting, false))
      fields.fault(fields.required("setting").mark, "expected the name of a setting without its prefix, found " + text::found(probes.setting));
    if (!is_health_path(probes.health)) fields.fault(fields.required("health").mark, "expected a path such as /health, found " + text::found(probes.health));
    const auto tls = fields.string("tls");
    probes.tls = tls == "1.3" ? ports::TlsVersion::v1_3 : ports::TlsVersion::v1_2;
    if (tls != "1.2" && tls != "1.3") fields.fault(fields.required("tls").mark, "expected 1.2 or 1.3, found " + text::found(tls));
    probes.certificate_days = number_up_to(fields, "certificate-days", 3650);
    probes.hsts_seconds = number_up_to(fields, "hsts-seconds", 315360000);
    read_hosts(fields, probes);
    BLC_CHECK(fields.finish());
    return probes;
  }

  static long number_up_to(YamlFields& fields, std::string_view name, long most) {
    const auto number = fields.integer(name);
    if (number < 1 || number > most) fields.fault(fields.required(name).mark, fmt::format("expected 1 to {}, found {}", most, text::found(fields.required(name))));
    return static_cast<long>(number);
  }

  static void read_hosts(YamlFields& fields, Probes& probes) {
    const auto& node = fields.required("hosts");
    if (node.kind != Yaml::Kind::map) return fields.fault(node.mark, "expected a map of tiers, each with its hosts, found " + text::found(node));
    for (const auto& each : node.map) {
      const auto tier = tier_named(each.key);
      if (!tier) return fields.fault(each.mark, "expected development, integration, staging or production, found " + text::found(each.key));
      if (each.value.kind != Yaml::Kind::list || each.value.list.size() > kMostHosts)
        return fields.fault(each.value.mark, fmt::format("expected a list of at most {} hosts", kMostHosts));
      for (const auto& host : each.value.list) {
        if (host.kind != Yaml::Kind::scalar || !is_host(host.scalar))
          return fields.fault(host.mark, "expected a host in small letters, such as app.example.org or app.example.org:8443, found " + text::found(host));
        probes.hosts[*tier].push_back(host.scalar);
      }
    }
  }

  static std::set<Tier> tiers_of(YamlFields& fields) {
    std::set<Tier> tiers;
    const auto& node = fields.required("tiers");
    for (const auto& element : node.list) {
      const auto tier = element.kind == Yaml::Kind::scalar ? tier_named(element.scalar) : std::nullopt;
      if (!tier) fields.fault(element.mark, "expected development, integration, staging or production, found " + text::found(element));
      else if (!tiers.insert(*tier).second) fields.fault(element.mark, fmt::format("expected each tier once, found {} again", text::found(element)));
    }
    if (node.list.empty()) fields.fault(node.mark, "expected a list of at least one tier in \"tiers\", found none");
    return tiers;
  }

  Result<> read_rules(const Yaml& node, Rules& rules) const {
    if (node.kind != Yaml::Kind::list || node.list.empty() || node.list.size() > kMostRules)
      return refuse(node.mark, fmt::format("expected a list of 1 to {} rules", kMostRules));
    for (const auto& each : node.list) {
      BLC_TRY(auto rule, read_rule(each));
      if (rule.family == Family::probes) {
        if (!rules.probes) return refuse(each.mark, "expected a section \"probes\" in this file, which a rule of that family needs, found none");
        rule.settings = {rules.probes->setting};
      }
      if (const auto* const known = rules.find(rule.id); known != nullptr)
        return refuse(each.mark, fmt::format("expected each rule once, found {} again; it stands on line {}", rule.id, known->line));
      rules.rules.push_back(std::move(rule));
    }
    std::ranges::sort(rules.rules, {}, &Rule::id);
    return {};
  }

  Result<Rule> read_rule(const Yaml& node) const {
    YamlFields fields(node, file_, "rule");
    Rule rule;
    rule.line = node.mark.line;
    rule.id = fields.string("id");
    if (!is_id(rule.id)) fields.fault(fields.required("id").mark, "expected an ID like BLC-TIER-012, found " + text::found(rule.id));
    read_kind(fields, rule);
    const auto severity = fields.string_or("severity", "error");
    rule.severity = severity == "warning" ? Severity::warning : Severity::error;
    if (severity != "error" && severity != "warning")
      fields.fault(fields.required("severity").mark, "expected error or warning, found " + text::found(severity));
    rule.tiers = tiers_of(fields);
    read_arguments(fields, rule);
    rule.message = fields.string("message");
    rule.remedy = fields.string("remedy");
    BLC_CHECK(fields.finish());
    return rule;
  }

  static void read_kind(YamlFields& fields, Rule& rule) {
    const auto family = fields.string("family");
    const auto* const found = std::ranges::find(kFamilies, family, &FamilyTraits::name);
    if (found == kFamilies.end()) {
      std::vector<std::string_view> names;
      for (const auto& each : kFamilies) names.push_back(each.name);
      return fields.fault(fields.required("family").mark, fmt::format("expected a family ({}), found {}", fmt::join(names, ", "), text::found(family)));
    }
    rule.family = found->family;
    const auto check = fields.string_or("check", rule.family == Family::present ? "set" : "");
    const auto* const traits = std::ranges::find(kChecks, check, &CheckTraits::name);
    if (traits != kChecks.end() && std::ranges::find(traits->families, rule.family) != traits->families.end()) {
      rule.check = traits->check;
      return;
    }
    std::vector<std::string_view> names;
    for (const auto& each : kChecks) {
      if (std::ranges::find(each.families, rule.family) != each.families.end()) names.push_back(each.name);
    }
    fields.fault(fields.required("check").mark, fmt::format("expected a check of the family {} ({}), found {}", family, fmt::join(names, ", "), text::found(check)));
  }

  // All settings of a group where its name stands; empty: there is none of that name.
  [[nodiscard]] std::vector<std::string> named(const std::string& name) const {
    if (!name.starts_with('@')) return {name};
    const auto group = groups_.find(name.substr(1));
    return group == groups_.end() ? std::vector<std::string>() : group->second;
  }

  std::vector<std::string> settings_of(YamlFields& fields, const char* key, bool pattern) const {
    std::vector<std::string> settings;
    const auto* const node = fields.optional(key);
    if (node == nullptr) return settings;
    const auto given = fields.strings_or_none(key);  // refuses what is no list of words
    for (std::size_t i = 0; i < given.size(); ++i) {
      const auto& element = node->list[i];
      const auto names = named(given[i]);
      if (names.empty()) fields.fault(element.mark, "expected a group of this file behind @, found " + text::found(element));
      for (const auto& name : names) {
        if (!is_setting(name, pattern)) fields.fault(element.mark, expected_setting(pattern, element));
      }
      settings.insert(settings.end(), names.begin(), names.end());
    }
    return settings;
  }

  void read_settings(YamlFields& fields, Rule& rule) const {
    const bool pattern = rule.check != Check::set;
    rule.settings = settings_of(fields, "settings", pattern);
    if (rule.settings.empty()) fields.fault(fields.required("settings").mark, "expected a list of at least one setting, found none");
    if (pattern) rule.except = settings_of(fields, "except", pattern);
  }

  void read_arguments(YamlFields& fields, Rule& rule) const {
    const auto takes = traits_of(rule.check).takes;
    if ((takes & settings) != 0) read_settings(fields, rule);
    if ((takes & (words | words_or_none)) != 0) {
      rule.words = fields.strings_or_none("words");
      if ((takes & words) != 0 && rule.words.empty()) fields.fault(fields.required("words").mark, "expected a list of at least one word, found none");
    }
    if ((takes & parameter) != 0) {
      rule.parameters = fields.strings_or_none("parameters");
      if (rule.parameters.empty()) fields.fault(fields.required("parameters").mark, "expected a list of at least one parameter, found none");
      rule.required = fields.boolean_or("required", false);
    }
    if ((takes & (range | bits)) != 0) rule.least = static_cast<long>(fields.integer("least"));
    if ((takes & range) != 0) {
      rule.most = static_cast<long>(fields.integer("most"));
      if (rule.most < rule.least) fields.fault(fields.required("most").mark, "expected at least what \"least\" says, found less");
    }
    if ((takes & days) != 0) {
      rule.most = static_cast<long>(fields.integer("days"));
      if (rule.most < 1 || rule.most > kMostDays) fields.fault(fields.required("days").mark, fmt::format("expected 1 to {} days, found {}", kMostDays, rule.most));
    }
    if ((takes & list) != 0) rule.list = fields.string_or("list", "");
  }

  const std::string& file_;
  std::map<std::string, std::vector<std::string>> groups_;
};

}  // namespace

std::string_view to_string(Family family) { return std::ranges::find(kFamilies, family, &FamilyTraits::family)->name; }
std::string_view title_of(Family family) { return std::ranges::find(kFamilies, family, &FamilyTraits::family)->title; }
std::string_view to_string(Severity severity) { return severity == Severity::error ? "error" : "warning"; }
std::string_view to_string(Check check) { return traits_of(check).name; }

Result<Rules> Rules::load(std::string_view text, const std::string& file) {
  auto root = text::parse_yaml(text, file);
  if (!root) {
    root.error().hint = "mend that line; blc-tier(1) says what may stand there";
    return std::unexpected(std::move(root).error());
  }
  auto rules = Loader(file).load(*root);
  if (!rules) rules.error().hint = "mend that line; blc-tier(1) says what may stand there";
  return rules;
}

const Rule* Rules::find(std::string_view id) const {
  const auto found = std::ranges::find(rules, id, &Rule::id);
  return found == rules.end() ? nullptr : &*found;
}

std::vector<std::string> Rules::lost(Tier from, Tier to) const {
  std::vector<std::string> names;
  for (const auto& each : features) {
    if (each.tiers.contains(from) && !each.tiers.contains(to)) names.push_back(each.name);
  }
  return names;
}

Result<const Rule*> Rules::rule(std::string_view id) const {
  if (const auto* const found = find(id); found != nullptr) return found;
  std::vector<std::string> ids;
  for (const auto& each : rules) ids.push_back(each.id);
  return fail(Exit::usage, fmt::format("there is no rule {}", text::display(id)), text::did_you_mean(id, ids, "blc tier rules lists them"));
}

Result<const Feature*> Rules::feature(std::string_view name) const {
  const auto found = std::ranges::find(features, name, &Feature::name);
  if (found != features.end()) return &*found;
  std::vector<std::string> names;
  for (const auto& each : features) names.push_back(each.name);
  return fail(Exit::usage, fmt::format("there is no feature {}", text::display(name)), text::did_you_mean(name, names, "blc tier features lists them"));
}

std::string filled(std::string text, std::string_view setting, std::string_view tier, std::string_view from) {
  const auto fill = [&](std::string_view mark, std::string_view with) {
    for (auto at = text.find(mark); at != std::string::npos; at = text.find(mark, at + with.size())) text.replace(at, mark.size(), with);
  };
  fill("{setting}", setting);
  fill("{tier}", tier);
  fill("{from}", from);
  return text;
}

bool is_scheme_pattern(std::string_view pattern) {
  constexpr std::string_view kEnd = "://";
  const auto scheme = pattern.substr(0, pattern.find(kEnd));
  return pattern.size() == scheme.size() + kEnd.size() && !scheme.empty() &&
         std::ranges::all_of(scheme, [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.'; });
}

std::string with_prefix(const std::string& prefix, const std::string& pattern) { return is_scheme_pattern(pattern) ? pattern : prefix + pattern; }

bool matches(std::string_view pattern, std::string_view name) {
  const bool open_left = pattern.starts_with('*');
  if (open_left) pattern.remove_prefix(1);
  const bool open_right = pattern.ends_with('*');
  if (open_right) pattern.remove_suffix(1);
  if (open_left && open_right) return name.find(pattern) != std::string_view::npos;
  if (pattern.empty()) return open_left || open_right;
  // Asked for each setting and each pattern: most differ in the letter that is looked at first.
  if (name.size() < pattern.size()) return false;
  if (open_left) return name.back() == pattern.back() && name.ends_with(pattern);
  if (name.front() != pattern.front()) return false;
  return open_right ? name.starts_with(pattern) : name == pattern;
}

}  // namespace blc::tier
