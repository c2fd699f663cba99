#include "cli/app.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <malloc.h>
#include <memory>
#include <string>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>
#include <vector>

#include "cli/command_log.hpp"
#include "cli/commands/acts.hpp"
#include "cli/commands/command.hpp"
#include "cli/completion.hpp"
#include "cli/session.hpp"
#include "cli/tree.hpp"
#include "cli/usage.hpp"
#include "core/text/display.hpp"
#include "core/text/nearest.hpp"

namespace blc::cli {

namespace {

constexpr std::string_view kCompletionWord = "__complete";

struct Glimpse {
  Globals globals;
  std::string command;   // the first word that is neither an option nor the value of a global one
  std::string argument;  // the next one
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
  const auto is_word = [](const auto& each) { return !each.starts_with('-'); };
  const auto word = std::ranges::find_if(rest, is_word);
  if (word == rest.end()) return seen;
  seen.command = *word;
  const auto next = std::find_if(word + 1, rest.end(), is_word);
  if (next != rest.end()) seen.argument = *next;
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

// The innermost command that the line named: the program itself, `ledger`, `ledger verify`.
const CLI::App& innermost(const CLI::App& app) {
  const auto* at = &app;
  while (!at->get_subcommands().empty()) at = at->get_subcommands().front();
  return *at;
}

Error unknown_command(const CLI::App& under, const std::string& typed) {
  const auto word = typed.substr(0, typed.find('='));  // behind it may stand a value that nobody should read
  std::vector<std::string> names;
  for (const auto& command : under.get_subcommands([](const CLI::App*) { return true; })) names.push_back(command->get_name());
  if (under.get_parent() == nullptr)
    return {Exit::usage, fmt::format("there is no command or verb {}", text::display(word)),
            text::did_you_mean(word, names, "blc --help lists the commands, blc verbs the verbs")};
  const auto name = full_name(under);
  return {Exit::usage, fmt::format("blc {} takes no {}", name, text::display(word)),
          text::did_you_mean(word, names, fmt::format("blc {} --help tells what it takes", name))};
}

// What may stand on the line: the command's own options, and the global ones.
Error unknown_option(const CLI::App& command, const std::string& word) {
  std::vector<std::string> names;
  for (const auto* at = &command; at != nullptr; at = at->get_parent()) {
    for (const auto* const option : at->get_options()) {
      for (const auto& name : option->get_lnames()) names.push_back("--" + name);
    }
  }
  const auto name = word.substr(0, word.find('='));
  return {Exit::usage, fmt::format("there is no option {} here", text::display(name)),
          text::did_you_mean(name, names, "blc --help, or --help after the command, lists them")};
}

// The first word on the line that nothing of ours answers to. CLI11 lists them, in an order of its own.
std::string first_unexpected(const std::string& listed, const std::vector<std::string>& words) {
  const auto padded = " " + listed + " ";
  const auto found = std::ranges::find_if(
      words, [&](const auto& word) { return padded.find(" " + word + " ") != std::string::npos; });
  return found == words.end() ? std::string() : *found;
}

// The word after a group that should name one of its commands and does not; or none.
std::string second_word(const CLI::App& group, const std::vector<std::string>& words) {
  const auto known = group.get_subcommands([](const CLI::App*) { return true; });
  const auto at = std::ranges::find(words, group.get_name());
  if (group.get_parent() == nullptr || known.empty() || at == words.end()) return {};
  const auto next = std::find_if(at + 1, words.end(), [](const auto& word) { return !word.starts_with('-'); });
  return next == words.end() ? std::string() : *next;
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
    // Where the practice could not be opened, its verbs and their options are not known.
    const auto unknown = [&] { return word.starts_with('-') ? unknown_option(innermost(app), word) : unknown_command(innermost(app), word); };
    const bool of_verbs = practice && (!word.starts_with('-') || innermost(app).get_name() == "again");
    if (!word.empty()) {
      const auto said = of_verbs ? *practice : unknown();
      output.error(said);
      return static_cast<int>(said.code);
    }
  }
  if (const auto word = second_word(innermost(app), words); !word.empty()) {
    output.error(unknown_command(innermost(app), word));
    return static_cast<int>(Exit::usage);
  }
  output.error(usage_error(innermost(app), error));
  return static_cast<int>(Exit::usage);
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
    // Without a run of that name there is nothing more to offer.
    if (seen.command == "again" && !seen.argument.empty()) static_cast<void>(add_again_parameters(commands, session, seen.argument));
    text = complete(commands.app.tree(), session, verbs, words).to_text();
  } catch (const std::exception&) {
    text = ":\n";
  }
  output.raw(text);
  return static_cast<int>(Exit::done);
}

// The command line as it is read against a tree of commands, whose options write into this.
struct Line {
  Globals globals{};
  CLI::App app{};
  Commands commands{Syntax{app}, {}};
};

// The practice's own part of the tree: its verbs, and for `again` the parameters of the verb of the run that is named.
Result<> add_practice(Line& line, Session& session, const Glimpse& seen, const std::vector<verb::Verb>& verbs) {
  add_verbs(line.commands, verbs);
  if (seen.command == "again" && !seen.argument.empty()) return add_again_parameters(line.commands, session, seen.argument);
  return {};
}

int dispatch(int argc, char** argv, Output& output, CommandLog& log) {
  auto line = std::make_unique<Line>();
  if (argc > 1 && argv[1] == kCompletionWord) {
    build_tree(line->commands, line->globals);
    return answer_shell(argc, argv, line->commands, output);
  }
  const auto seen = peek(argc, argv);
  const auto& early = seen.globals;
  const bool whole = build_tree(line->commands, line->globals, seen.command);
  output.configure(early.json, early.quiet, early.color);
  std::optional<Error> practice_error;
  std::vector<verb::Verb> verbs;
  if (early.verbose) log.logger().speak([&output](const std::string& words) { return output.laid_out(words); });
  std::optional<Session> session(std::in_place, early, output, log);
  if (argc > 1 && may_name_verb(line->app, seen.command)) {
    const auto loaded = [&]() -> Result<trust::Catalog> {
      BLC_TRY(const auto settings, session->settings());
      return session->governing_catalog(settings.environment);
    }();
    if (loaded) {
      verbs = loaded->verbs();
    } else {
      practice_error = loaded.error();
      record_refusal(*session, "plan", loaded.error());  // as by a setting
    }
  }
  if (const auto added = add_practice(*line, *session, seen, verbs); !added) practice_error = added.error();
  try {
    line->app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (whole || error.get_exit_code() == 0) return parse_failed(line->app, error, words_of(argc, argv), output, practice_error);
    // What is wrong with it is said beside all commands.
    line = std::make_unique<Line>();
    build_tree(line->commands, line->globals);
    static_cast<void>(add_practice(*line, *session, seen, verbs));
    try {
      line->app.parse(argc, argv);
    } catch (const CLI::ParseError& said) {
      return parse_failed(line->app, said, words_of(argc, argv), output, practice_error);
    }
  }
  const auto& globals = line->globals;
  output.configure(globals.json, globals.quiet, globals.color);
  if (globals != early) session.emplace(globals, output, log);
  log.started(full_name(innermost(line->app)));
  const auto result = line->commands.chosen ? line->commands.chosen(*session) : home_screen(*session);
  if (result) return static_cast<int>(*result);
  log.failed(result.error());
  output.error(result.error());
  return static_cast<int>(result.error().code);
}

}  // namespace

namespace {

// A command whose words got lost has not ended well, whatever it did.
int told_whole(int code, const Output& output) {
  if (code != static_cast<int>(Exit::done) || !output.lost()) return code;
  output.error({Exit::failed, "what was asked for was done, but standard output could not be written to its end",
                "make room where it goes, then look with blc show or type it again"});
  return static_cast<int>(Exit::failed);
}

// Takes memory in large pieces and gives none back before the end, which is near: where a page fault is dear, as in a
// virtual machine, a command would else spend a third of its time in them.
void take_memory_at_once() {
  constexpr int kPiece = 4 << 20;  // bytes; so large that a huge page (2 MiB) lies within it
  constexpr int kMapped = 32 << 20;
  static_cast<void>(::mallopt(M_TOP_PAD, kPiece));
  static_cast<void>(::mallopt(M_MMAP_THRESHOLD, kMapped));
  static_cast<void>(::mallopt(M_TRIM_THRESHOLD, kMapped));
}

// A file that is opened gets the lowest free number: where one of the three streams is closed, what is printed would go
// into the log or a ledger. What takes their place can be neither read nor written, so that a lost report is noticed.
void keep_standard_streams() {
  for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (::fcntl(stream, F_GETFD) != -1 || errno != EBADF) continue;
    if (::open("/dev/null", stream == STDIN_FILENO ? O_WRONLY : O_RDONLY) != stream) std::_Exit(static_cast<int>(Exit::failed));
  }
}

int run_to_the_end(int argc, char** argv) {
  keep_standard_streams();
  take_memory_at_once();
  // PHI passes through this process: nothing of it may reach a core file or another process of the user.
  ::prctl(PR_SET_DUMPABLE, 0);
  const rlimit none{0, 0};
  ::setrlimit(RLIMIT_CORE, &none);
  static_cast<void>(std::signal(SIGPIPE, SIG_IGN));
  Output output;
  // Scripts and packages ask for it often; making the command tree and opening the log would take longer than all else.
  if (argc == 2 && std::string_view(argv[1]) == "--version") {
    output.line("blc " BLC_VERSION);
    return told_whole(static_cast<int>(Exit::done), output);
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
    return log.ended(told_whole(dispatch(argc, argv, output, log), output));
  } catch (const Broken& broken) {
    return broke({broken.code(), broken.what(), broken.hint()});
  } catch (const std::exception& error) {
    return broke({Exit::failed, fmt::format("something broke: {}", text::display(error.what())), "nothing more is done"});
  }
}

}  // namespace

int run(int argc, char** argv) {
  const int code = run_to_the_end(argc, argv);
  if (code == static_cast<int>(Exit::interrupted)) adapters::end_by_ctrl_c();
  return code;
}

}  // namespace blc::cli
