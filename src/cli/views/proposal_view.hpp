// A proposed root or catalog as people and scripts see it.
#pragma once
#include <string>
#include <vector>

#include "core/approval/impact.hpp"
#include "core/approval/proposal.hpp"
#include "core/approval/replay.hpp"
#include "core/text/json.hpp"
#include "core/trust/changes.hpp"

namespace blc::cli {

struct ProposalView {
  const approval::Proposal* proposal = nullptr;
  approval::ProposalStatus status;
  std::vector<trust::Change> changes;
  std::vector<approval::Impact> impact;  // of a catalog
  std::string me;                        // empty when the reader is not known
  Timestamp now;
  std::size_t width = 80;
};

[[nodiscard]] ProposalView view_of(const approval::Replay& replay, const approval::Proposal& proposal, Timestamp now,
                                   const std::string& me, std::size_t width);
// "root 4", "catalog 2".
[[nodiscard]] std::string what_it_is(const approval::Proposal& proposal);
// {"format":"blc.proposal/v1", ...}
[[nodiscard]] text::Json to_json(const ProposalView& view);
// What it changes, who signed, who must; up to the question, where one is asked.
[[nodiscard]] std::string proposal_screen(const ProposalView& view);
// The changes alone, a paragraph each.
[[nodiscard]] std::string changes_text(const std::vector<trust::Change>& changes, std::size_t width);
[[nodiscard]] text::Json to_json(const std::vector<trust::Change>& changes);
// Which runs would need other signatures; empty when none would.
[[nodiscard]] std::string impact_text(const std::vector<approval::Impact>& impact, Timestamp now, std::size_t width);
[[nodiscard]] text::Json to_json(const std::vector<approval::Impact>& impact);
// What those who must still sign type: "ben types  blc approve 7M4KD2".
[[nodiscard]] std::string next_text(const ProposalView& view);

}  // namespace blc::cli
