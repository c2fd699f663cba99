#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "cli/commands/acts.hpp"
#include "cli/commands/command.hpp"
#include "cli/commands/tier_inputs.hpp"
#include "cli/locale.hpp"
#include "cli/places.hpp"
#include "cli/views/table.hpp"
#include "cli/views/tier_report.hpp"
#include "cli/views/words.hpp"
#include "core/adapters/curl_web.hpp"
#include "core/adapters/input_file.hpp"
#include "core/adapters/system.hpp"
#include "core/approval/tier_checks.hpp"
#include "core/shipped/rules.hpp"
#include "core/text/display.hpp"
#include "core/text/nearest.hpp"
#include "core/tier/checks.hpp"

namespace blc::cli {

using text::Json;
using tier::Configuration;
using tier::Reading;
using tier::Rules;
using tier::Tier;

namespace {

using adapters::variable;

namespace fs = std::filesystem;

constexpr std::size_t kSaltBytes = 16;
constexpr std::size_t kMostFiles = 200;

struct TierOptions {
  std::string to;
  std::string from;
  TierInputs inputs;
  TierInputs lower;  // of the tier that it comes from
  std::string format;  // empty: text, or json where --json says so
  std::string out;
  std::string rules;
  std::string waivers;
  std::string baseline;
  std::optional<std::string> prefix;
  bool strict = false;
  bool record = false;
  bool probe = false;
  std::string ca;

  // What is written to "-" or to standard output is printed.
  [[nodiscard]] bool to_file() const { return !out.empty() && out != "-" && !adapters::is_standard_output(out); }
};

struct ListOptions {
  std::string tier;
  std::string enabled;
  std::string rules;
  std::string id;
};

// --- rules and waivers ------------------------------------------------------------------------------------

// Those named, those of the folder that one stands in, or those shipped.
Result<Rules> load_rules(const std::string& given) {
  auto path = given;
  std::string name = given;
  if (path.empty() && adapters::is_there(std::string(Rules::kPath))) name = path = std::string(Rules::kPath);
  if (path.empty()) {
    BLC_TRY(const auto shipped, shipped_catalog());
    path = shipped + "/" + std::string(Rules::kPath);
    name = "shipped";
  }
  BLC_TRY(const auto bytes, adapters::read_input(path));
  return shipped::load_rules(bytes.reveal(), name);
}

Result<tier::Waivers> load_waivers(const std::string& given, const Rules& rules) {
  auto path = given;
  if (path.empty() && adapters::is_there(std::string(tier::Waivers::kPath))) path = std::string(tier::Waivers::kPath);
  if (path.empty()) return tier::Waivers{};
  BLC_TRY(const auto bytes, adapters::read_input(path));
  return tier::Waivers::load(bytes.reveal(), path, rules);
}

// --- the configuration ------------------------------------------------------------------------------------

// Development where nothing is said. Refused without what the setting says.
Result<Tier> tier_in(const std::string& setting, const std::string& says, const std::string& hint) {
  if (says.empty()) return Tier::development;
  auto tier = tier::parse_tier(says);
  if (!tier) return fail(Exit::usage, fmt::format("{} names no tier", setting), hint);
  return tier;
}

// --from, or what the files of that tier say of themselves, or the process's own variable, or development.
Result<Tier> tier_from(const TierOptions& options, const Rules& rules, const Configuration& lower) {
  if (!options.from.empty()) return tier::parse_tier(options.from);
  const auto name = rules.prefix + std::string(tier::kTierSetting);
  const auto* const said = lower.find(name);
  const auto own = variable(name);
  const auto word = said != nullptr && said->value ? std::string(said->value->reveal()) : own.value_or("");
  return tier_in(name, word, "name the tier that it comes from: --from TIER");
}

// --- blc tier validate ------------------------------------------------------------------------------------

std::string rendered(const TierView& view, const std::string& format) {
  if (format == "json") return text::canonical(tier_json(view)) + "\n";
  if (format == "junit") return tier_junit(view);
  if (format == "sarif") return text::canonical(tier_sarif(view)) + "\n";
  if (format == "github") return tier_github(view);
  if (format == "gitlab") return text::canonical(tier_gitlab(view)) + "\n";
  return tier_text(view);
}

// CI shows a finding in the repository's file, wherever in it blc was called.
std::string repository_of(const fs::path& folder) {
  std::error_code error;
  for (auto at = folder; !at.empty(); at = at.parent_path()) {
    if (fs::exists(at / ".git", error)) return at.string();
    if (at == at.parent_path()) break;
  }
  return folder.string();
}

Result<> print(const Output& output, const TierView& view, const TierOptions& options) {
  const auto format = output.json() ? std::string("json") : options.format.empty() ? std::string("text") : options.format;
  const auto report = rendered(view, format);
  if (options.to_file()) {
    BLC_CHECK(adapters::write_report(options.out, report));
    output.line(tier_counts(view.report));
    output.line(tier_verdict(view));
  } else if (format == "text") {
    output.screen(report);
  } else {
    output.raw(report);
  }
  return {};
}

Result<tier::Probed> probed(const TierOptions& options, const tier::Question& question) {
  std::string authorities;
  if (!options.ca.empty()) {
    BLC_TRY(const auto bytes, adapters::read_input(options.ca));
    authorities = bytes.reveal();
  }
  adapters::CurlWeb web(std::move(authorities));
  return tier::probe(question.rules, question.configuration, question.to, question.place, web);
}

// What a check is held against: files; or, where it is to be recorded, what the practice adopted.
Result<plan::TierRules> rules_for(Session& session, const TierOptions& options) {
  if (options.record) {
    if (!options.rules.empty() || !options.waivers.empty() || options.prefix)
      return fail(Exit::usage, "a check is recorded by the rules and waivers that the practice adopted", "leave out --rules, --waivers and --prefix, or --record");
    BLC_TRY(const auto* const desk, session.desk());
    const auto* const catalog = desk->log().replay().catalog();
    if (catalog == nullptr) return fail(Exit::refused, "this practice has adopted no catalog", "an admin types: blc catalog adopt");
    return plan::tier_rules(*catalog);
  }
  BLC_TRY(auto rules, load_rules(options.rules));
  if (options.prefix) rules.prefix = *options.prefix;
  BLC_TRY(auto waivers, load_waivers(options.waivers, rules));
  return plan::TierRules{std::move(rules), std::move(waivers), {}};
}

// Of the tier below.
Result<std::vector<tier::Recorded>> recorded_below(Session& session, const plan::TierRules& held, Tier from) {
  BLC_TRY(const auto* const desk, session.desk());
  return approval::recorded_tier_checks(desk->log(), from, held);
}

Result<approval::AppendedEntry> record(Session& session, const tier::Report& report, bool strict, const Digest& rules) {
  BLC_TRY(const auto* const desk, session.desk());
  BLC_TRY(auto* const signer, session.signer());
  return recorded(session, desk->name(), "record a tier check",
                  approval::record_tier_check(desk->log(), *signer, desk->name(), approval::tier_check_of(report, strict, rules)));
}

Result<> check_options(const Output& output, const TierOptions& options) {
  if (output.json() && !options.format.empty() && options.format != "json")
    return fail(Exit::usage, fmt::format("--json and --format {} ask for two reports", options.format), "leave out one of the two");
  if (options.prefix && !tier::is_variable_name(*options.prefix))  // not what it is: somebody may have given a value
    return fail(Exit::usage, "--prefix expects letters, digits and _, and no digit first", "name what the settings begin with, such as APP_");
  if (options.inputs.size() + options.lower.size() > kMostFiles)
    return fail(Exit::usage, fmt::format("more than {} files are named", kMostFiles), "name those of one application");
  return {};
}

bool same_file(const std::string& left, const std::string& right) {
  std::error_code error;
  if (fs::equivalent(left, right, error)) return true;
  const auto path = fs::weakly_canonical(left, error);
  return !path.empty() && path == fs::weakly_canonical(right, error);
}

// A report takes the place of nothing that it was made from, nor of rules or waivers that the next one is made from.
Result<> check_out(const TierOptions& options, std::vector<std::string> inputs) {
  if (!options.to_file()) return {};
  inputs.insert(inputs.end(), {std::string(Rules::kPath), std::string(tier::Waivers::kPath), options.rules, options.waivers, options.baseline, options.ca});
  // Nor of the rules that are shipped, which others go by.
  if (const auto shipped = shipped_catalog(); shipped) {
    for (const auto path : {Rules::kPath, tier::Waivers::kPath}) inputs.push_back(fmt::format("{}/{}", *shipped, path));
  }
  for (const auto& input : inputs) {
    if (!input.empty() && same_file(options.out, input))
      return fail(Exit::usage, fmt::format("the report would overwrite {}, which is read", text::display(input)), "name another file for --out");
  }
  return {};
}

Result<Exit> validate(Session& session, const TierOptions& options) {
  BLC_CHECK(check_options(session.output(), options));
  BLC_TRY(const auto to, tier::parse_tier(options.to));
  BLC_TRY(const auto held, rules_for(session, options));
  const auto& [rules, waivers, digest] = held;
  const tier::Variables variables = variable;
  std::vector<std::string> inputs;  // those that compose files name, too
  const tier::ReadFile file = [&](const std::string& path) -> Result<std::optional<Secret>> {
    if (!path.empty() && !adapters::is_there(path)) return std::nullopt;
    inputs.push_back(path);
    return adapters::read_input(path);
  };

  Configuration lower;
  BLC_CHECK(read_inputs(options.lower, {lower, variables, file, rules.prefix}));
  BLC_TRY(const auto from, tier_from(options, rules, lower));
  if (from == to) return fail(Exit::usage, fmt::format("it stands in {} already", to_string(to)), "name the tier that it comes from: --from TIER");

  Configuration configuration;
  const Reading reading{configuration, variables, file, rules.prefix};
  const bool own_environment = options.inputs.size() == 0;
  if (!own_environment) {
    BLC_CHECK(read_inputs(options.inputs, reading));
  } else {
    read_environment(reading);
  }
  BLC_CHECK(check_out(options, std::move(inputs)));

  const auto salt = session.random().secret(kSaltBytes);
  tier::Question question{.rules = rules, .waivers = waivers, .from = from, .to = to, .configuration = configuration,
                          .lower = options.lower.size() == 0 ? nullptr : &lower, .own_environment = own_environment,
                          .place = options.inputs.place(),
                          .today = std::chrono::year_month_day(std::chrono::floor<std::chrono::days>(session.clock().now())), .salt = salt};
  if (!options.baseline.empty()) {
    BLC_TRY(const auto bytes, adapters::read_input(options.baseline, 16U << 20U));
    BLC_TRY(question.baseline, tier::read_baseline(bytes.reveal(), options.baseline, to));
    // A change that takes that rule out would hide what else it takes out.
    if (std::ranges::none_of(rules.rules, [&](const tier::Rule& rule) { return rule.check == tier::Check::kept && rule.tiers.contains(to); }))
      return fail(Exit::usage, fmt::format("{} has no rule with the check \"kept\" for {}, which tells what changed since the baseline", text::display(rules.source), to_string(to)),
                  "put it there as the shipped rules have it (BLC-TIER-093), or leave out --baseline");
  }
  if (options.record) {
    BLC_TRY(question.recorded, recorded_below(session, held, from));
  }
  if (options.probe) {
    BLC_TRY(question.probed, probed(options, question));
  }
  const auto report = tier::validate(question);
  std::error_code error;
  const auto folder = fs::current_path(error);
  TierView view{report, rules, options.strict, utf8_locale(), folder.string(), repository_of(folder)};
  if (options.record) {
    if (options.to_file()) BLC_CHECK(adapters::check_report(options.out));  // where nobody could read of it, nothing is recorded
    BLC_TRY(const auto entry, record(session, report, options.strict, digest));
    view.entry = entry.leaf;
    session.output().note(fmt::format("Recorded as entry {} of the ledger.", entry.leaf));
  }
  BLC_CHECK(print(session.output(), view, options));
  return report.ready(options.strict) ? Exit::done : Exit::failed;
}

// --- blc tier features, rules, explain --------------------------------------------------------------------

Json tiers_json(const std::set<Tier>& tiers) {
  Json::Array names;
  for (const auto each : tiers) names.emplace_back(to_string(each));
  return names;
}

std::string tiers_words(const std::set<Tier>& tiers) {
  if (tiers.size() == tier::kTiers.size()) return "all";
  std::vector<std::string> names;
  for (const auto each : tiers) names.emplace_back(to_string(each));
  return fmt::format("{}", fmt::join(names, ", "));
}

Result<Exit> enabled(Session& session, const Rules& rules, const std::string& name, Tier tier) {
  BLC_TRY(const auto* const feature, rules.feature(name));
  const bool on = feature->tiers.contains(tier);
  auto& output = session.output();
  if (output.json()) output.object(Json::Object{{"format", "blc.tier-feature/v1"}, {"feature", name}, {"tier", to_string(tier)}, {"enabled", on}});
  output.line(fmt::format("{}: {} {} {}", on ? "Yes" : "No", to_string(tier), on ? "has" : "does not have", name));
  return on ? Exit::done : Exit::failed;
}

Result<Exit> features(Session& session, const ListOptions& options) {
  BLC_TRY(const auto rules, load_rules(options.rules));
  std::optional<Tier> only;
  if (!options.tier.empty()) {
    BLC_TRY(only, tier::parse_tier(options.tier));
  }
  if (!options.enabled.empty()) {
    if (!only) {
      const auto name = rules.prefix + std::string(tier::kTierSetting);
      BLC_TRY(only, tier_in(name, variable(name).value_or(""), "name the tier: --tier TIER"));
    }
    return enabled(session, rules, options.enabled, *only);
  }
  auto& output = session.output();
  Json::Array list;
  std::vector<Column> columns{{"feature"}};
  for (const auto each : tier::kTiers) {
    if (!only || *only == each) columns.push_back({std::string(to_string(each))});
  }
  std::vector<Row> rows;
  for (const auto& feature : rules.features) {
    if (only && !feature.tiers.contains(*only)) continue;
    list.emplace_back(Json::Object{{"name", feature.name}, {"setting", feature.setting.empty() ? "" : rules.prefix + feature.setting}, {"tiers", tiers_json(feature.tiers)}});
    Row row{feature.name};
    for (const auto each : tier::kTiers) {
      if (!only || *only == each) row.emplace_back(feature.tiers.contains(each) ? "x" : "");
    }
    rows.push_back(std::move(row));
  }
  if (output.json()) output.object(Json::Object{{"format", "blc.tier-features/v1"}, {"features", std::move(list)}});
  output.screen(table(columns, rows, output.width()));
  return Exit::done;
}

Json rule_json(const Rules& rules, const tier::Rule& rule) {
  Json::Array settings;
  Json::Array except;
  for (const auto& each : rule.settings) settings.emplace_back(tier::with_prefix(rules.prefix, each));
  for (const auto& each : rule.except) except.emplace_back(tier::with_prefix(rules.prefix, each));
  Json::Array words;
  Json::Array parameters;
  for (const auto& each : rule.words) words.emplace_back(each);
  for (const auto& each : rule.parameters) parameters.emplace_back(each);
  return Json::Object{{"id", rule.id},
                      {"family", to_string(rule.family)},
                      {"check", to_string(rule.check)},
                      {"severity", to_string(rule.severity)},
                      {"tiers", tiers_json(rule.tiers)},
                      {"settings", std::move(settings)},
                      {"except", std::move(except)},
                      {"words", std::move(words)},
                      {"parameters", std::move(parameters)},
                      {"list", rule.list.empty() ? "" : rules.prefix + rule.list},
                      {"required", rule.required},
                      {"least", static_cast<std::int64_t>(rule.least)},
                      {"most", static_cast<std::int64_t>(rule.most)},
                      {"message", rule.message},
                      {"remedy", rule.remedy}};
}

Result<Exit> list_rules(Session& session, const ListOptions& options) {
  BLC_TRY(const auto rules, load_rules(options.rules));
  std::optional<Tier> only;
  if (!options.tier.empty()) {
    BLC_TRY(only, tier::parse_tier(options.tier));
  }
  auto& output = session.output();
  Json::Array list;
  std::vector<Row> rows;
  for (const auto& rule : rules.rules) {
    if (only && !rule.tiers.contains(*only)) continue;
    list.push_back(rule_json(rules, rule));
    rows.push_back({rule.id, std::string(to_string(rule.family)), std::string(to_string(rule.severity)), tiers_words(rule.tiers), text::display(rule.message)});
  }
  if (output.json()) output.object(Json::Object{{"format", "blc.tier-rules/v1"}, {"rules", std::move(list)}});
  output.screen(table({{"rule"}, {"family"}, {"severity", 1}, {"tiers", 2}, {"what it asks"}}, rows, output.width()));
  return Exit::done;
}

// What its numbers ask.
std::string range_of(const tier::Rule& rule) {
  switch (rule.check) {
    case tier::Check::integer: return fmt::format("{} to {}", rule.least, rule.most);
    case tier::Check::strength: return fmt::format("at least {} bits", rule.least);
    case tier::Check::recorded: return fmt::format("not longer ago than {}", count(static_cast<std::size_t>(rule.most), "day"));
    default: return "";
  }
}

Result<Exit> explain(Session& session, const ListOptions& options) {
  BLC_TRY(const auto rules, load_rules(options.rules));
  BLC_TRY(const auto* const rule, rules.rule(options.id));
  auto& output = session.output();
  if (output.json()) {
    auto json = rule_json(rules, *rule);
    json.get_if<Json::Object>()->emplace("format", "blc.tier-rule/v1");
    output.object(json);
    return Exit::done;
  }
  const auto named = [&](const std::vector<std::string>& patterns) {
    std::vector<std::string> settings;
    for (const auto& each : patterns) settings.push_back(tier::with_prefix(rules.prefix, each));
    return fmt::format("{}", fmt::join(settings, ", "));
  };
  output.line(fmt::format("{}  {} ({}), {}", output.bold(rule->id), to_string(rule->family), to_string(rule->check), to_string(rule->severity)));
  output.line(text::display(rule->message));
  output.line(fmt::format("Tiers     {}", tiers_words(rule->tiers)), 10);
  if (!rule->settings.empty()) output.line(fmt::format("Settings  {}", named(rule->settings)), 10);
  if (!rule->except.empty()) output.line(fmt::format("But not   {}", named(rule->except)), 10);
  if (!rule->list.empty()) output.line(fmt::format("And what  {} lists", rules.prefix + rule->list), 10);
  if (!rule->parameters.empty()) output.line(fmt::format("In a URL  {}{}", text::display(fmt::format("{}", fmt::join(rule->parameters, " or "))), rule->required ? ", which must be there" : ""), 10);
  if (const auto range = range_of(*rule); !range.empty()) output.line(fmt::format("Range     {}", range), 10);
  if (!rule->words.empty()) output.line(fmt::format("Words     {}", text::display(fmt::format("{}", fmt::join(rule->words, ", ")))), 10);
  output.line(fmt::format("To mend   {}", text::display(tier::filled(rule->remedy, "SETTING", "TIER", "FROM"))), 10);
  output.line(fmt::format("Where     {}:{}", text::display(rules.source), rule->line), 10);
  return Exit::done;
}

void add_validate(Commands& commands, Syntax group) {
  auto options = std::make_shared<TierOptions>();
  const auto command = commands.add(group, "validate", "Hold an application's configuration against the rules of a tier",
                                     [options](Session& session) { return validate(session, *options); });
  command.add_option("--to", options->to, "the tier that it migrates to: development, integration, staging or production").type_name("TIER").required();
  command.add_option("--from", options->from, "the tier that it comes from; else what --from-env-file says, else APP_DEPLOYMENT_TIER, else development").type_name("TIER");
  const auto files = [&](const char* name, std::vector<std::string>& to, const char* summary) { command.add_option(name, to, summary).type_name("FILE").one_each(); };
  files("--env-file", options->inputs.env_files, "a .env file; later ones count before earlier ones, as do all that follow here");
  files("--compose", options->inputs.compose, "a compose file, and behind a : the service, where it has several");
  files("--k8s", options->inputs.k8s, "a file of Kubernetes objects, and behind a : the workload or WORKLOAD/CONTAINER, where there are several");
  files("--from-env-file", options->lower.env_files, "a .env file of the tier that it comes from, to compare with");
  files("--from-compose", options->lower.compose, "a compose file of that tier, as --compose");
  files("--from-k8s", options->lower.k8s, "a file of Kubernetes objects of that tier, as --k8s");
  command.add_option("--format", options->format, "how to tell: text, json, junit, sarif, github or gitlab")
      .type_name("FORMAT")
      .one_of({"text", "json", "junit", "sarif", "github", "gitlab"});
  command.add_option("--out", options->out, "write the report there, and print the verdict alone; - prints the report").type_name("FILE");
  command.add_flag("--record", options->record, "sign the result as an entry of the practice's ledger, and ask it for the check of the tier below");
  command.add_flag("--strict", options->strict, "warnings block as failures do");
  command.add_option("--rules", options->rules, "the rules; else policies/tiers.yaml here, else those shipped").type_name("FILE");
  command.add_option("--waivers", options->waivers, "what is excused; else policies/tier-waivers.yaml here").type_name("FILE");
  command.add_option("--baseline", options->baseline, "an earlier report in JSON: a waiver of what that does not know is flagged").type_name("FILE");
  const auto probe = command.add_flag("--probe", options->probe, "ask the application itself: its health, its security headers, its TLS and its certificate");
  command.add_option("--ca", options->ca, "the authorities that its certificate may come from, in PEM; else those of the system").type_name("FILE").needs(probe);
  command.add_option("--prefix", [options](const std::string& typed) { options->prefix = typed; }, "what settings begin with, instead of what the rules say").type_name("TEXT");
}

}  // namespace

void add_tier(Commands& commands) {
  const auto group = commands.group("tier", "Whether an application's configuration fits the tier that it migrates to");
  add_validate(commands, group);
  const auto listing = [&](const char* name, const char* summary, auto run) {
    auto options = std::make_shared<ListOptions>();
    const auto command = commands.add(group, name, summary, [options, run](Session& session) { return run(session, *options); });
    return std::pair(command, options);
  };
  const auto with_rules = [](Syntax command, const std::shared_ptr<ListOptions>& options) {
    command.add_option("--rules", options->rules, "the rules; else policies/tiers.yaml here, else those shipped").type_name("FILE");
  };
  const auto [matrix, of_matrix] = listing("features", "Which features each tier has", features);
  matrix.add_option("--tier", of_matrix->tier, "only this tier").type_name("TIER");
  matrix.add_option("--enabled", of_matrix->enabled, "answer by exit code whether the tier (else APP_DEPLOYMENT_TIER, else development) has this feature").type_name("FEATURE");
  with_rules(matrix, of_matrix);
  const auto [rules, of_rules] = listing("rules", "The rules that a configuration is held against", list_rules);
  rules.add_option("--tier", of_rules->tier, "only those of this tier").type_name("TIER");
  with_rules(rules, of_rules);
  const auto [explained, of_explained] = listing("explain", "What one rule asks, of which settings, and how to mend it", explain);
  explained.add_option("id", of_explained->id, "the rule: BLC-TIER-003").required();
  with_rules(explained, of_explained);
}

}  // namespace blc::cli
