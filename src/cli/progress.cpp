#include "cli/progress.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "cli/views/run_view.hpp"
#include "cli/views/step_table.hpp"
#include "cli/views/words.hpp"
#include "core/approval/reached.hpp"
#include "core/text/display.hpp"

namespace blc::cli {

using plan::PlannedStep;

namespace {

std::string title(const PlannedStep& step, bool undo) { return (undo ? "undo of " : "") + step.name; }

class StepLines final : public execution::Progress {
 public:
  StepLines(const Output& output, ports::Clock& clock) : output_(output), clock_(clock) {}
  void step_starts(const PlannedStep& step, bool undo) override { line(title(step, undo) + " ..."); }
  void step_lasts(const PlannedStep& step, bool undo) override { line(title(step, undo) + ": still at work"); }
  void step_ends(const PlannedStep& step, bool undo, bool succeeded, const std::string& how) override {
    line(fmt::format("{}: {}", title(step, undo), succeeded ? "done" : "FAILED, " + how));
  }
  void confirm_starts(const PlannedStep& step) override { line(fmt::format("was {} done? ...", step.name)); }
  void confirm_ends(const PlannedStep& step, approval::Found found) override {
    line(fmt::format("{}: {}", step.name, words_for(found)));
  }

 private:
  void line(const std::string& text) const { output_.note(fmt::format("{}  {}", to_the_second(clock_.now()), text)); }
  const Output& output_;
  ports::Clock& clock_;
};

// A thread of its own draws: the one that executes only tells what happened, and never waits for a terminal.
class LiveSteps final : public execution::Progress {
 public:
  LiveSteps(const approval::Run& run, const adapters::Terminal& terminal, ports::Clock& clock)
      : table_(run.plan->plan->resolution, approval::reached(*run.plan->plan, approval::records_of(run)).done), terminal_(terminal), clock_(clock), painter_([this](const std::stop_token& stop) { paint(stop); }) {}
  LiveSteps(const LiveSteps&) = delete;
  LiveSteps& operator=(const LiveSteps&) = delete;
  ~LiveSteps() override {
    painter_.request_stop();
    painter_.join();
    draw();
  }

  void step_starts(const PlannedStep& step, bool undo) override {
    change([&] { table_.starts(step.name, undo ? StepState::undoing : StepState::running, clock_.since_boot()); });
  }
  void step_says(const PlannedStep& step, std::string_view bytes) override {
    const std::lock_guard lock(mutex_);  // the next turn of the spinner shows it
    table_.says(step.name, bytes);
  }
  void step_ends(const PlannedStep& step, bool undo, bool succeeded, const std::string& how) override {
    const auto state = undo ? (succeeded ? StepState::undone : StepState::undo_failed) : (succeeded ? StepState::done : StepState::failed);
    change([&] { table_.ends(step.name, state, clock_.since_boot(), succeeded ? "" : how); });
  }
  void confirm_starts(const PlannedStep& step) override {
    change([&] { table_.starts(step.name, StepState::asking, clock_.since_boot()); });
  }
  void confirm_ends(const PlannedStep& step, approval::Found found) override {
    const auto state = found == approval::Found::done ? StepState::done : StepState::not_done;
    change([&] { table_.ends(step.name, state, clock_.since_boot(), found == approval::Found::unknown ? words_for(found) : ""); });
  }

 private:
  void change(const std::function<void()>& what) {
    {
      const std::lock_guard lock(mutex_);
      what();
      changed_ = true;
    }
    woken_.notify_one();
  }

  void paint(const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      draw();
      std::unique_lock lock(mutex_);
      woken_.wait_for(lock, stop, kFrame, [this] { return changed_; });
      changed_ = false;
    }
  }

  // Over what was drawn before. A line never fills the last column: where the cursor goes then differs from terminal to
  // terminal. A terminal that was made narrower has broken the old lines, and each of them takes several rows.
  void draw() {
    const auto width = std::max<std::size_t>(terminal_.error_columns(), 2) - 1;
    std::vector<std::string> lines;
    {
      const std::lock_guard lock(mutex_);
      lines = table_.lines(width, clock_.since_boot());
    }
    std::size_t above = 0;
    for (const auto columns : drawn_) above += std::max<std::size_t>(1, (columns + width) / (width + 1));
    std::string bytes = above == 0 ? "\r" : fmt::format("\r\x1b[{}A", above);
    drawn_.clear();
    for (const auto& line : lines) {
      bytes += line + "\x1b[K\n";
      drawn_.push_back(text::columns(line));
    }
    terminal_.draw(bytes + "\x1b[J");
  }

  static constexpr Milliseconds kFrame{100};
  std::mutex mutex_;  // of table_ and changed_
  std::condition_variable_any woken_;
  StepTable table_;
  bool changed_ = false;
  std::vector<std::size_t> drawn_;  // columns of each line, of the painter alone
  const adapters::Terminal& terminal_;
  ports::Clock& clock_;
  std::jthread painter_;
};

}  // namespace

std::unique_ptr<execution::Progress> progress_of(Session& session, const approval::Run& run) {
  const auto& globals = session.globals();
  const auto& terminal = session.terminal();
  const auto steps = run.plan->plan->resolution.steps.size();
  if (globals.quiet || globals.verbose || !terminal.redraws() || steps + 2 > terminal.error_rows())
    return std::make_unique<StepLines>(session.output(), session.clock());
  return std::make_unique<LiveSteps>(run, terminal, session.clock());
}

}  // namespace blc::cli
