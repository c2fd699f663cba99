#include <algorithm>

#include "support/model_words.hpp"

// Roots and catalogs, and the proposals that more than one admin must sign.
namespace blc::testing::model {

namespace {

constexpr std::chrono::days kLongestProposal{30};

bool changes_root(const Principal* principal) {
  return principal != nullptr && (principal->roles.contains("admin") || principal->roles.contains("recovery"));
}

}  // namespace

// Whether that key signs proposals of roots, or of catalogs.
bool Ledger::signs(bool of_root, const std::string& name, int key, std::uint64_t size) const {
  const auto* const principal = holder(name, key, size);
  if (principal == nullptr) return false;
  return principal->roles.contains("admin") || ((of_root || !holds(Rule::catalogs_by_admins)) && changes_root(principal));
}

std::uint64_t Ledger::version(bool of_root, std::uint64_t size) const {
  if (of_root) return roster(size) == nullptr ? 0 : roster(size)->version;
  return catalog(size) == nullptr ? 0 : catalog(size)->catalog_version;
}

bool Ledger::open(const Entry& proposal, std::uint64_t size) const {
  const auto proposed = proposal.of_root ? proposal.roster.version : proposal.catalog_version;
  return proposed > version(proposal.of_root, size) || !holds(Rule::proposal_overtaken);
}

// The open proposal that the entry names.
std::optional<std::size_t> Ledger::proposal(const Entry& entry, std::uint64_t size) const {
  for (std::size_t i = 0; i < size && i < entries_.size() && entry.proposal; ++i) {
    const auto& one = entries_[i];
    if (one.kind == Kind::proposal && standings_[i] == kCounts && one.hash == *entry.proposal && open(one, size)) return i;
  }
  return std::nullopt;
}

std::set<Ledger::AdminKey> Ledger::new_admin_keys(const Roster& next, std::uint64_t size) const {
  std::set<AdminKey> found;
  for (const auto& one : next.principals) {
    if (!changes_root(&one)) continue;
    for (const int key : one.keys) {
      if (!changes_root(holder(one.name, key, size))) found.insert({one.name, key});
    }
  }
  return found;
}

// Reading: whoever changes the proposed root may accept that, even where they change the one in force.
bool Ledger::joins(const Entry& entry) const {
  if (entry.kind != Kind::accept && (entry.kind != Kind::root || !holds(Rule::joining))) return false;
  const auto of = proposal(entry, entries_.size());
  if (!of || *of >= entry.head || !entries_[*of].of_root) return false;
  const auto* const to_come = find(&entries_[*of].roster, entry.by);
  return changes_root(to_come) && to_come->keys.contains(entry.key);
}

std::vector<std::size_t> Ledger::of_proposal(std::size_t proposal, Kind kind, std::uint64_t size) const {
  std::vector<std::size_t> found;
  for (std::size_t i = proposal; i < size && i < entries_.size(); ++i) {
    if (entries_[i].kind == kind && standings_[i] == kCounts && entries_[i].proposal == entries_[proposal].hash)
      found.push_back(i);
  }
  return found;
}

// Reading: who proposes has signed by that; their approve says it anew only once they have withdrawn.
std::vector<std::size_t> Ledger::standing_signatures(std::size_t proposal, std::uint64_t size, Timestamp now) const {
  auto all = of_proposal(proposal, Kind::admin_approve, size);
  all.insert(all.begin(), proposal);
  const auto withdrawn = of_proposal(proposal, Kind::admin_withdraw, size);
  std::set<std::string> people;
  std::vector<std::size_t> found;
  for (const auto i : all) {
    const auto& signature = entries_[i];
    const bool taken_back = std::ranges::any_of(
        withdrawn, [&](auto j) { return j > i && entries_[j].by == signature.by && holds(Rule::withdrawn_signatures); });
    if (taken_back || (i != proposal && signature.at > now + kSkew) || people.contains(signature.by)) continue;
    bool still = signs(entries_[proposal].of_root, signature.by, signature.key, size);
    for (auto since = i + 1; since < size && holds(Rule::admins_kept); ++since) {
      still = still && (entries_[since].kind != Kind::root || signs(entries_[proposal].of_root, signature.by, signature.key, since + 1));
    }
    if (!still && holds(Rule::signers_still_admins)) continue;
    people.insert(signature.by);
    found.push_back(i);
  }
  return found;
}

std::vector<std::size_t> Ledger::acceptances(std::size_t proposal, std::uint64_t size, Timestamp now) const {
  auto found = of_proposal(proposal, Kind::accept, size);
  auto keys = new_admin_keys(entries_[proposal].roster, size);
  std::erase_if(found, [&](auto i) { return entries_[i].at > now + kSkew || keys.erase({entries_[i].by, entries_[i].key}) == 0; });
  return found;
}

std::vector<int> Ledger::cited(std::size_t proposal, std::uint64_t size, Timestamp now) const {
  auto leaves = standing_signatures(proposal, size, now);
  for (const auto i : acceptances(proposal, size, now)) leaves.push_back(i);
  std::ranges::sort(leaves);
  std::vector<int> hashes;
  for (const auto i : leaves) hashes.push_back(entries_[i].hash);
  return hashes;
}

Ledger::Weight Ledger::weigh(std::size_t proposal, std::uint64_t size, Timestamp now) const {
  const auto& proposed = entries_[proposal];
  if (!of_proposal(proposal, Kind::admin_reject, size).empty() && holds(Rule::rejection_ends_proposal)) return Weight::rejected;
  if (now > proposed.deadline && holds(Rule::proposal_deadline)) return Weight::expired;
  std::set<std::string> people;
  std::set<std::string> people_to_come;
  for (const auto i : standing_signatures(proposal, size, now)) {
    const auto& signature = entries_[i];
    people.insert(signature.by);
    const auto* const to_come = find(&proposed.roster, signature.by);
    if (changes_root(to_come) && to_come->keys.contains(signature.key)) people_to_come.insert(signature.by);
  }
  if (people.size() < roster(size)->admin_threshold && holds(Rule::threshold_in_force)) return Weight::open;
  if (!proposed.of_root) return Weight::complete;
  auto missing = new_admin_keys(proposed.roster, size);
  for (const auto i : acceptances(proposal, size, now)) {
    missing.erase({entries_[i].by, entries_[i].key});
    people_to_come.insert(entries_[i].by);
  }
  if (people_to_come.size() < proposed.roster.admin_threshold && holds(Rule::threshold_to_come)) return Weight::open;
  return missing.empty() || !holds(Rule::new_admins_accept) ? Weight::complete : Weight::open;
}

std::vector<std::size_t> Ledger::open_proposals() const {
  std::vector<std::size_t> found;
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    if (entries_[i].kind == Kind::proposal && standings_[i] == kCounts && open(entries_[i], entries_.size())) found.push_back(i);
  }
  return found;
}

std::set<Ledger::AdminKey> Ledger::missing_acceptances(std::size_t proposal, Timestamp now) const {
  auto missing = new_admin_keys(entries_[proposal].roster, entries_.size());
  for (const auto i : acceptances(proposal, entries_.size(), now)) missing.erase({entries_[i].by, entries_[i].key});
  return missing;
}

// Whether a root or catalog is just what the proposal that it cites says, and that is let through.
bool Ledger::adopts(const Entry& entry, bool of_root) const {
  const auto leaf = entries_.size();
  const auto of = proposal(entry, leaf);
  if (!of || entries_[*of].of_root != of_root) return false;
  const auto& proposed = entries_[*of];
  const bool same = of_root ? proposed.roster == entry.roster
                            : proposed.catalog_version == entry.catalog_version && proposed.policy == entry.policy &&
                                  proposed.verb_text == entry.verb_text && proposed.clinical == entry.clinical;
  if (!same && holds(Rule::adopted_as_proposed)) return false;
  if (weigh(*of, leaf, entry.at) != Weight::complete) return false;
  return entry.signatures == cited(*of, leaf, entry.at) || !holds(Rule::signatures_cited);
}

// How many admins stand behind a counted root or catalog.
std::uint64_t Ledger::admins_behind(std::size_t adoption) const {
  const auto& entry = entries_[adoption];
  if (!holds(Rule::served_as_signed)) return entries_.size();
  if (adoption == 0) return 1;
  const auto is_admin = [&](const std::string& name) {
    const auto* const principal = find(roster(adoption), name);
    return principal != nullptr && principal->roles.contains("admin");
  };
  if (!entry.proposal) return is_admin(entry.by) ? 1 : 0;
  const auto standing = standing_signatures(*proposal(entry, adoption), adoption, entry.at);
  return static_cast<std::uint64_t>(std::ranges::count_if(standing, [&](auto i) { return is_admin(entries_[i].by); }));
}

// What a root must hold to wherever it stands, proposed or adopted. Rule 6 counts key bytes: a key that was one
// person's is never another's.
bool Ledger::consistent(const Roster& next) const {
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    if (entries_[i].kind != Kind::root || standings_[i] != kCounts) continue;
    for (const auto& before : entries_[i].roster.principals) {
      for (const auto& after : next.principals) {
        if (before.name == after.name) continue;
        if (std::ranges::any_of(after.keys, [&](int key) { return before.keys.contains(key); })) return false;
      }
    }
  }
  return true;
}

// What was lost stays on the list; what is new on it cannot have left more than there is.
bool Ledger::losses_follow(const Roster& next) const {
  const auto* const now = roster(entries_.size());
  const auto before = now == nullptr ? std::vector<Loss>{} : now->losses;
  if (now == nullptr) return next.losses.empty();
  const bool begins = next.losses.size() >= before.size() && std::equal(before.begin(), before.end(), next.losses.begin());
  if (!begins) return !holds(Rule::losses_stay);
  return !holds(Rule::losses_of_what_was) ||
         std::all_of(next.losses.begin() + static_cast<std::ptrdiff_t>(before.size()), next.losses.end(),
                     [&](const Loss& loss) { return loss.kept <= entries_.size(); });
}

Standing Ledger::judge_root(const Entry& entry) const {
  if (entry.kind != Kind::root || entry.run) return kVoid;
  const auto leaf = entries_.size();
  const auto* const now = roster(leaf);
  if (now == nullptr) {
    const auto* const signer = find(&entry.roster, entry.by);
    if (signer == nullptr || !signer->keys.contains(entry.key) || !signer->roles.contains("admin")) return kVoid;
  } else if (!signs(true, entry.by, entry.key, leaf) && !joins(entry)) {
    return kVoid;
  }
  if (entry.roster.version != version(true, leaf) + 1 || !consistent(entry.roster)) return kVoid;
  if (!entry.roster.known_void.empty() && *entry.roster.known_void.rbegin() >= leaf) return kVoid;
  if (!losses_follow(entry.roster)) return kVoid;
  if (entry.proposal) return now != nullptr && adopts(entry, true) ? kCounts : kVoid;
  if (std::max(entry.roster.admin_threshold, now == nullptr ? 1 : now->admin_threshold) > 1) return kVoid;
  return now == nullptr || new_admin_keys(entry.roster, leaf).empty() ? kCounts : kVoid;
}

Standing Ledger::judge_catalog(const Entry& entry) const {
  const auto leaf = entries_.size();
  if (entry.run || !signs(false, entry.by, entry.key, leaf)) return kVoid;
  if (entry.catalog_version != version(false, leaf) + 1) return kVoid;
  if (entry.proposal) return adopts(entry, false) ? kCounts : kVoid;
  return roster(leaf)->admin_threshold == 1 ? kCounts : kVoid;
}

Standing Ledger::judge_proposal(const Entry& entry) const {
  const auto leaf = entries_.size();
  if (!signs(entry.of_root, entry.by, entry.key, entry.head)) return kVoid;
  if (!signs(entry.of_root, entry.by, entry.key, leaf)) return kLate;
  if (entry.deadline > entry.at + kLongestProposal + kSkew) return kVoid;
  const auto proposed = entry.of_root ? entry.roster.version : entry.catalog_version;
  const auto in_force = version(entry.of_root, leaf);
  if (proposed > in_force + 1) return kVoid;
  if (proposed <= in_force) return kLate;
  return entry.of_root && !consistent(entry.roster) ? kVoid : kCounts;
}

// An admin approves a proposal, rejects it, or takes their signatures back.
Standing Ledger::judge_admin(const Entry& entry) const {
  const auto leaf = entries_.size();
  if (!holder(entry.by, entry.key, leaf)->person) return kVoid;
  const auto of = proposal(entry, leaf);
  if (!of) return kLate;
  const auto& proposed = entries_[*of];
  if (*of >= entry.head && holds(Rule::proposal_seen)) return kVoid;
  for (const auto kind : {Kind::admin_approve, Kind::admin_withdraw}) {
    const auto said = of_proposal(*of, kind, leaf);
    const auto left_out = [&](auto i) { return i >= entry.head && entries_[i].by == entry.by; };
    if (holds(Rule::decisions_seen) && std::ranges::any_of(said, left_out)) return kVoid;
  }
  if (!signs(proposed.of_root, entry.by, entry.key, entry.head)) return kVoid;
  const bool still = signs(proposed.of_root, entry.by, entry.key, leaf);
  if (!still && entry.kind != Kind::admin_withdraw) return kLate;
  if (!of_proposal(*of, Kind::admin_reject, leaf).empty()) return kLate;
  return entry.kind == Kind::admin_approve && entry.at > proposed.deadline ? kLate : kCounts;
}

Standing Ledger::judge_acceptance(const Entry& entry) const {
  const auto leaf = entries_.size();
  const auto of = proposal(entry, leaf);
  if (!of) return kLate;
  if (!joins(entry)) return kVoid;
  if (!of_proposal(*of, Kind::admin_reject, leaf).empty()) return kLate;
  return entry.at > entries_[*of].deadline ? kLate : kCounts;
}

}  // namespace blc::testing::model
