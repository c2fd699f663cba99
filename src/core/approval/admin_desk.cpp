#include "core/approval/admin_desk.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace blc::approval {

using ledger::Kind;

namespace {

std::string show(const Proposal& proposal) { return "blc show " + proposal.suffix(); }

// Adopts a proposal that has all its signatures; one that waits for more is left as it is.
Result<Changed> adopt_when_complete(Log& log, ports::Signer& signer, const std::string& by, const LeafHash& hash) {
  BLC_CHECK(log.refresh());
  BLC_TRY(const auto* const proposal, find_proposal(log.replay(), hash));
  const auto status = weigh(log.replay().trust(), *proposal, log.replay().size(), log.now());
  if (status.state != ProposalStatus::State::complete) return Changed{hash, false};
  BLC_CHECK(log.append(signer, by, [&](const Replay& replay) -> Result<Draft> {
    BLC_TRY(const auto* const complete, find_proposal(replay, hash));
    const auto& next = *complete->next;
    const Citation citation{hash, weigh(replay.trust(), *complete, replay.size(), log.now()).signatures};
    const auto body = next.root() != nullptr ? next.root()->to_json() : next.catalog()->to_json();
    return Draft{next.root() != nullptr ? Kind::root : Kind::catalog, {}, adopting_body(body, citation), {}};
  }));
  return Changed{hash, true};
}

Result<> still_open(const Replay& replay, const Proposal& proposal, Timestamp now) {
  using enum ProposalStatus::State;
  const auto state = weigh(replay.trust(), proposal, replay.size(), now).state;
  if (state == rejected) return fail(Exit::ended, fmt::format("{} rejected this proposal", proposal.rejection->by), show(proposal));
  if (state == expired) return fail(Exit::ended, "this proposal expired " + blc::to_string(proposal.next->deadline()), "propose the change again");
  return {};
}

}  // namespace

Result<const Proposal*> find_proposal(const Replay& replay, const LeafHash& hash) {
  const auto& open = replay.proposals();
  const auto found = std::ranges::find(open, hash, &Proposal::hash);
  if (found == open.end())
    return fail(Exit::ended, "this proposal is over: another change came first, or it is in force", "blc trust show tells what is in force");
  return &*found;
}

Result<AdminDesk> AdminDesk::open(Log& log, ports::Signer& signer) {
  BLC_TRY(auto key, crypto::PublicKey::parse_blob(signer.public_blob()));
  const auto* const owner = log.replay().root()->owner(key);
  if (owner == nullptr)
    return fail(Exit::authentication, fmt::format("your key {} is not enrolled in this practice", key.fingerprint()),
                "who was proposed as an admin accepts first: blc trust accept PROPOSAL");
  return AdminDesk(log, signer, owner->name, std::move(key));
}

Result<> AdminDesk::may_change(bool root) const {
  const auto& me = *log_->replay().root()->find(name_);
  if (root ? me.changes_root() : me.has_role(trust::kAdminRole)) return {};
  if (!root && me.has_role(trust::kRecoveryRole))
    return fail(Exit::refused, "the recovery key changes the root only", "with it, make somebody an admin: blc trust add, blc trust set-role");
  return fail(Exit::refused, fmt::format("{} is no admin; only admins {}", name_, root ? "change the root" : "adopt a catalog"),
              "blc trust show lists the admins");
}

Result<Changed> AdminDesk::propose(const std::function<Result<trust::Proposal>(const Replay&)>& make) {
  BLC_TRY(const auto appended, log_->append(*signer_, name_, [&](const Replay& replay) -> Result<Draft> {
    BLC_TRY(const auto proposal, make(replay));
    return Draft{Kind::proposal, {}, proposal.to_json(), {}};
  }));
  return adopt_when_complete(*log_, *signer_, name_, appended.hash);
}

Result<Changed> AdminDesk::change_root(const RootChange& change, std::chrono::seconds within) {
  BLC_CHECK(log_->refresh());
  BLC_CHECK(may_change(true));
  const auto now = log_->now();
  const auto next = [&](const trust::Root& current) -> Result<trust::Root> {
    auto content = current.content();
    BLC_CHECK(change(content));
    content.version = current.version() + 1;
    content.expires = now + trust::kRootLifetime;
    return trust::Root::make(std::move(content));
  };
  BLC_TRY(const auto wanted, next(*log_->replay().root()));
  if (!one_may_adopt(*log_->replay().root(), wanted))
    return propose([&](const Replay& replay) -> Result<trust::Proposal> {
      BLC_TRY(auto root, next(*replay.root()));
      return trust::Proposal(std::move(root), now + within);
    });
  BLC_CHECK(log_->append(*signer_, name_, [&](const Replay& replay) -> Result<Draft> {
    BLC_TRY(const auto root, next(*replay.root()));
    return Draft{Kind::root, {}, root.to_json(), {}};
  }));
  return Changed{{}, true};
}

Result<Changed> AdminDesk::adopt_catalog(const trust::Catalog::Files& files, std::chrono::seconds within) {
  BLC_CHECK(log_->refresh());
  BLC_CHECK(may_change(false));
  BLC_CHECK(log_->sound());
  const auto next = [&](const Replay& replay) -> Result<trust::Catalog> {
    const auto& current = *replay.catalog();
    const auto& adoption = *replay.trust().catalog_adoption(replay.size());
    // What serves as it is needs no signature: not one under a lower threshold, and not one that is dated ahead.
    const bool serves = adoption.under >= replay.root()->admin_threshold() && adoption.at <= log_->now() + kSkew;
    if (current.differences(files).empty() && serves)
      return fail(Exit::refused, "the practice's files are the adopted catalog already", "blc catalog status");
    return trust::Catalog::make(current.version() + 1, files);
  };
  if (log_->replay().root()->admin_threshold() > 1) {
    const auto deadline = log_->now() + within;
    return propose([&](const Replay& replay) -> Result<trust::Proposal> {
      BLC_TRY(auto catalog, next(replay));
      return trust::Proposal(std::move(catalog), deadline);
    });
  }
  BLC_CHECK(log_->append(*signer_, name_, [&](const Replay& replay) -> Result<Draft> {
    BLC_TRY(const auto catalog, next(replay));
    return Draft{Kind::catalog, {}, catalog.to_json(), {}};
  }));
  return Changed{{}, true};
}

Result<Changed> AdminDesk::approve(const LeafHash& hash) {
  BLC_CHECK(log_->refresh());
  BLC_TRY(const auto* const proposal, find_proposal(log_->replay(), hash));
  BLC_CHECK(may_change(proposal->next->root() != nullptr));
  BLC_CHECK(still_open(log_->replay(), *proposal, log_->now()));
  const auto status = weigh(log_->replay().trust(), *proposal, log_->replay().size(), log_->now());
  const bool has_signed = std::ranges::find(status.signed_by, name_) != status.signed_by.end();
  if (has_signed && status.state != ProposalStatus::State::complete)
    return fail(Exit::refused, fmt::format("you have signed this proposal; {}", missing_text(status)), show(*proposal));
  // Complete and not adopted: whoever signed last was cut off before the last entry.
  if (!has_signed) BLC_CHECK(decide(hash, Act::approve, {}));
  return adopt_when_complete(*log_, *signer_, name_, hash);
}

Result<> AdminDesk::reject(const LeafHash& proposal, const std::string& reason) { return decide(proposal, Act::reject, reason); }
Result<> AdminDesk::withdraw(const LeafHash& proposal) { return decide(proposal, Act::withdraw, {}); }

Result<> AdminDesk::decide(const LeafHash& hash, Act act, const std::string& reason) {
  if (reason.size() > kLongestWords) return fail(Exit::usage, fmt::format("a reason has at most {} bytes", kLongestWords));
  const auto make = [&](const Replay& replay) -> Result<Draft> {
    BLC_TRY(const auto* const proposal, find_proposal(replay, hash));
    BLC_CHECK(may_change(proposal->next->root() != nullptr));
    const auto status = weigh(replay.trust(), *proposal, replay.size(), log_->now());
    // One that expired may be refused all the same, and its signatures taken back: no clock but its signers' ended it.
    if (act == Act::approve || status.state != ProposalStatus::State::expired) BLC_CHECK(still_open(replay, *proposal, log_->now()));
    if (act == Act::withdraw && std::ranges::find(status.signed_by, name_) == status.signed_by.end())
      return fail(Exit::refused, "you have not signed this proposal; there is nothing to take back", show(*proposal));
    return Draft{Kind::approval, {}, decision_body(act, hash, reason), {}};
  };
  BLC_CHECK(log_->append(*signer_, name_, make));
  return {};
}

Result<Changed> accept(Log& log, ports::Signer& signer, const LeafHash& hash) {
  BLC_TRY(const auto key, crypto::PublicKey::parse_blob(signer.public_blob()));
  BLC_CHECK(log.refresh());
  BLC_TRY(const auto* const found, find_proposal(log.replay(), hash));
  const auto* const root = found->next->root();
  const auto* const joining = root == nullptr ? nullptr : root->owner(key);
  if (joining == nullptr || !joining->changes_root())
    return fail(Exit::refused, fmt::format("proposal {} makes nobody an admin with your key {}", found->suffix(), key.fingerprint()),
                show(*found) + " lists the keys");
  const auto by = joining->name;
  BLC_CHECK(still_open(log.replay(), *found, log.now()));
  const auto status = weigh(log.replay().trust(), *found, log.replay().size(), log.now());
  const bool waited_for = std::ranges::any_of(status.to_accept, [&](const auto& each) { return each.name == by && each.key == key; });
  if (!waited_for && status.state != ProposalStatus::State::complete)
    return fail(Exit::refused, fmt::format("your key has nothing left to accept there; {}", missing_text(status)), show(*found));
  const auto make = [&](const Replay& replay) -> Result<Draft> {
    BLC_TRY(const auto* const proposal, find_proposal(replay, hash));
    BLC_CHECK(still_open(replay, *proposal, log.now()));
    return Draft{Kind::accept, {}, acceptance_body(hash), {}};
  };
  if (waited_for) BLC_CHECK(log.append(signer, by, make));
  return adopt_when_complete(log, signer, by, hash);
}

}  // namespace blc::approval
