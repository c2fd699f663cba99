#include "core/approval/impact.hpp"

#include <optional>

namespace blc::approval {

namespace {

std::optional<Impact> impact_on(const Run& run, const trust::Catalog& current, const trust::Catalog& next) {
  using enum Impact::Needs;
  const auto& name = run.request->request.verb;
  Impact found{others, run.id, name, run.environment, run.claim.has_value(), run.request->by, run.request->at, {}, {}};
  const auto* const before = current.find_verb(name);
  const auto* const after = next.find_verb(name);
  if (before != nullptr) found.before = current.policy().rule(before->classification, run.environment, name).slots;
  if (after == nullptr) {
    found.needs = no_such_verb;
    return before == nullptr ? std::nullopt : std::optional(std::move(found));
  }
  found.after = next.policy().rule(after->classification, run.environment, name).slots;
  if (found.before == found.after) return std::nullopt;
  if (found.after.size() != found.before.size()) found.needs = found.after.size() > found.before.size() ? more : fewer;
  return found;
}

}  // namespace

std::vector<Impact> impact(const Replay& replay, const trust::Catalog& next, Timestamp now) {
  std::vector<Impact> found;
  const auto& current = *replay.catalog();
  const auto take = [&](const Run& run) {
    if (auto on = impact_on(run, current, next)) found.push_back(*std::move(on));
  };
  replay.each_run({.live_at = now}, [&](const Run& run) {
    if (!run.claim && run.environment != Environment::local) take(run);
    return true;
  });
  std::size_t executed = 0;
  replay.each_run({.ends = {ports::RunEnd::succeeded, ports::RunEnd::failed, ports::RunEnd::closed}}, [&](const Run& run) {
    if (run.environment == Environment::local) return true;
    take(run);
    return ++executed < kReplayedRuns;
  });
  return found;
}

}  // namespace blc::approval
