#pragma once
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "core/base/result.hpp"
#include "core/base/words.hpp"
#include "core/verb/verb.hpp"

namespace blc::policy {

// What holds of one class of data.
struct DataClassTerms {
  Classification lowest = Classification::clinical;  // of a verb that may touch it
  std::set<Environment> environments;                // where it may be touched
  std::set<Environment> stand_ins;                   // where made-up data in its place may be
  int line = 0;                                      // where its environments stand
  int lowest_line = 0;
};

// The practice's data-classes.yaml, complete: every class of data once, none below the floor that is compiled in
// (requirements, sections 1 and 3).
class DataClasses {
 public:
  static constexpr std::string_view kPath = "policies/data-classes.yaml";

  // Errors are Exit::usage: file, line, column, what was expected.
  static Result<DataClasses> load(std::string_view text);

  [[nodiscard]] const DataClassTerms& at(std::string_view data_class) const;
  // The first step of the verb that touches what must not be touched there, or nullptr.
  [[nodiscard]] const verb::Step* barred(const verb::Verb& verb, Environment environment) const;
  // Where the environments of the class stand: "policies/data-classes.yaml:12".
  [[nodiscard]] std::string source(std::string_view data_class) const;
  // Exit::usage when the verb lists a class that is above its classification: its file and line.
  [[nodiscard]] Result<> check(const verb::Verb& verb) const;
  // Exit::refused when a step of it touches what must not be there: the step, and the line here that says so.
  [[nodiscard]] Result<> admit(const verb::Verb& verb, Environment environment) const;

 private:
  std::map<std::string, DataClassTerms, std::less<>> terms_;
};

}  // namespace blc::policy
