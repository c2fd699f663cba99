#include "unit/tier/readers.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace blc::tier {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST_F(Readers, DotenvTakesWhatPeopleWrite) {
  ASSERT_TRUE(dotenv("# a comment\n\nA=1\nexport B = two words # and a comment\r\nC='as ${A} is'\nD=\"a\\n\\\"b\\\" ${A}\"\nE=a#b\nF=\nG=\"over\ntwo\"\nH=end"));
  EXPECT_EQ(value("A"), "1");
  EXPECT_EQ(value("B"), "two words");
  EXPECT_EQ(value("C"), "as ${A} is");
  EXPECT_EQ(value("D"), "a\n\"b\" 1");
  EXPECT_EQ(value("E"), "a#b");
  EXPECT_EQ(value("F"), "");
  EXPECT_EQ(value("G"), "over\ntwo");
  EXPECT_EQ(value("H"), "end");
  EXPECT_EQ(line("H"), 11);
}

TEST_F(Readers, ReferencesAreReadInOrder) {
  ASSERT_TRUE(dotenv("A=x\nB=${A}${A}\nC=${N:-${A}z}\nD=${A:+set}\nE=${FROM_OUTSIDE}\nF=$A\nG=${EMPTY-no}\nEMPTY=\nH=${EMPTY-no}\nI=${EMPTY:-no}\nJ=\"\\${A}\""));
  EXPECT_EQ(value("B"), "xx");
  EXPECT_EQ(value("C"), "xz");
  EXPECT_EQ(value("D"), "set");
  EXPECT_EQ(value("E"), "outside");
  EXPECT_EQ(value("F"), "$A");
  EXPECT_EQ(value("G"), "no");
  EXPECT_EQ(value("H"), "");
  EXPECT_EQ(value("I"), "no");
  EXPECT_EQ(value("J"), "${A}");
  EXPECT_TRUE(configuration_.notices().empty());
}

// What refers to such a setting is undefined itself, and told where the rules look at it.
TEST_F(Readers, WhatRefersToItselfIsUndefined) {
  ASSERT_TRUE(dotenv("APP_A=x${APP_A}\nAPP_B=${APP_A}"));
  EXPECT_EQ(value("APP_A"), "<unseen>");
  EXPECT_EQ(value("APP_B"), "<unseen>");
  ASSERT_EQ(configuration_.notices().size(), 2U);
  EXPECT_EQ(configuration_.notices().front().kind, Notice::Kind::undefined);
  EXPECT_EQ(configuration_.notices().front().origin.line, 1);
  EXPECT_EQ(configuration_.notices().back().name, "APP_B");
  EXPECT_EQ(configuration_.notices().back().origin.line, 2);
}

TEST_F(Readers, WhatDoublesItselfIsRefused) {
  std::string text = "A0=xxxxxxxxxx\n";
  for (int i = 1; i < 40; ++i) text += "A" + std::to_string(i) + "=${A" + std::to_string(i - 1) + "}${A" + std::to_string(i - 1) + "}\n";
  EXPECT_THAT(refused(dotenv(text)), HasSubstr("at most 64 KiB"));
  std::string deep = "B=";
  for (int i = 0; i < 20; ++i) deep += "${N:-";
  EXPECT_THAT(refused(dotenv(deep + std::string(20, '}'))), HasSubstr("at most 8 levels"));
}

TEST_F(Readers, ANameTwiceInAFileIsNoticedAndTheLastCounts) {
  ASSERT_TRUE(dotenv("APP_A=1\nAPP_A=2"));
  EXPECT_EQ(value("APP_A"), "2");
  ASSERT_EQ(configuration_.notices().size(), 1U);
  EXPECT_EQ(configuration_.notices().front().detail, "stands on line 1 already; the last one counts");
  ASSERT_TRUE(dotenv("APP_A=3", "b.env"));
  ASSERT_TRUE(dotenv("APP_A=4", "c.env"));
  EXPECT_EQ(value("APP_A"), "4");
  EXPECT_EQ(configuration_.find("APP_A")->origin.file, "c.env");
  EXPECT_EQ(configuration_.notices().size(), 1U);
}

TEST_F(Readers, DotenvRefusesByLineAndRepeatsNothing) {
  const std::vector<std::pair<std::string, std::string>> kBad = {
      {"A=1\nB=\"secret", "a.env:2: expected a closing quote"},
      {"A='secret\nC=1\n", "a.env:1: expected a closing quote"},
      {"A=\"x\" secret", "a.env:1: expected the end of the line"},
      {"A=1\nsecret", "a.env:2: expected NAME=VALUE"},
      {"=secret", "a.env:1: expected NAME=VALUE"},
      {"1A=secret", "a.env:1: expected NAME=VALUE"},
      {"\xef\xbb\xbf" "A=secret", "byte order mark"},
      {std::string("A=sec\0ret", 9), "control character U+0000"},
      {"A=secret\rB=1", "control character U+000D"},
      {"A=\xff", "expected UTF-8"},
      {"A=${secret", "closing brace"},
      {"A=${B!secret}", "after the name in ${...}"},
  };
  for (const auto& [text, message] : kBad) {
    const auto told = refused(dotenv(text));
    EXPECT_THAT(told, HasSubstr(message)) << text;
    EXPECT_THAT(told, Not(HasSubstr("secret"))) << text;
  }
}

TEST_F(Readers, ComposeMergesFilesAndEnvironment) {
  files_["deploy/base.env"] = "APP_A=file\nAPP_B=file\n";
  ASSERT_TRUE(compose("x: &c {APP_C: merged, APP_B: lost}\nservices:\n  db: {image: p}\n  app:\n    env_file: [base.env, {path: none.env, required: false}]\n"
                      "    environment:\n      <<: *c\n      APP_B: $FROM_OUTSIDE-$$x\n      FROM_OUTSIDE:\n      APP_N:\n", "app"));
  EXPECT_EQ(value("APP_A"), "file");
  EXPECT_EQ(value("APP_B"), "outside-$x");
  EXPECT_EQ(value("APP_C"), "merged");
  EXPECT_EQ(value("FROM_OUTSIDE"), "outside");
  EXPECT_EQ(value("APP_N"), "<none>");
  EXPECT_EQ(configuration_.find("APP_A")->origin.file, "deploy/base.env");
  EXPECT_EQ(line("APP_B"), 8);
}

TEST_F(Readers, ComposeTakesRawFilesAsTheyAre) {
  files_["deploy/raw.env"] = "# a comment\n\n  A='${X}' # no comment\r\nFROM_OUTSIDE\nNOT_THERE\nB=\nA=\"2";
  ASSERT_TRUE(compose("services: {app: {env_file: [{path: raw.env, format: raw}]}}"));
  EXPECT_EQ(value("A"), "\"2");
  EXPECT_EQ(line("A"), 7);
  EXPECT_EQ(value("B"), "");
  EXPECT_EQ(value("FROM_OUTSIDE"), "outside");
  EXPECT_EQ(value("NOT_THERE"), "<none>");
  ASSERT_EQ(configuration_.notices().size(), 1U);
  EXPECT_EQ(configuration_.notices().front().detail, "stands on line 3 already; the last one counts");
  files_["deploy/raw.env"] = "A='${X}' # no comment\n";
  ASSERT_TRUE(compose("services: {app: {env_file: {path: raw.env, format: raw}}}"));
  EXPECT_EQ(value("A"), "'${X}' # no comment");
  EXPECT_THAT(refused(compose("services: {app: {env_file: {path: raw.env, format: ini}}}")), HasSubstr("expected raw as the format of env_file"));
  files_["deploy/raw.env"] = "A B=1\n";
  EXPECT_THAT(refused(compose("services: {app: {env_file: {path: raw.env, format: raw}}}")), HasSubstr("raw.env:1: expected NAME=VALUE"));
}

TEST_F(Readers, ANameTwiceInAListIsNoticed) {
  ASSERT_TRUE(compose("services:\n  app:\n    environment:\n      - APP_A=1\n      - APP_B=1\n      - APP_A=2\n"));
  ASSERT_TRUE(k8s("kind: Pod\nmetadata: {name: app}\nspec:\n  containers:\n    - name: app\n      env:\n        - {name: APP_C, value: '1'}\n        - {name: APP_C, value: '2'}\n"));
  ASSERT_EQ(configuration_.notices().size(), 2U);
  EXPECT_EQ(configuration_.notices()[0].name + " " + configuration_.notices()[0].detail, "APP_A stands on line 4 already; the last one counts");
  EXPECT_EQ(configuration_.notices()[1].name + " " + configuration_.notices()[1].detail, "APP_C stands on line 7 already; the last one counts");
  EXPECT_EQ(value("APP_A") + value("APP_C"), "22");
}

TEST_F(Readers, ComposeFillsNothingInFromTheServiceItself) {
  files_["deploy/base.env"] = "PASSWORD=file\n";
  ASSERT_TRUE(compose("services: {app: {env_file: base.env, environment: {OTHER: x, APP_A: '${PASSWORD}', APP_B: '${OTHER}'}}}"));
  EXPECT_EQ(value("APP_A"), "<unseen>");
  EXPECT_EQ(value("APP_B"), "<unseen>");
  ASSERT_EQ(configuration_.notices().size(), 2U);
  EXPECT_EQ(configuration_.notices().front().detail, "refers to PASSWORD, which nothing sets");
}

TEST_F(Readers, WhatStandsBehindADollarIsNotRepeated) {
  ASSERT_TRUE(compose("services: {app: {environment: {APP_A: 'S3cret$hunter2'}}}"));
  ASSERT_EQ(configuration_.notices().size(), 1U);
  EXPECT_THAT(configuration_.notices().front().detail, Not(HasSubstr("hunter2")));
  EXPECT_THAT(configuration_.notices().front().detail, HasSubstr("a dollar itself is $$"));
}

TEST_F(Readers, WhatDoublesItselfIsRefusedInKubernetesToo) {
  std::string text = "kind: Pod\nspec: {containers: [{name: app, env: [{name: A0, value: " + std::string(1024, 'x') + "}";
  for (int i = 1; i <= 12; ++i) text += fmt::format(", {{name: A{0}, value: $(A{1})$(A{1})}}", i, i - 1);
  EXPECT_THAT(refused(k8s(text + "]}]}")), HasSubstr("at most 64 KiB"));
}

// kubectl lets a merge take the place of what stands before it, the standard does not.
TEST_F(Readers, AMergeGivesNothingThatStandsBeforeIt) {
  const std::string common = "x: &c {APP_A: merged, APP_B: merged}\nkind: ConfigMap\nmetadata: {name: m}\n";
  EXPECT_THAT(refused(k8s(common + "data: {APP_A: before, <<: *c, APP_B: behind}\n")), HasSubstr("k.yaml:4:23: expected << before a key that it gives, too"));
  ASSERT_TRUE(k8s(common + "data: {APP_C: before, <<: *c, APP_B: behind}\n"));
  EXPECT_EQ(value("APP_A"), "merged");
  EXPECT_EQ(value("APP_B"), "behind");
}

// What one service lacks another would hide, so none is chosen by what it sets.
TEST_F(Readers, ComposeChoosesNoServiceOfSeveral) {
  const std::string text = "services:\n  app: {image: a:1}\n  worker: {image: b:2, environment: {APP_A: x}}\n";
  EXPECT_THAT(refused(compose(text)), HasSubstr("more than one service"));
  EXPECT_EQ(value("APP_A"), "<none>");
  ASSERT_TRUE(compose(text, "app"));
  EXPECT_EQ(value("APP_A"), "<none>");
  EXPECT_EQ(image(), "a:1 (deploy/compose.yaml:2)");
  EXPECT_EQ(refused(compose("services: {only: {}}")), "accepted");
  EXPECT_THAT(refused(compose("services: {}")), HasSubstr("a map of services, found none"));
}

// docker compose: `environment` counts before env_file, whichever file says it; each key as the last file has it.
TEST_F(Readers, ComposeMergesItsFiles) {
  files_ = {{"deploy/rest.env", "APP_A=rest\nAPP_B=rest\nAPP_C=rest\n"}, {"deploy/prod.env", "APP_A=prod\nAPP_B=prod\n"}};
  Compose merged;
  ASSERT_TRUE(merged.add("services: {app: {image: a:1, env_file: rest.env, environment: {APP_A: first, APP_D: '${NOWHERE}', FROM: first}}}", "deploy/compose.yaml", "", reading_));
  EXPECT_EQ(value("APP_A"), "<none>");
  // Files are named from the folder of the first one, and nothing that the service is given fills in a reference.
  ASSERT_TRUE(merged.add("services: {app: {env_file: prod.env, environment: {APP_D: last, APP_E: '${FROM:-none}'}}}", "over/compose.yaml", "", reading_));
  EXPECT_THAT(refused(merged.add("services: {web: {}}", "c.yaml", "", reading_)), HasSubstr("app and web are two services"));
  ASSERT_TRUE(merged.read(reading_));
  EXPECT_EQ(value("APP_A"), "first");
  EXPECT_EQ(value("APP_B"), "prod");
  EXPECT_EQ(value("APP_C"), "rest");
  EXPECT_EQ(value("APP_D"), "last");
  EXPECT_EQ(value("APP_E"), "none");
  EXPECT_EQ(image(), "a:1 (deploy/compose.yaml:1)");
  EXPECT_TRUE(configuration_.notices().empty());  // of what a later file says otherwise
}

// compose-go: what the service is given fills in its files, after the process; a file that is named again stays where it was.
TEST_F(Readers, ComposeReadsItsEnvFilesAsItsServiceIsGiven) {
  files_ = {{"deploy/a.env", "APP_A=${MODE:-safe}\nMODE=file\nAPP_B=${MODE}\nAPP_C=${FROM_OUTSIDE}\n"}, {"deploy/b.env", "APP_A=last\n"}};
  ASSERT_TRUE(compose("services: {app: {env_file: a.env, environment: {MODE: unsafe, FROM_OUTSIDE: inside}}}"));
  EXPECT_EQ(value("APP_A"), "unsafe");
  EXPECT_EQ(value("APP_B"), "unsafe");
  EXPECT_EQ(value("APP_C"), "outside");
  Compose merged;
  ASSERT_TRUE(merged.add("services: {app: {env_file: [a.env, b.env]}}", "deploy/compose.yaml", "", reading_));
  ASSERT_TRUE(merged.add("services: {app: {env_file: [a.env]}}", "deploy/over.yaml", "", reading_));
  ASSERT_TRUE(merged.read(reading_));
  EXPECT_EQ(value("APP_A"), "last");
}

// A name without a value that the process does not have is not set, whatever a file of env_file says.
TEST_F(Readers, ComposeUnsetsWhatHasNoValue) {
  files_ = {{"deploy/a.env", "APP_A=x\nAPP_B=x\nFROM_OUTSIDE=x\n"}};
  ASSERT_TRUE(compose("services: {app: {env_file: a.env, environment: [APP_A, FROM_OUTSIDE]}}"));
  EXPECT_EQ(value("APP_A"), "<none>");
  EXPECT_EQ(value("APP_B"), "x");
  EXPECT_EQ(value("FROM_OUTSIDE"), "outside");
}

TEST_F(Readers, ComposePassesOverNoFileThatIsThere) {
  const auto file = [](const std::string& path) { return "services: {app: {env_file: [{path: '" + path + "', required: false}]}}"; };
  files_ = {{"deploy/prod.env", "APP_A=x\n"}, {"deploy/~/a.env", "APP_A=x\n"}};
  EXPECT_TRUE(compose(file("gone.env")));
  EXPECT_THAT(refused(compose(file("folder"))), HasSubstr("deploy/compose.yaml:1: deploy/folder is no regular file"));
  EXPECT_THAT(refused(compose("services: {app: {env_file: gone.env}}")), HasSubstr("deploy/compose.yaml:1: deploy/gone.env cannot be read"));
  ASSERT_TRUE(compose(file("${WHICH:-prod}.env")));
  EXPECT_EQ(value("APP_A"), "x");
  EXPECT_THAT(refused(compose(file("${WHICH}.env"))), HasSubstr("a reference to what nothing sets"));
  EXPECT_THAT(refused(compose(file("~/a.env"))), HasSubstr("does not begin with ~"));
}

// As compose itself: $NAME too, the process before what stands in the file, and dollars that begin nothing.
TEST_F(Readers, ComposeFillsInItsEnvFiles) {
  files_ = {{"deploy/a.env", "HOST=a\nFROM_OUTSIDE=inside\nAPP_A=$HOST-${HOST}\nAPP_B=${FROM_OUTSIDE}\nAPP_C=$1$\nAPP_D='$HOST'\nAPP_E=\"\\$HOST $$HOST\"\n"}};
  ASSERT_TRUE(compose("services: {app: {env_file: a.env}}"));
  EXPECT_EQ(value("APP_A"), "a-a");
  EXPECT_EQ(value("APP_B"), "outside");
  EXPECT_EQ(value("APP_C"), "$1$");
  EXPECT_EQ(value("APP_D"), "$HOST");
  EXPECT_EQ(value("APP_E"), "$HOST $HOST");
  for (const auto* wrong : {"a$1", "a$", "$-"}) EXPECT_THAT(refused(compose("services: {app: {environment: ['APP_A=" + std::string(wrong) + "']}}")), HasSubstr("expected a name behind $")) << wrong;
}

TEST_F(Readers, ComposeWantsQuotesAroundNumbersThatItWritesOtherwise) {
  const auto set = [](const std::string& word) { return "services: {app: {environment: {APP_A: " + word + "}}}"; };
  for (const auto* word : {"2026.10", "010", "1e3", "0x1F", "1_000", "+7", ".5", "5.", "-01", ".inf", "1234567890123456"})
    EXPECT_THAT(refused(compose(set(word))), HasSubstr("deploy/compose.yaml:1: expected quotes around a number")) << word;
  for (const auto* word : {"8080", "0", "-1", "1.5", "0.25", "1.2.3", "'2026.10'", "true", "2026-11-27"}) EXPECT_TRUE(compose(set(word))) << word;
}

TEST_F(Readers, WhatGrowsByReferencesIsRefused) {
  std::string text = "B=" + std::string(60'000, 'x') + "\n";
  for (int i = 0; i < 400; ++i) text += fmt::format("C{}=${{B}}\n", i);
  EXPECT_THAT(refused(dotenv(text)), HasSubstr("at most 16 MiB in all"));
}

TEST_F(Readers, SettingsWithoutEndAreRefused) {
  std::string text;
  for (int i = 0; i <= 30'000; ++i) text += "A=1\n";
  EXPECT_THAT(refused(dotenv(text)), HasSubstr("a.env:30001: expected at most 30000 settings in all"));
}

TEST_F(Readers, ABackslashIsNotPartOfAReference) {
  ASSERT_TRUE(dotenv("A=1\nB=\"\\\\${A}\"\nC=\"\\${A}\"\nD=\\${A}\n"));
  EXPECT_EQ(value("B"), "\\1");
  EXPECT_EQ(value("C"), "${A}");
  EXPECT_EQ(value("D"), "${A}");
  ASSERT_TRUE(dotenv("URL=https://a:pa${w0rd}x@b\n"));
  EXPECT_THAT(configuration_.notices().back().detail, Not(HasSubstr("w0rd")));
}

TEST_F(Readers, ComposeFillsInTheImage) {
  ASSERT_TRUE(dotenv("TAG=1.2"));
  ASSERT_TRUE(compose("services: {app: {image: 'r.example.org/app:${TAG:-latest}', environment: {TAG: x}}}"));
  EXPECT_EQ(image(), "r.example.org/app:1.2 (deploy/compose.yaml:1)");
  ASSERT_TRUE(compose("services: {app: {image: 'r.example.org/app:${NO_TAG}'}}"));
  EXPECT_EQ(image(), "<unseen>");
  EXPECT_THAT(refused(compose("services: {app: {image: [secret]}}")), HasSubstr("the name of an image"));
}

TEST_F(Readers, ComposeRefuses) {
  EXPECT_THAT(refused(compose("services: {a: {environment: [APP_A=secret]}, b: {environment: {APP_A: secret}}}")), HasSubstr("more than one service"));
  EXPECT_THAT(refused(compose("services: {app: {}}", "apo")), HasSubstr("has no service apo"));
  EXPECT_THAT(refused(compose("services: {app: {env_file: gone.env}}")), HasSubstr("deploy/compose.yaml:1: deploy/gone.env cannot be read"));
  EXPECT_THAT(refused(compose("services: {app: {extends: {service: x}}}")), HasSubstr("does not follow"));
  EXPECT_THAT(refused(compose("secret: yes")), HasSubstr("a map of services"));
  EXPECT_THAT(refused(compose("secret")), Not(HasSubstr("secret")));
  EXPECT_THAT(refused(compose("services: {app: {environment: secret}}")), Not(HasSubstr("secret")));
  EXPECT_THAT(refused(compose("services: {app: {environment: [se cret=1]}}")), Not(HasSubstr("cret")));
}

constexpr const char* kBomb = "a: &a [x, x, x, x, x, x, x, x, x]\nb: &b [*a, *a, *a, *a, *a, *a, *a, *a]\nc: &c [*b, *b, *b, *b, *b, *b, *b, *b]\n"
                              "d: &d [*c, *c, *c, *c, *c, *c, *c, *c]\ne: &e [*d, *d, *d, *d, *d, *d, *d, *d]\nf: [*e, *e, *e, *e, *e, *e, *e, *e]\n";

TEST_F(Readers, YamlOfOthersIsBounded) {
  EXPECT_THAT(refused(compose(kBomb)), HasSubstr("at most 20000 nodes"));
  EXPECT_THAT(refused(k8s("a: &a [*a]")), HasSubstr("an alias of what it stands in"));
  EXPECT_THAT(refused(k8s("kind: X\n\tmetadata: {}")), HasSubstr("k.yaml:2:1: expected spaces, found a tab"));
  EXPECT_THAT(refused(k8s("kind: X\nkind: Y")), HasSubstr("expected each key once"));
  EXPECT_THAT(refused(k8s("kind: !!str X")), HasSubstr("a tag"));
  EXPECT_THAT(refused(k8s("<<: 3")), HasSubstr("expected a map to merge"));
  EXPECT_THAT(refused(k8s("")), HasSubstr("objects of Kubernetes"));
  EXPECT_THAT(refused(k8s("secret")), Not(HasSubstr("secret")));
}

}  // namespace
}  // namespace blc::tier
