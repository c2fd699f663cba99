#include "core/execution/live_runner.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <ranges>

#include "core/approval/bodies.hpp"
#include "core/plan/digests.hpp"
#include "core/plan/programs.hpp"
#include "core/plan/templates.hpp"

namespace blc::execution {

using approval::Ending;
using text::Json;

Result<Outcome> LiveRunner::run() {
  const auto& steps = parts_.resolved.steps;
  outputs_ = parts_.resolved.outputs;
  for (std::size_t index = 0; index < steps.size(); ++index) {
    const auto& step = steps[index];
    if (step.finished) outputs_[step.planned.name] = step.finished->output.bytes;
    if (step.done) continue;
    if (step.finished) {
      BLC_CHECK(record(step, false, true, "as planned", *step.finished));
      continue;
    }
    if (parts_.in_doubt == step.planned.name) {
      BLC_TRY(const auto found, settle(step));
      if (found == approval::Found::unknown) return still_in_doubt(index);
      if (found == approval::Found::done) continue;
    }
    if (stop_.stop_requested()) {
      why_ = fmt::format("interrupted before {}", title(step));
      return give_up(index, Did::nothing);
    }
    BLC_TRY(const auto did, carry_out(step));
    if (did != Did::everything) return give_up(index, did);
  }
  return Outcome{Ending::succeeded, {}, {}};
}

Result<approval::Found> LiveRunner::settle(const plan::ReadyStep& step) {
  using approval::Found;
  const auto& name = step.planned.name;
  if (!step.confirm) return Found::not_done;
  BLC_TRY(const auto found, ask(step));
  BLC_CHECK(tell(ledger::Kind::step, approval::step_confirm_body(name, found)));
  if (found == Found::unknown) {
    why_ = fmt::format("whether {} was done could not be told", name);
    return found;
  }
  if (found == Found::done && output_is_needed(name)) {
    // What it printed is gone with the executor that read it.
    why_ = fmt::format("{} was done, but what it printed is lost and a later step needs it", name);
    return step.planned.idempotent ? Found::not_done : Found::unknown;
  }
  parts_.journal.confirmed(parts_.run.id, name, found == Found::done);
  return found;
}

Result<approval::Found> LiveRunner::ask(const plan::ReadyStep& step) {
  using approval::Found;
  parts_.progress.confirm_starts(step.planned);
  const auto finished = launch(step, *step.confirm, stop_, Folders::read);
  const auto* const exited = finished ? std::get_if<ports::Exited>(&finished->how) : nullptr;
  const auto code = exited == nullptr ? -1 : exited->code;
  const auto found = code == 0 ? Found::done : code == 1 ? Found::not_done : Found::unknown;
  parts_.progress.confirm_ends(step.planned, found);
  return found;
}

bool LiveRunner::output_is_needed(const std::string& step) const {
  const auto refers = [&](const std::optional<plan::ReadyCommand>& command) {
    return command && command->standard_input &&
           std::ranges::any_of(*command->standard_input, [&](const auto& piece) {
             const auto* const output = std::get_if<verb::OutputReference>(&piece);
             return output != nullptr && output->step == step;
           });
  };
  return std::ranges::any_of(parts_.resolved.steps, [&](const auto& later) {
    return !later.done && (refers(later.run) || refers(later.undo) || refers(later.confirm));
  });
}

// Nothing is undone: what was done before may be what somebody wants to go on from.
Outcome LiveRunner::still_in_doubt(std::size_t at) const {
  Outcome outcome{Ending::indeterminate, {parts_.resolved.steps[at].planned.name}, why_};
  for (const auto& step : parts_.resolved.steps) {
    if (step.done && step.planned.effect != Effect::read) outcome.remains.push_back(step.planned.name);
  }
  return outcome;
}

Result<LiveRunner::Did> LiveRunner::carry_out(const plan::ReadyStep& step) {
  const auto& name = step.planned.name;
  parts_.progress.step_starts(step.planned, rolls_back());
  BLC_CHECK(tell(ledger::Kind::step, approval::step_intent_body(name, false)));
  parts_.journal.begun(parts_.run.id, name, false);
  auto finished = launch(step, step.run, stop_);
  if (!finished) {
    // What adapters say may name a path that holds PHI: of a clinical run it reaches neither ledger nor screen.
    const auto how = parts_.run.classification == Classification::clinical ? "it was not started"
                                                                          : "it was not started: " + finished.error().message;
    why_ = fmt::format("{}: {}", title(step), how);
    parts_.journal.finished(parts_.run.id, name, false, false);
    parts_.progress.step_ends(step.planned, rolls_back(), false, how);
    BLC_CHECK(record(step, false, false, "it was not started", {}));
    return Did::nothing;
  }
  auto how = plan::describe(*finished, step.planned.timeout);
  bool succeeded = finished->succeeded();
  if (succeeded && finished->output.truncated()) {
    succeeded = false;
    how = fmt::format("it printed {} bytes, more than the {} it may", finished->output.total, step.planned.output_limit);
  }
  parts_.journal.finished(parts_.run.id, name, false, succeeded);
  parts_.progress.step_ends(step.planned, rolls_back(), succeeded, how);
  BLC_CHECK(record(step, false, succeeded, how, *finished));
  outputs_[name] = std::move(finished->output.bytes);
  if (succeeded) return Did::everything;
  why_ = fmt::format("{}: {}", title(step), how);
  return step.planned.effect == Effect::read || step.planned.atomic ? Did::nothing : Did::maybe;
}

// The failed step's own undo first, then those of the finished ones in reverse; one that fails does not
// stop the others.
Result<Outcome> LiveRunner::give_up(std::size_t failed, Did did) {
  std::vector<std::string> remains;
  std::vector<std::string> unknown;
  const auto& steps = parts_.resolved.steps;
  for (std::size_t index = failed + 1; index-- > 0;) {
    const auto& step = steps[index];
    const bool effect = step.planned.effect != Effect::read;
    if (!effect || (index == failed && did == Did::nothing)) continue;
    if (!step.undo) {
      (index == failed ? unknown : remains).push_back(step.planned.name);
      continue;
    }
    BLC_TRY(const auto undone, undo(step));
    if (!undone) unknown.push_back(step.planned.name);
  }
  remove_empty_folders();
  if (!unknown.empty()) {
    unknown.insert(unknown.end(), remains.begin(), remains.end());
    return Outcome{Ending::indeterminate, std::move(unknown), why_};
  }
  if (!remains.empty()) return Outcome{Ending::partial, std::move(remains), why_};
  return Outcome{Ending::failed, {}, why_};
}

Result<bool> LiveRunner::undo(const plan::ReadyStep& step) {
  const auto& name = step.planned.name;
  parts_.progress.step_starts(step.planned, true);
  BLC_CHECK(tell(ledger::Kind::step, approval::step_intent_body(name, true)));
  parts_.journal.begun(parts_.run.id, name, true);
  // An interrupt ended the step; the undo is not to be interrupted.
  auto finished = launch(step, *step.undo, {});
  const bool succeeded = finished && finished->succeeded();
  const auto how = finished ? plan::describe(*finished, step.planned.timeout) : "it was not started";
  parts_.journal.finished(parts_.run.id, name, true, succeeded);
  parts_.progress.step_ends(step.planned, true, succeeded, how);
  BLC_CHECK(record(step, true, succeeded, how, finished ? *finished : ports::Finished{}));
  return succeeded;
}

Result<ports::Finished> LiveRunner::launch(const plan::ReadyStep& step, const plan::ReadyCommand& command,
                                           std::stop_token stop, Folders folders) {
  std::string input;
  if (command.standard_input) {
    BLC_TRY(input, plan::fill(*command.standard_input, parts_.values, outputs_));
  }
  auto view = command.view;
  const bool effect = folders == Folders::written;
  for (const auto& folder : step.writes) BLC_CHECK(effect ? show_written(folder, view) : show_read(folder, view));
  if (effect && parts_.clock.since_boot() - heard_ > approval::kLastStart)
    return fail(Exit::failed, "the machine slept between the announcement of a step and its start");
  return parts_.processes.run({command.program, command.argv, environment_of(step),
                               std::move(input), std::move(view), step.planned.timeout, step.planned.output_limit,
                               {approval::kHeartbeat, [&] { return beat(step); }},
                               [&](std::string_view bytes) { parts_.progress.step_says(step.planned, bytes); }},
                              std::move(stop));
}

Result<> LiveRunner::show_written(const std::string& folder, ports::View& view) {
  for (auto end = folder.find('/'); ; end = folder.find('/', end + 1)) {
    const auto path = folder.substr(0, end);
    BLC_TRY(const auto there, parts_.files.readable_folder(path));
    if (!there) made_.push_back(path);
    if (end == std::string::npos) break;
  }
  BLC_TRY(auto host_path, parts_.files.writable_folder(folder));
  view.writable.push_back({folder, std::move(host_path)});
  return {};
}

Result<> LiveRunner::show_read(const std::string& folder, ports::View& view) {
  BLC_TRY(auto host_path, parts_.files.readable_folder(folder));
  if (host_path) view.readable.push_back({folder, *std::move(host_path)});
  return {};
}

// What this run made and nobody filled does not outlive a run that was taken back.
void LiveRunner::remove_empty_folders() {
  for (const auto& folder : std::views::reverse(made_)) parts_.files.remove_empty_folder(folder);
}

std::map<std::string, std::string> LiveRunner::environment_of(const plan::ReadyStep& step) const {
  return plan::step_environment(step.planned, parts_.run.id, parts_.resolved.resolution.rolls_back);
}

bool LiveRunner::rolls_back() const { return parts_.resolved.resolution.rolls_back.has_value(); }

std::string LiveRunner::title(const plan::ReadyStep& step) const {
  return (rolls_back() ? "undo of " : "") + step.planned.name;
}

Result<> LiveRunner::tell(ledger::Kind kind, const Json& body, std::vector<ports::SealedBlob> blobs) {
  const auto before = parts_.clock.since_boot();
  BLC_CHECK(parts_.append(kind, body, std::move(blobs)));
  heard_ = before;
  return {};
}

// False when the step must end: people closed the run while nothing was heard of it, and what they found must stay
// true. A ledger that is out of reach does not end a step; whoever comes next finds out, before anything begins.
bool LiveRunner::beat(const plan::ReadyStep& step) {
  parts_.progress.step_lasts(step.planned, rolls_back());
  try {
    const auto told = tell(ledger::Kind::heartbeat, approval::heartbeat_body());
    return told || !parts_.closed();
  } catch (const Broken&) {
    return true;
  }
}

Result<Json> LiveRunner::seal_stream(const std::string& name, const ports::Captured& captured,
                                     std::vector<ledger::SealedItem>& items, std::vector<ports::SealedBlob>& blobs) {
  Json::Object stream{{"bytes", captured.total}, {"truncated", captured.truncated()}};
  if (captured.bytes.empty()) return Json(stream);
  stream.emplace("digest", plan::content_digest(parts_.run.classification, parts_.run_key, captured.bytes));
  BLC_TRY(auto sealed, parts_.vault.seal(approval::scope_of(parts_.run), parts_.run.request->request.verb, name, captured.bytes));
  stream.emplace("value", ledger::sealed_reference(items.size()));
  items.push_back(sealed.item);
  blobs.push_back(std::move(sealed.blob));
  return Json(stream);
}

Result<> LiveRunner::record(const plan::ReadyStep& step, bool undo, bool succeeded, const std::string& how,
                            const ports::Finished& finished) {
  const auto label = (undo ? "undo of " : "") + step.planned.name;
  std::vector<ledger::SealedItem> items;
  std::vector<ports::SealedBlob> blobs;
  BLC_TRY(auto output, seal_stream("stdout of " + label, finished.output, items, blobs));
  BLC_TRY(auto errors, seal_stream("stderr of " + label, finished.errors, items, blobs));
  const Json streams = Json::Object{{"stdout", std::move(output)}, {"stderr", std::move(errors)}};
  return tell(ledger::Kind::step, approval::step_outcome_body(step.planned.name, undo, succeeded, how, streams, items),
              std::move(blobs));
}

}  // namespace blc::execution
