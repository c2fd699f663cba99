#pragma once
#include <array>
#include <chrono>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/base/result.hpp"
#include "core/base/words.hpp"
#include "core/policy/calendar.hpp"

namespace blc::policy {

enum class Right { plan, read, approve, execute, deploy, monitor, audit, reveal, break_glass, tier_check };
[[nodiscard]] std::string_view to_string(Right right);
[[nodiscard]] std::optional<Right> parse_right(std::string_view name);
[[nodiscard]] std::vector<Right> all_rights();

// What a verb may be marked with, and a grant held to.
inline constexpr std::string_view kDeploymentMark = "deployment";
inline constexpr std::array<std::string_view, 3> kMarks{"demo", "call-centre", kDeploymentMark};

// What a signature must show of the key that made it. A PIN implies a touch.
enum class Hardware { any, touch, pin };
[[nodiscard]] std::string_view to_string(Hardware hardware);
[[nodiscard]] std::optional<Hardware> parse_hardware(std::string_view name);  // touch or pin: any is said by silence

// One signature that the policy asks for.
struct Slot {
  std::string name;
  std::vector<std::string> roles;  // any of these may fill it
  Hardware hardware = Hardware::any;
  bool attested = false;  // only by a key that its maker vouched for at enrolment
  bool operator==(const Slot&) const = default;
};

// How one person may have a clinical run go ahead in an emergency, before the others have signed.
struct BreakGlass {
  std::vector<std::string> keeps;       // slots of the rule that are asked for all the same
  std::chrono::seconds lasts{};         // from the breaking to the latest start
  std::size_t reviewers = 0;            // other people who sign the review
  std::chrono::seconds review_within{};
  bool operator==(const BreakGlass&) const = default;
};
inline constexpr std::chrono::minutes kLongestGlass{60};
inline constexpr std::size_t kFewestReviewers = 2;
inline constexpr std::chrono::hours kLongestReview{72};

// What one cell (classification x environment, perhaps a verb pattern) asks for.
struct ApprovalRule {
  std::vector<Slot> slots;
  std::chrono::seconds deadline{};
  bool requester_may_sign = false;
  bool requester_may_execute = true;
  bool approver_may_execute = true;  // whoever signed the run may order it too
  bool seen_revealed = false;        // a signature counts once its signer was shown the sealed values
  std::optional<Fidelity> fidelity{};  // the least that a plan must show; see least_fidelity()
  Calendar calendar{};               // when runs may start
  std::optional<BreakGlass> break_glass{};  // of clinical verbs only
  std::string source;  // "policies/approvals.yaml:12": the line that `explain` names
};

// What a plan must show at least. Where two people sign, no rule takes a verb whose effects nobody can foresee.
[[nodiscard]] Fidelity least_fidelity(const ApprovalRule& rule);
// Whether a plan shows no less.
[[nodiscard]] inline bool shows_enough(const ApprovalRule& rule, Fidelity shown) { return shown <= least_fidelity(rule); }
// What is left of the rule's slots once the glass is broken; all of them where the rule has no break-glass.
[[nodiscard]] std::vector<Slot> slots_kept(const ApprovalRule& rule);
// Whether two rules ask for the same, wherever they stand.
[[nodiscard]] bool same(const ApprovalRule& a, const ApprovalRule& b);

struct VerbTraits {
  std::string name;
  Classification classification = Classification::clinical;
  std::vector<std::string> marks;
};

// What keeps a grant from giving a right.
enum class Misfit { environment, right, classification, mark };
[[nodiscard]] std::string_view to_string(Misfit misfit);

// A grant to roles that somebody holds, held against what they want to do.
struct Considered {
  std::string source;           // "policies/access.yaml:12"
  std::string text;             // "qa in production: read"
  std::vector<Misfit> misfits;  // none: it gives the right
};

// The practice's approvals.yaml and access.yaml, both complete: every cell of the approvals table has a rule.
class Policy {
 public:
  static constexpr std::string_view kApprovalsPath = "policies/approvals.yaml";
  static constexpr std::string_view kAccessPath = "policies/access.yaml";

  // Errors are Exit::usage: file, line, column, what was expected.
  static Result<Policy> load(std::string_view approvals, std::string_view access);

  // The first rule in file order that fits. `environment` is production for a rehearsal.
  [[nodiscard]] const ApprovalRule& rule(Classification classification, Environment environment,
                                         std::string_view verb) const;
  // The greatest number of slots any rule asks for there: what the admin threshold is held against.
  [[nodiscard]] std::size_t most_slots(Environment environment) const;
  // Where the first rule stands that asks for a signature there: "policies/approvals.yaml:12"; empty when none does.
  [[nodiscard]] std::string asked_at(Environment environment) const;
  // Whether any of `roles` has the right for that verb there. `person`: grants to everyone count.
  [[nodiscard]] bool allows(const std::vector<std::string>& roles, bool person, Environment environment, Right right,
                            const VerbTraits& verb) const;
  // Whether they have it over some verb there, whatever it is marked with.
  [[nodiscard]] bool allows_some(const std::vector<std::string>& roles, bool person, Environment environment, Right right) const;
  // Every role that a slot or a grant names.
  [[nodiscard]] std::set<std::string> roles() const;
  // The grant's place in the file that allows() relied on, for explanations; empty when none.
  [[nodiscard]] std::string granted_by(const std::vector<std::string>& roles, bool person, Environment environment,
                                       Right right, const VerbTraits& verb) const;
  // Every grant to these roles, the nearest first: where allows() says yes, that is the one it relied on.
  [[nodiscard]] std::vector<Considered> considered(const std::vector<std::string>& roles, bool person,
                                                   Environment environment, Right right, const VerbTraits& verb) const;

 private:
  struct Loading;
  struct CellRule {
    std::optional<Classification> classification;  // nullopt: any
    std::set<Environment> environments;
    std::vector<std::string> verbs;  // patterns; empty: all
    ApprovalRule rule;
  };
  struct Grant {
    std::string role;  // "everyone": any enrolled person
    std::set<Environment> environments;
    std::set<Right> rights;
    std::set<Classification> classifications;  // empty: all
    std::vector<std::string> marked;           // only verbs with one of these marks; empty: all
    std::string source;
  };
  struct Asked;
  [[nodiscard]] const Grant* grant(const std::vector<std::string>& roles, bool person, Environment environment,
                                   Right right, const VerbTraits& verb) const;
  std::vector<CellRule> rules_;
  std::vector<Grant> grants_;
};

// "feature-*": '*' stands for any run of characters; no other wildcard.
[[nodiscard]] bool matches(std::string_view pattern, std::string_view name);
// At most 65 characters that verbs' names have, and '*'.
[[nodiscard]] bool is_pattern(std::string_view text);

}  // namespace blc::policy
