#include "core/approval/desk.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

#include "core/approval/bodies.hpp"

namespace blc::approval {

using ledger::Kind;

namespace {

Result<> before_the_start(const Run& run, Timestamp now, const Replay& replay) {
  const auto show = "blc show " + run.id.suffix();
  switch (replay.state(run, now)) {
    case State::planning: return fail(Exit::refused, "this run has no plan yet", "plan it again");
    case State::pending:
    case State::approved: return {};
    case State::rejected: return fail(Exit::ended, run.rejection->by + " rejected this run", show);
    case State::cancelled: return fail(Exit::ended, run.cancel->by + " cancelled this run", show);
    case State::expired: return fail(Exit::ended, "this run has expired", "plan it again");
    default: return fail(Exit::refused, "this run has been started already", show);
  }
}

// The same that the gate asks for, said before anybody signs.
Result<> shows_enough(const verb::Verb& verb, const policy::ApprovalRule& rule) {
  if (policy::shows_enough(rule, verb.fidelity)) return {};
  return fail(Exit::refused,
              fmt::format("{} asks for plans that show what will happen ({}), and {} has fidelity {}", rule.source,
                          to_string(policy::least_fidelity(rule)), verb.name, to_string(verb.fidelity)),
              "the verb needs a preview of its effects: man blc-verb");
}

text::Json to_json(const verb::Value& value) {
  return std::visit([](const auto& held) { return text::Json(held); }, value);
}

}  // namespace

Result<const Run*> find_run(const Replay& replay, const RunId& id) {
  const auto* const run = replay.run(id);
  if (run == nullptr) return fail(Exit::usage, "there is no run " + id.str(), "blc runs lists them");
  return run;
}

Result<Desk> Desk::open(Log& log, ports::Signer& signer, Vault& vault) {
  BLC_TRY(auto key, crypto::PublicKey::parse_blob(signer.public_blob()));
  const auto* const owner = log.replay().root()->owner(key);
  if (owner == nullptr)
    return fail(Exit::authentication, fmt::format("your key {} is not enrolled in this practice", key.fingerprint()),
                "an admin enrols it: blc trust add NAME --key FILE.pub --role ROLE");
  return Desk(log, signer, vault, owner->name, std::move(key));
}

Result<RunId> Desk::request(const verb::Verb& verb, const verb::Values& values, Environment environment, bool rehearsal,
                            const policy::Policy& policy) {
  plan::Request request;
  request.rehearsal = rehearsal;
  return this->request(verb, values, environment, std::move(request), policy);
}

Result<> Desk::may_roll_back(const Run& undone) const {
  const auto& replay = log_->replay();
  const auto suffix = undone.id.suffix();
  if (undone.request->request.rolls_back)
    return fail(Exit::refused, fmt::format("run {} is a rollback itself; what it took back is not put back by another", suffix),
                fmt::format("blc again {} does anew what was taken back", undone.request->request.rolls_back->suffix()));
  const auto state = replay.state(undone, log_->now());
  if (state == State::rolled_back)
    return fail(Exit::refused, fmt::format("run {} was rolled back by run {}", suffix, replay.last_rollback(undone.id)->id.suffix()),
                "blc show " + suffix);
  if (state == State::partial || state == State::indeterminate)
    return fail(Exit::refused, fmt::format("run {} is {}; only a succeeded run is rolled back", suffix, to_string(state)),
                fmt::format("blc explain {} says how to go on with it", suffix));
  if (state != State::succeeded)
    return fail(Exit::refused, fmt::format("run {} is {}; only a succeeded run is rolled back", suffix, to_string(state)), "blc show " + suffix);
  if (plan::undo_steps(undone.plan->plan->resolution).empty())
    return fail(Exit::refused, fmt::format("nothing that run {} did can be taken back: no step of {} has an undo", suffix, undone.request->request.verb),
                "blc show " + suffix + " tells what it did");
  return {};
}

Result<RunId> Desk::request_rollback(const Run& undone, const verb::Verb& verb, bool rehearsal, const policy::Policy& policy) {
  BLC_CHECK(may_roll_back(undone));
  const auto& asked = undone.request->request;
  BLC_TRY(const auto opened, open_request(*vault_, scope_of(undone), asked, verb));
  plan::Request request;
  request.rehearsal = rehearsal || asked.rehearsal;
  request.rolls_back = undone.id;
  return this->request(verb, opened.values, undone.environment, std::move(request), policy);
}

Result<> Desk::may_request(const verb::Verb& verb, Environment environment, const policy::Policy& policy) const {
  const auto& principal = me();
  const bool person = principal.kind == trust::PrincipalKind::person;
  if (!person && !principal.has_role(trust::kCiRole))
    return fail(Exit::refused, name_ + " is a service and asks for no runs");
  if (!policy.allows(principal.roles, person, environment, policy::Right::plan,
                     {verb.name, verb.classification, verb.marks}))
    return fail(Exit::refused,
                fmt::format("{} holds no right to plan {} in {}", name_, verb.name, blc::to_string(environment)),
                "policies/access.yaml says which role does");
  if (auto error = log_->replay().trust().unserved(environment, log_->replay().size(), log_->now()))
    return std::unexpected(*std::move(error));
  return {};
}

Result<RunId> Desk::request(const verb::Verb& verb, const verb::Values& values, Environment environment,
                            plan::Request request, const policy::Policy& policy) {
  BLC_CHECK(may_request(verb, environment, policy));
  if (!request.rolls_back) BLC_CHECK(shows_enough(verb, policy.rule(verb.classification, request.rehearsal ? Environment::production : environment, verb.name)));
  const RunScope scope{log_->new_run_id(), environment, verb.classification};
  request.verb = verb.name;
  std::vector<ports::SealedBlob> blobs;
  const auto run_key = vault_->random().secret(32);
  BLC_TRY(auto key, vault_->seal(scope, verb.name, std::string(plan::kRunKey), run_key.reveal()));
  request.sealed.push_back(key.item);
  blobs.push_back(std::move(key.blob));
  for (const auto& [name, value] : values) {
    if (verb.parameter(name)->phi) {
      BLC_TRY(auto sealed, vault_->seal_comparable(scope, verb.name, name, verb::to_text(value)));
      request.parameters.emplace(name, ledger::sealed_reference(request.sealed.size()));
      request.sealed.push_back(sealed.item);
      blobs.push_back(std::move(sealed.blob));
    } else {
      request.parameters.emplace(name, to_json(value));
    }
    if (name == verb.subject) {
      BLC_TRY(request.subject, vault_->subject_hash(verb::to_text(value)));
    }
  }
  BLC_CHECK(log_->append(*signer_, name_, [&](const Replay&) -> Result<Draft> {
    return Draft{Kind::request, scope, request.to_json(), blobs};
  }));
  return scope.run;
}

bool Desk::holds_right(const Run& run, policy::Right right) const {
  return may(log_->replay().trust(), log_->replay().size(), run, name_, key_, right);
}

bool Desk::may_see(const Run& run) const {
  using policy::Right;
  if (run.environment == Environment::local || run.request->by == name_ || me().has_role(trust::kAdminRole) || !me().environments.empty()) return true;
  constexpr std::array kRights{Right::read, Right::plan, Right::approve, Right::execute, Right::audit, Right::reveal, Right::break_glass};
  const auto& replay = log_->replay();
  if (!run.plan) {
    const auto* const verb = replay.catalog()->find_verb(run.request->request.verb);
    const bool person = me().kind == trust::PrincipalKind::person;
    return verb != nullptr && std::ranges::any_of(kRights, [&](auto right) {
      return replay.catalog()->policy().allows(me().roles, person, run.environment, right, {verb->name, verb->classification, verb->marks});
    });
  }
  const auto context = replay.context(run, log_->now());
  return std::ranges::any_of(kRights, [&](auto right) { return holds_right(run, right); }) || !loans(context, name_).empty();
}

std::vector<std::string> Desk::slots_for_me(const Run& run) const {
  std::vector<std::string> names;
  if (!run.plan) return names;
  for (const auto& status : decide(log_->replay().context(run, log_->now())).slots) {
    if (std::ranges::find(status.open_keys, key_) != status.open_keys.end()) names.push_back(status.slot.name);
  }
  return names;
}

Result<> Desk::may_sign(const Run& run) const {
  BLC_CHECK(before_the_start(run, log_->now(), log_->replay()));
  if (me().kind != trust::PrincipalKind::person) return fail(Exit::refused, "services sign no slots");
  const auto decision = decide(log_->replay().context(run, log_->now()));
  if (std::ranges::find(decision.signers, name_) != decision.signers.end())
    return fail(Exit::refused, "you have signed this run; one person signs once", "blc explain " + run.id.suffix());
  const auto& rule = run.plan->plan->resolution.rule;
  if (rule.slots.empty())
    return fail(Exit::refused, "this run needs no signature", "blc execute " + run.id.suffix());
  if (run.request->by == name_ && !rule.requester_may_sign)
    return fail(Exit::refused, "you asked for this run; its signatures must come from other people",
                fmt::format("blc explain {} says who could sign", run.id.suffix()));
  const auto* const then = log_->replay().trust().root_at(run.plan->leaf)->find(name_);
  const auto held = log_->replay().trust().roles_throughout(name_, key_, run.plan->leaf, log_->replay().size());
  if (!held)
    return fail(Exit::refused, "you were enrolled with this key after the run was planned",
                "plan the verb again; then you can sign it");
  if (slots_for_me(run).empty()) {
    for (const auto& status : decision.slots) {
      const bool attested = then->attestation(key_) != nullptr && me().attestation(key_) != nullptr;
      if (status.by || !fits(status.slot, me().roles) || shows(status.slot, at_best(key_, attested))) continue;
      return fail(Exit::refused,
                  fmt::format("{} must be signed with {}; the key you sign with is {}", status.slot.name,
                              asked_of_key(status.slot),
                              key_.hardware() ? "one, but was not attested when this was planned" : "none"),
                  status.slot.attested
                      ? "sign with a key that an admin enrolled by blc trust add --attestation; blc key list tells which"
                      : "sign with a security key that is enrolled for you (--key FILE), or have one enrolled: ssh-keygen "
                        "-t ed25519-sk");
    }
    const auto only_now = std::ranges::find_if(decision.slots, [&](const auto& status) {
      return !status.by && fits(status.slot, me().roles) && !fits(status.slot, *held);
    });
    if (only_now != decision.slots.end())
      return fail(Exit::refused, fmt::format("the role by which you could sign as {} was given to you after the run was planned", only_now->slot.name),
                  "plan the verb again; then you can sign it");
    return fail(Exit::refused, "no open slot of this run fits your roles",
                fmt::format("blc explain {} says who could sign", run.id.suffix()));
  }
  return {};
}

Result<> Desk::append(const RunId& id, Kind kind, const Body& body) {
  const auto make = [&](const Replay& replay) -> Result<Draft> {
    BLC_TRY(const auto* run, find_run(replay, id));
    BLC_CHECK(log_->sound());
    // Before the body: what a wrong clock makes of signatures and deadlines would be told as if it were so.
    BLC_CHECK(log_->clock_allows(run->environment));
    std::vector<ports::SealedBlob> blobs;
    BLC_TRY(auto json, body(*run, blobs));
    return Draft{kind, scope_of(*run), std::move(json), std::move(blobs)};
  };
  BLC_CHECK(log_->append(*signer_, name_, make));
  return {};
}

Result<Words> Desk::sealed_words(const Run& run, const std::string& name, const std::string& text,
                                 std::vector<ports::SealedBlob>& blobs) const {
  if (text.size() > kLongestWords)
    return fail(Exit::usage, fmt::format("the {} is longer than {} bytes", name, kLongestWords), "say it in fewer words");
  return vault_->words(scope_of(run), run.request->request.verb, name, text, blobs);
}

Result<> Desk::approve(const RunId& id, const PlanDigest& digest, const std::string& note, Meaning meaning) {
  return append(id, Kind::approval, [&](const Run& run, auto& blobs) -> Result<text::Json> {
    BLC_CHECK(may_sign(run));
    if (run.plan->digest != digest)
      return fail(Exit::refused, "the digest you gave is not this run's plan", "blc show " + id.suffix() + " prints it");
    if (run.plan->plan->resolution.rule.seen_revealed && !saw_sealed(run, name_, log_->replay().size()))
      return fail(Exit::refused, "this run is signed only by people who were shown its sealed values, and you were not",
                  fmt::format("blc show {} --reveal, then sign", id.suffix()));
    if (note.empty()) return approval_body(Act::approve, digest, nullptr, meaning);
    BLC_TRY(const auto words, sealed_words(run, "note", note, blobs));
    return approval_body(Act::approve, digest, &words, meaning);
  });
}

Result<> Desk::reject(const RunId& id, const std::string& reason) {
  return append(id, Kind::approval, [&](const Run& run, auto& blobs) -> Result<text::Json> {
    BLC_CHECK(before_the_start(run, log_->now(), log_->replay()));
    const auto& rule = run.plan->plan->resolution.rule;
    const auto lent = loans(log_->replay().context(run, log_->now()), name_);
    const bool could = std::ranges::any_of(rule.slots, [&](const auto& slot) {
      return fits(slot, me().roles) || std::ranges::any_of(lent, [&](const auto& loan) { return fits(slot, {loan.role}); });
    });
    if (run.request->by == name_ && !rule.requester_may_sign)
      return fail(Exit::refused, "you asked for this run; take it back instead", "blc cancel " + id.suffix());
    if (!could) return fail(Exit::refused, "only people who could fill a slot may reject a run");
    BLC_TRY(const auto words, sealed_words(run, "reason", reason, blobs));
    return approval_body(Act::reject, run.plan->digest, &words);
  });
}

Result<> Desk::withdraw(const RunId& id) {
  return append(id, Kind::approval, [&](const Run& run, auto&) -> Result<text::Json> {
    BLC_CHECK(before_the_start(run, log_->now(), log_->replay()));
    if (me().kind != trust::PrincipalKind::person) return fail(Exit::refused, "services sign no slots");
    const auto& rule = run.plan->plan->resolution.rule;
    const auto* const then = log_->replay().trust().root_at(run.plan->leaf)->find(name_);
    const bool could = then != nullptr && (rule.requester_may_sign || run.request->by != name_) &&
                       std::ranges::any_of(rule.slots, [&](const auto& slot) { return fits(slot, then->roles); });
    if (!could && !has_signed(run, name_))
      return fail(Exit::refused, "you have signed nothing of this run, and no slot of it was open to you: there is nothing to take back",
                  fmt::format("blc explain {} says who has signed; blc cancel {} ends a run that you asked for", id.suffix(), id.suffix()));
    return approval_body(Act::withdraw, run.plan->digest, nullptr);
  });
}

Result<> Desk::cancel(const RunId& id, const std::string& reason) {
  return append(id, Kind::cancel, [&](const Run& run, auto& blobs) -> Result<text::Json> {
    if (run.plan) BLC_CHECK(before_the_start(run, log_->now(), log_->replay()));
    if (run.request->by != name_ && !me().has_role(trust::kAdminRole))
      return fail(Exit::refused, fmt::format("only {}, who asked for it, or an admin may cancel this run", run.request->by));
    if (reason.empty()) return cancel_body(nullptr);
    BLC_TRY(const auto words, sealed_words(run, "reason", reason, blobs));
    return cancel_body(&words);
  });
}

Result<> Desk::order(const RunId& id, std::optional<Timestamp> not_before) {
  return append(id, Kind::order, [&](const Run& run, auto&) -> Result<text::Json> {
    if (run.claim) {
      const bool cut_off = log_->replay().state(run, log_->now()) == State::indeterminate;
      return fail(Exit::refused, "this run has been started; a run starts once",
                  cut_off ? fmt::format("blc explain {} says whether it can be resumed", id.suffix()) : "blc show " + id.suffix());
    }
    const auto decision = decide(log_->replay().context(run, log_->now()));
    if (!decision.yes) return fail(decision.code, decision.why, decision.hint.empty() ? "blc explain " + id.suffix() : decision.hint);
    if (!holds_right(run, policy::Right::execute))
      return fail(Exit::refused, fmt::format("{} holds no right to run this", name_), "policies/access.yaml says which role does");
    const auto context = log_->replay().context(run, log_->now());
    if (auto error = order_bar(context, name_)) return std::unexpected(*std::move(error));
    if (auto error = start_bar(context, not_before.value_or(log_->now()))) return std::unexpected(*std::move(error));
    if (not_before && *not_before > decision.deadline)
      return fail(Exit::refused,
                  fmt::format("this run expires {}, before the time that you name", blc::to_string(decision.deadline)),
                  "name an earlier time, or plan it again nearer to it: blc again " + id.suffix());
    return order_body(run.plan->digest, false, not_before);
  });
}

Result<> Desk::withdraw_order(const RunId& id) {
  return append(id, Kind::order, [&](const Run& run, auto&) -> Result<text::Json> {
    BLC_CHECK(before_the_start(run, log_->now(), log_->replay()));
    const auto last = std::ranges::find(run.orders.rbegin(), run.orders.rend(), name_, &OrderFact::by);
    if (last == run.orders.rend() || last->withdrawn)
      return fail(Exit::refused, "no order of yours stands for this run", "blc show " + id.suffix() + " tells who ordered it");
    return order_body(run.plan->digest, true);
  });
}

Result<> Desk::order_resume(const RunId& id) {
  return append(id, Kind::order, [&](const Run& run, auto&) -> Result<text::Json> {
    const auto state = log_->replay().state(run, log_->now());
    if (state != State::indeterminate)
      return fail(Exit::refused, fmt::format("this run is {}; only an indeterminate one is resumed", to_string(state)),
                  "blc show " + id.suffix());
    if (me().kind != trust::PrincipalKind::person) return fail(Exit::refused, "only people have a run resumed");
    if (!holds_right(run, policy::Right::execute))
      return fail(Exit::refused, fmt::format("{} holds no right to run this", name_), "policies/access.yaml says which role does");
    return resume_order_body(run.plan->digest);
  });
}

Result<> Desk::may_close(const Run& run) const {
  const auto state = log_->replay().state(run, log_->now());
  if (state != State::partial && state != State::indeterminate)
    return fail(Exit::refused, fmt::format("this run is {}; only a partial or indeterminate one is closed", to_string(state)),
                "blc show " + run.id.suffix());
  const bool person = me().kind == trust::PrincipalKind::person;
  if (person && (holds_right(run, policy::Right::execute) || holds_right(run, policy::Right::approve))) return {};
  const auto others = who_could_close(run);
  return fail(Exit::refused,
              fmt::format("{} may neither run nor sign this, and so cannot say how it ended", name_),
              others.empty() ? std::string("nobody who is enrolled may; an admin enrols somebody in a role that may: blc trust add")
                             : fmt::format("{} can: blc close {}", fmt::join(others, ", "), run.id.suffix()));
}

std::vector<std::string> Desk::who_could_close(const Run& run) const {
  const auto& replay = log_->replay();
  std::vector<std::string> names;
  for (const auto& principal : replay.root()->principals()) {
    const bool person = principal.kind == trust::PrincipalKind::person;
    const bool entitled = std::ranges::any_of(principal.keys, [&](const auto& key) {
      return may(replay.trust(), replay.size(), run, principal.name, key, policy::Right::execute) ||
             may(replay.trust(), replay.size(), run, principal.name, key, policy::Right::approve);
    });
    if (person && entitled) names.push_back(principal.name);
  }
  return names;
}

Result<> Desk::say_finding(const RunId& id, Kind kind, const std::string& finding) {
  return append(id, kind, [&](const Run& run, auto& blobs) -> Result<text::Json> {
    BLC_CHECK(may_say_finding(run, kind));
    if (finding.empty())
      return fail(Exit::usage, kind == Kind::close ? "say what really happened" : "say what the review found",
                  fmt::format("blc {} {} --finding TEXT", to_string(kind), id.suffix()));
    BLC_TRY(const auto words, sealed_words(run, "finding", finding, blobs));
    return close_body(words);
  });
}

Result<> Desk::sign_said(const RunId& id, Kind kind, const LeafHash& finding) {
  return append(id, kind, [&](const Run& run, auto&) -> Result<text::Json> {
    BLC_CHECK(may_say_finding(run, kind));
    const auto mine = [&](const CloseFact& fact) { return fact.by == name_ && finding_of(fact) == finding; };
    if (kind == Kind::close ? std::ranges::any_of(run.closes, mine) : std::ranges::any_of(run.reviews, mine))
      return fail(Exit::refused, "you have signed this finding", "blc show " + id.suffix() + " tells who else must");
    return close_body(finding);
  });
}

Result<> Desk::may_say_finding(const Run& run, Kind kind) const { return kind == Kind::close ? may_close(run) : may_review(run); }

Result<> Desk::close(const RunId& id, const std::string& finding) { return say_finding(id, Kind::close, finding); }

Result<> Desk::sign_finding(const RunId& id, const LeafHash& finding) { return sign_said(id, Kind::close, finding); }

Result<> Desk::may_break_glass(const Run& run) const {
  BLC_CHECK(before_the_start(run, log_->now(), log_->replay()));
  const auto suffix = run.id.suffix();
  if (run.glass) return fail(Exit::refused, fmt::format("{} has broken the glass of this run; that is done once", run.glass->by), "plan it again: " + plans_again(run));
  auto context = log_->replay().context(run, log_->now());
  const auto decision = decide(context);
  if (decision.yes) return fail(Exit::refused, "this run needs no break-glass: its signatures are there", "blc execute " + suffix);
  if (decision.code != Exit::approvals_missing) return fail(decision.code, decision.why, decision.hint);
  context.overdue = log_->replay().overdue_reviews(log_->now());
  if (auto error = glass_bar(context, name_, key_)) return std::unexpected(*std::move(error));
  if (auto error = order_bar(context, name_)) return std::unexpected(*std::move(error));
  if (auto error = start_bar(context, log_->now())) return std::unexpected(*std::move(error));
  return {};
}

Result<> Desk::break_glass(const RunId& id, Emergency code, const std::string& because) {
  return append(id, Kind::break_glass, [&](const Run& run, auto& blobs) -> Result<text::Json> {
    BLC_CHECK(may_break_glass(run));
    if (because.empty()) return fail(Exit::usage, "a break-glass needs a reason beside its code", "--because TEXT");
    BLC_TRY(const auto words, sealed_words(run, "break-glass", because, blobs));
    return glass_body(code, run.plan->digest, words);
  });
}

Result<> Desk::may_review(const Run& run) const {
  const auto show = "blc show " + run.id.suffix();
  if (!run.glass) return fail(Exit::refused, "nobody broke the glass of this run; there is nothing to review", show);
  const auto& replay = log_->replay();
  if (auto error = review_bar(replay.context(run, log_->now()), name_, key_)) return std::unexpected(*std::move(error));
  if (me().kind != trust::PrincipalKind::person) return fail(Exit::refused, "only people review");
  if (!awaits_review(run, replay.size())) return fail(Exit::refused, "the review of this run is complete", show);
  return {};
}

Result<> Desk::review(const RunId& id, const std::string& finding) { return say_finding(id, Kind::review, finding); }

Result<> Desk::sign_review(const RunId& id, const LeafHash& finding) { return sign_said(id, Kind::review, finding); }

Result<> Desk::delegate(const trust::Delegation& delegation) {
  const auto make = [&](const Replay& replay) -> Result<Draft> {
    BLC_CHECK(log_->sound());
    if (auto error = delegation_bar(replay.trust(), delegation, replay.size(), name_, key_)) return std::unexpected(*std::move(error));
    const auto lent = replay.trust().lent_to(delegation.to, replay.size(), log_->now());
    const bool stands = std::ranges::any_of(lent, [&](const auto* other) { return other->from == name_ && other->role == delegation.role; });
    if (delegation.ends && !stands) return fail(Exit::refused, fmt::format("{} was lent no such role by you", delegation.to), "blc whoami tells what you lent");
    return Draft{Kind::delegation, {}, delegation.to_json(), {}};
  };
  BLC_CHECK(log_->append(*signer_, name_, make));
  return {};
}

Result<> Desk::may_note(const Run& run) const {
  const auto show = "blc show " + run.id.suffix();
  const auto state = log_->replay().state(run, log_->now());
  if (state == State::planning) return fail(Exit::refused, "this run has no plan yet", "plan it again");
  if (ended(run) || state == State::expired)
    return fail(state == State::succeeded || state == State::failed || state == State::closed ? Exit::refused : Exit::ended,
                fmt::format("this run is {}; nothing is asked or said about it any more", to_string(state)), show);
  if (me().kind != trust::PrincipalKind::person) return fail(Exit::refused, "services ask and reply nothing");
  if (run.request->by == name_ || holds_right(run, policy::Right::read) || holds_right(run, policy::Right::approve)) return {};
  return fail(Exit::refused, fmt::format("{} may neither read nor approve this run", name_), "policies/access.yaml says which role may");
}

Result<> Desk::ask(const RunId& id, const std::string& question) {
  return append(id, Kind::note, [&](const Run& run, auto& blobs) -> Result<text::Json> {
    BLC_CHECK(may_note(run));
    if (question.empty()) return fail(Exit::usage, "there is no question", "blc ask " + id.suffix() + " TEXT");
    BLC_TRY(const auto words, sealed_words(run, "question", question, blobs));
    return note_body(words, {});
  });
}

Result<> Desk::reply(const RunId& id, const LeafHash& question, const std::string& text) {
  return append(id, Kind::note, [&](const Run& run, auto& blobs) -> Result<text::Json> {
    BLC_CHECK(may_note(run));
    if (text.empty()) return fail(Exit::usage, "there is no reply", "blc reply " + id.suffix() + " TEXT");
    BLC_TRY(const auto words, sealed_words(run, "reply", text, blobs));
    return note_body(words, question);
  });
}

Result<> Desk::reveal(const RunId& id, const std::vector<std::string>& names) {
  return append(id, Kind::reveal, [&](const Run& run, auto&) -> Result<text::Json> {
    if (!holds_right(run, policy::Right::reveal))
      return fail(Exit::refused, name_ + " may not see the sealed values of this run", "policies/access.yaml says which role may");
    if (!vault_->holds_key())
      return fail(Exit::authentication, "you hold no sealing key of this practice", "it lies with the executor; ask who runs it, or work on that machine");
    return reveal_body(names);
  });
}

}  // namespace blc::approval
