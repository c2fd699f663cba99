#include "core/privacy/check.hpp"

#include <fmt/format.h>

namespace blc::privacy {

namespace {

std::string_view type_of(const Need& need) {
  if (std::holds_alternative<Purpose>(need)) return "Consent";
  return std::holds_alternative<Channel>(need) ? "Patient" : "CareTeam";
}

std::string day_of(const std::optional<Timestamp>& when) { return when ? " " + blc::to_string(*when) : std::string(); }

std::string of_resource(const Refusal& refusal) { return refusal.id.empty() ? std::string() : fmt::format(" ({})", refusal.id); }

std::string consent_words(const Refusal& refusal, Purpose purpose, const Asked& asked) {
  const auto what = words_for(purpose);
  const auto which = of_resource(refusal);
  switch (refusal.fault) {
    case Fault::not_given: return fmt::format("the consent to {} on file{} is a draft or a proposal, not given yet", what, which);
    case Fault::withdrawn: return fmt::format("the consent to {}{} was withdrawn, rejected or replaced", what, which);
    case Fault::ended: return fmt::format("the consent to {}{} ended{}", what, which, day_of(refusal.when));
    case Fault::not_begun: return fmt::format("the consent to {}{} begins only{}", what, which, day_of(refusal.when));
    case Fault::denied: return fmt::format("the consent on file{} denies the use of this person's data for {}", which, what);
    case Fault::other_purpose: return fmt::format("the consent on file{} is for something else than {}", which, what);
    case Fault::other_actor: return fmt::format("the consent to {} on file{} is for others than {}", what, which, asked.requester);
    case Fault::unclear: return fmt::format("whether the consent on file{} allows {} is not plain: {}", which, what, refusal.detail);
    default: return fmt::format("no consent to {} is on file for this person", what);
  }
}

std::string care_words(const Refusal& refusal, const Asked& asked) {
  const auto which = of_resource(refusal);
  switch (refusal.fault) {
    case Fault::not_given: return fmt::format("this person's care team{} is proposed, not at work yet", which);
    case Fault::withdrawn: return fmt::format("this person's care team{} is suspended or at an end", which);
    case Fault::ended: return fmt::format("{}'s time in this person's care team{} ended{}", asked.requester, which, day_of(refusal.when));
    case Fault::not_begun: return fmt::format("{}'s time in this person's care team{} begins only{}", asked.requester, which, day_of(refusal.when));
    case Fault::other_actor: return fmt::format("{} is not in this person's care team{}", asked.requester, which);
    default: return "no care team is on file for this person";
  }
}

std::string contact_words(const Refusal& refusal, Channel channel) {
  const auto name = to_string(channel);
  switch (refusal.fault) {
    case Fault::withdrawn: return "this person's record is out of use or replaced by another; nobody is contacted by it";
    case Fault::deceased: return "this person is on file as deceased; nobody is contacted";
    case Fault::no_address: return fmt::format("nothing is on file to reach this person at by {}", name);
    case Fault::no_opt_in: return fmt::format("this person has not opted into {}", name);
    case Fault::unsafe: return fmt::format("contact by {} may be heard or read by others: it is not marked as safe for voicemail", name);
    default: return "this person's own record is not on file";
  }
}

std::string words(const Refusal& refusal, const Need& need, const Asked& asked) {
  if (refusal.fault == Fault::unreadable)
    return fmt::format("the {} of this person on file{} cannot be relied on: {}", type_of(need), of_resource(refusal), refusal.detail);
  if (refusal.fault == Fault::no_register)
    return fmt::format("the practice's register of {} resources cannot be read, and so {} cannot be told: {}", type_of(need),
                       words_for(need), refusal.detail);
  if (const auto* const purpose = std::get_if<Purpose>(&need)) return consent_words(refusal, *purpose, asked);
  if (const auto* const channel = std::get_if<Channel>(&need)) return contact_words(refusal, *channel);
  return care_words(refusal, asked);
}

std::string help(const Refusal& refusal, const Need& need, const std::string& folder) {
  if (refusal.fault == Fault::no_register || refusal.fault == Fault::unreadable || refusal.fault == Fault::unclear)
    return fmt::format("nothing has been changed; somebody who may see the records puts it right in {}; blc doctor names the file (man blc-verb, REGISTERS)",
                       folder);
  const std::string_view what = std::holds_alternative<Purpose>(need)   ? "once this person has consented, file it"
                                : std::holds_alternative<Channel>(need) ? "ask this person, file the answer"
                                                                        : "somebody of the care team asks for it, or file who is in it";
  return fmt::format("nothing has been changed; {} in {} and plan it again (man blc-verb, REGISTERS)", what, folder);
}

}  // namespace

Checked<Basis> check(const Registers& registers, const Need& need, const Asked& asked) {
  const auto found = registers.about(asked.subject, type_of(need));
  if (!found) return std::unexpected(Refusal{Fault::no_register, {}, {}, found.error()});
  if (const auto* const purpose = std::get_if<Purpose>(&need)) return check_consent(*found, *purpose, asked);
  if (const auto* const channel = std::get_if<Channel>(&need)) return check_contact(*found, *channel, asked);
  return check_care(*found, asked);
}

Error explain(const Refusal& refusal, const Need& need, const Registers& registers, const Asked& asked) {
  return {Exit::refused, words(refusal, need, asked), help(refusal, need, registers.folder(type_of(need)))};
}

}  // namespace blc::privacy
