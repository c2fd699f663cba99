#pragma once
#include <cstdint>
#include <string_view>
#include <vector>

#include "core/base/digest.hpp"

namespace blc::ledger {

// RFC 9162 section 2.1: leaf SHA-256(0x00 || entry), node SHA-256(0x01 || left || right).
[[nodiscard]] LeafHash leaf_hash(std::string_view entry);
[[nodiscard]] Digest node_hash(const Digest& left, const Digest& right);

// The Merkle tree over all entries read so far; 64 bytes an entry. Knows the root at every earlier size.
class Tree {
 public:
  void append(const LeafHash& leaf);
  [[nodiscard]] std::uint64_t size() const noexcept { return levels_.empty() ? 0 : levels_.front().size(); }
  // Root of the first `size` leaves; size at most size(). The empty tree's root is SHA-256("").
  [[nodiscard]] Digest root(std::uint64_t size) const;
  [[nodiscard]] Digest root() const { return root(size()); }
  // RFC 9162 sections 2.1.3.1 and 2.1.4.1. index < size <= size(); 0 < from <= to <= size().
  [[nodiscard]] std::vector<Digest> inclusion_proof(std::uint64_t index, std::uint64_t size) const;
  [[nodiscard]] std::vector<Digest> consistency_proof(std::uint64_t from, std::uint64_t to) const;

 private:
  [[nodiscard]] Digest range(std::uint64_t first, std::uint64_t end) const;
  void include(std::uint64_t index, std::uint64_t first, std::uint64_t end, std::vector<Digest>& path) const;
  void extend(std::uint64_t from, std::uint64_t first, std::uint64_t end, bool whole, std::vector<Digest>& path) const;

  std::vector<std::vector<Digest>> levels_;  // levels_[k][i] covers leaves [i*2^k, (i+1)*2^k), full ones only
};

// RFC 9162 sections 2.1.3.2 and 2.1.4.2.
[[nodiscard]] bool verify_inclusion(const LeafHash& leaf, std::uint64_t index, std::uint64_t size,
                                    const std::vector<Digest>& proof, const Digest& root);
[[nodiscard]] bool verify_consistency(std::uint64_t from, std::uint64_t to, const Digest& from_root,
                                      const Digest& to_root, const std::vector<Digest>& proof);

}  // namespace blc::ledger
