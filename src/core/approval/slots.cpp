#include "core/approval/slots.hpp"

#include <algorithm>
#include <set>

namespace blc::approval {

namespace {

// Kuhn's augmenting paths; slots number at most eight.
class Matching {
 public:
  Matching(const std::vector<policy::Slot>& slots, const std::vector<Candidate>& candidates)
      : slots_(slots), candidates_(candidates), filled_(slots.size()) {}

  std::vector<std::optional<std::size_t>> solve() {
    std::set<std::string> people;
    std::set<crypto::PublicKey> keys;
    for (std::size_t index = 0; index < candidates_.size(); ++index) {
      const auto& candidate = candidates_[index];
      // A second entry of a person, or of a key under another name, adds no signature.
      if (people.contains(candidate.person) || keys.contains(candidate.key)) continue;
      people.insert(candidate.person);
      keys.insert(candidate.key);
      std::set<std::size_t> tried;
      place(index, tried);
    }
    return filled_;
  }

 private:
  bool place(std::size_t candidate, std::set<std::size_t>& tried) {
    for (std::size_t slot = 0; slot < slots_.size(); ++slot) {
      if (!fits(slots_[slot], candidates_[candidate].roles) || !tried.insert(slot).second) continue;
      if (!filled_[slot] || place(*filled_[slot], tried)) {
        filled_[slot] = candidate;
        return true;
      }
    }
    return false;
  }

  const std::vector<policy::Slot>& slots_;
  const std::vector<Candidate>& candidates_;
  std::vector<std::optional<std::size_t>> filled_;
};

}  // namespace

bool fits(const policy::Slot& slot, const std::vector<std::string>& roles) {
  return std::ranges::any_of(slot.roles, [&](const auto& role) { return std::ranges::find(roles, role) != roles.end(); });
}

std::vector<std::optional<std::size_t>> match(const std::vector<policy::Slot>& slots,
                                              const std::vector<Candidate>& candidates) {
  return Matching(slots, candidates).solve();
}

}  // namespace blc::approval
