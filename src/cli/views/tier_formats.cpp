#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <span>

#include "cli/views/tier_report.hpp"
#include "core/text/display.hpp"

namespace blc::cli {

using text::Json;
using tier::Finding;
using tier::Status;

namespace {

constexpr std::string_view kNoFile = "(the environment of the process)";  // GitLab wants a path
constexpr std::size_t kMostAnnotations = 10;  // GitHub shows no more of a step

// XML 1.0: of the control characters display() leaves none.
std::string xml(std::string_view text) {
  std::string out;
  for (const char c : text::display(text)) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      case '\'': out += "&apos;"; break;
      default: out += c;
    }
  }
  return out;
}

// A path as a relative reference (RFC 3986): a segment before the first colon would read as a scheme.
std::string uri(std::string_view path) {
  constexpr std::string_view kPlain = "-._~/";
  std::string out;
  for (const char c : path) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || kPlain.find(c) != std::string_view::npos;
    if (plain) out += c;
    else out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return out;
}

std::string escaped(std::string_view text, bool property) {
  std::string out;
  for (const char c : text) {
    if (c == '%') out += "%25";
    else if (c == '\r') out += "%0D";
    else if (c == '\n') out += "%0A";
    else if (property && c == ':') out += "%3A";
    else if (property && c == ',') out += "%2C";
    else out += c;
  }
  return out;
}

// How often each was seen.
using Seen = std::map<std::string, std::size_t>;

// Of findings in the order of the report.
std::string fingerprint(const TierView& view, const Finding& finding, Seen& seen) {
  const auto path = tier_path(view, finding, view.root);
  return tier::fingerprint(finding, path, seen[fmt::format("{}\n{}\n{}", finding.rule, finding.subject, path)]++).hex();
}

bool failed(const TierView& view, const Finding& finding) { return finding.status == Status::fail || (view.strict && finding.status == Status::warn); }

// One case for each rule, whatever it found: its name stays the same, so that CI tells what began to fail and what was mended.
struct Case {
  std::vector<const Finding*> failed;
  std::vector<const Finding*> warned;
  std::vector<const Finding*> skipped;  // or waived
};

Case case_of(const TierView& view, std::span<const Finding> findings) {
  Case made;
  for (const auto& finding : findings) {
    if (failed(view, finding)) made.failed.push_back(&finding);
    else if (finding.status == Status::warn) made.warned.push_back(&finding);
    else if (finding.status != Status::pass) made.skipped.push_back(&finding);
  }
  return made;
}

// A line for each. Jenkins' schema knows no place of a case: it stands in the text.
std::string junit_lines(const TierView& view, const std::vector<const Finding*>& findings) {
  std::string lines;
  for (const auto* const finding : findings) {
    const auto path = tier_path(view, *finding, view.root);
    const auto place = path.empty() ? "" : finding->origin.line == 0 ? path + ": " : fmt::format("{}:{}: ", path, finding->origin.line);
    lines += fmt::format("{}{}{} To mend: {}.", lines.empty() ? "" : "\n", xml(place), xml(tier_sentence(*finding)), xml(finding->remedy));
  }
  return lines;
}

std::string junit_excuses(const std::vector<const Finding*>& findings) {
  std::string lines;
  for (const auto* const finding : findings)
    lines += fmt::format("{}{}{}", lines.empty() ? "" : "\n", finding->status == Status::waived ? "waived: " : "", xml(tier_sentence(*finding)));
  return lines;
}

std::string junit_case(const TierView& view, const Finding& first, const Case& found) {
  auto out = fmt::format(R"(    <testcase name="{}" classname="blc.tier.{}" time="0")", xml(first.rule), to_string(first.family));
  if (found.failed.empty() && found.warned.empty() && found.skipped.empty()) return out + "/>\n";
  out += ">\n";
  if (!found.failed.empty()) {
    const auto more = found.failed.size() == 1 ? "" : fmt::format(" And {} more.", found.failed.size() - 1);
    out += fmt::format("      <failure message=\"{}{}\" type=\"{}\">{}</failure>\n", xml(tier_sentence(*found.failed.front())), more, first.rule, junit_lines(view, found.failed));
  } else if (found.warned.empty()) {
    out += fmt::format("      <skipped>{}</skipped>\n", junit_excuses(found.skipped));
  }
  std::string said = junit_lines(view, found.warned);
  if (!said.empty()) said = "warning: " + said;
  if (!found.skipped.empty() && (!found.failed.empty() || !found.warned.empty())) said += (said.empty() ? "" : "\n") + junit_excuses(found.skipped);
  if (!said.empty()) out += fmt::format("      <system-out>{}</system-out>\n", said);
  return out + "    </testcase>\n";
}

std::string_view sarif_level(Status status) { return status == Status::warn ? "warning" : "error"; }

Json sarif_rule(const tier::Rule& rule) {
  return Json::Object{{"id", rule.id},
                      {"shortDescription", Json::Object{{"text", rule.message}}},
                      {"help", Json::Object{{"text", tier::filled(rule.remedy, "SETTING", "TIER", "FROM")}}},
                      {"defaultConfiguration", Json::Object{{"level", to_string(rule.severity)}}},
                      {"properties", Json::Object{{"tags", Json::Array{Json(to_string(rule.family))}}}}};
}

Json sarif_result(const TierView& view, const Finding& finding, Seen& seen) {
  const auto rule = std::ranges::find(view.rules.rules, finding.rule, &tier::Rule::id);
  Json::Object result{{"ruleId", finding.rule},
                      {"ruleIndex", rule - view.rules.rules.begin()},
                      {"level", finding.status == Status::waived ? to_string(rule->severity) : sarif_level(finding.status)},
                      {"message", Json::Object{{"text", fmt::format("{} To mend: {}.", tier_sentence(finding), text::display(finding.remedy))}}},
                      {"partialFingerprints", Json::Object{{"blcTierFinding/v1", fingerprint(view, finding, seen)}}}};
  const auto path = tier_path(view, finding, view.root);
  if (!path.empty()) {
    Json::Object physical{{"artifactLocation", Json::Object{{"uri", uri(path)}, {"uriBaseId", "%SRCROOT%"}}},
                          {"region", Json::Object{{"startLine", std::max(1, finding.origin.line)}}}};  // code scanning wants a line
    result.emplace("locations", Json::Array{Json::Object{{"physicalLocation", std::move(physical)}}});
  }
  if (finding.status == Status::waived)
    result.emplace("suppressions", Json::Array{Json::Object{{"kind", "external"}, {"status", "accepted"}, {"justification", finding.excuse}}});
  return result;
}

std::string_view github_level(Status status) { return status == Status::fail ? "error" : status == Status::warn ? "warning" : "notice"; }

std::string github_annotation(const TierView& view, const Finding& finding) {
  auto out = fmt::format("::{} ", github_level(finding.status));
  if (const auto path = tier_path(view, finding, view.root); !path.empty()) out += fmt::format("file={},", escaped(text::display(path), true));
  if (finding.origin.line != 0) out += fmt::format("line={},", finding.origin.line);
  const auto words = fmt::format("{} To mend: {}.", tier_sentence(finding), text::display(finding.remedy));
  return out + fmt::format("title={}::{}\n", escaped(finding.rule, true), escaped(words, false));
}

std::string_view gitlab_severity(Status status) { return status == Status::fail ? "critical" : status == Status::warn ? "minor" : "info"; }

}  // namespace

std::string tier_junit(const TierView& view) {
  struct Suite {
    std::string cases;
    std::size_t tests = 0;
    std::size_t failures = 0;
    std::size_t skipped = 0;
  };
  std::map<tier::Family, Suite> suites;
  Suite all;
  const std::span findings(view.report.findings);  // those of a rule stand together
  for (std::size_t at = 0, end = 0; at < findings.size(); at = end) {
    while (end < findings.size() && findings[end].rule == findings[at].rule) ++end;
    const auto found = case_of(view, findings.subspan(at, end - at));
    for (auto* const suite : {&suites[findings[at].family], &all}) {
      ++suite->tests;
      if (!found.failed.empty()) ++suite->failures;
      else if (found.warned.empty() && !found.skipped.empty()) ++suite->skipped;
    }
    suites[findings[at].family].cases += junit_case(view, findings[at], found);
  }
  auto out = fmt::format("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"blc tier validate, {} to {}\" tests=\"{}\" failures=\"{}\" errors=\"0\" time=\"0\">\n",
                         to_string(view.report.from), to_string(view.report.to), all.tests, all.failures);
  for (const auto& [family, suite] : suites) {
    out += fmt::format("  <testsuite name=\"{}\" tests=\"{}\" failures=\"{}\" errors=\"0\" skipped=\"{}\" time=\"0\">\n{}  </testsuite>\n", to_string(family), suite.tests,
                       suite.failures, suite.skipped, suite.cases);
  }
  return out + "</testsuites>\n";
}

Json tier_sarif(const TierView& view) {
  Json::Array rules;
  for (const auto& rule : view.rules.rules) rules.push_back(sarif_rule(rule));
  Json::Array results;
  Seen seen;
  for (const auto& finding : view.report.findings) {
    if (finding.status != Status::pass && finding.status != Status::skip) results.push_back(sarif_result(view, finding, seen));
  }
  Json::Object driver{{"name", "blc tier validate"}, {"semanticVersion", BLC_VERSION}, {"rules", std::move(rules)}};
  Json::Object run{{"tool", Json::Object{{"driver", std::move(driver)}}},
                   {"columnKind", "unicodeCodePoints"},
                   {"results", std::move(results)},
                   {"properties", Json::Object{{"configDigest", view.report.configuration.tagged()}}}};
  return Json::Object{{"$schema", "https://json.schemastore.org/sarif-2.1.0.json"}, {"version", "2.1.0"}, {"runs", Json::Array{std::move(run)}}};
}

std::string tier_github(const TierView& view) {
  std::vector<const Finding*> told;
  for (const auto status : {Status::fail, Status::warn}) {
    for (const auto& finding : view.report.findings) {
      if (finding.status == status) told.push_back(&finding);
    }
  }
  const auto more = told.size() - std::min(told.size(), kMostAnnotations);
  told.resize(told.size() - more);
  std::string waived;
  for (const auto& finding : view.report.findings) {
    if (finding.status != Status::waived) continue;
    waived += fmt::format("{} {}\n", finding.rule, tier_sentence(finding));
    if (told.size() < kMostAnnotations) told.push_back(&finding);
  }
  std::string out;
  for (const auto* const finding : told) out += github_annotation(view, *finding);
  if (more != 0) out += fmt::format("and {} more\n", more);
  return out + waived + fmt::format("{}\n{}\n", tier_counts(view.report), tier_verdict(view));
}

Json tier_gitlab(const TierView& view) {
  Json::Array issues;
  Seen seen;
  for (const auto& finding : view.report.findings) {
    if (finding.status == Status::pass || finding.status == Status::skip) continue;
    const auto path = tier_path(view, finding, view.root);
    issues.emplace_back(Json::Object{{"type", "issue"},
                                     {"check_name", finding.rule},
                                     {"description", fmt::format("{} To mend: {}.", tier_sentence(finding), text::display(finding.remedy))},
                                     {"categories", Json::Array{Json("Security")}},
                                     {"severity", gitlab_severity(finding.status)},
                                     {"fingerprint", fingerprint(view, finding, seen)},
                                     {"location", Json::Object{{"path", path.empty() ? std::string(kNoFile) : path}, {"lines", Json::Object{{"begin", std::max(1, finding.origin.line)}}}}}});
  }
  return issues;
}

}  // namespace blc::cli
