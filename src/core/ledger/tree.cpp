#include "core/ledger/tree.hpp"

#include <algorithm>
#include <bit>
#include <cassert>
#include <utility>

#include "core/base/result.hpp"
#include "core/crypto/digest.hpp"

namespace blc::ledger {

namespace {

constexpr std::string_view kLeafPrefix{"\x00", 1};
constexpr std::string_view kNodePrefix{"\x01", 1};

constexpr unsigned kTileHeight = 8;  // C2SP tlog-tiles
constexpr std::uint64_t kTileWidth = 1U << kTileHeight;
constexpr std::size_t kMostFetched = 64;

// The largest power of two smaller than n (n > 1): where RFC 9162 splits a range.
std::uint64_t split(std::uint64_t n) { return std::bit_floor(n - 1); }

}  // namespace

LeafHash leaf_hash(std::string_view entry) { return {crypto::sha256(kLeafPrefix, entry)}; }

Digest node_hash(const Digest& left, const Digest& right) {
  return crypto::sha256(kNodePrefix, left.view(), right.view());
}

Tree::Tree(std::uint64_t size, Tiles tiles) : size_(size), tiles_(std::move(tiles)) {
  // Each tile that is not full, and in it the full nodes above its hashes.
  for (unsigned level = 0; level == 0 || (size >> (kTileHeight * level)) > 0; ++level) {
    const auto bottom = kTileHeight * level;
    const auto count = size >> bottom;
    const auto index = count / kTileWidth;
    auto hashes = count % kTileWidth == 0 ? std::vector<Digest>() : tiles_(level, index);
    if (hashes.size() < count % kTileWidth) throw Broken("a tile of the ledger's tree is missing");
    hashes.resize(count % kTileWidth);
    levels_.push_back({index * kTileWidth, std::move(hashes)});
    for (auto height = bottom + 1; height < bottom + kTileHeight; ++height) {
      const auto& below = levels_.back().nodes;
      Level above{(index * kTileWidth) >> (height - bottom), {}};
      for (std::size_t i = 1; i < below.size(); i += 2) above.nodes.push_back(node_hash(below[i - 1], below[i]));
      levels_.push_back(std::move(above));
    }
  }
}

void Tree::append(const LeafHash& leaf) {
  auto hash = leaf.value;
  for (std::size_t height = 0;; ++height) {
    if (height == levels_.size()) levels_.emplace_back();
    auto& level = levels_[height];
    level.nodes.push_back(hash);
    if ((level.first + level.nodes.size()) % 2 == 1) break;
    hash = node_hash(level.nodes[level.nodes.size() - 2], hash);
  }
  ++size_;
}

const std::vector<Digest>& Tree::tile(unsigned level, std::uint64_t index) const {
  const auto found = fetched_.find({level, index});
  if (found != fetched_.end()) return found->second;
  if (fetched_.size() >= kMostFetched) fetched_.clear();
  auto hashes = tiles_ ? tiles_(level, index) : std::vector<Digest>();
  if (hashes.size() != kTileWidth) throw Broken("a tile of the ledger's tree is missing");
  return fetched_.emplace(std::pair(level, index), std::move(hashes)).first->second;
}

Digest Tree::node(unsigned height, std::uint64_t index) const {
  const auto& level = levels_[height];
  if (index >= level.first) return level.nodes[index - level.first];
  const auto above = height % kTileHeight;
  if (above == 0) return tile(height / kTileHeight, index / kTileWidth)[index % kTileWidth];
  return node_hash(node(height - 1, 2 * index), node(height - 1, 2 * index + 1));
}

std::optional<std::uint64_t> Tree::find(const LeafHash& leaf, std::uint64_t from) const {
  for (auto index = from; index < size_; ++index) {
    if (node(0, index) == leaf.value) return index;
  }
  return std::nullopt;
}

std::vector<Tile> Tree::tiles_since(std::uint64_t since) const {
  std::vector<Tile> tiles;
  for (unsigned level = 0; (size_ >> (kTileHeight * level)) > 0; ++level) {
    const auto count = size_ >> (kTileHeight * level);
    const auto before = since >> (kTileHeight * level);
    if (count == before) break;
    for (auto index = before / kTileWidth; index * kTileWidth < count; ++index) {
      Tile tile{level, index, {}};
      for (auto at = index * kTileWidth; at < std::min(count, (index + 1) * kTileWidth); ++at)
        tile.hashes.push_back(node(kTileHeight * level, at));
      tiles.push_back(std::move(tile));
    }
  }
  return tiles;
}

void Tree::forget() {
  for (unsigned height = 0; height < levels_.size(); ++height) {
    auto& level = levels_[height];
    const auto bottom = height / kTileHeight * kTileHeight;
    const auto keep = (size_ >> bottom) / kTileWidth * kTileWidth >> (height - bottom);
    if (keep <= level.first) continue;
    level.nodes.erase(level.nodes.begin(), level.nodes.begin() + static_cast<std::ptrdiff_t>(keep - level.first));
    level.first = keep;
  }
}

Digest Tree::range(std::uint64_t first, std::uint64_t end) const {
  const auto count = end - first;
  const auto height = static_cast<unsigned>(std::countr_zero(count));
  if (std::has_single_bit(count) && first >> height << height == first) return node(height, first >> height);
  const auto middle = first + split(count);
  return node_hash(range(first, middle), range(middle, end));
}

Digest Tree::root(std::uint64_t size) const {
  assert(size <= this->size());
  return size == 0 ? crypto::sha256("") : range(0, size);
}

void Tree::include(std::uint64_t index, std::uint64_t first, std::uint64_t end, std::vector<Digest>& path) const {
  if (end - first <= 1) return;
  const auto middle = first + split(end - first);
  if (index < middle) {
    include(index, first, middle, path);
    path.push_back(range(middle, end));
  } else {
    include(index, middle, end, path);
    path.push_back(range(first, middle));
  }
}

std::vector<Digest> Tree::inclusion_proof(std::uint64_t index, std::uint64_t size) const {
  assert(index < size && size <= this->size());
  std::vector<Digest> path;
  include(index, 0, size, path);
  return path;
}

void Tree::extend(std::uint64_t from, std::uint64_t first, std::uint64_t end, bool whole,
                  std::vector<Digest>& path) const {
  if (from == end) {
    if (!whole) path.push_back(range(first, end));
    return;
  }
  const auto middle = first + split(end - first);
  if (from <= middle) {
    extend(from, first, middle, whole, path);
    path.push_back(range(middle, end));
  } else {
    extend(from, middle, end, false, path);
    path.push_back(range(first, middle));
  }
}

std::vector<Digest> Tree::consistency_proof(std::uint64_t from, std::uint64_t to) const {
  assert(0 < from && from <= to && to <= size());
  std::vector<Digest> path;
  if (from < to) extend(from, 0, to, true, path);
  return path;
}

bool verify_inclusion(const LeafHash& leaf, std::uint64_t index, std::uint64_t size, const std::vector<Digest>& proof,
                      const Digest& root) {
  if (index >= size) return false;
  auto fn = index;
  auto sn = size - 1;
  auto hash = leaf.value;
  for (const auto& sibling : proof) {
    if (sn == 0) return false;
    if ((fn & 1U) != 0 || fn == sn) {
      hash = node_hash(sibling, hash);
      while ((fn & 1U) == 0 && fn != 0) {
        fn >>= 1U;
        sn >>= 1U;
      }
    } else {
      hash = node_hash(hash, sibling);
    }
    fn >>= 1U;
    sn >>= 1U;
  }
  return sn == 0 && hash == root;
}

bool verify_consistency(std::uint64_t from, std::uint64_t to, const Digest& from_root, const Digest& to_root,
                        const std::vector<Digest>& proof) {
  if (from == 0 || from > to) return false;
  if (from == to) return proof.empty() && from_root == to_root;
  auto path = proof;
  if (std::has_single_bit(from)) path.insert(path.begin(), from_root);
  if (path.empty()) return false;
  auto fn = from - 1;
  auto sn = to - 1;
  while ((fn & 1U) != 0) {
    fn >>= 1U;
    sn >>= 1U;
  }
  auto old_hash = path.front();
  auto new_hash = path.front();
  for (std::size_t i = 1; i < path.size(); ++i) {
    if (sn == 0) return false;
    if ((fn & 1U) != 0 || fn == sn) {
      old_hash = node_hash(path[i], old_hash);
      new_hash = node_hash(path[i], new_hash);
      while ((fn & 1U) == 0 && fn != 0) {
        fn >>= 1U;
        sn >>= 1U;
      }
    } else {
      new_hash = node_hash(new_hash, path[i]);
    }
    fn >>= 1U;
    sn >>= 1U;
  }
  return sn == 0 && old_hash == from_root && new_hash == to_root;
}

}  // namespace blc::ledger
