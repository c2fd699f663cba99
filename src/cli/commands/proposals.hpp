// Proposals of the next root or catalog at the commands that runs have too: show, approve, reject, withdraw, inbox.
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "cli/session.hpp"
#include "cli/views/proposal_view.hpp"
#include "core/approval/admin_desk.hpp"

namespace blc::cli {

struct ProposalAct {
  std::vector<std::string> digests;  // without a terminal
  std::string reason;
};

Result<Exit> show_proposal(Session& session, const approval::Proposal& proposal);
Result<Exit> approve_proposal(Session& session, const approval::Proposal& proposal, const ProposalAct& act);
Result<Exit> accept_proposal(Session& session, const approval::Proposal& proposal, const ProposalAct& act);
Result<Exit> reject_proposal(Session& session, const approval::Proposal& proposal, const ProposalAct& act);
Result<Exit> withdraw_from_proposal(Session& session, const approval::Proposal& proposal);

// How long a proposal may wait, as --within says it; the usual where it says nothing.
Result<std::chrono::seconds> read_within(const std::string& text);

// Those that wait for this person's signature or acceptance.
std::vector<ProposalView> proposals_for_me(Session& session);
// How a list shows one: "7M4KD2  root 4, proposed by ana 14 minutes ago".
std::string proposal_line(const ProposalView& view);

// For a month after the recovery key was used last everybody is told; else empty.
std::string recovery_told(const approval::Replay& replay, Timestamp now);
// The same as {"root": N, "at": TIME}; else null.
text::Json recovery_json(const approval::Replay& replay, Timestamp now);

// After a change of root or catalog: `in_force` where it is, else the proposal and who must sign it.
Result<Exit> tell_change(Session& session, const approval::Changed& changed, const std::function<void()>& in_force);

}  // namespace blc::cli
