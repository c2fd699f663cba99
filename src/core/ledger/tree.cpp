#include "core/ledger/tree.hpp"

#include <bit>
#include <cassert>

#include "core/crypto/digest.hpp"

namespace blc::ledger {

namespace {

constexpr std::string_view kLeafPrefix{"\x00", 1};
constexpr std::string_view kNodePrefix{"\x01", 1};

// The largest power of two smaller than n (n > 1): where RFC 9162 splits a range.
std::uint64_t split(std::uint64_t n) { return std::bit_floor(n - 1); }

}  // namespace

LeafHash leaf_hash(std::string_view entry) { return {crypto::sha256(kLeafPrefix, entry)}; }

Digest node_hash(const Digest& left, const Digest& right) {
  return crypto::sha256(kNodePrefix, left.view(), right.view());
}

void Tree::append(const LeafHash& leaf) {
  if (levels_.empty()) levels_.emplace_back();
  levels_[0].push_back(leaf.value);
  for (std::size_t level = 0; levels_[level].size() % 2 == 0; ++level) {
    if (level + 1 == levels_.size()) levels_.emplace_back();
    const auto& below = levels_[level];
    levels_[level + 1].push_back(node_hash(below[below.size() - 2], below[below.size() - 1]));
  }
}

Digest Tree::range(std::uint64_t first, std::uint64_t end) const {
  const auto count = end - first;
  if (std::has_single_bit(count) && first % count == 0)
    return levels_[static_cast<std::size_t>(std::countr_zero(count))][first / count];
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
