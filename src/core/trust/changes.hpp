// What a proposed root or catalog changes, in words for whoever is asked to sign it.
#pragma once
#include <string>
#include <vector>

#include "core/trust/catalog.hpp"
#include "core/trust/root.hpp"

namespace blc::trust {

// What changes of one person, verb, file or rule, a line each. Texts are as the proposal has them: not fit to be shown
// before they went through text::display.
struct Change {
  std::string about;  // "ben", "`billing-process run`", "policies/access.yaml"
  std::vector<std::string> what;
  bool operator==(const Change&) const = default;
};

[[nodiscard]] std::vector<Change> changes(const Root& before, const Root& after);
// Verbs, how many sign in which environment, what holds in each, which data where, who may do what; then the files in which all of it stands.
[[nodiscard]] std::vector<Change> changes(const Catalog& before, const Catalog& after);

}  // namespace blc::trust
