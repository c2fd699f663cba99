#include "core/approval/prerequisite.hpp"

#include <fmt/format.h>

#include "core/crypto/digest.hpp"

namespace blc::approval {

bool ended_as(const Run& run, Ending ending, std::uint64_t size) {
  return run.outcome && run.outcome->leaf < size && run.outcome->ending == ending;
}

std::string unmet_rollback(const Run& run, const Run& undone, const Run* back, std::uint64_t size) {
  const auto suffix = undone.id.suffix();
  if (!ended_as(undone, Ending::succeeded, size)) return fmt::format("run {} has not succeeded; there is nothing to roll back", suffix);
  if (back == nullptr || back->id == run.id || closed(*back) || ended_as(*back, Ending::failed, size)) return {};
  if (ended_as(*back, Ending::succeeded, size)) return fmt::format("run {} was rolled back by run {}", suffix, back->id.suffix());
  return fmt::format("run {} is rolled back by run {}, which has not ended well", suffix, back->id.suffix());
}

std::string unmet_requirement(const Run& run, const Run* latest, const Run* back, const trust::History& trust,
                              std::uint64_t size, Timestamp now) {
  if (!run.plan || !run.plan->plan->resolution.required_run) return {};
  const auto& required = *run.plan->plan->resolution.required_run;
  const auto wanted = fmt::format("{} must have succeeded in {} with the same parameters within {}", required.verb,
                                  blc::to_string(required.environment), blc::to_string(required.within));
  if (latest == nullptr) return wanted + "; it has not run";
  const auto suffix = latest->id.suffix();
  if (!ended_as(*latest, Ending::succeeded, size))
    return fmt::format("{}; its last run {} did not succeed", wanted, suffix);
  if (now - latest->outcome->at > required.within) return fmt::format("{}; its last run {} is too old", wanted, suffix);
  if (back != nullptr && !ended_as(*back, Ending::failed, size))
    return fmt::format("{}; its last run {} was rolled back by run {}", wanted, suffix, back->id.suffix());
  auto in_force = required.verb_text;
  if (run.environment != Environment::local) {
    const auto* const catalog = trust.catalog_at(size);
    const auto* const verb = catalog == nullptr ? nullptr : catalog->find_verb(required.verb);
    if (verb == nullptr) return wanted + "; the adopted catalog no longer has it";
    in_force = crypto::sha256(verb->text);
  }
  if (crypto::sha256(latest->plan->plan->resolution.governing.verb_text) != in_force)
    return fmt::format("{}; the verb has changed since its last run {}", wanted, suffix);
  return {};
}

}  // namespace blc::approval
