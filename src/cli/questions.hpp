// What is asked of the person at the terminal beside signatures.
#pragma once
#include <string>

#include "cli/session.hpp"
#include "core/verb/verb.hpp"

namespace blc::cli {

// Asks for one parameter until an answer fits, three times at most: with its summary and what is allowed, a list
// of choices by number, word or beginning of a word. Enter takes the default where there is one and is no answer
// elsewhere; ? explains; a phi value is not shown while it is typed. Exit::usage when no answer fits or the input
// ends, Exit::interrupted at Ctrl-C.
[[nodiscard]] Result<verb::Value> ask_for(Session& session, const verb::Parameter& parameter);

// True only when the person typed `run`. Exit::interrupted at Ctrl-C.
[[nodiscard]] Result<bool> asks_to_run(Session& session);

}  // namespace blc::cli
