#include <fmt/format.h>

#include <array>
#include <csignal>
#include <filesystem>
#include <unistd.h>

#include "cli/commands/command.hpp"
#include "cli/tree.hpp"
#include "core/text/display.hpp"

namespace blc::cli {

namespace {

namespace fs = std::filesystem;

// The page's file: beside the installed binary, or in the source tree that the binary was built in; empty where
// there is neither. man(1) is given the file, so that it shows the page of this blc and of no other.
std::string page_file(const std::string& page) {
  std::error_code error;
  const auto folder = fs::read_symlink("/proc/self/exe", error).parent_path();
  for (const auto* const place : {"../share/man/man1/{}.1.gz", "../share/man/man1/{}.1", "../share/blc/man/{}.1"}) {
    const auto file = folder / fmt::format(fmt::runtime(place), page);
    if (fs::is_regular_file(file, error)) return fs::canonical(file, error).string();
  }
  return {};
}

// Ends in man(1) where there is one; returns where there is none.
void become_man(std::string file) {
  std::string program = "man";
  std::array<char*, 3> arguments{program.data(), file.data(), nullptr};
  static_cast<void>(std::signal(SIGPIPE, SIG_DFL));  // as man and its pager expect it
  ::execvp(program.c_str(), arguments.data());
  static_cast<void>(std::signal(SIGPIPE, SIG_IGN));
}

Result<Exit> help(Session& session, Syntax app, const std::vector<std::string>& words) {
  auto command = app;
  std::string above;
  for (const auto& word : words) {
    const auto below = command.below(word);
    if (!below && above.empty()) {
      if (auto described = describe_verb(session, words)) return described;
    }
    if (!below)
      return fail(Exit::usage, fmt::format("there is no command {}", text::display(word)),
                  "blc --help lists the commands, blc verbs the verbs");
    above += (above.empty() ? "" : " ") + command.name();
    command = *below;
  }
  const auto page = page_of(command.tree());
  auto& output = session.output();
  if (output.json()) {
    output.object(text::Json::Object{{"format", "blc.help/v1"}, {"page", page}, {"text", command.help(above)}});
    return Exit::done;
  }
  if (const auto file = page_file(page); !file.empty() && !session.globals().no_input) become_man(file);
  output.raw(command.help(above));
  return Exit::done;
}

}  // namespace

void add_help(Commands& commands) {
  auto words = std::make_shared<std::vector<std::string>>();
  const auto command = commands.add(commands.app, "help", "Show the manual page of a command",
                                     [words, app = commands.app](Session& session) { return help(session, app, *words); });
  command.add_option("command", *words, "the command or the verb, of one or two words; without, blc's own page");
}

}  // namespace blc::cli
