#include "cli/views/delegations.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "cli/views/words.hpp"
#include "core/text/display.hpp"

namespace blc::cli {

using text::Json;

std::string verbs_words(const trust::Delegation& delegation) {
  return delegation.verbs.empty() ? std::string() : text::display(fmt::format(", for {}", fmt::join(delegation.verbs, ", ")));
}

std::vector<const trust::Delegation*> lent_now(const approval::Replay& replay, Timestamp now) {
  std::vector<const trust::Delegation*> lent;
  for (const auto& principal : replay.root()->principals()) {
    const auto theirs = replay.trust().lent_to(principal.name, replay.size(), now);
    lent.insert(lent.end(), theirs.begin(), theirs.end());
  }
  return lent;
}

std::string delegation_line(const trust::Delegation& delegation, Timestamp now) {
  return fmt::format("{} signs as {} in {}'s place until {}{}", delegation.to, delegation.role, delegation.from, when(delegation.until, now),
                     verbs_words(delegation));
}

Json delegation_json(const trust::Delegation& delegation) {
  return Json::Object{{"from", delegation.from},
                      {"to", delegation.to},
                      {"role", delegation.role},
                      {"until", blc::to_string(delegation.until)},
                      {"verbs", Json::Array(delegation.verbs.begin(), delegation.verbs.end())}};
}

}  // namespace blc::cli
