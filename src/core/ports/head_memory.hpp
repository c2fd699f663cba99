#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/base/digest.hpp"
#include "core/base/ulid.hpp"

namespace blc::ports {

// The largest head of one ledger that this client verified, kept outside the store: a ledger that does not
// extend it is refused. Losing it loses that memory and nothing else.
class HeadMemory {
 public:
  struct Seen {
    std::uint64_t size = 0;
    Digest root;
    // Signatures of entries below are checked; from here on (the first void entry) they are checked again,
    // so that a void entry never passes for a checked one.
    std::uint64_t checked = 0;
    // How many of the losses that the root lists had come to pass by then: only a later one excuses that this head is gone.
    std::uint64_t losses = 0;
  };
  virtual ~HeadMemory() = default;
  [[nodiscard]] virtual std::optional<Seen> load() = 0;
  virtual void save(const Seen& seen) = 0;
  // What this client calls itself in what it signs: made by `fresh` when it is first asked for.
  virtual ClientId client(const std::function<ClientId()>& fresh) = 0;
  // What this client has signed and sent off.
  struct Signed {
    Digest leaf;
    std::uint64_t size = 0;  // of the ledger that its signer saw: it is not to be looked for before
    std::string what;
  };
  // Before the append.
  virtual void note_signed(const Signed& entry) = 0;
  [[nodiscard]] virtual std::vector<Signed> signed_entries() = 0;
  // Keeps only these: the others have been found in the ledger, or were dropped before they reached it.
  virtual void keep_signed(const std::vector<Signed>& entries) = 0;
};

}  // namespace blc::ports
