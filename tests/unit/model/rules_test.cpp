// Each rule of the model matters: without it the model says something else within the histories that the gate is held
// against. BLC_MODEL_SEED and BLC_MODEL_HISTORIES choose others, as for model_test.cpp.
#include <gtest/gtest.h>

#include <fmt/format.h>

#include <array>
#include <cstdlib>
#include <optional>

#include "support/model_history.hpp"

namespace blc::testing::model {
namespace {

using namespace std::chrono_literals;

constexpr std::array kNames{
    "glass_ends", "glass_keeps_slots", "glass_is_its_breakers", "glass_by_the_enrolled", "glass_by_who_may_execute",
    "glass_of_a_subject", "glass_in_every_policy", "glass_asked_again", "glass_waits_for_reviews", "glass_once",
    "glass_before_the_deadline", "promotion_waits_for_reviews", "review_by_enough", "review_not_by_the_breaker",
    "review_not_by_the_requester", "review_by_who_may", "review_ends", "review_of_one_finding", "review_seen",
    "local_bars_nothing", "requester_may_not_execute", "approver_may_not_execute", "seen_revealed", "fidelity",
    "fidelity_of_two_slots", "touch", "pin", "windows", "freezes", "summer_time", "words_sealed", "classification",
    "threshold_in_force", "threshold_to_come", "new_admins_accept", "withdrawn_signatures", "rejection_ends_proposal",
    "proposal_deadline", "proposal_overtaken", "proposal_seen", "decisions_seen", "signatures_cited",
    "signers_still_admins", "adopted_as_proposed", "catalogs_by_admins", "joining", "served_as_signed", "losses_stay", "losses_of_what_was", "attested", "attested_then",
    "attested_still", "export_by_who_may", "export_by_people", "export_keyed", "export_after_start",
    "export_of_its_head", "tier_check_by_who_may", "tier_check_by_the_rules", "not_dated_ahead", "people_stay", "roles_kept", "loans_kept", "admins_kept"};
static_assert(kNames.size() == static_cast<std::size_t>(Rule::count));

bool same_for_readers(const Ledger& a, const Ledger& b, Timestamp at) {
  for (const int run : {1, 2}) {
    if (!a.last(run, Kind::request, a.size())) continue;
    for (const auto now : {at, at + 70min}) {
      if (a.state(run, now) != b.state(run, now) || a.claimable(run, now) != b.claimable(run, now)) return false;
      if (a.resumable(run, now) != b.resumable(run, now)) return false;
    }
  }
  if (a.open_proposals() != b.open_proposals()) return false;
  for (const auto proposal : a.open_proposals()) {
    if (a.cited(proposal, a.size(), at) != b.cited(proposal, b.size(), at)) return false;
  }
  return a.overdue(a.size(), at) == b.overdue(b.size(), at);
}

bool shows(Rule rule, const History& history) {
  Teller teller;
  Ledger without(rule);
  for (const auto& action : history) {
    const auto told = teller.tell(action);
    teller.add(action, told);
    without.add(told.entry);
    const auto& whole = teller.ledger();
    if (whole.standing(whole.size() - 1) != without.standing(whole.size() - 1)) return true;
    if (!same_for_readers(whole, without, told.entry.at)) return true;
  }
  return false;
}

TEST(Model, NeedsEachOfItsRules) {
  const char* const seed = std::getenv("BLC_MODEL_SEED");  // NOLINT(concurrency-mt-unsafe): before any thread starts
  const std::uint64_t first = seed == nullptr ? 1 : std::strtoull(seed, nullptr, 10);
  std::set<Rule> left;
  for (int i = 0; i < static_cast<int>(Rule::count); ++i) left.insert(static_cast<Rule>(i));
  for (std::uint64_t number = 0; number < 10000 && !left.empty(); ++number) {
    const auto history = random_history(first + number);
    for (const auto rule : std::set(left)) {
      if (!shows(rule, history)) continue;
      fmt::print("{}: {} histories\n", kNames.at(static_cast<std::size_t>(rule)), number + 1);
      left.erase(rule);
    }
  }
  for (const auto rule : left) ADD_FAILURE() << kNames.at(static_cast<std::size_t>(rule)) << " makes no difference";
}

}  // namespace
}  // namespace blc::testing::model
