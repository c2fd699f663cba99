#include <fmt/format.h>

#include "cli/commands/acts.hpp"
#include "cli/commands/command.hpp"
#include "cli/views/compare.hpp"
#include "cli/views/words.hpp"

namespace blc::cli {

namespace {

struct DiffOptions {
  std::string run;
  std::string other;
};

// "Run 7M4KD2: billing-process run, local, asked by ana, Sun 22 Nov 10:31; signed by ben".
std::string heading(const approval::Run& run, Timestamp now) {
  const auto signers = signers_of(run);
  return fmt::format("{}: {}, {}, asked by {}, {}{}", run.id.suffix(), run.request->request.verb, loud(run.environment), run.request->by,
                     when(run.request->at, now), signers.empty() ? "" : "; signed by " + either(signers, "and"));
}

Result<const approval::Run*> planned(Session& session, const std::string& name) {
  BLC_TRY(const auto* const run, session.find_run(name));
  BLC_CHECK(may_see(session, *run));
  if (!run->plan)
    return fail(Exit::usage, fmt::format("run {} has no plan, and nothing to compare", run->id.suffix()), "blc show " + run->id.suffix() + " says why");
  return run;
}

Result<const approval::Run*> other(Session& session, const approval::Run& run, const std::string& name) {
  if (!name.empty()) return planned(session, name);
  if (run.request->request.rolls_back)
    return fail(Exit::usage, fmt::format("run {} is a rollback; it does what was planned to undo run {}, and is compared with none", run.id.suffix(),
                                         run.request->request.rolls_back->suffix()),
                "blc show " + run.id.suffix());
  const auto& replay = (*session.log())->replay();
  const auto* const earlier = last_approved(replay, run, run.claim ? run.claim->leaf : replay.size());
  if (earlier == nullptr)
    return fail(Exit::usage, fmt::format("no run of {} in {} was approved and started before {}", run.request->request.verb, to_string(run.environment), run.id.suffix()),
                fmt::format("name the other one: blc diff {} OTHER", run.id.suffix()));
  return earlier;
}

// What the sealed values of either run are is not opened: only whether they are the same.
Result<Exit> diff(Session& session, const DiffOptions& options) {
  BLC_TRY(const auto* const run, planned(session, options.run));
  BLC_TRY(const auto* const earlier, other(session, *run, options.other));
  const auto found = compare(*earlier, *run);
  auto& output = session.output();
  if (output.json()) {
    auto object = to_json(found);
    object.get_if<text::Json::Object>()->emplace("format", "blc.diff/v1");
    object.get_if<text::Json::Object>()->emplace("run", run->id.str());
    object.get_if<text::Json::Object>()->emplace("other", earlier->id.str());
    output.object(object);
    return Exit::done;
  }
  const auto now = session.clock().now();
  output.line("Run     " + heading(*run, now), 8);
  output.line("Against " + heading(*earlier, now), 8);
  output.line();
  output.screen(to_text(found, output.width()));
  return Exit::done;
}

}  // namespace

void add_diff(Commands& commands) {
  auto options = std::make_shared<DiffOptions>();
  const auto command = commands.add(commands.app, "diff", "What differs between the plans of two runs",
                                     [options](Session& session) { return diff(session, *options); });
  command.add_option("run", options->run, "its ID, or the last six characters of it").required();
  command.add_option("other", options->other, "the run to compare it with; else the last one of that verb and environment that was approved and started");
}

}  // namespace blc::cli
