// What a signature shows of the key that made it, where a slot asks for touch or PIN.
#include <gtest/gtest.h>

#include "signing.hpp"
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
    ledger::Header header{world.pin().origin, EntryId{world.run(run).id.value}, "tess", world.clock.now(),
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
