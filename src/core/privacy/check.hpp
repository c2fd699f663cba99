// Whether the practice's registers let a run be: consent of its subject for its purpose, a care relation of who asks
// for it, a channel that the subject opted into. Whatever is not plainly allowed is refused.
#pragma once
#include <expected>
#include <optional>
#include <string>
#include <vector>

#include "core/base/result.hpp"
#include "core/base/time.hpp"
#include "core/privacy/need.hpp"
#include "core/privacy/registers.hpp"

namespace blc::privacy {

// Whom the run is about, who asks for it, and when. A principal of blc is the Practitioner of its name.
struct Asked {
  std::string subject;    // id of a Patient
  std::string requester;  // id of a Practitioner
  Timestamp now;
};

// The resource that allows it, and when it ends by itself: at that time it no longer allows it.
struct Basis {
  std::string id;
  std::string version;
  std::string bytes;
  std::optional<Timestamp> until{};
};

enum class Fault {
  absent,         // nothing about the subject is on file
  not_given,      // a draft or a proposal
  withdrawn,      // withdrawn, rejected, replaced, out of use
  not_begun,
  ended,
  denied,
  other_purpose,
  other_actor,    // the consent is for others than who asks; who asks is in no care team
  unclear,        // it may allow or deny: it holds a rule that blc cannot judge
  unreadable,     // a resource about the subject
  no_register,    // the register as a whole cannot be read
  no_address,     // there is nothing to reach the subject at by that channel
  no_opt_in,
  unsafe,         // not marked as safe for voicemail
  deceased,
};

struct Refusal {
  Fault fault = Fault::absent;
  std::string id{};                 // of the resource that it is about, where there is one
  std::optional<Timestamp> when{};  // it ended, or begins
  std::string detail{};             // what cannot be read or judged; no value
};

template <class T>
using Checked = std::expected<T, Refusal>;

// FHIR R4 Consent (6.2). Of the subject's consents those count that are active, with scope patient-privacy or
// treatment. A provision applies while its period lasts, to its purposes and actors; nested provisions are exceptions
// to the one around them; among several that apply, and among several consents, a denial wins. The base is
// provision.type, or OPTIN or OPTOUT as policyRule. Given at dateTime.
[[nodiscard]] Checked<Basis> check_consent(const std::vector<Resource>& consents, Purpose purpose, const Asked& asked);

// FHIR R4 CareTeam (9.6): one that is active, in its period, with a participant who is the requester, in the
// participant's period.
[[nodiscard]] Checked<Basis> check_care(const std::vector<Resource>& teams, const Asked& asked);

// FHIR R4 Patient (8.1), its telecom (ContactPoint, 2.24.0.14): of the addresses of that channel that are in use, the
// first by rank must carry the extension urn:blc:opt-in:CHANNEL with valueBoolean true; where none has a rank, all of
// them. urn:blc:safe-for-voicemail must be true for sms, phone and voicemail, and not false for email.
[[nodiscard]] Checked<Basis> check_contact(const std::vector<Resource>& patients, Channel channel, const Asked& asked);

[[nodiscard]] Checked<Basis> check(const Registers& registers, const Need& need, const Asked& asked);

// For people: what is missing, and what would help. Exit::refused. Names the requester, never the subject; `id` stands
// for the resource's id.
[[nodiscard]] Error explain(const Refusal& refusal, const Need& need, const Registers& registers, const Asked& asked);

}  // namespace blc::privacy
