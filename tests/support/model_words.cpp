#include "support/model_words.hpp"

#include <algorithm>

namespace blc::testing::model {

std::set<std::string> both(const std::set<std::string>& a, const std::set<std::string>& b) {
  std::set<std::string> common;
  for (const auto& element : a) {
    if (b.contains(element)) common.insert(element);
  }
  return common;
}

bool names_proposal(Kind kind) {
  return kind == Kind::admin_approve || kind == Kind::admin_reject || kind == Kind::admin_withdraw || kind == Kind::accept;
}

bool fits(const Slot& slot, const std::set<std::string>& roles) { return !both(slot.roles, roles).empty(); }

bool grants(const Policy& policy, const std::string& right, const Principal& principal) {
  const auto granted = policy.grants.find(right);
  if (granted == policy.grants.end()) return false;
  return (principal.person && granted->second.contains("everyone")) || !both(granted->second, principal.roles).empty();
}

const Principal* find(const Roster* roster, const std::string& name) {
  if (roster == nullptr) return nullptr;
  for (const auto& principal : roster->principals) {
    if (principal.name == name) return &principal;
  }
  return nullptr;
}

const char* to_string(Standing standing) {
  switch (standing) {
    case Standing::counts: return "counts";
    case Standing::late: return "late";
    case Standing::void_entry: break;
  }
  return "void";
}

}  // namespace blc::testing::model
