// The closed vocabularies of blc. Environment names and aliases are compiled in: no file can add one.
#pragma once
#include <array>
#include <optional>
#include <string>
#include <string_view>

namespace blc {

enum class Environment { local, integration, staging, production };
enum class Classification { personal, business, clinical };  // ordered: a ceiling compares with <=
enum class Effect { read, write, disclose };
enum class Fidelity { exact, estimate, none };  // the best first

inline constexpr std::array kEnvironments{Environment::local, Environment::integration, Environment::staging,
                                          Environment::production};
inline constexpr std::array kClassifications{Classification::personal, Classification::business,
                                             Classification::clinical};

[[nodiscard]] std::string_view to_string(Environment value);
[[nodiscard]] std::string_view to_string(Classification value);
[[nodiscard]] std::string_view to_string(Effect value);
[[nodiscard]] std::string_view to_string(Fidelity value);

// Full names only: what the ledger and policy files use.
[[nodiscard]] std::optional<Environment> parse_environment(std::string_view name);
// Full names and the aliases people type: development, dev, prod.
[[nodiscard]] std::optional<Environment> parse_environment_alias(std::string_view name);
[[nodiscard]] std::optional<Classification> parse_classification(std::string_view name);
[[nodiscard]] std::optional<Effect> parse_effect(std::string_view name);
[[nodiscard]] std::optional<Fidelity> parse_fidelity(std::string_view name);

// The practice's folder that holds this environment's records: mock data only in local, synthetic in
// integration and staging, real only in production (requirements, section 1).
[[nodiscard]] std::string_view data_directory(Environment environment);

// A person's, service's, role's or slot's name: [a-z][a-z0-9-]{0,31}.
[[nodiscard]] bool is_name(std::string_view text);

}  // namespace blc
