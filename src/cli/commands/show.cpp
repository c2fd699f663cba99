#include <fmt/format.h>

#include <algorithm>

#include "cli/commands/acts.hpp"
#include "cli/commands/command.hpp"
#include "cli/commands/proposals.hpp"
#include "cli/exporting.hpp"
#include "cli/views/reveal.hpp"
#include "cli/views/run_view.hpp"
#include "cli/views/words.hpp"
#include "core/crypto/digest.hpp"
#include "core/plan/digests.hpp"
#include "core/plan/drift.hpp"
#include "core/text/display.hpp"
#include "core/text/nearest.hpp"

namespace blc::cli {

using text::Json;

namespace {

struct RunOptions {
  std::string run;
  std::string step;
  bool reveal = false;
};

RunView view(Session& session, const approval::Run& run) {
  const auto* const me = session.known_me();
  return view_of((*session.log())->replay(), run, session.clock().now(), me == nullptr ? "" : me->name,
                 session.terminal().width());
}

Result<Exit> show(Session& session, const RunOptions& options) {
  BLC_TRY(const auto* const proposal, session.find_proposal(options.run));
  if (proposal != nullptr) return show_proposal(session, *proposal);
  BLC_TRY(const auto* const run, session.find_run(options.run));
  BLC_CHECK(may_see(session, *run));
  auto shown = view(session, *run);
  BLC_TRY(const auto sealed, open_sealed(session, shown, options.reveal));
  auto& output = session.output();
  if (output.json()) {
    output.object(to_json(shown));
    return Exit::done;
  }
  output.screen(history_screen(shown));
  if (!sealed.empty()) output.note(sealed);
  return Exit::done;
}

Result<Exit> explain(Session& session, const RunOptions& options) {
  BLC_TRY(const auto* const run, session.find_run(options.run));
  BLC_CHECK(may_see(session, *run));
  auto shown = view(session, *run);
  // In local the files in work are what it runs by; where they cannot be read, its start says so.
  if (before_start(shown) && run->environment == Environment::local) {
    if (const auto files = session.governing_catalog(Environment::local)) shown.changed = plan::changed_texts(plan_of(shown).resolution.governing, *files);
  }
  if (session.output().json()) {
    session.output().object(to_json(shown));
  } else {
    session.output().screen(explain_screen(shown));
  }
  return Exit::done;
}

struct Stream {
  std::string step;
  std::string name;
  ledger::SealedItem item;
};

// What the named step printed, or every step: standard output; of a failed step standard error too.
std::vector<Stream> streams_of(const approval::Run& run, const std::string& step) {
  std::vector<Stream> streams;
  for (const auto& fact : run.steps) {
    if (fact.phase != approval::StepFact::Phase::outcome || (!step.empty() && fact.step != step)) continue;
    for (const auto* name : {"stdout", "stderr"}) {
      const auto* const stream = fact.output.find(name);
      const auto* const value = stream == nullptr ? nullptr : stream->find("value");
      const auto position = value == nullptr ? std::nullopt : ledger::sealed_position(*value);
      if (position && *position < fact.sealed.size())
        streams.push_back({(fact.undo ? "undo of " : "") + fact.step, name, fact.sealed[*position]});
    }
  }
  return streams;
}

std::unexpected<Error> nothing_printed(const approval::Run& run, const std::string& step) {
  const auto shown = "blc show " + run.id.suffix() + " tells what each step did";
  if (step.empty()) return fail(Exit::usage, "this run printed nothing", shown);
  std::vector<std::string> names;
  for (const auto& planned : run.plan->plan->resolution.steps) names.push_back(planned.name);
  if (std::ranges::find(names, step) != names.end())
    return fail(Exit::usage, fmt::format("step {} of this run printed nothing", step), shown);
  return fail(Exit::usage, fmt::format("this run has no step {}; its steps are {}", text::display(step), either(names, "and")),
              text::did_you_mean(step, names, fmt::format("blc output {} {}", run.id.suffix(), names.front())));
}

// Above what a step printed, where several printed something: "Step post:", "Undo of step post:".
std::string heading_of(const std::string& step) {
  constexpr std::string_view kUndo = "undo of ";
  return step.starts_with(kUndo) ? fmt::format("Undo of step {}:\n", step.substr(kUndo.size())) : fmt::format("Step {}:\n", step);
}

// Where the run's audit level says so, the ledger knows first that its output leaves the system.
Result<> taken_out(Session& session, approval::Vault& vault, const approval::Run& run, const std::vector<Stream>& streams,
                   const std::vector<Secret>& opened) {
  if (!AuditLevels(session).records_exports(run.environment, run.classification)) return {};
  const auto& sealed = run.request->request.sealed;
  const auto item = std::ranges::find(sealed, plan::kRunKey, &ledger::SealedItem::name);
  if (item == sealed.end()) return fail(Exit::ledger, "the request has no run key");
  BLC_TRY(const auto key, vault.open(approval::scope_of(run), run.request->request.verb, *item));
  approval::Export taken;
  taken.what = approval::Taken::output;
  std::string all;
  for (const auto& bytes : opened) all += bytes.reveal();
  taken.digest = plan::content_digest(run.classification, key, all);
  Secret::wipe(all);
  for (const auto& stream : streams) {
    if (std::ranges::find(taken.steps, stream.step) == taken.steps.end()) taken.steps.push_back(stream.step);
  }
  return record(session, taken, &run);
}

void tell_as_json(Output& output, const approval::Run& run, const std::vector<Stream>& streams, const std::vector<Secret>& opened) {
  Json::Array list;
  for (std::size_t i = 0; i < streams.size(); ++i) {
    const auto bytes = opened[i].reveal();
    const bool readable = text::valid_utf8(bytes);
    list.emplace_back(Json::Object{{"step", streams[i].step}, {"stream", streams[i].name},
                                   {readable ? "text" : "base64", readable ? std::string(bytes) : crypto::base64(bytes)}});
  }
  output.object(Json::Object{{"format", "blc.output/v1"}, {"run", run.id.str()}, {"streams", std::move(list)}});
}

// As the steps wrote it, standard error on standard error; `headed` where several steps wrote something.
void tell(Output& output, const std::vector<Stream>& streams, const std::vector<Secret>& opened, bool headed, bool terminal) {
  bool line_ended = true;
  for (std::size_t i = 0; i < streams.size(); ++i) {
    const auto bytes = opened[i].reveal();
    const auto heading = headed ? heading_of(streams[i].step) : std::string();
    if (streams[i].name == "stderr") {
      output.note(heading + text::display_lines(bytes));
    } else {
      if (headed && !line_ended) output.raw("\n");
      output.raw(heading + (terminal ? text::display_lines(bytes) : std::string(bytes)));
      line_ended = bytes.ends_with('\n');
    }
  }
}

Result<Exit> output_of(Session& session, const RunOptions& options) {
  BLC_TRY(const auto* const found, session.find_run(options.run));
  const auto& run = *found;
  auto& output = session.output();
  if (!run.claim) return fail(Exit::usage, "this run has not been started; it has no output", "blc show " + run.id.suffix());
  const auto streams = streams_of(run, options.step);
  if (streams.empty()) return nothing_printed(run, options.step);
  const bool clinical = run.classification == Classification::clinical;
  const bool terminal = session.terminal().output();
  if (clinical && !options.reveal && !terminal)
    return fail(Exit::refused, "this output is sealed and opens only on a terminal, or with --reveal",
                fmt::format("blc output {} --reveal", run.id.suffix()));
  BLC_CHECK(within_settings(session, run, "see the output of"));
  BLC_TRY(auto* const desk, session.desk());
  Result<> may;
  if (!desk->holds_right(run, clinical ? policy::Right::reveal : policy::Right::read))
    may = fail(Exit::refused, desk->name() + " may not see the output of this run", "policies/access.yaml says which role may");
  BLC_CHECK(recorded(session, run, desk->name(), "see the output of", std::move(may)));
  if (clinical) {
    std::vector<std::string> names;
    for (const auto& stream : streams) names.push_back(stream.item.name);
    BLC_CHECK(desk->reveal(run.id, names));
  }
  std::vector<Secret> opened;
  for (const auto& stream : streams) {
    BLC_TRY(auto bytes, desk->vault().open(approval::scope_of(run), run.request->request.verb, stream.item));
    opened.push_back(std::move(bytes));
  }
  BLC_CHECK(taken_out(session, desk->vault(), run, streams, opened));
  const bool several = options.step.empty() && std::ranges::any_of(streams, [&](const auto& each) { return each.step != streams.front().step; });
  if (output.json()) {
    tell_as_json(output, run, streams, opened);
  } else {
    tell(output, streams, opened, several, terminal);
  }
  return Exit::done;
}

}  // namespace

void add_show(Commands& commands) {
  const auto with_run = [](Syntax command, const std::shared_ptr<RunOptions>& options) {
    command.add_option("run", options->run, "its ID, or the last six characters of it").required();
    return command;
  };
  auto shown = std::make_shared<RunOptions>();
  with_run(commands.add(commands.app, "show", "All that happened to a run", [shown](Session& session) { return show(session, *shown); }), shown)
      .add_flag("--reveal", shown->reveal, "open sealed values also where this is no terminal");

  auto explained = std::make_shared<RunOptions>();
  with_run(commands.add(commands.app, "explain", "Who must sign, who could, and why",
                        [explained](Session& session) { return explain(session, *explained); }), explained);

  auto printed = std::make_shared<RunOptions>();
  const auto output = with_run(commands.add(commands.app, "output", "What a run's steps printed",
                                             [printed](Session& session) { return output_of(session, *printed); }), printed);
  output.add_option("step", printed->step, "only of this step");
  output.add_flag("--reveal", printed->reveal, "open sealed output also where this is no terminal");
}

}  // namespace blc::cli
