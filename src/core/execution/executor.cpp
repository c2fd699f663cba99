#include "core/execution/executor.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <ranges>

#include "core/approval/bodies.hpp"
#include "core/approval/desk.hpp"
#include "core/approval/tier_checks.hpp"
#include "core/crypto/digest.hpp"
#include "core/execution/live_runner.hpp"
#include "core/plan/drift.hpp"

namespace blc::execution {

using approval::Ending;
using approval::Run;
using ledger::Kind;

namespace {

constexpr std::chrono::seconds kLockWait{30};

Result<std::optional<plan::RequiredRun>> required_run(const trust::Catalog& catalog, const verb::Verb& verb,
                                                      Environment environment) {
  if (!verb.required_run) return std::optional<plan::RequiredRun>();
  const auto& declared = *verb.required_run;
  const auto* const required = catalog.find_verb(declared.verb);
  if (required == nullptr)
    return fail(Exit::refused, fmt::format("{} requires {}, and there is no such verb", verb.name, declared.verb));
  const auto where = declared.environment.value_or(environment);
  if (where == Environment::local && environment != Environment::local)
    return fail(Exit::refused, "a run in local proves nothing for " + std::string(to_string(environment)));
  return std::optional(plan::RequiredRun{declared.verb, where, declared.within, crypto::sha256(required->text)});
}

// The outcome that the journal proves of a run whose executor was cut off.
Outcome proven(const Journalled& journalled, const plan::Plan& plan) {
  if (!journalled.started) return {Ending::failed, {}, "the executor was cut off before the first step"};
  const std::string why = "the executor was cut off; this is what its journal proves";
  const auto latest_first = std::views::reverse(journalled.steps);
  const auto last = [&](const std::string& step, bool undo) {
    return std::ranges::find_if(latest_first,
                                [&](const auto& known) { return known.name == step && known.undo == undo; });
  };
  const auto none = latest_first.end();
  std::vector<std::string> unknown;
  std::vector<std::string> remains;
  bool failed = false;
  bool undoing = false;
  bool all_done = true;
  for (const auto& step : plan.resolution.steps) {
    const auto done = last(step.name, false);
    const auto undone = last(step.name, true);
    failed = failed || (done != none && done->succeeded == false && !done->not_done);
    undoing = undoing || undone != none;
    all_done = all_done && (step.at_planning || (done != none && done->succeeded == true));
    if (step.effect == Effect::read || done == none || done->not_done) continue;
    if (undone != none && undone->succeeded == true) continue;
    if (done->succeeded == false && step.atomic && undone == none) continue;
    const bool known = done->succeeded == true && undone == none;
    (known ? remains : unknown).push_back(step.name);
  }
  if (all_done && !undoing) return {Ending::succeeded, {}, why};
  // Cut off between two steps nothing is in doubt; but what can be gone on with has not ended either.
  const bool between = unknown.empty() && !remains.empty() && !failed && !undoing;
  if (!unknown.empty() || between) {
    unknown.insert(unknown.end(), remains.begin(), remains.end());
    return {Ending::indeterminate, std::move(unknown), why};
  }
  if (!remains.empty()) return {Ending::partial, std::move(remains), why};
  return {Ending::failed, {}, why};
}

// The sealed standard output of a step that ended well; null when the ledger does not hold it.
const approval::StepFact* told_outcome(const Run& run, const std::string& step) {
  const auto latest_first = std::views::reverse(run.steps);
  const auto found = std::ranges::find_if(latest_first, [&](const auto& fact) {
    return fact.phase == approval::StepFact::Phase::outcome && fact.step == step && !fact.undo && fact.succeeded;
  });
  return found == latest_first.end() ? nullptr : &*found;
}

Result<std::optional<std::string>> printed(const Run& run, const std::string& step, approval::Vault& vault) {
  const auto* const fact = told_outcome(run, step);
  const auto* const stream = fact == nullptr ? nullptr : fact->output.find("stdout");
  if (stream == nullptr) return std::optional<std::string>();
  const auto* const value = stream->find("value");
  if (value == nullptr) return std::optional<std::string>("");
  const auto position = ledger::sealed_position(*value);
  if (!position || *position >= fact->sealed.size()) return fail(Exit::ledger, "a step's output is malformed");
  BLC_TRY(const auto opened, vault.open(approval::scope_of(run), run.request->request.verb, fact->sealed[*position]));
  return std::optional(std::string(opened.reveal()));
}

bool reads_output(const std::optional<plan::PlannedCommand>& command, const std::string& step) {
  return command && command->standard_input && std::ranges::any_of(*command->standard_input, [&](const auto& piece) {
    const auto* const from = piece.find("stdout");
    return from != nullptr && *from == text::Json(step);
  });
}

std::string broken_off(const Run& run, std::string_view why) {
  return fmt::format("run {} was broken off in the middle: {}; nothing more of it is started", run.id.suffix(), why);
}

}  // namespace

Result<Executor> Executor::open(Parts parts) {
  BLC_TRY(auto key, crypto::PublicKey::parse_blob(parts.signer.public_blob()));
  const auto* const owner = parts.log.replay().root()->owner(key);
  if (owner == nullptr || owner->environments.empty())
    return fail(Exit::authentication, "the executor's key is not enrolled in this practice", "an admin enrols a new executor");
  return Executor(std::move(parts), owner->name, std::move(key));
}

Result<trust::Catalog> Executor::governing_catalog(Environment environment) const {
  if (environment != Environment::local) return *parts_.log.replay().catalog();
  BLC_TRY(auto files, trust::Catalog::read(parts_.files));
  return trust::Catalog::make(1, std::move(files));
}

Result<> Executor::serves(Environment environment) const {
  const auto& root = *parts_.log.replay().root();
  auto served = root.find(name_)->environments;
  if (served.contains(environment)) return {};
  std::vector<std::string> others;
  for (const auto& principal : root.principals()) {
    if (principal.environments.contains(environment)) others.push_back(principal.name);
  }
  served.insert(environment);
  std::string admins = "blc trust set-executor " + name_;
  for (const auto each : served) admins += fmt::format(" --environment {}", to_string(each));
  return fail(Exit::refused, fmt::format("{} does not serve {}", name_, to_string(environment)),
              (others.empty() ? "an admin types: " : fmt::format("plan it where {} works, which does; or an admin types: ", fmt::join(others, " or "))) + admins);
}

Result<> Executor::append(const approval::RunScope& scope, Kind kind, const text::Json& body,
                          std::vector<ports::SealedBlob> blobs) {
  BLC_CHECK(parts_.log.append(parts_.signer, name_, [&](const approval::Replay&) -> Result<approval::Draft> {
    return approval::Draft{kind, scope, body, blobs};
  }));
  return {};
}

Result<std::unique_ptr<Executor::Opened>> Executor::open_run(const Run& run) const {
  BLC_CHECK(serves(run.environment));
  const auto& replay = parts_.log.replay();
  if (auto error = replay.trust().unserved(run.environment, replay.size(), parts_.log.now())) return std::unexpected(*std::move(error));
  BLC_TRY(auto catalog, governing_catalog(run.environment));
  auto opened = std::make_unique<Opened>(Opened{std::move(catalog), nullptr, {}});
  const auto& request = run.request->request;
  opened->verb = opened->catalog.find_verb(request.verb);
  if (opened->verb == nullptr)
    return fail(Exit::drift, fmt::format("the verb {} is no longer there", request.verb), fmt::format("put it back, or once it is there again plan it again: {}", approval::plans_again(run)));
  if (opened->verb->classification != run.classification)
    return fail(Exit::drift, fmt::format("{} was {}, and is {} now", request.verb, to_string(run.classification),
                                         to_string(opened->verb->classification)),
                "plan it again: " + approval::plans_again(run));
  BLC_CHECK(opened->catalog.data_classes().admit(*opened->verb, run.environment));
  BLC_TRY(opened->request, approval::open_request(parts_.vault, approval::scope_of(run), request, *opened->verb));
  if (request.rolls_back) {
    BLC_TRY(opened->undone, open_undone(*replay.run(*request.rolls_back), *opened->verb));
  }
  return opened;
}

// What the undos of a run read of what its steps printed, out of the ledger.
Result<Executor::Undone> Executor::open_undone(const Run& undone, const verb::Verb& verb) const {
  BLC_TRY(auto request, approval::open_request(parts_.vault, approval::scope_of(undone), undone.request->request, verb));
  Undone opened{undone.plan->plan, {}, std::move(request.run_key)};
  for (const auto& step : undone.plan->plan->resolution.steps) {
    const bool needed = std::ranges::any_of(undone.plan->plan->resolution.steps,
                                            [&](const auto& later) { return reads_output(later.undo, step.name); });
    if (!needed) continue;
    BLC_TRY(auto output, printed(undone, step.name, parts_.vault));
    if (!output)
      return fail(Exit::refused, fmt::format("what {} printed in run {} is lost, and an undo needs it", step.name, undone.id.suffix()),
                  "take the effects back by hand, or by a verb of its own");
    opened.outputs.emplace(step.name, *std::move(output));
  }
  return opened;
}

// The rules of the tiers, and what the ledger holds of the tier that the application comes from.
Result<plan::TierGround> Executor::tier_ground(const Opened& opened) const {
  BLC_TRY(auto held, plan::tier_rules(opened.catalog));
  BLC_TRY(const auto from, tier::parse_tier(verb::to_text(opened.request.values.at(opened.verb->migrates->from))));
  BLC_TRY(auto recorded, approval::recorded_tier_checks(parts_.log, from, held));
  return plan::TierGround{std::move(held), std::move(recorded)};
}

Result<plan::Resolved> Executor::resolve(const Run& run, const Opened& opened, std::stop_token stop,
                                         const plan::Earlier* earlier) const {
  const auto& request = run.request->request;
  const auto& verb = *opened.verb;
  const auto row = request.rehearsal ? Environment::production : run.environment;
  std::optional<plan::RequiredRun> required;
  std::optional<plan::Undoing> undoing;
  if (opened.undone) {
    undoing.emplace(plan::Undoing{*request.rolls_back, opened.undone->plan->resolution, opened.undone->outputs, opened.undone->run_key});
  } else {
    BLC_TRY(required, required_run(opened.catalog, verb, run.environment));
  }
  std::optional<plan::TierGround> tiers;
  if (verb.migrates && !undoing) {
    BLC_TRY(tiers, tier_ground(opened));
  }
  const bool from_catalog = run.environment != Environment::local;
  const plan::Subject subject{
      verb,
      opened.request.values,
      run.id,
      run.environment,
      request.rehearsal,
      request.parameters,
      opened.request.run_key,
      {verb.path, verb.text, std::string(opened.catalog.text(policy::Policy::kApprovalsPath)),
       std::string(opened.catalog.text(policy::Policy::kAccessPath)), std::string(opened.catalog.text(policy::Environments::kPath)),
       std::string(opened.catalog.text(policy::DataClasses::kPath))},
      opened.catalog.policy().rule(verb.classification, row, verb.name),
      std::move(required),
      from_catalog ? &opened.catalog : nullptr,
      earlier,
      undoing ? &*undoing : nullptr,
      run.request->by,
      parts_.clock.now(),
      tiers ? &*tiers : nullptr};
  return plan::Planner(parts_.processes, parts_.files, parts_.credentials).resolve(subject, std::move(stop));
}

Result<plan::Plan> Executor::build(const Run& run, plan::Resolved resolved,
                                   std::vector<ports::SealedBlob>& blobs) const {
  plan::Plan plan;
  plan.run = run.id;
  plan.requester = run.request->by;
  plan.deadline = parts_.clock.now() + resolved.resolution.rule.deadline;
  plan.sealed = run.request->request.sealed;
  for (const auto& [step, printed] : resolved.previews) {
    if (run.classification != Classification::clinical) {
      plan.previews.emplace(step, text::valid_utf8(printed) ? text::Json(printed) : text::Json("(binary)"));
      continue;
    }
    BLC_TRY(auto sealed, parts_.vault.seal_comparable(approval::scope_of(run), run.request->request.verb, "preview of " + step, printed));
    plan.previews.emplace(step, ledger::sealed_reference(plan.sealed.size()));
    plan.sealed.push_back(sealed.item);
    blobs.push_back(std::move(sealed.blob));
  }
  plan.resolution = std::move(resolved.resolution);
  return plan;
}

Result<> Executor::plan(const RunId& id, std::stop_token stop) {
  BLC_TRY(const auto* found, approval::find_run(parts_.log.replay(), id));
  const auto run = *found;
  const auto planned = [&]() -> Result<> {
    if (run.request->request.rolls_back) {
      const auto unmet = parts_.log.replay().context(run, parts_.clock.now()).unmet;
      if (!unmet.empty()) return fail(Exit::refused, unmet, "blc show " + run.request->request.rolls_back->suffix());
    }
    BLC_TRY(const auto opened, open_run(run));
    BLC_TRY(auto resolved, resolve(run, *opened, std::move(stop)));
    std::vector<ports::SealedBlob> blobs;
    BLC_TRY(const auto plan, build(run, std::move(resolved), blobs));
    return append(approval::scope_of(run), Kind::plan, plan.to_json(), std::move(blobs));
  }();
  if (!planned) refuse(run, run.request->by, "plan", planned.error());
  return planned;
}

void Executor::refuse(const Run& run, const std::string& who, const std::string& action, const Error& error) {
  const auto scope = approval::scope_of(run);
  std::vector<ports::SealedBlob> blobs;
  auto why = error.message;
  std::ranges::replace(why, '\n', ' ');  // what is recorded is read as one line among others
  const auto words = parts_.vault.words(scope, run.request->request.verb, "why", why, blobs);
  if (!words) return;  // no key to seal with: the refusal itself stands, only its record is lost
  // The person is told of the refusal either way; a ledger that cannot be written must not hide it.
  try {
    const auto recorded = append(scope, Kind::refusal,
                                 approval::refusal_body(who, action, static_cast<int>(error.code), *words), std::move(blobs));
    static_cast<void>(recorded);
  } catch (const Broken&) {
    return;
  }
}

void Executor::refuse(const std::string& who, const std::string& action, const Error& error) {
  // A clock that is behind would date it before what it follows; of a run, the log itself sees to that.
  const bool behind = std::ranges::any_of(kEnvironments, [&](auto environment) {
    const auto last = parts_.log.replay().last_executor_entry(environment);
    return last && parts_.clock.now() < *last - kSkew;
  });
  if (behind) return;
  const auto body = approval::refusal_body(who, action, static_cast<int>(error.code), {error.message, {}});
  try {
    const auto recorded = parts_.log.append(parts_.signer, name_, [&](const approval::Replay&) -> Result<approval::Draft> {
      return approval::Draft{Kind::refusal, {}, body, {}};
    });
    static_cast<void>(recorded);
  } catch (const Broken&) {
    return;
  }
}

Result<> Executor::may_claim(const Run& run, const Journalled& journal) const {
  if (run.claim || journal.started)
    return fail(Exit::refused, "this run has been started; a run starts once", "blc show " + run.id.suffix());
  if (!run.plan) return fail(Exit::approvals_missing, "this run has no plan yet", "plan it again");
  if (run.plan->by != name_ || run.plan->key != key_)
    return fail(Exit::refused, fmt::format("only {}, whose executor signed the plan, can run it", run.plan->by),
                "run it there, or plan it again here");
  const auto decision = approval::decide(parts_.log.replay().context(run, parts_.clock.now()));
  if (!decision.yes)
    return fail(decision.code, decision.why, decision.hint.empty() ? fmt::format("blc explain {} says what it needs", run.id.suffix()) : decision.hint);
  return {};
}

Result<> Executor::refuse_drift(const Run& run, const plan::Resolved& resolved) {
  const auto changed = plan::drift(run.plan->plan->resolution, resolved.resolution);
  if (changed.empty()) return {};
  std::string list;
  for (const auto& line : changed) list += "\n  " + line;
  const auto hint = run.claim ? "nothing more has been changed; put it back as it was, or: blc close " + run.id.suffix()
                              : fmt::format("nothing has been done; plan it again: {}", approval::plans_again(run));
  return fail(Exit::drift,
              fmt::format("what was approved is not what would run. Changed since it was planned: {}.{}", plan::kinds_of_drift(changed), list),
              hint);
}

Result<> Executor::unchanged(const Run& run, std::stop_token stop) {
  BLC_TRY(const auto opened, open_run(run));
  BLC_TRY(const auto resolved, resolve(run, *opened, std::move(stop)));
  return refuse_drift(run, resolved);
}

Result<approval::ApprovedRun> Executor::claim(const RunId& id) {
  std::optional<approval::ApprovedRun> approved;
  BLC_CHECK(parts_.log.append(
      parts_.signer, name_,
      [&](const approval::Replay& replay) -> Result<approval::Draft> {
        BLC_TRY(const auto* run, approval::find_run(replay, id));
        BLC_TRY(approved, approval::admit(replay.context(*run, parts_.clock.now())));
        return approval::Draft{Kind::claim, approval::scope_of(*run),
                               approval::claim_body(approved->digest(), approved->order()), {}};
      },
      [&](const LeafHash& leaf) { journal_.claiming(id, leaf); }));
  return *approved;
}

Result<Outcome> Executor::execute(const RunId& id, std::stop_token stop, Progress& progress) {
  BLC_TRY(const auto lock, parts_.lock(kLockWait));
  BLC_CHECK(parts_.log.refresh());
  BLC_TRY(const auto* found, approval::find_run(parts_.log.replay(), id));
  const auto run = *found;
  BLC_TRY(const auto journal, journal_of(journal_, parts_.log.replay(), run, key_));
  const auto ready = [&]() -> Result<Ready> {
    BLC_CHECK(may_claim(run, journal));
    BLC_TRY(auto opened, open_run(run));
    BLC_TRY(auto resolved, resolve(run, *opened, stop));
    BLC_CHECK(refuse_drift(run, resolved));
    BLC_TRY(auto approved, claim(id));
    return Ready{std::move(opened), std::move(resolved), approved};
  }();
  if (!ready) {
    refuse(run, run.orders.empty() ? run.request->by : run.orders.back().by, "execute", ready.error());
    return std::unexpected(ready.error());
  }
  journal_.started(id);
  return carry_out(*ready, {}, std::move(stop), progress);
}

Result<Outcome> Executor::carry_out(const Ready& ready, const std::optional<std::string>& in_doubt, std::stop_token stop,
                                    Progress& progress) {
  const auto run = *parts_.log.replay().run(ready.approved.run());
  const auto scope = approval::scope_of(run);
  const auto& opened = *ready.opened;
  const auto closed = [&] { return approval::closed(*parts_.log.replay().run(run.id)); };
  LiveRunner runner({run, opened.request.values, opened.request.run_key, ready.resolved, parts_.vault, parts_.clock,
                     parts_.processes, parts_.files, journal_, progress,
                     [&](Kind kind, const text::Json& body, std::vector<ports::SealedBlob> blobs) {
                       return append(scope, kind, body, std::move(blobs));
                     },
                     in_doubt, closed},
                    std::move(stop));
  const auto to_the_end = [&]() -> Result<Outcome> {
    BLC_TRY(auto outcome, runner.run());
    BLC_CHECK(append(scope, Kind::outcome, approval::outcome_body(outcome.ending, outcome.remains, outcome.why)));
    journal_.ended(run.id);
    return outcome;
  };
  try {
    auto outcome = to_the_end();
    if (!outcome && closed())
      return fail(Exit::unresolved, fmt::format("run {} was closed while nothing was heard of its executor; nothing more of "
                                                "it is started", run.id.suffix()),
                  "blc show " + run.id.suffix());
    if (!outcome) return fail(Exit::unresolved, broken_off(run, outcome.error().message), "blc show " + run.id.suffix());
    return outcome;
  } catch (const Broken& broken) {
    throw Broken(broken_off(run, broken.what()), Exit::unresolved, "blc show " + run.id.suffix());
  }
}

Result<Executor::Standstill> Executor::standstill(const Run& run, const Journalled& journal) const {
  const auto close = fmt::format("look at the world, then: blc close {}", run.id.suffix());
  if (!run.claim) return fail(Exit::refused, "this run has not been started", "blc execute " + run.id.suffix());
  if (run.claim->key != key_)
    return fail(Exit::refused, fmt::format("only {}, whose executor started it, can go on with it", run.claim->by), close);
  const auto state = approval::after_claim(run, parts_.clock.now());
  if (state != approval::State::indeterminate)
    return fail(Exit::refused, fmt::format("this run is {}; only an indeterminate one is resumed", to_string(state)),
                "blc show " + run.id.suffix());
  const auto& plan = *run.plan->plan;
  const auto come = approval::reached(plan, journal.steps);
  if (!come.why_not.empty()) return fail(Exit::refused, "this run cannot be resumed: " + come.why_not, close);
  Standstill still{{}, come.in_doubt};
  for (const auto& step : plan.resolution.steps) {
    const bool known = step.at_planning ? told_outcome(run, step.name) != nullptr : come.done.contains(step.name);
    if (!known) continue;
    BLC_TRY(auto output, printed(run, step.name, parts_.vault));
    if (output || step.effect != Effect::read) still.done.emplace(step.name, std::move(output));
  }
  for (const auto& [name, output] : still.done) {
    const auto needs = std::ranges::find_if(plan.resolution.steps, [&](const auto& step) {
      return !still.done.contains(step.name) &&
             (reads_output(step.run, name) || (step.name == still.in_doubt && reads_output(step.confirm, name)));
    });
    if (!output && needs != plan.resolution.steps.end())
      return fail(Exit::refused, fmt::format("this run cannot be resumed: what {} printed is lost, and {} needs it", name,
                                             needs->name), close);
  }
  return still;
}

Result<> Executor::may_resume(const RunId& id) {
  BLC_TRY(const auto lock, parts_.lock(kLockWait));
  BLC_CHECK(parts_.log.refresh());
  BLC_TRY(const auto* run, approval::find_run(parts_.log.replay(), id));
  BLC_TRY(const auto journal, journal_of(journal_, parts_.log.replay(), *run, key_));
  BLC_CHECK(standstill(*run, journal));
  return {};
}

Result<approval::ApprovedRun> Executor::take_up(const RunId& id) {
  std::optional<approval::ApprovedRun> approved;
  BLC_CHECK(parts_.log.append(parts_.signer, name_, [&](const approval::Replay& replay) -> Result<approval::Draft> {
    BLC_TRY(const auto* run, approval::find_run(replay, id));
    BLC_TRY(approved, approval::admit_resume(replay.context(*run, parts_.clock.now())));
    return approval::Draft{Kind::resume, approval::scope_of(*run),
                           approval::resume_body(approved->digest(), approved->order()), {}};
  }));
  return *approved;
}

Result<Outcome> Executor::resume(const RunId& id, std::stop_token stop, Progress& progress) {
  BLC_TRY(const auto lock, parts_.lock(kLockWait));
  BLC_CHECK(parts_.log.refresh());
  BLC_TRY(const auto* found, approval::find_run(parts_.log.replay(), id));
  const auto run = *found;
  BLC_TRY(const auto journal, journal_of(journal_, parts_.log.replay(), run, key_));
  std::optional<std::string> in_doubt;
  const auto ready = [&]() -> Result<Ready> {
    BLC_TRY(const auto still, standstill(run, journal));
    in_doubt = still.in_doubt;
    BLC_TRY(auto opened, open_run(run));
    const plan::Earlier earlier{run.plan->plan->resolution, still.done};
    BLC_TRY(auto resolved, resolve(run, *opened, stop, &earlier));
    BLC_CHECK(refuse_drift(run, resolved));
    BLC_TRY(auto approved, take_up(id));
    return Ready{std::move(opened), std::move(resolved), approved};
  }();
  if (!ready) {
    refuse(run, run.orders.empty() ? run.request->by : run.orders.back().by, "resume", ready.error());
    return std::unexpected(ready.error());
  }
  journal_.resumed(id, ready->approved.order());
  return carry_out(*ready, in_doubt, std::move(stop), progress);
}

Result<> Executor::recover(const RunId& id) {
  const auto* run = parts_.log.replay().run(id);
  if (run == nullptr || !run->claim || run->outcome || run->claim->key != key_ || approval::closed(*run)) return {};
  auto lock = parts_.lock(Milliseconds(0));
  if (!lock) return {};  // it is still at work
  BLC_CHECK(parts_.log.refresh());
  run = parts_.log.replay().run(id);
  if (run->outcome) return {};
  BLC_TRY(const auto journal, journal_of(journal_, parts_.log.replay(), *run, key_));
  const auto outcome = proven(journal, *run->plan->plan);
  BLC_CHECK(append(approval::scope_of(*run), Kind::outcome,
                   approval::outcome_body(outcome.ending, outcome.remains, outcome.why)));
  journal_.ended(id);
  return {};
}

}  // namespace blc::execution
