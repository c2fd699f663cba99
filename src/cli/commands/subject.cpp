#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "cli/commands/acts.hpp"
#include "cli/commands/command.hpp"
#include "cli/exporting.hpp"
#include "cli/subject.hpp"
#include "cli/times.hpp"
#include "cli/views/subject_report.hpp"
#include "cli/views/words.hpp"

namespace blc::cli {

namespace {

struct ReportOptions {
  std::string subject;
  std::string since;
  std::string until;
  std::string output;
};

// 45 CFR 164.528(a)(1): six years back, to the day; from 29 February to the last of that month.
Timestamp six_years_before(Timestamp now) {
  const std::chrono::year_month_day today(std::chrono::floor<std::chrono::days>(now));
  auto then = today - std::chrono::years(6);
  if (!then.ok()) then = then.year() / then.month() / std::chrono::last;
  return std::chrono::sys_days(then);
}

Result<> add_times(const ReportOptions& options, Timestamp now, SubjectReport& report) {
  report.since = six_years_before(now);
  report.until = now;
  if (!options.since.empty()) {
    BLC_TRY(report.since, parse_since(options.since, now, Edge::first, "--since"));
  }
  if (!options.until.empty()) {
    BLC_TRY(report.until, parse_since(options.until, now, Edge::last, "--until"));
  }
  if (report.since > report.until)
    return fail(Exit::usage, fmt::format("--since ({}) is after --until ({})", with_zone(report.since), with_zone(report.until)), "swap them");
  return {};
}

// A run belongs to it whole when anything of it lies within the time.
Result<> gather(const approval::Desk& desk, const std::optional<Environment>& environment, Timestamp now, SubjectReport& report) {
  const auto& replay = desk.log().replay();
  const auto within = [&](Timestamp at) { return at >= report.since && at <= report.until; };
  replay.each_run({.environment = environment, .subject = report.hash}, [&](const approval::Run& run) {
    auto reported = report_of(replay, run, now);
    if (std::ranges::none_of(reported.events, [&](const auto& event) { return within(event.at); })) return true;
    if (approval::may_report(replay.trust(), replay.size(), run, desk.name(), desk.key())) report.runs.push_back(std::move(reported));
    else ++report.hidden;
    return true;
  });
  std::ranges::reverse(report.runs);
  if (report.runs.empty() && report.hidden > 0)
    return fail(Exit::refused, fmt::format("{} may not report on what was done with this person's data", desk.name()),
                "policies/access.yaml says which role may audit");
  BLC_TRY(report.exports, approval::exports_about(desk.log(), report.hash));
  const auto barred = [&](const approval::Export& taken) {
    auto of_these = taken;
    of_these.what = approval::Taken::subject_report;
    return approval::export_bar(replay.trust(), replay.size(), of_these, nullptr, desk.name(), desk.key()).has_value();
  };
  std::erase_if(report.exports, [&](const auto& taken) { return !within(taken.at) || barred(taken); });
  return {};
}

Result<> record(Session& session, const approval::Desk& desk, const SubjectReport& report, std::string_view bytes) {
  approval::Export taken;
  taken.what = approval::Taken::subject_report;
  BLC_TRY(taken.digest, desk.vault().export_digest(bytes));
  taken.subject = report.hash;
  taken.runs = report.runs.size();
  std::set<Environment> environments;
  for (const auto& reported : report.runs) environments.insert(reported.run->environment);
  taken.environments.assign(environments.begin(), environments.end());
  return record(session, taken);
}

Result<Exit> make_report(Session& session, const ReportOptions& options) {
  const auto format = options.output.empty() ? (session.output().json() ? "json" : "table") : options.output;
  if (session.output().json() && format != "json")
    return fail(Exit::usage, "--json and --output " + format + " exclude each other", "leave --json out");
  auto& output = session.output();
  if (format == "json") output.configure(true, session.globals().quiet, session.globals().color);
  std::optional<Environment> environment;
  if (!session.globals().environment.empty()) {
    BLC_TRY(const auto settings, session.settings());
    environment = settings.environment;
  }
  const auto now = session.clock().now();
  SubjectReport report;
  BLC_CHECK(add_times(options, now, report));
  BLC_TRY(const auto* const desk, session.desk());
  BLC_TRY(auto subject, read_subject(session, options.subject, environment == Environment::local, "SUBJECT", "blc subject report"));
  report.hash = std::move(subject.hash);
  BLC_CHECK(recorded(session, "report on a subject", gather(*desk, environment, now, report)));
  // Whoever reads it on a screen has just said the name; in a file it stands nowhere.
  const auto name = session.terminal().output() ? subject.name.reveal() : std::string_view();
  const auto bytes = format == "json"  ? text::canonical(to_json(report)) + "\n"
                     : format == "csv" ? to_csv(report)
                                       : to_text(report, name, now, output.width());
  BLC_CHECK(record(session, *desk, report, bytes));
  output.raw(bytes);
  return Exit::done;
}

}  // namespace

void add_subject(Commands& commands) {
  const auto subject = commands.group("subject", "What was done with one person's data");
  auto options = std::make_shared<ReportOptions>();
  const auto report = commands.add(subject, "report", "List all that was done with one person's data, and to whom it was sent",
                                    [options](Session& session) { return make_report(session, *options); });
  report.add_option("subject", options->subject, "whom it is about: asked for, or @FILE, or @-").type_name("SUBJECT");
  report.add_option("--since", options->since, "what happened from then on: 2026-11-24, 3d, 12h; else six years back").type_name("TIME");
  report.add_option("--until", options->until, "what happened until then, a day to its end").type_name("TIME");
  report.add_option("--output", options->output, "table, json or csv").type_name("FORMAT").one_of({"table", "json", "csv"});
}

}  // namespace blc::cli
