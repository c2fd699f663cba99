#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <ranges>

#include "cli/commands/command.hpp"
#include "cli/commands/proposals.hpp"
#include "cli/views/glass.hpp"
#include "cli/views/notes.hpp"
#include "cli/views/run_table.hpp"
#include "cli/views/table.hpp"
#include "cli/views/words.hpp"
#include "core/text/display.hpp"
#include "core/text/nearest.hpp"

namespace blc::cli {

using approval::State;
using text::Json;

namespace {

RunView view(Session& session, const approval::Run& run) {
  const auto* const me = session.known_me();
  return list_view_of((*session.log())->replay(), run, session.clock().now(), me == nullptr ? "" : me->name,
                      session.terminal().width());
}

// Newest first.
Result<std::vector<RunView>> views_of(Session& session, const approval::RunFilter& filter) {
  BLC_TRY(const auto* const log, session.log());
  std::vector<RunView> views;
  log->replay().each_run(filter, [&](const auto& run) {
    views.push_back(view(session, run));
    return true;
  });
  return views;
}

bool waits_for(const RunView& view, const std::string& person) {
  return view.state == State::pending && std::ranges::any_of(view.decision.slots, [&](const auto& slot) {
           return std::ranges::find(slot.open_to, person) != slot.open_to.end();
         });
}

bool needs_closing(const RunView& view) { return view.state == State::partial || view.state == State::indeterminate; }

// Changes of root or catalog that wait for this person.
void proposal_section(const Output& output, std::string_view title, const std::vector<ProposalView>& proposals) {
  if (proposals.empty()) return;
  output.line(title);
  for (const auto& proposal : proposals) output.line("  " + proposal_line(proposal), 4);
}

Json::Array ids_of(const std::vector<ProposalView>& proposals) {
  Json::Array ids;
  for (const auto& view : proposals) ids.emplace_back(view.proposal->id.str());
  return ids;
}

void section(const Output& output, std::string_view title, const std::vector<RunView>& views,
             const std::function<bool(const RunView&)>& belongs) {
  std::vector<RunView> listed;
  std::ranges::copy_if(views, std::back_inserter(listed), belongs);
  if (listed.empty()) return;
  output.line(fmt::format("\n{}", title));
  output.raw(run_table(listed, output.width(), 2));
}

// Break-glasses whose review this person could sign, or that are overdue, which everybody is to see.
Result<std::vector<RunView>> reviews_for_me(Session& session) {
  BLC_TRY(const auto* const log, session.log());
  const auto& replay = log->replay();
  const auto now = session.clock().now();
  const auto* const me = session.known_me();
  std::vector<RunView> views;
  for (const auto* const run : awaiting_review(replay)) {
    const bool overdue = run->environment != Environment::local && approval::review_due(*run) < now;
    if (overdue || (me != nullptr && can_review(replay, *run, *me, now))) views.push_back(view(session, *run));
  }
  return views;
}

constexpr std::string_view kReviews = "Break-glass to review (blc review RUN)";

Json::Array ids_of(const std::vector<RunView>& views) {
  Json::Array ids;
  for (const auto& view : views) ids.emplace_back(view.run->id.str());
  return ids;
}

// Oldest first: who has waited longest is read first.
Result<Exit> review_all(Session& session, const std::vector<RunView>& views) {
  if (!session.interactive() || session.output().json())
    return fail(Exit::usage, "--review shows run after run and asks; it needs a terminal", "blc inbox lists them; blc approve RUN --digest sha256:...");
  if (views.empty()) {
    session.output().line("Nothing waits for your signature.");
    return Exit::done;
  }
  std::vector<RunId> ids;
  for (const auto& view : std::views::reverse(views)) ids.push_back(view.run->id);
  return review(session, ids);
}

Result<Exit> inbox(Session& session, bool walk) {
  BLC_TRY(const auto* const desk, session.desk());
  BLC_TRY(auto views, views_of(session, {.live_at = session.clock().now()}));
  const auto& me = desk->name();
  std::erase_if(views, [&](const auto& entry) { return !waits_for(entry, me) && (walk || !asks(entry, me)); });
  if (walk) return review_all(session, views);
  const auto proposals = proposals_for_me(session);
  BLC_TRY(const auto reviews, reviews_for_me(session));
  BLC_TRY(const auto* const log, session.log());
  auto& output = session.output();
  if (output.json()) {
    Json::Array runs;
    for (const auto& entry : views) runs.push_back(to_json(entry));
    output.object(Json::Object{{"format", "blc.inbox/v1"}, {"runs", std::move(runs)}, {"proposals", ids_of(proposals)}, {"reviews", ids_of(reviews)},
                              {"recovery_key", recovery_json(log->replay(), session.clock().now())}});
    return Exit::done;
  }
  if (const auto told = recovery_told(log->replay(), session.clock().now()); !told.empty()) output.line(told + "\n");
  if (views.empty() && proposals.empty() && reviews.empty()) output.line("Nothing waits for your signature.");
  if (!views.empty()) output.raw(run_table(views, output.width()));
  proposal_section(output, views.empty() ? "Changes of who is trusted, or of what verbs and policies count" : "\nChanges of who is trusted, or of what verbs and policies count", proposals);
  section(output, kReviews, reviews, [](const auto&) { return true; });
  if (!views.empty())
    output.line(fmt::format("\nNext  blc {} {}", waits_for(views.front(), me) ? "approve" : "reply", views.front().run->id.suffix()));
  return Exit::done;
}

Json verb_json(const verb::Verb& verb) {
  Json::Array parameters;
  for (const auto& parameter : verb.parameters) {
    Json::Object object{{"name", parameter.name},
                        {"summary", parameter.summary},
                        {"required", parameter.required},
                        {"phi", parameter.phi},
                        {"allowed", verb::allowed(parameter)}};
    if (parameter.type == verb::ParameterType::string) object.emplace("pattern", parameter.pattern);
    if (parameter.example) object.emplace("example", *parameter.example);
    parameters.emplace_back(std::move(object));
  }
  Json::Array needs;
  for (const auto& need : verb.needs()) needs.emplace_back(privacy::to_string(need));
  return Json::Object{{"name", verb.name},
                      {"needs", std::move(needs)},
                      {"summary", verb.summary},
                      {"classification", to_string(verb.classification)},
                      {"fidelity", to_string(verb.fidelity)},
                      {"parameters", std::move(parameters)}};
}

// The pattern too: here it is looked for.
std::string allowed_whole(const verb::Parameter& parameter) {
  const bool string = parameter.type == verb::ParameterType::string;
  auto text = string ? (parameter.example ? "for example " + *parameter.example + "; " : std::string()) + "text that fits the pattern " + parameter.pattern
                     : verb::allowed(parameter);
  return text::display(text) + (parameter.phi ? "; PHI, kept sealed" : "");
}

void describe(const Output& output, const verb::Verb& verb) {
  constexpr std::size_t kName = 12;
  output.line(fmt::format("{}     {}", output.bold(verb.name), to_string(verb.classification)));
  output.line(text::display(verb.summary));
  output.line();
  for (const auto& parameter : verb.parameters) {
    const auto indent = std::max<std::size_t>(kName, parameter.name.size()) + 5;
    const auto lead = fmt::format("  --{:<{}} ", parameter.name, kName);
    output.line(lead + text::display(parameter.summary) + (parameter.required ? "" : " (optional)"), indent);
    output.line(std::string(indent, ' ') + allowed_whole(parameter), indent);
  }
  if (!verb.parameters.empty()) output.line();
  std::size_t number = 0;
  for (const auto& step : verb.steps)
    output.line(fmt::format("{} {:<8} {}", ++number, to_string(step.effect), text::display(step.summary.source)), 11);
  if (verb.required_run)
    output.line(fmt::format("Requires a succeeded {} with the same parameters within {}.", verb.required_run->verb,
                            to_string(verb.required_run->within)));
  if (verb.migrates) output.line("Holds the settings of both tiers against the rules of the tiers.");
  for (const auto& need : verb.needs()) output.line(fmt::format("Asks the practice's registers for {}.", privacy::words_for(need)));
  output.line(fmt::format("\nNext  blc {}", verb.name));
}

std::vector<std::string> names_of(const std::vector<verb::Verb>& verbs) {
  std::vector<std::string> names;
  for (const auto& verb : verbs) names.push_back(verb.name);
  return names;
}

Result<Exit> verbs(Session& session, const std::vector<std::string>& words) {
  if (!words.empty()) return describe_verb(session, words);
  BLC_TRY(const auto settings, session.settings());
  BLC_TRY(const auto catalog, session.governing_catalog(settings.environment));
  auto& output = session.output();
  Json::Array list;
  std::vector<Row> rows;
  for (const auto& verb : catalog.verbs()) {
    list.push_back(verb_json(verb));
    rows.push_back({verb.name, std::string(to_string(verb.classification)), verb.summary});
  }
  if (output.json()) output.object(Json::Object{{"format", "blc.verbs/v1"}, {"verbs", std::move(list)}});
  if (rows.empty()) output.line("There are no verbs.");
  else output.screen(table({{"VERB"}, {"CLASS"}, {"WHAT IT DOES"}}, rows, output.width()));
  return Exit::done;
}

}  // namespace

Result<Exit> describe_verb(Session& session, const std::vector<std::string>& words) {
  BLC_TRY(const auto settings, session.settings());
  BLC_TRY(const auto catalog, session.governing_catalog(settings.environment));
  const auto name = fmt::format("{}", fmt::join(words, " "));
  const auto* const verb = catalog.find_verb(name);
  if (verb == nullptr) return fail(Exit::usage, fmt::format("there is no verb {}", text::display(name)), text::did_you_mean(name, names_of(catalog.verbs()), "blc verbs lists them"));
  auto& output = session.output();
  if (output.json()) output.object(Json::Object{{"format", "blc.verb/v1"}, {"verb", verb_json(*verb)}});
  describe(output, *verb);
  return Exit::done;
}

namespace {

constexpr std::size_t kExpiredShown = 5;

Json::Array uses_json(const std::vector<ports::FirstUse>& uses) {
  Json::Array list;
  for (const auto& use : uses)
    list.emplace_back(Json::Object{{"client", use.client.str()}, {"leaf", use.leaf}, {"at", blc::to_string(use.at)}});
  return list;
}

// Runs of this person that expired within the last week and never ran, newest first: a few, and one more where there are.
Result<std::vector<RunView>> expired_of(Session& session, const std::string& name) {
  BLC_TRY(const auto* const log, session.log());
  const auto now = session.clock().now();
  std::vector<RunView> expired;
  log->replay().each_run({.by = name, .live_at = now - std::chrono::days(7)}, [&](const auto& run) {
    auto shown = view(session, run);
    if (shown.state == State::expired) expired.push_back(std::move(shown));
    return expired.size() <= kExpiredShown;
  });
  return expired;
}

// What the home screen tells of.
struct Home {
  policy::Settings settings;
  std::string name{};  // empty where nobody holds this key
  std::vector<std::string> roles{};
  std::vector<RunView> live{};
  std::vector<RunView> ended{};
  std::vector<RunView> expired{};
  std::vector<RunView> reviews{};
  std::vector<ProposalView> proposals{};

  [[nodiscard]] bool mine(const RunView& entry) const { return entry.run->request->by == name; }
};

Result<Home> look_around(Session& session) {
  BLC_TRY(auto settings, session.settings());
  BLC_CHECK(session.log(Session::VoidEntries::refused));
  Home home{std::move(settings)};
  const auto now = session.clock().now();
  BLC_TRY(home.live, views_of(session, {.live_at = now}));
  home.proposals = proposals_for_me(session);
  BLC_TRY(home.reviews, reviews_for_me(session));
  const auto* const me = session.known_me();
  if (me == nullptr) return home;
  home.name = me->name;
  home.roles = {me->roles.begin(), me->roles.end()};
  BLC_TRY(home.expired, expired_of(session, home.name));
  BLC_TRY(home.ended, views_of(session, {.by = home.name, .ended_since = now - std::chrono::hours(24)}));
  return home;
}

void tell_as_json(Session& session, const approval::Replay& replay, const Home& home) {
  Json::Array waiting;
  Json::Array ready;
  Json::Array drift;
  Json::Array late;
  for (const auto& entry : home.expired) late.emplace_back(entry.run->id.str());
  Json::Array questions;
  for (const auto& entry : home.live) {
    if (waits_for(entry, home.name)) waiting.emplace_back(entry.run->id.str());
    if (home.mine(entry) && entry.state == State::approved) ready.emplace_back(entry.run->id.str());
    if (home.mine(entry) && drifted(entry)) drift.emplace_back(entry.run->id.str());
    if (asks(entry, home.name)) questions.emplace_back(entry.run->id.str());
  }
  session.output().object(Json::Object{{"format", "blc.home/v1"},
                                       {"me", home.name},
                                       {"new_clients", uses_json(session.new_uses_of_my_key())},
                                       {"recovery_key", recovery_json(replay, session.clock().now())},
                                       {"practice", session.directory()},
                                       {"origin", replay.origin()},
                                       {"environment", blc::to_string(home.settings.environment)},
                                       {"waiting", std::move(waiting)},
                                       {"ready", std::move(ready)},
                                       {"drift", std::move(drift)},
                                       {"expired", std::move(late)},
                                       {"questions", std::move(questions)},
                                       {"proposals", ids_of(home.proposals)},
                                       {"reviews", ids_of(home.reviews)}});
}

void tell_who_and_where(Session& session, const approval::Replay& replay, const Home& home) {
  auto& output = session.output();
  const auto now = session.clock().now();
  const auto key = session.public_key();
  output.line(!home.name.empty() ? fmt::format("You are {} ({}).", home.name, either(home.roles, "and"))
              : key              ? std::string("Your key is not enrolled in this practice.")
                                 : fmt::format("Your key cannot be used: {}", key.error().message));
  if (!key && !key.error().hint.empty()) output.line("hint: " + key.error().hint);
  output.line(fmt::format("Practice {} in {}, environment {}{}.", text::display(session.directory()), replay.origin(),
                          loud(home.settings.environment), home.settings.rehearsal ? " (rehearsal)" : ""));
  if (const auto told = recovery_told(replay, now); !told.empty()) output.line(told);
  for (const auto& use : session.new_uses_of_my_key())
    output.line(fmt::format("YOUR KEY WAS USED ELSEWHERE, first {}: client {}, entry {}. If that was not you, have an admin take the key away: blc trust "
                            "rotate {} --key NEW.pub", when(use.at, now), use.client.suffix(), use.leaf, home.name));
}

void tell_sections(Output& output, const Home& home) {
  const auto mine = [&](const RunView& entry) { return home.mine(entry); };
  const auto all = [](const RunView&) { return true; };
  proposal_section(output, "\nChanges of who is trusted, or of what verbs and policies count, waiting for you", home.proposals);
  section(output, "Waiting for your signature (blc approve RUN)", home.live, [&](const auto& entry) { return waits_for(entry, home.name); });
  section(output, kReviews, home.reviews, all);
  section(output, "Questions to you (blc reply RUN)", home.live, [&](const auto& entry) { return asks(entry, home.name); });
  section(output, "Yours, ready to run (blc execute RUN)", home.live,
          [&](const auto& entry) { return mine(entry) && entry.state == State::approved && !drifted(entry); });
  section(output, "Yours, refused when started: something has changed since planning (blc again RUN)", home.live,
          [&](const auto& entry) { return mine(entry) && drifted(entry); });
  section(output, "Yours, waiting for others", home.live,
          [&](const auto& entry) { return mine(entry) && entry.state == State::pending && !asks(entry, home.name); });
  section(output, "Need somebody to look and close them (blc close RUN)", home.live, needs_closing);
  section(output, "Yours, ended since yesterday (blc show RUN)", home.ended, [&](const auto& entry) { return !needs_closing(entry); });
  auto expired = home.expired;
  const bool more = expired.size() > kExpiredShown;
  if (more) expired.pop_back();
  section(output, "Yours, expired before they ran (blc again RUN)", expired, all);
  if (more) output.line("  and more: blc runs --mine --state expired");
}

}  // namespace

Result<Exit> home_screen(Session& session) {
  if (session.globals().approve || !session.globals().run_id.empty())
    return fail(Exit::usage, "--approve and --run-id belong to a verb", "blc --approve --run-id RUN VERB, or blc execute RUN");
  BLC_TRY(const auto home, look_around(session));
  BLC_TRY(const auto* const log, session.log());
  auto& output = session.output();
  if (output.json()) {
    tell_as_json(session, log->replay(), home);
    return Exit::done;
  }
  tell_who_and_where(session, log->replay(), home);
  tell_sections(output, home);
  output.line("\nblc verbs lists what can be done; blc --help the commands.");
  return Exit::done;
}

void add_lists(Commands& commands) {
  auto walk = std::make_shared<bool>(false);
  commands.add(commands.app, "inbox", "Runs that wait for your signature or your reply", [walk](Session& session) { return inbox(session, *walk); })
      .add_flag("--review", *walk, "show them one after the other, oldest first, to sign, skip or reject each");
  auto words = std::make_shared<std::vector<std::string>>();
  const auto command = commands.add(commands.app, "verbs", "List the verbs, or describe one",
                                     [words](Session& session) { return verbs(session, *words); });
  command.add_option("name", *words, "one or two words");
}

}  // namespace blc::cli
