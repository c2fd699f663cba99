#include "support/model.hpp"

#include <algorithm>

#include "support/model_words.hpp"

// Where the design leaves a choice, the reading taken stands in a comment that begins with "Reading:".
namespace blc::testing::model {

Standing Ledger::add(const Entry& entry) {
  const auto standing = judge(entry);
  entries_.push_back(entry);
  standings_.push_back(standing);
  return standing;
}

const Roster* Ledger::roster(std::uint64_t size) const {
  const Roster* found = nullptr;
  for (std::size_t i = 0; i < size && i < entries_.size(); ++i) {
    if (entries_[i].kind == Kind::root && standings_[i] == kCounts) found = &entries_[i].roster;
  }
  return found;
}

const Entry* Ledger::catalog(std::uint64_t size) const {
  const Entry* found = nullptr;
  for (std::size_t i = 0; i < size && i < entries_.size(); ++i) {
    if (entries_[i].kind == Kind::catalog && standings_[i] == kCounts) found = &entries_[i];
  }
  return found;
}

const Principal* Ledger::holder(const std::string& name, int key, std::uint64_t size) const {
  const auto* const principal = find(roster(size), name);
  return principal != nullptr && principal->keys.contains(key) ? principal : nullptr;
}

bool Ledger::is_executor(const Entry& entry, std::uint64_t size) const {
  const auto* const principal = holder(entry.by, entry.key, size);
  return principal != nullptr && !principal->person && principal->roles.contains("executor") &&
         principal->environments.contains(entry.environment);
}

std::vector<std::size_t> Ledger::counted(int run, Kind kind, std::uint64_t size) const {
  std::vector<std::size_t> found;
  for (std::size_t i = 0; i < size && i < entries_.size(); ++i) {
    if (entries_[i].run == run && entries_[i].kind == kind && standings_[i] == kCounts) found.push_back(i);
  }
  return found;
}

std::optional<std::size_t> Ledger::last(int run, Kind kind, std::uint64_t size) const {
  const auto found = counted(run, kind, size);
  return found.empty() ? std::nullopt : std::optional(found.back());
}

// Whether a person was enrolled with that key for every reader of `from` entries up to `to`.
bool Ledger::stayed(const std::string& name, int key, std::uint64_t from, std::uint64_t to) const {
  for (std::uint64_t size = from; size <= to; ++size) {
    if (size != from && size != to && (entries_[size - 1].kind != Kind::root || !holds(Rule::people_stay))) continue;
    const auto* const principal = holder(name, key, size);
    if (principal == nullptr || !principal->person) return false;
  }
  return true;
}

// The roles that a person held with that key for every reader of `from` entries up to `to`: one that was taken away and
// given back is not that which they signed by.
std::set<std::string> Ledger::kept(const std::string& name, int key, std::uint64_t from, std::uint64_t to, Rule rule) const {
  const auto held = [&](std::uint64_t size) {
    const auto* const principal = holder(name, key, size);
    return principal == nullptr || !principal->person ? std::set<std::string>() : principal->roles;
  };
  auto found = both(held(from), held(to));
  for (std::uint64_t size = from + 1; size < to && holds(rule); ++size) {
    if (entries_[size - 1].kind == Kind::root) found = both(found, held(size));
  }
  return found;
}

// Outside local what is in force must not be dated in the future, and the admin threshold must reach the greatest number of slots that any catalog so far asked for:
// now, and when the catalog and the root in force were adopted.
bool Ledger::served(const std::string& environment, std::uint64_t size, Timestamp now) const {
  if (environment == "local") return true;
  std::uint64_t most = 0;
  std::uint64_t threshold = 0;
  std::uint64_t root_under = 0;
  std::uint64_t catalog_under = 0;
  Timestamp root_at;
  Timestamp catalog_at;
  for (std::size_t i = 0; i < size && i < entries_.size(); ++i) {
    if (standings_[i] != kCounts) continue;
    if (entries_[i].kind == Kind::root) {
      const auto next = entries_[i].roster.admin_threshold;
      root_under = std::min(threshold == 0 ? next : std::min(threshold, next), admins_behind(i));
      threshold = next;
      root_at = entries_[i].at;
    } else if (entries_[i].kind == Kind::catalog) {
      most = std::max<std::uint64_t>(most, entries_[i].policy.slots.size());
      catalog_under = std::min(threshold, admins_behind(i));
      catalog_at = entries_[i].at;
    }
  }
  if (holds(Rule::not_dated_ahead) && std::max(root_at, catalog_at) > now + kSkew) return false;
  return catalog(size) != nullptr && threshold >= most && root_under >= most && catalog_under >= most;
}

// The policy in the plan and, outside local, that of the catalog in force as well.
std::vector<const Policy*> Ledger::policies(int run, std::uint64_t size) const {
  std::vector<const Policy*> found;
  const auto plan = last(run, Kind::plan, entries_.size());
  if (plan) found.push_back(&entries_[*plan].policy);
  const auto request = last(run, Kind::request, entries_.size());
  const bool local = request && entries_[*request].environment == "local";
  if (!local && catalog(size) != nullptr) found.push_back(&catalog(size)->policy);
  return found;
}

bool Ledger::may(int run, const std::string& name, int key, const std::string& right, std::uint64_t size) const {
  const auto* const principal = holder(name, key, size);
  if (principal == nullptr) return false;
  const auto request = last(run, Kind::request, entries_.size());
  if (request && entries_[*request].environment != "local" && catalog(size) == nullptr) return false;
  const auto all = policies(run, size);
  return std::ranges::all_of(all, [&](const auto* policy) { return grants(*policy, right, *principal); });
}

std::set<std::uint64_t> Ledger::faults() const {
  std::set<std::uint64_t> known;
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    if (entries_[i].kind == Kind::root && standings_[i] == kCounts)
      known.insert(entries_[i].roster.known_void.begin(), entries_[i].roster.known_void.end());
  }
  std::set<std::uint64_t> found;
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    if (standings_[i] == kVoid && !known.contains(i)) found.insert(i);
  }
  return found;
}

}  // namespace blc::testing::model
