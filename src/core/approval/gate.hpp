// The gate: the one place that decides whether a run may execute.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/approval/run.hpp"
#include "core/approval/slots.hpp"
#include "core/base/result.hpp"
#include "core/policy/policy.hpp"
#include "core/trust/history.hpp"

namespace blc::approval {

// A break-glass that too few others have looked at in time.
struct OverdueReview {
  RunId run;
  std::string by;  // who broke the glass
  Timestamp due;
};

// All that a decision may depend on. Only entries at leaves below `size` count, and of those only the ones
// whose `at` is not beyond `now` by more than the skew.
struct Context {
  const trust::History& trust;
  const Run& run;
  std::uint64_t size = 0;
  Timestamp now;
  std::string unmet;  // why the run that the verb requires does not hold, or empty
  // Of the whole ledger below `size`; filled where the glass of the run is broken, or overdue reviews bar it.
  std::vector<OverdueReview> overdue{};
};

struct SlotStatus {
  policy::Slot slot;
  std::optional<std::string> by{};
  std::optional<Timestamp> at{};
  std::string in_place_of{};  // who lent them the role that it takes, or empty
  bool hardware_key = false;  // of the signature in it: made by a security key, which shows this
  Presence shown{};
  std::vector<std::string> open_to{};            // persons who could fill it, when it is open
  std::vector<crypto::PublicKey> open_keys{};    // with these keys of theirs
  std::map<std::string, std::string> open_in_place_of{};  // those of them who would sign for somebody else, and for whom
};

struct Decision {
  bool yes = false;
  Exit code = Exit::approvals_missing;
  std::string why;  // of a no
  std::string hint;
  std::vector<SlotStatus> slots;
  std::size_t given = 0;
  std::size_t reachable = 0;  // slots that would be filled if everybody signed who still can
  Timestamp deadline;
  std::string source;                 // the policy line that applies
  std::vector<std::string> signers;  // persons whose approval stands, in a slot or not
  const GlassFact* glass = nullptr;  // the break-glass that takes the place of slots; only they may order the run
  Timestamp glass_until{};           // its end
};

// Whether the approvals of a run stand. Pure: the same context gives the same answer, on every machine.
[[nodiscard]] Decision decide(const Context& context);

// A run that the gate let through, with all that the claim has to cite. Only admit() makes one, and the
// executor takes nothing else.
class ApprovedRun {
 public:
  [[nodiscard]] const RunId& run() const noexcept { return run_; }
  [[nodiscard]] const PlanDigest& digest() const noexcept { return digest_; }
  [[nodiscard]] const LeafHash& order() const noexcept { return order_; }
  // The ledger size that the decision was made at: the claim must be appended exactly there.
  [[nodiscard]] std::uint64_t size() const noexcept { return size_; }

 private:
  friend Result<ApprovedRun> admit(const Context& context);
  friend Result<ApprovedRun> admit_resume(const Context& context);
  ApprovedRun(RunId run, PlanDigest digest, LeafHash order, std::uint64_t size)
      : run_(run), digest_(digest), order_(order), size_(size) {}
  RunId run_;
  PlanDigest digest_;
  LeafHash order_;
  std::uint64_t size_;
};

// The gate says yes, nobody has claimed the run, and a standing order asks for it now.
[[nodiscard]] Result<ApprovedRun> admit(const Context& context);

// The run was cut off, nobody has closed it, and an order to resume asks for it that the claimant has not taken up
// yet. Signatures were asked for before the claim; what else the gate asks for must still hold.
[[nodiscard]] Result<ApprovedRun> admit_resume(const Context& context);

// Why an order does not stand at `context` (the gate said no at its head, an approval it relied on was
// withdrawn, the orderer lost key or right, it was taken back or replaced, its time has not come), or nullopt when
// it does.
[[nodiscard]] std::optional<Error> order_fault(const Context& context, const OrderFact& order);

// Whether this principal, holding `key`, has the right over the run at `size`: by the policy in the plan,
// and outside local also by the catalog in force.
[[nodiscard]] bool may(const trust::History& trust, std::uint64_t size, const Run& run, std::string_view name,
                       const crypto::PublicKey& key, policy::Right right);
// The same of a principal of the root at `size`.
[[nodiscard]] bool may(const trust::History& trust, std::uint64_t size, const Run& run, const trust::Principal& principal,
                       policy::Right right);

// Why this person cannot break the glass of the run at `context.size`, whoever else has: not enrolled for it, another
// review of theirs overdue, a verb or policy that has no break-glass; or nullopt.
[[nodiscard]] std::optional<Error> glass_bar(const Context& context, std::string_view name, const crypto::PublicKey& key);
// Why this person cannot sign the review of the run's break-glass: they had a part in it, or have no say; or nullopt.
[[nodiscard]] std::optional<Error> review_bar(const Context& context, std::string_view name, const crypto::PublicKey& key);
// Whether overdue reviews of others keep such a run from starting: every promotion to production waits for them, and none
// is kept from being taken back.
[[nodiscard]] bool waits_for_reviews(const Run& run);

// Why this person cannot lend the role so, or take it back, at that size; or nullopt. Says nothing of times.
[[nodiscard]] std::optional<Error> delegation_bar(const trust::History& trust, const trust::Delegation& delegation, std::uint64_t size,
                                                  std::string_view name, const crypto::PublicKey& key);
// The roles that others lent this person for signing this run: since before it was planned, never to whoever asked for it
// nor by them.
[[nodiscard]] std::vector<Loan> loans(const Context& context, std::string_view name);

// Whether this person was shown the sealed values of the plan by an entry below `before`; true when it has none.
[[nodiscard]] bool saw_sealed(const Run& run, std::string_view person, std::uint64_t before);
// Why this person may not order the run though they hold the right: the rule keeps requesters or signers from it; or
// nullopt.
[[nodiscard]] std::optional<Error> order_bar(const Context& context, std::string_view name);
// Why the run may not start at `time`, outside the windows or in a freeze of the rules that apply; or nullopt.
[[nodiscard]] std::optional<Error> start_bar(const Context& context, Timestamp time);

// "Signatures needed: 2, given: 1".
[[nodiscard]] std::string missing_text(const Decision& decision);

}  // namespace blc::approval
