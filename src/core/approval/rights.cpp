#include "core/approval/rights.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

#include "core/approval/slots.hpp"

namespace blc::approval {

namespace {

bool among(const std::vector<std::string>& roles, std::string_view role) {
  return std::ranges::find(roles, role) != roles.end();
}

Answer no(Answer answer, std::string source, std::string reason) {
  answer.allowed = false;
  answer.source = std::move(source);
  answer.reason = std::move(reason);
  return answer;
}

// The places of the slots that they could fill.
std::vector<std::string> open_to(const policy::ApprovalRule& rule, const Asker& asker) {
  std::vector<std::string> names;
  for (const auto& slot : rule.slots) {
    if (fits(slot, asker.roles)) names.push_back(slot.name);
  }
  return names;
}

std::string roles_asked(const policy::ApprovalRule& rule) {
  std::vector<std::string> slots;
  for (const auto& slot : rule.slots) slots.push_back(fmt::format("{}", fmt::join(slot.roles, " or ")));
  return fmt::format("{}", fmt::join(slots, "; "));
}

// The right to approve is not enough: some slot must take them.
Answer signing(const policy::Policy& policy, const Asker& asker, const Question& question, Answer answer) {
  const auto row = question.rehearsal ? Environment::production : question.environment;
  const auto& rule = policy.rule(question.verb.classification, row, question.verb.name);
  answer.rule = rule;
  answer.fills = open_to(rule, asker);
  if (rule.slots.empty()) {
    answer.reason += fmt::format(", but nobody has to sign there ({})", rule.source);
  } else if (!answer.fills.empty()) {
    answer.reason += fmt::format(" and could fill {} of {}", fmt::join(answer.fills, " or "), rule.source);
  } else {
    auto reason = fmt::format("{}, but no slot of {} takes them; it asks for {}", answer.reason, rule.source, roles_asked(rule));
    return no(std::move(answer), rule.source, std::move(reason));
  }
  return answer;
}

}  // namespace

std::string verb_words(const policy::VerbTraits& verb) {
  if (!verb.name.empty()) return verb.name;
  auto words = fmt::format("a {} verb", to_string(verb.classification));
  if (!verb.marks.empty()) words += fmt::format(" marked {}", fmt::join(verb.marks, " and "));
  return words;
}

std::string lacks(const policy::Considered& grant, const Question& question) {
  std::vector<std::string> words;
  for (const auto misfit : grant.misfits) {
    switch (misfit) {
      case policy::Misfit::environment: words.push_back(fmt::format("not in {}", to_string(question.environment))); break;
      case policy::Misfit::right: words.push_back(fmt::format("not {}", policy::to_string(question.right))); break;
      case policy::Misfit::classification:
        words.push_back(fmt::format("not of {} verbs", to_string(question.verb.classification)));
        break;
      case policy::Misfit::mark: words.emplace_back("not of verbs without that mark"); break;
    }
  }
  return fmt::format("{}", fmt::join(words, ", "));
}

std::vector<std::string> known_roles(const policy::Policy& policy) {
  auto known = policy.roles();
  for (const auto role : {trust::kAdminRole, trust::kRecoveryRole, trust::kCiRole, trust::kExecutorRole}) known.emplace(role);
  return {known.begin(), known.end()};
}

trust::PrincipalKind kind_of(const std::vector<std::string>& roles) {
  const bool service = among(roles, trust::kExecutorRole) || among(roles, trust::kCiRole);
  return service ? trust::PrincipalKind::service : trust::PrincipalKind::person;
}

Answer answer(const policy::Policy& policy, const Asker& asker, const Question& question) {
  const bool person = asker.kind == trust::PrincipalKind::person;
  const auto file = std::string(policy::Policy::kAccessPath);
  Answer answer;
  answer.grants = policy.considered(asker.roles, person, question.environment, question.right, question.verb);
  const auto right = policy::to_string(question.right);
  if (!person && !among(asker.roles, trust::kCiRole))
    return no(std::move(answer), file, "of services only those with the role ci hold rights");
  if (answer.grants.empty()) return no(std::move(answer), file, fmt::format("no grant of {} is to their roles", file));
  const auto nearest = answer.grants.front();
  if (!nearest.misfits.empty())
    return no(std::move(answer), nearest.source,
              fmt::format("no grant gives the right to {}; the nearest is {}: {} ({})", right, nearest.source, nearest.text,
                          lacks(nearest, question)));
  answer.allowed = true;
  answer.source = nearest.source;
  answer.reason = fmt::format("holds the right to {} by {}: {}", right, nearest.source, nearest.text);
  if (question.right != policy::Right::approve) return answer;
  if (!person) return no(std::move(answer), file, "services sign no slots");
  return signing(policy, asker, question, std::move(answer));
}

}  // namespace blc::approval
