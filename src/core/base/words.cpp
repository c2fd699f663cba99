#include "core/base/words.hpp"

#include <algorithm>

#include "core/base/names.hpp"

namespace blc {

namespace {

constexpr Names<Environment, 4> kEnvironmentNames{{{Environment::local, "local"},
                                                   {Environment::integration, "integration"},
                                                   {Environment::staging, "staging"},
                                                   {Environment::production, "production"}}};
constexpr Names<Classification, 3> kClassificationNames{{{Classification::personal, "personal"},
                                                         {Classification::business, "business"},
                                                         {Classification::clinical, "clinical"}}};
constexpr Names<Effect, 3> kEffectNames{
    {{Effect::read, "read"}, {Effect::write, "write"}, {Effect::disclose, "disclose"}}};
constexpr Names<Fidelity, 3> kFidelityNames{
    {{Fidelity::exact, "exact"}, {Fidelity::estimate, "estimate"}, {Fidelity::none, "none"}}};

}  // namespace

std::string_view to_string(Environment value) { return name_of(kEnvironmentNames, value); }
std::string_view to_string(Classification value) { return name_of(kClassificationNames, value); }
std::string_view to_string(Effect value) { return name_of(kEffectNames, value); }
std::string_view to_string(Fidelity value) { return name_of(kFidelityNames, value); }

std::optional<Environment> parse_environment(std::string_view name) { return value_of(kEnvironmentNames, name); }
std::optional<Classification> parse_classification(std::string_view name) {
  return value_of(kClassificationNames, name);
}
std::optional<Effect> parse_effect(std::string_view name) { return value_of(kEffectNames, name); }
std::optional<Fidelity> parse_fidelity(std::string_view name) { return value_of(kFidelityNames, name); }

std::optional<Environment> parse_environment_alias(std::string_view name) {
  if (name == "dev" || name == "development") return Environment::local;
  if (name == "prod") return Environment::production;
  return parse_environment(name);
}

std::string_view data_directory(Environment environment) {
  switch (environment) {
    case Environment::local: return "fixtures/mock";
    case Environment::integration:
    case Environment::staging: return "fixtures/synthetic";
    case Environment::production: return "records";
  }
  return "records";
}

bool is_name(std::string_view text) {
  const auto letter = [](char c) { return c >= 'a' && c <= 'z'; };
  return !text.empty() && text.size() <= 32 && letter(text.front()) &&
         std::ranges::all_of(text, [&](char c) { return letter(c) || (c >= '0' && c <= '9') || c == '-'; });
}

}  // namespace blc
