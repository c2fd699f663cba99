// The bodies of the entries of a run, between JSON and facts. Reading is strict: a field too many, too few
// or of another type is Exit::ledger.
#pragma once
#include <string>
#include <vector>

#include "core/approval/run.hpp"
#include "core/text/json.hpp"

namespace blc::approval {

// Words in clear, or a reference into the entry's "sealed" list.
[[nodiscard]] text::Json to_json(const Words& words);
[[nodiscard]] text::Json sealed_list(const Words& words);

[[nodiscard]] text::Json approval_body(Act act, const PlanDigest& digest, const Words* words, Meaning meaning = Meaning::approval);
[[nodiscard]] text::Json cancel_body(const Words* reason);
[[nodiscard]] text::Json order_body(const PlanDigest& digest, bool withdrawn,
                                    std::optional<Timestamp> not_before = std::nullopt);
// An order to go on with a run that was cut off, and the claimant's word that it does.
[[nodiscard]] text::Json resume_order_body(const PlanDigest& digest);
[[nodiscard]] text::Json resume_body(const PlanDigest& digest, const LeafHash& order);
[[nodiscard]] text::Json claim_body(const PlanDigest& digest, const LeafHash& order);
[[nodiscard]] text::Json step_intent_body(const std::string& step, bool undo);
[[nodiscard]] text::Json step_outcome_body(const std::string& step, bool undo, bool succeeded, const std::string& how,
                                           text::Json output, const std::vector<ledger::SealedItem>& sealed);
[[nodiscard]] text::Json step_confirm_body(const std::string& step, Found found);
[[nodiscard]] text::Json heartbeat_body();
[[nodiscard]] text::Json outcome_body(Ending ending, const std::vector<std::string>& remains, const std::string& why);
// Of a close, and of a review.
[[nodiscard]] text::Json close_body(const Words& finding);
[[nodiscard]] text::Json close_body(const LeafHash& same_finding);
[[nodiscard]] text::Json glass_body(Emergency code, const PlanDigest& digest, const Words& because);
[[nodiscard]] text::Json note_body(const Words& words, const std::optional<LeafHash>& answers);
[[nodiscard]] text::Json refusal_body(const std::string& who, const std::string& action, int code, const Words& why);
[[nodiscard]] text::Json reveal_body(const std::vector<std::string>& names);

// A body read back, with the plan digest that it names where its kind names one.
template <class T>
struct Read {
  T fact;
  PlanDigest digest;
};
[[nodiscard]] Result<Read<ApprovalFact>> read_approval(const Fact& fact, const text::Json& body);
[[nodiscard]] Result<CancelFact> read_cancel(const Fact& fact, const text::Json& body);
[[nodiscard]] Result<Read<OrderFact>> read_order(const Fact& fact, const text::Json& body);
[[nodiscard]] Result<Read<ClaimFact>> read_claim(const Fact& fact, const text::Json& body);
[[nodiscard]] Result<Read<ResumeFact>> read_resume(const Fact& fact, const text::Json& body);
[[nodiscard]] Result<StepFact> read_step(const Fact& fact, const text::Json& body);
[[nodiscard]] Result<> read_heartbeat(const text::Json& body);
[[nodiscard]] Result<OutcomeFact> read_outcome(const Fact& fact, const text::Json& body);
[[nodiscard]] Result<CloseFact> read_close(const Fact& fact, const text::Json& body);
[[nodiscard]] Result<Read<GlassFact>> read_glass(const Fact& fact, const text::Json& body);
[[nodiscard]] Result<ReviewFact> read_review(const Fact& fact, const text::Json& body);
[[nodiscard]] Result<NoteFact> read_note(const Fact& fact, const text::Json& body);
[[nodiscard]] Result<RefusalFact> read_refusal(const Fact& fact, const text::Json& body);
[[nodiscard]] Result<RevealFact> read_reveal(const Fact& fact, const text::Json& body);

}  // namespace blc::approval
