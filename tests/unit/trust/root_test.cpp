#include "core/trust/root.hpp"

#include <gtest/gtest.h>

#include "core/base/skew.hpp"
#include "core/crypto/service_key.hpp"
#include "core/trust/history.hpp"
#include "support/key_vendor.hpp"
#include "support/token_key.hpp"
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
    const auto root = Root::make({1, threshold, std::move(principals)});
    EXPECT_FALSE(root);
  }
  static void accepted(std::uint64_t threshold, std::vector<Principal> principals) {
    const auto root = Root::make({1, threshold, std::move(principals)});
    EXPECT_TRUE(root) << root.error().message;
  }
};

TEST_F(Roots, FindPeopleByNameKeyAndEnvironment) {
  const auto root = must(Root::make({2, 1, {ana, ben, machine}, {5}}));
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

TEST_F(Roots, StartAtVersionOne) { EXPECT_FALSE(Root::make({0, 1, {ana}})); }

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
  const auto root = must(Root::make({4, 1, {ana, ben, machine}, {3, 9}}));
  const auto back = must(Root::from_json(root.to_json()));
  EXPECT_EQ(back.version(), 4U);
  EXPECT_EQ(back.admin_threshold(), 1U);
  EXPECT_EQ(back.principals(), root.principals());
  EXPECT_EQ(back.known_void(), root.known_void());
  EXPECT_EQ(back.to_json(), root.to_json());
}

// tess, whose security key's maker is pinned and says that it made it.
class AttestedRoots : public Roots {
 protected:
  AttestedRoots() : token(0), acme(testing::Certified::self_signed({.issues = true})), device(acme.issue({.name = "acme1"})) {
    tess = person("tess", {"clinical-lead"});
    tess.keys = {token.key()};
    tess.attestations = {attestation(token.key(), device)};
  }
  static Attestation attestation(const crypto::PublicKey& key, const testing::Certified& by, const Digest& vendor) {
    return {key, testing::Said(key).by(by, "challenge"), "challenge", vendor};
  }
  [[nodiscard]] Attestation attestation(const crypto::PublicKey& key, const testing::Certified& by) const {
    return attestation(key, by, vendor().fingerprint());
  }
  [[nodiscard]] crypto::VendorCertificate vendor() const { return must(crypto::VendorCertificate::parse_der(acme.der())); }
  [[nodiscard]] Result<Root> root(const Principal& one) const { return Root::make({1, 1, {ana, one}, {}, {vendor()}}); }
  [[nodiscard]] std::string checked(const Principal& one, const Root* before = nullptr) const {
    const auto result = check_attestations(must(root(one)), before, now);
    return result ? "holds" : result.error().message;
  }

  testing::TokenKey token;
  testing::Certified acme;
  testing::Certified device;
  Principal tess;
  Timestamp now = *parse_timestamp("2026-11-23T10:31:00.000Z");
};

TEST_F(AttestedRoots, ComeBackFromTheirJson) {
  const auto made = must(root(tess));
  const auto back = must(Root::from_json(made.to_json()));
  EXPECT_EQ(back.principals(), made.principals());
  EXPECT_EQ(back.vendors(), made.vendors());
  EXPECT_EQ(back.to_json(), made.to_json());
  EXPECT_NE(back.find("tess")->attestation(token.key()), nullptr);
  EXPECT_EQ(back.find("ana")->attestation(token.key()), nullptr);
  EXPECT_EQ(must(made.next([&](auto& content) { content.principals = {ana, tess}; })).vendors(), made.vendors());
}

TEST_F(AttestedRoots, RefuseAttestationsThatAreNobodysKeysOrVendors) {
  EXPECT_TRUE(root(tess));
  EXPECT_FALSE(Root::make({1, 1, {ana, tess}}));  // nobody pinned
  EXPECT_FALSE(Root::make({1, 1, {ana, tess}, {}, {vendor(), vendor()}}));
  auto other = tess;
  other.attestations.push_back(other.attestations.front());
  EXPECT_FALSE(root(other));
  other = tess;
  other.attestations.front().key = testing::TokenKey(0).key();
  EXPECT_FALSE(root(other));
  other = tess;
  other.attestations.front().vendor.bytes[0] ^= 1;
  EXPECT_FALSE(root(other));
  other = ben;
  other.attestations = {attestation(token.key(), device)};
  other.attestations.front().key = ben.keys.front();  // a key that is no security key's
  EXPECT_FALSE(root(other));
}

TEST_F(AttestedRoots, RefuseJsonThatSaysItOtherwise) {
  const auto json = must(root(tess)).to_json();
  const auto changed = [&](const std::string& member, const Json& value) {
    auto copy = json;
    auto& principal = *copy.get_if<Json::Object>()->at("principals").get_if<Json::Array>()->back().get_if<Json::Object>();
    auto& one = *principal.at("attestations").get_if<Json::Array>()->front().get_if<Json::Object>();
    one.insert_or_assign(member, value);
    return Root::from_json(copy);
  };
  EXPECT_FALSE(changed("surplus", 1));
  EXPECT_FALSE(changed("key", token.key().line() + " tess"));
  EXPECT_FALSE(changed("statement", "!"));
  EXPECT_FALSE(changed("statement", std::string(40'000, 'A')));
  EXPECT_FALSE(changed("challenge", "AB=="));  // bits left over
  EXPECT_FALSE(changed("vendor", "AB"));
  EXPECT_TRUE(changed("challenge", "AAAA"));  // well formed: whether it holds is another question
  auto empty = json;
  empty.get_if<Json::Object>()->insert_or_assign("vendors", Json::Array{});
  EXPECT_FALSE(Root::from_json(empty));
  for (const auto& vendor : {Json("!"), Json(1), Json(""), Json("AAAA")}) {
    auto copy = json;
    copy.get_if<Json::Object>()->at("vendors").get_if<Json::Array>()->push_back(vendor);
    EXPECT_FALSE(Root::from_json(copy));
  }
}

TEST_F(AttestedRoots, AreHeldToWhatTheMakerSaid) {
  EXPECT_EQ(checked(tess), "holds");
  auto other = tess;
  other.attestations.front().challenge = "another";
  EXPECT_NE(checked(other).find("tess: The attestation does not hold"), std::string::npos);
  other = tess;
  other.attestations = {attestation(token.key(), testing::Certified::self_signed({.name = "acme1"}))};
  EXPECT_NE(checked(other), "holds");
  // Another pinned maker than the one it leads to.
  const auto rival = testing::Certified::self_signed({.name = "Rival", .issues = true});
  const auto rival_vendor = must(crypto::VendorCertificate::parse_der(rival.der()));
  other = tess;
  other.attestations.front().vendor = rival_vendor.fingerprint();
  const auto both = must(Root::make({1, 1, {ana, other}, {}, {vendor(), rival_vendor}}));
  EXPECT_NE(check_attestations(both, nullptr, now).error().message.find("another maker"), std::string::npos);
}

TEST_F(AttestedRoots, AreCheckedWhenTheyEnterAndNotAgain) {
  auto old = tess;
  old.attestations = {attestation(token.key(), acme.issue({.name = "old", .until = "20261123103101Z"}))};
  const auto before = must(root(old));
  EXPECT_EQ(checked(old), "holds");
  now += std::chrono::hours(24);
  EXPECT_NE(checked(old).find("expired"), std::string::npos);
  EXPECT_EQ(checked(old, &before), "holds");
  auto changed = old;
  changed.attestations.front().challenge += "x";
  EXPECT_NE(checked(changed, &before), "holds");
}

TEST_F(Roots, RefuseJsonThatSaysMoreOrLessOrElse) {
  const auto json = must(Root::make({1, 1, {ana, machine}})).to_json();
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
  auto json = must(Root::make({1, 1, {ana}})).to_json();
  auto& principal = json.get_if<Json::Object>()->at("principals").get_if<Json::Array>()->front();
  auto& keys = *principal.get_if<Json::Object>()->at("keys").get_if<Json::Array>();
  keys.front() = Json(*keys.front().get_if<std::string>() + " ana@example.org");
  EXPECT_FALSE(Root::from_json(json));
}

TEST_F(Roots, RefuseJsonWithRepeatedOrForeignEnvironments) {
  const auto json = must(Root::make({1, 1, {ana, machine}})).to_json();
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
    return must(Root::make({version, threshold, admins}));
  }
  template <class Next>
  void adopt(std::uint64_t leaf, Next next, std::uint64_t admins = 9) {
    history.adopt(leaf, std::move(next), {.admins = admins});
  }
  [[nodiscard]] std::string unserved(Environment environment, std::uint64_t size, Timestamp now = {}) const {
    const auto error = history.unserved(environment, size, now);
    return error ? error->message : std::string();
  }
  History history;
};

TEST_F(Histories, NothingIsInForceAtSizeZero) {
  EXPECT_TRUE(history.empty());
  adopt(0, root(1, 1));
  EXPECT_EQ(history.root_at(0), nullptr);
  EXPECT_EQ(history.root_at(1)->version(), 1U);
  EXPECT_EQ(history.catalog_at(1), nullptr);
  EXPECT_NE(unserved(Environment::local, 0), "");
  EXPECT_NE(unserved(Environment::local, 1), "");
}

TEST_F(Histories, ARootHoldsFromTheLeafAfterItToTheNextOne) {
  adopt(0, root(1, 1));
  adopt(1, asking(1, 1, 1));
  adopt(5, root(2, 1));
  adopt(6, asking(2, 1, 1));
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
  adopt(0, root(1, 1));
  adopt(1, asking(1, 1, 2));
  EXPECT_EQ(unserved(Environment::local, 2), "");  // whatever local asks for
  EXPECT_EQ(unserved(Environment::staging, 2), "");
  EXPECT_NE(unserved(Environment::production, 2), "");
}

TEST_F(Histories, ServeMoreUnderAHigherThreshold) {
  adopt(0, root(1, 2));
  adopt(1, asking(1, 1, 2));
  EXPECT_EQ(unserved(Environment::production, 2), "");
}

// Else one admin could adopt a catalog without slots, run, and nobody would see what was asked for before.
TEST_F(Histories, RememberTheMostThatAnyCatalogAskedFor) {
  adopt(0, root(1, 1));
  adopt(1, asking(1, 1, 2));
  adopt(2, asking(2, 1, 0));
  EXPECT_NE(unserved(Environment::production, 3), "");
}

TEST_F(Histories, DoNotTrustARootThatOneAdminRaised) {
  adopt(0, root(1, 1));
  adopt(1, asking(1, 1, 2));
  adopt(2, root(2, 2));  // the second admin may be invented
  adopt(3, asking(2, 1, 2));
  EXPECT_NE(unserved(Environment::production, 4), "");
  adopt(4, root(3, 2));
  EXPECT_EQ(unserved(Environment::production, 5), "");
}

TEST_F(Histories, DoNotTrustACatalogAdoptedUnderALowerThreshold) {
  adopt(0, root(1, 1));
  adopt(1, asking(1, 1, 2));
  adopt(2, root(2, 2));
  adopt(3, root(3, 2));
  EXPECT_NE(unserved(Environment::production, 4), "");
  adopt(4, asking(2, 1, 2));
  EXPECT_EQ(unserved(Environment::production, 5), "");
}

TEST_F(Histories, SayWhoCouldInventTheSigners) {
  adopt(0, root(1, 2));
  adopt(1, asking(1, 2, 3));
  EXPECT_EQ(unserved(Environment::production, 2),
            "production asks for up to 3 signatures, but root and catalog were adopted by 2 admins: 2 admins together could invent the signers");
  adopt(2, root(2, 1));
  EXPECT_EQ(unserved(Environment::production, 3),
            "production asks for up to 3 signatures, but root and catalog were adopted by one admin: one admin alone could invent the signers");
}

TEST_F(Histories, StopServingWhenTheThresholdFalls) {
  adopt(0, root(1, 2));
  adopt(1, asking(1, 1, 2));
  ASSERT_EQ(unserved(Environment::production, 2), "");
  adopt(2, root(2, 1));
  EXPECT_NE(unserved(Environment::production, 3), "");
  EXPECT_EQ(unserved(Environment::production, 2), "");  // what held then holds for a reader of then
}

TEST_F(Histories, ServeNothingOutsideLocalUnderAnExpiredRoot) {
  const Timestamp day{std::chrono::days(20'000)};
  adopt(0, must(root(1, 1).next([&](auto& content) { content.expires = day; })));
  adopt(1, asking(1, 1, 1));
  EXPECT_EQ(unserved(Environment::staging, 2, day), "");
  EXPECT_NE(unserved(Environment::staging, 2, day + Milliseconds(1)).find("expired"), std::string::npos);
  EXPECT_EQ(unserved(Environment::local, 2, day + Milliseconds(1)), "");
}

TEST_F(Histories, ServeNothingOutsideLocalThatIsDatedAhead) {
  const Timestamp day{std::chrono::days(20'000)};
  const auto ahead = [&](std::uint64_t leaf, auto next, Timestamp at) { history.adopt(leaf, std::move(next), {.admins = 9, .at = at}); };
  ahead(0, root(1, 1), day);
  ahead(1, asking(1, 1, 1), day - Milliseconds(1));
  EXPECT_EQ(unserved(Environment::staging, 2, day - kSkew), "");
  EXPECT_NE(unserved(Environment::staging, 2, day - kSkew - Milliseconds(1)).find("list of people and keys in force is dated"), std::string::npos);
  EXPECT_EQ(unserved(Environment::local, 2, {}), "");
  ahead(2, root(2, 1), day - std::chrono::days(1));
  EXPECT_NE(unserved(Environment::staging, 3, day - kSkew - Milliseconds(2)).find("catalog in force is dated"), std::string::npos);
  EXPECT_EQ(unserved(Environment::staging, 3, day - kSkew - Milliseconds(1)), "");
}

TEST_F(Histories, KnowWhatSomebodyHasHeldThroughout) {
  const auto ana = person("ana", {"admin"});
  const auto cleo = person("cleo", {"qa"});
  const auto with = [&](std::uint64_t leaf, std::uint64_t version, std::vector<std::string> roles) {
    std::vector<Principal> people{ana};
    if (!roles.empty()) people.push_back({"cleo", PrincipalKind::person, std::move(roles), cleo.keys, {}});
    adopt(leaf, must(Root::make({version, 1, std::move(people)})));
  };
  with(0, 1, {"qa", "billing"});
  with(4, 2, {"billing", "clinician"});
  with(6, 3, {"qa", "billing", "clinician"});
  with(9, 4, {});
  with(12, 5, {"qa"});
  using Roles = std::vector<std::string>;
  const auto held = [&](std::uint64_t from, std::uint64_t to) { return history.roles_throughout("cleo", cleo.keys.front(), from, to); };
  EXPECT_EQ(held(0, 4), std::nullopt);
  EXPECT_EQ(held(1, 4), (Roles{"qa", "billing"}));
  EXPECT_EQ(held(1, 5), (Roles{"billing"}));
  EXPECT_EQ(held(4, 7), (Roles{"billing"}));  // given back is given anew
  EXPECT_EQ(held(5, 9), (Roles{"billing", "clinician"}));
  EXPECT_EQ(held(7, 9), (Roles{"qa", "billing", "clinician"}));
  EXPECT_EQ(held(7, 10), std::nullopt);
  EXPECT_EQ(held(7, 13), std::nullopt);  // back, but not all the time
  EXPECT_EQ(held(13, 99), (Roles{"qa"}));
  EXPECT_EQ(history.roles_throughout("cleo", ana.keys.front(), 13, 99), std::nullopt);
}

// Whoever holds the recovery key is no admin: a root that needed it serves no more than the admins among its signers.
TEST_F(Histories, CountOnlyAdminsAmongTheSigners) {
  adopt(0, root(1, 2));
  adopt(1, asking(1, 1, 2));
  EXPECT_EQ(unserved(Environment::production, 2), "");
  adopt(2, root(2, 2), 1);
  EXPECT_NE(unserved(Environment::production, 3), "");
  EXPECT_EQ(unserved(Environment::staging, 3), "");
  adopt(3, root(3, 2), 2);
  EXPECT_EQ(unserved(Environment::production, 4), "");
}

}  // namespace
}  // namespace blc::trust
