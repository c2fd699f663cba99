#include <algorithm>

#include "support/model_words.hpp"

// Entries that only say what was done: they change no run.
namespace blc::testing::model {

Standing Ledger::judge_export(const Entry& entry) const {
  const auto leaf = entries_.size();
  const bool output = entry.what == "output";
  if (output && entry.clinical && !entry.keyed && holds(Rule::export_keyed)) return kVoid;
  if (output && holds(Rule::export_after_start)) {
    const auto claim = last(*entry.run, Kind::claim, leaf);
    if (!claim || *claim >= entry.head) return kVoid;
  }
  if (entry.what == "ledger-export" && !entry.right_digest && holds(Rule::export_of_its_head)) return kVoid;
  const auto allowed = [&](std::uint64_t size) {
    const auto* const signer = holder(entry.by, entry.key, size);
    if (signer == nullptr) return false;
    if (!signer->person && holds(Rule::export_by_people)) return false;
    if (!holds(Rule::export_by_who_may)) return true;
    if (output) return may(*entry.run, entry.by, entry.key, entry.clinical ? "reveal" : "read", size);
    if (catalog(size) == nullptr) return false;
    if (signer->roles.contains("admin") && entry.what != "subject-report") return true;
    if (entry.areas == std::set<std::string>{"local"}) return true;
    const auto& policy = catalog(size)->policy;
    if (entry.what != "runs") return grants(policy, "audit", *signer);
    return std::ranges::any_of(policy.grants, [&](const auto& grant) { return grants(policy, grant.first, *signer); });
  };
  if (!allowed(entry.head)) return kVoid;
  return allowed(leaf) ? kCounts : kLate;
}

// Reading: in these histories every right is given everywhere or nowhere.
Standing Ledger::judge_tier_check(const Entry& entry) const {
  if (!entry.right_digest && holds(Rule::tier_check_by_the_rules)) return kVoid;
  const auto allowed = [&](std::uint64_t size) {
    const auto* const signer = holder(entry.by, entry.key, size);
    if (!holds(Rule::tier_check_by_who_may)) return signer != nullptr;
    return signer != nullptr && catalog(size) != nullptr && grants(catalog(size)->policy, "tier-check", *signer);
  };
  if (!allowed(entry.head)) return kVoid;
  return allowed(entries_.size()) ? kCounts : kLate;
}

}  // namespace blc::testing::model
