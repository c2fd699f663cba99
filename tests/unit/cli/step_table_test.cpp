#include "cli/views/step_table.hpp"

#include <gtest/gtest.h>

#include "core/text/display.hpp"

namespace blc::cli {
namespace {

using namespace std::chrono_literals;

plan::Resolution run_of(std::vector<plan::PlannedStep> steps, Classification classification = Classification::business) {
  plan::Resolution resolution;
  resolution.classification = classification;
  resolution.steps = std::move(steps);
  return resolution;
}
plan::PlannedStep step(const std::string& name, bool at_planning = false) {
  plan::PlannedStep step;
  step.name = name;
  step.at_planning = at_planning;
  return step;
}

TEST(StepTable, ShowsWhatEachStepDoesAndHowLong) {
  StepTable table(run_of({step("total", true), step("post"), step("send")}));
  EXPECT_EQ(table.lines(80, 0ms), (std::vector<std::string>{" 1 total  done", " 2 post   waits", " 3 send   waits"}));
  table.starts("post", StepState::running, 1000ms);
  EXPECT_EQ(table.lines(80, 4200ms)[1], " 2 post   running -       3.2 s");
  EXPECT_EQ(table.lines(80, 4300ms)[1], " 2 post   running \\       3.3 s") << "it turns";
  table.says("post", "posted 12 invoices\n");
  EXPECT_EQ(table.lines(80, 14000ms)[1], " 2 post   running |        13 s  posted 12 invoices");
  table.ends("post", StepState::done, 186'000ms);
  EXPECT_EQ(table.lines(80, 500'000ms)[1], " 2 post   done             3:05  posted 12 invoices");
  table.starts("send", StepState::running, 0ms);
  table.ends("send", StepState::failed, 900ms, "it ended with exit code 3");
  EXPECT_EQ(table.lines(80, 0ms)[2], " 3 send   FAILED          0.9 s  it ended with exit code 3");
  table.starts("post", StepState::undoing, 0ms);
  table.ends("post", StepState::undone, 100ms);
  EXPECT_EQ(table.lines(80, 0ms)[1], " 2 post   undone          0.1 s");
}

TEST(StepTable, KeepsTheLastLineThatWasPrintedAndNoOther) {
  StepTable table(run_of({step("a")}));
  table.starts("a", StepState::running, 0ms);
  const auto remark = [&] { return table.lines(200, 0ms)[0].substr(std::string(" 1 a  running |       0.0 s  ").size()); };
  table.says("a", "one\ntw");
  EXPECT_EQ(remark(), "tw");
  table.says("a", "o\n");
  EXPECT_EQ(remark(), "two");
  table.says("a", "10 %\r20 %\r");
  EXPECT_EQ(remark(), "20 %") << "what overwrites itself on a terminal counts as lines";
  table.says("a", "\n\n");
  EXPECT_EQ(remark(), "20 %") << "an empty line says nothing";
}

TEST(StepTable, MasksAndNeverShowsControlCharacters) {
  StepTable table(run_of({step("a")}));
  table.starts("a", StepState::running, 0ms);
  table.says("a", "mail to ana@example.org \x1b[31m\x07");
  const auto line = table.lines(200, 0ms)[0];
  EXPECT_EQ(line.find("ana@example.org"), std::string::npos) << line;
  EXPECT_NE(line.find("<email>"), std::string::npos) << line;
  EXPECT_NE(line.find("<U+001B>"), std::string::npos) << line;
  EXPECT_EQ(line.find('\x1b'), std::string::npos);
}

TEST(StepTable, SaysOfAClinicalRunOnlyHowMuchWasPrinted) {
  StepTable table(run_of({step("a")}, Classification::clinical));
  table.starts("a", StepState::running, 0ms);
  table.says("a", "Jane Roe\nC-1042\nborn");
  const auto line = table.lines(200, 0ms)[0];
  EXPECT_NE(line.find("printed 2 lines, sealed"), std::string::npos) << line;
  for (const auto* const secret : {"Jane", "C-1042", "born"}) EXPECT_EQ(line.find(secret), std::string::npos);
}

TEST(StepTable, IsNeverWiderThanTheTerminal) {
  StepTable table(run_of({step("a-long-name-of-a-step"), step("b")}));
  table.starts("b", StepState::running, 0ms);
  table.says("b", std::string(5000, 'x') + "\xc3\xa9\xe4\xb8\xad");
  table.says("b", "\n\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9");
  for (std::size_t width = 1; width < 120; ++width) {
    for (const auto& line : table.lines(width, 0ms)) {
      EXPECT_LE(text::columns(line), width) << line;
      EXPECT_EQ(text::display(line), line) << "no character is cut in two";
    }
  }
}

TEST(StepTable, OfARunThatGoesOnShowsWhatIsDone) {
  EXPECT_EQ(StepTable(run_of({step("a"), step("b")}), {"a"}).lines(80, 0ms), (std::vector<std::string>{" 1 a  done", " 2 b  waits"}));
}

}  // namespace
}  // namespace blc::cli
