#include "core/trust/root.hpp"

#include <gtest/gtest.h>

#include "core/crypto/service_key.hpp"
#include "core/trust/history.hpp"
#include "support/world.hpp"

namespace blc::trust {
namespace {

using testing::must;
using text::Json;

crypto::PublicKey fresh_key() { return crypto::ServiceKey::generate().first->key(); }

Principal person(std::string name, std::vector<std::string> roles) {
  return {std::move(name), PrincipalKind::person, std::move(roles), {fresh_key()}, {}};
}

class Roots : public ::testing::Test {
 protected:
  Principal ana = person("ana", {"admin"});
  Principal ben = person("ben", {"clinical-lead"});
  Principal machine{
      "machine", PrincipalKind::service, {"executor"}, {fresh_key()}, {Environment::local, Environment::staging}};

  static void refused(std::uint64_t threshold, std::vector<Principal> principals) {
    const auto root = Root::make(1, threshold, std::move(principals));
    EXPECT_FALSE(root);
  }
  static void accepted(std::uint64_t threshold, std::vector<Principal> principals) {
    const auto root = Root::make(1, threshold, std::move(principals));
    EXPECT_TRUE(root) << root.error().message;
  }
};

TEST_F(Roots, FindPeopleByNameKeyAndEnvironment) {
  const auto root = must(Root::make(2, 1, {ana, ben, machine}, {5}));
  EXPECT_EQ(root.version(), 2U);
  EXPECT_EQ(root.find("ben")->name, "ben");
  EXPECT_EQ(root.find("eve"), nullptr);
  EXPECT_EQ(root.owner(ben.keys.front())->name, "ben");
  EXPECT_EQ(root.owner(fresh_key()), nullptr);
  EXPECT_EQ(root.executor(Environment::staging)->name, "machine");
  EXPECT_EQ(root.executor(Environment::production), nullptr);
  EXPECT_TRUE(root.known_void().contains(5));
}

TEST_F(Roots, NeedAnAdmin) {
  accepted(1, {ana});
  refused(1, {ben});
  refused(1, {});
}

TEST_F(Roots, NeedAsManyAdminsAsTheThreshold) {
  ben.roles = {"admin"};
  accepted(2, {ana, ben});
  refused(3, {ana, ben});
  refused(0, {ana, ben});
}

TEST_F(Roots, StartAtVersionOne) { EXPECT_FALSE(Root::make(0, 1, {ana})); }

TEST_F(Roots, RefuseOneKeyForTwoPeople) {
  ben.keys = ana.keys;
  refused(1, {ana, ben});
}

TEST_F(Roots, RefuseAKeyTwiceForOnePerson) {
  ana.keys.push_back(ana.keys.front());
  refused(1, {ana});
}

TEST_F(Roots, RefuseANameTwice) {
  ben.name = "ana";
  refused(1, {ana, ben});
}

TEST_F(Roots, RefuseMalformedNamesAndRoles) {
  for (const auto* name : {"", "Ben", "ben r", "b\u00e9n", "-ben", "9ben"}) {
    ben.name = name;
    refused(1, {ana, ben});
  }
  ben.name = "ben";
  ben.roles = {"Lead"};
  refused(1, {ana, ben});
  ben.roles = {"lead", "lead"};
  refused(1, {ana, ben});
  ben.roles = {};
  refused(1, {ana, ben});
  ben.roles = {"lead"};
  accepted(1, {ana, ben});
}

TEST_F(Roots, RefuseAPersonWithoutAKey) {
  ben.keys.clear();
  refused(1, {ana, ben});
}

TEST_F(Roots, RefuseAServiceAsAdmin) {
  machine.roles = {"executor", "admin"};
  refused(1, {ana, machine});
}

TEST_F(Roots, RefuseAPersonAsExecutorOrCi) {
  ben.roles = {"executor"};
  ben.environments = {Environment::local};
  refused(1, {ana, ben});
  ben.roles = {"ci"};
  ben.environments = {};
  refused(1, {ana, ben});
}

TEST_F(Roots, GiveEnvironmentsToExecutorsAndNobodyElse) {
  accepted(1, {ana, machine});
  machine.environments = {};
  refused(1, {ana, machine});
  ben.environments = {Environment::local};
  refused(1, {ana, ben});
  machine.environments = {Environment::local};
  machine.roles = {"ci"};
  refused(1, {ana, machine});
}

TEST_F(Roots, ComeBackFromTheirJson) {
  const auto root = must(Root::make(4, 1, {ana, ben, machine}, {3, 9}));
  const auto back = must(Root::from_json(root.to_json()));
  EXPECT_EQ(back.version(), 4U);
  EXPECT_EQ(back.admin_threshold(), 1U);
  EXPECT_EQ(back.principals(), root.principals());
  EXPECT_EQ(back.known_void(), root.known_void());
  EXPECT_EQ(back.to_json(), root.to_json());
}

TEST_F(Roots, RefuseJsonThatSaysMoreOrLessOrElse) {
  const auto json = must(Root::make(1, 1, {ana, machine})).to_json();
  ASSERT_TRUE(Root::from_json(json));
  const auto changed = [&](const std::string& member, std::optional<Json> value) {
    auto copy = json;
    copy.get_if<Json::Object>()->erase(member);
    if (value) copy.get_if<Json::Object>()->emplace(member, *value);
    return Root::from_json(copy);
  };
  for (const auto* member : {"version", "admin_threshold", "principals", "known_void"})
    EXPECT_FALSE(changed(member, {}));
  EXPECT_FALSE(changed("surplus", Json(1)));
  EXPECT_FALSE(changed("version", Json(0)));
  EXPECT_FALSE(changed("admin_threshold", Json(2)));
  EXPECT_FALSE(changed("known_void", Json::Array{1, 1}));
  EXPECT_FALSE(changed("known_void", Json::Array{-1}));
  EXPECT_FALSE(changed("known_void", Json::Array{"1"}));
}

TEST_F(Roots, RefuseJsonWithAKeyInAnotherForm) {
  auto json = must(Root::make(1, 1, {ana})).to_json();
  auto& principal = json.get_if<Json::Object>()->at("principals").get_if<Json::Array>()->front();
  auto& keys = *principal.get_if<Json::Object>()->at("keys").get_if<Json::Array>();
  keys.front() = Json(*keys.front().get_if<std::string>() + " ana@example.org");
  EXPECT_FALSE(Root::from_json(json));
}

TEST_F(Roots, RefuseJsonWithRepeatedOrForeignEnvironments) {
  const auto json = must(Root::make(1, 1, {ana, machine})).to_json();
  for (const auto& list : {Json::Array{"local", "local"}, Json::Array{"dev"}, Json::Array{"local", "mars"}}) {
    auto copy = json;
    auto& principal = copy.get_if<Json::Object>()->at("principals").get_if<Json::Array>()->back();
    principal.get_if<Json::Object>()->insert_or_assign("environments", list);
    EXPECT_FALSE(Root::from_json(copy));
  }
}

// Catalogs that ask for so many signatures in staging and production.
Catalog asking(std::uint64_t version, int staging, int production) {
  const auto slots = [](int count) {
    std::string text;
    for (int i = 0; i < count; ++i)
      text += (i == 0 ? "" : ", ") + std::string("{name: s") + std::to_string(i) + ", roles: [lead]}";
    return "[" + text + "]";
  };
  auto practice = testing::default_practice();
  practice.at("policies/approvals.yaml") =
      "rules:\n  - {environments: [local], slots: " + slots(3) + ", deadline: 24h}\n" +
      "  - {environments: [integration, staging], slots: " + slots(staging) + ", deadline: 24h}\n" +
      "  - {environments: [production], slots: " + slots(production) + ", deadline: 24h}\n";
  Catalog::Files files;
  for (const auto& [path, bytes] : practice) {
    if (path.starts_with("verbs/") || path.starts_with("policies/")) files.emplace(path, bytes);
  }
  return must(Catalog::make(version, files));
}

class Histories : public ::testing::Test {
 protected:
  static Root root(std::uint64_t version, std::uint64_t threshold) {
    std::vector<Principal> admins;
    for (const auto* name : {"ana", "ben", "cleo"}) admins.push_back(person(name, {"admin"}));
    return must(Root::make(version, threshold, admins));
  }
  History history;
};

TEST_F(Histories, NothingIsInForceAtSizeZero) {
  EXPECT_TRUE(history.empty());
  history.adopt(0, root(1, 1));
  EXPECT_EQ(history.root_at(0), nullptr);
  EXPECT_EQ(history.root_at(1)->version(), 1U);
  EXPECT_EQ(history.catalog_at(1), nullptr);
  EXPECT_NE(history.unserved(Environment::local, 0), "");
  EXPECT_NE(history.unserved(Environment::local, 1), "");
}

TEST_F(Histories, ARootHoldsFromTheLeafAfterItToTheNextOne) {
  history.adopt(0, root(1, 1));
  history.adopt(1, asking(1, 1, 1));
  history.adopt(5, root(2, 1));
  history.adopt(6, asking(2, 1, 1));
  EXPECT_EQ(history.root_at(5)->version(), 1U);
  EXPECT_EQ(history.root_at(6)->version(), 2U);
  EXPECT_EQ(history.root_at(100)->version(), 2U);
  EXPECT_EQ(history.catalog_at(6)->version(), 1U);
  EXPECT_EQ(history.catalog_at(7)->version(), 2U);
  EXPECT_EQ(history.root_version(2)->version(), 2U);
  EXPECT_EQ(history.root_version(0), nullptr);
  EXPECT_EQ(history.root_version(3), nullptr);
}

TEST_F(Histories, ServeWhatOneAdminMayDecideAlone) {
  history.adopt(0, root(1, 1));
  history.adopt(1, asking(1, 1, 2));
  EXPECT_EQ(history.unserved(Environment::local, 2), "");  // whatever local asks for
  EXPECT_EQ(history.unserved(Environment::staging, 2), "");
  EXPECT_NE(history.unserved(Environment::production, 2), "");
}

TEST_F(Histories, ServeMoreUnderAHigherThreshold) {
  history.adopt(0, root(1, 2));
  history.adopt(1, asking(1, 1, 2));
  EXPECT_EQ(history.unserved(Environment::production, 2), "");
}

// Else one admin could adopt a catalog without slots, run, and nobody would see what was asked for before.
TEST_F(Histories, RememberTheMostThatAnyCatalogAskedFor) {
  history.adopt(0, root(1, 1));
  history.adopt(1, asking(1, 1, 2));
  history.adopt(2, asking(2, 1, 0));
  EXPECT_NE(history.unserved(Environment::production, 3), "");
}

TEST_F(Histories, DoNotTrustARootThatOneAdminRaised) {
  history.adopt(0, root(1, 1));
  history.adopt(1, asking(1, 1, 2));
  history.adopt(2, root(2, 2));  // the second admin may be invented
  history.adopt(3, asking(2, 1, 2));
  EXPECT_NE(history.unserved(Environment::production, 4), "");
  history.adopt(4, root(3, 2));
  EXPECT_EQ(history.unserved(Environment::production, 5), "");
}

TEST_F(Histories, DoNotTrustACatalogAdoptedUnderALowerThreshold) {
  history.adopt(0, root(1, 1));
  history.adopt(1, asking(1, 1, 2));
  history.adopt(2, root(2, 2));
  history.adopt(3, root(3, 2));
  EXPECT_NE(history.unserved(Environment::production, 4), "");
  history.adopt(4, asking(2, 1, 2));
  EXPECT_EQ(history.unserved(Environment::production, 5), "");
}

TEST_F(Histories, StopServingWhenTheThresholdFalls) {
  history.adopt(0, root(1, 2));
  history.adopt(1, asking(1, 1, 2));
  ASSERT_EQ(history.unserved(Environment::production, 2), "");
  history.adopt(2, root(2, 1));
  EXPECT_NE(history.unserved(Environment::production, 3), "");
  EXPECT_EQ(history.unserved(Environment::production, 2), "");  // what held then holds for a reader of then
}

}  // namespace
}  // namespace blc::trust
