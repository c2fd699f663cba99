// What the application itself answers at its base URL. Nothing that it says is repeated, save the status.
#pragma once
#include <chrono>
#include <optional>
#include <string>

#include "core/ports/web.hpp"
#include "core/tier/configuration.hpp"
#include "core/tier/rules.hpp"

namespace blc::tier {

struct Probed {
  std::string subject;  // the setting that names the base URL
  Origin origin;
  std::string kept_from;  // why nobody was asked: "is not set"; empty: it was
  bool over_tls = false;
  ports::WebAnswer base;
  ports::WebAnswer health;
  std::optional<bool> accepts_older{};  // TLS than the rules allow; nothing: it was not seen
};

// Asks the base URL, if the rules (which have a section `probes`) list its host for the tier: itself, the health path below
// it, and whether it takes older TLS. `place`: where a setting that is missing would stand. Errors are those of the port.
[[nodiscard]] Result<Probed> probe(const Rules& rules, const Configuration& configuration, Tier to, const std::string& place, ports::Web& web);

struct ProbeFault {
  std::string detail;   // empty: there is none
  bool unseen = false;  // it could not be looked at, which is no pass
};
// What a rule of the family `probes` says of it.
[[nodiscard]] ProbeFault fault_of(const Rule& rule, const Rules& rules, const Probed& probed, std::chrono::year_month_day today);

}  // namespace blc::tier
