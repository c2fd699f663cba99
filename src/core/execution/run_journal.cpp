#include "core/execution/run_journal.hpp"

#include <algorithm>
#include <ranges>

#include "core/text/json.hpp"

namespace blc::execution {

using text::Json;

namespace {

Result<> take(const std::string& line, std::map<RunId, Journalled>& runs) {
  BLC_TRY(const auto json, text::parse_canonical(line));
  text::Fields fields(json, "journal line");
  auto& run = runs[fields.as("run", RunId::parse)];
  const auto event = fields.string("event");
  if (event == "claiming") {
    run.claims.push_back({fields.as("claim", Digest::parse_hex)});
  } else if (event == "started") {
    run.started = true;
  } else if (event == "resumed") {
    run.started = true;
    run.ended = false;
    static_cast<void>(fields.as("order", Digest::parse_hex));
  } else if (event == "ended") {
    run.ended = true;
  } else if (event == "begun") {
    run.steps.push_back({fields.string("step"), fields.boolean("undo"), {}, false});
  } else if (event == "confirmed") {
    const auto step = fields.string("step");
    const auto done = fields.boolean("done");
    const auto latest_first = std::views::reverse(run.steps);
    const auto begun = std::ranges::find_if(
        latest_first, [&](const auto& known) { return known.name == step && !known.undo; });
    if (begun == latest_first.end()) return fail(Exit::ledger, "a step was confirmed that had not begun");
    begun->succeeded = done;
    begun->not_done = !done;
  } else if (event == "finished") {
    const auto step = fields.string("step");
    const auto undo = fields.boolean("undo");
    const auto begun = std::ranges::find_if(
        run.steps, [&](const auto& known) { return known.name == step && known.undo == undo && !known.succeeded; });
    if (begun == run.steps.end()) return fail(Exit::ledger, "a step finished that had not begun");
    begun->succeeded = fields.boolean("succeeded");
  } else {
    fields.fault("event", "is unknown");
  }
  return fields.finish();
}

Json::Object note(const RunId& run, std::string_view event) { return {{"run", run.str()}, {"event", event}}; }

}  // namespace

Result<std::map<RunId, Journalled>> RunJournal::read() {
  BLC_TRY(const auto lines, journal_.lines());
  std::map<RunId, Journalled> runs;
  for (const auto& line : lines) {
    if (auto taken = take(line, runs); !taken)
      return fail(Exit::refused, "the executor's journal is damaged: " + taken.error().message,
                  "nothing is run with this executor key any more; enrol a new executor");
  }
  return runs;
}

void RunJournal::claiming(const RunId& run, const LeafHash& claim) {
  auto line = note(run, "claiming");
  line.emplace("claim", claim.hex());
  journal_.append(text::canonical(line));
}

void RunJournal::started(const RunId& run) { journal_.append(text::canonical(note(run, "started"))); }
void RunJournal::ended(const RunId& run) { journal_.append(text::canonical(note(run, "ended"))); }

void RunJournal::resumed(const RunId& run, const LeafHash& order) {
  auto line = note(run, "resumed");
  line.emplace("order", order.hex());
  journal_.append(text::canonical(line));
}

void RunJournal::confirmed(const RunId& run, const std::string& step, bool done) {
  auto line = note(run, "confirmed");
  line.emplace("step", step);
  line.emplace("done", done);
  journal_.append(text::canonical(line));
}

void RunJournal::begun(const RunId& run, const std::string& step, bool undo) {
  auto line = note(run, "begun");
  line.emplace("step", step);
  line.emplace("undo", undo);
  journal_.append(text::canonical(line));
}

void RunJournal::finished(const RunId& run, const std::string& step, bool undo, bool succeeded) {
  auto line = note(run, "finished");
  line.emplace("step", step);
  line.emplace("undo", undo);
  line.emplace("succeeded", succeeded);
  journal_.append(text::canonical(line));
}

Result<std::map<RunId, Journalled>> usable_journal(RunJournal& journal, const approval::Replay& replay,
                                                   const crypto::PublicKey& executor) {
  BLC_TRY(auto runs, journal.read());
  for (const auto& claim : replay.claims_by(executor)) {
    const bool known = std::ranges::any_of(
        runs, [&](const auto& run) { return std::ranges::find(run.second.claims, claim) != run.second.claims.end(); });
    if (!known)
      return fail(Exit::refused, "the executor's journal lacks a claim that its key made",
                  "nothing is run with this executor key any more; enrol a new executor");
  }
  return runs;
}

}  // namespace blc::execution
