// The steps of a run at work, a line each, to be drawn over and over.
#pragma once
#include <cstddef>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/time.hpp"
#include "core/plan/plan.hpp"

namespace blc::cli {

enum class StepState { waits, running, asking, done, not_done, failed, undoing, undone, undo_failed };

class StepTable {
 public:
  // `done`: of a run that goes on, what was done before. Of a clinical run nothing of what its programs print is shown,
  // only how much it is.
  explicit StepTable(const plan::Resolution& resolution, const std::set<std::string>& done = {});

  // `now`: since any fixed moment.
  void starts(std::string_view step, StepState state, Milliseconds now);
  void says(std::string_view step, std::string_view bytes);
  void ends(std::string_view step, StepState state, Milliseconds now, std::string_view how = {});

  [[nodiscard]] std::size_t size() const { return rows_.size(); }
  // None wider than `width`; what a program printed last is masked.
  [[nodiscard]] std::vector<std::string> lines(std::size_t width, Milliseconds now) const;

 private:
  struct Row {
    std::string name;
    StepState state = StepState::waits;
    std::optional<Milliseconds> since{};
    Milliseconds took{};
    std::string line{};       // the last one that it printed, or the beginning of it
    bool line_ended = false;  // what comes next begins another
    std::size_t printed = 0;  // lines
    std::string how{};        // why it failed
  };
  [[nodiscard]] Row* find(std::string_view step);
  [[nodiscard]] std::string remark(const Row& row) const;

  bool sealed_;
  std::vector<Row> rows_;
};

}  // namespace blc::cli
