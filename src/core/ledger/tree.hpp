#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/digest.hpp"

namespace blc::ledger {

// RFC 9162 section 2.1: leaf SHA-256(0x00 || entry), node SHA-256(0x01 || left || right).
[[nodiscard]] LeafHash leaf_hash(std::string_view entry);
[[nodiscard]] Digest node_hash(const Digest& left, const Digest& right);

// The hashes of up to 256 nodes of height 8*level, from node 256*index on: a tile as in C2SP tlog-tiles.
struct Tile {
  unsigned level = 0;
  std::uint64_t index = 0;
  std::vector<Digest> hashes;
};

// The Merkle tree over all entries read so far. Knows the root at every earlier size. In memory it holds 64
// bytes an entry; or, where tiles are kept elsewhere, only the nodes of the tiles that are not full.
class Tree {
 public:
  // Where full tiles, and at the start also partial ones, can be read again.
  using Tiles = std::function<std::vector<Digest>(unsigned level, std::uint64_t index)>;

  Tree() = default;
  // Goes on with a tree of `size` leaves. Throws Broken when a tile is missing or too short.
  Tree(std::uint64_t size, Tiles tiles);

  void append(const LeafHash& leaf);
  [[nodiscard]] std::uint64_t size() const noexcept { return size_; }
  // Root of the first `size` leaves; size at most size(). The empty tree's root is SHA-256("").
  [[nodiscard]] Digest root(std::uint64_t size) const;
  [[nodiscard]] Digest root() const { return root(size()); }
  // index < size().
  [[nodiscard]] LeafHash leaf(std::uint64_t index) const { return {node(0, index)}; }
  // The first leaf with this hash at or after `from`, which it costs to know: what lies there is looked through.
  [[nodiscard]] std::optional<std::uint64_t> find(const LeafHash& leaf, std::uint64_t from) const;
  // RFC 9162 sections 2.1.3.1 and 2.1.4.1. index < size <= size(); 0 < from <= to <= size().
  [[nodiscard]] std::vector<Digest> inclusion_proof(std::uint64_t index, std::uint64_t size) const;
  [[nodiscard]] std::vector<Digest> consistency_proof(std::uint64_t from, std::uint64_t to) const;

  // Every tile that has grown since the tree had `since` leaves: the size it was made with, or that it had at
  // the last forget().
  [[nodiscard]] std::vector<Tile> tiles_since(std::uint64_t since) const;
  // Drops what full tiles hold from memory: they are asked for again. Only for a tree that was made with tiles.
  void forget();

 private:
  struct Level {
    std::uint64_t first = 0;  // index of the first node held
    std::vector<Digest> nodes;
  };
  [[nodiscard]] Digest node(unsigned height, std::uint64_t index) const;
  [[nodiscard]] const std::vector<Digest>& tile(unsigned level, std::uint64_t index) const;
  [[nodiscard]] Digest range(std::uint64_t first, std::uint64_t end) const;
  void include(std::uint64_t index, std::uint64_t first, std::uint64_t end, std::vector<Digest>& path) const;
  void extend(std::uint64_t from, std::uint64_t first, std::uint64_t end, bool whole, std::vector<Digest>& path) const;

  std::uint64_t size_ = 0;
  std::vector<Level> levels_;  // levels_[k]: full nodes of height k, each over 2^k leaves
  Tiles tiles_;
  mutable std::map<std::pair<unsigned, std::uint64_t>, std::vector<Digest>> fetched_;  // a few tiles, read again
};

// RFC 9162 sections 2.1.3.2 and 2.1.4.2.
[[nodiscard]] bool verify_inclusion(const LeafHash& leaf, std::uint64_t index, std::uint64_t size,
                                    const std::vector<Digest>& proof, const Digest& root);
[[nodiscard]] bool verify_consistency(std::uint64_t from, std::uint64_t to, const Digest& from_root,
                                      const Digest& to_root, const std::vector<Digest>& proof);

}  // namespace blc::ledger
