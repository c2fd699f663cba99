#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.hpp"
#include "core/crypto/sealing.hpp"
#include "core/text/json.hpp"

namespace blc::ledger {

// One sealed value that an entry cites: {"name", "commitment", "ciphertext"} in its "sealed" list, referred to
// elsewhere in the body as {"sealed": <position in the list>}. Parameters and previews carry "keyed" too: a hash
// under the practice's key, the same for the same value of that name and verb in every run.
struct SealedItem {
  std::string name;
  crypto::SealedRef ref;
  std::optional<Digest> keyed{};
  bool operator==(const SealedItem&) const = default;
};

[[nodiscard]] text::Json to_json(const std::vector<SealedItem>& items);
[[nodiscard]] Result<std::vector<SealedItem>> sealed_items(const text::Json& list);

// The position that {"sealed": n} refers to; nullopt for any other value.
[[nodiscard]] std::optional<std::size_t> sealed_position(const text::Json& value);
[[nodiscard]] text::Json sealed_reference(std::size_t position);

}  // namespace blc::ledger
