// Who signs in whose place, for people.
#pragma once
#include <string>
#include <vector>

#include "core/approval/replay.hpp"
#include "core/text/json.hpp"

namespace blc::cli {

// ", for client-*", or nothing when every verb is meant.
[[nodiscard]] std::string verbs_words(const trust::Delegation& delegation);
// What is lent now, by anybody.
[[nodiscard]] std::vector<const trust::Delegation*> lent_now(const approval::Replay& replay, Timestamp now);
// "cleo signs as clinical-lead in ben's place until Fri 4 Dec 18:00".
[[nodiscard]] std::string delegation_line(const trust::Delegation& delegation, Timestamp now);
[[nodiscard]] text::Json delegation_json(const trust::Delegation& delegation);

}  // namespace blc::cli
