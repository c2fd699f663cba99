// One run as people and scripts see it: the same facts as text and as JSON.
#pragma once
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/approval/gate.hpp"
#include "core/approval/replay.hpp"
#include "core/text/json.hpp"

namespace blc::cli {

// Everything a view says of a run, gathered once. `opened` holds the sealed values that this reader was
// shown (and whose showing is in the ledger); what is not there is shown as sealed.
struct RunView {
  const approval::Run* run = nullptr;
  approval::State state = approval::State::planning;
  approval::Decision decision;
  std::string me;  // empty when the reader's key is not known
  std::map<std::string, std::string> opened;  // by name (parameters, previews) and by ciphertext digest
  const approval::Run* earlier = nullptr;  // the last approved run of that verb and environment
  const approval::Run* since = nullptr;    // the run that this one was asked for after (blc again)
  const approval::Run* undone = nullptr;    // of a rollback: the run that it takes back
  const approval::Run* later = nullptr;     // of a rollback: the last run of that verb since the one it takes back
  const approval::Run* rollback = nullptr;  // of a run that succeeded: the last rollback of it that was started
  Timestamp now;
  std::size_t width = 80;
  const trust::History* trust = nullptr;
  // Files of verb and policy that have changed since it was planned, while it waits to be run: those of the adopted catalog;
  // in local those that the reader looked at.
  std::vector<std::string> changed;
  std::optional<Error> shut;  // why it is not started now though it is approved: a window or a freeze
  std::uint64_t seen_by_executors = 0;  // how much of the ledger those of its environment had seen
};

[[nodiscard]] inline const plan::Plan& plan_of(const RunView& view) { return *view.run->plan->plan; }

[[nodiscard]] RunView view_of(const approval::Replay& replay, const approval::Run& run, Timestamp now,
                              const std::string& me, std::size_t width);
// The same for a list: without the runs before it, which no line of a list tells of.
[[nodiscard]] RunView list_view_of(const approval::Replay& replay, const approval::Run& run, Timestamp now,
                                   const std::string& me, std::size_t width);

// Whether an executor of the run's environment has shown that it had this entry before it; until then it is only sent.
[[nodiscard]] inline bool in_force(const RunView& view, const approval::Fact& fact) { return fact.leaf < view.seen_by_executors; }
// What was printed as the name of its signer when they signed (21 CFR 11.50(a)(1)); empty where the root did not say.
[[nodiscard]] std::string printed_name(const RunView& view, const approval::Fact& fact);

// {"format":"blc.run/v1", ...}; within v1 fields are only added.
[[nodiscard]] text::Json to_json(const RunView& view);

// A person's words as they were written, or nothing when they are sealed and were not opened.
[[nodiscard]] std::optional<std::string> words_said(const RunView& view, const approval::Words& words);
// The same safe to show; "(sealed)" for nothing.
[[nodiscard]] std::string words_text(const RunView& view, const approval::Words& words);

// What it does, to what, and where: the first line of a screen.
[[nodiscard]] std::string heading(const RunView& view);
// What each step does, who must sign, until when.
[[nodiscard]] std::string plan_text(const RunView& view);
// The plan as the requester sees it: what each step does, who must sign, what to type next.
[[nodiscard]] std::string plan_screen(const RunView& view);
// The plan as a signer sees it, up to the question.
[[nodiscard]] std::string sign_screen(const RunView& view, const std::vector<std::string>& my_slots);
// Every step with its program, files, folders, environment and undo, for who wants to read all of it.
[[nodiscard]] std::string steps_screen(const RunView& view);
// What differs from the last approved run of that verb and environment.
[[nodiscard]] std::string differences_screen(const RunView& view);
// All that happened to a run.
[[nodiscard]] std::string history_screen(const RunView& view);
// One line a slot: satisfied or not, by whom, or by whom it could be, and why that policy applies.
[[nodiscard]] std::string explain_screen(const RunView& view);
// Whether it waits for signatures or for its start.
[[nodiscard]] inline bool before_start(const RunView& view) { return view.state == approval::State::pending || view.state == approval::State::approved; }
// Of an approved run whose last start was refused because something had changed, or that would be because its policy has:
// that, and the way on; else nothing.
[[nodiscard]] bool drifted(const RunView& view);
[[nodiscard]] std::string drift_text(const RunView& view);
// Of a run that was planned by files of verb or policy that have changed since: that, and the way on; else nothing.
[[nodiscard]] std::string changed_text(const RunView& view);
// What a step's confirm found, for people.
[[nodiscard]] std::string words_for(approval::Found found);
// What ended a run, with what remains.
[[nodiscard]] std::string outcome_text(const RunView& view);

}  // namespace blc::cli
