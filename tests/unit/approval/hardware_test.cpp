// What a signature shows of the key that made it, where a slot asks for touch or PIN.
#include <gtest/gtest.h>

#include "signing.hpp"
#include "support/key_vendor.hpp"
#include "support/token_key.hpp"

namespace blc::approval {
namespace {

using testing::must;
using testing::TokenKey;

constexpr std::uint8_t kTouchAndPin = TokenKey::kTouch | TokenKey::kPin;

void ask(std::string& approvals, const std::string& hardware) {
  const std::string slot = "{name: clinical-approver, roles: [clinical-lead, privacy-officer]";
  const auto at = approvals.find(slot);
  if (at == std::string::npos) throw std::logic_error("no such slot");
  approvals.insert(at + slot.size(), ", hardware: " + hardware);
}

// The default practice, its clinical slot in staging asking for `hardware`; tess, a clinical lead, has a token.
struct Tokens {
  explicit Tokens(const std::string& hardware, std::uint8_t flags) : token(flags), world(practice(hardware)) {
    world.adopt_root([this](auto& principals) {
      principals.push_back({"tess", trust::PrincipalKind::person, {"clinical-lead"}, {token.key()}, {}});
    });
  }
  static testing::Practice practice(const std::string& hardware) {
    auto files = testing::default_practice();
    if (!hardware.empty()) ask(files.at("policies/approvals.yaml"), hardware);
    return files;
  }
  Desk tess() { return must(Desk::open(world.log(), token, world.vault())); }
  Result<> approve(const RunId& run) { return tess().approve(run, world.run(run).plan->digest); }
  // Signed and appended past every check.
  std::uint64_t append(const RunId& run, Act act = Act::approve) {
    const auto scope = world.scope(run);
    const ledger::Header header{world.pin().origin, EntryId{world.run(run).id.value}, "tess", world.clock.now(),
                          world.log().replay().root()->version(), world.log().replay().head(),
                          scope.run, scope.environment, scope.classification};
    const auto payload =
        ledger::encode_payload(ledger::Kind::approval, header, approval_body(act, world.run(run).plan->digest, nullptr));
    return world.store_raw(must(ledger::sign_entry(ledger::Kind::approval, payload, token)));
  }
  TokenKey token;
  World world;
};

TEST(Hardware, IsNotAskedForByASlotThatDoesNotSaySo) {
  Tokens tokens("", 0);
  const auto run = one_slot(tokens.world);
  ASSERT_TRUE(tokens.approve(run));
  const auto decision = tokens.world.decision(run);
  EXPECT_TRUE(decision.yes);
  EXPECT_TRUE(decision.slots.front().hardware_key);
  EXPECT_FALSE(decision.slots.front().shown.touched);
}

TEST(Hardware, CountsWhatEachFlagShowsAndNoMore) {
  struct Case {
    std::string asked;
    std::uint8_t flags;
    bool counts;
  };
  const std::vector<Case> cases{{"touch", 0, false},
                                {"touch", TokenKey::kTouch, true},
                                {"touch", TokenKey::kPin, false},  // a PIN alone is no touch
                                {"touch", kTouchAndPin, true},
                                {"pin", 0, false},
                                {"pin", TokenKey::kTouch, false},
                                {"pin", TokenKey::kPin, false},  // a PIN implies a touch
                                {"pin", kTouchAndPin, true},
                                {"pin", 0xfa, false}};           // every other flag
  for (const auto& [asked, flags, counts] : cases) {
    Tokens tokens(asked, flags);
    const auto run = one_slot(tokens.world);
    const auto size = tokens.world.store.size();
    const auto approved = tokens.approve(run);
    EXPECT_EQ(approved.has_value(), counts) << asked << " " << int{flags};
    EXPECT_EQ(tokens.world.decision(run).yes, counts) << asked << " " << int{flags};
    if (counts) continue;
    EXPECT_EQ(approved.error().code, Exit::refused);
    EXPECT_NE(approved.error().hint, "");
    EXPECT_EQ(tokens.world.store.size(), size);
    const auto leaf = tokens.append(run);
    EXPECT_TRUE(stands(tokens.world, leaf, "void: asks for a security key")) << asked << " " << int{flags};
    EXPECT_FALSE(tokens.world.decision(run).yes);
  }
}

TEST(Hardware, IsRefusedBeforeSigningWithAKeyThatIsNone) {
  Tokens tokens("touch", TokenKey::kTouch);
  const auto run = one_slot(tokens.world);
  const auto refused = tokens.world.approve("ben", run);
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("must be signed with a security key, touched"), std::string::npos)
      << refused.error().message;
  EXPECT_EQ(tokens.world.decision(run).slots.front().open_to, std::vector<std::string>{"tess"});
  EXPECT_TRUE(stands(tokens.world, sign(tokens.world, "ben", run), "void: asks for a security key"));
}

TEST(Hardware, IsNotAskedOfARejection) {
  Tokens tokens("pin", 0);
  const auto run = one_slot(tokens.world);
  EXPECT_TRUE(tokens.world.desk("ben").reject(run, "not today"));
  EXPECT_EQ(tokens.world.state(run), State::rejected);
}

TEST(Hardware, AskedForInForceClosesTheGateToASignatureWithoutIt) {
  for (const bool touched : {false, true}) {
    Tokens tokens("", touched ? TokenKey::kTouch : 0);
    const auto run = one_slot(tokens.world);
    ASSERT_TRUE(tokens.approve(run));
    ASSERT_TRUE(tokens.world.order(run));
    const auto order_leaf = tokens.world.store.size() - 1;
    tokens.world.adopt_catalog([](auto& files) { ask(files.at("policies/approvals.yaml"), "touch"); });
    EXPECT_EQ(tokens.world.decision(run).yes, touched);
    if (touched) continue;
    EXPECT_NE(tokens.world.decision(run).why.find("asks for more"), std::string::npos);
    EXPECT_TRUE(stands(tokens.world, claim(tokens.world, run, order_leaf), "void: asks for more"));
  }
}

TEST(Hardware, DroppedInForceIsStillAskedForByThePlan) {
  Tokens tokens("touch", 0);
  const auto run = one_slot(tokens.world);
  tokens.world.adopt_catalog([](auto& files) {
    auto& text = files.at("policies/approvals.yaml");
    text.erase(text.find(", hardware: touch"), std::string_view(", hardware: touch").size());
  });
  EXPECT_FALSE(tokens.approve(run));
  EXPECT_FALSE(tokens.world.approve("ben", run));
}

// The same with a maker whom ana pins, and who attested tess's key before the plan.
struct AttestedTokens : Tokens {
  AttestedTokens()
      : Tokens("touch, attested: true", TokenKey::kTouch),
        acme(testing::Certified::self_signed({.issues = true})),
        device(acme.issue({.name = "acme1"})) {}
  [[nodiscard]] crypto::VendorCertificate vendor() const { return must(crypto::VendorCertificate::parse_der(acme.der())); }
  [[nodiscard]] trust::Attestation attestation() const {
    return {token.key(), testing::Said(token.key()).by(device, "challenge"), "challenge", vendor().fingerprint()};
  }
  // Appends the next root, tess's attestations and the vendors being these; its leaf.
  std::uint64_t root(std::vector<trust::Attestation> attestations, std::vector<crypto::VendorCertificate> vendors) {
    must(world.log().refresh());
    const auto& now = *world.log().replay().root();
    auto principals = now.principals();
    testing::principal(principals, "tess").attestations = std::move(attestations);
    return world.append_raw("ana", ledger::Kind::root, std::nullopt,
                            must(now.next([&](auto& content) {
                              content.principals = std::move(principals);
                              content.vendors = std::move(vendors);
                            })).to_json());
  }
  testing::Certified acme;
  testing::Certified device;
};

TEST(Attested, CountsOnlyKeysThatWereAttestedBeforeThePlan) {
  AttestedTokens tokens;
  const auto early = one_slot(tokens.world);
  EXPECT_FALSE(tokens.approve(early));
  EXPECT_TRUE(stands(tokens.world, tokens.append(early), "void: is not attested"));
  AttestedTokens others;
  const auto before = one_slot(others.world);
  EXPECT_TRUE(stands(others.world, others.root({others.attestation()}, {others.vendor()}), "counts"));
  const auto refused = others.approve(before);
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("was not attested when this was planned"), std::string::npos);
  const auto after = one_slot(others.world);
  EXPECT_TRUE(others.approve(after));
  EXPECT_TRUE(others.world.decision(after).yes);
  EXPECT_TRUE(others.world.decision(after).slots.front().shown.attested);
}

TEST(Attested, EndsWithTheVendorsPin) {
  AttestedTokens tokens;
  ASSERT_TRUE(stands(tokens.world, tokens.root({tokens.attestation()}, {tokens.vendor()}), "counts"));
  const auto run = one_slot(tokens.world);
  ASSERT_TRUE(tokens.approve(run));
  ASSERT_TRUE(tokens.world.order(run));
  const auto order_leaf = tokens.world.store.size() - 1;
  ASSERT_TRUE(stands(tokens.world, tokens.root({}, {}), "counts"));
  EXPECT_FALSE(tokens.world.decision(run).yes);
  EXPECT_TRUE(stands(tokens.world, claim(tokens.world, run, order_leaf), "void: 0 of 1"));
}

TEST(Attested, MakesARootThatLiesVoid) {
  AttestedTokens tokens;
  auto lie = tokens.attestation();
  lie.challenge = "another";
  EXPECT_TRUE(stands(tokens.world, tokens.root({lie}, {tokens.vendor()}), "void: tess: The attestation does not hold"));
  // By another maker of that name, who is not pinned.
  AttestedTokens others;
  lie = others.attestation();
  const auto fake = testing::Certified::self_signed({.issues = true});
  lie.statement = testing::Said(lie.key).by(fake.issue({.name = "acme1"}), lie.challenge);
  EXPECT_TRUE(stands(others.world, others.root({lie}, {others.vendor()}), "void: The attestation does not hold"));
  EXPECT_EQ(others.world.told().root()->find("tess")->attestation(others.token.key()), nullptr);
}

TEST(Hardware, CannotBeLeftOutOfThePlan) {
  auto files = Tokens::practice("pin");
  World world(files);
  const auto run = one_slot(world);
  EXPECT_EQ(world.run(run).plan->plan->resolution.rule.slots.front().hardware, policy::Hardware::pin);
  auto plan = *world.run(run).plan->plan;
  plan.run = world.requested("report make", kClient, Environment::staging);
  plan.resolution.rule.slots.front().hardware = policy::Hardware::any;
  const auto leaf = world.append_raw("machine", ledger::Kind::plan, world.scope(plan.run), plan.to_json());
  EXPECT_TRUE(stands(world, leaf, "void: "));
}

}  // namespace
}  // namespace blc::approval
