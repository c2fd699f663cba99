// What differs between the plans of two runs.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "core/approval/replay.hpp"
#include "core/text/json.hpp"

namespace blc::cli {

// One thing that differs. Texts are as the plans have them, not yet safe to show.
struct Difference {
  std::string area;                   // "parameter", "step", "program", "file", "signatures", "text", ...
  std::string name;                   // which parameter, step, program, file; empty where there is one only
  std::string part;                   // of it: "argument 2", "timeout"; empty: the thing itself
  std::optional<std::string> before;  // nullopt: it was not there
  std::optional<std::string> after;   // nullopt: it is not there any more
  bool values = true;                 // false: it differs, and what it holds is sealed, a digest or a text of lines
  std::vector<std::string> lines{};   // of a text: text::changed_lines
};

// What follows from a parameter or environment that differs, and from nothing else, is not told again: the plan names
// another month's file because the month is another. That is proven from the verb, whose templates must give exactly
// what both plans have.
struct Comparison {
  std::vector<Difference> differences;
  std::vector<std::string> untold;  // what nobody can compare, for each run keeps it under a key of its own

  // "all else the same", as far as it can be told.
  [[nodiscard]] std::string_view rest() const {
    return untold.empty() ? "all else the same" : "all else that can be compared is the same";
  }
};

// Both runs must have plans.
[[nodiscard]] Comparison compare(const approval::Run& earlier, const approval::Run& now);

// The last run, no rollback, of the same verb and environment that was approved and started, before that leaf; nullptr
// when there is none.
[[nodiscard]] const approval::Run* last_approved(const approval::Replay& replay, const approval::Run& run, std::uint64_t before);

// Whose approvals stood when the run was started, or stand now.
[[nodiscard]] std::vector<std::string> signers_of(const approval::Run& run);

// "month: 2026-09 -> 2026-10", "program perl: another version of it": one line, safe to show.
[[nodiscard]] std::string to_line(const Difference& difference);
// Every difference on a line of its own, texts with their lines below, then what is the same and what cannot be told.
[[nodiscard]] std::string to_text(const Comparison& comparison, std::size_t width);
[[nodiscard]] text::Json to_json(const Comparison& comparison);

}  // namespace blc::cli
