#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "core/base/digest.hpp"

namespace blc::ports {

// One sealed value's ciphertext and wraps; kept beside the entries, destroyed when it is shredded.
struct SealedBlob {
  Digest digest;  // SHA-256 of the ciphertext: what entries cite
  std::string bytes;
};

enum class Appended { yes, conflict };

// Keeps entries as the bytes that were written, in order, and never changes one.
// Broken surroundings throw Broken; after a throw the entry may or may not be stored.
class LedgerStore {
 public:
  virtual ~LedgerStore() = default;
  [[nodiscard]] virtual std::uint64_t size() = 0;
  // Durable when it returns yes. `conflict`, and nothing stored, when size() != index.
  // Entry and blobs are stored together or not at all.
  [[nodiscard]] virtual Appended append(std::uint64_t index, std::string_view entry,
                                        std::span<const SealedBlob> blobs) = 0;
  // Calls `each` for the entries [first, end) in order; stops when it returns false.
  virtual void read(std::uint64_t first, std::uint64_t end,
                    const std::function<bool(std::uint64_t, std::string_view)>& each) = 0;
  [[nodiscard]] virtual std::optional<std::string> sealed(const Digest& digest) = 0;
};

}  // namespace blc::ports
