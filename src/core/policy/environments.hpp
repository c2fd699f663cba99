#pragma once
#include <array>
#include <chrono>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.hpp"
#include "core/base/words.hpp"

namespace blc::policy {

enum class DataKind { mock, synthetic, anonymised, real };
enum class AuditLevel { basic, full, comprehensive, immutable };  // each asks for what the ones before it ask for
enum class EncryptionLevel { basic, standard, envelope };         // likewise
enum class Control { audit_logging, encryption, phi_encryption };

inline constexpr std::array kControls{Control::audit_logging, Control::encryption, Control::phi_encryption};

[[nodiscard]] std::string_view to_string(DataKind kind);
[[nodiscard]] std::string_view to_string(AuditLevel level);
[[nodiscard]] std::string_view to_string(EncryptionLevel level);
[[nodiscard]] std::string_view to_string(Control control);  // "phi-encryption"
// The setting that is held against it: "BLC_PHI_ENCRYPTION".
[[nodiscard]] std::string_view setting_of(Control control);

// What a classification asks for wherever its verbs run (requirements, section 1). An environment may ask for more.
[[nodiscard]] AuditLevel least_audit(Classification classification);

// What holds in one environment, for every run there.
struct EnvironmentTerms {
  std::set<DataKind> data;
  std::vector<std::string> hosts;  // what a step may speak to, in the order of the file; empty: nothing
  AuditLevel audit = AuditLevel::immutable;
  EncryptionLevel encryption = EncryptionLevel::envelope;
  std::set<Control> controls;  // what no setting switches off
  std::chrono::seconds rto{};  // until it serves again
  std::chrono::seconds rpo{};  // how much of the past may be lost
  std::map<std::string, int> lines{};  // key -> where it stands
};

// The practice's environments.yaml, complete: every environment once, none below the floor that is compiled in
// (requirements, section 1).
class Environments {
 public:
  static constexpr std::string_view kPath = "policies/environments.yaml";

  // Errors are Exit::usage: file, line, column, what was expected.
  static Result<Environments> load(std::string_view text);

  [[nodiscard]] const EnvironmentTerms& at(Environment environment) const { return terms_.at(environment); }
  // Where that key of the environment stands: "policies/environments.yaml:23". A control is a key as well.
  [[nodiscard]] std::string source(Environment environment, std::string_view key) const;
  // What is recorded of a run: the higher of what its environment and its classification ask for.
  [[nodiscard]] AuditLevel audit(Environment environment, Classification classification) const;

 private:
  std::map<Environment, EnvironmentTerms> terms_;
};

}  // namespace blc::policy
