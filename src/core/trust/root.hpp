#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/digest.hpp"
#include "core/base/result.hpp"
#include "core/base/words.hpp"
#include "core/crypto/attestation.hpp"
#include "core/crypto/public_key.hpp"
#include "core/text/json.hpp"

namespace blc::trust {

inline constexpr std::string_view kAdminRole = "admin";
// Signs changes of the root beside the admins when one of them is lost. Its key lies where none of them reaches it
// alone, and everybody is shown that it was used.
inline constexpr std::string_view kRecoveryRole = "recovery";
// How long a root serves plans outside local at most before somebody must look at it again; each change begins it anew.
inline constexpr std::chrono::days kRootLifetime{400};
inline constexpr std::string_view kExecutorRole = "executor";
inline constexpr std::string_view kCiRole = "ci";

enum class PrincipalKind { person, service };

// What the maker of a security key said of a key at its enrolment, with all that checking it again takes.
struct Attestation {
  crypto::PublicKey key;
  std::string statement;  // as ssh-keygen -O write-attestation wrote it
  std::string challenge;
  Digest vendor;          // fingerprint of the pinned certificate that it leads to
  bool operator==(const Attestation&) const = default;
};

struct Principal {
  std::string name;
  PrincipalKind kind = PrincipalKind::person;
  std::vector<std::string> roles;
  std::vector<crypto::PublicKey> keys;
  std::set<Environment> environments;  // of an executor: where it resolves and executes
  std::vector<Attestation> attestations{};  // of some of the keys
  std::string full_name{};  // as it is printed beside a signature (21 CFR 11.50(a)(1)), or empty

  [[nodiscard]] bool has_role(std::string_view role) const;
  [[nodiscard]] bool holds(const crypto::PublicKey& key) const;
  [[nodiscard]] const Attestation* attestation(const crypto::PublicKey& key) const;
  // Signs changes of the root: an admin, or who holds the recovery key.
  [[nodiscard]] bool changes_root() const { return has_role(kAdminRole) || has_role(kRecoveryRole); }
  bool operator==(const Principal&) const = default;
};

// What a store lost for good, as when a backup was put back: of a ledger that had `size` entries and this Merkle root
// the first `kept` are left.
struct Loss {
  std::uint64_t kept = 0;
  std::uint64_t size = 0;
  Digest root;
  bool operator==(const Loss&) const = default;
};

// What a root says.
struct RootContent {
  std::uint64_t version = 1;
  std::uint64_t admin_threshold = 1;
  std::vector<Principal> principals{};
  std::set<std::uint64_t> known_void{};
  std::vector<crypto::VendorCertificate> vendors{};
  std::optional<Timestamp> expires{};
  std::vector<Loss> losses{};  // in the order in which they were found; none is ever taken off
};

// The list of principals, keys, roles and thresholds in force. A value of this type is consistent: names
// and key bytes are unique, there are at least as many admins (persons) as the threshold, executors and
// only executors have environments, no person is an executor; each attestation is of a key of its principal and
// names a vendor that is pinned. Whether attestations hold, check_attestations() says.
class Root {
 public:
  static Result<Root> make(RootContent content);
  // The next version, all else as in this one but for what `change` changes.
  [[nodiscard]] Result<Root> next(const std::function<void(RootContent&)>& change) const;
  // Points::checked for a body that was read before and is the same: a thousand points take ten milliseconds.
  static Result<Root> from_json(const text::Json& body, crypto::Points points = crypto::Points::check);
  [[nodiscard]] text::Json to_json() const;

  [[nodiscard]] const RootContent& content() const noexcept { return content_; }
  [[nodiscard]] std::uint64_t version() const noexcept { return content_.version; }
  [[nodiscard]] std::uint64_t admin_threshold() const noexcept { return content_.admin_threshold; }
  [[nodiscard]] const std::vector<Principal>& principals() const noexcept { return content_.principals; }
  // Leaf indexes of void entries that the admins have seen and listed.
  [[nodiscard]] const std::set<std::uint64_t>& known_void() const noexcept { return content_.known_void; }
  [[nodiscard]] const std::vector<Loss>& losses() const noexcept { return content_.losses; }
  // Makers of security keys whose word the admins take.
  [[nodiscard]] const std::vector<crypto::VendorCertificate>& vendors() const noexcept { return content_.vendors; }
  // From then on nothing is planned or run outside local until the next root; it may still be followed by one.
  [[nodiscard]] const std::optional<Timestamp>& expires() const noexcept { return content_.expires; }
  [[nodiscard]] const Principal* find(std::string_view name) const;
  [[nodiscard]] const Principal* owner(const crypto::PublicKey& key) const;
  [[nodiscard]] const Principal* executor(Environment environment) const;

 private:
  RootContent content_;
  std::vector<std::size_t> by_name_;  // places of the principals, their names ascending: decisions look up many
};

// Checks every attestation that `before` (null: none) does not hold already, as at `time`. An attestation is checked
// once, when it enters the root: that its certificates expire later does not undo it.
[[nodiscard]] Result<> check_attestations(const Root& root, const Root* before, Timestamp time);

// A key that changes the root by `next` and did not by `current`: it must accept that first.
struct NewAdminKey {
  std::string name;
  crypto::PublicKey key;
};
[[nodiscard]] std::vector<NewAdminKey> new_admin_keys(const Root& current, const Root& next);

}  // namespace blc::trust
