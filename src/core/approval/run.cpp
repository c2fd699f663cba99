#include "core/approval/run.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <ranges>
#include <set>
#include <utility>

#include "core/base/names.hpp"

namespace blc::approval {

std::optional<State> parse_state(std::string_view name) {
  const auto* const found = std::ranges::find(kStates, name, [](auto state) { return to_string(state); });
  return found == kStates.end() ? std::nullopt : std::optional(*found);
}

std::string_view to_string(State state) {
  switch (state) {
    case State::planning: return "planning";
    case State::pending: return "pending";
    case State::approved: return "approved";
    case State::rejected: return "rejected";
    case State::cancelled: return "cancelled";
    case State::expired: return "expired";
    case State::executing: return "executing";
    case State::succeeded: return "succeeded";
    case State::failed: return "failed";
    case State::partial: return "partial";
    case State::indeterminate: return "indeterminate";
    case State::closed: return "closed";
    case State::rolled_back: return "rolled-back";
  }
  return "indeterminate";
}

namespace {
constexpr Names<Ending, 4> kEndings{{{Ending::succeeded, "succeeded"},
                                     {Ending::failed, "failed"},
                                     {Ending::partial, "partial"},
                                     {Ending::indeterminate, "indeterminate"}}};
}  // namespace

std::string_view to_string(Ending ending) { return name_of(kEndings, ending); }
std::optional<Ending> parse_ending(std::string_view name) { return value_of(kEndings, name); }

std::string_view to_string(Act act) {
  switch (act) {
    case Act::approve: return "approve";
    case Act::reject: return "reject";
    case Act::withdraw: return "withdraw";
  }
  return "reject";
}

namespace {
struct EmergencyWords {
  Emergency emergency;
  std::string_view code;
  std::string_view meaning;
};
constexpr std::array kEmergencies{EmergencyWords{Emergency::btg, "BTG", "the glass was broken"},
                                  EmergencyWords{Emergency::etreat, "ETREAT", "emergency treatment"}};
}  // namespace

std::string_view to_string(Emergency code) { return std::ranges::find(kEmergencies, code, &EmergencyWords::emergency)->code; }
std::string_view meaning(Emergency code) { return std::ranges::find(kEmergencies, code, &EmergencyWords::emergency)->meaning; }

std::optional<Emergency> parse_emergency(std::string_view code) {
  const auto* const found = std::ranges::find(kEmergencies, code, &EmergencyWords::code);
  return found == kEmergencies.end() ? std::nullopt : std::optional(found->emergency);
}

std::string_view to_string(Meaning meaning) {
  switch (meaning) {
    case Meaning::review: return "review";
    case Meaning::approval: return "approval";
    case Meaning::responsibility: return "responsibility";
  }
  return "approval";
}

std::optional<Meaning> parse_meaning(std::string_view name) {
  for (const auto meaning : {Meaning::review, Meaning::approval, Meaning::responsibility}) {
    if (name == to_string(meaning)) return meaning;
  }
  return std::nullopt;
}

std::string_view to_string(Found found) {
  switch (found) {
    case Found::done: return "done";
    case Found::not_done: return "not-done";
    case Found::unknown: return "unknown";
  }
  return "unknown";
}

std::optional<Found> parse_found(std::string_view name) {
  for (const auto found : {Found::done, Found::not_done, Found::unknown}) {
    if (name == to_string(found)) return found;
  }
  return std::nullopt;
}

std::size_t closers_needed(const Run& run) {
  return run.plan ? std::max<std::size_t>(run.plan->plan->resolution.rule.slots.size(), 1) : 1;
}

namespace {

// Who signed a finding. People are counted, not signatures: one with two keys is one, as are two with one key.
struct Signers {
  std::set<std::string> people;
  std::set<crypto::PublicKey> keys;
  [[nodiscard]] std::size_t count() const { return std::min(people.size(), keys.size()); }
};

template <class Facts>
std::map<LeafHash, Signers> signers_by_finding(const Facts& facts, std::uint64_t size) {
  std::map<LeafHash, Signers> by_finding;
  for (const auto& fact : facts) {
    if (fact.leaf >= size) continue;
    auto& signers = by_finding[finding_of(fact)];
    signers.people.insert(fact.by);
    signers.keys.insert(fact.key);
  }
  return by_finding;
}

}  // namespace

bool closed(const Run& run) {
  if (run.closes.empty() || !run.plan) return false;
  const bool had_slots = !run.plan->plan->resolution.rule.slots.empty();
  return std::ranges::any_of(signers_by_finding(run.closes, kWholeLedger), [&](const auto& pair) {
    const auto& signers = pair.second;
    const bool only_requester = signers.people.size() == 1 && signers.people.contains(run.request->by);
    return signers.count() >= closers_needed(run) && !(had_slots && only_requester);
  });
}

std::size_t reviewers_needed(const Run& run) { return run.plan->plan->resolution.rule.break_glass->reviewers; }

Timestamp review_due(const Run& run) { return run.glass->at + run.plan->plan->resolution.rule.break_glass->review_within; }

Reviewed reviewed(const Run& run, std::uint64_t size) {
  Reviewed most;
  for (const auto& [finding, signers] : signers_by_finding(run.reviews, size)) {
    if (signers.count() > most.signers) most = {finding, signers.count()};
  }
  return most;
}

bool awaits_review(const Run& run, std::uint64_t size) {
  return run.glass && run.glass->leaf < size && reviewed(run, size).signers < reviewers_needed(run);
}

std::vector<const NoteFact*> open_questions(const Run& run) {
  std::vector<const NoteFact*> open;
  for (const auto& note : run.notes) {
    if (note.answers) {
      std::erase_if(open, [&](const auto* question) { return question->hash == *note.answers; });
    } else {
      open.push_back(&note);
    }
  }
  return open;
}

bool has_signed(const Run& run, std::string_view person) {
  const auto latest_first = std::views::reverse(run.approvals);
  const auto last = std::ranges::find(latest_first, person, &ApprovalFact::by);
  return last != latest_first.end() && last->act == Act::approve;
}

namespace {

template <typename Fits>
const RefusalFact* last_refusal(const Run& run, Fits fits) {
  const auto latest_first = std::views::reverse(run.refusals);
  const auto found = std::ranges::find_if(latest_first, fits);
  return found == latest_first.end() ? nullptr : &*found;
}

}  // namespace

const RefusalFact* last_drift(const Run& run) {
  return last_refusal(run, [](const auto& refusal) { return refusal.action == "execute" && refusal.code == static_cast<int>(Exit::drift); });
}

const RefusalFact* planning_refused(const Run& run) {
  return run.plan ? nullptr : last_refusal(run, [](const auto& refusal) { return refusal.action == "plan"; });
}

std::string plans_again(const Run& run) {
  const auto& undone = run.request->request.rolls_back;
  return undone ? "blc rollback " + undone->suffix() : "blc again " + run.id.suffix();
}

bool ended(const Run& run) {
  return run.cancel || run.rejection || closed(run) ||
         (run.outcome && (run.outcome->ending == Ending::succeeded || run.outcome->ending == Ending::failed));
}

State after_claim(const Run& run, Timestamp now) {
  if (closed(run)) return State::closed;
  if (run.outcome) {
    switch (run.outcome->ending) {
      case Ending::succeeded: return State::succeeded;
      case Ending::failed: return State::failed;
      case Ending::partial: return State::partial;
      case Ending::indeterminate: return State::indeterminate;
    }
  }
  return now - run.last_claimant_entry > kLease ? State::indeterminate : State::executing;
}

}  // namespace blc::approval
