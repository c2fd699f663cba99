// What a file of policy tests says, between its reader and its runner.
#pragma once
#include <array>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/approval/policy_tests.hpp"
#include "core/approval/rights.hpp"
#include "core/approval/slots.hpp"
#include "core/text/yaml.hpp"

namespace blc::approval::policy_test {

// Somebody whom the tests of a file are about: nobody who is enrolled.
struct Person {
  Asker asker;
  crypto::PublicKey key;
  Presence shown;
};
using People = std::map<std::string, Person>;

enum class Holds { yes, no, only };
struct RightsCase {
  std::vector<const Person*> who;
  std::vector<policy::Right> rights;
  Holds expected = Holds::yes;
};

enum class Signed { approved, missing, refused };
struct SignaturesCase {
  const Person* by = nullptr;
  std::vector<const Person*> signers;
  const Person* starter = nullptr;     // who runs it once it is approved
  std::optional<Timestamp> planned{};  // and when it was planned
  std::optional<Timestamp> at{};       // and is to start
  Signed expected = Signed::approved;
};

// What verbs may touch of a class of data there: itself, made-up data in its place, or nothing.
enum class Touched { real, stand_in, no };
struct DataCase {
  std::vector<std::string> classes;
  Touched expected = Touched::no;
};

// What environments.yaml comes to for such a verb there.
struct TermCase {
  std::string term;
  std::string expected;
};

struct Case {
  std::string name;
  std::string source;
  std::vector<policy::VerbTraits> verbs;
  std::vector<Environment> environments;
  std::string because;
  std::variant<RightsCase, SignaturesCase, DataCase, TermCase> asks;
};

inline constexpr std::array<std::string_view, 4> kTerms{"data", "network", "audit", "encryption"};

// The tests of a file, with the people whom they are about, to whom they point. Errors as those of run_policy_tests().
[[nodiscard]] Result<std::vector<Case>> read(const text::Yaml& root, const std::string& file, const trust::Catalog& catalog, People& people);
// Asks of the policy what each test asks, up to the first thing that is not as expected.
[[nodiscard]] std::vector<PolicyTestResult> run(const std::vector<Case>& cases, const trust::Catalog& catalog);

}  // namespace blc::approval::policy_test
