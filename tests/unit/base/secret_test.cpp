#include "core/base/secret.hpp"

#include <type_traits>

#include <gtest/gtest.h>

namespace blc {
namespace {

static_assert(!std::is_copy_constructible_v<Secret> && !std::is_copy_assignable_v<Secret>);
static_assert(!std::is_convertible_v<Secret, std::string> && !std::is_convertible_v<Secret, std::string_view>);

// Long enough not to lie inside the string object, short enough to lie inside it: both must be wiped.
class SecretOfLength : public testing::TestWithParam<std::size_t> {
 protected:
  std::string bytes_ = std::string(GetParam(), 's');
};

TEST_P(SecretOfLength, TakesBytesOverAndWipesTheSource) {
  auto source = bytes_;
  const auto* const place = source.data();
  const auto secret = Secret::take(std::move(source));
  EXPECT_EQ(secret.reveal(), bytes_);
  EXPECT_EQ(std::string(place, bytes_.size()).find('s'), std::string::npos);  // NOLINT: source still owns them
}

TEST_P(SecretOfLength, MovesWithoutLeavingBytesBehind) {
  auto first = Secret::copy(bytes_);
  Secret second(std::move(first));
  EXPECT_EQ(second.reveal(), bytes_);
  EXPECT_TRUE(first.empty());  // NOLINT(bugprone-use-after-move): what a move leaves is what is tested
  auto third = Secret::copy("other");
  third = std::move(second);
  EXPECT_EQ(third.reveal(), bytes_);
  EXPECT_TRUE(second.empty());  // NOLINT(bugprone-use-after-move)
}

TEST_P(SecretOfLength, SurvivesAssignmentToItself) {
  auto secret = Secret::copy(bytes_);
  auto& same = secret;
  secret = std::move(same);
  EXPECT_EQ(secret.reveal(), bytes_);
}

INSTANTIATE_TEST_SUITE_P(Lengths, SecretOfLength, testing::Values(1U, 15U, 16U, 32U, 4096U));

TEST(Secret, WipesInPlace) {
  std::string bytes = "0123456789abcdef0123456789abcdef";
  const auto* const place = bytes.data();
  const auto size = bytes.size();
  Secret::wipe(bytes);
  EXPECT_EQ(std::string(place, size).find_first_not_of('\0'), std::string::npos);
}

TEST(Secret, GivesRoomToFill) {
  Secret secret(4);
  EXPECT_EQ(secret.size(), 4U);
  EXPECT_EQ(secret.reveal(), std::string_view("\0\0\0\0", 4));
  std::ranges::copy(std::string_view("abcd"), secret.data());
  EXPECT_EQ(secret.reveal(), "abcd");
  EXPECT_TRUE(Secret().empty());
}

}  // namespace
}  // namespace blc
