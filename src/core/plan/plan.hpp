#pragma once
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/base/digest.hpp"
#include "core/base/result.hpp"
#include "core/base/time.hpp"
#include "core/base/ulid.hpp"
#include "core/base/words.hpp"
#include "core/ledger/sealed_list.hpp"
#include "core/policy/policy.hpp"
#include "core/privacy/need.hpp"
#include "core/text/json.hpp"
#include "core/tier/tiers.hpp"

namespace blc::plan {

// The name under which each run's own key is sealed: digests of anything that may hold PHI are keyed with it.
inline constexpr std::string_view kRunKey = "run-key";

// What a person asked for. `parameters` holds values, or {"sealed": n} into `sealed` where phi.
struct Request {
  std::string verb;
  text::Json::Object parameters;
  std::optional<std::string> subject;  // keyed hash, hex
  std::vector<ledger::SealedItem> sealed;
  bool rehearsal = false;  // local with production's slots (BLC_APPROVAL_REQUIRED)
  std::optional<RunId> rolls_back{};  // the run whose effects this one is to take back

  [[nodiscard]] text::Json to_json() const;
  static Result<Request> from_json(const text::Json& body);
};

// A program as it would be started. Standard input is a list of pieces: text, {"parameter": phi parameter},
// {"stdout": step}; argv is plain text, for rule 4 keeps unknown values and PHI out of it.
struct PlannedCommand {
  std::vector<std::string> argv;
  std::optional<text::Json::Array> standard_input;
  std::vector<std::string> sees;  // labels of the observed files in its view
  std::string summary{};          // of an undo: how the step is taken back, where the verb says it

  bool operator==(const PlannedCommand&) const = default;
};

struct PlannedStep {
  std::string name;
  std::string summary;
  Effect effect = Effect::read;
  PlannedCommand run;
  std::optional<PlannedCommand> preview;
  std::optional<PlannedCommand> undo;
  std::optional<PlannedCommand> confirm;
  std::map<std::string, std::string> environment;
  std::vector<std::string> writes;  // labels of folders
  std::chrono::seconds timeout{};
  std::uint64_t output_limit = 0;   // bytes of stdout; more is a failure
  bool atomic = false;
  bool idempotent = false;
  bool at_planning = false;  // a read step before the first effect: its output is an observation

  bool operator==(const PlannedStep&) const = default;
};

// The text of verb and policies that govern the run; outside local equal to the catalog's.
struct Governing {
  std::string verb_path;
  std::string verb_text;
  std::string approvals_text;
  std::string access_text;
  std::string environments_text{};
  std::string data_classes_text{};
};

struct RequiredRun {
  std::string verb;
  Environment environment = Environment::local;
  std::chrono::seconds within{};
  Digest verb_text;  // SHA-256 of the required verb's text in the catalog (in local: file) in force
};

// A resource of the practice's registers that lets the run be. A rollback, which only takes back, relies on none.
struct Reliance {
  privacy::Need need;
  std::string id;      // with the subject's parameter in place of its value
  std::string version;
  std::string digest;  // of its bytes, always keyed
  std::optional<Timestamp> until{};  // it ends by itself then

  bool operator==(const Reliance&) const = default;
};

// An application's settings, held against the rules of the tier that it migrates to. Names of settings only.
struct Migration {
  tier::Tier from = tier::Tier::development;
  tier::Tier to = tier::Tier::development;
  Digest settings;  // of all settings and values, in the tier that it migrates to
  Digest below;     // and in the one that it comes from
  Digest rules;     // of the rules and waivers
  std::vector<std::string> told;     // what warned or is waived: "BLC-TIER-055 APP_DATABASE_URL (warn)"
  std::vector<std::string> changed;  // settings that say something else than below
  std::vector<std::string> added;    // that are not set below
  std::vector<std::string> removed;  // that are set only below
  // Who recorded that the tier below passed, and on which day. A later record takes its place without a drift.
  struct Evidence {
    std::string by;
    std::string on;
  };
  std::optional<Evidence> evidence{};
};

// Of a rollback: the run that it takes back, and what its undos would find otherwise than that run left it.
struct RolledBack {
  RunId run;
  std::vector<std::string> changed;  // names of observations
};

// The part that execution resolves again and compares.
struct Resolution {
  std::string verb;
  Classification classification = Classification::clinical;
  Environment environment = Environment::local;
  Fidelity fidelity = Fidelity::none;
  bool rehearsal = false;
  text::Json::Object parameters;
  std::string isolation;
  std::vector<PlannedStep> steps;
  // What was read from the world: "file verbs/bin/x" -> "sha256:...", "program perl" -> ..., "output of total" ->
  // ...; keyed ("hmac-sha256:...") where it may hold PHI.
  std::map<std::string, std::string> observations;
  policy::ApprovalRule rule;
  std::optional<RequiredRun> required_run;
  Governing governing;
  std::optional<RolledBack> rolls_back{};
  std::vector<Reliance> relies_on{};
  std::optional<Migration> migrates{};

  [[nodiscard]] text::Json to_json() const;
};

// The steps of a run that takes this one back: its undos as they were planned, the last effect's first. Effects
// without one stay.
[[nodiscard]] std::vector<PlannedStep> undo_steps(const Resolution& done);

// What the ledger's `plan` entry carries.
struct Plan {
  RunId run;
  std::string requester;
  Timestamp deadline;
  std::vector<ledger::SealedItem> sealed;         // the request's, then the previews'
  std::map<std::string, text::Json> previews;     // step -> text or {"sealed": n}
  Resolution resolution;

  [[nodiscard]] text::Json to_json() const;
  static Result<Plan> from_json(const text::Json& body);
  // SHA-256 over the canonical bytes of to_json().
  [[nodiscard]] PlanDigest digest() const;
};

}  // namespace blc::plan
