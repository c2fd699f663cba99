#include "core/approval/prerequisite.hpp"

#include <fmt/format.h>

#include "core/crypto/digest.hpp"

namespace blc::approval {

std::string unmet_requirement(const Run& run, const Run* latest, const trust::History& trust, std::uint64_t size, Timestamp now) {
  if (!run.plan || !run.plan->plan->resolution.required_run) return {};
  const auto& required = *run.plan->plan->resolution.required_run;
  const auto wanted = fmt::format("{} must have succeeded in {} with the same parameters within {}", required.verb,
                                  blc::to_string(required.environment), blc::to_string(required.within));
  if (latest == nullptr) return wanted + "; it has not run";
  const auto suffix = latest->id.suffix();
  if (!latest->outcome || latest->outcome->leaf >= size || latest->outcome->ending != Ending::succeeded)
    return fmt::format("{}; its last run {} did not succeed", wanted, suffix);
  if (now - latest->outcome->at > required.within) return fmt::format("{}; its last run {} is too old", wanted, suffix);
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
