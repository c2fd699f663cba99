// What screens say of a break-glass and its review.
#pragma once
#include <string>
#include <vector>

#include "cli/views/run_view.hpp"

namespace blc::cli {

// "Review of the break-glass: 1 of 2 signatures, due Sun 29 Nov 10:20", or OVERDUE; empty when the glass is whole or
// the review is complete.
[[nodiscard]] std::string review_mark(const RunView& view);
// The paragraph of plan, explain and history about it, ending in a line break; empty when the glass is whole.
[[nodiscard]] std::string glass_text(const RunView& view);
[[nodiscard]] text::Json glass_json(const RunView& view);

// The runs whose break-glass still awaits its review, newest first: what `blc` and `inbox` show everybody.
[[nodiscard]] std::vector<const approval::Run*> awaiting_review(const approval::Replay& replay);
// Whether this person could sign it.
[[nodiscard]] bool can_review(const approval::Replay& replay, const approval::Run& run, const trust::Principal& me, Timestamp now);

}  // namespace blc::cli
