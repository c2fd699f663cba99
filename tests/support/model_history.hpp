#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "core/text/json.hpp"
#include "support/model.hpp"

namespace blc::testing::model {

// One entry to be, said without leaf numbers, so that it keeps its meaning when others are dropped.
struct Action {
  enum class Fault {
    none,
    other_ledger,
    head_root,
    head_beyond,
    root_version,
    repeated_id,
    version,
    threshold,
    wrong_rule,
    wrong_requester,
    classification,
    signature_missing,
    signature_extra,
    other_body,
  };
  Entry entry;             // `hash` is its number in the history
  int sees = 0;            // its signer saw the entries with smaller numbers
  int plan = 0;            // number of the plan that it names; 0 is a plan that nobody made
  int adopts = 0;          // of a root or catalog: number of the proposal that it cites
  std::vector<int> lists;  // of a root: numbers of the void entries that it lists as known
  Fault fault = Fault::none;
};
using History = std::vector<Action>;

// Turns actions into entries one after the other, as the model of what came before has it.
class Teller {
 public:
  struct Told {
    Entry entry;
    text::Json plan;  // the body of a plan
  };
  [[nodiscard]] Told tell(const Action& action) const;
  void add(const Action& action, const Told& told);
  [[nodiscard]] const Ledger& ledger() const { return ledger_; }

 private:
  void tell_root(const Action& action, Entry& entry) const;
  void tell_catalog(const Action& action, Entry& entry) const;
  void tell_adopting(const Action& action, Entry& entry) const;
  Ledger ledger_;
  std::map<int, std::uint64_t> leaves_;  // number -> leaf
  std::map<int, std::string> digests_;   // number of a plan -> its digest
};

[[nodiscard]] History random_history(std::uint64_t seed);
[[nodiscard]] bool names_plan(Kind kind);
[[nodiscard]] const char* name_of(Kind kind);
// One line an action.
[[nodiscard]] std::string describe(const History& history);

}  // namespace blc::testing::model
