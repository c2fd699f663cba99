#include "core/crypto/note.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/crypto/digest.hpp"
#include "core/crypto/wire.hpp"
#include "unit/crypto/openssh.hpp"

namespace blc::crypto {
namespace {

using ::testing::HasSubstr;

constexpr std::string_view kName = "example.org/practice";

Checkpoint sample() { return {.origin = "example.org/practice/4be1c07a", .size = 1234, .root = sha256("root")}; }

struct Signed {
  std::unique_ptr<ServiceKey> key = ServiceKey::generate().first;
  std::string note = sign_note(checkpoint_text(sample()), kName, *key);
  // A note over any text, signed in earnest: what is refused is refused for its text.
  [[nodiscard]] std::string why(std::string_view text) const {
    const auto verdict = verify_checkpoint(sign_note(text, kName, *key), kName, key->key());
    if (verdict) return "accepted";
    EXPECT_EQ(verdict.error().code, Exit::ledger);
    return verdict.error().message;
  }
};

TEST(Checkpoint, TextIsOriginSizeAndRoot) {
  EXPECT_EQ(checkpoint_text(sample()), "example.org/practice/4be1c07a\n1234\n" + base64(sha256("root").view()) + "\n");
}

TEST(Checkpoint, ComesBackFromItsNote) {
  const Signed made;
  const auto checkpoint = verify_checkpoint(made.note, kName, made.key->key());
  ASSERT_TRUE(checkpoint) << checkpoint.error().message;
  EXPECT_EQ(checkpoint->origin, sample().origin);
  EXPECT_EQ(checkpoint->size, sample().size);
  EXPECT_EQ(checkpoint->root, sample().root);
}

TEST(Checkpoint, HoldsEverySize) {
  const Signed made;
  for (const std::uint64_t size : {std::uint64_t{0}, std::uint64_t{9}, std::numeric_limits<std::uint64_t>::max()}) {
    const auto text = checkpoint_text({.origin = "o", .size = size, .root = {}});
    const auto checkpoint = verify_checkpoint(sign_note(text, kName, *made.key), kName, made.key->key());
    ASSERT_TRUE(checkpoint);
    EXPECT_EQ(checkpoint->size, size);
  }
}

TEST(Note, IsSignedAsC2spSignedNoteSays) {
  const Signed made;
  const auto text = checkpoint_text(sample());
  ASSERT_TRUE(made.note.starts_with(text + "\n\u2014 example.org/practice "));
  ASSERT_TRUE(made.note.ends_with("\n"));
  const auto space = made.note.rfind(' ');
  const auto bytes = from_base64(std::string_view(made.note).substr(space + 1, made.note.size() - space - 2));
  ASSERT_TRUE(bytes);
  ASSERT_EQ(bytes->size(), 4U + 64U);
  const auto point = std::string_view(made.key->key().blob()).substr(4 + 11 + 4);
  EXPECT_EQ(bytes->substr(0, 4), sha256(kName, std::string_view("\n\x01", 2), point).view().substr(0, 4));
  EXPECT_TRUE(ed25519_verify(made.key->key(), text, bytes->substr(4)));
}

// The key and note in the documentation of Go's golang.org/x/mod/sumdb/note.
TEST(Note, KeyIdIsTheOneGoComputes) {
  const auto verifier_key = from_base64("ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW");
  ASSERT_TRUE(verifier_key);
  ASSERT_EQ(verifier_key->size(), 33U);
  EXPECT_EQ(to_hex(sha256("PeterNeumann", "\n", *verifier_key).view().substr(0, 4)), "c74f20a3");
}

TEST(Note, RefusesAnySingleBitFlipped) {
  const Signed made;
  for (std::size_t bit = 0; bit < made.note.size() * 8; ++bit) {
    auto flipped = made.note;
    flipped[bit / 8] = static_cast<char>(static_cast<std::uint8_t>(flipped[bit / 8]) ^ (1U << bit % 8));
    const auto verdict = verify_checkpoint(flipped, kName, made.key->key());
    ASSERT_FALSE(verdict) << "bit " << bit;
    ASSERT_EQ(verdict.error().code, Exit::ledger);
  }
}

TEST(Note, RefusesWhatIsCutOrLengthened) {
  const Signed made;
  for (std::size_t size = 0; size < made.note.size(); ++size) {
    EXPECT_FALSE(verify_checkpoint(made.note.substr(0, size), kName, made.key->key())) << size;
  }
  EXPECT_FALSE(verify_checkpoint(made.note + "\n", kName, made.key->key()));
  EXPECT_FALSE(verify_checkpoint(made.note + "x", kName, made.key->key()));
  EXPECT_FALSE(verify_checkpoint(std::string(70'000, 'x') + made.note, kName, made.key->key()));
}

TEST(Note, RefusesAnotherNameOrKey) {
  const Signed made;
  const Signed other;
  EXPECT_FALSE(verify_checkpoint(made.note, "example.org/other", made.key->key()));
  EXPECT_FALSE(verify_checkpoint(made.note, kName, other.key->key()));
  const test::Folder folder;
  test::make_key(folder / "key", "ecdsa");
  EXPECT_FALSE(verify_checkpoint(made.note, kName, *PublicKey::parse_line(test::slurp(folder / "key.pub"))));
}

TEST(Note, LetsWitnessesSignBeside) {
  const Signed made;
  const Signed witness;
  const auto line = witness.note.substr(witness.note.find("\u2014"));
  const auto named = sign_note(checkpoint_text(sample()), "witness.example.org", *witness.key);
  const auto cosigned = made.note + named.substr(named.find("\u2014"));
  EXPECT_TRUE(verify_checkpoint(cosigned, kName, made.key->key()));
  EXPECT_TRUE(verify_checkpoint(cosigned, "witness.example.org", witness.key->key()));
  EXPECT_TRUE(verify_checkpoint(made.note + line, kName, made.key->key()));  // same name, another key
}

TEST(Note, RefusesASecondOrAFalseLineOfTheSameKey) {
  const Signed made;
  const auto line = made.note.substr(made.note.find("\u2014"));
  EXPECT_FALSE(verify_checkpoint(made.note + line, kName, made.key->key()));
  const auto other = sign_note("other\n1\n" + base64(sha256("x").view()) + "\n", kName, *made.key);
  EXPECT_FALSE(verify_checkpoint(made.note + other.substr(other.find("\u2014")), kName, made.key->key()));
}

TEST(Checkpoint, RefusesEveryOtherText) {
  const Signed made;
  const auto root = base64(sha256("root").view());
  EXPECT_EQ(made.why("o\n1\n" + root + "\n"), "accepted");
  EXPECT_THAT(made.why("o\n01\n" + root + "\n"), HasSubstr("size"));
  EXPECT_THAT(made.why("o\n00\n" + root + "\n"), HasSubstr("size"));
  EXPECT_THAT(made.why("o\n+1\n" + root + "\n"), HasSubstr("size"));
  EXPECT_THAT(made.why("o\n-1\n" + root + "\n"), HasSubstr("size"));
  EXPECT_THAT(made.why("o\n1 \n" + root + "\n"), HasSubstr("size"));
  EXPECT_THAT(made.why("o\n0x1\n" + root + "\n"), HasSubstr("size"));
  EXPECT_THAT(made.why("o\n18446744073709551616\n" + root + "\n"), HasSubstr("size"));
  EXPECT_THAT(made.why("o\n1\n" + root.substr(0, 43) + "\n"), HasSubstr("root"));
  EXPECT_THAT(made.why("o\n1\n" + base64("short") + "\n"), HasSubstr("root"));
  EXPECT_THAT(made.why("o\n1\n" + root + "\nextension\n"), HasSubstr("origin, size and root"));
  EXPECT_THAT(made.why("o\n1\n"), HasSubstr("origin, size and root"));
  EXPECT_THAT(made.why("\x1b[2J\n1\n" + root + "\n"), HasSubstr("printable"));
  EXPECT_THAT(made.why("\n1\n" + root + "\n"), HasSubstr("printable"));
}

TEST(Note, IsNotMadeOfWhatCouldNotBeRead) {
  const auto key = ServiceKey::generate().first;
  EXPECT_THROW(static_cast<void>(sign_note("text", kName, *key)), std::invalid_argument);
  EXPECT_THROW(static_cast<void>(sign_note("text\n", "two words", *key)), std::invalid_argument);
  EXPECT_THROW(static_cast<void>(sign_note("text\n", "a+b", *key)), std::invalid_argument);
  EXPECT_THROW(static_cast<void>(sign_note("text\n", "", *key)), std::invalid_argument);
  EXPECT_THROW(static_cast<void>(checkpoint_text({.origin = "a\nb", .size = 1, .root = {}})), std::invalid_argument);
}

}  // namespace
}  // namespace blc::crypto
