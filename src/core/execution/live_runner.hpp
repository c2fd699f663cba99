#pragma once
#include <functional>
#include <map>
#include <stop_token>
#include <string>
#include <vector>

#include "core/execution/executor.hpp"

namespace blc::execution {

// Carries out the steps of one claimed run in order; on failure undoes what was done, the failed step's own
// undo first. Each step and each undo is announced in ledger and journal before it begins.
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
  };
  LiveRunner(Parts parts, std::stop_token stop) : parts_(std::move(parts)), stop_(std::move(stop)) {}

  Result<Outcome> run();

 private:
  enum class Did { everything, nothing, maybe };
  Result<Did> carry_out(const plan::ReadyStep& step);
  Result<> take_known(const plan::ReadyStep& step);
  Result<bool> undo(const plan::ReadyStep& step);
  Result<Outcome> give_up(std::size_t failed, Did did);
  // `announced`: since boot, before the entry that announces it was appended.
  Result<ports::Finished> launch(const plan::ReadyStep& step, const plan::ReadyCommand& command, Milliseconds announced,
                                 std::stop_token stop);
  Result<> record(const plan::ReadyStep& step, bool undo, bool succeeded, const std::string& how,
                  const ports::Finished& finished);
  Result<text::Json> seal_stream(const std::string& name, const ports::Captured& captured,
                                 std::vector<ledger::SealedItem>& items, std::vector<ports::SealedBlob>& blobs);

  Parts parts_;
  std::stop_token stop_;
  std::map<std::string, std::string> outputs_;
  std::string why_;
};

}  // namespace blc::execution
