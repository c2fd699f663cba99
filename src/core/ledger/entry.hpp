// An entry: a DSSE envelope (github.com/secure-systems-lab/dsse) around a canonical JSON payload, signed with
// SSHSIG over the DSSE PAE. Stored and hashed as the bytes that were written.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/digest.hpp"
#include "core/base/result.hpp"
#include "core/base/time.hpp"
#include "core/base/ulid.hpp"
#include "core/base/words.hpp"
#include "core/crypto/sshsig.hpp"
#include "core/ports/signer.hpp"
#include "core/text/json.hpp"

namespace blc::ledger {

// `unknown` is an authentic entry that this reader cannot judge: it stops the gates it touches.
enum class Kind {
  request, plan, approval, cancel, order, claim, step, heartbeat, resume, outcome, close, note, refusal, reveal, root,
  catalog, proposal, accept, break_glass, review, delegation, exported, tier_check, unknown,
};
[[nodiscard]] std::string_view to_string(Kind kind);
[[nodiscard]] Kind parse_kind(std::string_view name);

// Size and Merkle root of the ledger that a signer saw.
struct Head {
  std::uint64_t size = 0;
  Digest root;
  bool operator==(const Head&) const = default;
};

// What every payload says.
struct Header {
  std::string ledger;  // origin: "<name>/<32 hex digits>"
  EntryId id;
  std::string by;
  Timestamp at;
  std::uint64_t root = 0;  // version of the root in force at `head`
  Head head;
  std::optional<RunId> run;
  std::optional<Environment> environment;
  std::optional<Classification> classification;
  // Where it was signed: an account's memory of this ledger on one machine. It is the signer's own word.
  ClientId client{};
};

struct Entry {
  Kind kind = Kind::unknown;
  std::string type;  // "approval.v1": what the namespace and the payload type are made of
  Header header;
  text::Json body;
  crypto::Sshsig signature;
  std::string payload;  // the signed bytes
};

// Strict: envelope and payload are canonical, every header field is there and well formed, the payload
// type, the payload's kind and the signature's namespace agree. Does not check the signature.
// Errors are Exit::ledger.
[[nodiscard]] Result<Entry> decode_entry(std::string_view bytes);
// Exit::ledger when the entry's own key did not sign it. Says nothing of whose key that is.
[[nodiscard]] Result<> check_signature(const Entry& entry);

[[nodiscard]] std::string encode_payload(Kind kind, const Header& header, const text::Json& body);
// Signs and wraps: the bytes to store. The signer's own errors come through.
[[nodiscard]] Result<std::string> sign_entry(Kind kind, const std::string& payload, ports::Signer& signer);

// DSSE v1 PAE: "DSSEv1" SP LEN(type) SP type SP LEN(body) SP body.
[[nodiscard]] std::string pae(std::string_view payload_type, std::string_view payload);
[[nodiscard]] std::string payload_type(std::string_view type);     // "application/vnd.blc.<kind>.v1+json"
[[nodiscard]] std::string signature_namespace(std::string_view type);  // "blc.<kind>.v1"

// "<name>/<32 hex digits>", the name [a-z][a-z0-9-]{0,31}.
[[nodiscard]] bool is_origin(std::string_view text);

}  // namespace blc::ledger
