#include "core/trust/history.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "core/base/skew.hpp"

namespace blc::trust {

namespace {

template <class Adopted>
const Adopted* last_below(const std::vector<Adopted>& adopted, std::uint64_t size) {
  const auto after = std::ranges::lower_bound(adopted, size, {}, &Adopted::leaf);
  return after == adopted.begin() ? nullptr : &*std::prev(after);
}

// How many admins stand behind what counts, where that is fewer than the signatures that it asks for.
std::string too_few(std::uint64_t admins) {
  if (admins == 0) return "no admin: whoever holds the recovery key could invent the signers";
  if (admins == 1) return "one admin: one admin alone could invent the signers";
  return fmt::format("{0} admins: {0} admins together could invent the signers", admins);
}

}  // namespace

History::History(const std::vector<Adoption>& adopted, Source source) : source_(std::move(source)) {
  for (const auto& about : adopted) {
    if (about.root) {
      roots_.push_back({about, nullptr});
    } else {
      catalogs_.push_back({about, nullptr});
    }
  }
}

const Root& History::read(const Adopted<Root>& adopted) const {
  if (!adopted.value) adopted.value = std::make_shared<const Root>(source_.root(adopted.leaf()));
  return *adopted.value;
}

const Catalog& History::read(const Adopted<Catalog>& adopted) const {
  if (!adopted.value) adopted.value = std::make_shared<const Catalog>(source_.catalog(adopted.leaf()));
  return *adopted.value;
}

void History::adopt(std::uint64_t leaf, Root root, Backing backing) {
  const auto threshold = root.admin_threshold();
  const auto before = roots_.empty() ? threshold : read(roots_.back()).admin_threshold();
  const auto under = std::min({threshold, before, backing.admins});
  roots_.push_back({{leaf, true, under, {}, backing.at, backing.recovery, backing.heard}, std::make_shared<const Root>(std::move(root))});
}

void History::adopt(std::uint64_t leaf, Catalog catalog, Backing backing) {
  const auto under = std::min(read(roots_.back()).admin_threshold(), backing.admins);
  Adoption about{leaf, false, under, {}, backing.at, backing.recovery, backing.heard};
  for (std::size_t i = 0; i < kEnvironments.size(); ++i)
    about.most_slots.at(i) = catalog.policy().most_slots(kEnvironments.at(i));
  catalogs_.push_back({about, std::make_shared<const Catalog>(std::move(catalog))});
}

std::vector<const Delegation*> History::lent_to(std::string_view to, std::uint64_t size, Timestamp time) const {
  std::vector<const Delegation*> lent;
  for (const auto& delegation : delegations_) {
    if (delegation.leaf >= size || delegation.to != to) continue;
    if (delegation.ends) {
      std::erase_if(lent, [&](const auto* earlier) { return earlier->from == delegation.from && earlier->role == delegation.role; });
      continue;
    }
    if (!delegation.key || time > delegation.until) continue;
    // With the key that lent it: what a stolen one lent ends when it is removed.
    const auto held = roles_throughout(delegation.from, *delegation.key, delegation.leaf, size);
    if (held && std::ranges::find(*held, delegation.role) != held->end()) lent.push_back(&delegation);
  }
  return lent;
}

const Root* History::root_at(std::uint64_t size) const {
  const auto* const adopted = last_below(roots_, size);
  return adopted == nullptr ? nullptr : &read(*adopted);
}

const Root* History::root_version(std::uint64_t version) const {
  return version == 0 || version > roots_.size() ? nullptr : &read(roots_[version - 1]);
}

const Catalog* History::catalog_at(std::uint64_t size) const {
  const auto* const adopted = last_below(catalogs_, size);
  return adopted == nullptr ? nullptr : &read(*adopted);
}

std::optional<std::vector<std::string>> History::roles_throughout(std::string_view name, const crypto::PublicKey& key, std::uint64_t from,
                                                                  std::uint64_t to) const {
  const auto begin = std::ranges::lower_bound(roots_, from, {}, &Adopted<Root>::leaf);
  if (begin == roots_.begin()) return std::nullopt;
  std::vector<std::string> held;
  const auto first = std::prev(begin);
  for (auto root = first; root == first || (root != roots_.end() && root->leaf() < to); ++root) {
    const auto* const principal = read(*root).find(name);
    if (principal == nullptr || principal->kind != PrincipalKind::person || !principal->holds(key)) return std::nullopt;
    if (root == first) {
      held = principal->roles;
    } else {
      std::erase_if(held, [&](const auto& role) { return !principal->has_role(role); });
    }
  }
  return held;
}

const Adoption* History::last_recovery() const {
  const auto found = std::ranges::find_if(roots_.rbegin(), roots_.rend(), [](const auto& adopted) { return adopted.about.recovery; });
  return found == roots_.rend() ? nullptr : &found->about;
}

std::vector<Adoption> History::adopted_since(std::uint64_t leaf) const {
  std::vector<Adoption> all;
  for (const auto& adopted : roots_) all.push_back(adopted.about);
  for (const auto& adopted : catalogs_) all.push_back(adopted.about);
  std::erase_if(all, [&](const auto& about) { return about.leaf < leaf; });
  std::ranges::sort(all, {}, &Adoption::leaf);
  return all;
}

const Adoption* History::root_adoption(std::uint64_t size) const {
  const auto* const adopted = last_below(roots_, size);
  return adopted == nullptr ? nullptr : &adopted->about;
}

const Adoption* History::catalog_adoption(std::uint64_t size) const {
  const auto* const adopted = last_below(catalogs_, size);
  return adopted == nullptr ? nullptr : &adopted->about;
}

std::optional<Error> History::unserved(Environment environment, std::uint64_t size, Timestamp now) const {
  const auto* const root = last_below(roots_, size);
  const auto* const catalog = last_below(catalogs_, size);
  if (root == nullptr || catalog == nullptr) return Error{Exit::refused, "the ledger has no root or no catalog yet", {}};
  if (environment == Environment::local) return std::nullopt;
  for (const auto& [about, what] : {std::pair{&root->about, "list of people and keys"}, {&catalog->about, "catalog"}}) {
    if (about->at > now + kSkew)
      return Error{Exit::refused, fmt::format("the {} in force is dated {}, which is yet to come", what, blc::to_string(about->at)),
                   about->root ? "an admin renews it by a right clock: blc trust renew" : "an admin adopts it anew by a right clock: blc catalog adopt"};
  }
  const auto& expires = read(*root).expires();
  if (expires && now > *expires)
    return Error{Exit::refused, fmt::format("the list of people and keys (root {}) expired {}", read(*root).version(), blc::to_string(*expires)),
                 "an admin renews it: blc trust renew"};
  std::uint64_t most = 0;
  for (const auto& adopted : catalogs_) {
    if (adopted.leaf() < size) most = std::max(most, adopted.about.most_slots.at(static_cast<std::size_t>(environment)));
  }
  const auto threshold = read(*root).admin_threshold();
  const auto under = std::min({root->about.under, catalog->about.under, threshold});
  if (under >= most) return std::nullopt;
  return Error{Exit::refused,
               fmt::format("{} asks for up to {}, but root and catalog were adopted by {}", blc::to_string(environment),
                           most == 1 ? "1 signature" : fmt::format("{} signatures", most), too_few(under)),
               threshold < most ? fmt::format("blc trust set-threshold {}, then blc trust renew and blc catalog adopt under it", most)
               : root->about.under < most ? "blc trust renew, signed by as many admins"
                                          : "blc catalog adopt, signed by as many admins"};
}

}  // namespace blc::trust
