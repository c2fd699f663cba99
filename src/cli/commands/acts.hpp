// What the commands that sign something of a run have in common.
#pragma once
#include <string>

#include "cli/session.hpp"
#include "cli/views/run_view.hpp"

namespace blc::cli {

[[nodiscard]] RunView view_for(Session& session, const approval::Run& run, const std::string& me);

// The result of an act. A refused one is an entry too, where this machine's executor can write it; the person is
// told either way.
Result<> recorded(Session& session, const approval::Run& run, const std::string& who, const std::string& act, Result<> result);
void record_refusal(Session& session, const approval::Run& run, const std::string& who, const std::string& act, const Error& error);

// The same of an act on what concerns no run: root, catalog, delegations, what is taken out.
void record_refusal(Session& session, const std::string& who, const std::string& act, const Error& error);
template <class T>
Result<T> recorded(Session& session, const std::string& who, const std::string& act, Result<T> result) {
  if (!result) record_refusal(session, who, act, result.error());
  return result;
}

// The same of whoever uses this session, where that is known: what they are refused before there is a run.
void record_refusal(Session& session, const std::string& act, const Error& error);
template <class T>
Result<T> recorded(Session& session, const std::string& act, Result<T> result) {
  if (!result) record_refusal(session, act, result.error());
  return result;
}

// Whether this session's settings let somebody sign or run it: none lowers what governs there, and it is not above the
// ceiling.
Result<> within_settings(Session& session, const approval::Run& run, const std::string& act);

// Outside local, whether whoever uses this session may see what is in the run: Exit::refused, which is an entry, where they
// may not. Whoever is nobody here may where this machine's executor is theirs: they hold the key to all of it.
Result<> may_see(Session& session, const approval::Run& run);

// The sentence for people; for scripts the run as it is now.
Result<Exit> tell(Session& session, const approval::Run& run, const std::string& me, const std::string& sentence);

// Rejects the run for `reason`, as free_text takes it; Exit::usage when there is none.
Result<> reject_run(Session& session, approval::Desk& desk, const approval::Run& run, const std::string& reason);
// Asks about the run, likewise.
Result<> ask_about(Session& session, approval::Desk& desk, const approval::Run& run, const std::string& question);

}  // namespace blc::cli
