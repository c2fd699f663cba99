#pragma once
#include <cstddef>
#include <string>
#include <vector>

#include "core/approval/replay.hpp"
#include "core/trust/catalog.hpp"

namespace blc::approval {

inline constexpr std::size_t kReplayedRuns = 200;

// What somebody does for a run, or could do, and would no longer be allowed to.
struct Lost {
  enum class Act { ask, sign, order } act = Act::sign;
  std::string name;
  bool operator==(const Lost&) const = default;
};

// What a run that waits, or was executed, would need under another catalog.
struct Impact {
  enum class Needs { more, fewer, others, no_such_verb } needs = Needs::others;
  RunId run;
  std::string verb;
  Environment environment = Environment::local;
  bool executed = false;
  std::string by;
  Timestamp at;
  std::vector<policy::Slot> before;
  std::vector<policy::Slot> after;
  std::vector<Lost> lost{};  // by those who did it; of a run that waits, by all who could sign it too
};

// Holds the runs that wait and the last kReplayedRuns executed ones outside local against `next`: those for which more,
// fewer or other signatures would be asked than by the catalog in force, or which would need other people.
[[nodiscard]] std::vector<Impact> impact(const Replay& replay, const trust::Catalog& next, Timestamp now);

}  // namespace blc::approval
