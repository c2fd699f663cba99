// manual_pages list           the pages that there must be, a line each: PAGE TAB SUBCOMMAND, SUBCOMMAND ...
// manual_pages render PAGE    reads the page's source on standard input and prints it with its SYNOPSIS, and what
//                             stands between the markers of its options, made anew from the command tree
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cctype>
#include <iostream>
#include <iterator>
#include <string>
#include <vector>

#include "cli/tree.hpp"

namespace {

using namespace blc::cli;

std::vector<const CLI::App*> commands_below(const CLI::App& command) {
  return command.get_subcommands([](const CLI::App* below) { return !hidden(*below); });
}

// A line of text as mdoc takes it: nothing in it is a request, an escape, or a place to break an option.
std::string safe(const std::string& line) {
  std::string made = line.starts_with('.') || line.starts_with('\'') ? "\\&" : "";
  bool option = false;
  char before = ' ';
  for (const char c : line) {
    if (c == '-' && (before == ' ' || before == '(')) option = true;
    if (c == ' ') option = false;
    if (c == '\\') {
      made += "\\e";
    } else if (c == '-' && option) {
      made += "\\-";
    } else {
      made += c;
    }
    before = c;
  }
  return made;
}

// A help text as sentences, each on a line of its own.
std::string sentences(std::string text) {
  const auto word = text.substr(0, text.find(' '));
  if (!text.empty() && word != "blc" && std::islower(static_cast<unsigned char>(text[0])) != 0)
    text[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(text[0])));
  if (!text.ends_with('.')) text += '.';
  std::string lines;
  while (!text.empty()) {
    const auto end = text.find(". ");
    const auto length = end == std::string::npos ? text.size() : end + 1;
    lines += safe(text.substr(0, length)) + "\n";
    text.erase(0, end == std::string::npos ? length : length + 1);
  }
  return lines;
}

bool is_flag(const CLI::Option& option) { return option.get_items_expected_max() == 0; }
bool is_many(const CLI::Option& option) { return option.get_expected_max() == CLI::detail::expected_max_vector_size; }
bool is_help(const CLI::Option& option) { return option.check_lname("help"); }

std::string argument(const CLI::Option& option) {
  return fmt::format("Ar {}{}", value_name(option), is_many(option) ? " ..." : "");
}

// Fl q , Fl -quiet; Fl -key Ar FILE.
std::string flags(const CLI::Option& option, bool all) {
  std::string made;
  for (const auto& name : option.get_snames())
    if (all) made += fmt::format("Fl {} , ", name);
  made += fmt::format("Fl -{}", option.get_lnames().front());
  return is_flag(option) ? made : made + " " + argument(option);
}

// The options of a command, its arguments first; --help only where `globals` are told of.
std::vector<const CLI::Option*> options_of(const CLI::App& command, bool globals) {
  auto options = command.get_options([](const CLI::Option* option) { return option->get_positional(); });
  for (const auto* const option : command.get_options([](const CLI::Option* option) { return option->nonpositional(); }))
    if ((globals || !is_help(*option)) && !option->get_group().empty()) options.push_back(option);
  return options;
}

std::string synopsis_line(const CLI::App& command, const std::string& name) {
  auto lines = fmt::format(".Nm {}\n", name);
  for (const auto* const option : options_of(command, false)) {
    const auto word = option->get_positional() ? argument(*option) : flags(*option, false);
    lines += fmt::format(".{}{}\n", option->get_required() ? "" : "Op ", word);
  }
  return lines;
}

std::string synopsis(const CLI::App& command) {
  const auto name = "blc " + command.get_name();
  const auto below = commands_below(command);
  if (below.empty()) return synopsis_line(command, name);
  std::string lines;
  for (const auto* const each : below) lines += synopsis_line(*each, name + " " + each->get_name());
  return lines;
}

std::string list(const std::vector<const CLI::Option*>& options) {
  if (options.empty()) return {};
  std::string lines = ".Bl -tag -width Ds\n";
  for (const auto* const option : options) {
    lines += fmt::format(".It {}\n", option->get_positional() ? argument(*option) : flags(*option, true));
    lines += sentences(option->get_description());
  }
  return lines + ".El\n";
}

std::string options(const CLI::App& command) {
  if (command.get_parent() == nullptr) return list(options_of(command, true));
  std::string lines;
  if (const auto below = commands_below(command); !below.empty()) {
    for (const auto* const each : below) {
      const auto own = list(options_of(*each, false));
      if (!own.empty()) lines += fmt::format(".Ss blc {} {}\n{}", command.get_name(), each->get_name(), own);
    }
    if (!lines.empty()) lines += ".Ss Everywhere\n";
  } else {
    lines = list(options_of(command, false));
    if (!lines.empty()) lines += ".Pp\n";
  }
  return lines + "The options of\n.Xr blc 1\nmay be given too, before or after the command.\n";
}

// `source` with the lines between `begin` and the next `end` replaced; unchanged where they are not there.
std::string with(const std::string& source, const std::string& begin, const std::string& end, const std::string& lines) {
  const auto from = source.find(begin);
  const auto to = source.find(end, from == std::string::npos ? 0 : from + begin.size());
  if (from == std::string::npos || to == std::string::npos) return source;
  return source.substr(0, from + begin.size()) + lines + source.substr(to);
}

int list_pages(const CLI::App& app) {
  std::cout << page_of(app) << "\t\n";
  for (const auto* const command : commands_below(app)) {
    std::cout << page_of(*command) << '\t';
    for (const auto* const each : commands_below(*command)) std::cout << each->get_name() << ' ';
    std::cout << '\n';
  }
  return 0;
}

int render(const CLI::App& app, const std::string& page) {
  const std::string source{std::istreambuf_iterator<char>(std::cin), {}};
  const CLI::App* command = page == page_of(app) ? &app : nullptr;
  for (const auto* const each : commands_below(app))
    if (page_of(*each) == page) command = each;
  if (command == nullptr) {
    std::cerr << "there is no command for " << page << '\n';
    return 1;
  }
  auto made = with(source, ".\\\" BEGIN OPTIONS (generated from the command tree)\n", ".\\\" END OPTIONS\n", options(*command));
  if (command != &app)  // blc's own forms are described by hand
    made = with(made, ".Sh SYNOPSIS\n", ".Sh ", ".\\\" Generated from the command tree.\n" + synopsis(*command));
  std::cout << made;
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> words(argv + 1, argv + argc);
  Globals globals;
  CLI::App app;
  Commands commands{Syntax{app}, {}};
  build_tree(commands, globals);
  if (words.size() == 1 && words[0] == "list") return list_pages(app);
  if (words.size() == 2 && words[0] == "render") return render(app, words[1]);
  std::cerr << "usage: manual_pages list | render PAGE\n";
  return 2;
}
