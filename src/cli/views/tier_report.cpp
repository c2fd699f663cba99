#include "cli/views/tier_report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <optional>
#include <set>

#include "cli/views/words.hpp"
#include "core/text/display.hpp"

namespace blc::cli {

using text::Json;
using tier::Finding;
using tier::Status;

namespace {

bool told_of(const Finding& finding) { return finding.status == Status::fail || finding.status == Status::warn || finding.status == Status::waived; }

std::string_view mark(Status status, bool unicode) {
  switch (status) {
    case Status::pass: return unicode ? "✓" : "ok  ";
    case Status::fail: return unicode ? "✗" : "FAIL";
    case Status::warn: return unicode ? "!" : "warn";
    case Status::waived: return unicode ? "!" : "waiv";
    case Status::skip: return unicode ? "–" : "-   ";
  }
  return "?";
}

// "", or " (prod.env:3)".
std::string place(const Finding& finding) {
  return told_of(finding) ? fmt::format(" ({})", tier::to_string(finding.origin)) : "";
}

std::string fixes(const tier::Report& report, bool strict) {
  std::string lines;
  std::set<std::string_view> told;
  for (const auto& finding : report.findings) {
    const bool blocks = finding.status == Status::fail || (strict && finding.status == Status::warn);
    if (blocks && told.insert(finding.remedy).second) lines += fmt::format("  {}\n", text::display(finding.remedy));
  }
  return lines;
}

}  // namespace

std::string tier_verdict(const TierView& view) {
  return fmt::format("{} from {} to {}", view.report.ready(view.strict) ? "Ready to migrate" : "Cannot migrate", to_string(view.report.from), to_string(view.report.to));
}

std::string tier_counts(const tier::Report& report) {
  const auto counts = report.summary();
  auto line = fmt::format("{} passed, {} failed, {}, {} waived", counts.passed, counts.failed, count(counts.warnings, "warning"), counts.waived);
  if (counts.skipped != 0) line += fmt::format(", {} skipped", counts.skipped);
  return line;
}

std::string tier_sentence(const Finding& finding) {
  auto words = finding.subject.empty() ? finding.message : fmt::format("{}{} {}", finding.subject, told_of(finding) ? "" : ":", finding.message);
  if (!finding.excuse.empty()) words += fmt::format(" ({})", finding.excuse);
  return text::display(words);
}

std::string tier_path(const TierView& view, const Finding& finding, const std::string& from) {
  if (finding.origin.file.empty()) return "";
  std::filesystem::path file(finding.origin.file);
  // Links on the way to a file that is named from the root lead to the working folder by another name.
  if (std::error_code error; file.is_absolute()) file = std::filesystem::weakly_canonical(file.parent_path(), error) / file.filename();
  return (std::filesystem::path(view.folder) / file).lexically_normal().lexically_relative(from).string();
}

std::string tier_text(const TierView& view) {
  std::string out;
  std::optional<tier::Family> family;
  for (const auto& finding : view.report.findings) {
    if (family != finding.family) out += fmt::format("{}{}\n", family ? "\n" : "", title_of(finding.family));
    family = finding.family;
    out += fmt::format("  {} {}  {}{}\n", mark(finding.status, view.unicode), finding.rule, tier_sentence(finding), place(finding));
  }
  out += fmt::format("\n{}\n", tier_counts(view.report));
  const auto mended = fixes(view.report, view.strict);
  out += mended.empty() ? tier_verdict(view) + "\n" : fmt::format("{}. To mend:\n{}", tier_verdict(view), mended);
  if (view.unicode) return out;
  std::string ascii;  // what display() leaves of typography, names among it
  for (const char c : out) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x80) ascii += c;
    else if (byte >= 0xC0) ascii += '?';
  }
  return ascii;
}

Json tier_json(const TierView& view) {
  Json::Array results;
  for (const auto& finding : view.report.findings) {
    Json::Object result{{"rule", finding.rule},     {"family", to_string(finding.family)}, {"status", to_string(finding.status)},
                        {"subject", finding.subject}, {"file", tier_path(view, finding, view.folder)},    {"message", finding.message},
                        {"remedy", finding.remedy}};
    result.emplace("line", finding.origin.line == 0 ? Json() : Json(finding.origin.line));
    if (!finding.excuse.empty()) result.emplace("waiver", finding.excuse);
    results.emplace_back(std::move(result));
  }
  Json::Object asked;  // for --baseline
  for (const auto& rule : view.rules.rules) {
    if (rule.tiers.contains(view.report.to)) asked.emplace(rule.id, rule_digest(view.rules, rule).tagged());
  }
  const auto counts = view.report.summary();
  Json::Object report{{"format", "blc.tier-check/v1"},
                      {"from", to_string(view.report.from)},
                      {"to", to_string(view.report.to)},
                      {"ready", view.report.ready(view.strict)},
                      {"strict", view.strict},
                      {"rules", view.report.rules},
                      {"config_digest", view.report.configuration.tagged()},
                      {"asked", std::move(asked)},
                      {"results", std::move(results)},
                      {"summary", Json::Object{{"passed", counts.passed}, {"failed", counts.failed}, {"warnings", counts.warnings}, {"waived", counts.waived}, {"skipped", counts.skipped}}}};
  if (view.entry) report.emplace("entry", *view.entry);
  return report;
}

}  // namespace blc::cli
