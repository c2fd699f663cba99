// The practice's own tests of its policy, policies/tests/*.yaml: see blc-verb(5), POLICY TESTS.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.hpp"
#include "core/trust/catalog.hpp"

namespace blc::approval {

inline constexpr std::string_view kPolicyTestsFolder = "policies/tests/";

struct PolicyTestResult {
  std::string name;
  std::string source;  // "policies/tests/rights.yaml:12"
  bool passed = true;
  // Of the first thing that was not as expected; empty where all was.
  std::string question{};  // "may qa read a business verb in production"
  std::string expected{};
  std::string got{};
  std::string reason{};
  std::string policy{};  // the line of the policy that decided
};

// Runs each test of a file against the policy and the verbs of `catalog`. `file` is used in messages. Errors are
// Exit::usage: file, line, column, what was expected.
[[nodiscard]] Result<std::vector<PolicyTestResult>> run_policy_tests(std::string_view text, const std::string& file,
                                                                     const trust::Catalog& catalog);

}  // namespace blc::approval
