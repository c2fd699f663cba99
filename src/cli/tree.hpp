// The command tree: every command and option of blc, which the command line, --help, the manual pages and
// completion all read.
#pragma once
#include <string>
#include <string_view>

#include "cli/commands/command.hpp"
#include "cli/globals.hpp"

namespace blc::cli {

// The options that every command understands.
void add_globals(CLI::App& app, Globals& globals);

// blc itself and its commands, below `commands.app`; the practice's verbs come afterwards, with add_verbs. Where `only`
// is the first word of one of blc's own commands, those of the same file alone: to build all of them takes longer than
// the simplest of them runs. True where all are there.
bool build_tree(Commands& commands, Globals& globals, std::string_view only = {});

// What stands for an option's value or for an argument in help and manual: DIGEST, RUN, FILE.
[[nodiscard]] std::string value_name(const CLI::Option& option);

// A command that help, manual and completion do not name.
[[nodiscard]] bool hidden(const CLI::App& command);

// The manual page that tells of a command: blc-approve; blc-ledger for what is below a group; blc for blc itself.
[[nodiscard]] std::string page_of(const CLI::App& command);

}  // namespace blc::cli
