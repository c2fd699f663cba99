#pragma once
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/session.hpp"
#include "cli/syntax.hpp"
#include "core/base/result.hpp"

namespace blc::cli {

using Command = std::function<Result<Exit>(Session&)>;

// What was typed for one verb, by parameter; not yet converted.
using Typed = std::map<std::string, std::string>;

// The command tree while it is built: each file in this folder adds its commands, and the one that was typed
// is left in `chosen`.
struct Commands {
  Syntax app;
  Command chosen;
  struct Again {
    std::optional<Syntax> command{};
    std::shared_ptr<Typed> typed;
  } again{};  // its options are those of the run's verb, which the line must name first

  // A command with its own options, which the global ones may be mixed with.
  Syntax add(Syntax under, const std::string& name, const std::string& summary, Command command);
  // Commands with a first word in common.
  Syntax group(const std::string& name, const std::string& summary) const;
};

void add_init(Commands& commands);
void add_doctor(Commands& commands);
void add_key(Commands& commands);
void add_whoami(Commands& commands);
void add_trust(Commands& commands);
void add_catalog(Commands& commands);
void add_policy(Commands& commands);
void add_subject(Commands& commands);
void add_tier(Commands& commands);
void add_ledger(Commands& commands);
void add_lists(Commands& commands);    // inbox, verbs
void add_runs(Commands& commands);     // runs
void add_show(Commands& commands);     // show, explain, output
void add_wait(Commands& commands);     // wait
void add_diff(Commands& commands);     // diff
void add_approve(Commands& commands);
void add_sign(Commands& commands);     // reject, withdraw, cancel, close, review
void add_delegate(Commands& commands);
void add_notes(Commands& commands);    // ask, reply
void add_execute(Commands& commands);  // execute
void add_resume(Commands& commands);   // resume
void add_rollback(Commands& commands);  // rollback
void add_help(Commands& commands);
void add_completion(Commands& commands);
// The practice's verbs as commands of their own.
void add_verbs(Commands& commands, const std::vector<verb::Verb>& verbs);
// again, without and then with the parameters of the verb of that run.
void add_again(Commands& commands);
Result<> add_again_parameters(Commands& commands, Session& session, const std::string& run);

// blc without a command: who you are, where, what waits for you.
Result<Exit> home_screen(Session& session);
// What the verb of those one or two words takes and does; Exit::usage where there is none.
Result<Exit> describe_verb(Session& session, const std::vector<std::string>& words);
// Shows these runs on the terminal one after the other, to be signed or left.
Result<Exit> review(Session& session, const std::vector<RunId>& runs);
// Lets the executor work on a run that was ordered, shows each step, tells how it ended.
using Work = std::function<Result<execution::Outcome>(execution::Executor&, std::stop_token, execution::Progress&)>;
Result<Exit> watch(Session& session, const RunId& id, const Work& work);
// Orders and executes a run; `verb` and `--approve` share it with `blc execute`.
struct BrokenGlass {
  approval::Emergency code = approval::Emergency::btg;
  std::string because;
};
Result<Exit> execute_run(Session& session, const approval::Run& run, const std::optional<BrokenGlass>& glass = std::nullopt);

}  // namespace blc::cli
