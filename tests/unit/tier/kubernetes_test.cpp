#include "unit/tier/readers.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace blc::tier {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr const char* kObjects =
    "kind: Deployment\nmetadata: {name: app}\nspec: {template: {spec: {containers: [{envFrom: [{configMapRef: {name: m}}, {secretRef: {name: s}, prefix: APP_}, "
    "{secretRef: {name: gone}}, {secretRef: {name: maybe, optional: true}}],\n"
    "  env: [{name: APP_A, value: over}, {name: APP_S, valueFrom: {secretKeyRef: {name: s, key: B}}}, {name: APP_U, valueFrom: {secretKeyRef: {name: gone, key: x}}},\n"
    "        {name: APP_P, valueFrom: {fieldRef: {fieldPath: x}}}, {name: APP_D, value: $(APP_A)-$(NONE)}, {name: APP_E, value: $(APP_U)}, {name: APP_K, valueFrom: {configMapKeyRef: {name: m, key: none}}}]}]}}}\n"
    "---\nkind: ConfigMap\nmetadata: {name: m}\ndata: {APP_A: under, APP_M: map}\n---\nkind: Secret\nmetadata: {name: s}\ndata: {B: c2VjcmV0}\nstringData: {C: plain}\n---\nkind: Service\nmetadata: {name: other}\n---\n";

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
