#include "core/approval/governing.hpp"

#include <algorithm>

#include "core/plan/drift.hpp"
#include "core/plan/migration.hpp"

namespace blc::approval {

namespace {

std::unexpected<Error> wrong(std::string what) { return fail(Exit::ledger, std::move(what)); }

Result<> answers_request(const plan::Plan& plan, const RequestFact& request, const Run& run) {
  const auto& resolution = plan.resolution;
  const auto& asked = request.request;
  if (plan.run != run.id || plan.requester != request.by) return wrong("it plans another run or requester");
  if (resolution.verb != asked.verb || resolution.parameters != asked.parameters ||
      resolution.rehearsal != asked.rehearsal)
    return wrong("it plans something else than was asked for");
  if (resolution.environment != run.environment || resolution.classification != run.classification)
    return wrong("it plans for another environment or classification");
  const auto back = resolution.rolls_back ? std::optional(resolution.rolls_back->run) : std::nullopt;
  if (back != asked.rolls_back) return wrong("it takes back another run than was asked for");
  const bool covers = plan.sealed.size() >= asked.sealed.size() &&
                      std::equal(asked.sealed.begin(), asked.sealed.end(), plan.sealed.begin());
  if (!covers) return wrong("it leaves out sealed values of the request");
  return {};
}

// A rollback does what was planned, and signed, with the run that it takes back, and nothing else.
Result<> follows_run(const plan::Resolution& resolution, const Run& undone) {
  if (resolution.fidelity != Fidelity::estimate || resolution.required_run || !resolution.relies_on.empty() || resolution.migrates)
    return wrong("it is no plan of a rollback");
  if (resolution.steps != plan::undo_steps(undone.plan->plan->resolution))
    return wrong("its steps are not the undos of the run that it takes back");
  return {};
}

// Between the tiers that were asked for; outside local into that of the environment, and by the adopted rules.
Result<> migrates_as_asked(const plan::Resolution& resolution, const verb::Verb& verb, const trust::Catalog* catalog) {
  const auto& migrates = resolution.migrates;
  if (migrates.has_value() != verb.migrates.has_value()) return wrong("it does not migrate as its verb does");
  if (!migrates) return {};
  const auto asked = [&](const std::string& parameter, tier::Tier tier) {
    const auto found = resolution.parameters.find(parameter);
    const auto* const text = found == resolution.parameters.end() ? nullptr : found->second.get_if<std::string>();
    const auto parsed = text == nullptr ? fail(Exit::ledger, "no text") : tier::parse_tier(*text);
    return parsed && *parsed == tier;
  };
  if (!asked(verb.migrates->from, migrates->from) || !asked(verb.migrates->to, migrates->to)) return wrong("it migrates between other tiers than was asked for");
  if (resolution.environment == Environment::local) return {};
  if (plan::environment_of(migrates->to) != resolution.environment) return wrong("it migrates to the tier of another environment");
  if (catalog == nullptr || plan::rules_digest(*catalog) != migrates->rules) return wrong("it was held against other rules of tiers than those adopted");
  return {};
}

Result<> follows_verb(const plan::Resolution& resolution, const verb::Verb& verb, const Run* undone) {
  if (verb.name != resolution.verb || verb.classification != resolution.classification)
    return wrong("it does not follow from the verb that it carries");
  if (undone != nullptr) return follows_run(resolution, *undone);
  if (verb.fidelity != resolution.fidelity) return wrong("it does not follow from the verb that it carries");
  const bool same_steps = std::ranges::equal(verb.steps, resolution.steps, [](const auto& declared, const auto& planned) {
    return declared.name == planned.name && declared.effect == planned.effect && declared.timeout == planned.timeout &&
           declared.atomic == planned.atomic && declared.idempotent == planned.idempotent &&
           declared.undo.has_value() == planned.undo.has_value() &&
           declared.confirm.has_value() == planned.confirm.has_value();
  });
  if (!same_steps) return wrong("its steps are not the verb's");
  if (verb.required_run.has_value() != resolution.required_run.has_value())
    return wrong("it asks for another run before it than its verb does");
  if (verb.required_run) {
    const auto& declared = *verb.required_run;
    const auto& planned = *resolution.required_run;
    if (declared.verb != planned.verb || declared.within != planned.within ||
        declared.environment.value_or(resolution.environment) != planned.environment)
      return wrong("it asks for another run before it than its verb does");
  }
  if (!std::ranges::equal(verb.needs(), resolution.relies_on, {}, {}, &plan::Reliance::need))
    return wrong("it does not rely on the consents that its verb asks for");
  return {};
}

}  // namespace

Result<Governed> GoverningCache::load(const plan::Governing& texts) {
  auto& verb = verbs_[texts.verb_path + '\0' + texts.verb_text];
  if (!verb) {
    BLC_TRY(auto loaded, verb::load(texts.verb_text, texts.verb_path));
    verb = std::make_shared<const verb::Verb>(std::move(loaded));
  }
  auto& policy = policies_[texts.approvals_text + '\0' + texts.access_text];
  if (!policy) {
    BLC_TRY(auto loaded, policy::Policy::load(texts.approvals_text, texts.access_text));
    policy = std::make_shared<const policy::Policy>(std::move(loaded));
  }
  auto& environments = environments_[texts.environments_text];
  if (!environments) {
    BLC_TRY(auto loaded, policy::Environments::load(texts.environments_text));
    environments = std::make_shared<const policy::Environments>(std::move(loaded));
  }
  auto& data_classes = data_classes_[texts.data_classes_text];
  if (!data_classes) {
    BLC_TRY(auto loaded, policy::DataClasses::load(texts.data_classes_text));
    data_classes = std::make_shared<const policy::DataClasses>(std::move(loaded));
  }
  return Governed{verb, policy, environments, data_classes};
}

Result<Governed> GoverningCache::check(const plan::Plan& plan, const RequestFact& request, const Run& run,
                                       const trust::Catalog* catalog, const Run* undone) {
  BLC_CHECK(answers_request(plan, request, run));
  const auto& resolution = plan.resolution;
  const auto& texts = resolution.governing;
  if (run.environment != Environment::local) {
    if (catalog == nullptr || !plan::changed_texts(texts, *catalog).empty())
      return wrong("outside local only the adopted catalog's verbs and policies count");
  }
  BLC_TRY(auto governed, load(texts));
  BLC_CHECK(follows_verb(resolution, *governed.verb, undone));
  if (undone == nullptr) BLC_CHECK(migrates_as_asked(resolution, *governed.verb, catalog));
  if (const auto fits = governed.data_classes->check(*governed.verb); !fits) return wrong(fits.error().message);
  if (const auto admitted = governed.data_classes->admit(*governed.verb, run.environment); !admitted) return wrong(admitted.error().message);
  const auto row = resolution.rehearsal ? Environment::production : run.environment;
  if (!policy::same(governed.policy->rule(run.classification, row, resolution.verb), resolution.rule))
    return wrong("its slots are not the policy's");
  return governed;
}

}  // namespace blc::approval
