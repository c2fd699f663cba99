#include "cli/app.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <csignal>
#include <cstdio>
#include <string>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <vector>

#include "cli/command_log.hpp"
#include "cli/commands/command.hpp"
#include "cli/completion.hpp"
#include "cli/session.hpp"
#include "cli/tree.hpp"
#include "core/text/display.hpp"
#include "core/text/nearest.hpp"

namespace blc::cli {

namespace {

constexpr std::string_view kCompletionWord = "__complete";

struct Glimpse {
  Globals globals;
  std::string command;  // the first word that is neither an option nor the value of a global one
  bool complete = true;  // false when the line does not parse: what it says is not known then
};

// The global options alone, leniently: which practice, environment and key the command line is about, before
// the verbs are known.
Glimpse peek(int argc, char** argv) {
  Glimpse seen;
  CLI::App app;
  app.set_help_flag();
  app.allow_extras();
  add_globals(app, seen.globals);
  try {
    app.parse(argc, argv);
  } catch (const CLI::Error&) {
    Glimpse failed;  // the real parse says what is wrong, to a script too
    failed.complete = false;
    failed.globals.json = std::find(argv + 1, argv + argc, std::string_view("--json")) != argv + argc;
    return failed;
  }
  const auto rest = app.remaining();
  const auto word = std::ranges::find_if(rest, [](const auto& each) { return !each.starts_with('-'); });
  if (word != rest.end()) seen.command = *word;
  return seen;
}

std::vector<std::string> words_of(int argc, char** argv) {
  return {argv + 1, argv + argc};
}

// Verbs are loaded when the line may name one: blc's own commands do not wait for them.
bool may_name_verb(const CLI::App& app, const std::string& word) {
  const auto commands = app.get_subcommands([](const CLI::App*) { return true; });
  return std::ranges::none_of(commands, [&](const auto* command) { return command->get_name() == word; });
}

Error unknown_command(const CLI::App& app, const std::string& word) {
  std::vector<std::string> names;
  for (const auto& command : app.get_subcommands([](const CLI::App*) { return true; })) names.push_back(command->get_name());
  const std::vector<std::string_view> candidates(names.begin(), names.end());
  const auto near = text::nearest(word, candidates);
  return {Exit::usage, fmt::format("there is no command or verb {}", text::display(word)),
          near ? fmt::format("did you mean {}?", *near) : "blc --help lists the commands, blc verbs the verbs"};
}

// The first word on the line that nothing of ours answers to. CLI11 lists them, in an order of its own.
std::string first_unexpected(const std::string& listed, const std::vector<std::string>& words) {
  const auto padded = " " + listed + " ";
  const auto found = std::ranges::find_if(
      words, [&](const auto& word) { return padded.find(" " + word + " ") != std::string::npos; });
  return found == words.end() ? std::string() : *found;
}

// The order of options: help and version go to standard output and exit 0; everything else that CLI11 throws
// is a usage error.
int parse_failed(const CLI::App& app, const CLI::ParseError& error, const std::vector<std::string>& words,
                 const Output& output, const std::optional<Error>& practice) {
  if (error.get_exit_code() == 0) return app.exit(error);  // help, version: CLI11 prints them
  const std::string message = error.what();
  if (const auto* const extras = dynamic_cast<const CLI::ExtrasError*>(&error); extras != nullptr) {
    const auto colon = message.find(": ");
    const auto word = first_unexpected(colon == std::string::npos ? message : message.substr(colon + 2), words);
    if (word.starts_with('-')) {
      output.error({Exit::usage, fmt::format("there is no option {} here", text::display(word.substr(0, word.find('=')))),
                    "blc --help, or --help after the command, lists them"});
      return static_cast<int>(Exit::usage);
    }
    if (!word.empty()) {
      output.error(practice ? *practice : unknown_command(app, word));
      return static_cast<int>(practice ? practice->code : Exit::usage);
    }
  }
  output.error({Exit::usage, text::display(message), "blc --help, or --help after a command"});
  return static_cast<int>(Exit::usage);
}

// "ledger verify": the commands that the line named, without their arguments.
std::string name_of_command(const CLI::App& app) {
  std::string name;
  for (const auto* at = &app; !at->get_subcommands().empty();) {
    at = at->get_subcommands().front();
    name += (name.empty() ? "" : " ") + at->get_name();
  }
  return name;
}

// blc __complete -- WORDS...: what the shells' completion runs. It never fails and never says why.
int answer_shell(int argc, char** argv, Commands& commands, Output& output) {
  output.silence();
  const adapters::SystemClock clock;
  CommandLog unwritten({}, {}, clock);
  std::vector<std::string> words(argv + std::min(argc, 3), argv + argc);
  if (words.empty()) words.emplace_back();
  Glimpse seen;
  for (auto known = words.size() - 1;; --known) {  // an option at the end may lack its value yet
    std::vector<char*> line{argv[0]};
    for (std::size_t i = 0; i < known; ++i) line.push_back(words[i].data());
    seen = peek(static_cast<int>(line.size()), line.data());
    if (seen.complete || known == 0) break;
  }
  std::vector<verb::Verb> verbs;
  std::string text = ":\n";
  try {
    Session session(seen.globals, output, unwritten, Session::Purpose::glance);
    if (const auto settings = session.settings()) {
      if (const auto catalog = session.governing_catalog(settings->environment)) verbs = catalog->verbs();
    }
    add_verbs(commands, verbs);
    text = complete(commands.app, session, verbs, words).to_text();
  } catch (const std::exception&) {
    text = ":\n";
  }
  output.raw(text);
  return static_cast<int>(Exit::done);
}

int dispatch(int argc, char** argv, Output& output, CommandLog& log) {
  Globals globals;
  CLI::App app;
  Commands commands{app, {}};
  build_tree(commands, globals);

  if (argc > 1 && argv[1] == kCompletionWord) return answer_shell(argc, argv, commands, output);
  const auto [early, command, complete] = peek(argc, argv);
  output.configure(early.json, early.quiet, early.color);
  std::optional<Error> practice_error;
  std::vector<verb::Verb> verbs;
  if (early.verbose) log.logger().speak();
  std::optional<Session> session(std::in_place, early, output, log);
  if (argc > 1 && may_name_verb(app, command)) {
    const auto loaded = [&]() -> Result<trust::Catalog> {
      BLC_TRY(const auto settings, session->settings());
      return session->governing_catalog(settings.environment);
    }();
    if (loaded) {
      verbs = loaded->verbs();
    } else {
      practice_error = loaded.error();
    }
    add_verbs(commands, verbs);
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return parse_failed(app, error, words_of(argc, argv), output, practice_error);
  }
  output.configure(globals.json, globals.quiet, globals.color);
  if (globals != early) session.emplace(globals, output, log);
  log.started(name_of_command(app));
  const auto result = commands.chosen ? commands.chosen(*session) : home_screen(*session);
  if (result) return static_cast<int>(*result);
  log.failed(result.error());
  output.error(result.error());
  return static_cast<int>(result.error().code);
}

}  // namespace

int run(int argc, char** argv) {
  // PHI passes through this process: nothing of it may reach a core file or another process of the user.
  ::prctl(PR_SET_DUMPABLE, 0);
  const rlimit none{0, 0};
  ::setrlimit(RLIMIT_CORE, &none);
  std::signal(SIGPIPE, SIG_IGN);
  Output output;
  // Scripts and packages ask for it often; making the command tree and opening the log would take longer than all else.
  if (argc == 2 && std::string_view(argv[1]) == "--version") {
    output.line("blc " BLC_VERSION);
    return static_cast<int>(Exit::done);
  }
  const adapters::SystemClock clock;
  const auto places = Places::of_this_user();
  CommandLog log(words_of(argc, argv), places ? places->log_file() : "", clock);
  const auto broke = [&](const Error& error) {
    output.error(error);
    log.failed(error);
    return log.ended(static_cast<int>(error.code));
  };
  try {
    return log.ended(dispatch(argc, argv, output, log));
  } catch (const Broken& broken) {
    return broke({broken.code(), broken.what(), {}});
  } catch (const std::exception& error) {
    return broke({Exit::failed, fmt::format("something broke: {}", text::display(error.what())), "nothing more is done"});
  }
}

}  // namespace blc::cli
