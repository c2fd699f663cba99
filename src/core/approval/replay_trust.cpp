// How proposals, what is said of them, roots and catalogs stand at their leaf (design "Root and catalog").
#include <fmt/format.h>

#include <algorithm>
#include <span>

#include "core/approval/proposal.hpp"
#include "core/approval/replay_inside.hpp"

namespace blc::approval {

using ledger::Kind;

namespace {

// Whether this principal signs such a proposal.
bool may_sign(const trust::Principal* principal, const trust::Proposal& proposal) {
  return principal != nullptr && (proposal.root() != nullptr ? principal->changes_root() : principal->has_role(trust::kAdminRole));
}

// Void entries are listed after they came: what is void later must stop everybody until somebody has looked.
bool knows_ahead(const trust::Root& root, std::uint64_t index) {
  return !root.known_void().empty() && *root.known_void().rbegin() >= index;
}

// Why the losses that the next root lists do not follow from those of the one in force, or empty. What is lost was seen by
// somebody: it cannot reach beyond what is left here.
std::string losses_fault(const std::vector<trust::Loss>& before, const std::vector<trust::Loss>& after, std::uint64_t index) {
  if (after.size() < before.size() || !std::ranges::equal(before, std::span(after).first(before.size())))
    return "it takes a loss off the list";
  const bool fits = std::ranges::all_of(std::span(after).subspan(before.size()), [&](const auto& loss) { return loss.kept <= index; });
  return fits ? "" : "it lists a loss that leaves more entries than there are";
}

// Why a root that is signed at `at` may not serve for as long as it says, or empty. A ledger whose first root has no end
// (before there was one) may go on so; what has one keeps one.
std::string lifetime_fault(const trust::Root* before, const trust::Root& next, Timestamp at) {
  if (!next.expires()) return before != nullptr && before->expires() ? "it takes away the day on which the list of people and keys expires" : "";
  const bool fits = *next.expires() <= at + trust::kRootLifetime + kSkew;
  return fits ? "" : fmt::format("it serves for longer than {} days", trust::kRootLifetime.count());
}

std::string_view who_may_sign(const trust::Proposal& proposal) {
  return proposal.root() != nullptr ? "its signer is no admin and holds no recovery key" : "its signer is no admin";
}

}  // namespace

// The open proposal that this entry names, or null.
const Proposal* Replay::Inside::proposal(const Entry& entry) const {
  const auto* const cites = entry.body.find("cites");
  const auto* const named = cites == nullptr ? entry.body.find("proposal") : cites->find("proposal");
  const auto* const text = named == nullptr ? nullptr : named->get_if<std::string>();
  const auto hash = text == nullptr ? std::nullopt : Digest::parse_hex(*text);
  if (!hash) return nullptr;
  const auto& open = records.proposals();
  const auto found = std::ranges::find(open, LeafHash{*hash}, &Proposal::hash);
  return found == open.end() ? nullptr : &*found;
}

// Who is no principal yet, or not with this key, and becomes one who changes the root by the proposal that the entry
// accepts or adopts; or null.
const trust::Principal* Replay::Inside::to_join(const Entry& entry) const {
  if (entry.kind != Kind::accept && entry.kind != Kind::root) return nullptr;
  const auto* const of = proposal(entry);
  if (of == nullptr || entry.header.head.size <= of->leaf) return nullptr;
  const auto* const joining = holder(of->next->root(), entry);
  return joining != nullptr && joining->changes_root() ? joining : nullptr;
}

// What somebody holds they may lend, to somebody who is there, for a while.
Judgement Replay::Inside::inspect_delegation(const Entry& entry, const LeafHash& leaf) const {
  auto parsed = trust::Delegation::from_json(entry.body);
  if (!parsed) return void_entry(parsed.error().message);
  const auto& header = entry.header;
  const auto bar_at = [&](std::uint64_t size) { return delegation_bar(trust, *parsed, size, header.by, entry.signature.key); };
  if (const auto bar = bar_at(header.head.size)) return void_entry(bar->message);
  if (!parsed->ends) {
    if (parsed->until <= header.at) return void_entry("it is over before it begins");
    if (parsed->until > header.at + trust::kLongestDelegation + kSkew)
      return void_entry(fmt::format("it lasts longer than {} days", trust::kLongestDelegation.count()));
  }
  if (const auto bar = bar_at(index())) return late(bar->message);
  return counts(delegation_of(*std::move(parsed), fact(entry, leaf)));
}

Judgement Replay::Inside::inspect_proposal(const Entry& entry, const LeafHash& leaf) const {
  auto parsed = trust::Proposal::from_json(entry.body);
  if (!parsed) return void_entry(parsed.error().message);
  const auto& next = *parsed;
  const auto& header = entry.header;
  if (!may_sign(holder(trust.root_at(header.head.size), entry), next)) return void_entry(std::string(who_may_sign(next)));
  if (!may_sign(holder(root_now(), entry), next)) return late(header.by + " is no longer an admin");
  if (next.deadline() > header.at + kLongestProposal + kSkew) return void_entry(fmt::format("it waits for longer than {} days", kLongestProposal.count()));
  const auto* const catalog = trust.catalog_at(index());
  const auto current = next.root() != nullptr ? root_now()->version() : catalog == nullptr ? 0 : catalog->version();
  if (next.version() > current + 1) return void_entry("it skips a version");
  if (next.version() <= current) return late("another change came first");
  if (const auto* const root = next.root()) {
    if (auto why = lifetime_fault(root_now(), *root, header.at); !why.empty()) return void_entry(std::move(why));
    if (auto attested = trust::check_attestations(*root, root_now(), header.at); !attested) return void_entry(attested.error().message);
    if (auto owned = check_owners(*root, [&](const auto& key) { return records.owner(key); }); !owned)
      return void_entry(owned.error().message);
  }
  Proposal proposal{fact(entry, leaf)};
  proposal.next = std::make_shared<const trust::Proposal>(*std::move(parsed));
  return counts(std::move(proposal));
}

Judgement Replay::Inside::inspect_decision(const Entry& entry, const LeafHash& leaf) const {
  auto decision = read_decision(fact(entry, leaf), entry.body);
  if (!decision) return void_entry(decision.error().message);
  const auto& header = entry.header;
  if (!is_person(holder(root_now(), entry))) return void_entry("services sign no changes of root or catalog");
  const auto* const of = proposal(entry);
  if (of == nullptr) return late("that proposal is over, or never was");
  const auto& next = *of->next;
  if (header.head.size <= of->leaf) return void_entry("its signer had not seen the proposal");
  const bool before = std::ranges::any_of(of->decisions, [&](const auto& other) { return other.by == header.by && other.leaf >= header.head.size; });
  if (before) return void_entry("its head leaves out what its signer said before of this proposal");
  if (!may_sign(holder(trust.root_at(header.head.size), entry), next)) return void_entry(std::string(who_may_sign(next)));
  if (decision->act != Act::withdraw && !may_sign(holder(root_now(), entry), next)) return late(header.by + " is no longer an admin");
  if (of->rejection) return late("the proposal was rejected");
  if (decision->act == Act::approve && header.at > next.deadline()) return late("the proposal had expired");
  return counts(*std::move(decision));
}

Judgement Replay::Inside::inspect_acceptance(const Entry& entry, const LeafHash& leaf) const {
  auto acceptance = read_acceptance(fact(entry, leaf), entry.body);
  if (!acceptance) return void_entry(acceptance.error().message);
  const auto* const of = proposal(entry);
  if (of == nullptr) return late("that proposal is over, or never was");
  if (to_join(entry) == nullptr) return void_entry("the proposal makes this key nobody's who changes the root");
  if (of->rejection) return late("the proposal was rejected");
  if (entry.header.at > of->next->deadline()) return late("the proposal had expired");
  return counts(*std::move(acceptance));
}

// Why the citation does not let what it adopts through, or empty; then `backing` says who stood behind it.
std::string Replay::Inside::citation_fault(const Entry& entry, const text::Json& next, const Citation& citation,
                                           trust::History::Backing& backing) const {
  const auto* const of = proposal(entry);
  if (of == nullptr) return "the proposal that it cites is over, or never was";
  const auto proposed = of->next->to_json();
  const auto* const same = proposed.find(of->next->root() != nullptr ? "root" : "catalog");
  if (*same != next) return "it adopts something else than the proposal that it cites";
  const auto status = weigh(trust, *of, index(), entry.header.at);
  if (status.state != ProposalStatus::State::complete)
    return fmt::format("the proposal that it cites is {}: {}", to_string(status.state), missing_text(status));
  if (status.signatures != citation.signatures) return "it cites other signatures than those that count";
  backing.recovery = status.recovery;
  backing.admins = static_cast<std::uint64_t>(std::ranges::count_if(
      status.signed_by, [&](const auto& name) { return root_now()->find(name)->has_role(trust::kAdminRole); }));
  return {};
}

Judgement Replay::Inside::inspect_adoption(const Entry& entry) const {
  auto adopting = read_adopting(entry.body);
  if (!adopting) return void_entry(adopting.error().message);
  if (entry.kind == Kind::catalog) {
    auto catalog = trust::Catalog::from_json(adopting->next);
    return catalog ? inspect_next_catalog(entry, *std::move(catalog), adopting->citation) : void_entry(catalog.error().message);
  }
  if (root_now() == nullptr) return inspect_first_root(entry);
  auto root = trust::Root::from_json(adopting->next);
  return root ? inspect_next_root(entry, *std::move(root), adopting->citation) : void_entry(root.error().message);
}

Judgement Replay::Inside::inspect_first_root(const Entry& entry) const {
  auto root = trust::Root::from_json(entry.body);
  if (!root) return void_entry(root.error().message);
  const auto* const signer = holder(&*root, entry);
  if (signer == nullptr || !signer->has_role(trust::kAdminRole)) return void_entry("its signer is no admin");
  if (root->version() != 1) return void_entry("it skips or repeats a version");
  if (knows_ahead(*root, index())) return void_entry("it lists entries as known that nobody can have seen");
  if (!root->losses().empty()) return void_entry("it lists what was lost before it");
  if (root->admin_threshold() > 1) return void_entry(fmt::format("{} admins must sign it", root->admin_threshold()));
  if (auto why = lifetime_fault(nullptr, *root, entry.header.at); !why.empty()) return void_entry(std::move(why));
  if (auto attested = trust::check_attestations(*root, nullptr, entry.header.at); !attested) return void_entry(attested.error().message);
  return counts(Adopted{*std::move(root), {1, false, entry.header.at, {}}});
}

Judgement Replay::Inside::inspect_next_root(const Entry& entry, trust::Root next, const std::optional<Citation>& citation) const {
  const auto& current = *root_now();
  const auto* const signer = holder(&current, entry);
  const bool alone = signer != nullptr && signer->changes_root();
  if (!alone && to_join(entry) == nullptr) return void_entry("its signer is no admin");
  if (next.version() != current.version() + 1) return void_entry("it skips or repeats a version");
  if (knows_ahead(next, index())) return void_entry("it lists entries as known that nobody can have seen");
  if (auto why = losses_fault(current.losses(), next.losses(), index()); !why.empty()) return void_entry(std::move(why));
  if (auto why = lifetime_fault(&current, next, entry.header.at); !why.empty()) return void_entry(std::move(why));
  trust::History::Backing backing{1, false, entry.header.at, records.heard_from_executors()};
  if (citation) {
    if (auto why = citation_fault(entry, next.to_json(), *citation, backing); !why.empty()) return void_entry(std::move(why));
  } else if (!alone || !one_may_adopt(current, next)) {
    const auto needed = std::max(current.admin_threshold(), next.admin_threshold());
    return void_entry(needed > 1 ? fmt::format("{} admins must sign it", needed) : "a key that it makes an admin's has not accepted that");
  } else if (signer->has_role(trust::kRecoveryRole)) {
    backing.admins = 0;
    backing.recovery = true;
  }
  if (auto attested = trust::check_attestations(next, &current, entry.header.at); !attested) return void_entry(attested.error().message);
  if (auto owned = check_owners(next, [&](const auto& key) { return records.owner(key); }); !owned)
    return void_entry(owned.error().message);
  return counts(Adopted{std::move(next), backing});
}

Judgement Replay::Inside::inspect_next_catalog(const Entry& entry, trust::Catalog next, const std::optional<Citation>& citation) const {
  const auto* const signer = holder(root_now(), entry);
  if (signer == nullptr || !signer->has_role(trust::kAdminRole)) return void_entry("its signer is no admin");
  const auto* const current = trust.catalog_at(index());
  if (next.version() != (current == nullptr ? 1 : current->version() + 1)) return void_entry("it skips or repeats a version");
  trust::History::Backing backing{1, false, entry.header.at, records.heard_from_executors()};
  if (citation) {
    if (auto why = citation_fault(entry, next.to_json(), *citation, backing); !why.empty()) return void_entry(std::move(why));
  } else if (root_now()->admin_threshold() > 1) {
    return void_entry(fmt::format("{} admins must sign it", root_now()->admin_threshold()));
  }
  return counts(Adopted{std::move(next), backing});
}

}  // namespace blc::approval
