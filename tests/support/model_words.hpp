// What the pieces of the model share.
#pragma once
#include "support/model.hpp"

namespace blc::testing::model {

constexpr std::chrono::minutes kLease{5};
constexpr std::chrono::minutes kSkew{2};
constexpr std::chrono::days kLongestLoan{31};

constexpr auto kCounts = Standing::counts;
constexpr auto kLate = Standing::late;
constexpr auto kVoid = Standing::void_entry;

[[nodiscard]] std::set<std::string> both(const std::set<std::string>& a, const std::set<std::string>& b);
// Words of admins on a proposal, and of those who are to be some.
[[nodiscard]] bool names_proposal(Kind kind);
[[nodiscard]] bool fits(const Slot& slot, const std::set<std::string>& roles);
[[nodiscard]] bool grants(const Policy& policy, const std::string& right, const Principal& principal);
[[nodiscard]] const Principal* find(const Roster* roster, const std::string& name);

}  // namespace blc::testing::model
