#include "core/tier/report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "core/base/names.hpp"
#include "core/base/time.hpp"
#include "core/crypto/quick_digest.hpp"
#include "core/text/display.hpp"
#include "core/text/json.hpp"
#include "core/tier/checks.hpp"

namespace blc::tier {

Digest digest_of(const Configuration& configuration, const std::string& prefix) {
  std::string bytes;
  for (const auto& [name, setting] : configuration.settings()) {
    if (!name.starts_with(prefix)) continue;
    bytes += setting.value ? fmt::format("{}={}:{}\n", name, setting.value->size(), setting.value->reveal()) : fmt::format("{}?\n", name);
  }
  // No setting has a space in its name.
  if (const auto& image = configuration.image()) bytes += image->value ? fmt::format("its image={}:{}\n", image->value->size(), image->value->reveal()) : "its image?\n";
  const auto digest = crypto::quick_sha256(bytes);
  Secret::wipe(bytes);
  return digest;
}

Digest rule_digest(const Rules& rules, const Rule& rule) {
  using text::Json;
  const auto all = [](const auto& each, auto shown) {
    Json::Array array;
    for (const auto& one : each) array.emplace_back(shown(one));
    return array;
  };
  const auto words = [&](const std::vector<std::string>& each) { return all(each, [](const std::string& word) { return word; }); };
  const auto tiers = [&](const std::set<Tier>& each) { return all(each, [](Tier tier) { return std::string(to_string(tier)); }); };
  Json::Array asked{rules.prefix, to_string(rule.family), to_string(rule.check), to_string(rule.severity), tiers(rule.tiers), words(rule.settings), words(rule.except), words(rule.words),
                    words(rule.parameters), rule.list, rule.required, static_cast<std::int64_t>(rule.least), static_cast<std::int64_t>(rule.most)};
  if (rule.check == Check::features || rule.check == Check::features_set) {
    for (const auto& each : rules.features) asked.emplace_back(Json::Array{each.name, each.setting, tiers(each.tiers)});
  }
  if (rule.family == Family::probes && rules.probes) {
    const auto& probes = *rules.probes;
    asked.emplace_back(Json::Array{probes.setting, probes.health, probes.tls == ports::TlsVersion::v1_3, static_cast<std::int64_t>(probes.certificate_days), static_cast<std::int64_t>(probes.hsts_seconds)});
    for (const auto& [tier, hosts] : probes.hosts) asked.emplace_back(Json::Array{to_string(tier), words(hosts)});
  }
  return crypto::quick_sha256(text::canonical(asked));
}

namespace {

constexpr Names<Status, 5> kStatuses{{{Status::pass, "pass"}, {Status::fail, "fail"}, {Status::warn, "warn"}, {Status::waived, "waived"}, {Status::skip, "skip"}}};

constexpr const char* kNoBaseline = "no earlier report was given (--baseline)";

class Validation {
 public:
  explicit Validation(const Question& question) : question_(question) {}

  Report run() {
    report_.from = question_.from;
    report_.to = question_.to;
    report_.rules = question_.rules.source;
    report_.configuration = digest_of(question_.configuration, question_.rules.prefix);
    // The rules about waivers look at what the others found.
    for (const bool last : {false, true}) {
      for (const auto& rule : question_.rules.rules) {
        if (rule.family == Family::probes && !question_.probed) continue;
        if (!rule.tiers.contains(question_.to) || (rule.family == Family::waiver) != last) continue;
        tell(rule, !last ? check(rule, question_) : rule.check == Check::kept ? of_rules() : of_waivers(rule));
      }
    }
    std::ranges::stable_sort(report_.findings, {}, [](const Finding& each) { return std::tie(each.family, each.rule, each.subject); });
    return std::move(report_);
  }

 private:
  [[nodiscard]] std::string text(const std::string& words, const std::string& subject) const {
    return filled(words, subject, to_string(question_.to), to_string(question_.from));
  }

  void tell(const Rule& rule, const Verdicts& verdicts) {
    const auto fine = std::ranges::count(verdicts.found, Verdict::Kind::good, &Verdict::kind);
    if (fine == static_cast<std::ptrdiff_t>(verdicts.found.size())) return tell_fine(rule, verdicts);
    for (const auto& verdict : verdicts.found) {
      if (verdict.kind != Verdict::Kind::good) tell_fault(rule, verdict);
    }
  }

  void tell_fine(const Rule& rule, const Verdicts& verdicts) {
    Finding finding{rule.id, rule.family, Status::pass, "", {question_.place, 0}, text(rule.message, "it"), "", ""};
    if (verdicts.found.empty()) {
      finding.status = Status::skip;
      finding.message = verdicts.why_none;
    } else if (verdicts.found.size() == 1) {
      const auto& only = verdicts.found.front();
      finding.subject = only.subject;
      finding.origin = only.origin;
      finding.message = text(rule.message, only.subject);
    } else {
      finding.subject = fmt::format("{} settings", verdicts.found.size());
    }
    if (!verdicts.good.empty()) finding.message = verdicts.good;
    report_.findings.push_back(std::move(finding));
  }

  void tell_fault(const Rule& rule, const Verdict& verdict) {
    Finding finding{rule.id, rule.family, Status::fail, verdict.subject, verdict.origin, "",
                    verdict.remedy.empty() ? text(rule.remedy, verdict.subject) : verdict.remedy, ""};
    finding.message = fmt::format("{}. {}", verdict.detail, text(rule.message, verdict.subject));
    if (verdict.kind == Verdict::Kind::maybe || rule.severity == Severity::warning) finding.status = Status::warn;
    const auto* const waiver = question_.waivers.find(rule.id, verdict.subject, question_.to);
    if (waiver != nullptr && rule.family != Family::path && rule.family != Family::evidence && rule.family != Family::waiver) {
      used_.insert(waiver);
      if (waiver->expires >= question_.today) {
        finding.status = Status::waived;
        finding.excuse = fmt::format("waived until {} by {}: {}", blc::to_string(waiver->expires), waiver->approved_by, waiver->reason);
      }
    }
    report_.findings.push_back(std::move(finding));
  }

  Verdicts of_waivers(const Rule& rule) {
    Verdicts verdicts;
    for (const auto& waiver : question_.waivers.waivers) {
      if (!waiver.tiers.empty() && !waiver.tiers.contains(question_.to)) continue;
      const auto fault = fault_of(rule, waiver);
      verdicts.found.push_back({fault.empty() ? Verdict::Kind::good : Verdict::Kind::bad, fmt::format("{} {}", waiver.rule, waiver.subject), fault,
                                {question_.waivers.source, waiver.line}});
    }
    verdicts.why_none = "nothing is waived here";
    if (rule.check == Check::not_new && !question_.baseline) {
      verdicts.found.clear();
      verdicts.why_none = kNoBaseline;
    }
    return verdicts;
  }

  // A rule that is gone excuses everything, and one that asks less much of it.
  [[nodiscard]] Verdicts of_rules() const {
    Verdicts verdicts;
    verdicts.why_none = kNoBaseline;
    if (!question_.baseline) return verdicts;
    verdicts.why_none = "the earlier report does not say what it asked";
    if (question_.baseline->rules.empty()) return verdicts;
    const Origin place{question_.place, 0};
    for (const auto& [id, asked] : question_.baseline->rules) {
      const auto* const rule = question_.rules.find(id);
      if (rule == nullptr || !rule->tiers.contains(question_.to)) verdicts.found.push_back({Verdict::Kind::bad, id, "is asked no longer", place});
      else if (rule_digest(question_.rules, *rule).tagged() != asked) verdicts.found.push_back({Verdict::Kind::bad, id, "asks something else than before", place});
    }
    if (verdicts.found.empty()) verdicts.found.push_back({Verdict::Kind::good, "", "", place});
    return verdicts;
  }

  [[nodiscard]] std::string fault_of(const Rule& rule, const Waiver& waiver) const {
    const bool expired = waiver.expires < question_.today;
    const auto* const excused = question_.rules.find(waiver.rule);
    const bool looked_at = question_.probed || excused == nullptr || excused->family != Family::probes;
    const bool used = used_.contains(&waiver);
    switch (rule.check) {
      case Check::in_force: return expired ? fmt::format("expired on {}", blc::to_string(waiver.expires)) : "";
      case Check::used: return used || expired || !looked_at ? "" : "excuses nothing";
      default: break;
    }
    const bool known = !question_.baseline || question_.baseline->found.contains({waiver.rule, waiver.subject});
    return used && !known ? "is as new as what it excuses" : "";
  }

  const Question& question_;
  Report report_;
  std::set<const Waiver*> used_;
};

}  // namespace

std::string_view to_string(Status status) { return name_of(kStatuses, status); }
std::optional<Status> parse_status(std::string_view name) { return value_of(kStatuses, name); }

Summary Report::summary() const {
  const auto number = [&](Status status) { return static_cast<std::size_t>(std::ranges::count(findings, status, &Finding::status)); };
  return {number(Status::pass), number(Status::fail), number(Status::warn), number(Status::waived), number(Status::skip)};
}

bool Report::ready(bool strict) const {
  const auto counts = summary();
  return counts.failed == 0 && (!strict || counts.warnings == 0);
}

namespace {

std::string word_of(const text::Json& object, std::string_view name) {
  const auto* const found = object.find(name);
  const auto* const word = found == nullptr ? nullptr : found->get_if<std::string>();
  return word == nullptr ? std::string() : *word;
}

Result<> add_result(Baseline& baseline, const text::Json& result) {
  const auto rule = word_of(result, "rule");
  const auto status = parse_status(word_of(result, "status"));
  if (!status || rule.empty()) return fail(Exit::usage, "expected results with a rule and a status");
  if (*status != Status::pass && *status != Status::skip) baseline.found.emplace(rule, word_of(result, "subject"));
  return {};
}

Result<Baseline> baseline_of(const text::Json& report, Tier to) {
  const auto* const results = report.find("results");
  const auto* const list = results == nullptr ? nullptr : results->get_if<text::Json::Array>();
  if (word_of(report, "format") != "blc.tier-check/v1" || list == nullptr) return fail(Exit::usage, "expected a report of format blc.tier-check/v1");
  // CI writes one without a target, where there is nothing to compare with.
  if (report.find("to") != nullptr && word_of(report, "to") != to_string(to)) return fail(Exit::usage, fmt::format("expected a report of what migrates to {}, found another", to_string(to)));
  Baseline baseline;
  for (const auto& each : *list) BLC_CHECK(add_result(baseline, each));
  const auto* const asked = report.find("asked");
  if (asked == nullptr) return baseline;
  const auto* const rules = asked->get_if<text::Json::Object>();
  if (rules == nullptr) return fail(Exit::usage, "expected an object of what was asked");
  for (const auto& [id, digest] : *rules) baseline.rules.emplace(id, word_of(*asked, id));
  return baseline;
}

}  // namespace

Result<Baseline> read_baseline(std::string_view text, const std::string& file, Tier to) {
  auto json = text::parse_json(text);
  auto read = json ? baseline_of(*json, to) : Result<Baseline>(std::unexpected(json.error()));
  if (!read) return fail(Exit::usage, fmt::format("{}: {}", text::display(file), read.error().message), "make one of the branch that this is compared with: blc tier validate --format json --out FILE");
  return read;
}

Report validate(const Question& question) { return Validation(question).run(); }

Digest fingerprint(const Finding& finding, std::string_view path, std::size_t before) {
  const auto number = before == 0 ? "" : fmt::format("\n{}", before + 1);
  return crypto::quick_sha256(fmt::format("{}\n{}\n{}{}", finding.rule, finding.subject, path, number));
}

}  // namespace blc::tier
