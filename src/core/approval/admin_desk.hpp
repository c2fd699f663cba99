#pragma once
#include <chrono>
#include <functional>
#include <optional>
#include <string>

#include "core/approval/log.hpp"
#include "core/approval/proposal.hpp"
#include "core/base/result.hpp"
#include "core/ports/signer.hpp"

namespace blc::approval {

// How long a proposal waits for signatures, unless its proposer says otherwise.
inline constexpr std::chrono::days kProposalDeadline{7};

// What came of a change of root or catalog.
struct Changed {
  std::optional<LeafHash> proposal;  // nothing when it needed none
  bool in_force = false;
};

// What one admin does with root and catalog. Each act is checked first, then signed with the person's key and appended;
// whoever's signature is the last that a proposal needs adopts it.
class AdminDesk {
 public:
  // Exit::authentication when no principal in force holds the signer's key.
  static Result<AdminDesk> open(Log& log, ports::Signer& signer);
  [[nodiscard]] const std::string& name() const { return name_; }

  // Changes what the root in force says; the version and the day on which it expires are set here. Exit::refused where
  // this person is no admin. `within`: how long a proposal may wait.
  using RootChange = std::function<Result<>(trust::RootContent&)>;
  Result<Changed> change_root(const RootChange& change, std::chrono::seconds within = kProposalDeadline);
  // Exit::refused where this person is no admin and holds no recovery key.
  [[nodiscard]] Result<> may_change_root() const { return may_change(true); }
  Result<Changed> adopt_catalog(const trust::Catalog::Files& files, std::chrono::seconds within = kProposalDeadline);

  Result<Changed> approve(const LeafHash& proposal);
  Result<> reject(const LeafHash& proposal, const std::string& reason);
  Result<> withdraw(const LeafHash& proposal);

 private:
  AdminDesk(Log& log, ports::Signer& signer, std::string name, crypto::PublicKey key)
      : log_(&log), signer_(&signer), name_(std::move(name)), key_(std::move(key)) {}
  [[nodiscard]] Result<> may_change(bool root) const;
  Result<Changed> propose(const std::function<Result<trust::Proposal>(const Replay&)>& make);
  Result<> decide(const LeafHash& proposal, Act act, const std::string& reason);

  Log* log_;
  ports::Signer* signer_;
  std::string name_;
  crypto::PublicKey key_;
};

// Says with a key that an open proposal makes an admin's, and that need not be enrolled yet, that its holder has it and
// wants this. Exit::refused when the proposal makes it nobody's.
Result<Changed> accept(Log& log, ports::Signer& signer, const LeafHash& proposal);

// The open proposal, or Exit::ended.
[[nodiscard]] Result<const Proposal*> find_proposal(const Replay& replay, const LeafHash& proposal);

}  // namespace blc::approval
