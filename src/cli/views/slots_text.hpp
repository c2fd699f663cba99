// Who signed a run and who could, in words that several screens share.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "cli/views/run_view.hpp"

namespace blc::cli {

// "clinical lead" of clinical-lead.
[[nodiscard]] std::string slot_name(std::string name);
// "; with a security key, touched", or nothing.
[[nodiscard]] std::string demand(const policy::Slot& slot);
// " for ben", whose role it was, or nothing.
[[nodiscard]] std::string for_whom(const std::string& lender);
// "cleo for ben" where it would be in a lent role.
[[nodiscard]] std::vector<std::string> open_names(const approval::SlotStatus& status);
// The approval by somebody who fills a slot.
[[nodiscard]] const approval::ApprovalFact& last_approval(const approval::Run& run, std::string_view person);
// How they signed beyond that: "; meaning review; the sealed values were seen".
[[nodiscard]] std::string manner(const RunView& view, const std::string& person);
// A line each.
[[nodiscard]] std::string slots_text(const RunView& view);
// That too few people could ever sign it, or nothing.
[[nodiscard]] std::string infeasible_text(const RunView& view);
// All in one, for whoever is about to fill one of `my_slots`.
[[nodiscard]] std::string slots_line(const RunView& view, const std::vector<std::string>& my_slots);

}  // namespace blc::cli
