#pragma once
#include <memory>
#include <string>
#include <vector>

#include "core/approval/log.hpp"
#include "core/approval/vault.hpp"
#include "core/base/result.hpp"
#include "core/ports/signer.hpp"
#include "core/verb/verb.hpp"

namespace blc::approval {

// What one person does with runs: each act is checked against the table of the design first, then signed
// with the person's key and appended. Who they are comes from the key alone. Refusals say why and what next.
class Desk {
 public:
  // Exit::authentication when no principal in force holds the signer's key.
  static Result<Desk> open(Log& log, ports::Signer& signer, Vault& vault);

  [[nodiscard]] const trust::Principal& me() const { return *log_->replay().root()->find(name_); }
  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] const crypto::PublicKey& key() const { return key_; }
  [[nodiscard]] Vault& vault() const { return *vault_; }
  [[nodiscard]] Log& log() const { return *log_; }

  // Why this person cannot ask for a run of that verb there, or nothing: what request() checks first.
  [[nodiscard]] Result<> may_request(const verb::Verb& verb, Environment environment, const policy::Policy& policy) const;
  // Seals phi values and a fresh run key, and asks for the run. `policy`: the one that governs there.
  Result<RunId> request(const verb::Verb& verb, const verb::Values& values, Environment environment, bool rehearsal,
                        const policy::Policy& policy);

  // Asks for a run that takes a succeeded one back: the same verb and parameters, sealed anew without being shown.
  // Exit::refused where there is nothing to take back, or nothing of it can be.
  Result<RunId> request_rollback(const Run& undone, const verb::Verb& verb, bool rehearsal, const policy::Policy& policy);

  // Why this person cannot sign the run now, or nothing: the same checks that approve() makes.
  [[nodiscard]] Result<> may_sign(const Run& run) const;
  // The slots that this person's signature could fill and nobody has.
  [[nodiscard]] std::vector<std::string> slots_for_me(const Run& run) const;
  [[nodiscard]] bool holds_right(const Run& run, policy::Right right) const;
  // Whether this person may see what is in the run, and not only how it stands: whoever asked for it, or may do something with
  // it; outside local nobody else (ISOLATION, "monitor only"). Of a run without a plan its verb in the catalog decides.
  [[nodiscard]] bool may_see(const Run& run) const;

  // `note`: what the others should read beside the signature, or nothing.
  Result<> approve(const RunId& run, const PlanDigest& digest, const std::string& note = {}, Meaning meaning = Meaning::approval);
  Result<> reject(const RunId& run, const std::string& reason);
  Result<> withdraw(const RunId& run);
  Result<> cancel(const RunId& run, const std::string& reason);
  // Orders the run; Exit::approvals_missing, ended or refused when the gate does not say yes now.
  // `not_before`: the run may start from then on, and must before its deadline.
  Result<> order(const RunId& run, std::optional<Timestamp> not_before = std::nullopt);
  // Takes this person's orders of the run back; Exit::refused when none of them stands.
  Result<> withdraw_order(const RunId& run);
  // Orders a run that was cut off to be gone on with; Exit::refused unless it is indeterminate.
  Result<> order_resume(const RunId& run);
  // Why this person cannot close the run now, or nothing: what close() and sign_finding() check first.
  [[nodiscard]] Result<> may_close(const Run& run) const;
  // Says what really happened, or signs what another said: that finding and no later one.
  Result<> close(const RunId& run, const std::string& finding);
  Result<> sign_finding(const RunId& run, const LeafHash& finding);
  // Why this person cannot have the run go ahead before the others have signed, or nothing: what break_glass() checks.
  [[nodiscard]] Result<> may_break_glass(const Run& run) const;
  // Break-glass: from here on only the slots count that the policy keeps, for as long as it says, and two others are to
  // review it. The run is still to be ordered.
  Result<> break_glass(const RunId& run, Emergency code, const std::string& because);
  // Why this person cannot sign the review of the run's break-glass now, or nothing.
  [[nodiscard]] Result<> may_review(const Run& run) const;
  // Says what the review found, or signs what another said.
  Result<> review(const RunId& run, const std::string& finding);
  Result<> sign_review(const RunId& run, const LeafHash& finding);
  // Has somebody else sign in this person's place, in one role and for a while; or, where it `ends`, no longer.
  Result<> delegate(const trust::Delegation& delegation);
  // Asks about the run, or replies to a question about it.
  Result<> ask(const RunId& run, const std::string& question);
  Result<> reply(const RunId& run, const LeafHash& question, const std::string& text);
  // Appends the reveal of these sealed values; call before opening them.
  Result<> reveal(const RunId& run, const std::vector<std::string>& names);

 private:
  Desk(Log& log, ports::Signer& signer, Vault& vault, std::string name, crypto::PublicKey key)
      : log_(&log), signer_(&signer), vault_(&vault), name_(std::move(name)), key_(std::move(key)) {}
  Result<RunId> request(const verb::Verb& verb, const verb::Values& values, Environment environment, plan::Request request,
                        const policy::Policy& policy);
  using Body = std::function<Result<text::Json>(const Run&, std::vector<ports::SealedBlob>&)>;
  Result<> append(const RunId& run, ledger::Kind kind, const Body& body);
  // Of a close and of a review alike.
  Result<> say_finding(const RunId& run, ledger::Kind kind, const std::string& finding);
  Result<> sign_said(const RunId& run, ledger::Kind kind, const LeafHash& finding);
  [[nodiscard]] Result<> may_say_finding(const Run& run, ledger::Kind kind) const;
  [[nodiscard]] Result<> may_roll_back(const Run& undone) const;
  [[nodiscard]] std::vector<std::string> who_could_close(const Run& run) const;
  [[nodiscard]] Result<> may_note(const Run& run) const;
  [[nodiscard]] Result<Words> sealed_words(const Run& run, const std::string& name, const std::string& text,
                                           std::vector<ports::SealedBlob>& blobs) const;

  Log* log_;
  ports::Signer* signer_;
  Vault* vault_;
  std::string name_;
  crypto::PublicKey key_;
};

// The run, or Exit::usage.
[[nodiscard]] Result<const Run*> find_run(const Replay& replay, const RunId& id);

}  // namespace blc::approval
