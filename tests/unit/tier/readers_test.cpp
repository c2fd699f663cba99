#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/tier/compose.hpp"
#include "core/tier/dotenv.hpp"
#include "core/tier/kubernetes.hpp"

namespace blc::tier {
namespace {

using testing::HasSubstr;
using testing::Not;

// Reads into one configuration; values are looked at here only.
class Readers : public testing::Test {
 protected:
  Result<> dotenv(std::string_view text, const std::string& file = "a.env") { return read_dotenv(text, file, reading_); }
  Result<> compose(std::string_view text, const std::string& service = "") {
    Compose compose;
    BLC_CHECK(compose.add(text, "deploy/compose.yaml", service, reading_));
    return compose.read(reading_);
  }
  Result<> k8s(std::string_view text, const std::string& choice = "") {
    Manifests manifests;
    BLC_CHECK(manifests.add(text, "k.yaml", choice));
    return manifests.read(reading_);
  }
  std::string image() {
    const auto& image = configuration_.image();
    if (!image) return "<none>";
    return image->value ? fmt::format("{} ({})", image->value->reveal(), to_string(image->origin)) : "<unseen>";
  }
  std::string value(const std::string& name) {
    const auto* const setting = configuration_.find(name);
    if (setting == nullptr) return "<none>";
    return setting->value ? std::string(setting->value->reveal()) : "<unseen>";
  }
  int line(const std::string& name) { return configuration_.find(name)->origin.line; }
  std::string refused(const Result<>& read) {
    if (read) return "accepted";
    EXPECT_EQ(read.error().code, Exit::usage);
    EXPECT_FALSE(read.error().hint.empty());
    return read.error().message;
  }

  Configuration configuration_;
  std::map<std::string, std::string> files_;
  Variables variables_ = [](const std::string& name) { return name == "FROM_OUTSIDE" ? std::optional<std::string>("outside") : std::nullopt; };
  ReadFile file_ = [this](const std::string& path) -> Result<std::optional<Secret>> {
    if (path.ends_with("/folder")) return fail(Exit::usage, path + " is no regular file", "look");
    if (!files_.contains(path)) return std::nullopt;
    return Secret::copy(files_.at(path));
  };
  Reading reading_{configuration_, variables_, file_, "APP_"};
};

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

// kubectl apply: "cannot unmarshal bool into Go struct field EnvVar...value of type string".
TEST_F(Readers, KubernetesWantsTextForValues) {
  const auto env = [](const std::string& word) { return "kind: Pod\nmetadata: {name: app}\nspec: {containers: [{name: app, env: [{name: APP_A, value: " + word + "}]}]}\n"; };
  for (const auto* word : {"true", "False", "YES", "off", "y", "Y", "n", "N", "1", "-1", "1.5", "1e3", "0x1F", "0o17", "010", "1_000", ".inf", "-.INF", ".nan", "+7", "[a]", "{a: b}"})
    EXPECT_THAT(refused(k8s(env(word))), HasSubstr("k.yaml:3: expected text, found several values, or a number or a switch without quotes")) << word;
  for (const auto* word : {"'true'", "\"1\"", "1.2.3", "2026-11-26", "1m", "0x", "0xg", "truely", "-", ".", "1.5s", "inf", "e3", "127.0.0.1", "12:30"}) EXPECT_TRUE(k8s(env(word))) << word;
  for (const auto* part : {"kind: ConfigMap\nmetadata: {name: m}\ndata: {A: true}\n", "kind: Secret\nmetadata: {name: m}\nstringData: {A: 1}\n", "kind: Secret\nmetadata: {name: m}\ndata: {A: 1}\n"})
    EXPECT_THAT(refused(k8s(part)), HasSubstr("k.yaml:3: expected text")) << part;
}

TEST_F(Readers, KubernetesLeavesAnEscapedReferenceAlone) {
  ASSERT_TRUE(k8s("kind: Pod\nmetadata: {name: app}\nspec: {containers: [{name: app, env: [{name: A, value: x}, {name: B, value: '$$(A) $$$(A) $(A) $A $$ $'}]}]}\n"));
  EXPECT_EQ(value("B"), "$(A) $x x $A $ $");
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

constexpr const char* kObjects =
    "kind: Deployment\nmetadata: {name: app}\nspec: {template: {spec: {containers: [{envFrom: [{configMapRef: {name: m}}, {secretRef: {name: s}, prefix: APP_}, "
    "{secretRef: {name: gone}}, {secretRef: {name: maybe, optional: true}}],\n"
    "  env: [{name: APP_A, value: over}, {name: APP_S, valueFrom: {secretKeyRef: {name: s, key: B}}}, {name: APP_U, valueFrom: {secretKeyRef: {name: gone, key: x}}},\n"
    "        {name: APP_P, valueFrom: {fieldRef: {fieldPath: x}}}, {name: APP_D, value: $(APP_A)-$(NONE)}, {name: APP_E, value: $(APP_U)}, {name: APP_K, valueFrom: {configMapKeyRef: {name: m, key: none}}}]}]}}}\n"
    "---\nkind: ConfigMap\nmetadata: {name: m}\ndata: {APP_A: under, APP_M: map}\n---\nkind: Secret\nmetadata: {name: s}\ndata: {B: c2VjcmV0}\nstringData: {C: plain}\n---\nkind: Service\nmetadata: {name: other}\n---\n";

TEST_F(Readers, KubernetesFollowsReferencesAcrossDocuments) {
  const auto read = k8s(kObjects);
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(value("APP_A"), "over");
  EXPECT_EQ(value("APP_M"), "map");
  EXPECT_EQ(value("APP_B"), "secret");
  EXPECT_EQ(value("APP_C"), "plain");
  EXPECT_EQ(value("APP_S"), "secret");
  EXPECT_EQ(value("APP_U"), "<unseen>");
  EXPECT_EQ(value("APP_P"), "<unseen>");
  EXPECT_EQ(value("APP_D"), "over-$(NONE)");
  EXPECT_EQ(value("APP_E"), "<unseen>");
  EXPECT_EQ(value("APP_K"), "<none>");
  EXPECT_EQ(line("APP_M"), 9);
  ASSERT_EQ(configuration_.unseen_sources().size(), 1U);
  EXPECT_EQ(configuration_.unseen_sources().front().what, "Secret gone");
  ASSERT_EQ(configuration_.notices().size(), 1U);
  EXPECT_EQ(configuration_.notices().front().name, "APP_K");
}

TEST_F(Readers, KubernetesPassesOverNothingThatHasAnotherShape) {
  EXPECT_THAT(refused(k8s("kind: Pod\nspec: {containers: [{name: a,\nenv: {APP_A: hunter2}}]}")), testing::StrEq("k.yaml:3: expected a list (env)"));
  EXPECT_THAT(refused(k8s("kind: Pod\nspec: {containers: [{name: a, envFrom: {secretRef: {name: s}}}]}")), HasSubstr("expected a list (envFrom)"));
  EXPECT_THAT(refused(k8s("kind: ConfigMap\nmetadata: {name: m}\ndata: hunter2")), testing::StrEq("k.yaml:3: expected a map (data)"));
  EXPECT_THAT(refused(k8s("kind: Secret\nmetadata: {name: m}\nstringData: {APP_A: [hunter2]}")), testing::AllOf(HasSubstr("k.yaml:3: expected text, found several values"), Not(HasSubstr("hunter2"))));
  EXPECT_TRUE(k8s("kind: ConfigMap\nmetadata: {name: m}\ndata:\n---\nkind: Pod\nspec: {containers: [{name: a, env: , envFrom: }]}"));
}

TEST_F(Readers, KubernetesDoesNotCountOnWhatIsOptional) {
  ASSERT_TRUE(k8s("kind: Pod\nspec: {containers: [{env: [{name: APP_A, valueFrom: {secretKeyRef: {name: gone, key: x, optional: true}}}]}]}"));
  EXPECT_EQ(value("APP_A"), "<none>");
  ASSERT_NE(configuration_.may_hold("APP_A"), nullptr);
  EXPECT_EQ(configuration_.may_hold("APP_B"), nullptr);
}

TEST_F(Readers, KubernetesTakesMapsWhereNothingRuns) {
  ASSERT_TRUE(k8s("kind: List\nitems: [{kind: ConfigMap, metadata: {name: m}, data: {APP_A: x, not-a-name: z}}]"));
  EXPECT_EQ(value("APP_A"), "x");
  EXPECT_EQ(configuration_.settings().size(), 1U);
}

TEST_F(Readers, KubernetesTakesOneMapAndOneSecretWhereNothingRuns) {
  const auto map = [](const std::string& kind, const std::string& name) { return "kind: " + kind + "\nmetadata: {name: " + name + "}\n---\n"; };
  EXPECT_TRUE(k8s(map("ConfigMap", "a") + map("Secret", "b")));
  EXPECT_THAT(refused(k8s(map("ConfigMap", "a") + map("ConfigMap", "b"))), HasSubstr("more than one ConfigMap was given, and nothing that runs by them"));
  EXPECT_THAT(refused(k8s(map("Secret", "a") + map("Secret", "b"))), HasSubstr("more than one Secret"));
}

constexpr const char* kSeveral =
    "kind: Deployment\nmetadata: {name: web}\nspec: {template: {spec: {initContainers: [{name: migrate, image: m:1, env: [{name: APP_A, value: init}]}],\n"
    "  containers: [{name: app, image: a:1}, {name: proxy, env: [{name: APP_B, value: beside}]}]}}}\n"
    "---\nkind: CronJob\nmetadata: {name: nightly}\nspec: {jobTemplate: {spec: {template: {spec: {containers: [{name: job, image: j:1, env: [{name: APP_C, value: c}]}]}}}}}\n";

// What one container lacks another would hide; init containers are containers, too.
TEST_F(Readers, KubernetesChoosesNoContainerOfSeveral) {
  const auto read = k8s(kSeveral);
  EXPECT_EQ(refused(read), "k.yaml has more than one container, and it is not clear which one is meant");
  EXPECT_EQ(read.error().hint, "name it: --k8s k.yaml:WORKLOAD/CONTAINER, one of web/migrate, web/app, web/proxy, nightly/job");
  EXPECT_THAT(refused(k8s(kSeveral, "web")), HasSubstr("more than one container"));
  EXPECT_TRUE(configuration_.settings().empty());
  ASSERT_TRUE(k8s(kSeveral, "web/app"));
  EXPECT_TRUE(configuration_.settings().empty());
  EXPECT_EQ(image(), "a:1 (k.yaml:4)");
  ASSERT_TRUE(k8s(kSeveral, "web/migrate"));
  EXPECT_EQ(value("APP_A"), "init");
  EXPECT_EQ(value("APP_B"), "<none>");
  ASSERT_TRUE(k8s(kSeveral, "nightly"));
  EXPECT_EQ(value("APP_C"), "c");
  EXPECT_THAT(refused(k8s(kSeveral, "nigthly/job")), HasSubstr("k.yaml has no workload or container nigthly/job"));
  EXPECT_EQ(k8s(kSeveral, "nigthly/job").error().hint, "did you mean nightly/job?");
  EXPECT_THAT(refused(k8s("kind: ConfigMap\nmetadata: {name: m}\ndata: {APP_A: x}", "web")), HasSubstr("no workload or container web"));
}

TEST_F(Readers, KubernetesTakesTheContainerOfTheFileThatIsNamed) {
  const std::string pod = "kind: Pod\nmetadata: {name: p}\nspec: {containers: [{name: c, env: [{name: APP_A, value: ";
  Manifests manifests;
  ASSERT_TRUE(manifests.add(pod + "base}]}]}", "base.yaml"));
  ASSERT_TRUE(manifests.add(pod + "over}]}]}", "over.yaml"));
  EXPECT_THAT(refused(manifests.read(reading_)), HasSubstr("the container p/c stands more than once"));
  ASSERT_TRUE(manifests.add(pod + "third}]}]}", "third.yaml", "p/c"));
  ASSERT_TRUE(manifests.read(reading_));
  EXPECT_EQ(value("APP_A"), "third");
  ASSERT_TRUE(manifests.add(pod + "fourth}]}]}", "fourth.yaml", "p"));
  EXPECT_THAT(refused(manifests.read(reading_)), HasSubstr("more than one container is named"));
}

TEST_F(Readers, KubernetesKeepsNamespacesApart) {
  const std::string map = "kind: ConfigMap\nmetadata: {name: m, namespace: b}\ndata: {APP_A: x}\n---\n";
  const std::string pod = "kind: Pod\nmetadata: {name: p, namespace: a}\n";
  EXPECT_THAT(refused(k8s(map + pod + "spec: {containers: [{envFrom: [{configMapRef: {name: m}}]}]}")),
              HasSubstr("expected the ConfigMap m in namespace a, found it in namespace b"));
  ASSERT_TRUE(k8s(map + pod + "spec: {containers: [{envFrom: [{configMapRef: {name: m, optional: true}}]}]}"));
  EXPECT_EQ(value("APP_A"), "<none>");
}

TEST_F(Readers, KubernetesMayKeepSecretsAndNoConfigMapToItself) {
  const std::string pod = "kind: Pod\nmetadata: {name: p}\nspec: {containers: [{";
  EXPECT_THAT(refused(k8s(pod + "envFrom: [{configMapRef: {name: gone}}]}]}")),
              HasSubstr("expected the ConfigMap gone among the inputs, found none"));
  ASSERT_TRUE(k8s(pod + "env: [{name: APP_A, valueFrom: {configMapKeyRef: {name: gone, key: a}}}, {name: APP_B, valueFrom: {secretKeyRef: {name: gone, key: b}}}]}]}"));
  EXPECT_EQ(value("APP_A"), "<none>");
  EXPECT_EQ(value("APP_B"), "<unseen>");
  ASSERT_EQ(configuration_.notices().size(), 1U);
  EXPECT_EQ(configuration_.notices().front().name, "APP_A");
}

// A setting that cannot come from there is missing for good.
TEST_F(Readers, KubernetesKnowsWhatASecretThatWasNotGivenMayHold) {
  ASSERT_TRUE(k8s("kind: Pod\nmetadata: {name: p}\nspec: {containers: [{envFrom: [{prefix: APP_DB_, secretRef: {name: db}}]}]}"));
  EXPECT_EQ(configuration_.may_hold("APP_VAULT_URL"), nullptr);
  ASSERT_NE(configuration_.may_hold("APP_DB_PASSWORD"), nullptr);
  EXPECT_EQ(configuration_.may_hold("APP_DB_PASSWORD")->what, "Secret db");
  ASSERT_TRUE(k8s("kind: Pod\nmetadata: {name: p}\nspec: {containers: [{envFrom: [{secretRef: {name: all}}]}]}"));
  EXPECT_EQ(configuration_.may_hold("APP_VAULT_URL")->what, "Secret all");
}

TEST_F(Readers, KubernetesReadsWhateverHasATemplateOfAPod) {
  const std::string map = "kind: ConfigMap\nmetadata: {name: m}\ndata: {APP_A: x}\n---\n";
  ASSERT_TRUE(k8s(map + "kind: Rollout\nmetadata: {name: r}\nspec: {template: {spec: {containers: [{name: c, env: [{name: APP_B, value: z}]}]}}}"));
  EXPECT_EQ(value("APP_A"), "<none>");
  EXPECT_EQ(value("APP_B"), "z");
}

TEST_F(Readers, KubernetesTellsTheFileOfEachValue) {
  Manifests manifests;
  ASSERT_TRUE(manifests.add("kind: ConfigMap\nmetadata: {name: m}\ndata:\n  APP_A: x\n  APP_B: x\n", "base.yaml"));
  ASSERT_TRUE(manifests.add("kind: Secret\nmetadata: {name: m}\nstringData: {APP_B: z}\n", "over.yaml"));
  ASSERT_TRUE(manifests.read(reading_));
  EXPECT_EQ(configuration_.find("APP_A")->origin, (Origin{"base.yaml", 4}));
  EXPECT_EQ(configuration_.find("APP_B")->origin, (Origin{"over.yaml", 3}));
}

// kubectl apply: the second one replaces the first.
TEST_F(Readers, KubernetesTakesEachObjectOnce) {
  Manifests manifests;
  ASSERT_TRUE(manifests.add("kind: ConfigMap\nmetadata: {name: m}\ndata: {APP_A: x}\n---\nkind: ConfigMap\nmetadata: {name: m, namespace: other}\n", "base.yaml"));
  EXPECT_THAT(refused(manifests.add("kind: ConfigMap\nmetadata: {name: m}\ndata: {APP_B: z}\n", "over.yaml")), HasSubstr("over.yaml:1: expected each ConfigMap once"));
  EXPECT_TRUE(manifests.add("kind: ConfigMap\nmetadata: {name: m}\ndata: {APP_A: 'x'}\n", "same.yaml"));
}

TEST_F(Readers, KubernetesKnowsWhereValuesMayComeFrom) {
  const auto from = [](const std::string& source) { return "kind: Pod\nspec: {containers: [{name: a, env: [{name: APP_A, valueFrom: {" + source + "}}]}]}"; };
  EXPECT_TRUE(k8s(from("fieldRef: {fieldPath: status.podIP}")));
  for (const auto* source : {"secretKeyref: {name: s, key: k}", "", "fieldRef: {}, secretKeyRef: {name: s, key: k}"})
    EXPECT_THAT(refused(k8s(from(source))), HasSubstr("expected one of secretKeyRef, configMapKeyRef")) << source;
  ASSERT_TRUE(k8s("kind: DeploymentList\nitems: [{kind: Pod, spec: {containers: [{name: a, env: [{name: APP_B, value: b}]}]}}]"));
  EXPECT_EQ(value("APP_B"), "b");
}

TEST_F(Readers, KubernetesRefusesBase64ThatIsNone) {
  const auto told = refused(k8s("kind: Secret\nmetadata: {name: s}\ndata:\n  APP_A: not-base64"));
  EXPECT_THAT(told, HasSubstr("k.yaml:4: expected base64 for APP_A"));
  EXPECT_THAT(told, Not(HasSubstr("not-base64")));
  EXPECT_THAT(refused(k8s("kind: Secret\ndata: {}")), HasSubstr("expected a name"));
}

}  // namespace
}  // namespace blc::tier
