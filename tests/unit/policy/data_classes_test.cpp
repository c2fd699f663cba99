#include "core/policy/data_classes.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

namespace blc::policy {
namespace {

std::string shipped() {
  const std::ifstream file(std::filesystem::path(BLC_SOURCE_DIR) / DataClasses::kPath, std::ios::binary);
  std::ostringstream bytes;
  bytes << file.rdbuf();
  return bytes.str();
}

const std::string kSmall =
    "classes:\n"
    "  public: {verbs: personal, environments: [local, integration, staging, production], stand-ins: []}\n"
    "  internal: {verbs: personal, environments: [integration, staging, production], stand-ins: [local]}\n"
    "  confidential: {verbs: business, environments: [production], stand-ins: [local, integration, staging]}\n"
    "  restricted: {verbs: clinical, environments: [production], stand-ins: [local, integration, staging]}\n";

std::string with(std::string_view data_class, std::string_view from, std::string_view to) {
  auto text = kSmall;
  const auto line = text.find(fmt::format("  {}:", data_class));
  const auto place = text.find(from, line);
  EXPECT_LT(place, text.find('\n', line)) << from;
  return text.replace(place, from.size(), to);
}

std::string fault(const std::string& text) {
  const auto read = DataClasses::load(text);
  if (read) return "accepted";
  EXPECT_EQ(read.error().code, Exit::usage);
  const auto file = fmt::format("{}:", DataClasses::kPath);
  EXPECT_TRUE(read.error().message.starts_with(file)) << read.error().message;
  return read.error().message.substr(file.size());
}

verb::Verb verb_of(Classification classification, const std::string& data) {
  const auto read = verb::load(fmt::format("verb: x\nsummary: x\nclassification: {}\ndata: [{}]\nsteps:\n"
                                           "  - {{name: w, summary: w, effect: write, argv: [w], writes: [o], undo: {{argv: [u]}}}}\n",
                                           to_string(classification), data),
                               "verbs/x.yaml");
  EXPECT_TRUE(read) << read.error().message;
  return *read;
}

// Requirements, section 1 (the data of each row) and section 3 (the table of data classes).
TEST(ShippedDataClasses, SayWhatTheTablesSay) {
  const auto read = DataClasses::load(shipped());
  ASSERT_TRUE(read) << read.error().message;
  using enum Environment;
  const std::set<Environment> made_up{local, integration, staging};
  EXPECT_EQ(read->at("public").lowest, Classification::personal);
  EXPECT_EQ(read->at("internal").lowest, Classification::personal);
  EXPECT_EQ(read->at("confidential").lowest, Classification::business);
  EXPECT_EQ(read->at("restricted").lowest, Classification::clinical);
  EXPECT_EQ(read->at("public").environments, (std::set{local, integration, staging, production}));
  EXPECT_EQ(read->at("internal").environments, (std::set{integration, staging, production}));
  EXPECT_EQ(read->at("confidential").environments, std::set{production});
  EXPECT_EQ(read->at("restricted").environments, std::set{production});
  EXPECT_EQ(read->at("internal").stand_ins, std::set{local});
  EXPECT_EQ(read->at("confidential").stand_ins, made_up);
  EXPECT_EQ(read->at("restricted").stand_ins, made_up);
}

TEST(DataClasses, NeverGoBelowTheFloor) {
  const std::vector<std::pair<std::string, std::string>> cases{
      {with("confidential", "verbs: business", "verbs: personal"), "4:25: expected business or above: no verb below it touches confidential data, found \"personal\""},
      {with("restricted", "verbs: clinical", "verbs: business"), "5:23: expected clinical or above: no verb below it touches restricted data, found \"business\""},
      {with("internal", "[integration,", "[local, integration,"),
       "3:46: expected integration, staging, production: internal data is touched nowhere else, found \"local\""},
      {with("confidential", "[production]", "[staging, production]"), "4:50: expected production: confidential data is touched nowhere else, found \"staging\""},
      {with("restricted", "[production]", "[production, staging]"), "5:60: expected production: restricted data is touched nowhere else, found \"staging\""},
      {with("restricted", "integration, staging]", "production]"), "5:80: expected local, integration, staging: production holds real data only, found \"production\""},
  };
  for (const auto& [text, said] : cases) EXPECT_EQ(fault(text), said);
}

TEST(DataClasses, MayAllowLess) {
  EXPECT_EQ(fault(with("internal", "verbs: personal", "verbs: clinical")), "accepted");
  EXPECT_EQ(fault(with("restricted", "[local, integration, staging]", "[]")), "accepted");
  EXPECT_EQ(fault(with("restricted", "[production]", "[]")), "accepted");
}

TEST(DataClasses, RefuseWhatTheyDoNotKnow) {
  const std::vector<std::pair<std::string, std::string>> cases{
      {"", "1:1: expected a document, found nothing"},
      {"classes: x\n", "1:10: expected a map (classes), found \"x\""},
      {kSmall + "more: 1\n", "6:1: expected a key of the file of data classes (classes), found \"more\""},
      {kSmall + "  secret: {}\n", "6:3: expected a key of the classes (public, internal, confidential, restricted), found \"secret\""},
      {with("restricted", "stand-ins", "standins"), "5:61: expected a key of the data class, found \"standins\"; did you mean \"stand-ins\"?"},
      {with("restricted", "verbs: clinical", "verbs: all"), "5:23: expected personal, business or clinical, found \"all\""},
      {with("restricted", "verbs: clinical", "verbs: [clinical]"), "5:23: expected personal, business or clinical, found a list"},
      {with("restricted", "[production]", "production"), "5:47: expected a list of environments, found \"production\""},
      {with("restricted", "[production]", "[prod]"), "5:48: expected local, integration, staging or production, found \"prod\""},
      {with("restricted", "[production]", "[production, production]"), "5:60: expected each environment once, found \"production\" again"},
      {with("public", "stand-ins: []", "stand-ins: [local]"), "2:98: expected each environment once, found \"local\" again"},
      {with("restricted", "[production]", "[pr\u043Eduction]"), "5:48: expected local, integration, staging or production, found \"pr<U+043E>duction\""},
  };
  for (const auto& [text, said] : cases) EXPECT_TRUE(fault(text).starts_with(said)) << said << "\n" << fault(text);
  EXPECT_NE(fault(kSmall + "#" + std::string(300U << 10U, 'x') + "\n").find("256 KiB"), std::string::npos);
}

TEST(DataClasses, StandOnceEach) {
  for (const auto name : verb::kDataClasses) {
    const auto begin = kSmall.find(fmt::format("  {}:", name));
    const auto line = kSmall.substr(begin, kSmall.find('\n', begin) + 1 - begin);
    EXPECT_EQ(fault(std::string(kSmall).erase(begin, line.size())), fmt::format("2:3: expected the key \"{}\" in the classes, found none", name));
    EXPECT_TRUE(fault(kSmall + line).starts_with("6:3: ")) << fault(kSmall + line);
  }
}

// The classes of a verb by its classification, as the policy has them and not only as is compiled in.
TEST(DataClasses, HoldAVerbToItsClassification) {
  const auto strict = *DataClasses::load(with("internal", "verbs: personal", "verbs: business"));
  EXPECT_TRUE(strict.check(verb_of(Classification::personal, "public")));
  EXPECT_TRUE(strict.check(verb_of(Classification::business, "internal")));
  const auto refused = strict.check(verb_of(Classification::personal, "internal"));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Exit::usage);
  EXPECT_EQ(refused.error().message,
            "verbs/x.yaml:4:7: expected no internal data in a personal verb, for policies/data-classes.yaml:3 gives it to business verbs and above");
  const auto stricter = *DataClasses::load(with("internal", "verbs: personal", "verbs: clinical"));
  EXPECT_NE(stricter.check(verb_of(Classification::business, "internal")).error().message.find("gives it to clinical verbs only"), std::string::npos);
}

TEST(DataClasses, TellTheLineThatKeepsAStepOut) {
  const auto report = verb_of(Classification::clinical, "restricted");
  const auto shut = *DataClasses::load(with("restricted", "integration, staging]", "integration]"));
  for (const auto environment : {Environment::local, Environment::integration, Environment::production}) EXPECT_TRUE(shut.admit(report, environment));
  const auto refused = shut.admit(report, Environment::staging);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Exit::refused);
  EXPECT_EQ(refused.error().message, "step w of x touches restricted data, and policies/data-classes.yaml:5 lets none of it be touched in staging");
  EXPECT_TRUE(shut.admit(verb_of(Classification::clinical, "confidential"), Environment::staging));
}

}  // namespace
}  // namespace blc::policy
