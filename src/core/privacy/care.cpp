#include <algorithm>

#include "core/privacy/check.hpp"
#include "core/privacy/fhir.hpp"

namespace blc::privacy {

using text::Json;

namespace {

struct Membership {
  std::string member;  // reference
  Period period;
};

struct CareTeam {
  std::string status;
  Period period;
  std::vector<Membership> participants;
};

CareTeam read_team(const Json& json, Faults& faults) {
  CareTeam team;
  Element element(json, "the care team", faults,
                  {"resourceType", "meta", "language", "text", "contained", "identifier", "category", "name", "subject",
                   "encounter", "reasonCode", "reasonReference", "managingOrganization", "telecom", "note"});
  team.status = element.text("status");
  team.period = read_period(element.any("period"), faults);
  for (const auto& each : element.list("participant")) {
    Element participant(each, "a participant", faults, {"role", "onBehalfOf"});
    Membership membership;
    if (const auto* const member = participant.any("member")) membership.member = read_reference(*member, faults);
    membership.period = read_period(participant.any("period"), faults);
    team.participants.push_back(std::move(membership));
  }
  return team;
}

std::optional<Fault> fault_of_status(const std::string& status) {
  if (status == "active") return std::nullopt;
  if (status == "proposed") return Fault::not_given;
  if (status == "suspended" || status == "inactive" || status == "entered-in-error") return Fault::withdrawn;
  return Fault::unreadable;
}

std::optional<Timestamp> earlier(std::optional<Timestamp> a, std::optional<Timestamp> b) {
  if (!a || !b) return a ? a : b;
  return std::min(*a, *b);
}

// Why two periods, of which at least one does not hold, do not.
Refusal out_of_time(const Period& team, const Period& membership, Timestamp now) {
  for (const auto* const period : {&team, &membership}) {
    if (period->end && *period->end <= now) return {Fault::ended, {}, period->end, {}};
  }
  for (const auto* const period : {&team, &membership}) {
    if (period->start && *period->start > now) return {Fault::not_begun, {}, period->start, {}};
  }
  return {Fault::ended};
}

}  // namespace

Checked<Basis> check_care(const std::vector<Resource>& teams, const Asked& asked) {
  std::optional<Basis> basis;
  Refusal refusal;
  for (const auto& resource : teams) {
    Faults faults;
    const auto team = read_team(resource.json, faults);
    const auto status = fault_of_status(team.status);
    if (status == Fault::unreadable) faults.add("the care team's status is none of FHIR R4");
    if (!faults.none()) return std::unexpected(Refusal{Fault::unreadable, resource.id, {}, faults.first()});
    if (refusal.fault == Fault::absent) refusal = {Fault::other_actor, resource.id};
    for (const auto& participant : team.participants) {
      if (referred_id(participant.member, "Practitioner") != asked.requester) continue;
      if (status) {
        refusal = {*status, resource.id};
      } else if (!team.period.holds(asked.now) || !participant.period.holds(asked.now)) {
        refusal = out_of_time(team.period, participant.period, asked.now);
        refusal.id = resource.id;
      } else if (const auto until = earlier(team.period.end, participant.period.end);
                 !basis || (basis->until && (!until || *until > *basis->until))) {
        basis = Basis{resource.id, resource.version, resource.bytes, until};
      }
    }
  }
  if (!basis) return std::unexpected(refusal);
  return *basis;
}

}  // namespace blc::privacy
