#include "core/crypto/sealing.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fmt/format.h>

#include "core/crypto/aead.hpp"
#include "core/crypto/digest.hpp"
#include "core/crypto/wire.hpp"
#include "unit/crypto/fixed_random.hpp"

namespace blc::crypto {
namespace {

using ::testing::HasSubstr;

SealContext context() {
  return {.ledger = "example.org/practice/4be1",
          .run = "01KADX0V8T5N2R9JQ3HW7M4KD2",
          .verb = "session-summary generate",
          .name = "client",
          .environment = "production"};
}

struct Sealing {
  test::FixedRandom random;
  std::unique_ptr<ports::KeyWrap> kek = file_key_wrap(random, Secret::take(std::string(32, 'k')));
  Sealed sealed = *seal(random, *kek, context(), "C-1042");

  [[nodiscard]] std::string opened(const SealContext& where, const SealedRef& ref, std::string_view blob) const {
    const auto value = open(*kek, where, ref, blob);
    if (value) return std::string(value->reveal());
    EXPECT_EQ(value.error().code, Exit::authentication);
    return "refused: " + value.error().message;
  }
};

TEST(Sealing, OpensWhereItWasSealed) {
  const Sealing made;
  EXPECT_EQ(made.opened(context(), made.sealed.ref, made.sealed.blob), "C-1042");
}

TEST(Sealing, HoldsEmptyAndLargeValues) {
  Sealing made;
  for (const auto& value : {std::string(), std::string(1, '\0'), std::string(1'000'000, 'x')}) {
    const auto sealed = seal(made.random, *made.kek, context(), value);
    ASSERT_TRUE(sealed);
    EXPECT_EQ(made.opened(context(), sealed->ref, sealed->blob), value);
  }
}

TEST(Sealing, ShowsNothingOfTheValueAndNeverTheSameTwice) {
  Sealing made;
  const auto again = seal(made.random, *made.kek, context(), "C-1042");
  ASSERT_TRUE(again);
  EXPECT_EQ(made.sealed.blob.find("C-1042"), std::string::npos);
  EXPECT_NE(again->ref.commitment, made.sealed.ref.commitment);
  EXPECT_NE(again->ref.ciphertext, made.sealed.ref.ciphertext);
}

TEST(Sealing, RefusesAnySingleBitFlippedInTheBlob) {
  const Sealing made;
  for (std::size_t bit = 0; bit < made.sealed.blob.size() * 8; ++bit) {
    auto blob = made.sealed.blob;
    blob[bit / 8] = static_cast<char>(static_cast<std::uint8_t>(blob[bit / 8]) ^ (1U << bit % 8));
    ASSERT_THAT(made.opened(context(), made.sealed.ref, blob), HasSubstr("refused")) << "bit " << bit;
  }
}

TEST(Sealing, RefusesAnySingleBitFlippedInTheReference) {
  const Sealing made;
  for (std::size_t bit = 0; bit < 256; ++bit) {
    auto ref = made.sealed.ref;
    ref.commitment.bytes[bit / 8] = static_cast<std::uint8_t>(ref.commitment.bytes[bit / 8] ^ (1U << bit % 8));
    ASSERT_THAT(made.opened(context(), ref, made.sealed.blob), HasSubstr("refused")) << "bit " << bit;
    ref = made.sealed.ref;
    ref.ciphertext.bytes[bit / 8] = static_cast<std::uint8_t>(ref.ciphertext.bytes[bit / 8] ^ (1U << bit % 8));
    ASSERT_THAT(made.opened(context(), ref, made.sealed.blob), HasSubstr("refused")) << "bit " << bit;
  }
}

TEST(Sealing, RefusesWhatIsCutOrLengthened) {
  const Sealing made;
  for (std::size_t size = 0; size < made.sealed.blob.size(); ++size) {
    ASSERT_THAT(made.opened(context(), made.sealed.ref, made.sealed.blob.substr(0, size)), HasSubstr("refused"));
  }
  EXPECT_THAT(made.opened(context(), made.sealed.ref, made.sealed.blob + '\0'), HasSubstr("refused"));
}

TEST(Sealing, RefusesEveryOtherContext) {
  const Sealing made;
  const std::vector<std::function<void(SealContext&)>> changes{
      [](auto& c) { c.ledger += "x"; }, [](auto& c) { c.run = "01KADX0V8T5N2R9JQ3HW7M4KD3"; },
      [](auto& c) { c.verb = "session-summary"; }, [](auto& c) { c.name = "session"; },
      [](auto& c) { c.environment = "staging"; },
      // The same characters, cut elsewhere.
      [](auto& c) { c.verb += c.name, c.name.clear(); }, [](auto& c) { std::swap(c.name, c.environment); }};
  for (std::size_t i = 0; i < changes.size(); ++i) {
    auto other = context();
    changes[i](other);
    EXPECT_THAT(made.opened(other, made.sealed.ref, made.sealed.blob), HasSubstr("refused")) << i;
  }
}

TEST(Sealing, RefusesAnotherValuesBlobOrReference) {
  Sealing made;
  const auto other = seal(made.random, *made.kek, context(), "C-1043");
  ASSERT_TRUE(other);
  EXPECT_THAT(made.opened(context(), made.sealed.ref, other->blob), HasSubstr("refused"));
  EXPECT_THAT(made.opened(context(), {made.sealed.ref.commitment, other->ref.ciphertext}, other->blob),
              HasSubstr("refused"));
}

TEST(Sealing, OpensUnderNoOtherKey) {
  Sealing made;
  const auto other = file_key_wrap(made.random, Secret::take(std::string(32, 'K')));
  const auto value = open(*other, context(), made.sealed.ref, made.sealed.blob);
  ASSERT_FALSE(value);
  EXPECT_EQ(value.error().code, Exit::authentication);
  EXPECT_THAT(value.error().message, HasSubstr("not sealed for"));
}

// A KEK that gives out whatever data key it is told to: what an insider with the KEK could do.
class Lying final : public ports::KeyWrap {
 public:
  [[nodiscard]] std::string id() const override { return "lying"; }
  [[nodiscard]] Result<std::string> wrap(const Secret& data_key, std::string_view associated) override {
    key = std::string(data_key.reveal());
    bound_to.emplace_back(associated);
    return "wrapped";
  }
  [[nodiscard]] Result<Secret> unwrap(std::string_view /*wrapped*/, std::string_view associated) override {
    bound_to.emplace_back(associated);
    if (fails) return fail(Exit::authentication, "The key service says no.");
    return Secret::copy(key);
  }
  [[nodiscard]] std::string keyed_hash(std::string_view /*purpose*/, std::string_view /*message*/) override {
    return {};
  }
  std::string key;
  std::vector<std::string> bound_to;
  bool fails = false;
};

TEST(Sealing, RefusesADataKeyThatWasNotCommittedTo) {
  test::FixedRandom random;
  Lying kek;
  const auto sealed = seal(random, kek, context(), "C-1042");
  ASSERT_TRUE(sealed);
  ASSERT_TRUE(open(kek, context(), sealed->ref, sealed->blob));
  kek.key = std::string(32, 'x');
  const auto refused = open(kek, context(), sealed->ref, sealed->blob);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("committed"));
}

TEST(Sealing, BindsWrapsToContextKekAndCommitment) {
  test::FixedRandom random;
  Lying kek;
  const auto sealed = seal(random, kek, context(), "C-1042");
  ASSERT_TRUE(sealed);
  ASSERT_TRUE(open(kek, context(), sealed->ref, sealed->blob));
  ASSERT_EQ(kek.bound_to.size(), 2U);
  EXPECT_EQ(kek.bound_to[0], kek.bound_to[1]);
  WireReader in(kek.bound_to[0]);
  EXPECT_EQ(in.string(), "blc.wrap.v1");
  EXPECT_EQ(in.string(), context().ledger);
  EXPECT_EQ(in.string(), context().run);
  EXPECT_EQ(in.string(), context().verb);
  EXPECT_EQ(in.string(), context().name);
  EXPECT_EQ(in.string(), context().environment);
  EXPECT_EQ(in.string(), "lying");
  EXPECT_EQ(in.string().size(), 32U);
  EXPECT_EQ(in.string(), sealed->ref.commitment.view());
  EXPECT_TRUE(in.finished());
}

TEST(Sealing, PassesOnWhatTheKeyServiceRefused) {
  test::FixedRandom random;
  Lying kek;
  const auto sealed = seal(random, kek, context(), "C-1042");
  kek.fails = true;
  const auto refused = open(kek, context(), sealed->ref, sealed->blob);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message, "The key service says no.");
}

// Takes the blob apart and writes it again with other wraps.
std::string with_wraps(const std::string& blob, const std::vector<std::pair<std::string, std::string>>& wraps) {
  WireReader in(blob);
  WireWriter out;
  out.byte(in.byte());
  out.string(in.string());
  out.string(in.string());
  out.u32(static_cast<std::uint32_t>(wraps.size()));
  for (const auto& [kek, wrapped] : wraps) out.string(kek).string(wrapped);
  return std::move(out).bytes();
}

TEST(Sealing, FindsItsWrapAmongOthersInOneOrderOnly) {
  test::FixedRandom random;
  Lying kek;
  const auto sealed = seal(random, kek, context(), "C-1042");
  ASSERT_TRUE(sealed);
  const auto opens = [&](const std::vector<std::pair<std::string, std::string>>& wraps) {
    return open(kek, context(), sealed->ref, with_wraps(sealed->blob, wraps)).has_value();
  };
  EXPECT_TRUE(opens({{"lying", "wrapped"}}));
  EXPECT_TRUE(opens({{"a", "1"}, {"lying", "wrapped"}, {"z", "2"}}));
  EXPECT_FALSE(opens({{"z", "2"}, {"lying", "wrapped"}}));
  EXPECT_FALSE(opens({{"lying", "wrapped"}, {"lying", "wrapped"}}));
  EXPECT_FALSE(opens({{"", "1"}, {"lying", "wrapped"}}));
  EXPECT_FALSE(opens({{"a", "1"}}));
  EXPECT_FALSE(opens({}));
  std::vector<std::pair<std::string, std::string>> many{{"lying", "wrapped"}};
  for (int i = 0; i < 64; ++i) many.emplace_back(fmt::format("m{:02}", i), "x");
  EXPECT_FALSE(opens(many));
}

TEST(Sealing, RefusesACountThatNoBlobCouldHold) {
  const auto blob = WireWriter().byte(1).string(std::string(32, 'i')).string("c").u32(0xffffffff).bytes();
  const Sealing made;
  EXPECT_THAT(made.opened(context(), {{}, sha256("c")}, blob), HasSubstr("form"));
}

TEST(Sealing, RefusesAValueOfMoreThan64MiB) {
  Sealing made;
  const auto refused = seal(made.random, *made.kek, context(), std::string((64U << 20U) + 1, 'x'));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Exit::usage);
}

TEST(FileKeyWrap, IdIsDerivedFromTheKeyAndTellsNothingOfIt) {
  test::FixedRandom random;
  const auto one = file_key_wrap(random, Secret::take(std::string(32, 'k')));
  const auto same = file_key_wrap(random, Secret::take(std::string(32, 'k')));
  const auto other = file_key_wrap(random, Secret::take(std::string(32, 'l')));
  EXPECT_EQ(one->id(), same->id());
  EXPECT_NE(one->id(), other->id());
  EXPECT_EQ(one->id().size(), 5U + 32U);
  EXPECT_TRUE(one->id().starts_with("file:"));
}

TEST(FileKeyWrap, UnwrapsOnlyWhatItWrappedForTheSameData) {
  test::FixedRandom random;
  const auto kek = file_key_wrap(random, Secret::take(std::string(32, 'k')));
  const auto wrapped = kek->wrap(Secret::take(std::string(32, 'd')), "data");
  ASSERT_TRUE(wrapped);
  EXPECT_EQ(wrapped->size(), 12U + 32U + 16U);
  EXPECT_EQ(kek->unwrap(*wrapped, "data")->reveal(), std::string(32, 'd'));
  for (const auto& refused : {kek->unwrap(*wrapped, "other"), kek->unwrap("", "data"), kek->unwrap("short", "data")}) {
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Exit::authentication);
  }
}

TEST(FileKeyWrap, HashesUnderAKeyOfEachPurpose) {
  test::FixedRandom random;
  const auto kek = file_key_wrap(random, Secret::take(std::string(32, 'k')));
  EXPECT_EQ(kek->keyed_hash("subject", "C-1042"), kek->keyed_hash("subject", "C-1042"));
  EXPECT_NE(kek->keyed_hash("subject", "C-1042"), kek->keyed_hash("subject", "C-1043"));
  EXPECT_NE(kek->keyed_hash("subject", "C-1042"), kek->keyed_hash("value", "C-1042"));
  EXPECT_EQ(kek->keyed_hash("subject", "").size(), 32U);
  EXPECT_NE(kek->keyed_hash("subject", "C-1042"),
            file_key_wrap(random, Secret::take(std::string(32, 'l')))->keyed_hash("subject", "C-1042"));
}

TEST(FileKeyWrap, TakesKeysOf32BytesOnly) {
  test::FixedRandom random;
  EXPECT_THROW(static_cast<void>(file_key_wrap(random, Secret(16))), Broken);
  EXPECT_THROW(static_cast<void>(file_key_wrap(random, Secret())), Broken);
}

}  // namespace
}  // namespace blc::crypto
