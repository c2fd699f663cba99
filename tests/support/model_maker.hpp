// Makes the random histories: what would be done next (model_history.cpp), and what it says (model_fill.cpp).
#pragma once
#include <array>
#include <optional>
#include <random>
#include <string_view>

#include "support/model_history.hpp"

namespace blc::testing::model {

using namespace std::chrono_literals;

constexpr Timestamp at(int year, unsigned month, unsigned day, std::chrono::minutes minute) {
  return std::chrono::sys_days{std::chrono::year{year} / static_cast<int>(month) / static_cast<int>(day)} + minute;
}

// A Sunday like others; and shortly before summer time ends (Europe, America), begins (Australia, Europe), and before
// the year ends.
inline constexpr std::array kStarts{at(2026, 11, 22, 10h + 31min), at(2026, 10, 25, 0h + 10min), at(2026, 11, 1, 5h + 10min),
                             at(2026, 10, 3, 15h + 20min),  at(2026, 3, 29, 0h + 20min),  at(2026, 12, 31, 21h + 30min)};
inline constexpr std::array kPeople{"ana", "ben", "cleo", "dora", "eli", "fay"};
inline constexpr std::array kRoles{"lead", "officer", "clerk"};

// Whether blc would write such a root.
[[nodiscard]] bool valid(const Roster& roster);

class Maker {
 public:
  explicit Maker(std::uint64_t seed) : random_(seed) {}
  History make();

 private:
  std::uint64_t below(std::uint64_t limit) { return random_() % limit; }
  bool chance(std::uint64_t percent) { return below(100) < percent; }
  template <class List>
  const auto& one_of(const List& list) {
    return *std::next(list.begin(), static_cast<std::ptrdiff_t>(below(list.size())));
  }

  void put(Action action);
  Action blank(Kind kind);
  void start();
  void next(std::optional<Kind> kind = std::nullopt);
  Kind choose();
  void tick();
  void perturb(Action& action);
  void sign_as(Action& action, const std::string& name);
  std::string actor(Kind kind);
  std::vector<std::string> able_to_sign();
  std::set<std::string> some_roles();
  Policy some_policy();
  Roster changed_roster();
  std::optional<Roster> taken_or_given_back();
  bool was_taken();
  void attest(Principal& one, std::uint64_t percent);
  void change(std::vector<Principal>& list);
  void fill(Action& action);
  void fill_plan(Action& action);
  void fill_delegation(Action& action);
  Milliseconds skew();
  void add_conditions(Policy& policy);
  void add_calendar(Policy& policy);
  void settle(Action& action);
  Kind choose_of_admins();
  void pick_proposal();
  void fill_proposal(Action& action);
  void fill_adopting(Action& action);
  void sign_acceptance(Action& action);
  Roster proposed_roster();
  std::vector<std::string> admins();

  const Roster& roster() { return *teller_.ledger().roster(teller_.ledger().size()); }
  // The leaf of the last root that counts; of the first, what a reader of it alone has seen.
  std::size_t last_root() {
    const auto& ledger = teller_.ledger();
    auto leaf = ledger.size() - 1;
    while (ledger.entry(leaf).kind != Kind::root || ledger.standing(leaf) != Standing::counts) --leaf;
    return leaf == 0 ? 1 : leaf;  // the first has none before it
  }
  std::optional<std::size_t> last(int run, Kind kind) {
    return teller_.ledger().last(run, kind, teller_.ledger().size());
  }

  std::mt19937_64 random_;
  Teller teller_;
  History history_;
  struct Cell {
    std::string environment;
    Verb verb = Verb::task;
  };
  Timestamp clock_ = kStarts[0];
  std::array<Cell, 3> cells_;  // of runs 1 and 2
  int run_ = 1;                // what the next entry is about
  bool glass_ = false;         // clinical runs, and break-glass
  bool lending_ = false;  // ben is the lead, and lends that
  bool attests_ = false;  // makers vouch for keys, and slots ask for that
  bool admins_ = false;   // more than one admin, and proposals
  bool returns_ = false;  // what those who signed are is taken away, and given back
  int target_ = 0;         // the proposal that the next entry is about
  int next_key_ = 0;
};

}  // namespace blc::testing::model
