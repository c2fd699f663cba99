#include "core/policy/policy.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/base/names.hpp"

namespace blc::policy {

namespace {

constexpr Names<Right, 10> kRights{{{Right::plan, "plan"},
                                   {Right::read, "read"},
                                   {Right::approve, "approve"},
                                   {Right::execute, "execute"},
                                   {Right::deploy, "deploy"},
                                   {Right::monitor, "monitor"},
                                   {Right::audit, "audit"},
                                   {Right::reveal, "reveal"},
                                   {Right::break_glass, "break-glass"},
                                   {Right::tier_check, "tier-check"}}};

constexpr std::array kMisfits{Misfit::environment, Misfit::right, Misfit::classification, Misfit::mark};

bool among(const std::vector<std::string>& words, std::string_view word) {
  return std::ranges::find(words, word) != words.end();
}

template <class Set>
std::string listed(const Set& values) {
  std::vector<std::string_view> names;
  for (const auto value : values) names.push_back(to_string(value));
  return fmt::format("{}", fmt::join(names, ", "));
}

}  // namespace

std::string_view to_string(Right right) { return name_of(kRights, right); }
std::optional<Right> parse_right(std::string_view name) { return value_of(kRights, name); }

std::vector<Right> all_rights() {
  std::vector<Right> all;
  for (const auto& [right, name] : kRights) all.push_back(right);
  return all;
}

std::string_view to_string(Hardware hardware) {
  switch (hardware) {
    case Hardware::any: return "any";
    case Hardware::touch: return "touch";
    case Hardware::pin: return "pin";
  }
  return "pin";
}

std::optional<Hardware> parse_hardware(std::string_view name) {
  if (name == "touch") return Hardware::touch;
  if (name == "pin") return Hardware::pin;
  return std::nullopt;
}

std::string_view to_string(Misfit misfit) {
  switch (misfit) {
    case Misfit::environment: return "environment";
    case Misfit::right: return "right";
    case Misfit::classification: return "classification";
    case Misfit::mark: return "mark";
  }
  return "mark";
}

bool matches(std::string_view pattern, std::string_view name) {
  // Greedy with one point to return to: only the last '*' ever has to take more, so the work is bounded by
  // the product of the lengths.
  std::size_t at = 0;
  std::size_t in = 0;
  auto star = std::string_view::npos;
  std::size_t resume = 0;
  while (in < name.size()) {
    if (at < pattern.size() && pattern[at] == '*') {
      star = at++;
      resume = in;
    } else if (at < pattern.size() && pattern[at] == name[in]) {
      ++at;
      ++in;
    } else if (star != std::string_view::npos) {
      at = star + 1;
      in = ++resume;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', at) == std::string_view::npos;
}

bool is_pattern(std::string_view text) {
  return !text.empty() && text.size() <= 65 && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == ' ' || c == '*';
  });
}

Fidelity least_fidelity(const ApprovalRule& rule) {
  const auto asked = rule.fidelity.value_or(Fidelity::none);
  return rule.slots.size() > 1 ? std::min(asked, Fidelity::estimate) : asked;
}

std::vector<Slot> slots_kept(const ApprovalRule& rule) {
  auto slots = rule.slots;
  if (rule.break_glass) std::erase_if(slots, [&](const auto& slot) { return !among(rule.break_glass->keeps, slot.name); });
  return slots;
}

bool same(const ApprovalRule& a, const ApprovalRule& b) {
  return a.slots == b.slots && a.deadline == b.deadline && a.requester_may_sign == b.requester_may_sign &&
         a.requester_may_execute == b.requester_may_execute && a.approver_may_execute == b.approver_may_execute &&
         a.seen_revealed == b.seen_revealed && a.fidelity == b.fidelity && a.calendar == b.calendar && a.break_glass == b.break_glass;
}

const ApprovalRule& Policy::rule(Classification classification, Environment environment, std::string_view verb) const {
  for (const auto& cell : rules_) {
    const bool fits = (!cell.classification || *cell.classification == classification) &&
                      cell.environments.contains(environment) &&
                      (cell.verbs.empty() ||
                       std::ranges::any_of(cell.verbs, [&](const auto& pattern) { return matches(pattern, verb); }));
    if (fits) return cell.rule;
  }
  throw Broken("a policy was used that was not loaded");  // load() sees to every cell
}

std::size_t Policy::most_slots(Environment environment) const {
  std::size_t most = 0;
  for (const auto& cell : rules_) {
    if (cell.environments.contains(environment)) most = std::max(most, cell.rule.slots.size());
  }
  return most;
}

std::string Policy::asked_at(Environment environment) const {
  const auto found = std::ranges::find_if(rules_, [&](const auto& cell) { return cell.environments.contains(environment) && !cell.rule.slots.empty(); });
  return found == rules_.end() ? std::string() : found->rule.source;
}

struct Policy::Asked {
  const std::vector<std::string>& roles;
  bool person;
  Environment environment;
  Right right;
  const VerbTraits& verb;

  [[nodiscard]] bool holds(const Grant& grant) const {
    return grant.role == "everyone" ? person : among(roles, grant.role);
  }
  [[nodiscard]] bool meets(const Grant& grant, Misfit misfit) const {
    switch (misfit) {
      case Misfit::environment: return !grant.environments.contains(environment);
      case Misfit::right: return !grant.rights.contains(right);
      case Misfit::classification:
        return !grant.classifications.empty() && !grant.classifications.contains(verb.classification);
      case Misfit::mark:
        return !grant.marked.empty() &&
               std::ranges::none_of(grant.marked, [&](const auto& mark) { return among(verb.marks, mark); });
    }
    return true;
  }
  [[nodiscard]] bool fits(const Grant& grant) const {
    return holds(grant) && std::ranges::none_of(kMisfits, [&](const auto misfit) { return meets(grant, misfit); });
  }
  [[nodiscard]] Considered consider(const Grant& grant) const {
    Considered considered{grant.source, words(grant), {}};
    std::ranges::copy_if(kMisfits, std::back_inserter(considered.misfits),
                         [&](const auto misfit) { return meets(grant, misfit); });
    return considered;
  }
  static std::string words(const Grant& grant) {
    auto text = fmt::format("{} in {}: {}", grant.role, listed(grant.environments), listed(grant.rights));
    if (!grant.classifications.empty()) text += fmt::format("; only {} verbs", listed(grant.classifications));
    if (!grant.marked.empty()) text += fmt::format("; only verbs marked {}", fmt::join(grant.marked, ", "));
    return text;
  }
};

const Policy::Grant* Policy::grant(const std::vector<std::string>& roles, bool person, Environment environment,
                                   Right right, const VerbTraits& verb) const {
  const Asked asked{roles, person, environment, right, verb};
  const auto found = std::ranges::find_if(grants_, [&](const auto& grant) { return asked.fits(grant); });
  return found == grants_.end() ? nullptr : &*found;
}

bool Policy::allows(const std::vector<std::string>& roles, bool person, Environment environment, Right right,
                    const VerbTraits& verb) const {
  return grant(roles, person, environment, right, verb) != nullptr;
}

bool Policy::allows_some(const std::vector<std::string>& roles, bool person, Environment environment, Right right) const {
  const std::vector<std::string> marks(kMarks.begin(), kMarks.end());
  return std::ranges::any_of(kClassifications, [&](auto classification) { return allows(roles, person, environment, right, {"", classification, marks}); });
}

std::string Policy::granted_by(const std::vector<std::string>& roles, bool person, Environment environment, Right right,
                               const VerbTraits& verb) const {
  const auto* const found = grant(roles, person, environment, right, verb);
  return found == nullptr ? std::string() : found->source;
}

std::vector<Considered> Policy::considered(const std::vector<std::string>& roles, bool person, Environment environment,
                                           Right right, const VerbTraits& verb) const {
  const Asked asked{roles, person, environment, right, verb};
  // Where somebody looks for a line to mend, one for the same environment is nearer than any other.
  const auto distance = [](const Considered& each) {
    const bool elsewhere = std::ranges::find(each.misfits, Misfit::environment) != each.misfits.end();
    return std::pair(elsewhere, each.misfits.size());
  };
  std::vector<Considered> all;
  for (const auto& grant : grants_) {
    if (!asked.holds(grant)) continue;
    auto considered = asked.consider(grant);
    all.insert(std::ranges::upper_bound(all, distance(considered), {}, distance), std::move(considered));
  }
  return all;
}

std::set<std::string> Policy::roles() const {
  std::set<std::string> names;
  for (const auto& cell : rules_) {
    for (const auto& slot : cell.rule.slots) names.insert(slot.roles.begin(), slot.roles.end());
  }
  for (const auto& grant : grants_) {
    if (grant.role != "everyone") names.insert(grant.role);
  }
  return names;
}

}  // namespace blc::policy
