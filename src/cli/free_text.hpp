// What people write about runs.
#pragma once
#include <string>

#include "cli/session.hpp"
#include "core/approval/run.hpp"

namespace blc::cli {

// A person's words about a run: `given` itself, what - or @- (standard input) or @FILE holds, or what is typed at the
// question; empty when there is nobody to ask or nothing was said. What is said of a clinical run may be PHI: outside
// local it is never `given` itself. Exit::usage when it is no text or longer than a person may write,
// Exit::interrupted at Ctrl-C.
[[nodiscard]] Result<std::string> free_text(Session& session, const approval::Run& run, const std::string& given,
                                            const std::string& what);
// How free_text wants the words of this run: "--reason TEXT", "--reason @- reads it".
[[nodiscard]] std::string how_to_give(const approval::Run& run, const std::string& command, const std::string& option);

}  // namespace blc::cli
