#pragma once
#include <optional>
#include <string>
#include <vector>

#include "core/policy/policy.hpp"
#include "core/trust/root.hpp"

namespace blc::approval {

// Who somebody is to the policy.
struct Asker {
  std::string name;
  std::vector<std::string> roles;
  trust::PrincipalKind kind = trust::PrincipalKind::person;
};

// What they want to do.
struct Question {
  policy::Right right = policy::Right::plan;
  Environment environment = Environment::local;
  policy::VerbTraits verb;
  bool rehearsal = false;  // production's slots
};

// Whether the policy lets them, and the lines that say so. It explains and decides nothing: runs ask the gate, which
// also asks for keys, and for roles held when the plan was made.
struct Answer {
  bool allowed = false;
  std::string reason;                       // no stop at its end
  std::string source;                       // the line that decides; where none does, the nearest, or the file
  std::vector<policy::Considered> grants;   // to their roles, the nearest first
  std::optional<policy::ApprovalRule> rule{};  // of approve, where a grant gives it
  std::vector<std::string> fills{};            // the slots of the rule that they could fill
};
[[nodiscard]] Answer answer(const policy::Policy& policy, const Asker& asker, const Question& question);

// What keeps a grant from giving it, in words: "not in production, not read".
[[nodiscard]] std::string lacks(const policy::Considered& grant, const Question& question);
// "feature-deploy" or, of a verb without a name, "a business verb marked deployment".
[[nodiscard]] std::string verb_words(const policy::VerbTraits& verb);

// Roles that mean something under a policy: its own, and those that blc knows without one.
[[nodiscard]] std::vector<std::string> known_roles(const policy::Policy& policy);
// A service where one of the roles is for services only.
[[nodiscard]] trust::PrincipalKind kind_of(const std::vector<std::string>& roles);

}  // namespace blc::approval
