// What could stand at the end of a command line: for the shells' completion.
#pragma once
#include <string>
#include <vector>

#include "cli/session.hpp"
#include "core/verb/verb.hpp"

namespace CLI {
class App;
}

namespace blc::cli {

struct Candidate {
  std::string word;
  std::string about;
};

struct Completions {
  enum class Paths { none, files, folders };
  std::vector<Candidate> candidates;
  Paths paths = Paths::none;  // the shell adds what is there

  // A line each, word TAB about, then the line `:`, `:files` or `:folders`.
  [[nodiscard]] std::string to_text() const;
};

// What fits after `words`, the last of which is being typed and may be empty. Commands, options and their values
// come from the command tree; verbs, people and runs from the practice that `session` looks at. Never a value that
// is PHI or names a subject; never a character that a shell would take for more than text. It asks nothing and
// writes nothing; where the practice cannot be read, only what needs none is offered.
[[nodiscard]] Completions complete(const CLI::App& app, Session& session, const std::vector<verb::Verb>& verbs,
                                   const std::vector<std::string>& words);

}  // namespace blc::cli
