#include "core/execution/run_journal.hpp"

#include <algorithm>
#include <ranges>
#include <set>

#include "core/text/json.hpp"

namespace blc::execution {

using text::Json;

namespace {

Result<> take(std::string_view line, std::map<RunId, Journalled>& runs) {
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

bool has_claim(const Journalled& run, const LeafHash& claim) { return std::ranges::find(run.claims, claim) != run.claims.end(); }

std::unexpected<Error> damaged(const std::string& why) {
  return fail(Exit::refused, "the executor's journal is damaged: " + why, "nothing is run with this executor key any more; enrol a new executor");
}

std::unexpected<Error> lacks_a_claim() {
  return fail(Exit::refused, "the executor's journal lacks a claim that its key made", "nothing is run with this executor key any more; enrol a new executor");
}

Json::Object note(const RunId& run, std::string_view event) { return {{"run", run.str()}, {"event", event}}; }

}  // namespace

Result<std::map<RunId, Journalled>> RunJournal::read() {
  std::map<RunId, Journalled> runs;
  BLC_CHECK(journal_.each_line([&](std::string_view line) -> Result<> {
    if (auto taken = take(line, runs); !taken) return damaged(taken.error().message);
    return {};
  }));
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

Result<Journalled> journal_of(RunJournal& journal, const approval::Replay& replay, const approval::Run& run, const crypto::PublicKey& executor) {
  BLC_TRY(auto runs, journal.read());
  const auto last = replay.last_claim_by(executor);
  if (last && std::ranges::none_of(runs, [&](const auto& each) { return has_claim(each.second, *last); })) return lacks_a_claim();
  auto& journalled = runs[run.id];
  if (run.claim && run.claim->key == executor && !has_claim(journalled, run.claim->hash)) return lacks_a_claim();
  return std::move(journalled);
}

Result<std::map<RunId, Journalled>> whole_journal(RunJournal& journal, const approval::Replay& replay,
                                                  const crypto::PublicKey& executor) {
  BLC_TRY(auto runs, journal.read());
  std::set<LeafHash> noted;
  for (const auto& [id, run] : runs) noted.insert(run.claims.begin(), run.claims.end());
  for (const auto& claim : replay.claims_by(executor)) {
    if (!noted.contains(claim)) return lacks_a_claim();
  }
  return runs;
}

}  // namespace blc::execution
