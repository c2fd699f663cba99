// Whom runs are about: PHI, which stands on no command line.
#pragma once
#include <string>

#include "cli/session.hpp"
#include "core/base/result.hpp"
#include "core/base/secret.hpp"

namespace blc::cli {

struct Subject {
  Secret name;
  std::string hash;  // keyed: what the ledger has
};

// As `given` on the command line, where only `local` allows it; read from @FILE or @-; or, where nothing was given, asked
// for on a terminal. `what` and `command` are named in what is refused: "--subject" and "blc runs --subject".
Result<Subject> read_subject(Session& session, const std::string& given, bool local, const std::string& what, const std::string& command);

}  // namespace blc::cli
