#include "core/plan/planner.hpp"

#include <gtest/gtest.h>

#include "core/crypto/digest.hpp"
#include "core/plan/digests.hpp"
#include "support/world.hpp"

namespace blc::plan {
namespace {

using namespace std::chrono_literals;
using testing::must;
using testing::Script;
using text::Json;

class Planning : public ::testing::Test {
 protected:
  Planning() { files.files = testing::default_practice(); }

  Result<Resolved> resolve(const std::string& path, const verb::Values& given,
                           Environment environment = Environment::local, const trust::Catalog* catalog = nullptr) {
    verb = must(verb::load(files.files.at(path), path));
    values = given;
    const Subject subject{
        verb, values, *RunId::parse("01KADX0V8T5N2R9JQ3HW7M4KD2"), environment, false, {}, run_key, {}, {},
        {},   catalog};
    return Planner(processes, files, credentials).resolve(subject, {});
  }
  Result<Resolved> report() { return resolve("verbs/report.yaml", {{"client", "C-1042"}}); }
  Result<Resolved> post() { return resolve("verbs/post.yaml", {{"month", "2026-10"}}); }

  // Appends text to one line of a verb's file.
  void edit(const std::string& path, const std::string& what, const std::string& by) {
    auto& text = files.files.at(path);
    ASSERT_NE(text.find(what), std::string::npos);
    text.replace(text.find(what), what.size(), by);
  }

  testing::FakeProcesses processes;
  testing::FakePracticeFiles files;
  testing::FakeCredentials credentials;
  verb::Verb verb;
  verb::Values values;
  Secret run_key = Secret::copy("0123456789abcdef0123456789abcdef");
};

TEST_F(Planning, RunsReadStepsAndPreviewsAndNothingElse) {
  ASSERT_TRUE(post());
  EXPECT_EQ(processes.started(), "adder previewer");
  ASSERT_TRUE(report());
  EXPECT_EQ(processes.started(), "adder previewer reader drafter");
}

TEST_F(Planning, GivesNobodyAPlaceToWrite) {
  ASSERT_TRUE(post());
  ASSERT_TRUE(report());
  for (const auto& launch : processes.launches) EXPECT_TRUE(launch.view.writable.empty());
  EXPECT_TRUE(files.made.empty());
}

TEST_F(Planning, DoesNotRunReadStepsAfterTheFirstEffect) {
  files.files["verbs/late.yaml"] =
      "verb: late\nsummary: x\nclassification: personal\ndata: [internal]\nsteps:\n"
      "  - {name: w, summary: w, effect: write, argv: [w], writes: [o]}\n"
      "  - {name: r, summary: r, effect: read, argv: [r]}\n";
  const auto resolved = must(resolve("verbs/late.yaml", {}));
  EXPECT_EQ(processes.count(), 0U);
  EXPECT_FALSE(resolved.resolution.steps[1].at_planning);
  EXPECT_FALSE(resolved.steps[1].finished);
}

TEST_F(Planning, FixesWhatItReadAsObservations) {
  processes.scripts["adder"].output = "100.00";
  processes.scripts["previewer"].output = "would post";
  const auto seen = must(post()).resolution.observations;
  const auto program = [](const std::string& name) { return "/usr/bin/" + name + " " + crypto::sha256(name).tagged(); };
  EXPECT_EQ(seen, (std::map<std::string, std::string>{
                      {"file fixtures/mock/invoices/2026-10.csv", crypto::sha256("1;100.00").tagged()},
                      {"output of total", crypto::sha256("100.00").tagged()},
                      {"preview of post", crypto::sha256("would post").tagged()},
                      {"program adder", program("adder")},
                      {"program poster", program("poster")},
                      {"program previewer", program("previewer")},
                      {"program sender", program("sender")},
                      {"program unposter", program("unposter")}}));
}

TEST_F(Planning, FixesAPreviewOnlyWhereItPromisesToBeExact) {
  edit("verbs/post.yaml", "fidelity: exact", "fidelity: estimate");
  const auto resolved = must(post());
  EXPECT_FALSE(resolved.resolution.observations.contains("preview of post"));
  EXPECT_TRUE(resolved.previews.contains("post"));
}

TEST_F(Planning, KeysTheDigestsOfClinicalContent) {
  processes.scripts["reader"].output = "three sessions";
  const auto seen = must(report()).resolution.observations;
  const std::string record = "record of C-1042: Jane Roe";
  EXPECT_EQ(seen.at("file fixtures/mock/clients/${client}.txt"),
            "hmac-sha256:" + crypto::hmac_sha256(run_key, record).hex());
  EXPECT_EQ(seen.at("output of check"), "hmac-sha256:" + crypto::hmac_sha256(run_key, "three sessions").hex());
  EXPECT_EQ(seen.at("file verbs/bin/report"), crypto::sha256("the report's script").tagged());
  for (const auto& [label, value] : seen) {
    EXPECT_EQ(label.find("1042"), std::string::npos) << label;
    EXPECT_EQ(value.find(crypto::sha256(record).hex()), std::string::npos);
  }
}

TEST_F(Planning, PutsPhiNowhereButOnStandardInput) {
  processes.scripts["reader"].output = "Jane Roe, three sessions";
  processes.scripts["drafter"].output = "Dear Jane Roe";
  const auto resolved = must(report());
  const auto bytes = text::canonical(resolved.resolution.to_json());
  for (const auto* secret : {"C-1042", "1042", "Jane"}) EXPECT_EQ(bytes.find(secret), std::string::npos) << secret;
  for (const auto& launch : processes.launches) {
    for (const auto& argument : launch.argv) EXPECT_EQ(argument.find("1042"), std::string::npos);
    for (const auto& [name, value] : launch.environment) EXPECT_EQ(value.find("1042"), std::string::npos);
  }
  EXPECT_EQ(processes.last("reader").standard_input, "C-1042\n");
  const auto& input = *resolved.resolution.steps[1].run.standard_input;
  EXPECT_EQ(Json(input),
            Json(Json::Array{Json::Object{{"parameter", "client"}}, " ", Json::Object{{"stdout", "check"}}}));
}

TEST_F(Planning, GivesProgramsHashedCopiesOfWhatTheyMaySee) {
  ASSERT_TRUE(report());
  std::vector<std::string> paths;
  for (const auto& file : processes.last("reader").view.files) paths.push_back(file.path + "=" + file.bytes);
  EXPECT_EQ(paths, (std::vector<std::string>{"verbs/bin/report=the report's script",
                                             "fixtures/mock/clients/C-1042.txt=record of C-1042: Jane Roe"}));
  EXPECT_TRUE(processes.last("drafter").view.files.empty());  // its step observes nothing, its argv names nothing
}

TEST_F(Planning, ReadsTheRecordsOfItsEnvironment) {
  const auto resolved = must(resolve("verbs/post.yaml", {{"month", "2026-10"}}, Environment::staging));
  EXPECT_TRUE(resolved.resolution.observations.contains("file fixtures/synthetic/invoices/2026-10.csv"));
}

TEST_F(Planning, TakesScriptsFromTheCatalogOutsideLocal) {
  trust::Catalog::Files adopted;
  for (const auto& [path, bytes] : files.files) {
    if (path.starts_with("verbs/") || path.starts_with("policies/")) adopted.emplace(path, bytes);
  }
  const auto catalog = must(trust::Catalog::make(1, adopted));
  files.files["verbs/bin/report"] = "edited since";
  const auto resolved = must(resolve("verbs/report.yaml", {{"client", "C-1042"}}, Environment::staging, &catalog));
  EXPECT_EQ(resolved.resolution.observations.at("file verbs/bin/report"),
            crypto::sha256("the report's script").tagged());
  EXPECT_EQ(processes.last("reader").view.files.front().bytes, "the report's script");
}

TEST_F(Planning, RefusesAnObservedFileThatIsNotThere) {
  files.files.erase("fixtures/mock/clients/C-1042.txt");
  const auto resolved = report();
  ASSERT_FALSE(resolved);
  EXPECT_NE(resolved.error().message.find("fixtures/mock/clients/${client}.txt"), std::string::npos);
  EXPECT_EQ(resolved.error().message.find("1042"), std::string::npos);
}

TEST_F(Planning, LeavesArgumentsThatNameNoFileAlone) {
  files.files.erase("verbs/bin/report");
  const auto resolved = must(report());
  EXPECT_FALSE(resolved.resolution.observations.contains("file verbs/bin/report"));
}

TEST_F(Planning, FixesWhereObservedLinksPoint) {
  edit("verbs/post.yaml", "argv: [sender, \"${month}\"]", "argv: [sender, \"${month}\"]\n    observe-links: [current]");
  EXPECT_EQ(must(post()).resolution.observations.at("link current"), "absent");
  files.links["current"] = "releases/7";
  EXPECT_EQ(must(post()).resolution.observations.at("link current"), "-> releases/7");
}

TEST_F(Planning, FailsWithAReadStepThatFails) {
  processes.scripts["adder"] = Script{3, "", "no such month", Script::End::exits, {}};
  const auto resolved = post();
  ASSERT_FALSE(resolved);
  EXPECT_EQ(resolved.error().code, Exit::failed);
  EXPECT_NE(resolved.error().message.find("exit code 3"), std::string::npos);
  EXPECT_NE(resolved.error().message.find("no such month"), std::string::npos);
  EXPECT_EQ(processes.started(), "adder");
}

TEST_F(Planning, RepeatsNothingThatAClinicalProgramSaid) {
  processes.scripts["reader"] = Script{3, "Jane", "no Jane Roe here", Script::End::exits, {}};
  const auto resolved = report();
  ASSERT_FALSE(resolved);
  EXPECT_EQ(resolved.error().message.find("Jane"), std::string::npos);
}

TEST_F(Planning, FailsWithAPreviewThatFails) {
  processes.scripts["previewer"].code = 1;
  const auto resolved = post();
  ASSERT_FALSE(resolved);
  EXPECT_NE(resolved.error().message.find("preview of post"), std::string::npos);
}

TEST_F(Planning, FailsWhenAProgramHangsOrIsKilled) {
  processes.scripts["adder"].end = Script::End::hangs;
  EXPECT_EQ(post().error().code, Exit::failed);
  processes.scripts["adder"].end = Script::End::killed;
  EXPECT_EQ(post().error().code, Exit::failed);
}

TEST_F(Planning, TellsAnInterruptAndAMachineWithoutIsolation) {
  processes.scripts["adder"].end = Script::End::interrupted;
  EXPECT_EQ(post().error().code, Exit::interrupted);
  processes.scripts["adder"].end = Script::End::never_starts;
  EXPECT_EQ(post().error().code, Exit::refused);
}

TEST_F(Planning, RefusesMoreOutputThanDeclared) {
  processes.scripts["adder"].output = std::string(64, 'x');
  EXPECT_TRUE(post());
  processes.scripts["adder"].output = std::string(65, 'x');
  const auto resolved = post();
  ASSERT_FALSE(resolved);
  EXPECT_NE(resolved.error().message.find("65 bytes, more than the 64"), std::string::npos) << resolved.error().message;
}

TEST_F(Planning, FailsWithoutAProgram) {
  processes.missing = {"unposter"};  // even one that only an undo would need
  EXPECT_FALSE(post());
}

// The paths of what a command is given in secret, and what is there.
std::map<std::string, std::string> given(const ReadyCommand& command) {
  std::map<std::string, std::string> found;
  for (const auto& [path, bytes] : command.view.credentials) found.emplace(path, bytes->reveal());
  return found;
}

TEST_F(Planning, GivesAStepTheCredentialsOfItsOwnClassificationAndEnvironment) {
  edit("verbs/post.yaml", "    undo: {argv: [unposter", "    credentials: [bank]\n    undo: {argv: [unposter");
  credentials.secrets = {{"staging/business/bank", "right"}, {"staging/clinical/bank", "wrong"}, {"production/business/bank", "wrong"}};
  const auto resolved = resolve("verbs/post.yaml", {{"month", "2026-10"}}, Environment::staging);
  ASSERT_TRUE(resolved) << resolved.error().message;
  const std::map<std::string, std::string> expected{{".credentials/bank", "right"}};
  const auto& post = resolved->steps.at(1);
  EXPECT_EQ(given(post.run), expected);
  EXPECT_EQ(given(*post.undo), expected);
  EXPECT_TRUE(given(*post.preview).empty());
  EXPECT_TRUE(given(resolved->steps.at(0).run).empty());
  EXPECT_TRUE(given(resolved->steps.at(2).run).empty());
  for (const auto& launch : processes.launches) EXPECT_TRUE(launch.view.credentials.empty());
}

TEST_F(Planning, KeysTheDigestOfACredentialWhateverTheClassification) {
  edit("verbs/post.yaml", "    undo: {argv: [unposter", "    credentials: [bank]\n    undo: {argv: [unposter");
  credentials.secrets = {{"staging/business/bank", "hunter2"}};
  const auto resolved = resolve("verbs/post.yaml", {{"month", "2026-10"}}, Environment::staging);
  ASSERT_TRUE(resolved) << resolved.error().message;
  EXPECT_EQ(resolved->resolution.observations.at("file .credentials/bank"), keyed_digest(run_key, "hunter2"));
}

TEST_F(Planning, RefusesACredentialThatTheExecutorDoesNotHave) {
  edit("verbs/post.yaml", "    undo: {argv: [unposter", "    credentials: [bank]\n    undo: {argv: [unposter");
  credentials.secrets = {{"staging/clinical/bank", "of another classification"}, {"production/business/bank", "of another environment"}};
  const auto resolved = resolve("verbs/post.yaml", {{"month", "2026-10"}}, Environment::staging);
  ASSERT_FALSE(resolved);
  EXPECT_EQ(resolved.error().code, Exit::refused);
  EXPECT_EQ(resolved.error().message, "this executor has no business credential bank for staging");
}

TEST_F(Planning, TakesMadeUpCredentialsFromThePracticeInLocal) {
  edit("verbs/post.yaml", "    undo: {argv: [unposter", "    credentials: [bank]\n    undo: {argv: [unposter");
  credentials.secrets = {{"local/business/bank", "real"}};
  EXPECT_FALSE(post());
  files.files["fixtures/mock/credentials/business/bank"] = "made up";
  const auto resolved = post();
  ASSERT_TRUE(resolved) << resolved.error().message;
  EXPECT_EQ(given(resolved->steps.at(1).run).at(".credentials/bank"), "made up");
}

TEST_F(Planning, TakesNoFileOfThePracticeForACredential) {
  edit("verbs/post.yaml", "argv: [poster, \"${month}\"]", "argv: [poster, .credentials/bank]");
  files.files[".credentials/bank"] = "a file";
  const auto resolved = post();
  ASSERT_TRUE(resolved) << resolved.error().message;
  EXPECT_FALSE(resolved->resolution.observations.contains("file .credentials/bank"));
  EXPECT_TRUE(resolved->steps.at(1).run.view.files.empty());
}

TEST_F(Planning, GivesEveryProgramTheSameNarrowEnvironment) {
  edit("verbs/post.yaml", "argv: [adder, \"${month}\"]",
       "argv: [adder, \"${month}\"]\n    environment: {RECORDS: \"${data}\", BOTH: \"a${month}\"}");
  ASSERT_TRUE(post());
  EXPECT_EQ(processes.last("adder").environment,
            (std::map<std::string, std::string>{{"BLC_IDEMPOTENCY_KEY", "01KADX0V8T5N2R9JQ3HW7M4KD2.total"},
                                                {"BLC_RUN_ID", "01KADX0V8T5N2R9JQ3HW7M4KD2"},
                                                {"BLC_STEP", "total"},
                                                {"BOTH", "a2026-10"},
                                                {"RECORDS", "fixtures/mock"}}));
}

TEST_F(Planning, ResolvesTheSameWorldToTheSameBytes) {
  const auto first = text::canonical(must(post()).resolution.to_json());
  EXPECT_EQ(text::canonical(must(post()).resolution.to_json()), first);
  processes.bytes["poster"] = "another build";
  EXPECT_NE(text::canonical(must(post()).resolution.to_json()), first);
}

}  // namespace
}  // namespace blc::plan
