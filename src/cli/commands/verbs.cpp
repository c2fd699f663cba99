#include <fmt/format.h>

#include <algorithm>

#include "cli/commands/command.hpp"
#include "cli/commands/acts.hpp"
#include "cli/commands/planning.hpp"
#include "cli/given.hpp"
#include "cli/questions.hpp"
#include "cli/views/reveal.hpp"
#include "cli/views/run_view.hpp"
#include "cli/views/words.hpp"
#include "core/ledger/sealed_list.hpp"
#include "core/text/display.hpp"

namespace blc::cli {

namespace {

Result<std::string> value_of(const verb::Parameter& parameter, const std::string& typed, Environment environment) {
  if (!parameter.phi) return typed;
  if (typed.starts_with('@')) return read_given(typed.substr(1));
  if (environment != Environment::local)
    return fail(Exit::usage,
                fmt::format("--{} holds PHI; outside local it is not taken from the command line, where others can see it", parameter.name),
                fmt::format("leave it out and it is asked for, or give --{}=@FILE or --{}=@-", parameter.name, parameter.name));
  return typed;
}

// Exit::usage names every parameter that is missing and cannot be asked for.
Error missing_parameters(const verb::Verb& verb, const verb::Values& known) {
  std::string missing;
  for (const auto& parameter : verb.parameters) {
    if (!parameter.required || known.contains(parameter.name)) continue;
    missing += fmt::format("{}--{} ({})", missing.empty() ? "" : ", ", parameter.name, text::display(verb::allowed(parameter)));
  }
  return {Exit::usage, fmt::format("{} needs {}", verb.name, missing), fmt::format("blc {} --help", verb.name)};
}

// A value that does not fit ends with where the reader finds what does.
Result<verb::Value> converted(const verb::Verb& verb, const verb::Parameter& parameter, std::string_view text) {
  auto value = verb::convert(parameter, text);
  const bool by_pattern = parameter.type == verb::ParameterType::string && !parameter.example;
  if (!value && value.error().hint.empty())
    value.error().hint = by_pattern ? fmt::format("blc verbs {} shows what it takes", verb.name) : fmt::format("blc {} --help tells what it takes", verb.name);
  return value;
}

// What was typed is looked at before anything is asked: nobody answers questions for a line that is refused.
// Once something has to be asked for, what has a default is asked for as well, and Enter takes that. `values`: what
// is known already, of an earlier run.
Result<verb::Values> values_of(Session& session, const verb::Verb& verb, const Typed& typed, Environment environment,
                               verb::Values values) {
  for (const auto& [name, text] : typed) {
    const auto* const parameter = verb.parameter(name);
    if (parameter == nullptr) return fail(Exit::usage, fmt::format("{} has no --{} any more", verb.name, name), "type it again");
    BLC_TRY(const auto given, value_of(*parameter, text, environment));
    BLC_TRY(auto value, converted(verb, *parameter, given));
    values.insert_or_assign(name, std::move(value));
  }
  const bool asks = std::ranges::any_of(verb.parameters, [&](const auto& each) { return each.required && !values.contains(each.name); });
  if (asks && !session.interactive()) return std::unexpected(missing_parameters(verb, values));
  for (const auto& parameter : verb.parameters) {
    if (values.contains(parameter.name) || !(parameter.required || parameter.fallback)) continue;
    BLC_TRY(auto value, asks ? ask_for(session, parameter) : verb::convert(parameter, *parameter.fallback));
    values.emplace(parameter.name, std::move(value));
  }
  return values;
}

Result<policy::Settings> checked_settings(Session& session, const verb::Verb& verb) {
  BLC_TRY(auto settings, recorded(session, "plan", session.settings()));
  BLC_CHECK(recorded(session, "plan", fits_session(session, verb, settings)));
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

// The values of an earlier run that were not typed anew. Sealed ones are opened where they are on a screen too: for
// those who may, on a terminal, and once the ledger holds that they were; and they leave no environment.
Result<verb::Values> taken_over(Session& session, const verb::Verb& verb, const Typed& typed, const approval::Run& earlier,
                                Environment environment) {
  BLC_TRY(const auto* const desk, session.desk());
  const bool opens = earlier.environment == environment && session.terminal().output() && desk->holds_right(earlier, policy::Right::reveal);
  verb::Values values;
  std::vector<std::pair<const verb::Parameter*, const ledger::SealedItem*>> sealed;
  const auto& request = earlier.request->request;
  for (const auto& [name, json] : request.parameters) {
    if (typed.contains(name)) continue;
    const auto* const parameter = verb.parameter(name);
    if (parameter == nullptr) {
      session.output().note(fmt::format("{} has no {} any more; it is left out.", verb.name, name));
    } else if (const auto position = ledger::sealed_position(json)) {
      if (opens) sealed.emplace_back(parameter, &request.sealed.at(*position));
    } else if (!parameter->phi) {
      const auto* const text = json.get_if<std::string>();
      BLC_TRY(auto value, converted(verb, *parameter, text != nullptr ? *text : text::canonical(json)));
      values.emplace(name, std::move(value));
    }
  }
  if (sealed.empty()) return values;
  std::vector<std::string> names;
  for (const auto& [parameter, item] : sealed) names.push_back(parameter->name);
  BLC_TRY(auto* const revealing, session.desk());
  BLC_CHECK(revealing->reveal(earlier.id, names));
  for (const auto& [parameter, item] : sealed) {
    BLC_TRY(const auto secret, revealing->vault().open(approval::scope_of(earlier), request.verb, *item));
    BLC_TRY(auto value, converted(verb, *parameter, secret.reveal()));
    values.emplace(parameter->name, std::move(value));
  }
  session.output().note(fmt::format("Opened in run {} and taken over: {}.", earlier.id.suffix(), either(names, "and")));
  return values;
}

// Plans a verb; with `earlier` after that run, with its values where none are typed.
Result<Exit> plan(Session& session, const verb::Verb& declared, const Typed& typed, const policy::Settings& settings,
                  const approval::Run* earlier) {
  BLC_TRY(auto* const executor, session.executor());
  BLC_TRY(auto* const desk, session.desk());
  BLC_TRY(const auto catalog, executor->governing_catalog(settings.environment));
  const auto* const verb = catalog.find_verb(declared.name);
  if (verb == nullptr) return fail(Exit::usage, fmt::format("{} has no verb {}", to_string(settings.environment), declared.name), "blc verbs");
  if (settings.environment != Environment::local) BLC_CHECK(warn_of_differing_files(session));
  // Before anything is asked.
  BLC_CHECK(recorded(session, "plan", desk->may_request(*verb, settings.environment, catalog.policy())));
  BLC_CHECK(recorded(session, "plan", executor->serves(settings.environment)));  // a request that nobody plans would stay so
  verb::Values before;
  const auto earlier_id = earlier == nullptr ? std::nullopt : std::optional(earlier->id);
  if (earlier != nullptr) {
    BLC_TRY(before, taken_over(session, *verb, typed, *earlier, settings.environment));
  }
  BLC_TRY(const auto values, values_of(session, *verb, typed, settings.environment, std::move(before)));
  const auto stop = session.interrupts();
  BLC_TRY(const auto id, recorded(session, "plan", desk->request(*verb, values, settings.environment, settings.rehearsal, catalog.policy())));
  return plan_and_show(session, id, stop, earlier_id);
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
    const bool rollback = run.request->request.rolls_back.has_value();
    if (!rollback && replay.state(run, session.clock().now()) == approval::State::approved && same_parameters(verb, typed, run))
      fitting.push_back(&run);
    return true;
  });
  std::string list;
  for (const auto* const run : fitting) list += "\n  " + run->id.suffix();
  if (fitting.size() == 1 && session.interactive()) {
    const auto& run = *fitting.front();
    auto shown = view_of(replay, run, session.clock().now(), desk->name(), session.terminal().width());
    BLC_TRY(const auto sealed, open_sealed(session, shown, false));
    session.output().screen(plan_screen(shown));
    if (!sealed.empty()) session.output().note(sealed);
    BLC_TRY(const bool wanted, asks_to_run(session));
    if (wanted) return &run;
    return fail(Exit::failed, "nothing was run", fmt::format("blc execute {} runs it", run.id.suffix()));
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
  BLC_TRY(const auto settings, checked_settings(session, verb));
  return plan(session, verb, typed, settings, nullptr);
}

std::string option_help(const verb::Parameter& parameter) {
  auto text = fmt::format("{} ({})", text::display(parameter.summary), text::display(verb::allowed(parameter)));
  if (parameter.fallback) text += fmt::format("; default {}", text::display(*parameter.fallback));
  if (!parameter.required && !parameter.fallback) text += "; optional";
  if (parameter.phi) text += "; PHI: kept sealed, @FILE or @- reads it";
  return text;
}

void add_parameters(Syntax command, const verb::Verb& verb, const std::shared_ptr<Typed>& typed) {
  for (const auto& parameter : verb.parameters) {
    const auto keep = [typed, name = parameter.name](const std::string& text) { (*typed)[name] = text; };
    const auto option = command.add_option("--" + parameter.name, keep, option_help(parameter));
    if (parameter.type == verb::ParameterType::boolean) option.value_or("true");
  }
}

}  // namespace

void add_verbs(Commands& commands, const std::vector<verb::Verb>& verbs) {
  for (const auto& verb : verbs) {
    const auto space = verb.name.find(' ');
    auto under = commands.app;
    if (space != std::string::npos) {
      const auto first = verb.name.substr(0, space);
      const auto known = commands.app.below(first);
      under = known ? *known : commands.group(first, fmt::format("verbs of {}", first));
    }
    auto typed = std::make_shared<Typed>();
    const auto command = commands.add(under, verb.name.substr(space == std::string::npos ? 0 : space + 1), text::display(verb.summary),
                                       [verb, typed](Session& session) { return dispatch(session, verb, *typed); });
    command.footer(fmt::format("{}, {}. Plans first; changes nothing until it is signed and run.", verb.name, to_string(verb.classification)));
    add_parameters(command, verb, typed);
  }
}

namespace {

Result<Exit> again(Session& session, const std::string& name, const Typed& typed) {
  const auto& globals = session.globals();
  if (globals.approve || !globals.run_id.empty())
    return fail(Exit::usage, "--approve and --run-id belong to a verb", "blc again RUN plans it anew, blc execute RUN runs what is approved");
  BLC_TRY(const auto* const earlier, session.find_run(name));
  session.command_log().concerns(*earlier);
  if (const auto& undone = earlier->request->request.rolls_back)
    return fail(Exit::usage, fmt::format("run {} is a rollback; it is not asked for again", earlier->id.suffix()),
                fmt::format("blc rollback {0} takes run {0} back, blc again {0} does it anew", undone->suffix()));
  BLC_TRY(const auto settings, recorded(session, "plan", settings_for(session, *earlier)));
  BLC_TRY(const auto catalog, session.governing_catalog(settings.environment));
  const auto* const verb = catalog.find_verb(earlier->request->request.verb);
  if (verb == nullptr)
    return fail(Exit::usage, fmt::format("{} has no verb {} any more", to_string(settings.environment), earlier->request->request.verb), "blc verbs lists them");
  BLC_CHECK(recorded(session, "plan", fits_session(session, *verb, settings)));
  return plan(session, *verb, typed, settings, earlier);
}

}  // namespace

void add_again(Commands& commands) {
  auto run = std::make_shared<std::string>();
  auto typed = std::make_shared<Typed>();
  commands.again = {commands.add(commands.app, "again", "Plan what a run did once more, with other values where you give them",
                                 [run, typed](Session& session) { return again(session, *run, *typed); }),
                    typed};
  commands.again.command->add_option("run", *run, "its ID, or the last six characters of it; its verb's parameters may follow as options")
      .required();
}

Result<> add_again_parameters(Commands& commands, Session& session, const std::string& run) {
  BLC_TRY(const auto* const earlier, session.find_run(run));
  BLC_TRY(const auto settings, recorded(session, "plan", settings_for(session, *earlier)));
  BLC_TRY(const auto catalog, session.governing_catalog(settings.environment));
  if (const auto* const verb = catalog.find_verb(earlier->request->request.verb)) {
    add_parameters(*commands.again.command, *verb, commands.again.typed);
  }
  return {};  // where the verb is gone, the command itself says so
}

}  // namespace blc::cli
