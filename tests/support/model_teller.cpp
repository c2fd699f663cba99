#include <algorithm>

#include "support/model_history.hpp"
#include "support/model_render.hpp"

namespace blc::testing::model {

using Fault = Action::Fault;

Teller::Told Teller::tell(const Action& action) const {
  Told told{action.entry, {}};
  auto& entry = told.entry;
  const auto leaf = ledger_.size();
  entry.head = static_cast<std::uint64_t>(
      std::ranges::count_if(leaves_, [&](const auto& known) { return known.first < action.sees; }));
  if (action.fault == Fault::head_beyond) entry.head = leaf + 1;
  const auto* const seen = ledger_.roster(entry.head);
  entry.root = (seen == nullptr ? 0 : seen->version) + (action.fault == Fault::root_version ? 1U : 0U);
  entry.our_ledger = action.fault != Fault::other_ledger;
  entry.head_root_right = action.fault != Fault::head_root;
  entry.id = entry.hash;
  for (std::size_t i = 0; i < leaf && action.fault == Fault::repeated_id; ++i) {
    if (ledger_.entry(i).by == entry.by) entry.id = ledger_.entry(i).id;
  }
  const auto* const roster = ledger_.roster(leaf);
  const auto* const catalog = ledger_.catalog(leaf);
  const auto step = action.fault == Fault::version ? 2U : 1U;
  if (entry.kind == Kind::root) {
    entry.roster.version = (roster == nullptr ? 0 : roster->version) + step;
    const auto admins =
        std::ranges::count_if(entry.roster.principals, [](const auto& one) { return one.roles.contains("admin"); });
    if (action.fault == Fault::threshold && admins > 1) entry.roster.admin_threshold = 2;
    for (const auto number : action.lists) {
      if (leaves_.contains(number)) entry.roster.known_void.insert(leaves_.at(number));
    }
  }
  if (entry.kind == Kind::catalog) entry.catalog_version = (catalog == nullptr ? 0 : catalog->catalog_version) + step;
  if (action.fault == Fault::classification) entry.clinical = !entry.clinical;
  if (entry.kind == Kind::plan) {
    const auto request = ledger_.last(*entry.run, Kind::request, leaf);
    PlanDetails details{request ? ledger_.entry(*request).by : "ana", action.fault == Fault::wrong_rule};
    if (action.fault == Fault::wrong_requester) details.requester += "x";
    if (request) entry.verb = ledger_.entry(*request).verb;
    entry.fidelity = fidelity_of(entry.verb_text);
    const bool adopted = entry.environment == "local" || (catalog != nullptr && catalog->policy == entry.policy &&
                                                          catalog->verb_text == entry.verb_text);
    entry.follows = action.fault != Fault::wrong_rule && action.fault != Fault::wrong_requester && adopted &&
                    entry.clinical == (entry.verb == Verb::care);
    told.plan = plan_body(entry, details);
  } else {
    const auto digest = digests_.find(action.plan);
    entry.digest = digest == digests_.end() ? wrong_digest() : digest->second;
  }
  return told;
}

void Teller::add(const Action& action, const Told& told) {
  leaves_[action.entry.hash] = ledger_.size();
  if (told.entry.kind == Kind::plan) digests_[action.entry.hash] = told.entry.digest;
  ledger_.add(told.entry);
}

}  // namespace blc::testing::model
