#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <set>

#include "cli/commands/command.hpp"
#include "cli/exporting.hpp"
#include "cli/subject.hpp"
#include "cli/times.hpp"
#include "cli/views/run_table.hpp"
#include "cli/views/table.hpp"
#include "cli/views/words.hpp"
#include "core/crypto/digest.hpp"
#include "core/text/display.hpp"
#include "core/text/nearest.hpp"

namespace blc::cli {

using approval::State;
using text::Json;

namespace {

struct RunsOptions {
  bool mine = false;
  std::string by;
  std::string verb;
  std::vector<std::string> states;
  std::string subject;
  std::optional<Option> subject_given{};
  std::string since;
  std::string until;
  std::string limit;
  std::string output;
};

// What is asked for: what the ledger's index answers, and the states, which are asked of each run.
struct Wanted {
  approval::RunFilter filter;
  std::vector<State> states;
  std::size_t limit = 0;  // 0: all
  std::string output;
};

Result<std::vector<State>> states_of(const std::vector<std::string>& names) {
  std::vector<State> states;
  std::vector<std::string> known;
  for (const auto state : approval::kStates) known.emplace_back(to_string(state));
  for (const auto& name : names) {
    const auto state = approval::parse_state(name);
    if (!state)
      return fail(Exit::usage, fmt::format("--state: {} is none of {}", text::display(name), either(known, "and")),
                  text::did_you_mean(name, known, "blc runs --state pending"));
    states.push_back(*state);
  }
  return states;
}

Result<std::size_t> limit_of(const std::string& text, std::size_t otherwise) {
  if (text.empty()) return otherwise;
  std::size_t limit = 0;
  const auto* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, limit);
  if (error != std::errc() || stop != end)
    return fail(Exit::usage, fmt::format("--limit: expected a whole number, found {}", text::display(text)), "0 lists all of them");
  return limit;
}

// How a run ended that is in this state; none for one that has not, or not for good.
ports::RunEnd end_in(State state) {
  switch (state) {
    case State::rejected: return ports::RunEnd::rejected;
    case State::cancelled: return ports::RunEnd::cancelled;
    case State::succeeded:
    case State::rolled_back: return ports::RunEnd::succeeded;
    case State::failed: return ports::RunEnd::failed;
    case State::closed: return ports::RunEnd::closed;
    default: return ports::RunEnd::none;
  }
}

// Leaves out what can be in none of these states, so that few runs are read to find few.
void look_only_for(const std::vector<State>& states, Timestamp now, approval::RunFilter& filter) {
  for (const auto state : states) filter.ends.push_back(end_in(state));
  const bool all_live = !states.empty() && std::ranges::all_of(states, [](auto state) {
    return end_in(state) == ports::RunEnd::none && state != State::planning && state != State::expired;
  });
  if (all_live) filter.live_at = now;
}

// Whose runs: `--mine` by the key, `--by` by name; of whoever is or was known here.
Result<std::string> requester(Session& session, const RunsOptions& options) {
  if (options.mine && !options.by.empty())
    return fail(Exit::usage, "--mine and --by exclude each other", "blc runs --mine");
  BLC_TRY(const auto* const log, session.log());
  if (options.mine) {
    const auto* const me = session.known_me();
    if (me == nullptr) return fail(Exit::authentication, "your key is not enrolled here, so no run is yours", "blc runs --by NAME lists those of somebody else");
    return me->name;
  }
  if (options.by.empty()) return std::string();
  std::vector<std::string> names;
  for (const auto& principal : log->replay().root()->principals()) names.push_back(principal.name);
  if (std::ranges::find(names, options.by) != names.end()) return options.by;
  bool asked = false;  // by somebody who has left
  log->replay().each_run({.by = options.by}, [&](const auto&) { asked = true; return false; });
  if (!asked)
    return fail(Exit::usage, fmt::format("--by: nobody here is called {}", text::display(options.by)),
                text::did_you_mean(options.by, names, "blc trust show lists people and services"));
  return options.by;
}

Result<std::string> verb_name(Session& session, const std::string& name) {
  if (name.empty()) return name;
  BLC_TRY(const auto* const log, session.log());
  bool known = false;
  log->replay().each_run({.verb = name}, [&](const auto&) { known = true; return false; });
  if (known) return name;
  std::vector<std::string> names;
  for (const auto& verb : log->replay().catalog()->verbs()) names.push_back(verb.name);
  if (auto local = session.governing_catalog(Environment::local)) {
    for (const auto& verb : local->verbs()) names.push_back(verb.name);
  }
  if (std::ranges::find(names, name) != names.end()) return name;
  return fail(Exit::usage, fmt::format("--verb: there is no verb {}, and no run of one", text::display(name)),
              text::did_you_mean(name, names, "blc verbs lists them"));
}

Result<> add_times(const RunsOptions& options, Timestamp now, approval::RunFilter& filter) {
  if (!options.since.empty()) {
    BLC_TRY(filter.since, parse_since(options.since, now, Edge::first, "--since"));
  }
  if (!options.until.empty()) {
    BLC_TRY(filter.until, parse_since(options.until, now, Edge::last, "--until"));
  }
  if (filter.since && filter.until && *filter.since > *filter.until)
    return fail(Exit::usage, fmt::format("--since ({}) is after --until ({})", with_zone(*filter.since), with_zone(*filter.until)), "swap them");
  return {};
}

Result<Wanted> wanted(Session& session, const RunsOptions& options) {
  Wanted wanted;
  wanted.output = options.output.empty() ? (session.output().json() ? "json" : "table") : options.output;
  if (session.output().json() && wanted.output != "json")
    return fail(Exit::usage, "--json and --output " + wanted.output + " exclude each other", "leave --json out");
  if (wanted.output == "json") session.output().configure(true, session.globals().quiet, session.globals().color);
  const auto& globals = session.globals();
  if (!globals.environment.empty() || !globals.classification.empty()) {
    BLC_TRY(const auto settings, session.settings());
    if (!globals.environment.empty()) wanted.filter.environment = settings.environment;
    if (!globals.classification.empty()) wanted.filter.classification = settings.ceiling;
  }
  constexpr std::size_t kScreen = 50;
  BLC_TRY(wanted.limit, limit_of(options.limit, wanted.output == "table" ? kScreen : 0));
  BLC_TRY(wanted.states, states_of(options.states));
  look_only_for(wanted.states, session.clock().now(), wanted.filter);
  BLC_CHECK(add_times(options, session.clock().now(), wanted.filter));
  BLC_TRY(wanted.filter.by, requester(session, options));
  BLC_TRY(wanted.filter.verb, verb_name(session, options.verb));
  if (options.subject_given->given()) {
    BLC_TRY(auto subject, read_subject(session, options.subject, wanted.filter.environment == Environment::local, "--subject", "blc runs --subject"));
    wanted.filter.subject = std::move(subject.hash);
  }
  return wanted;
}

std::string as_csv(const std::vector<RunView>& views) {
  std::vector<Row> rows;
  for (const auto& view : views) {
    const auto& run = *view.run;
    rows.push_back({run.id.str(), std::string(to_string(view.state)), run.request->request.verb, std::string(to_string(run.classification)),
                    std::string(to_string(run.environment)), run.request->request.rehearsal ? "true" : "false", run.request->by,
                    blc::to_string(run.request->at), parameters_of(view, "=", "; "),
                    run.plan ? std::to_string(view.decision.slots.size()) : "", run.plan ? std::to_string(view.decision.given) : "",
                    run.plan ? blc::to_string(view.decision.deadline) : "", run.plan ? run.plan->digest.tagged() : "",
                    run.claim ? blc::to_string(run.claim->at) : "", run.outcome ? blc::to_string(run.outcome->at) : ""});
  }
  return csv({"run", "state", "verb", "classification", "environment", "rehearsal", "requester", "requested_at", "parameters",
              "signatures_required", "signatures_given", "deadline", "plan_digest", "claimed_at", "outcome_at"},
             rows);
}

// The newest ones that are wanted, and how many more there are.
struct Found {
  std::vector<RunView> views;
  std::size_t more = 0;
};

Found find(Session& session, const approval::Replay& replay, const Wanted& wanted) {
  Found found;
  const auto now = session.clock().now();
  const auto* const me = session.known_me();
  // Whatever the filter finds is wanted; else each run is asked for its state. Whether one that succeeded was rolled
  // back, the filter does not know.
  const auto asked_for = [&](State state) { return std::ranges::find(wanted.states, state) != wanted.states.end(); };
  const bool all = std::ranges::find(wanted.filter.ends, ports::RunEnd::none) == wanted.filter.ends.end() &&
                   asked_for(State::succeeded) == asked_for(State::rolled_back);
  replay.each_run(wanted.filter, [&](const auto& run) {
    const bool full = wanted.limit != 0 && found.views.size() == wanted.limit;
    if (full && all) return false;
    const bool fits = all || asked_for(replay.state(run, now));
    if (fits && full) ++found.more;
    else if (fits) found.views.push_back(list_view_of(replay, run, now, me == nullptr ? "" : me->name, session.terminal().width()));
    return true;
  });
  if (all && found.views.size() == wanted.limit)
    found.more = replay.run_count(wanted.filter) - found.views.size();
  return found;
}

// What programs and spreadsheets get leaves the system, and what is told of one person is: where the runs' audit level says
// so, the ledger knows of it first.
Result<> taken_out(Session& session, const std::vector<RunView>& views, const std::optional<std::string>& subject, std::string_view bytes) {
  AuditLevels levels(session);
  approval::Export taken;
  taken.what = approval::Taken::runs;
  taken.digest = crypto::sha256(bytes).tagged();
  taken.subject = subject;
  std::set<Environment> environments;
  for (const auto& view : views) {
    if (!levels.records_exports(view.run->environment, view.run->classification)) continue;
    environments.insert(view.run->environment);
    ++taken.runs;
  }
  if (environments.empty()) return {};
  taken.environments.assign(environments.begin(), environments.end());
  return record(session, taken);
}

Result<Exit> runs(Session& session, const RunsOptions& options) {
  BLC_TRY(const auto asked, wanted(session, options));
  BLC_TRY(const auto* const log, session.log());
  const auto found = find(session, log->replay(), asked);
  auto& output = session.output();
  if (asked.output == "json") {
    Json::Array list;
    for (const auto& view : found.views) list.push_back(to_json(view));
    const auto bytes = text::canonical(Json::Object{{"format", "blc.runs/v1"}, {"runs", std::move(list)}, {"more", found.more}}) + "\n";
    BLC_CHECK(taken_out(session, found.views, asked.filter.subject, bytes));
    output.raw(bytes);
  } else if (asked.output == "csv") {
    const auto bytes = as_csv(found.views);
    BLC_CHECK(taken_out(session, found.views, asked.filter.subject, bytes));
    output.raw(bytes);
    if (found.more > 0) output.note(fmt::format("{} left out by --limit.", count(found.more, "more run")));
  } else if (found.views.empty()) {
    output.line(log->replay().run_count() > 0 ? "No run fits." : "No run has been asked for yet.");
  } else {
    const auto table = run_table(found.views, output.width());
    // That a person has runs, and which, is told of that person.
    if (asked.filter.subject) BLC_CHECK(taken_out(session, found.views, asked.filter.subject, table));
    output.raw(table);
    if (found.more > 0) output.line(fmt::format("and {}: blc runs --limit 0 lists all, --since 7d the last week's", count(found.more, "more run")));
  }
  return Exit::done;
}

}  // namespace

void add_runs(Commands& commands) {
  auto options = std::make_shared<RunsOptions>();
  const auto command = commands.add(commands.app, "runs", "List runs, newest first",
                                     [options](Session& session) { return runs(session, *options); });
  command.add_flag("--mine", options->mine, "those that you asked for");
  command.add_option("--by", options->by, "those that this person or service asked for").type_name("NAME");
  command.add_option("--verb", options->verb, "those of this verb; one of two words in quotes").type_name("VERB");
  command.add_option("--state", options->states, "those in this state, or in one of several: pending,approved")
      .type_name("STATE").delimiter(',');
  options->subject_given = command.add_option("--subject", options->subject,
                                               "those about this person: asked for, or @FILE, or @-")
                               .type_name("SUBJECT").value_or("");
  command.add_option("--since", options->since, "those asked for from then on: 2026-11-24, 2026-11-24T18:00, 3d, 12h").type_name("TIME");
  command.add_option("--until", options->until, "those asked for until then, a day to its end").type_name("TIME");
  command.add_option("--limit", options->limit, "at most so many, 0 for all; else 50 in a table and all of them elsewhere").type_name("N");
  command.add_option("--output", options->output, "table, json or csv").type_name("FORMAT")
      .one_of({"table", "json", "csv"});
}

}  // namespace blc::cli
