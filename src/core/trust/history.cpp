#include "core/trust/history.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace blc::trust {

namespace {

template <class Adopted>
const Adopted* last_below(const std::vector<Adopted>& adopted, std::uint64_t size) {
  const auto after = std::ranges::lower_bound(adopted, size, {}, &Adopted::leaf);
  return after == adopted.begin() ? nullptr : &*std::prev(after);
}

}  // namespace

void History::adopt(std::uint64_t leaf, Root root) {
  const auto threshold = root.admin_threshold();
  const auto under = roots_.empty() ? threshold : std::min(threshold, roots_.back().root.admin_threshold());
  roots_.push_back({leaf, under, std::move(root)});
}

void History::adopt(std::uint64_t leaf, Catalog catalog) {
  catalogs_.push_back({leaf, roots_.back().root.admin_threshold(), std::move(catalog)});
}

const History::AdoptedRoot* History::adopted_root(std::uint64_t size) const { return last_below(roots_, size); }
const History::AdoptedCatalog* History::adopted_catalog(std::uint64_t size) const {
  return last_below(catalogs_, size);
}

const Root* History::root_at(std::uint64_t size) const {
  const auto* const adopted = adopted_root(size);
  return adopted == nullptr ? nullptr : &adopted->root;
}

const Root* History::root_version(std::uint64_t version) const {
  return version == 0 || version > roots_.size() ? nullptr : &roots_[version - 1].root;
}

const Catalog* History::catalog_at(std::uint64_t size) const {
  const auto* const adopted = adopted_catalog(size);
  return adopted == nullptr ? nullptr : &adopted->catalog;
}

std::string History::unserved(Environment environment, std::uint64_t size) const {
  const auto* const root = adopted_root(size);
  const auto* const catalog = adopted_catalog(size);
  if (root == nullptr || catalog == nullptr) return "the ledger has no root or no catalog yet";
  if (environment == Environment::local) return {};
  std::uint64_t most = 0;
  for (const auto& adopted : catalogs_) {
    if (adopted.leaf < size)
      most = std::max<std::uint64_t>(most, adopted.catalog.policy().most_slots(environment));
  }
  const auto under = std::min({root->under, catalog->under, root->root.admin_threshold()});
  if (under >= most) return {};
  return fmt::format(
      "{} asks for up to {} signatures, but root and catalog were adopted under an admin threshold of {}: one admin "
      "alone could invent the signers",
      blc::to_string(environment), most, under);
}

}  // namespace blc::trust
