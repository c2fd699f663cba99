#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "core/trust/changes.hpp"

namespace blc::trust {

namespace {

using policy::ApprovalRule;
using policy::Right;

std::string quoted(std::string_view verb) { return fmt::format("`{}`", verb); }

// "devops and security (touch)".
std::string slot_words(const policy::Slot& slot) {
  auto text = fmt::format("{}", fmt::join(slot.roles, " or "));
  std::vector<std::string> asked;
  if (slot.hardware != policy::Hardware::any) asked.emplace_back(to_string(slot.hardware));
  if (slot.attested) asked.emplace_back("attested");
  return asked.empty() ? text : fmt::format("{} ({})", text, fmt::join(asked, ", "));
}

std::string slots_words(const ApprovalRule& rule) {
  std::vector<std::string> slots;
  for (const auto& slot : rule.slots) slots.push_back(slot_words(slot));
  return slots.empty() ? "nobody" : fmt::format("{}", fmt::join(slots, "; "));
}

// "none", or "nobody signs, for 1h; 2 others review it within 72h".
std::string glass_words(const ApprovalRule& rule) {
  const auto& glass = rule.break_glass;
  if (!glass) return "none";
  return fmt::format("{} signs, for {}; {} others review it within {}", glass->keeps.empty() ? "nobody else" : fmt::format("{}", fmt::join(glass->keeps, " and ")),
                     blc::to_string(glass->lasts), glass->reviewers, blc::to_string(glass->review_within));
}

void compare_rules(const ApprovalRule& before, const ApprovalRule& after, Environment environment, std::vector<std::string>& what) {
  const auto where = to_string(environment);
  if (before.slots.size() != after.slots.size()) {
    what.push_back(fmt::format("approvals in {} {} -> {}: {} -> {}", where, before.slots.size(), after.slots.size(), slots_words(before), slots_words(after)));
  } else if (before.slots != after.slots) {
    what.push_back(fmt::format("who approves in {}: {} -> {}", where, slots_words(before), slots_words(after)));
  }
  if (before.deadline != after.deadline)
    what.push_back(fmt::format("time for it in {} {} -> {}", where, blc::to_string(before.deadline), blc::to_string(after.deadline)));
  if (before.requester_may_sign != after.requester_may_sign)
    what.push_back(fmt::format("the requester {} sign in {}", after.requester_may_sign ? "may now" : "may no longer", where));
  if (before.requester_may_execute != after.requester_may_execute)
    what.push_back(fmt::format("the requester {} run it in {}", after.requester_may_execute ? "may now" : "may no longer", where));
  if (before.approver_may_execute != after.approver_may_execute)
    what.push_back(fmt::format("who signed {} run it in {}", after.approver_may_execute ? "may now" : "may no longer", where));
  if (before.seen_revealed != after.seen_revealed)
    what.push_back(fmt::format("who signs in {} {} see the sealed values", where, after.seen_revealed ? "must now" : "need no longer"));
  if (policy::least_fidelity(before) != policy::least_fidelity(after))
    what.push_back(fmt::format("what a plan must show in {} {} -> {}", where, to_string(policy::least_fidelity(before)), to_string(policy::least_fidelity(after))));
  if (before.break_glass != after.break_glass)
    what.push_back(fmt::format("break-glass in {}: {} -> {}", where, glass_words(before), glass_words(after)));
  if (before.calendar != after.calendar) what.push_back(fmt::format("when it may run in {} changed: {}", where, policy::calendar_text(after.calendar)));
}

// A step that is gone sends nothing any more.
void compare_recipients(const verb::Verb& before, const verb::Verb& after, std::vector<std::string>& what) {
  const auto named = [](const std::string& recipient) { return recipient.empty() ? std::string("nobody named") : recipient; };
  for (const auto& step : after.steps) {
    const auto known = std::ranges::find(before.steps, step.name, &verb::Step::name);
    const auto was = known == before.steps.end() ? std::string() : known->recipient;
    if (was != step.recipient)
      what.push_back(fmt::format("who gets what step {} sends out: {} -> {}", step.name, named(was), named(step.recipient)));
  }
}

// A step that is gone uses no account any more.
void compare_credentials(const verb::Verb& before, const verb::Verb& after, std::vector<std::string>& what) {
  const auto listed = [](const std::vector<std::string>& names) {
    return names.empty() ? std::string("none") : fmt::format("{}", fmt::join(names, ", "));
  };
  for (const auto& step : after.steps) {
    const auto known = std::ranges::find(before.steps, step.name, &verb::Step::name);
    const auto was = known == before.steps.end() ? std::vector<std::string>() : known->credentials;
    if (was != step.credentials)
      what.push_back(fmt::format("credentials that step {} is given: {} -> {}", step.name, listed(was), listed(step.credentials)));
  }
}

Change compare_verb(const Catalog& before, const Catalog& after, const verb::Verb& old_verb, const verb::Verb& new_verb) {
  Change change{quoted(new_verb.name), {}};
  if (old_verb.classification != new_verb.classification)
    change.what.push_back(fmt::format("classification {} -> {}", to_string(old_verb.classification), to_string(new_verb.classification)));
  if (before.text(old_verb.path) != after.text(new_verb.path)) change.what.push_back("what it does or asks for changed, in " + new_verb.path);
  compare_recipients(old_verb, new_verb, change.what);
  compare_credentials(old_verb, new_verb, change.what);
  for (const auto environment : kEnvironments)
    compare_rules(before.policy().rule(old_verb.classification, environment, old_verb.name),
                  after.policy().rule(new_verb.classification, environment, new_verb.name), environment, change.what);
  return change;
}

Change new_verb_words(const Catalog& after, const verb::Verb& verb) {
  Change change{quoted(verb.name), {fmt::format("new, {}", to_string(verb.classification))}};
  for (const auto environment : kEnvironments) {
    const auto& rule = after.policy().rule(verb.classification, environment, verb.name);
    if (environment != Environment::local)
      change.what.push_back(fmt::format("approvals in {} {}: {}", to_string(environment), rule.slots.size(), slots_words(rule)));
  }
  return change;
}

struct Shift {
  std::set<std::string> gained;
  std::set<std::string> lost;
  auto operator<=>(const Shift&) const = default;
};

// What a role's rights over one verb become. "everyone" stands for any enrolled person.
Shift shift_of(const std::string& role, Environment environment, const verb::Verb* before, const verb::Verb* after,
               const policy::Policy& old_policy, const policy::Policy& new_policy) {
  Shift shift;
  const bool everyone = role == "everyone";
  const auto roles = everyone ? std::vector<std::string>() : std::vector{role};
  const auto allowed = [&](const policy::Policy& policy, const verb::Verb* verb, Right right) {
    return verb != nullptr && policy.allows(roles, everyone, environment, right, {verb->name, verb->classification, verb->marks});
  };
  for (const auto right : policy::all_rights()) {
    const bool then = allowed(old_policy, before, right);
    const bool now = allowed(new_policy, after, right);
    if (now && !then) shift.gained.emplace(to_string(right));
    if (then && !now) shift.lost.emplace(to_string(right));
  }
  return shift;
}

// "may now approve `x`", a text for each set of verbs that shift alike.
std::vector<std::string> shift_words(const std::string& role, Environment environment, const Catalog& before, const Catalog& after) {
  std::map<Shift, std::vector<std::string>> verbs;
  std::size_t compared = 0;
  for (const auto& verb : after.verbs()) {
    const auto* const old_verb = before.find_verb(verb.name);
    if (old_verb == nullptr) continue;
    ++compared;
    auto shift = shift_of(role, environment, old_verb, &verb, before.policy(), after.policy());
    if (shift != Shift{}) verbs[std::move(shift)].push_back(quoted(verb.name));
  }
  std::vector<std::string> words;
  for (const auto& [shift, names] : verbs) {
    const auto which = names.size() == compared ? std::string("every verb") : fmt::format("{}", fmt::join(names, ", "));
    if (!shift.gained.empty()) words.push_back(fmt::format("may now {} {}", fmt::join(shift.gained, ", "), which));
    if (!shift.lost.empty()) words.push_back(fmt::format("may no longer {} {}", fmt::join(shift.lost, ", "), which));
  }
  return words;
}

std::vector<Change> compare_rights(const Catalog& before, const Catalog& after) {
  auto roles = before.policy().roles();
  const auto more = after.policy().roles();
  roles.insert(more.begin(), more.end());
  roles.insert("everyone");
  std::vector<Change> found;
  for (const auto& role : roles) {
    Change change{"Role " + role, {}};
    // The same in several environments is said once.
    std::vector<std::pair<std::string, std::vector<std::string>>> said;
    for (const auto environment : kEnvironments) {
      for (auto& words : shift_words(role, environment, before, after)) {
        auto same = std::ranges::find(said, words, &std::pair<std::string, std::vector<std::string>>::first);
        if (same == said.end()) same = said.emplace(said.end(), std::move(words), std::vector<std::string>{});
        same->second.emplace_back(to_string(environment));
      }
    }
    for (const auto& [words, where] : said) change.what.push_back(fmt::format("{}, in {}", words, fmt::join(where, ", ")));
    if (!change.what.empty()) found.push_back(std::move(change));
  }
  return found;
}

// "+ llm.example.org, - old.example.org"; empty when both are the same.
template <class Words>
std::string gained_and_lost(const Words& before, const Words& after) {
  std::vector<std::string> words;
  for (const auto& word : after)
    if (std::ranges::find(before, word) == before.end()) words.push_back(fmt::format("+ {}", word));
  for (const auto& word : before)
    if (std::ranges::find(after, word) == after.end()) words.push_back(fmt::format("- {}", word));
  return fmt::format("{}", fmt::join(words, ", "));
}

template <class Set>
std::vector<std::string_view> names_of(const Set& values) {
  std::vector<std::string_view> names;
  for (const auto value : values) names.push_back(to_string(value));
  return names;
}

void tell(std::vector<std::string>& what, std::string_view about, const std::string& change) {
  if (!change.empty()) what.push_back(fmt::format("{}: {}", about, change));
}

template <class Value>
void tell_value(std::vector<std::string>& what, std::string_view about, const Value& before, const Value& after) {
  if (before != after) what.push_back(fmt::format("{} {} -> {}", about, to_string(before), to_string(after)));
}

std::vector<Change> compare_environments(const policy::Environments& before, const policy::Environments& after) {
  std::vector<Change> found;
  for (const auto environment : kEnvironments) {
    const auto& old_terms = before.at(environment);
    const auto& new_terms = after.at(environment);
    Change change{std::string(to_string(environment)), {}};
    tell(change.what, "data", gained_and_lost(names_of(old_terms.data), names_of(new_terms.data)));
    tell(change.what, "network allow-list", gained_and_lost(old_terms.hosts, new_terms.hosts));
    tell_value(change.what, "audit", old_terms.audit, new_terms.audit);
    tell_value(change.what, "encryption", old_terms.encryption, new_terms.encryption);
    tell(change.what, "what no setting switches off", gained_and_lost(names_of(old_terms.controls), names_of(new_terms.controls)));
    tell_value(change.what, "until it serves again (RTO)", old_terms.rto, new_terms.rto);
    tell_value(change.what, "what may be lost (RPO)", old_terms.rpo, new_terms.rpo);
    if (!change.what.empty()) found.push_back(std::move(change));
  }
  return found;
}

std::vector<Change> compare_data_classes(const policy::DataClasses& before, const policy::DataClasses& after) {
  std::vector<Change> found;
  for (const auto name : verb::kDataClasses) {
    const auto& old_terms = before.at(name);
    const auto& new_terms = after.at(name);
    Change change{fmt::format("{} data", name), {}};
    tell_value(change.what, "lowest verbs that touch it", old_terms.lowest, new_terms.lowest);
    tell(change.what, "where it may be touched", gained_and_lost(names_of(old_terms.environments), names_of(new_terms.environments)));
    tell(change.what, "where made-up data stands in its place", gained_and_lost(names_of(old_terms.stand_ins), names_of(new_terms.stand_ins)));
    if (!change.what.empty()) found.push_back(std::move(change));
  }
  return found;
}

}  // namespace

std::vector<Change> changes(const Catalog& before, const Catalog& after) {
  std::vector<Change> found;
  for (const auto& verb : after.verbs()) {
    const auto* const known = before.find_verb(verb.name);
    auto change = known == nullptr ? new_verb_words(after, verb) : compare_verb(before, after, *known, verb);
    if (!change.what.empty()) found.push_back(std::move(change));
  }
  for (const auto& verb : before.verbs()) {
    if (after.find_verb(verb.name) == nullptr) found.push_back({quoted(verb.name), {fmt::format("removed; was {}", to_string(verb.classification))}});
  }
  for (auto& change : compare_environments(before.environments(), after.environments())) found.push_back(std::move(change));
  for (auto& change : compare_data_classes(before.data_classes(), after.data_classes())) found.push_back(std::move(change));
  for (auto& change : compare_rights(before, after)) found.push_back(std::move(change));
  for (const auto& [path, how] : before.differences(after.files()))
    found.push_back({path, {how == "missing" ? "removed" : how == "new" ? fmt::format("new, {} bytes", after.text(path).size()) : how}});
  return found;
}

}  // namespace blc::trust
