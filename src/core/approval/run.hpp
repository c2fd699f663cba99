#pragma once
#include <array>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/base/digest.hpp"
#include "core/base/skew.hpp"
#include "core/base/time.hpp"
#include "core/base/ulid.hpp"
#include "core/base/words.hpp"
#include "core/crypto/public_key.hpp"
#include "core/ledger/entry.hpp"
#include "core/plan/plan.hpp"
#include "core/policy/policy.hpp"
#include "core/verb/verb.hpp"

namespace blc::approval {

// What an authentic entry that was allowed at its place says of itself.
struct Fact {
  std::uint64_t leaf = 0;
  LeafHash hash;
  std::string by;
  crypto::PublicKey key;
  Timestamp at;
  ledger::Head head;
  EntryId id;
  // What the signature says of the security key that made it; false for other keys.
  bool touched = false;
  bool pin = false;
};

// More entries than any ledger has.
inline constexpr std::uint64_t kWholeLedger = std::numeric_limits<std::uint64_t>::max();
// What a person may write in one go, in bytes: no screen is flooded by it.
inline constexpr std::size_t kLongestWords = 4096;

// Free text of a person: in clear, or sealed in the entry that carries it.
struct Words {
  std::string text;
  std::optional<ledger::SealedItem> sealed;
};

struct RequestFact : Fact {
  plan::Request request;
};
struct PlanFact : Fact {
  std::shared_ptr<const plan::Plan> plan;
  PlanDigest digest;
  std::shared_ptr<const verb::Verb> verb;              // from the text in the plan
  std::shared_ptr<const policy::Policy> frozen_policy;  // from the texts in the plan
};
enum class Act { approve, reject, withdraw };
// What a signature means to its signer (21 CFR 11.50(a)(3)).
enum class Meaning { review, approval, responsibility };
struct ApprovalFact : Fact {
  Act act = Act::approve;
  Meaning meaning = Meaning::approval;  // of an approve
  std::optional<Words> words;  // the note of an approve, the reason of a reject or withdraw
};
struct CancelFact : Fact {
  std::optional<Words> reason;
};
struct OrderFact : Fact {
  bool withdrawn = false;               // this entry takes the person's earlier orders back
  std::optional<Timestamp> not_before;  // the run may start from then on; without, at once
  bool resume = false;                  // to go on with a run that was cut off
};
struct ClaimFact : Fact {
  LeafHash order;
};
// What a step's confirm says of it: exit code 0, 1, anything else.
enum class Found { done, not_done, unknown };
struct StepFact : Fact {
  enum class Phase { intent, outcome, confirm };
  Phase phase = Phase::intent;
  std::string step;
  bool undo = false;
  bool succeeded = false;   // of an outcome
  std::string how;          // of an outcome: "it ended with exit code 3"
  text::Json output;        // of an outcome: {"bytes", "digest", "sealed"} for stdout and stderr
  std::vector<ledger::SealedItem> sealed;
  Found found = Found::unknown;  // of a confirm
};
enum class Ending { succeeded, failed, partial, indeterminate };
struct OutcomeFact : Fact {
  Ending ending = Ending::indeterminate;
  std::vector<std::string> remains;  // effects that remain (partial) or may (indeterminate), by step
  std::string why;
};
// Why somebody goes ahead before the others have signed: HL7 v3 code system ActReason, value set PurposeOfUse.
enum class Emergency { btg, etreat };  // BTG, break the glass; ETREAT, emergency treatment
struct GlassFact : Fact {
  Emergency code = Emergency::btg;
  Words because;
};
struct CloseFact : Fact {
  std::optional<Words> finding;          // a close that says what happened
  std::optional<LeafHash> same_finding;  // or cites the close that said it
};
// The claimant went on by an order to resume. What was held of the run until then is kept here.
struct ResumeFact : Fact {
  LeafHash order;
  std::optional<OutcomeFact> after{};
  std::vector<CloseFact> closes{};
};
// Of the close that said the finding which this one signs.
[[nodiscard]] inline LeafHash finding_of(const CloseFact& close) { return close.same_finding.value_or(close.hash); }
// What somebody else found on looking at a break-glass; said and shared as that of a close.
struct ReviewFact : CloseFact {};
// A question about a run, or the reply to one. It changes no state and counts for no gate.
struct NoteFact : Fact {
  Words words;
  std::optional<LeafHash> answers;  // of a reply: the question
};
struct RefusalFact : Fact {
  std::string who;
  std::string action;
  int code = 0;
  Words why;
};
struct RevealFact : Fact {
  std::vector<std::string> names;
};
// What can be taken out of the system.
enum class Taken { subject_report, runs, output, ledger_export };
// Data that leaves: what the steps of one run printed, or what is told of many.
struct Export {
  Taken what = Taken::runs;
  std::string digest;                     // "sha256:...", or "hmac-sha256:..." where what was taken may hold PHI
  std::vector<std::string> steps;         // of an output
  std::vector<Environment> environments;  // of all else: where the runs are that it tells of
  std::uint64_t runs = 0;                 // how many those are
  std::optional<std::string> subject;     // keyed hash, where all of them are about one person
};
struct ExportFact : Fact, Export {};

// All that counted of one run, in ledger order. Derived from verified entries; never stored.
struct Run {
  RunId id;
  Environment environment = Environment::local;
  Classification classification = Classification::clinical;
  std::optional<RequestFact> request;
  std::optional<PlanFact> plan;
  std::vector<ApprovalFact> approvals;
  std::optional<ApprovalFact> rejection;
  std::optional<CancelFact> cancel;
  std::vector<OrderFact> orders;
  std::optional<ClaimFact> claim;
  std::vector<StepFact> steps;
  std::vector<ResumeFact> resumes;
  std::optional<OutcomeFact> outcome;  // since the last resume
  std::vector<CloseFact> closes;
  std::optional<GlassFact> glass;
  std::vector<ReviewFact> reviews;
  std::vector<NoteFact> notes;
  std::vector<RefusalFact> refusals;
  std::vector<RevealFact> reveals;
  std::vector<ExportFact> exports;               // of its output
  Timestamp last_claimant_entry;                 // of claim, steps, heartbeats, resumes, outcome
  std::uint64_t last_claimant_leaf = 0;
  std::optional<std::uint64_t> unreadable;       // leaf of an entry this reader does not know
  std::vector<std::uint64_t> late;               // leaves that came too late

  // A clinical run's free text must be sealed: true when these words are not.
  [[nodiscard]] bool words_in_clear(const std::optional<Words>& words) const {
    return classification == Classification::clinical && words && !words->sealed;
  }
};

// The questions that nobody has replied to, in ledger order.
[[nodiscard]] std::vector<const NoteFact*> open_questions(const Run& run);
// Whether an approval by that person stands among the run's, not withdrawn since.
[[nodiscard]] bool has_signed(const Run& run, std::string_view person);
// The refusal of the last start that found something changed since planning; null where there was none.
[[nodiscard]] const RefusalFact* last_drift(const Run& run);
// The refusal to plan it, of a run that has no plan; null where there was none. Nobody plans it later.
[[nodiscard]] const RefusalFact* planning_refused(const Run& run);
// The command that plans the same once more.
[[nodiscard]] std::string plans_again(const Run& run);
// How many others must sign the review of a break-glass, and by when; of a run whose glass is broken.
[[nodiscard]] std::size_t reviewers_needed(const Run& run);
[[nodiscard]] Timestamp review_due(const Run& run);
// The finding that most have signed by entries below `size`, and how many that are.
struct Reviewed {
  std::optional<LeafHash> finding;
  std::size_t signers = 0;
};
[[nodiscard]] Reviewed reviewed(const Run& run, std::uint64_t size);
// Whether a review of this run waits for signatures after `size` entries.
[[nodiscard]] bool awaits_review(const Run& run, std::uint64_t size);
// Nothing but looking back is left: rejected, cancelled, closed, succeeded or failed.
[[nodiscard]] bool ended(const Run& run);

enum class State {
  planning, pending, approved, rejected, cancelled, expired, executing, succeeded, failed, partial, indeterminate,
  closed, rolled_back,
};
inline constexpr std::array kStates{State::planning,  State::pending, State::approved,      State::rejected,
                                    State::cancelled, State::expired, State::executing,     State::succeeded,
                                    State::failed,    State::partial, State::indeterminate, State::closed,
                                    State::rolled_back};
[[nodiscard]] std::string_view to_string(State state);
[[nodiscard]] std::optional<State> parse_state(std::string_view name);
[[nodiscard]] std::string_view to_string(Ending ending);
[[nodiscard]] std::optional<Ending> parse_ending(std::string_view name);
[[nodiscard]] std::string_view to_string(Act act);
[[nodiscard]] std::string_view to_string(Meaning meaning);
[[nodiscard]] std::optional<Meaning> parse_meaning(std::string_view name);
[[nodiscard]] std::string_view to_string(Emergency code);  // "BTG"
[[nodiscard]] std::optional<Emergency> parse_emergency(std::string_view code);
[[nodiscard]] std::string_view meaning(Emergency code);  // "emergency treatment", for people
[[nodiscard]] std::string_view to_string(Found found);
[[nodiscard]] std::optional<Found> parse_found(std::string_view name);

// How long a claimant may be silent before people may hold it lost. Short enough to wait for; a step that takes
// longer is bridged by heartbeats.
inline constexpr std::chrono::seconds kLease{300};
// A claimant says at least this often that it is at work: two beats may be lost within one lease.
inline constexpr std::chrono::seconds kHeartbeat = kLease / 3;
// No effect begins later than this after the claimant's last acknowledged entry.
inline constexpr std::chrono::seconds kLastStart = kLease / 2;
// Whoever closes the run because its lease is over, by a clock that is ahead, does so after the last start.
static_assert(kLastStart + kSkew < kLease && kHeartbeat < kLastStart);

// How many people must sign the same finding to close the run.
[[nodiscard]] std::size_t closers_needed(const Run& run);
// Whether enough people signed the same finding: as many as the plan had slots, at least one, and where it
// had slots somebody other than the requester among them.
[[nodiscard]] bool closed(const Run& run);
// What became of an execution that was claimed, as a reader at `now` must hold it: an executing run whose
// claimant has been silent for a lease is indeterminate.
[[nodiscard]] State after_claim(const Run& run, Timestamp now);

}  // namespace blc::approval
