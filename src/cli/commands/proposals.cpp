#include "cli/commands/proposals.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "cli/commands/acts.hpp"
#include "cli/views/words.hpp"
#include "core/text/display.hpp"

namespace blc::cli {

namespace {

std::string my_name(Session& session) {
  const auto* const me = session.known_me();
  return me == nullptr ? std::string() : me->name;
}

ProposalView view(Session& session, const approval::Proposal& proposal) {
  return view_of((*session.log())->replay(), proposal, session.clock().now(), my_name(session), session.output().width());
}

// Nothing but the six characters, or without a terminal the digest of what was read, is consent.
Result<> consent(Session& session, const approval::Proposal& proposal, const ProposalAct& act, const std::string& command) {
  const auto suffix = proposal.suffix();
  if (!act.digests.empty() || !session.interactive() || session.output().json()) {
    if (act.digests.size() == 1 && act.digests.front() == proposal.hash.value.tagged()) return {};
    return fail(Exit::usage, act.digests.empty() ? "without a terminal, signing needs the proposal's digest" : fmt::format("this is not the digest of proposal {}; nothing was signed", suffix),
                fmt::format("{} {} --digest sha256:...  (blc --json show {} prints it)", command, suffix, suffix));
  }
  session.output().screen("SIGN?\n" + proposal_screen(view(session, proposal)));
  session.output().line("To sign, type the proposal's last six characters. Enter does nothing.");
  BLC_TRY(const auto answer, session.ask("> ", "nothing was signed"));
  if (!answer || upper(*answer) != suffix) return fail(Exit::failed, "nothing was signed", fmt::format("{} {}", command, suffix));
  return {};
}

// What became of a proposal that this person has signed or accepted.
Result<Exit> tell_signed(Session& session, const approval::Changed& changed, const std::string& what, const std::string& did) {
  auto& output = session.output();
  return tell_change(session, changed, [&] {
    if (output.json()) output.object(text::Json::Object{{"format", "blc.proposal/v1"}, {"state", "in-force"}, {"what", what}});
    output.line(fmt::format("{} That was the last signature: {} is in force.", did, what));
  });
}

struct Signing {
  std::string command;
  std::string did;
};
using Sign = std::function<Result<approval::Changed>(approval::Log&, ports::Signer&, const LeafHash&)>;

// Once this person has read it and agreed.
Result<Exit> sign_proposal(Session& session, const approval::Proposal& proposal, const ProposalAct& act, const Signing& how, const Sign& sign) {
  const auto hash = proposal.hash;
  const auto what = what_it_is(proposal);
  const auto did = fmt::format("You {} proposal {}.", how.did, proposal.suffix());
  BLC_TRY(auto* const log, session.log());
  BLC_TRY(auto* const signer, session.signer());
  BLC_CHECK(consent(session, proposal, act, how.command));
  BLC_TRY(const auto changed, sign(*log, *signer, hash));
  return tell_signed(session, changed, what, did);
}

}  // namespace

Result<Exit> show_proposal(Session& session, const approval::Proposal& proposal) {
  const auto shown = view(session, proposal);
  if (session.output().json()) session.output().object(to_json(shown));
  session.output().screen(proposal_screen(shown) + next_text(shown));
  return Exit::done;
}

Result<Exit> approve_proposal(Session& session, const approval::Proposal& proposal, const ProposalAct& act) {
  const auto suffix = proposal.suffix();
  return sign_proposal(session, proposal, act, {"blc approve", "signed"}, [&](auto& log, auto& signer, const auto& hash) -> Result<approval::Changed> {
    BLC_TRY(auto desk, approval::AdminDesk::open(log, signer));
    return recorded(session, desk.name(), "sign proposal " + suffix, desk.approve(hash));
  });
}

Result<Exit> accept_proposal(Session& session, const approval::Proposal& proposal, const ProposalAct& act) {
  const auto suffix = proposal.suffix();
  return sign_proposal(session, proposal, act, {"blc trust accept", "accepted"}, [&](auto& log, auto& signer, const auto& hash) {
    return recorded(session, "accept proposal " + suffix, approval::accept(log, signer, hash));
  });
}

Result<Exit> reject_proposal(Session& session, const approval::Proposal& proposal, const ProposalAct& act) {
  const auto hash = proposal.hash;
  const auto suffix = proposal.suffix();
  auto reason = act.reason;
  if (reason.empty() && session.interactive()) {
    BLC_TRY(const auto answer, session.ask("Why? ", "nothing was rejected"));
    reason = answer.value_or("");
  }
  if (reason.empty()) return fail(Exit::usage, "a rejection needs a reason", fmt::format("blc reject {} --reason TEXT", suffix));
  BLC_TRY(auto* const log, session.log());
  BLC_TRY(auto* const signer, session.signer());
  BLC_TRY(auto desk, approval::AdminDesk::open(*log, *signer));
  BLC_CHECK(recorded(session, desk.name(), "reject proposal " + suffix, desk.reject(hash, reason)));
  return tell_change(session, {hash, false}, {});
}

Result<Exit> withdraw_from_proposal(Session& session, const approval::Proposal& proposal) {
  const auto hash = proposal.hash;
  const auto suffix = proposal.suffix();
  BLC_TRY(auto* const log, session.log());
  BLC_TRY(auto* const signer, session.signer());
  BLC_TRY(auto desk, approval::AdminDesk::open(*log, *signer));
  BLC_CHECK(recorded(session, desk.name(), "withdraw from proposal " + suffix, desk.withdraw(hash)));
  return tell_change(session, {hash, false}, {});
}

Result<std::chrono::seconds> read_within(const std::string& text) {
  if (text.empty()) return std::chrono::seconds(approval::kProposalDeadline);
  const auto within = parse_duration(text);
  if (within && *within >= std::chrono::minutes(1) && *within <= approval::kLongestProposal) return *within;
  return fail(Exit::usage, fmt::format("--within {} is no time from 1m to {}d", text::display(text), approval::kLongestProposal.count()), "such as 90m, 24h or 3d");
}

std::vector<ProposalView> proposals_for_me(Session& session) {
  std::vector<ProposalView> waiting;
  const auto& replay = (*session.log())->replay();
  const auto key = session.public_key();
  if (!key) return waiting;
  for (const auto& proposal : replay.proposals()) {
    const auto* const me = replay.root()->owner(*key);
    const auto* const joining = proposal.next->root() == nullptr ? nullptr : proposal.next->root()->owner(*key);
    const auto* const known = me != nullptr ? me : joining;
    if (known == nullptr) continue;
    // The changes are not asked for: a list does not show them.
    ProposalView shown{&proposal, weigh(replay.trust(), proposal, replay.size(), session.clock().now()), {}, {}, known->name,
                       session.clock().now(), session.output().width()};
    if (approval::waits_for(shown.status, known->name)) waiting.push_back(std::move(shown));
  }
  return waiting;
}

std::string proposal_line(const ProposalView& view) {
  const bool accepts = std::ranges::any_of(view.status.to_accept, [&](const auto& each) { return each.name == view.me; });
  return fmt::format("{}  {}, proposed by {} {}: blc {} {}", view.proposal->suffix(), what_it_is(*view.proposal), view.proposal->by,
                     ago(view.proposal->at, view.now), accepts ? "trust accept" : "approve", view.proposal->suffix());
}

namespace {

// The last use of the recovery key that everybody is still told of. A root that followed does not end that, nor does an early
// date in the one that was signed with it.
const ports::Adoption* recovery_to_tell(const approval::Replay& replay, Timestamp now) {
  constexpr std::chrono::days kTold{30};
  const auto* const adoption = replay.trust().last_recovery();
  return adoption == nullptr || now > std::max(adoption->at, adoption->heard) + kTold ? nullptr : adoption;
}

}  // namespace

std::string recovery_told(const approval::Replay& replay, Timestamp now) {
  const auto* const adoption = recovery_to_tell(replay, now);
  if (adoption == nullptr) return {};
  return fmt::format("THE RECOVERY KEY WAS USED: root {} was signed with it {}. If you did not expect that, ask your admins now.",
                     replay.trust().root_at(adoption->leaf + 1)->version(), when(adoption->at, now));
}

text::Json recovery_json(const approval::Replay& replay, Timestamp now) {
  const auto* const adoption = recovery_to_tell(replay, now);
  if (adoption == nullptr) return {};
  return text::Json::Object{{"root", replay.trust().root_at(adoption->leaf + 1)->version()}, {"at", blc::to_string(adoption->at)}};
}

Result<Exit> tell_change(Session& session, const approval::Changed& changed, const std::function<void()>& in_force) {
  if (changed.in_force) {
    in_force();
    return Exit::done;
  }
  BLC_TRY(const auto* const log, session.log());
  BLC_TRY(const auto* const proposal, approval::find_proposal(log->replay(), *changed.proposal));
  return show_proposal(session, *proposal);
}

}  // namespace blc::cli
