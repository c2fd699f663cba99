#include "core/trust/history.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

namespace blc::trust {

namespace {

template <class Adopted>
const Adopted* last_below(const std::vector<Adopted>& adopted, std::uint64_t size) {
  const auto after = std::ranges::lower_bound(adopted, size, {}, &Adopted::leaf);
  return after == adopted.begin() ? nullptr : &*std::prev(after);
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
  roots_.push_back({{leaf, true, under, {}, backing.at, backing.recovery}, std::make_shared<const Root>(std::move(root))});
}

void History::adopt(std::uint64_t leaf, Catalog catalog, Backing backing) {
  const auto under = std::min(read(roots_.back()).admin_threshold(), backing.admins);
  Adoption about{leaf, false, under, {}, backing.at, backing.recovery};
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
    const auto* const from = root_at(size)->find(delegation.from);
    // With the key that lent it: what a stolen one lent ends when it is removed.
    const bool holds = from != nullptr && from->kind == PrincipalKind::person && from->has_role(delegation.role) &&
                       delegation.key && from->holds(*delegation.key);
    if (holds && time <= delegation.until) lent.push_back(&delegation);
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
               fmt::format("{} asks for up to {} signatures, but root and catalog were adopted by {}: one admin "
                           "alone could invent the signers",
                           blc::to_string(environment), most, under == 1 ? "one admin" : fmt::format("{} admins", under)),
               threshold < most ? fmt::format("blc trust set-threshold {}, then blc trust renew and blc catalog adopt under it", most)
               : root->about.under < most ? "blc trust renew, signed by as many admins"
                                          : "blc catalog adopt, signed by as many admins"};
}

}  // namespace blc::trust
