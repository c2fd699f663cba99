// Which roots and catalogs come into force.
#include <gtest/gtest.h>

#include "signing.hpp"

namespace blc::approval {
namespace {

using ledger::Kind;

class Adoption : public ::testing::Test {
 protected:
  std::string root(const std::string& signer, std::uint64_t version, std::uint64_t threshold,
                   const std::function<void(std::vector<trust::Principal>&)>& change) {
    auto list = world.told().root()->principals();
    change(list);
    const auto next = testing::must(trust::Root::make({version, threshold, list}));
    return world.standing(world.append_raw(signer, Kind::root, {}, next.to_json()));
  }
  World world;
};

TEST_F(Adoption, OfTheNextRootByAnAdminCounts) {
  EXPECT_EQ(root("ana", 2, 1, [](auto&) {}), "counts");
}

TEST_F(Adoption, OfARootByAnyoneElseIsVoid) {
  EXPECT_NE(root("ben", 2, 1, [](auto& list) { testing::principal(list, "ben").roles = {"admin"}; }).find("no admin"),
            std::string::npos);
}

TEST_F(Adoption, OfARootThatSkipsOrRepeatsAVersionIsVoid) {
  EXPECT_NE(root("ana", 1, 1, [](auto&) {}).find("skips or repeats"), std::string::npos);
  EXPECT_NE(root("ana", 3, 1, [](auto&) {}).find("skips or repeats"), std::string::npos);
}

TEST_F(Adoption, OfAThresholdThatOneSignatureDoesNotReachIsVoid) {
  EXPECT_NE(root("ana", 2, 2, [](auto& list) { testing::principal(list, "ben").roles = {"admin"}; })
                .find("2 admins must sign"),
            std::string::npos);
}

TEST_F(Adoption, OfAKeyOfSomebodyElseIsVoidForEver) {
  EXPECT_EQ(
      root("ana", 2, 1, [](auto& list) { std::erase_if(list, [](const auto& one) { return one.name == "ben"; }); }),
      "counts");
  const auto standing = root("ana", 3, 1, [&](auto& list) {
    list.push_back({"eve", trust::PrincipalKind::person, {"clinical-lead"}, {world.key("ben").key()}, {}});
  });
  EXPECT_NE(standing.find("a key of ben would become eve's"), std::string::npos) << standing;
}

TEST_F(Adoption, OfACatalogByAnyoneElseIsVoid) {
  const auto next = testing::must(trust::Catalog::make(2, world.told().catalog()->files()));
  EXPECT_TRUE(stands(world, world.append_raw("ben", Kind::catalog, {}, next.to_json()), "void: no admin"));
  EXPECT_TRUE(stands(world, world.append_raw("ana", Kind::catalog, {}, next.to_json()), "counts"));
  EXPECT_TRUE(stands(world, world.append_raw("ana", Kind::catalog, {}, next.to_json()), "void: skips or repeats"));
}

TEST_F(Adoption, VoidEntriesAreFaultsUntilARootListsThem) {
  const auto bad = world.store_raw("rubbish");
  ASSERT_EQ(world.told().faults().size(), 1U);
  EXPECT_EQ(world.told().faults().front().leaf, bad);
  const auto listed = testing::must(trust::Root::make({2, 1, world.told().root()->principals(), {bad}}));
  EXPECT_TRUE(stands(world, world.append_raw("ana", Kind::root, {}, listed.to_json()), "counts"));
  EXPECT_TRUE(world.told().faults().empty());
  EXPECT_EQ(world.told().void_entries().size(), 1U);
}

}  // namespace
}  // namespace blc::approval
