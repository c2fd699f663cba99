#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

#include "support/model_history.hpp"

namespace blc::testing::model {

namespace {

using Fault = Action::Fault;

constexpr std::array kHardware{"", " by touch", " by PIN"};

struct KindName {
  Kind kind;
  const char* name;
};
constexpr std::array kKinds{
    KindName{Kind::root, "root"},
    KindName{Kind::catalog, "catalog"},
    KindName{Kind::request, "request"},
    KindName{Kind::plan, "plan"},
    KindName{Kind::approve, "approve"},
    KindName{Kind::reject, "reject"},
    KindName{Kind::withdraw, "withdraw"},
    KindName{Kind::cancel, "cancel"},
    KindName{Kind::order, "order"},
    KindName{Kind::unorder, "take order back"},
    KindName{Kind::claim, "claim"},
    KindName{Kind::intent, "step intent"},
    KindName{Kind::step_outcome, "step outcome"},
    KindName{Kind::heartbeat, "heartbeat"},
    KindName{Kind::resume_order, "order to resume"},
    KindName{Kind::resume, "resume"},
    KindName{Kind::outcome, "outcome"},
    KindName{Kind::close, "close"},
    KindName{Kind::note, "note"},
    KindName{Kind::refusal, "refusal"},
    KindName{Kind::delegation, "delegation"},
    KindName{Kind::glass, "break-glass"},
    KindName{Kind::review, "review"},
    KindName{Kind::reveal, "reveal"},
    KindName{Kind::proposal, "proposal"},
    KindName{Kind::accept, "acceptance"},
    KindName{Kind::admin_approve, "approve of a proposal"},
    KindName{Kind::admin_reject, "reject of a proposal"},
    KindName{Kind::admin_withdraw, "withdraw of a proposal"},
    KindName{Kind::exported, "export"},
    KindName{Kind::tier_check, "tier-check"},
    KindName{Kind::unknown, "of an unknown kind"},
};
constexpr std::array kFaults{
    "none",        "other ledger",  "head's root wrong", "head beyond its leaf",   "root version wrong",
    "id repeated", "version wrong", "threshold of two",  "rule is not its texts'", "another requester",
    "another class", "signature missing", "signature too many", "another body"};

}  // namespace

bool names_plan(Kind kind) {
  return kind == Kind::approve || kind == Kind::reject || kind == Kind::withdraw || kind == Kind::order ||
         kind == Kind::unorder || kind == Kind::claim || kind == Kind::resume_order || kind == Kind::resume ||
         kind == Kind::glass;
}

const char* name_of(Kind kind) { return std::ranges::find(kKinds, kind, &KindName::kind)->name; }

namespace {

std::string describe(const Policy& policy) {
  std::string text = fmt::format("deadline {}m, requester {}, slots", policy.deadline.count(),
                                 policy.requester_may_sign ? "may sign" : "may not sign");
  for (const auto& slot : policy.slots)
    text += fmt::format(" {}{}", slot.roles, kHardware.at(static_cast<std::size_t>(slot.hardware))) + (slot.attested ? " attested" : "");
  if (!policy.requester_may_execute) text += ", requester may not execute";
  if (!policy.approver_may_execute) text += ", approver may not execute";
  if (policy.seen_revealed) text += ", seen revealed";
  if (policy.fidelity != Fidelity::none) text += fmt::format(", fidelity {}", static_cast<int>(policy.fidelity));
  if (policy.glass) {
    text += fmt::format(", break-glass keeps {} for {}m, {} review within {}m", policy.glass->keeps,
                        policy.glass->lasts.count(), policy.glass->reviewers, policy.glass->review_within.count());
  }
  for (const auto& window : policy.calendar.windows)
    text += fmt::format(", window {} {} to {}", window.days, window.from.count(), window.to.count());
  if (!policy.calendar.windows.empty()) text += " zone " + policy.calendar.zone.posix;
  if (!policy.calendar.freezes.empty()) text += ", frozen";
  for (const auto& [right, roles] : policy.grants) text += fmt::format(", {}: {}", right, roles);
  return text;
}

std::string text_of(Timestamp at) {
  return blc::to_string(at).substr(5);
}

std::string describe(const Action& action) {
  const auto& entry = action.entry;
  auto text = fmt::format("#{:<3} {:<15} by {} (key {}) at {}, saw what is before #{}", entry.hash, name_of(entry.kind),
                          entry.by, entry.key, text_of(entry.at), action.sees);
  if (entry.run)
    text += fmt::format(", run {} in {}{}", *entry.run, entry.environment, entry.clinical ? ", clinical" : "");
  if (entry.kind == Kind::request || entry.kind == Kind::plan)
    text += fmt::format(", verb {}{}{}", static_cast<int>(entry.verb), entry.subject ? ", of a subject" : "",
                        entry.seals ? ", seals" : "");
  if (entry.touched || entry.pin) text += entry.pin ? ", PIN" : ", touched";
  if (entry.in_clear) text += ", in clear";
  if (names_plan(entry.kind)) text += fmt::format(", names plan #{}", action.plan);
  if (entry.not_before) text += fmt::format(", not before {}", text_of(*entry.not_before));
  if (entry.cites) text += fmt::format(", cites #{}", *entry.cites);
  if (!entry.ending.empty()) text += ", " + entry.ending;
  if (entry.kind == Kind::delegation) {
    text += fmt::format(", {} {} to {}", entry.ends ? "no longer" : "lends", entry.role, entry.to);
    const auto* const verbs = entry.fits_verb ? "" : " for other verbs";
    if (!entry.ends) text += fmt::format(" until {}{}", text_of(entry.until), verbs);
  }
  if (!entry.what.empty()) text += fmt::format(", of {} {}{}", entry.what, entry.areas, entry.keyed ? "" : ", not keyed");
  if (!entry.right_digest) text += ", another digest";
  if (entry.proposal) text += fmt::format(", about proposal #{}", *entry.proposal);
  if (action.adopts != 0) text += fmt::format(", adopts proposal #{}", action.adopts);
  if (entry.kind == Kind::proposal) text += fmt::format(", open until {}", text_of(entry.deadline));
  if (entry.kind == Kind::root || (entry.kind == Kind::proposal && entry.of_root)) {
    text += fmt::format(", threshold {}", entry.roster.admin_threshold);
    for (const auto& one : entry.roster.principals) {
      text += fmt::format("\n       {} {} roles {} keys {}", one.person ? "person" : "service", one.name, one.roles,
                          one.keys);
      if (!one.attested.empty()) text += fmt::format(" attested {}", one.attested);
    }
    for (const auto& loss : entry.roster.losses) text += fmt::format("\n       lost all from {} to {}", loss.kept, loss.size);
    if (!action.lists.empty()) text += fmt::format("\n       lists {}", action.lists);
  }
  if (entry.kind == Kind::catalog || entry.kind == Kind::plan || (entry.kind == Kind::proposal && !entry.of_root)) {
    text += fmt::format("\n       verb text {}; {}", entry.verb_text, describe(entry.policy));
  }
  if (entry.kind == Kind::plan) text += fmt::format("\n       says deadline {}", text_of(entry.deadline));
  if (action.fault != Fault::none)
    text += fmt::format("  FAULT: {}", kFaults.at(static_cast<std::size_t>(action.fault)));
  return text + "\n";
}

}  // namespace

std::string describe(const History& history) {
  std::string text;
  for (const auto& action : history) text += describe(action);
  return text;
}

}  // namespace blc::testing::model
