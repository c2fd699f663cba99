// Changes of root and catalog that more than one key must sign: what was proposed, who signed it, and whether it may
// be adopted (design "Root and catalog").
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/approval/run.hpp"
#include "core/base/result.hpp"
#include "core/text/json.hpp"
#include "core/trust/history.hpp"
#include "core/trust/proposal.hpp"

namespace blc::approval {

inline constexpr std::chrono::days kLongestProposal{30};

// An admin's word on a proposal.
struct ProposalDecision : Fact {
  Act act = Act::approve;
  LeafHash proposal{};
  std::string reason{};  // of a rejection or withdrawal, where one was given
};

// By a key that the proposed root makes an admin's: its holder has it and wants this.
struct Acceptance : Fact {
  LeafHash proposal{};
};

// A proposal that nothing has overtaken yet, with all that counted of it, in ledger order. Whoever proposes has signed.
struct Proposal : Fact {
  std::shared_ptr<const trust::Proposal> next{};
  std::vector<ProposalDecision> decisions{};  // approve and withdraw
  std::optional<ProposalDecision> rejection{};
  std::vector<Acceptance> acceptances{};

  // What people name it by.
  [[nodiscard]] std::string suffix() const { return id.suffix(); }
};

// What the entry that adopts a proposed root or catalog says beside it.
struct Citation {
  LeafHash proposal;
  std::vector<LeafHash> signatures;  // the proposal, approvals and acceptances that let it through, in ledger order
  bool operator==(const Citation&) const = default;
};

struct ProposalStatus {
  enum class State { open, complete, rejected, expired, overtaken } state = State::open;
  std::uint64_t needed = 1;       // by the root in force
  std::uint64_t needed_next = 0;  // by the proposed one
  std::vector<std::string> signed_by{};       // whose signature counts for the root in force
  std::vector<std::string> signed_by_next{};  // and for the proposed one
  std::vector<std::string> open_to{};         // who holds a key that could still sign
  std::vector<trust::NewAdminKey> to_accept{};
  std::vector<LeafHash> signatures{};
  bool recovery = false;  // the recovery key is among the signers
};

// How a proposal stands for a reader who has seen `size` entries, at `now`. Pure.
[[nodiscard]] ProposalStatus weigh(const trust::History& trust, const Proposal& proposal, std::uint64_t size, Timestamp now);
[[nodiscard]] std::string_view to_string(ProposalStatus::State state);
// "2 of 3 admins have signed; dora must accept".
[[nodiscard]] std::string missing_text(const ProposalStatus& status);
// Whether this person's key could sign it: of whoever is among its open_to.
[[nodiscard]] bool waits_for(const ProposalStatus& status, const std::string& name);

// Exit::refused when a key in the root is, or ever was, another's; `owner` knows whose each was.
using Owner = std::function<std::optional<std::string>(const crypto::PublicKey&)>;
[[nodiscard]] Result<> check_owners(const trust::Root& root, const Owner& owner);
// Whether one admin may adopt this root alone: no more must sign, before and after, and it makes nobody an admin.
[[nodiscard]] bool one_may_adopt(const trust::Root& current, const trust::Root& next);

[[nodiscard]] text::Json decision_body(Act act, const LeafHash& proposal, const std::string& reason);
[[nodiscard]] text::Json acceptance_body(const LeafHash& proposal);
// The body of the adopting entry: the root's or catalog's own with the citation.
[[nodiscard]] text::Json adopting_body(const text::Json& next, const Citation& citation);
[[nodiscard]] Result<ProposalDecision> read_decision(const Fact& fact, const text::Json& body);
[[nodiscard]] Result<Acceptance> read_acceptance(const Fact& fact, const text::Json& body);
// What the entry says of itself, put beside what its body says.
[[nodiscard]] trust::Delegation delegation_of(trust::Delegation body, const Fact& fact);
// An adopting entry's body parted into root or catalog, and citation.
struct Adopting {
  text::Json next;
  std::optional<Citation> citation;
};
[[nodiscard]] Result<Adopting> read_adopting(text::Json body);

}  // namespace blc::approval
