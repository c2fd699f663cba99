#include <algorithm>

#include "support/model_history.hpp"
#include "support/model_render.hpp"

namespace blc::testing::model {

using Fault = Action::Fault;

// Of a proposal the version is the next that its signer knew of.
void Teller::tell_root(const Action& action, Entry& entry) const {
  const auto* const roster = ledger_.roster(entry.kind == Kind::root ? ledger_.size() : entry.head);
  entry.roster.version = (roster == nullptr ? 0 : roster->version) + (action.fault == Fault::version ? 2U : 1U);
  const auto admins =
      std::ranges::count_if(entry.roster.principals, [](const auto& one) { return one.roles.contains("admin"); });
  if (action.fault == Fault::threshold && admins > 1) entry.roster.admin_threshold = 2;
  for (const auto number : action.lists) {
    if (leaves_.contains(number)) entry.roster.known_void.insert(leaves_.at(number));
  }
}

void Teller::tell_catalog(const Action& action, Entry& entry) const {
  const auto* const catalog = ledger_.catalog(entry.kind == Kind::catalog ? ledger_.size() : entry.head);
  entry.catalog_version = (catalog == nullptr ? 0 : catalog->catalog_version) + (action.fault == Fault::version ? 2U : 1U);
}

// What the proposal says, with the signatures that count now.
void Teller::tell_adopting(const Action& action, Entry& entry) const {
  entry.proposal = action.adopts;
  const auto found = leaves_.find(action.adopts);
  if (found == leaves_.end()) return;
  const auto& proposed = ledger_.entry(found->second);
  if (proposed.kind != Kind::proposal) return;
  if (proposed.of_root == (entry.kind == Kind::root)) {
    entry.roster = proposed.roster;
    entry.catalog_version = proposed.catalog_version;
    entry.policy = proposed.policy;
    entry.verb_text = proposed.verb_text;
    entry.clinical = proposed.clinical;
  }
  entry.signatures = ledger_.cited(found->second, ledger_.size(), entry.at);
  if (action.fault == Fault::signature_missing && !entry.signatures.empty()) entry.signatures.pop_back();
  if (action.fault == Fault::signature_extra) {
    for (std::size_t i = 0; i < ledger_.size(); ++i) {
      const auto& other = ledger_.entry(i);
      if (other.proposal == action.adopts && std::ranges::find(entry.signatures, other.hash) == entry.signatures.end()) {
        entry.signatures.push_back(other.hash);
        break;
      }
    }
  }
  if (action.fault != Fault::other_body) return;
  entry.verb_text = (entry.verb_text + 1) % 4;
  entry.roster.known_void.insert(0);
}

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
  if (entry.kind == Kind::root || (entry.kind == Kind::proposal && entry.of_root)) tell_root(action, entry);
  if (entry.kind == Kind::catalog || (entry.kind == Kind::proposal && !entry.of_root)) tell_catalog(action, entry);
  if (action.adopts != 0) tell_adopting(action, entry);
  const auto* const catalog = ledger_.catalog(leaf);
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
