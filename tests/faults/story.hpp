#pragma once
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/text/json.hpp"
#include "faults/machine.hpp"

namespace blc::faults {

// That a run takes to its end when nothing is in the way.
inline constexpr int kMostCommands = 12;

// What somebody types.
struct Command {
  std::string name;  // plan, approve, execute, resume, close
  std::string person;
  std::vector<std::string> arguments;
};

// A practice with two signatures for every verb, and three verbs whose steps (first, second, third) each add a line
// to made/log: `life` ends well, `broken` fails in its last step and is undone, `doubt` fails there and cannot be.
class Practice {
 public:
  explicit Practice(Machine::Disk disk);

  Machine machine;

  // What must hold whenever nothing runs; `where` is told with each failure. Afterwards what is in the ledger counts
  // as seen: from then on it must stay.
  void check(const std::string& where);
  // The machine was put back: what is in the ledger now is what is seen.
  void look_again() { entries_ = entries(); }
  // One line of what went wrong, one of what to do; an exit code of ours; never the end by a signal.
  static void check_words(const Ended& ended, const std::string& where);
  [[nodiscard]] std::optional<text::Json> show(const std::string& run);
  [[nodiscard]] std::vector<std::string> runs();

 private:
  void prepare(const std::string& person, const std::vector<std::string>& arguments);
  [[nodiscard]] std::vector<std::string> entries() const;
  std::vector<std::string> entries_;
};

// One run, from the first request to its end: what people type for it, what they were told, and whether that is true.
class Life {
 public:
  Life(Practice& practice, std::string verb) : practice_(practice), verb_(std::move(verb)) {}

  // What a person would type now, as blc shows the run; nothing when it is over.
  [[nodiscard]] std::optional<Command> next();
  Ended type(const Command& command, const Machine::How& how);
  // To the end, with nothing in the way.
  void finish(const std::string& where);
  // No effect twice, the state true, everything that was acknowledged still there.
  void check(const std::string& where);
  [[nodiscard]] const std::string& run() const { return run_; }

 private:
  [[nodiscard]] int count(const std::string& word) const;
  void acknowledge(const Command& command, const Ended& ended);
  void check_acknowledged(const text::Json& shown) const;
  void check_effects(const text::Json& shown) const;

  Practice& practice_;
  std::string verb_;
  std::string run_;
  bool unresumable_ = false;
  // What people were told.
  std::string digest_;
  std::set<std::string> approved_;
  std::set<std::string> closed_;
  std::string ended_;
};

[[nodiscard]] std::string word(const text::Json& object, const std::string& name);

}  // namespace blc::faults
