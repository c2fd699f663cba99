#include <fmt/format.h>

#include <algorithm>

#include "core/trust/changes.hpp"

namespace blc::trust {

namespace {

std::string list(const std::vector<std::string>& names) { return fmt::format("{}", fmt::join(names, ", ")); }

std::string list(const std::set<Environment>& environments) {
  std::vector<std::string> names;
  for (const auto environment : environments) names.emplace_back(to_string(environment));
  return names.empty() ? "none" : list(names);
}

std::string key_words(const Principal& owner, const crypto::PublicKey& key) {
  return fmt::format("key {}{}", key.fingerprint(), owner.attestation(key) != nullptr ? ", attested by its maker" : "");
}

std::vector<std::string> differences(const Principal& before, const Principal& after) {
  std::vector<std::string> what;
  if (before.kind != after.kind) what.emplace_back(after.kind == PrincipalKind::person ? "a person, no longer a service" : "a service, no longer a person");
  auto roles_before = before.roles;
  auto roles_after = after.roles;
  std::ranges::sort(roles_before);
  std::ranges::sort(roles_after);
  if (roles_before != roles_after) what.push_back(fmt::format("roles {} -> {}", list(before.roles), list(after.roles)));
  if (before.full_name != after.full_name)
    what.push_back(after.full_name.empty() ? "is no longer printed with a full name" : fmt::format("is printed as {}", after.full_name));
  if (before.environments != after.environments) what.push_back(fmt::format("serves {} -> {}", list(before.environments), list(after.environments)));
  for (const auto& key : before.keys) {
    if (!after.holds(key)) what.push_back("loses the " + key_words(before, key));
  }
  for (const auto& key : after.keys) {
    if (!before.holds(key)) what.push_back("gets the " + key_words(after, key));
    const bool attested = after.attestation(key) != nullptr;
    if (before.holds(key) && attested != (before.attestation(key) != nullptr))
      what.push_back(fmt::format("key {} is {}", key.fingerprint(), attested ? "now attested by its maker" : "no longer attested"));
  }
  return what;
}

void people(const Root& before, const Root& after, std::vector<Change>& found) {
  for (const auto& principal : after.principals()) {
    const auto* const known = before.find(principal.name);
    if (known != nullptr) {
      if (auto what = differences(*known, principal); !what.empty()) found.push_back({principal.name, std::move(what)});
      continue;
    }
    Change added{principal.name, {fmt::format("new{}: {}", principal.kind == PrincipalKind::service ? " service" : "", list(principal.roles))}};
    if (!principal.environments.empty()) added.what.push_back("serves " + list(principal.environments));
    for (const auto& key : principal.keys) added.what.push_back("with the " + key_words(principal, key));
    found.push_back(std::move(added));
  }
  for (const auto& principal : before.principals()) {
    if (after.find(principal.name) == nullptr) found.push_back({principal.name, {fmt::format("removed; was {}", list(principal.roles))}});
  }
}

void vendors(const Root& before, const Root& after, std::vector<Change>& found) {
  for (const auto& vendor : after.vendors()) {
    if (std::ranges::find(before.vendors(), vendor) == before.vendors().end())
      found.push_back({vendor.subject(), {"pinned as a maker of security keys, SHA-256 " + vendor.fingerprint().hex()}});
  }
  for (const auto& vendor : before.vendors()) {
    if (std::ranges::find(after.vendors(), vendor) == after.vendors().end()) found.push_back({vendor.subject(), {"no longer taken at its word"}});
  }
}

void entries(const Root& before, const Root& after, std::vector<Change>& found) {
  for (const auto leaf : after.known_void()) {
    if (!before.known_void().contains(leaf)) found.push_back({fmt::format("Entry {} of the ledger", leaf), {"listed as void and known"}});
  }
  for (std::size_t i = before.losses().size(); i < after.losses().size(); ++i) {
    const auto& loss = after.losses()[i];
    found.push_back({"Backup put back", {fmt::format("entries {} to {} of the ledger are lost for good", loss.kept, loss.size - 1),
                                         fmt::format("whoever verified them goes on without them; the lost head is {} {}", loss.size, loss.root.hex())}});
  }
  for (const auto leaf : before.known_void()) {
    if (!after.known_void().contains(leaf)) found.push_back({fmt::format("Entry {} of the ledger", leaf), {"no longer listed as void and known"}});
  }
}

}  // namespace

std::vector<Change> changes(const Root& before, const Root& after) {
  std::vector<Change> found;
  if (before.admin_threshold() != after.admin_threshold())
    found.push_back({"Admins who must sign a change", {fmt::format("{} -> {}", before.admin_threshold(), after.admin_threshold())}});
  people(before, after, found);
  vendors(before, after, found);
  entries(before, after, found);
  if (before.expires() != after.expires() && after.expires()) found.push_back({"Serves", {"until " + blc::to_string(*after.expires())}});
  if (before.expires() && !after.expires()) found.push_back({"Serves", {"without end"}});
  return found;
}

}  // namespace blc::trust
