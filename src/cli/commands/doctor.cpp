#include <fmt/format.h>

#include "cli/commands/command.hpp"
#include "cli/doctor/checks.hpp"
#include "cli/views/words.hpp"

namespace blc::cli {

namespace {

using Level = Finding::Level;

text::Json findings_json(const Findings& findings) {
  text::Json::Array list;
  for (const auto& finding : findings.list()) {
    list.emplace_back(text::Json::Object{{"level", to_string(finding.level)},
                                         {"about", finding.about},
                                         {"what", finding.what},
                                         {"remedy", finding.remedy}});
  }
  return text::Json::Object{{"format", "blc.doctor/v1"},
                            {"ok", findings.exit() == Exit::done},
                            {"code", static_cast<int>(findings.exit())},
                            {"findings", std::move(list)}};
}

std::string line_of(const Finding& finding) {
  const auto level = finding.level == Level::fail ? std::string_view("FAIL") : to_string(finding.level);
  return fmt::format("{:<4}  {}: {}{}{}", level, finding.about, finding.what, finding.remedy.empty() ? "" : "  -- ", finding.remedy);
}

std::string summary(const Findings& findings) {
  const auto fails = findings.count(Level::fail);
  const auto warns = findings.count(Level::warn);
  if (fails + warns == 0) return "All is in order.";
  if (fails == 0) return fmt::format("Nothing fails; {} to look at.", count(warns, "thing"));
  return fmt::format("{} must be mended{}.", count(fails, "thing"), warns == 0 ? "" : fmt::format(", {} looked at", count(warns, "thing")));
}

Result<Exit> doctor(Session& session) {
  session.look_only();
  Findings findings;
  check_machine(session, findings);
  check_practice(session, findings);
  auto& output = session.output();
  if (output.json()) {
    output.object(findings_json(findings));
    return findings.exit();
  }
  for (const auto& finding : findings.list()) {
    if (finding.level != Level::ok || !session.globals().quiet) output.line(line_of(finding), 6);
  }
  output.line("\n" + summary(findings));
  return findings.exit();
}

}  // namespace

void add_doctor(Commands& commands) {
  commands.add(commands.app, "doctor", "Look whether all is in order: machine, ledger, executor, keys", doctor);
}

}  // namespace blc::cli
