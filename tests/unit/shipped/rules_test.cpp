#include "core/shipped/rules.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>

namespace blc::shipped {
namespace {

std::string the_file() {
  std::ifstream file(std::filesystem::path(BLC_SOURCE_DIR) / "policies/tiers.yaml", std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

TEST(ShippedRules, AreTheFile) { EXPECT_EQ(kRules.text, the_file()); }

TEST(ShippedRules, AreWhatReadingTheFileGives) {
  const auto compiled = load_rules(the_file(), "a.yaml");
  const auto read = tier::Rules::load(the_file(), "a.yaml");
  ASSERT_TRUE(compiled && read);
  EXPECT_EQ(compiled->source, "a.yaml");
  EXPECT_EQ(compiled->rules.size(), read->rules.size());
  for (std::size_t i = 0; i < read->rules.size(); ++i) EXPECT_EQ(compiled->rules.at(i), read->rules[i]) << read->rules[i].id;
  EXPECT_EQ(*compiled, *read);
}

// One byte, and it is another file.
TEST(ShippedRules, GiveWayToAnyOther) {
  auto text = the_file();
  text.replace(text.find("prefix: APP_"), 12, "prefix: APQ_");
  const auto changed = load_rules(text, "a.yaml");
  ASSERT_TRUE(changed) << changed.error().message;
  EXPECT_EQ(changed->prefix, "APQ_");
  text.replace(text.find("prefix:"), 7, "prefux:");
  EXPECT_THAT(load_rules(text, "a.yaml").error().message, testing::HasSubstr("a.yaml:"));
  EXPECT_FALSE(load_rules("", "a.yaml"));
}

}  // namespace
}  // namespace blc::shipped
