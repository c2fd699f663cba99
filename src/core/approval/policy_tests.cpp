#include "core/approval/policy_tests.hpp"

#include "core/approval/policy_test_cases.hpp"

namespace blc::approval {

Result<std::vector<PolicyTestResult>> run_policy_tests(std::string_view text, const std::string& file,
                                                       const trust::Catalog& catalog) {
  BLC_TRY(const auto root, text::parse_yaml(text, file));
  policy_test::People people;
  BLC_TRY(const auto cases, policy_test::read(root, file, catalog, people));
  return policy_test::run(cases, catalog);
}

}  // namespace blc::approval
