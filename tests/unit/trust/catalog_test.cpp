#include "core/trust/catalog.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "core/crypto/digest.hpp"
#include "core/trust/changes.hpp"
#include "support/world.hpp"

namespace blc::trust {
namespace {

using testing::must;
using text::Json;

class Catalogs : public ::testing::Test {
 protected:
  Catalogs() {
    for (const auto& [path, bytes] : testing::default_practice()) {
      if (path.starts_with("verbs/") || path.starts_with("policies/")) files.emplace(path, bytes);
    }
  }
  // A verb like `task add` of another name.
  void add_verb(const std::string& path, const std::string& name) {
    auto text = files.at("verbs/task.yaml");
    text.replace(text.find("task add"), 8, name);
    files.insert_or_assign(path, text);
  }
  Catalog::Files files;
};

TEST_F(Catalogs, HoldVerbsAndPolicyWithTheirBytes) {
  const auto catalog = must(Catalog::make(3, files));
  EXPECT_EQ(catalog.version(), 3U);
  EXPECT_EQ(catalog.verbs().size(), 3U);
  ASSERT_NE(catalog.find_verb("post run"), nullptr);
  EXPECT_EQ(catalog.find_verb("post run")->path, "verbs/post.yaml");
  EXPECT_EQ(catalog.find_verb("post"), nullptr);
  EXPECT_EQ(catalog.text("verbs/bin/report"), "the report's script");
  EXPECT_EQ(catalog.text("verbs/bin/none"), "");
  EXPECT_EQ(catalog.policy().most_slots(Environment::production), 2U);
}

TEST_F(Catalogs, ComeBackFromTheirJson) {
  files["verbs/bin/binary"] = std::string("\x00\xff\x7f", 3);
  const auto catalog = must(Catalog::make(3, files));
  const auto back = must(Catalog::from_json(catalog.to_json()));
  EXPECT_EQ(back.version(), 3U);
  EXPECT_EQ(back.files(), files);
}

TEST_F(Catalogs, RefuseAVerbWhoseDataIsAboveItsClassification) {
  auto& classes = files.at("policies/data-classes.yaml");
  const std::string internal = "internal: {verbs: personal";
  classes.replace(classes.find(internal), internal.size(), "internal: {verbs: business");
  const auto catalog = Catalog::make(1, files);
  ASSERT_FALSE(catalog);
  EXPECT_EQ(catalog.error().message,
            "verbs/task.yaml:4:7: expected no internal data in a personal verb, for policies/data-classes.yaml:3 gives it to business verbs and above");
}

TEST_F(Catalogs, RefuseEnvironmentsBelowTheFloor) {
  auto& environments = files.at("policies/environments.yaml");
  environments.replace(environments.find("immutable"), 9, "full");
  EXPECT_FALSE(Catalog::make(1, files));
}

TEST_F(Catalogs, TellInWordsWhatHoldsOtherwiseInAnEnvironment) {
  const auto before = must(Catalog::make(1, files));
  auto& environments = files.at("policies/environments.yaml");
  const auto swap = [](std::string& text, const std::string& line, const std::string& from, const std::string& to) {
    const auto place = text.find(from, text.find(line));
    ASSERT_NE(place, std::string::npos);
    text.replace(place, from.size(), to);
  };
  swap(environments, "  local:", "audit: basic", "audit: full");
  swap(environments, "  local:", "phi-encryption: true", "phi-encryption: false");
  swap(environments, "  integration:", "[synthetic]", "[mock, synthetic]");
  swap(environments, "  staging:", "encryption: standard", "encryption: envelope");
  swap(environments, "  production:", "network: none", "network: [llm.example.org]");
  swap(environments, "  production:", "rto: 30m", "rto: 1h");
  auto& classes = files.at("policies/data-classes.yaml");
  swap(classes, "  confidential:", "verbs: business", "verbs: clinical");
  swap(classes, "  restricted:", "[local, integration, staging]", "[local]");
  swap(classes, "  public:", "[local, integration, staging, production]", "[production]");
  auto& post = files.at("verbs/post.yaml");
  swap(post, "verb:", "data: [confidential]", "data: [internal]");
  const auto after = must(Catalog::make(2, files));
  std::vector<std::string> told;
  for (const auto& change : changes(before, after)) {
    for (const auto& what : change.what) told.push_back(change.about + ": " + what);
  }
  for (const auto* line :
       {"local: audit basic -> full", "local: what no setting switches off: - phi-encryption", "integration: data: + mock",
        "staging: encryption standard -> envelope", "production: network allow-list: + llm.example.org",
        "production: until it serves again (RTO) 30m -> 1h", "confidential data: lowest verbs that touch it business -> clinical",
        "restricted data: where made-up data stands in its place: - integration, - staging",
        "public data: where it may be touched: - local, - integration, - staging", "policies/environments.yaml: changed",
        "policies/data-classes.yaml: changed"})
    EXPECT_NE(std::ranges::find(told, line), told.end()) << line;
  EXPECT_TRUE(changes(after, after).empty());
}

TEST_F(Catalogs, RefuseOneVerbNameTwice) {
  add_verb("verbs/another.yaml", "task add");
  const auto catalog = Catalog::make(1, files);
  ASSERT_FALSE(catalog);
  EXPECT_NE(catalog.error().message.find("clashes"), std::string::npos);
}

TEST_F(Catalogs, RefuseAVerbThatIsAnotherOnesFirstWord) {
  add_verb("verbs/another.yaml", "task");
  EXPECT_FALSE(Catalog::make(1, files));
}

TEST_F(Catalogs, KeepVerbsThatShareAFirstWordOrABeginning) {
  add_verb("verbs/another.yaml", "task remove");
  add_verb("verbs/third.yaml", "tasks");
  EXPECT_TRUE(Catalog::make(1, files));
}

TEST_F(Catalogs, NeedBothPolicies) {
  for (const auto* path : {"policies/approvals.yaml", "policies/access.yaml", "policies/environments.yaml", "policies/data-classes.yaml"}) {
    auto fewer = files;
    fewer.erase(path);
    EXPECT_FALSE(Catalog::make(1, fewer)) << path;
  }
}

TEST_F(Catalogs, RefuseAVerbThatDoesNotLoad) {
  files["verbs/broken.yaml"] = "verb: broken\n";
  const auto catalog = Catalog::make(1, files);
  ASSERT_FALSE(catalog);
  EXPECT_NE(catalog.error().message.find("verbs/broken.yaml"), std::string::npos);
}

TEST_F(Catalogs, TakeFilesBelowVerbFoldersForProgramsNotVerbs) {
  files["verbs/bin/notes.yaml"] = "no verb";
  EXPECT_TRUE(Catalog::make(1, files));
}

TEST_F(Catalogs, RefuseFilesFromElsewhere) {
  for (const auto* path : {"blc.yaml", "/verbs/x", "verbs/../x", "fixtures/mock/x", "verb/x"}) {
    auto more = files;
    more[path] = "x";
    EXPECT_FALSE(Catalog::make(1, more)) << path;
  }
}

TEST_F(Catalogs, AreAtMostSixteenMebibytes) {
  files["verbs/bin/large"] = std::string((16U << 20U) + 1, 'x');
  EXPECT_FALSE(Catalog::make(1, files));
}

TEST_F(Catalogs, StartAtVersionOne) { EXPECT_FALSE(Catalog::make(0, files)); }

TEST_F(Catalogs, RefuseJsonThatIsNotTheirs) {
  const auto json = must(Catalog::make(1, files)).to_json();
  auto surplus = json;
  surplus.get_if<Json::Object>()->emplace("more", 1);
  EXPECT_FALSE(Catalog::from_json(surplus));
  auto sloppy = json;
  sloppy.get_if<Json::Object>()->at("files").get_if<Json::Object>()->insert_or_assign("verbs/bin/report", "eA");
  EXPECT_FALSE(Catalog::from_json(sloppy));
  auto number = json;
  number.get_if<Json::Object>()->at("files").get_if<Json::Object>()->insert_or_assign("verbs/bin/report", 1);
  EXPECT_FALSE(Catalog::from_json(number));
}

TEST_F(Catalogs, AreReadFromTheTwoFolders) {
  testing::FakePracticeFiles practice;
  practice.files = testing::default_practice();
  EXPECT_EQ(must(Catalog::read(practice)), files);
}

}  // namespace
}  // namespace blc::trust
