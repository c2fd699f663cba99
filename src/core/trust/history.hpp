#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "core/base/words.hpp"
#include "core/trust/catalog.hpp"
#include "core/trust/root.hpp"

namespace blc::trust {

// Every root and catalog of a ledger with the leaf that brought it. "At size n" is what a reader who has
// seen n entries holds to be in force: the last one at a leaf below n. Nothing is in force at size 0.
class History {
 public:
  void adopt(std::uint64_t leaf, Root root);
  void adopt(std::uint64_t leaf, Catalog catalog);

  [[nodiscard]] const Root* root_at(std::uint64_t size) const;
  [[nodiscard]] const Root* root_version(std::uint64_t version) const;
  [[nodiscard]] const Catalog* catalog_at(std::uint64_t size) const;
  [[nodiscard]] bool empty() const noexcept { return roots_.empty(); }

  // Why no plan may be served in `environment` by a reader who has seen `size` entries, or empty. Outside
  // local the admin threshold, when root and catalog were adopted and now, must reach the greatest number
  // of slots that any catalog so far asked for there (design "Root and catalog").
  [[nodiscard]] std::string unserved(Environment environment, std::uint64_t size) const;

 private:
  struct AdoptedRoot {
    std::uint64_t leaf;
    std::uint64_t under;  // the smaller of the thresholds before and after
    Root root;
  };
  struct AdoptedCatalog {
    std::uint64_t leaf;
    std::uint64_t under;  // the admin threshold in force
    Catalog catalog;
  };
  [[nodiscard]] const AdoptedRoot* adopted_root(std::uint64_t size) const;
  [[nodiscard]] const AdoptedCatalog* adopted_catalog(std::uint64_t size) const;

  std::vector<AdoptedRoot> roots_;
  std::vector<AdoptedCatalog> catalogs_;
};

}  // namespace blc::trust
