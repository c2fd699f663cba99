#include "core/approval/slots.hpp"

#include <algorithm>
#include <set>

#include <fmt/format.h>

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
      const auto& one = candidates_[candidate];
      if (!fits(slots_[slot], one.roles) || !shows(slots_[slot], one.shown) || !tried.insert(slot).second) continue;
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

std::vector<Candidate> eligible(const policy::ApprovalRule& rule, std::string_view requester,
                                std::vector<Candidate> signatures) {
  if (!rule.requester_may_sign)
    std::erase_if(signatures, [&](const auto& candidate) { return candidate.person == requester; });
  return signatures;
}

std::string signatures_given(std::size_t given, std::size_t asked) {
  return fmt::format("{} of {} signatures given", given, asked);
}

bool fits(const policy::Slot& slot, const std::vector<std::string>& roles) {
  return std::ranges::any_of(slot.roles, [&](const auto& role) { return std::ranges::find(roles, role) != roles.end(); });
}

std::string in_place_of(const policy::Slot& slot, const Candidate& candidate) {
  std::string from;
  for (const auto& role : candidate.roles) {
    if (std::ranges::find(slot.roles, role) == slot.roles.end()) continue;
    const auto loan = std::ranges::find(candidate.lent, role, &Loan::role);
    if (loan == candidate.lent.end()) return {};
    if (from.empty()) from = loan->from;
  }
  return from;
}

bool shows(const policy::Slot& slot, const Presence& shown) {
  if (slot.attested && !shown.attested) return false;
  switch (slot.hardware) {
    case policy::Hardware::any: return true;
    case policy::Hardware::touch: return shown.touched;
    case policy::Hardware::pin: return shown.touched && shown.pin;
  }
  return false;
}

Presence at_best(const crypto::PublicKey& key, bool attested) { return {key.hardware(), key.hardware(), attested}; }

std::string asked_of_key(const policy::Slot& slot) {
  std::string asked;
  if (slot.hardware == policy::Hardware::touch) asked = ", touched";
  if (slot.hardware == policy::Hardware::pin) asked = ", touched and with its PIN";
  if (slot.attested) asked += ", attested by its maker";
  return asked.empty() ? asked : "a security key" + asked;
}

std::string shown_words(const Presence& shown) {
  if (shown.touched) return shown.pin ? "touch and PIN" : "touch";
  return shown.pin ? "PIN" : "neither touch nor PIN";
}

std::vector<std::optional<std::size_t>> match(const std::vector<policy::Slot>& slots,
                                              const std::vector<Candidate>& candidates) {
  return Matching(slots, candidates).solve();
}

}  // namespace blc::approval
