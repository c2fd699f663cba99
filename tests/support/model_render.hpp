#pragma once
#include <string>

#include "core/approval/replay.hpp"
#include "core/ledger/entry.hpp"
#include "support/model.hpp"

namespace blc::testing::model {

inline constexpr std::string_view kOrigin = "model/00112233445566778899aabbccddeeff";

[[nodiscard]] RunId run_id(int run);
[[nodiscard]] LeafHash hash_of(int hash);
// The Ed25519 key with that number, the same in every process.
[[nodiscard]] const crypto::PublicKey& key_of(int key);
// Two of three are security keys'.
[[nodiscard]] constexpr bool is_token(int key) { return key % 3 != 0; }
[[nodiscard]] Environment environment_of(const std::string& name);

// Of the verbs in a catalog with that text.
[[nodiscard]] Fidelity fidelity_of(int verb_text);

// What a plan entry says beside the model's fields: who asked, and how it fails to follow when it does not.
struct PlanDetails {
  std::string requester;
  bool wrong_rule = false;
};
// Fills `digest` of a plan. The entry's own environment, policy and verb text are used.
[[nodiscard]] text::Json plan_body(Entry& entry, const PlanDetails& details);
[[nodiscard]] std::string wrong_digest();

// The model's entry as the ledger's, whole but for the signature's bytes. `body`: of a plan, made before.
[[nodiscard]] ledger::Entry render(const Entry& entry, const ledger::Tree& tree, const text::Json& body);

}  // namespace blc::testing::model
