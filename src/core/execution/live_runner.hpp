#pragma once
#include <functional>
#include <map>
#include <stop_token>
#include <string>
#include <vector>

#include "core/execution/executor.hpp"

namespace blc::execution {

// Carries out the steps of one claimed run in order, those that are done already excepted; on failure undoes what was done, the failed step's own
// undo first. Each step and each undo is announced in ledger and journal before it begins, and none begins later
// than half a lease after the ledger's last word of the claimant. What cannot be announced is not begun: the error
// or Broken comes through, and the journal holds what was done. While a step runs, heartbeats say so.
class LiveRunner {
 public:
  struct Parts {
    const approval::Run& run;
    const verb::Values& values;
    const Secret& run_key;
    const plan::Resolved& resolved;
    approval::Vault& vault;
    ports::Clock& clock;
    ports::Processes& processes;
    ports::PracticeFiles& files;
    RunJournal& journal;
    Progress& progress;
    // Appends one entry of the claimant.
    std::function<Result<>(ledger::Kind, const text::Json&, std::vector<ports::SealedBlob>)> append;
    // Of a run that goes on: the step that may have been done before it was cut off.
    std::optional<std::string> in_doubt;
    // Whether people have closed the run, as the ledger was last seen.
    std::function<bool()> closed;
  };
  LiveRunner(Parts parts, std::stop_token stop) : parts_(std::move(parts)), stop_(std::move(stop)) {}

  Result<Outcome> run();

 private:
  enum class Did { everything, nothing, maybe };
  // Whether the step in doubt is to be taken for done, by its confirm; one that may be done twice is, in doubt, not.
  Result<approval::Found> settle(const plan::ReadyStep& step);
  Result<approval::Found> ask(const plan::ReadyStep& step);
  [[nodiscard]] bool output_is_needed(const std::string& step) const;
  [[nodiscard]] Outcome still_in_doubt(std::size_t at) const;
  Result<Did> carry_out(const plan::ReadyStep& step);
  Result<bool> undo(const plan::ReadyStep& step);
  Result<Outcome> give_up(std::size_t failed, Did did);
  enum class Folders { written, read };
  Result<ports::Finished> launch(const plan::ReadyStep& step, const plan::ReadyCommand& command, std::stop_token stop,
                                 Folders folders = Folders::written);
  [[nodiscard]] bool rolls_back() const;
  [[nodiscard]] std::string title(const plan::ReadyStep& step) const;  // for people
  [[nodiscard]] std::map<std::string, std::string> environment_of(const plan::ReadyStep& step) const;
  Result<> tell(ledger::Kind kind, const text::Json& body, std::vector<ports::SealedBlob> blobs = {});
  Result<> show_written(const std::string& folder, ports::View& view);
  Result<> show_read(const std::string& folder, ports::View& view);
  void remove_empty_folders();
  bool beat(const plan::ReadyStep& step);
  Result<> record(const plan::ReadyStep& step, bool undo, bool succeeded, const std::string& how,
                  const ports::Finished& finished);
  Result<text::Json> seal_stream(const std::string& name, const ports::Captured& captured,
                                 std::vector<ledger::SealedItem>& items, std::vector<ports::SealedBlob>& blobs);

  Parts parts_;
  std::stop_token stop_;
  std::map<std::string, std::string> outputs_;
  std::vector<std::string> made_;  // folders that were not there before
  std::string why_;
  Milliseconds heard_{};  // since boot: before the last entry that the ledger took was signed
};

}  // namespace blc::execution
