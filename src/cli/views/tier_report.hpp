// One report on a tier, in each format that blc tier validate writes. None of them holds a value of a setting.
#pragma once
#include <cstdint>
#include <optional>
#include <string>

#include "core/text/json.hpp"
#include "core/tier/report.hpp"

namespace blc::cli {

struct TierView {
  const tier::Report& report;
  const tier::Rules& rules;
  bool strict = false;
  bool unicode = true;     // ✓ and its like, where the terminal shows them
  std::string folder;      // the working folder: files are named from there
  std::string root;        // of the repository, where there is one: reports for CI tell paths from there
  std::optional<std::uint64_t> entry = std::nullopt;  // of the ledger, where it was recorded
};

// "Ready to migrate from staging to production", "Cannot migrate ...".
[[nodiscard]] std::string tier_verdict(const TierView& view);
// "12 passed, 2 failed, 1 warning, 1 waived".
[[nodiscard]] std::string tier_counts(const tier::Report& report);
// The subject and what is said of it, on one line, safe to show.
[[nodiscard]] std::string tier_sentence(const tier::Finding& finding);
// The path of a finding's file, told from a folder; empty where it has none.
[[nodiscard]] std::string tier_path(const TierView& view, const tier::Finding& finding, const std::string& from);

[[nodiscard]] std::string tier_text(const TierView& view);
[[nodiscard]] text::Json tier_json(const TierView& view);    // blc.tier-check/v1
[[nodiscard]] std::string tier_junit(const TierView& view);  // as Jenkins and GitLab read it
[[nodiscard]] text::Json tier_sarif(const TierView& view);   // 2.1.0; what passed is left out
[[nodiscard]] std::string tier_github(const TierView& view); // workflow commands: at most ten, what is waived, and the counts
[[nodiscard]] text::Json tier_gitlab(const TierView& view);  // Code Quality; what passed is left out

}  // namespace blc::cli
