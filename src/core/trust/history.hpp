#pragma once
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/base/words.hpp"
#include "core/ports/ledger_index.hpp"
#include "core/trust/catalog.hpp"
#include "core/trust/delegation.hpp"
#include "core/trust/root.hpp"

namespace blc::trust {

using ports::Adoption;

// Every root and catalog of a ledger with the leaf that brought it. "At size n" is what a reader who has
// seen n entries holds to be in force: the last one at a leaf below n. Nothing is in force at size 0.
class History {
 public:
  // Reads a root or catalog that was adopted before.
  struct Source {
    std::function<Root(std::uint64_t leaf)> root;
    std::function<Catalog(std::uint64_t leaf)> catalog;
  };
  History() = default;
  // Goes on after what was adopted, oldest first; each is read when it is first asked for.
  History(const std::vector<Adoption>& adopted, Source source);

  // Who stood behind what was adopted, and when. `admins`: as many persons as were admins themselves.
  struct Backing {
    std::uint64_t admins = std::numeric_limits<std::uint64_t>::max();
    bool recovery = false;
    Timestamp at{};
    Timestamp heard{};  // of executors, before it
  };
  void adopt(std::uint64_t leaf, Root root, Backing backing);
  void adopt(std::uint64_t leaf, Catalog catalog, Backing backing);

  void delegate(Delegation delegation) { delegations_.push_back(std::move(delegation)); }
  [[nodiscard]] const std::vector<Delegation>& delegations() const noexcept { return delegations_; }
  // What is lent to `to` at `size` and `time`, by people who have held role and key themselves ever since; oldest first.
  // Nothing is lent on: what somebody was lent, they do not hold.
  [[nodiscard]] std::vector<const Delegation*> lent_to(std::string_view to, std::uint64_t size, Timestamp time) const;

  [[nodiscard]] const Root* root_at(std::uint64_t size) const;
  [[nodiscard]] const Root* root_version(std::uint64_t version) const;
  [[nodiscard]] const Catalog* catalog_at(std::uint64_t size) const;
  // The roles that a person has held with that key in every root that was in force from `from` entries on to `to`; nullopt
  // where they were not enrolled so in one of them. What was taken away and given back is held anew.
  [[nodiscard]] std::optional<std::vector<std::string>> roles_throughout(std::string_view name, const crypto::PublicKey& key, std::uint64_t from,
                                                                         std::uint64_t to) const;
  [[nodiscard]] bool empty() const noexcept { return roots_.empty(); }
  // Those adopted at this leaf or a later one, oldest first.
  [[nodiscard]] std::vector<Adoption> adopted_since(std::uint64_t leaf) const;
  // The last root that was signed with the recovery key; nullptr when there is none.
  [[nodiscard]] const Adoption* last_recovery() const;
  // How the root, or the catalog, in force at that size was adopted; nullptr when there is none.
  [[nodiscard]] const Adoption* root_adoption(std::uint64_t size) const;
  [[nodiscard]] const Adoption* catalog_adoption(std::uint64_t size) const;

  // Why no plan may be served in `environment` by a reader who has seen `size` entries, at `now`; or nullopt. Outside
  // local root and catalog must not be dated ahead, the root must not have expired, and the admin threshold, when they were
  // adopted and now, must reach the greatest number of slots that any catalog so far asked for there (design "Root and
  // catalog").
  [[nodiscard]] std::optional<Error> unserved(Environment environment, std::uint64_t size, Timestamp now) const;

 private:
  template <class T>
  struct Adopted {
    Adoption about;
    mutable std::shared_ptr<const T> value;  // null until it is read
    [[nodiscard]] std::uint64_t leaf() const { return about.leaf; }
  };
  [[nodiscard]] const Root& read(const Adopted<Root>& adopted) const;
  [[nodiscard]] const Catalog& read(const Adopted<Catalog>& adopted) const;

  Source source_;
  std::vector<Adopted<Root>> roots_;
  std::vector<Adopted<Catalog>> catalogs_;
  std::vector<Delegation> delegations_;  // in ledger order
};

}  // namespace blc::trust
