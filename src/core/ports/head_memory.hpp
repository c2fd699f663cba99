#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/base/digest.hpp"

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
  };
  virtual ~HeadMemory() = default;
  [[nodiscard]] virtual std::optional<Seen> load() = 0;
  virtual void save(const Seen& seen) = 0;
  // What this client has signed and sent off, by leaf hash, with a word on what it is. Noted before the append.
  virtual void note_signed(const Digest& leaf, const std::string& what) = 0;
  [[nodiscard]] virtual std::vector<std::pair<Digest, std::string>> signed_entries() = 0;
  // Keeps only these: the others have been found in the ledger, or were dropped before they reached it.
  virtual void keep_signed(const std::vector<std::pair<Digest, std::string>>& entries) = 0;
};

}  // namespace blc::ports
