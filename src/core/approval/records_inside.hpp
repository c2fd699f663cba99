// What records_index.cpp and records_runs.cpp share: how a run stands, as the index keeps it.
#pragma once
#include <limits>
#include <optional>

#include "core/approval/records.hpp"
#include "core/crypto/digest.hpp"

namespace blc::approval {

inline constexpr Timestamp kEndOfTime{Milliseconds{std::numeric_limits<std::int64_t>::max()}};

inline Digest digest_of(const text::Json::Object& parameters) { return crypto::sha256(text::canonical(text::Json(parameters))); }

inline std::optional<Timestamp> ended_at(const Run& run) {
  if (run.outcome) return run.outcome->at;
  if (run.cancel) return run.cancel->at;
  if (run.rejection) return run.rejection->at;
  return std::nullopt;
}

inline ports::RunEnd end_of(const Run& run) {
  using enum ports::RunEnd;
  if (!ended(run)) return none;
  if (!run.claim) return run.cancel ? cancelled : rejected;
  return approval::closed(run) ? closed : run.outcome->ending == Ending::succeeded ? succeeded : failed;
}

// No deadline is later: approvals only bring it nearer.
inline Timestamp live_until(const Run& run) {
  if (!run.plan || ended(run)) return {};
  return run.claim ? kEndOfTime : run.plan->at + run.plan->plan->resolution.rule.deadline;
}

}  // namespace blc::approval
