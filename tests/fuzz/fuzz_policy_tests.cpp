// Files of policy tests: whatever loads gives a result for each test, and what failed says why and by which line.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "core/approval/policy_tests.hpp"
#include "core/text/display.hpp"
#include "support/world.hpp"

namespace {

void check(bool holds) {
  if (!holds) std::abort();
}

const blc::trust::Catalog& catalog() {
  static const auto kCatalog = [] {
    blc::trust::Catalog::Files files;
    for (const auto& [path, bytes] : blc::testing::default_practice()) {
      if (path.starts_with("verbs/") || path.starts_with("policies/")) files.emplace(path, bytes);
    }
    return blc::testing::must(blc::trust::Catalog::make(1, std::move(files)));
  }();
  return kCatalog;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto results = blc::approval::run_policy_tests(text, "policies/tests/x.yaml", catalog());
  if (!results) {
    check(results.error().code == blc::Exit::usage && blc::text::plain(results.error().message));
    return 0;
  }
  for (const auto& result : *results) {
    check(!result.name.empty() && result.source.starts_with("policies/tests/x.yaml:"));
    check(result.passed == result.got.empty() && result.passed == result.policy.empty());
    check(result.passed || result.policy.starts_with("policies/"));
  }
  return 0;
}
