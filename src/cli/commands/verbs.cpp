#include <fmt/format.h>

#include <algorithm>
#include <iostream>
#include <iterator>

#include "cli/commands/command.hpp"
#include "cli/questions.hpp"
#include "cli/views/reveal.hpp"
#include "cli/views/run_view.hpp"
#include "cli/views/words.hpp"
#include "core/adapters/secure_files.hpp"
#include "core/text/display.hpp"

namespace blc::cli {

namespace {

// What was typed for one verb, by parameter; not yet converted.
using Typed = std::map<std::string, std::string>;

constexpr std::size_t kLargestValue = 4096;

// --param=@FILE and --param=@- : values that must not stand on a command line.
Result<std::string> read_value(const std::string& source) {
  std::string text;
  if (source == "-") {
    text.assign(std::istreambuf_iterator<char>(std::cin), {});
  } else {
    BLC_TRY(auto bytes, adapters::read_private(source, adapters::Readers::owner, kLargestValue));
    if (!bytes) return fail(Exit::usage, fmt::format("{} is not there", text::display(source)));
    text = *std::move(bytes);
  }
  if (text.ends_with('\n')) text.pop_back();
  return text;
}

Result<std::string> value_of(const verb::Parameter& parameter, const std::string& typed, Environment environment) {
  if (!parameter.phi) return typed;
  if (typed.starts_with('@')) return read_value(typed.substr(1));
  if (environment != Environment::local)
    return fail(Exit::usage,
                fmt::format("--{} holds PHI; outside local it is not taken from the command line, where others can see it", parameter.name),
                fmt::format("leave it out and it is asked for, or give --{}=@FILE or --{}=@-", parameter.name, parameter.name));
  return typed;
}

// Exit::usage names every parameter that is missing and cannot be asked for.
Error missing_parameters(const verb::Verb& verb, const Typed& typed) {
  std::string missing;
  for (const auto& parameter : verb.parameters) {
    if (!parameter.required || typed.contains(parameter.name)) continue;
    missing += fmt::format("{}--{} ({})", missing.empty() ? "" : ", ", parameter.name, text::display(verb::allowed(parameter)));
  }
  return {Exit::usage, fmt::format("{} needs {}", verb.name, missing), fmt::format("blc {} --help", verb.name)};
}

// What was typed is looked at before anything is asked: nobody answers questions for a line that is refused.
// Once something has to be asked for, what has a default is asked for as well, and Enter takes that.
Result<verb::Values> values_of(Session& session, const verb::Verb& verb, const Typed& typed, Environment environment) {
  verb::Values values;
  for (const auto& [name, text] : typed) {
    const auto* const parameter = verb.parameter(name);
    if (parameter == nullptr) return fail(Exit::usage, fmt::format("{} has no --{} any more", verb.name, name), "type it again");
    BLC_TRY(const auto given, value_of(*parameter, text, environment));
    BLC_TRY(auto value, verb::convert(*parameter, given));
    values.emplace(name, std::move(value));
  }
  const bool asks = std::ranges::any_of(verb.parameters, [&](const auto& each) { return each.required && !typed.contains(each.name); });
  if (asks && !session.interactive()) return std::unexpected(missing_parameters(verb, typed));
  for (const auto& parameter : verb.parameters) {
    if (values.contains(parameter.name) || !(parameter.required || parameter.fallback)) continue;
    BLC_TRY(auto value, asks ? ask_for(session, parameter) : verb::convert(parameter, *parameter.fallback));
    values.emplace(parameter.name, std::move(value));
  }
  return values;
}

Result<policy::Settings> checked_settings(Session& session, const verb::Verb& verb) {
  BLC_TRY(const auto settings, session.settings());
  if (session.globals().clinical && verb.classification != Classification::clinical)
    return fail(Exit::usage, fmt::format("{} is {}, not clinical", verb.name, to_string(verb.classification)), "leave --clinical out");
  if (verb.classification > settings.ceiling)
    return fail(Exit::refused,
                fmt::format("{} is {}, above this session's ceiling of {}", verb.name, to_string(verb.classification), to_string(settings.ceiling)),
                "raise --classification or BLC_CLASSIFICATION if you mean it");
  return settings;
}

// Outside local the adopted catalog counts: who edits a file in the practice learns here that it does not.
Result<> warn_of_differing_files(Session& session) {
  BLC_TRY(const auto* const log, session.log());
  BLC_TRY(auto* const practice, session.files());
  BLC_TRY(const auto files, trust::Catalog::read(*practice));
  for (const auto& [path, what] : log->replay().catalog()->differences(files))
    session.output().warn(fmt::format("{} is {} in this practice; the adopted catalog counts here (blc catalog status)", text::display(path), what));
  return {};
}

Result<Exit> plan(Session& session, const verb::Verb& declared, const Typed& typed) {
  BLC_TRY(const auto settings, checked_settings(session, declared));
  BLC_TRY(auto* const executor, session.executor());
  BLC_TRY(auto* const desk, session.desk());
  BLC_TRY(const auto catalog, executor->governing_catalog(settings.environment));
  const auto* const verb = catalog.find_verb(declared.name);
  if (verb == nullptr) return fail(Exit::usage, fmt::format("{} has no verb {}", to_string(settings.environment), declared.name), "blc verbs");
  if (settings.environment != Environment::local) BLC_CHECK(warn_of_differing_files(session));
  BLC_TRY(const auto values, values_of(session, *verb, typed, settings.environment));
  const auto stop = session.interrupts();
  BLC_TRY(const auto id, desk->request(*verb, values, settings.environment, settings.rehearsal, catalog.policy()));
  const auto& replay = desk->log().replay();
  session.command_log().concerns(*replay.run(id));
  BLC_CHECK(executor->plan(id, stop));
  auto shown = view_of(replay, *replay.run(id), session.clock().now(), desk->name(), session.terminal().width());
  auto& output = session.output();
  if (output.json()) {
    output.object(to_json(shown));
    return Exit::done;
  }
  BLC_TRY(const auto sealed, open_sealed(session, shown, false));
  output.line(output.bold("PLAN ONLY. Nothing has been changed."));
  output.raw(plan_screen(shown));
  if (!sealed.empty()) output.note(sealed);
  if (shown.state != approval::State::approved || !session.interactive()) return Exit::done;
  BLC_TRY(const bool wanted, asks_to_run(session));
  return wanted ? execute_run(session, *replay.run(id)) : Result<Exit>(Exit::done);
}

// Whether the parameters typed beside --approve are those of the run; PHI is compared by nobody.
bool same_parameters(const verb::Verb& verb, const Typed& typed, const approval::Run& run) {
  for (const auto& [name, text] : typed) {
    const auto* const parameter = verb.parameter(name);
    if (parameter == nullptr || parameter->phi) continue;
    const auto value = verb::convert(*parameter, text);
    const auto found = run.request->request.parameters.find(name);
    if (!value || found == run.request->request.parameters.end()) return false;
    if (std::visit([](const auto& held) { return text::Json(held); }, *value) != found->second) return false;
  }
  return true;
}

Result<const approval::Run*> only_fitting_run(Session& session, const verb::Verb& verb, const Typed& typed, Environment environment) {
  BLC_TRY(const auto* const desk, session.desk());
  const auto& replay = desk->log().replay();
  std::vector<const approval::Run*> fitting;
  replay.each_run({.by = desk->name(), .verb = verb.name, .environment = environment, .live_at = session.clock().now()}, [&](const auto& run) {
    if (replay.state(run, session.clock().now()) == approval::State::approved && same_parameters(verb, typed, run))
      fitting.push_back(&run);
    return true;
  });
  std::string list;
  for (const auto* const run : fitting) list += "\n  " + run->id.suffix();
  if (fitting.size() == 1 && session.interactive()) {
    const auto& run = *fitting.front();
    auto shown = view_of(replay, run, session.clock().now(), desk->name(), session.terminal().width());
    BLC_TRY(const auto sealed, open_sealed(session, shown, false));
    session.output().raw(plan_screen(shown));
    if (!sealed.empty()) session.output().note(sealed);
    BLC_TRY(const bool wanted, asks_to_run(session));
    if (wanted) return &run;
    return fail(Exit::failed, "nothing was run");
  }
  if (fitting.empty())
    return fail(Exit::usage, fmt::format("--approve runs an approved run; none of yours fits {} in {}", verb.name, to_string(environment)),
                "plan it first: leave --approve out");
  return fail(Exit::usage, "--approve needs --run-id here; these runs of yours would fit:" + list, "blc --approve --run-id RUN " + verb.name);
}

Result<Exit> run_approved(Session& session, const verb::Verb& verb, const Typed& typed) {
  BLC_TRY(const auto settings, checked_settings(session, verb));
  const auto& globals = session.globals();
  if (globals.dry_run) return fail(Exit::usage, "--dry-run and --approve exclude each other");
  if (globals.run_id.empty()) {
    BLC_TRY(const auto* const run, only_fitting_run(session, verb, typed, settings.environment));
    return execute_run(session, *run);
  }
  BLC_TRY(const auto* const run, session.find_run(globals.run_id));
  if (run->request->request.verb != verb.name)
    return fail(Exit::usage, fmt::format("run {} is of {}, not of {}", run->id.suffix(), run->request->request.verb, verb.name));
  if (settings.environment_given && run->environment != settings.environment)
    return fail(Exit::usage, fmt::format("run {} is for {}, not for {}", run->id.suffix(), to_string(run->environment), to_string(settings.environment)));
  if (!same_parameters(verb, typed, *run))
    return fail(Exit::usage, fmt::format("run {} was planned with other parameters", run->id.suffix()), "blc show " + run->id.suffix());
  return execute_run(session, *run);
}

Result<Exit> dispatch(Session& session, const verb::Verb& verb, const Typed& typed) {
  session.command_log().concerns(verb);
  if (session.globals().approve) return run_approved(session, verb, typed);
  if (!session.globals().run_id.empty())
    return fail(Exit::usage, "--run-id belongs with --approve", "blc --approve --run-id RUN " + verb.name);
  return plan(session, verb, typed);
}

std::string option_help(const verb::Parameter& parameter) {
  auto text = fmt::format("{} ({})", text::display(parameter.summary), text::display(verb::allowed(parameter)));
  if (parameter.fallback) text += fmt::format("; default {}", text::display(*parameter.fallback));
  if (!parameter.required && !parameter.fallback) text += "; optional";
  if (parameter.phi) text += "; PHI: kept sealed, @FILE or @- reads it";
  return text;
}

}  // namespace

void add_verbs(Commands& commands, const std::vector<verb::Verb>& verbs) {
  for (const auto& verb : verbs) {
    const auto space = verb.name.find(' ');
    auto* under = &commands.app;
    if (space != std::string::npos) {
      const auto first = verb.name.substr(0, space);
      const auto groups = commands.app.get_subcommands([&](const CLI::App* known) { return known->get_name() == first; });
      under = groups.empty() ? commands.group(first, fmt::format("verbs of {}", first)) : groups.front();
    }
    auto typed = std::make_shared<Typed>();
    auto* const command = commands.add(*under, verb.name.substr(space == std::string::npos ? 0 : space + 1), text::display(verb.summary),
                                       [verb, typed](Session& session) { return dispatch(session, verb, *typed); });
    command->footer(fmt::format("{}, {}. Plans first; changes nothing until it is signed and run.", verb.name, to_string(verb.classification)));
    for (const auto& parameter : verb.parameters) {
      const auto keep = [typed, name = parameter.name](const std::string& text) { (*typed)[name] = text; };
      if (parameter.type == verb::ParameterType::boolean) {
        command->add_option_function<std::string>("--" + parameter.name, keep, option_help(parameter))->expected(0, 1)->default_str("true");
      } else {
        command->add_option_function<std::string>("--" + parameter.name, keep, option_help(parameter));
      }
    }
  }
}

}  // namespace blc::cli
