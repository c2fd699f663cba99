#include <algorithm>
#include <array>
#include <set>

#include "core/privacy/check.hpp"
#include "core/privacy/fhir.hpp"

namespace blc::privacy {

using text::Json;

namespace {

constexpr std::string_view kActReason = "http://terminology.hl7.org/CodeSystem/v3-ActReason";
constexpr std::string_view kActCode = "http://terminology.hl7.org/CodeSystem/v3-ActCode";
constexpr std::string_view kScope = "http://terminology.hl7.org/CodeSystem/consentscope";
constexpr std::size_t kMostProvisions = 256;

enum class Match { no, unknown, yes };
Match any_of(Match a, Match b) { return std::max(a, b); }
Match all_of(Match a, Match b) { return std::min(a, b); }

// What a rule may come to: a set, for where something cannot be judged it may come to several.
class Outcomes {
 public:
  enum Outcome : unsigned { none = 1, permit = 2, deny = 4 };
  constexpr Outcomes(Outcome one) : set_(one) {}
  constexpr Outcomes(unsigned set) : set_(set) {}
  [[nodiscard]] bool only(Outcome one) const { return set_ == one; }
  [[nodiscard]] bool may_be(Outcome one) const { return (set_ & one) != 0; }
  [[nodiscard]] Outcomes or_else(Outcomes other) const { return {set_ | other.set_}; }
  // Of rules side by side: a denial wins over a permission, either over none.
  [[nodiscard]] Outcomes beside(Outcomes other) const {
    unsigned both = 0;
    for (const unsigned a : {none, permit, deny}) {
      for (const unsigned b : {none, permit, deny}) {
        if ((set_ & a) != 0 && (other.set_ & b) != 0) both |= std::max(a, b);
      }
    }
    return {both};
  }
  // Of exceptions to a rule: where none applies, the rule stands.
  [[nodiscard]] Outcomes exceptions_to(Outcomes rule) const {
    return may_be(none) ? Outcomes((set_ & ~static_cast<unsigned>(none)) | rule.set_) : *this;
  }

 private:
  unsigned set_;
};

struct Provision {
  Outcomes type = Outcomes(Outcomes::permit | Outcomes::deny);
  Period period;
  std::vector<Coding> purposes;
  std::vector<std::string> actors;  // references
  bool limited = false;             // to actions, labels, classes, codes or data that blc does not judge
  std::vector<Provision> exceptions;
};

struct Consent {
  std::string status;
  std::vector<Coding> scope;
  std::optional<Timestamp> given;
  std::vector<std::string> organizations;  // that keep it: the practice
  Provision rule;
  bool unverified = false;
};

class Reader {
 public:
  explicit Reader(Faults& faults) : faults_(faults) {}

  Consent consent(const Json& json) {
    Consent consent;
    Element element(json, "the consent", faults_,
                    {"resourceType", "meta", "language", "text", "contained", "identifier", "category", "patient", "performer",
                     "sourceAttachment", "sourceReference", "policy"});
    consent.status = element.text("status");
    consent.scope = read_concept(element.any("scope"), faults_);
    if (consent.scope.empty()) faults_.add("the consent has no scope");
    if (element.has("dateTime")) {
      const auto given = parse_date_time(element.text("dateTime"));
      if (given) consent.given = given->start;
      else element.fault("dateTime");
    }
    for (const auto& organization : element.list("organization"))
      consent.organizations.push_back(read_reference(organization, faults_));
    for (const auto& each : element.list("verification")) {
      Element verification(each, "a verification", faults_, {"verifiedWith", "verificationDate"});
      consent.unverified = consent.unverified || !verification.boolean("verified").value_or(false);
    }
    const auto policy = read_concept(element.any("policyRule"), faults_);
    if (const auto* const rule = element.any("provision")) consent.rule = provision(*rule, true);
    consent.rule.type = base_of(consent.rule.type, policy);
    return consent;
  }

 private:
  // R4 6.2: the rule that exceptions start from. Where it is said twice and differently, it may be either.
  static Outcomes base_of(Outcomes type, const std::vector<Coding>& policy) {
    const bool said = type.only(Outcomes::permit) || type.only(Outcomes::deny);
    const auto holds = [&](std::string_view code) {
      return std::ranges::find(policy, Coding{std::string(kActCode), std::string(code)}) != policy.end();
    };
    const bool in = holds("OPTIN");
    const bool out = holds("OPTOUT");
    if (!in && !out) return type;
    const auto from_policy = Outcomes((in ? Outcomes::permit : 0U) | (out ? Outcomes::deny : 0U));
    return said ? type.or_else(from_policy) : from_policy;
  }

  Provision provision(const Json& json, bool root) {
    Provision provision;
    if (++count_ > kMostProvisions) {
      faults_.add("the consent holds more than 256 provisions");
      return provision;
    }
    Element element(json, "a provision", faults_, {});
    const auto type = element.text("type");
    if (type == "permit") provision.type = Outcomes::permit;
    else if (type == "deny") provision.type = Outcomes::deny;
    else if (!type.empty() || !root) faults_.add("a provision neither permits nor denies");
    provision.period = read_period(element.any("period"), faults_);
    for (const auto& purpose : element.list("purpose")) provision.purposes.push_back(read_coding(purpose, faults_));
    for (const auto& each : element.list("actor")) {
      Element actor(each, "an actor", faults_, {"role"});
      const auto* const reference = actor.any("reference");
      provision.actors.push_back(reference == nullptr ? std::string() : read_reference(*reference, faults_));
    }
    for (const auto name : {"action", "securityLabel", "class", "code", "dataPeriod", "data"})
      provision.limited = element.has(name) || provision.limited;
    for (const auto& exception : element.list("provision")) provision.exceptions.push_back(this->provision(exception, false));
    return provision;
  }

  Faults& faults_;
  std::size_t count_ = 0;
};

struct Question {
  Purpose purpose;
  const std::string& requester;
  const std::vector<std::string>& practice;  // the organizations that keep the consent
  Timestamp now;
  bool any_purpose = false;  // to tell why it is not permitted
  bool any_actor = false;
};

// Purposes that treatment, payment and operations are no part of, nor they of them.
constexpr std::array<std::string_view, 3> kApart{"HMARKT", "HRESCH", "PUBHLTH"};

Match purpose_match(const Coding& coding, Purpose asked) {
  if (coding.system != kActReason) return Match::unknown;
  if (const auto purpose = parse_purpose(coding.code)) return *purpose == asked ? Match::yes : Match::no;
  return std::ranges::find(kApart, coding.code) != kApart.end() ? Match::no : Match::unknown;
}

Match actor_match(const std::string& reference, const Question& question) {
  if (const auto practitioner = referred_id(reference, "Practitioner"))
    return *practitioner == question.requester ? Match::yes : Match::no;
  if (std::ranges::find(question.practice, reference) != question.practice.end() && referred_id(reference, "Organization"))
    return Match::yes;
  if (referred_id(reference, "Patient") || referred_id(reference, "RelatedPerson")) return Match::no;
  return Match::unknown;  // a group, a role, a device, another organization: whether it is they cannot be told
}

// Whether a rule applies. Where it names no purpose or no actor, it is for all of them.
Match applies(const Provision& rule, const Question& question) {
  if (!rule.period.holds(question.now)) return Match::no;
  auto match = rule.limited ? Match::unknown : Match::yes;
  if (!rule.purposes.empty() && !question.any_purpose) {
    auto purpose = Match::no;
    for (const auto& coding : rule.purposes) purpose = any_of(purpose, purpose_match(coding, question.purpose));
    match = all_of(match, purpose);
  }
  if (!rule.actors.empty() && !question.any_actor) {
    auto actor = Match::no;
    for (const auto& reference : rule.actors) actor = any_of(actor, actor_match(reference, question));
    match = all_of(match, actor);
  }
  return match;
}

Outcomes judge(const Provision& rule, const Question& question) {
  const auto match = applies(rule, question);
  if (match == Match::no) return Outcomes::none;
  Outcomes exceptions = Outcomes::none;
  for (const auto& exception : rule.exceptions) exceptions = exceptions.beside(judge(exception, question));
  const auto outcome = exceptions.exceptions_to(rule.type);
  return match == Match::yes ? outcome : outcome.or_else(Outcomes::none);
}

// When what the rules come to may change.
void collect_bounds(const Provision& rule, std::set<Timestamp>& bounds) {
  if (rule.period.start) bounds.insert(*rule.period.start);
  if (rule.period.end) bounds.insert(*rule.period.end);
  for (const auto& exception : rule.exceptions) collect_bounds(exception, bounds);
}

// What one consent says to the question.
class Judgement {
 public:
  Judgement(const Consent& consent, Question question) : consent_(consent), question_(question) {
    collect_bounds(consent.rule, bounds_);
    if (consent.given) bounds_.insert(*consent.given);
  }

  [[nodiscard]] Outcomes now() const { return at(question_.now); }
  [[nodiscard]] std::optional<Timestamp> until() const {
    const auto end = std::find_if(bounds_.upper_bound(question_.now), bounds_.end(),
                                  [&](Timestamp time) { return !at(time).only(Outcomes::permit); });
    return end == bounds_.end() ? std::nullopt : std::optional(*end);
  }
  // Why it does not permit what it does not deny either.
  [[nodiscard]] Refusal why_not() const {
    if (const auto past = last_ended()) return {Fault::ended, {}, past, {}};
    const auto begins = std::find_if(bounds_.upper_bound(question_.now), bounds_.end(),
                                     [&](Timestamp time) { return at(time).only(Outcomes::permit); });
    if (begins != bounds_.end()) return {Fault::not_begun, {}, *begins, {}};
    if (would(true, false)) return {Fault::other_purpose};
    if (would(false, true)) return {Fault::other_actor};
    if (would(true, true)) return {Fault::other_purpose};
    if (now().only(Outcomes::none)) return {Fault::absent};
    return {Fault::unclear, {}, {}, "a rule of it is limited, or names who or what for, in a way that blc does not judge"};
  }

 private:
  [[nodiscard]] Outcomes at(Timestamp time) const {
    if (consent_.given && time < *consent_.given) return Outcomes::none;
    auto question = question_;
    question.now = time;
    return judge(consent_.rule, question);
  }
  [[nodiscard]] std::optional<Timestamp> last_ended() const {
    std::optional<Timestamp> last;
    for (const auto time : bounds_) {
      if (time <= question_.now && at(time - Milliseconds(1)).only(Outcomes::permit)) last = time;
    }
    return last;
  }
  [[nodiscard]] bool would(bool any_purpose, bool any_actor) const {
    auto question = question_;
    question.any_purpose = any_purpose;
    question.any_actor = any_actor;
    return judge(consent_.rule, question).only(Outcomes::permit);
  }

  const Consent& consent_;
  Question question_;
  std::set<Timestamp> bounds_;
};

// Which consents are about using data at all: one to research or an advance directive is not.
enum class Bearing { none, yes, unknown };
Bearing bearing(const Consent& consent, Purpose purpose) {
  auto found = Bearing::none;
  for (const auto& coding : consent.scope) {
    if (coding.system != kScope) return Bearing::unknown;
    if (coding.code == "patient-privacy" || (coding.code == "treatment" && purpose == Purpose::treatment)) found = Bearing::yes;
    else if (coding.code != "treatment" && coding.code != "research" && coding.code != "adr") return Bearing::unknown;
  }
  return found;
}

std::optional<Fault> fault_of_status(const std::string& status) {
  if (status == "active") return std::nullopt;
  if (status == "draft" || status == "proposed") return Fault::not_given;
  if (status == "inactive" || status == "rejected") return Fault::withdrawn;
  if (status == "entered-in-error") return Fault::absent;
  return Fault::unreadable;
}

// Which of several reasons is told: what is nearest to being a consent.
int nearness(Fault fault) {
  constexpr std::array kNearest{Fault::unclear,   Fault::withdrawn,   Fault::ended,       Fault::not_begun,
                                Fault::not_given, Fault::other_actor, Fault::other_purpose};
  return static_cast<int>(std::ranges::find(kNearest, fault) - kNearest.begin());
}

bool lasts_longer(const Basis& a, const Basis& b) {
  if (!a.until || !b.until) return !a.until && b.until;
  return *a.until > *b.until;
}

}  // namespace

Checked<Basis> check_consent(const std::vector<Resource>& consents, Purpose purpose, const Asked& asked) {
  std::optional<Basis> basis;
  Refusal refusal;
  const auto weigh = [&](Refusal other, const std::string& id) {
    other.id = id;
    if (nearness(other.fault) < nearness(refusal.fault)) refusal = std::move(other);
  };
  for (const auto& resource : consents) {
    Faults faults;
    const auto consent = Reader(faults).consent(resource.json);
    const auto status = fault_of_status(consent.status);
    if (status == Fault::unreadable) faults.add("the consent's status is none of FHIR R4");
    const auto bears = bearing(consent, purpose);
    if (bears == Bearing::unknown) faults.add("the consent's scope is none that blc knows");
    if (!faults.none()) return std::unexpected(Refusal{Fault::unreadable, resource.id, {}, faults.first()});
    if (bears == Bearing::none) continue;
    if (status) {
      if (*status != Fault::absent) weigh({*status}, resource.id);
      continue;
    }
    const Judgement judgement(consent, {purpose, asked.requester, consent.organizations, asked.now});
    const auto now = judgement.now();
    if (now.only(Outcomes::deny)) return std::unexpected(Refusal{Fault::denied, resource.id});
    if (now.may_be(Outcomes::deny))
      return std::unexpected(Refusal{Fault::unclear, resource.id, {}, "it may deny what is asked"});
    if (!now.only(Outcomes::permit)) {
      weigh(judgement.why_not(), resource.id);
    } else if (consent.unverified) {
      weigh({Fault::unclear, {}, {}, "it is marked as not verified"}, resource.id);
    } else {
      const Basis other{resource.id, resource.version, resource.bytes, judgement.until()};
      if (!basis || lasts_longer(other, *basis)) basis = other;
    }
  }
  if (!basis) return std::unexpected(refusal);
  return *basis;
}

}  // namespace blc::privacy
