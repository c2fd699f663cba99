#include "cli/subject.hpp"

#include <fmt/format.h>

#include "cli/given.hpp"

namespace blc::cli {

Result<Subject> read_subject(Session& session, const std::string& given, bool local, const std::string& what, const std::string& command) {
  const bool option = what.starts_with("--");
  const auto by_file = command + (option ? "=" : " ") + "@FILE";
  auto text = given;
  if (given.starts_with('@')) {
    BLC_TRY(text, read_given(given.substr(1)));
  } else if (!given.empty() && !local) {
    return fail(Exit::usage, what + " may hold PHI; it is not taken from the command line, where others can see it",
                fmt::format("leave the value out and it is asked for, or give {0}{1}@FILE or {0}{1}@-; with --env local it may stand there",
                            option ? what : command, option ? "=" : " "));
  } else if (given.empty() && session.interactive()) {
    BLC_TRY(const auto answer, session.ask_secret("subject (not shown): ", "nothing was looked for"));
    if (answer) text = std::string(answer->reveal());
  }
  if (text.empty()) return fail(Exit::usage, what + ": whom the runs are about is missing", by_file + ", or on a terminal " + command + (option ? " alone" : ""));
  BLC_TRY(auto* const vault, session.vault());
  BLC_TRY(auto hash, vault->subject_hash(text));
  return Subject{Secret::take(std::move(text)), std::move(hash)};
}

}  // namespace blc::cli
