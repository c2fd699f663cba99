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

void History::adopt(std::uint64_t leaf, Root root) {
  const auto threshold = root.admin_threshold();
  const auto under = roots_.empty() ? threshold : std::min(threshold, read(roots_.back()).admin_threshold());
  roots_.push_back({{leaf, true, under, {}}, std::make_shared<const Root>(std::move(root))});
}

void History::adopt(std::uint64_t leaf, Catalog catalog) {
  Adoption about{leaf, false, read(roots_.back()).admin_threshold(), {}};
  for (std::size_t i = 0; i < kEnvironments.size(); ++i)
    about.most_slots.at(i) = catalog.policy().most_slots(kEnvironments.at(i));
  catalogs_.push_back({about, std::make_shared<const Catalog>(std::move(catalog))});
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

std::string History::unserved(Environment environment, std::uint64_t size) const {
  const auto* const root = last_below(roots_, size);
  const auto* const catalog = last_below(catalogs_, size);
  if (root == nullptr || catalog == nullptr) return "the ledger has no root or no catalog yet";
  if (environment == Environment::local) return {};
  std::uint64_t most = 0;
  for (const auto& adopted : catalogs_) {
    if (adopted.leaf() < size) most = std::max(most, adopted.about.most_slots.at(static_cast<std::size_t>(environment)));
  }
  const auto under = std::min({root->about.under, catalog->about.under, read(*root).admin_threshold()});
  if (under >= most) return {};
  return fmt::format(
      "{} asks for up to {} signatures, but root and catalog were adopted under an admin threshold of {}: one admin "
      "alone could invent the signers",
      blc::to_string(environment), most, under);
}

}  // namespace blc::trust
