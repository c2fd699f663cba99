#include "core/base/words.hpp"

#include <gtest/gtest.h>

namespace blc {
namespace {

TEST(Words, ParseWhatTheyPrint) {
  for (const auto value : kEnvironments) EXPECT_EQ(parse_environment(to_string(value)), value);
  for (const auto value : kClassifications) EXPECT_EQ(parse_classification(to_string(value)), value);
  for (const auto value : {Effect::read, Effect::write, Effect::disclose})
    EXPECT_EQ(parse_effect(to_string(value)), value);
  for (const auto value : {Fidelity::exact, Fidelity::estimate, Fidelity::none})
    EXPECT_EQ(parse_fidelity(to_string(value)), value);
  for (const std::string text : {"", "Local", "local ", "prod", "test"}) EXPECT_FALSE(parse_environment(text)) << text;
  EXPECT_FALSE(parse_classification("phi"));
  EXPECT_FALSE(parse_effect("delete"));
  EXPECT_FALSE(parse_fidelity("good"));
}

TEST(Words, HaveTheAliasesOfTheRequirementsAndNoOthers) {
  EXPECT_EQ(parse_environment_alias("dev"), Environment::local);
  EXPECT_EQ(parse_environment_alias("development"), Environment::local);
  EXPECT_EQ(parse_environment_alias("prod"), Environment::production);
  EXPECT_EQ(parse_environment_alias("staging"), Environment::staging);
  for (const std::string text : {"", "stage", "Prod", "live", "int"})
    EXPECT_FALSE(parse_environment_alias(text)) << text;
}

TEST(Words, OrderClassificationsForCeilings) {
  EXPECT_LT(Classification::personal, Classification::business);
  EXPECT_LT(Classification::business, Classification::clinical);
}

TEST(Words, KeepTheRecordsOfEnvironmentsApart) {
  EXPECT_EQ(data_directory(Environment::local), "fixtures/mock");
  EXPECT_EQ(data_directory(Environment::integration), "fixtures/synthetic");
  EXPECT_EQ(data_directory(Environment::staging), "fixtures/synthetic");
  EXPECT_EQ(data_directory(Environment::production), "records");
}

TEST(Words, KnowNames) {
  for (const std::string name : {"a", "ana", "clinical-lead", "a1", "a--"}) EXPECT_TRUE(is_name(name)) << name;
  EXPECT_TRUE(is_name(std::string(32, 'a')));
  for (const std::string name : {"", "Ana", "1a", "-a", "a b", "a_b", "a.b", "\u00e9"})
    EXPECT_FALSE(is_name(name)) << name;
  EXPECT_FALSE(is_name(std::string(33, 'a')));
}

}  // namespace
}  // namespace blc
