#include "core/ledger/tree.hpp"

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "core/base/result.hpp"
#include "core/crypto/digest.hpp"

namespace blc::ledger {
namespace {

constexpr std::uint64_t kLargest = 300;

Tree tree_of(std::uint64_t size) {
  Tree tree;
  for (std::uint64_t i = 0; i < size; ++i) tree.append(leaf_hash("entry " + std::to_string(i)));
  return tree;
}

LeafHash leaf(std::uint64_t index) { return leaf_hash("entry " + std::to_string(index)); }

// RFC 9162 section 2.1.1 word for word: MTH(D[n]) over the leaves [first, end).
Digest mth(std::uint64_t first, std::uint64_t end) {
  if (end == first) return crypto::sha256("");
  if (end - first == 1) return leaf(first).value;
  std::uint64_t k = 1;
  while (k * 2 < end - first) k *= 2;
  return node_hash(mth(first, first + k), mth(first + k, end));
}

Digest altered(Digest digest, std::uint64_t salt) {
  digest.bytes.at(salt % 32) ^= static_cast<std::uint8_t>(1U << (salt % 8));
  return digest;
}

std::vector<Digest> digests(const std::vector<std::string>& hex) {
  std::vector<Digest> list;
  for (const auto& text : hex) list.push_back(*Digest::parse_hex(text));
  return list;
}

// The eight entries, roots and proofs of github.com/google/certificate-transparency,
// cpp/merkletree/merkle_tree_test.cc (also github.com/transparency-dev/merkle, testonly/constants.go).
Tree reference_tree() {
  Tree tree;
  for (const auto* hex :
       {"", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"})
    tree.append(leaf_hash(*from_hex(hex)));
  return tree;
}

// Keeps tiles as an index would.
struct KeptTiles {
  std::map<std::pair<unsigned, std::uint64_t>, std::vector<Digest>> tiles;
  void keep(const Tree& tree, std::uint64_t since) {
    for (auto& tile : tree.tiles_since(since)) tiles[{tile.level, tile.index}] = std::move(tile.hashes);
  }
  [[nodiscard]] Tree::Tiles source() const {
    return [this](unsigned level, std::uint64_t index) {
      const auto found = tiles.find({level, index});
      return found == tiles.end() ? std::vector<Digest>() : found->second;
    };
  }
};

// Roots at every size, leaves and proofs, of a tree that forgot its full tiles or was opened again from them,
// are those of the tree that never did.
TEST(Tree, TellsTheSameFromTilesAsFromMemory) {
  for (const std::uint64_t step : {1U, 7U, 255U, 256U, 257U, 1000U}) {
    KeptTiles kept;
    Tree plain;
    Tree tree(0, kept.source());
    for (std::uint64_t round = 0; round < 3 + 1000 / step; ++round) {
      const auto since = tree.size();
      for (std::uint64_t i = 0; i < step; ++i) {
        plain.append(leaf(plain.size()));
        tree.append(leaf(tree.size()));
      }
      kept.keep(tree, since);
      if (round % 2 == 0) {
        tree.forget();
      } else {
        tree = Tree(tree.size(), kept.source());
      }
      ASSERT_EQ(tree.root(), plain.root()) << step << " " << round;
    }
    for (std::uint64_t size = 0; size <= plain.size(); size += 1 + size / 9)
      ASSERT_EQ(tree.root(size), plain.root(size)) << step << " " << size;
    for (std::uint64_t at = 0; at < plain.size(); at += 1 + at / 5) {
      ASSERT_EQ(tree.leaf(at), plain.leaf(at));
      ASSERT_EQ(tree.find(leaf(at), 0), at);
      ASSERT_EQ(tree.find(leaf(at), at), at);
      ASSERT_EQ(tree.find(leaf(at), at + 1), std::nullopt);
      ASSERT_EQ(tree.inclusion_proof(at, plain.size()), plain.inclusion_proof(at, plain.size()));
    }
    EXPECT_EQ(tree.find(leaf(plain.size()), 0), std::nullopt);
  }
}

TEST(Tree, OfMoreThanOneLevelOfTilesOpensAgain) {
  KeptTiles kept;
  Tree plain;
  Tree tree(0, kept.source());
  constexpr std::uint64_t kSize = 256 * 256 + 300;
  for (std::uint64_t i = 0; i < kSize; ++i) {
    plain.append(leaf(i));
    tree.append(leaf(i));
    if (i % 5000 == 0) {
      kept.keep(tree, i < 5000 ? 0 : i - 5000 + 1);
      tree.forget();
    }
  }
  kept.keep(tree, 65001);
  const Tree again(kSize, kept.source());
  EXPECT_EQ(again.root(), plain.root());
  for (const std::uint64_t size : {1UL, 255UL, 256UL, 257UL, 65535UL, 65536UL, 65537UL, kSize - 1})
    EXPECT_EQ(again.root(size), plain.root(size)) << size;
}

TEST(Tree, RefusesToOpenWithoutItsTiles) {
  KeptTiles kept;
  EXPECT_THROW(Tree(5, kept.source()), Broken);
  kept.keep(tree_of(4), 0);
  EXPECT_THROW(Tree(5, kept.source()), Broken);
  kept.tiles.clear();
  kept.keep(tree_of(300), 0);
  kept.tiles.erase({0, 0});
  const Tree tree(300, kept.source());
  EXPECT_THROW(static_cast<void>(tree.root(100)), Broken);
}

TEST(Tree, EmptyRootIsTheHashOfNothing) {
  EXPECT_EQ(Tree().root().hex(), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST(Tree, RootsAreThoseOfTheReferenceTree) {
  const auto roots = digests({"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
                              "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
                              "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
                              "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
                              "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
                              "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
                              "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
                              "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
                              "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"});
  const auto tree = reference_tree();
  for (std::uint64_t size = 0; size < roots.size(); ++size) EXPECT_EQ(tree.root(size), roots[size]) << size;
}

TEST(Tree, InclusionProofsAreThoseOfTheReferenceTree) {
  const auto tree = reference_tree();
  EXPECT_EQ(tree.inclusion_proof(0, 1), digests({}));
  EXPECT_EQ(tree.inclusion_proof(0, 8), digests({"96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
                                                 "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                                                 "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4"}));
  EXPECT_EQ(tree.inclusion_proof(5, 8), digests({"bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
                                                 "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
                                                 "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"}));
  EXPECT_EQ(tree.inclusion_proof(2, 3), digests({"fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"}));
  EXPECT_EQ(tree.inclusion_proof(1, 5), digests({"6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
                                                 "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                                                 "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b"}));
}

TEST(Tree, ConsistencyProofsAreThoseOfTheReferenceTree) {
  const auto tree = reference_tree();
  EXPECT_EQ(tree.consistency_proof(1, 1), digests({}));
  EXPECT_EQ(tree.consistency_proof(1, 8),
            digests({"96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
                     "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                     "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4"}));
  EXPECT_EQ(tree.consistency_proof(6, 8),
            digests({"0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
                     "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
                     "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"}));
  EXPECT_EQ(tree.consistency_proof(2, 5),
            digests({"5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                     "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b"}));
}

TEST(Tree, RootOfEverySizeIsTheOneOfTheDefinition) {
  const auto tree = tree_of(kLargest);
  ASSERT_EQ(tree.size(), kLargest);
  for (std::uint64_t size = 0; size <= kLargest; ++size) ASSERT_EQ(tree.root(size), mth(0, size)) << size;
}

TEST(Tree, KnowsOldRootsWhateverWasAppendedSince) {
  const auto large = tree_of(kLargest);
  for (std::uint64_t size = 0; size <= 40; ++size) ASSERT_EQ(large.root(size), tree_of(size).root()) << size;
}

TEST(Tree, EveryInclusionProofHoldsAndNothingElseDoes) {
  const auto tree = tree_of(kLargest);
  for (std::uint64_t size = 1; size <= kLargest; ++size) {
    const auto root = tree.root(size);
    for (std::uint64_t index = 0; index < size; ++index) {
      auto proof = tree.inclusion_proof(index, size);
      ASSERT_TRUE(verify_inclusion(leaf(index), index, size, proof, root)) << index << " of " << size;
      const auto salt = size * 31 + index;
      ASSERT_FALSE(verify_inclusion({altered(leaf(index).value, salt)}, index, size, proof, root));
      ASSERT_FALSE(verify_inclusion(leaf(index), index, size, proof, altered(root, salt)));
      if (size > 1) {
        ASSERT_FALSE(verify_inclusion(leaf(index), (index + 1) % size, size, proof, root));
      }
      if (!proof.empty()) {
        auto& one = proof[salt % proof.size()];
        one = altered(one, salt);
        ASSERT_FALSE(verify_inclusion(leaf(index), index, size, proof, root)) << index << " of " << size;
      }
    }
  }
}

TEST(Tree, EveryConsistencyProofHoldsAndNothingElseDoes) {
  const auto tree = tree_of(kLargest);
  for (std::uint64_t to = 1; to <= kLargest; ++to) {
    const auto new_root = tree.root(to);
    for (std::uint64_t from = 1; from <= to; ++from) {
      auto proof = tree.consistency_proof(from, to);
      const auto old_root = tree.root(from);
      ASSERT_TRUE(verify_consistency(from, to, old_root, new_root, proof)) << from << " to " << to;
      const auto salt = from * 31 + to;
      ASSERT_FALSE(verify_consistency(from, to, altered(old_root, salt), new_root, proof)) << from << " to " << to;
      ASSERT_FALSE(verify_consistency(from, to, old_root, altered(new_root, salt), proof)) << from << " to " << to;
      if (!proof.empty()) {
        auto& one = proof[salt % proof.size()];
        one = altered(one, salt);
        ASSERT_FALSE(verify_consistency(from, to, old_root, new_root, proof)) << from << " to " << to;
      }
    }
  }
}

TEST(Tree, EveryNodeOfAProofMatters) {
  const auto tree = tree_of(70);
  for (std::uint64_t size = 1; size <= 70; ++size) {
    for (std::uint64_t index = 0; index < size; ++index) {
      const auto included = tree.inclusion_proof(index, size);
      for (std::size_t node = 0; node < included.size(); ++node) {
        auto proof = included;
        proof[node] = altered(proof[node], size + node);
        ASSERT_FALSE(verify_inclusion(leaf(index), index, size, proof, tree.root(size)));
      }
      const auto extended = tree.consistency_proof(index + 1, size);
      for (std::size_t node = 0; node < extended.size(); ++node) {
        auto proof = extended;
        proof[node] = altered(proof[node], size + node);
        ASSERT_FALSE(verify_consistency(index + 1, size, tree.root(index + 1), tree.root(size), proof));
      }
    }
  }
}

TEST(Tree, ProofsTooShortOrTooLongAreRefused) {
  const auto tree = tree_of(70);
  for (std::uint64_t size = 1; size <= 70; ++size) {
    for (std::uint64_t index = 0; index < size; ++index) {
      auto included = tree.inclusion_proof(index, size);
      included.push_back(tree.root(size));
      ASSERT_FALSE(verify_inclusion(leaf(index), index, size, included, tree.root(size)));
      included.pop_back();
      if (!included.empty()) {
        included.pop_back();
        ASSERT_FALSE(verify_inclusion(leaf(index), index, size, included, tree.root(size)));
      }
      auto extended = tree.consistency_proof(index + 1, size);
      extended.push_back(tree.root(size));
      ASSERT_FALSE(verify_consistency(index + 1, size, tree.root(index + 1), tree.root(size), extended));
      extended.pop_back();
      if (!extended.empty()) {
        extended.pop_back();
        ASSERT_FALSE(verify_consistency(index + 1, size, tree.root(index + 1), tree.root(size), extended));
      }
    }
  }
}

TEST(Tree, SizesThatCannotBeAreRefused) {
  const auto tree = tree_of(8);
  EXPECT_FALSE(verify_inclusion(leaf(0), 8, 8, tree.inclusion_proof(0, 8), tree.root()));
  EXPECT_FALSE(verify_inclusion(leaf(0), 0, 0, {}, tree.root(0)));
  EXPECT_FALSE(verify_consistency(0, 8, tree.root(0), tree.root(), {}));
  EXPECT_FALSE(verify_consistency(8, 4, tree.root(), tree.root(4), tree.consistency_proof(4, 8)));
  EXPECT_FALSE(verify_consistency(4, 8, tree.root(4), tree.root(), {}));
}

TEST(Tree, LeafAndNodeHashesCannotBeConfused) {
  const auto tree = tree_of(2);
  const auto both = std::string(leaf(0).value.view()) + std::string(leaf(1).value.view());
  EXPECT_NE(leaf_hash(both).value, tree.root());
  EXPECT_FALSE(verify_inclusion(LeafHash{tree.root()}, 0, 2, tree.inclusion_proof(0, 2), tree.root()));
}

}  // namespace
}  // namespace blc::ledger
