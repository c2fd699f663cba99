#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/approval/log.hpp"
#include "core/approval/run.hpp"
#include "core/base/result.hpp"
#include "core/base/secret.hpp"
#include "core/crypto/sealing.hpp"
#include "core/ports/key_wrap.hpp"
#include "core/ports/ledger_store.hpp"
#include "core/ports/randomness.hpp"

namespace blc::approval {

// Seals and opens the values of runs. Opening says nothing of who may: callers check the right and append
// the reveal first.
class Vault {
 public:
  // `kek` is null where this user holds no key-encryption key: then every call is Exit::authentication.
  Vault(ports::Randomness& random, ports::KeyWrap* kek, ports::LedgerStore& store, std::string origin)
      : random_(random), kek_(kek), store_(store), origin_(std::move(origin)) {}

  // Whether sealed values can be opened, or anything sealed, by this user at all.
  [[nodiscard]] bool holds_key() const { return kek_ != nullptr; }

  struct Item {
    ledger::SealedItem item;
    ports::SealedBlob blob;
  };
  [[nodiscard]] Result<Item> seal(const RunScope& scope, const std::string& verb, const std::string& name,
                                  std::string_view plaintext);
  [[nodiscard]] Result<Secret> open(const RunScope& scope, const std::string& verb, const ledger::SealedItem& item);
  // Words of a person: sealed for clinical runs, in clear otherwise. The blob, when there is one, goes to `blobs`.
  [[nodiscard]] Result<Words> words(const RunScope& scope, const std::string& verb, const std::string& name,
                                    const std::string& text, std::vector<ports::SealedBlob>& blobs);
  // The same, of a value that other runs are compared with: with its keyed hash.
  [[nodiscard]] Result<Item> seal_comparable(const RunScope& scope, const std::string& verb, const std::string& name,
                                             std::string_view plaintext);
  // Keyed hash of a value: the same for the same value of that name and verb in one practice, and useless without the key.
  [[nodiscard]] Result<Digest> value_hash(std::string_view verb, std::string_view name, std::string_view plaintext);
  // Keyed hash of a subject: the same for the same subject in one practice, and useless without the key.
  [[nodiscard]] Result<std::string> subject_hash(std::string_view subject);
  // Keyed digest of what is taken out of the system: whoever holds the key can tell whether a paper is the one.
  [[nodiscard]] Result<std::string> export_digest(std::string_view bytes);
  [[nodiscard]] ports::Randomness& random() const { return random_; }

 private:
  [[nodiscard]] crypto::SealContext context(const RunScope& scope, const std::string& verb,
                                            const std::string& name) const;
  ports::Randomness& random_;
  ports::KeyWrap* kek_;
  ports::LedgerStore& store_;
  std::string origin_;
};

// The phi parameters of a request, opened, and its run key.
struct OpenedRequest {
  verb::Values values;
  Secret run_key;
};
[[nodiscard]] Result<OpenedRequest> open_request(Vault& vault, const RunScope& scope, const plan::Request& request,
                                                 const verb::Verb& verb);

[[nodiscard]] RunScope scope_of(const Run& run);

}  // namespace blc::approval
