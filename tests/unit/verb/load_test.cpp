#include <gtest/gtest.h>

#include "core/verb/verb.hpp"

namespace blc::verb {
namespace {

constexpr std::string_view kGood = R"(verb: client-report generate
summary: Report on one client's record
classification: clinical
data: [restricted, internal]
marks: [demo, call-centre]
subject: client
parameters:
  client: {type: string, pattern: "C-[0-9]{4}", phi: true, summary: The client's number}
  kind: {type: enum, values: [short, long], default: short}
fidelity: exact
steps:
  - name: count
    summary: counts the sessions
    kind: exec
    effect: read
    data: restricted
    argv: [perl, verbs/bin/client-report, "${kind}"]
    stdin: "${client}\n"
    observe: ["${data}/clients/${client}.txt"]
    observe-links: [deploy/current]
    output: {limit: 65536}
  - name: write
    summary: writes the ${kind} report
    effect: write
    data: internal
    argv: [perl, verbs/bin/client-report]
    stdin: "${count.stdout}$${x}$"
    writes: ["${data}/reports", "reports/${kind}"]
    environment: {LANG: C, KIND: "${kind}"}
    timeout: 90s
    atomic: true
    idempotent: true
    preview: {argv: [perl, verbs/bin/preview], stdin: "${count.stdout}"}
    undo: {argv: [perl, verbs/bin/undo], stdin: "${count.stdout}"}
)";

TEST(Load, ReadsEveryKey) {
  const auto verb = load(kGood, "verbs/x.yaml");
  ASSERT_TRUE(verb) << verb.error().message;
  EXPECT_EQ(verb->name, "client-report generate");
  EXPECT_EQ(verb->classification, Classification::clinical);
  EXPECT_EQ(verb->data_classes, (std::vector<std::string>{"restricted", "internal"}));
  EXPECT_EQ(verb->marks, (std::vector<std::string>{"demo", "call-centre"}));
  EXPECT_EQ(verb->subject, "client");
  EXPECT_EQ(verb->fidelity, Fidelity::exact);
  EXPECT_EQ(verb->path, "verbs/x.yaml");
  EXPECT_EQ(verb->text, kGood);
  ASSERT_EQ(verb->parameters.size(), 2U);
  EXPECT_TRUE(verb->parameter("client")->phi);
  EXPECT_TRUE(verb->parameter("client")->required);
  EXPECT_FALSE(verb->parameter("kind")->required);
  EXPECT_EQ(verb->parameter("kind")->fallback, "short");
  EXPECT_EQ(verb->parameter("none"), nullptr);
  ASSERT_EQ(verb->steps.size(), 2U);
  const auto& count = verb->steps[0];
  EXPECT_EQ(count.effect, Effect::read);
  EXPECT_EQ(count.timeout, std::chrono::seconds(60));
  EXPECT_EQ(count.output->limit, 65536U);
  EXPECT_EQ(count.mark.line, 12);
  ASSERT_EQ(count.observe.size(), 1U);
  ASSERT_EQ(count.observe[0].pieces.size(), 4U);
  EXPECT_TRUE(std::holds_alternative<DataReference>(count.observe[0].pieces[0]));
  EXPECT_EQ(std::get<std::string>(count.observe[0].pieces[1]), "/clients/");
  EXPECT_EQ(std::get<ParameterReference>(count.observe[0].pieces[2]).name, "client");
  EXPECT_EQ(count.observe_links[0].source, "deploy/current");
  const auto& write = verb->steps[1];
  EXPECT_TRUE(write.atomic && write.idempotent);
  EXPECT_EQ(write.timeout, std::chrono::seconds(90));
  EXPECT_EQ(write.environment.at("KIND").source, "${kind}");
  EXPECT_EQ(write.preview->argv[1].source, "verbs/bin/preview");
  EXPECT_EQ(std::get<OutputReference>(write.undo->standard_input->pieces[0]).step, "count");
  ASSERT_EQ(write.run.standard_input->pieces.size(), 2U);
  EXPECT_EQ(std::get<std::string>(write.run.standard_input->pieces[1]), "${x}$");
}

// The good verb with one text replaced; the replaced text must be there.
std::string with(std::string_view old_text, std::string_view new_text) {
  std::string text(kGood);
  const auto place = text.find(old_text);
  EXPECT_NE(place, std::string::npos) << old_text;
  return text.replace(place, old_text.size(), new_text);
}

struct Case {
  std::string_view old_text;
  std::string_view new_text;
  std::string message;  // without "verbs/x.yaml:"
};

void expect_refused(const std::vector<Case>& cases) {
  for (const auto& [old_text, new_text, message] : cases) {
    const auto verb = load(with(old_text, new_text), "verbs/x.yaml");
    ASSERT_FALSE(verb) << new_text;
    EXPECT_EQ(verb.error().code, Exit::usage);
    EXPECT_EQ(verb.error().message, "verbs/x.yaml:" + message) << new_text;
  }
}

TEST(Load, RefusesWhatTheTopLevelDoesNotKnow) {
  expect_refused({
      {"verb: client-report generate", "verb: Client",
       "1:7: expected one or two words of [a-z][a-z0-9-]*, found \"Client\""},
      {"verb: client-report generate", "verb: a b c",
       "1:7: expected one or two words of [a-z][a-z0-9-]*, found \"a b c\""},
      {"verb: client-report generate", "verb: a  b",
       "1:7: expected one or two words of [a-z][a-z0-9-]*, found \"a  b\""},
      {"verb: client-report generate", "verb: ledger wipe",
       "1:7: expected another first word, found \"ledger\", which is a command of blc"},
      {"summary: Report", "sumary: Report",
       "2:1: expected a key of the verb, found \"sumary\"; did you mean \"summary\"?"},
      {"Report on one client's record", "\"Report \\u202e\"",
       "2:10: expected a summary in plain text, found \"Report <U+202E>\""},
      {"classification: clinical", "classification: secret",
       "3:17: expected personal, business or clinical, found \"secret\""},
      {"[restricted, internal]", "[]", "4:7: expected at least one data class, found none"},
      {"[restricted, internal]", "[secret]",
       "4:7: expected public, internal, confidential or restricted, found \"secret\""},
      {"[demo, call-centre]", "[prod]", "5:8: expected demo, call-centre or deployment, found \"prod\""},
      {"subject: client", "subject: person",
       "6:10: expected the name of a parameter for \"subject\", found \"person\""},
      {"fidelity: exact", "fidelity: good", "10:11: expected exact, estimate or none, found \"good\""},
      {"fidelity: exact", "fidelty: exact",
       "10:1: expected a key of the verb, found \"fidelty\"; did you mean \"fidelity\"?"},
  });
}

TEST(Load, RefusesDataAboveTheClassification) {
  const auto verb_of = [](const std::string& classification, const std::string& data) {
    return load("verb: a\nsummary: s\nclassification: " + classification + "\ndata: [" + data +
                    "]\nsteps:\n  - {name: a, summary: s, effect: read, argv: [ls]}\n",
                "verbs/a.yaml");
  };
  for (const std::string allowed : {"public", "internal"}) EXPECT_TRUE(verb_of("personal", allowed)) << allowed;
  EXPECT_EQ(verb_of("personal", "confidential").error().message,
            "verbs/a.yaml:4:7: expected data up to internal in a personal verb, found confidential");
  EXPECT_TRUE(verb_of("business", "confidential"));
  EXPECT_EQ(verb_of("business", "restricted").error().message,
            "verbs/a.yaml:4:7: expected data up to confidential in a business verb, found restricted");
  EXPECT_TRUE(verb_of("clinical", "restricted"));
}

TEST(Load, RefusesFaultsOfSteps) {
  expect_refused({
      {"name: count", "name: Count", "12:11: expected a step's name ([a-z][a-z0-9-]*, at most 32), found \"Count\""},
      {"name: write", "name: count", "22:5: expected each step's name once, found \"count\" again"},
      {"kind: exec", "kind: sql", "14:11: expected exec, the only kind of step there is, found \"sql\""},
      {"effect: read", "effect: delete", "15:13: expected read, write or disclose, found \"delete\""},
      {"data: restricted\n    argv", "data: confidential\n    argv",
       "16:11: expected a data class that the verb lists (restricted, internal) for \"data\", found \"confidential\""},
      {"    data: restricted\n", "",
       "12:5: expected a data class that the verb lists (restricted, internal) for \"data\", found none"},
      {"timeout: 90s", "timeout: 90", "30:14: expected a time from 1s to 10m, found \"90\""},
      {"timeout: 90s", "timeout: 11m", "30:14: expected a time from 1s to 10m, found \"11m\""},
      {"timeout: 90s", "timeout: 0s", "30:14: expected a time from 1s to 10m, found \"0s\""},
      {"{limit: 65536}", "{limit: 0}", "21:13: expected a limit from 1 to 1048576 bytes, found 0"},
      {"{limit: 65536}", "{limit: 1048577}", "21:13: expected a limit from 1 to 1048576 bytes, found 1048577"},
      {"LANG: C", "lang: C", "29:19: expected a variable's name ([A-Z_][A-Z0-9_]*, not LD_* or BLC_*), found \"lang\""},
      {"LANG: C", "LD_PRELOAD: x",
       "29:19: expected a variable's name ([A-Z_][A-Z0-9_]*, not LD_* or BLC_*), found \"LD_PRELOAD\""},
      {"LANG: C", "BLC_RUN_ID: x",
       "29:19: expected a variable's name ([A-Z_][A-Z0-9_]*, not LD_* or BLC_*), found \"BLC_RUN_ID\""},
      {"effect: write", "effect: read", "22:5: expected no \"writes\" in a read step, found them"},
      {"effect: write", "effect: disclose",
       "22:5: expected no \"undo\" in a disclose step, found one: what was sent cannot be taken back"},
      {"argv: [perl, verbs/bin/undo]", "arg: [perl]",
       "34:12: expected a key of the undo, found \"arg\"; did you mean \"argv\"?"},
      {"summary: counts the sessions", "summary: ''", "13:14: expected a summary in plain text, found \"\""},
  });
}

TEST(Load, RefusesReadStepsWithUndoOrPreview) {
  const std::string head =
      "verb: a\nsummary: s\nclassification: business\ndata: [internal]\nsteps:\n"
      "  - {name: a, summary: s, effect: read, argv: [ls], ";
  EXPECT_EQ(load(head + "undo: {argv: [ls]}}\n", "x").error().message,
            "x:6:5: expected no \"undo\" in a read step, found one");
  EXPECT_EQ(load(head + "confirm: {argv: [ls]}}\n", "x").error().message,
            "x:6:5: expected no \"confirm\" in a read step, found one: it can simply be run again");
  EXPECT_EQ(load(head + "preview: {argv: [ls]}}\n", "x").error().message,
            "x:6:5: expected no \"preview\" in a read step, found one: planning runs the step itself");
}

TEST(Load, TakesCredentialsByNameInStepsThatAreSigned) {
  const auto of = [](const std::string& effect, const std::string& more) {
    return load("verb: a\nsummary: s\nclassification: business\ndata: [internal]\nsteps:\n"
                "  - name: a\n    summary: s\n    effect: " + effect + "\n    argv: [ls]\n" + more, "x");
  };
  const auto good = of("write", "    credentials: [bank, clearing-house]\n");
  ASSERT_TRUE(good) << good.error().message;
  EXPECT_EQ(good->steps.front().credentials, (std::vector<std::string>{"bank", "clearing-house"}));
  EXPECT_TRUE(of("disclose", "    credentials: [bank]\n"));
  EXPECT_EQ(of("read", "    credentials: [bank]\n").error().message,
            "x:6:5: expected no \"credentials\" in a read step, found them: it may run before anybody has signed");
  const std::string name = "expected a credential's name ([a-z][a-z0-9-]*, at most 32), found ";
  for (const std::string bad : {"../bank", "Bank", "business/bank", "\"${month}\"", "\"\""}) {
    const auto refused = of("write", "    credentials: [" + bad + "]\n");
    ASSERT_FALSE(refused) << bad;
    EXPECT_TRUE(refused.error().message.starts_with("x:10:19: " + name)) << refused.error().message;
  }
  EXPECT_EQ(of("write", "    credentials: [bank, bank]\n").error().message, "x:10:25: expected each credential once, found \"bank\" again");
  EXPECT_EQ(of("write", "    credentials: bank\n").error().message,
            "x:10:18: expected a list of at most 8 names of credentials, found \"bank\"");
  EXPECT_EQ(of("write", "    credentials: [a, b, c, d, e, f, g, h, i]\n").error().message,
            "x:10:18: expected a list of at most 8 names of credentials, found more");
  for (const std::string path : {".credentials/bank", ".credentials"})
    EXPECT_EQ(of("write", "    observe: [" + path + "]\n").error().message,
              "x:10:15: expected a credential's name for \"credentials\" instead, found \"" + path + "\"");
}

TEST(Load, RefusesProgramsThatAFileOrAValueCouldChoose) {
  for (const std::string program :
       {"verbs/bin/x", "/bin/sh", "'${kind}'", "'per${kind}'", "''", "'-x'", "'.'", "'a b'"}) {
    const auto verb =
        load(with("argv: [perl, verbs/bin/client-report, \"${kind}\"]", "argv: [" + program + "]"), "verbs/x.yaml");
    ASSERT_FALSE(verb) << program;
    EXPECT_TRUE(verb.error().message.starts_with("verbs/x.yaml:17:12: expected the bare name of a program"))
        << verb.error().message;
  }
  expect_refused({{"argv: [perl, verbs/bin/client-report, \"${kind}\"]", "argv: []",
                   "17:11: expected a program and its arguments, found an empty list"}});
}

TEST(Load, RefusesPathsThatLeaveThePractice) {
  for (const std::string path : {"/etc/passwd", "../x", "a/../b", "a//b", "a/", "./a", "", "a\\\\b", "a\\nb",
                                 "${data}/../x", "${data}/../${client}"}) {
    const auto verb = load(with("\"${data}/clients/${client}.txt\"", "\"" + path + "\""), "verbs/x.yaml");
    ASSERT_FALSE(verb) << path;
    EXPECT_TRUE(verb.error().message.starts_with("verbs/x.yaml:19:15: expected a path below the practice"))
        << verb.error().message;
  }
}

TEST(Load, RefusesWritingWhereRulesAreKept) {
  for (const std::string path :
       {"verbs", "verbs/bin", "policies", ".git", ".blc/x", "${kind}", "${kind}/x", "ver${kind}"}) {
    const auto verb = load(with("\"reports/${kind}\"", "\"" + path + "\""), "verbs/x.yaml");
    ASSERT_FALSE(verb) << path;
    EXPECT_TRUE(verb.error().message.starts_with("verbs/x.yaml:28:33: expected a folder whose path begins with"))
        << verb.error().message;
  }
  EXPECT_TRUE(load(with("\"reports/${kind}\"", "verbs-old"), "x"));
}

TEST(Load, KeepsPhiAndOutputsOnStdin) {
  const std::string phi = "expected no phi value in ";
  expect_refused({
      {"\"${kind}\"]", "\"${client}\"]", "17:43: " + phi + "argv, found ${client}: put it on stdin"},
      {"KIND: \"${kind}\"", "KIND: \"${client}\"",
       "29:34: " + phi + "the environment, found ${client}: put it on stdin"},
      {"counts the sessions", "counts of ${client}", "13:14: " + phi + "the summary, found ${client}: put it on stdin"},
      {"reports/${kind}", "reports/${client}", "28:33: " + phi + "a written folder, found ${client}: put it on stdin"},
      {"[deploy/current]", "[\"deploy/${client}\"]",
       "20:21: " + phi + "an observed link, found ${client}: put it on stdin"},
      {"[perl, verbs/bin/undo]", "[perl, \"${client}\"]", "34:25: " + phi + "argv, found ${client}: put it on stdin"},
      {"[perl, verbs/bin/preview]", "[perl, \"${client}\"]",
       "33:28: " + phi + "argv, found ${client}: put it on stdin"},
      {"KIND: \"${kind}\"", "KIND: \"${count.stdout}\"",
       "29:34: expected no step's output in the environment (put it on stdin), found ${count.stdout}"},
      {"writes the ${kind} report", "writes ${count.stdout}",
       "23:14: expected no step's output in the summary (put it on stdin), found ${count.stdout}"},
      {"[perl, verbs/bin/undo]", "[perl, \"${count.stdout}\"]",
       "34:25: expected no step's output in argv (put it on stdin), found ${count.stdout}"},
      {"reports/${kind}", "reports/${count.stdout}",
       "28:33: expected no step's output in a written folder (put it on stdin), found ${count.stdout}"},
  });
}

TEST(Load, RefusesReferencesToWhatIsNotThere) {
  expect_refused({
      {"\"${client}\\n\"", "\"${clent}\"",
       "18:12: expected the name of a parameter in ${...}, found \"clent\", which is none"},
      {"\"${client}\\n\"", "\"${none.stdout}\"", "18:12: expected the name of a step, found ${none.stdout}"},
      {"\"${client}\\n\"", "\"${write.stdout}\"", "18:12: expected an earlier step, found ${write.stdout}"},
      {"\"${client}\\n\"", "\"${count.stdout}\"", "18:12: expected an earlier step, found ${count.stdout}"},
      {"\"${client}\\n\"", "\"${client\"", "18:12: expected } after ${, found none ($${ is a plain ${)"},
      {"\"${client}\\n\"", "\"${}\"", "18:12: expected ${parameter}, ${step.stdout} or ${data}, found \"${}\""},
      {"\"${client}\\n\"", "\"${a b}\"", "18:12: expected ${parameter}, ${step.stdout} or ${data}, found \"${a b}\""},
      {"\"${client}\\n\"", "\"${count.stderr}\"",
       "18:12: expected ${parameter}, ${step.stdout} or ${data}, found \"${count.stderr}\""},
      {"    output: {limit: 65536}\n", "",
       "26:12: expected a step that declares `output: {limit: ...}`, found ${count.stdout}"},
  });
}

TEST(Load, RefusesPreviewsOfWhatPlanningDoesNotHave) {
  const std::string text =
      "verb: a\nsummary: s\nclassification: business\ndata: [internal]\nsteps:\n"
      "  - {name: one, summary: s, effect: write, argv: [ls], output: {limit: 10}}\n"
      "  - {name: two, summary: s, effect: write, argv: [ls], preview: {argv: [ls], stdin: \"${one.stdout}\"}}\n";
  EXPECT_EQ(load(text, "x").error().message,
            "x:7:85: expected a step that planning can run, before the first write or disclose, found ${one.stdout}");
}

TEST(Load, NeverReadsAValueTwice) {
  const auto verb = load(with("\"${client}\\n\"", "\"$$${client} $${client} $x $$\""), "verbs/x.yaml");
  ASSERT_TRUE(verb) << verb.error().message;
  const auto& pieces = verb->steps[0].run.standard_input->pieces;
  ASSERT_EQ(pieces.size(), 1U);
  EXPECT_EQ(std::get<std::string>(pieces[0]), "$${client} ${client} $x $$");
}

TEST(Load, ReadsRequirementsOnOtherRuns) {
  const std::string head = "verb: feature-deploy\nsummary: s\nclassification: business\ndata: [internal]\n";
  const std::string steps = "steps:\n  - {name: a, summary: s, effect: read, argv: [ls]}\n";
  const auto message = [&](const std::string& requirement) {
    const auto verb = load(head + requirement + "\n" + steps, "x");
    return verb ? "accepted" : verb.error().message;
  };
  const auto verb = load(head + "requires: {verb: feature-test, within: 24h, environment: staging}\n" + steps, "x");
  ASSERT_TRUE(verb) << verb.error().message;
  EXPECT_EQ(verb->required_run->verb, "feature-test");
  EXPECT_EQ(verb->required_run->within, std::chrono::hours(24));
  EXPECT_EQ(verb->required_run->environment, Environment::staging);
  EXPECT_FALSE(load(head + "requires: {verb: feature-test, within: 24h}\n" + steps, "x")->required_run->environment);
  EXPECT_EQ(message("requires: {verb: feature-deploy, within: 24h}"),
            "x:5:18: expected the name of another verb, found \"feature-deploy\"");
  EXPECT_EQ(message("requires: {verb: feature-test, within: soon}"),
            "x:5:40: expected a time like 24h, found \"soon\"");
  EXPECT_EQ(message("requires: {verb: feature-test, within: 0s}"), "x:5:40: expected a time like 24h, found \"0s\"");
  EXPECT_EQ(message("requires: {verb: feature-test, within: 1h, environment: local}"),
            "x:5:57: expected integration, staging or production, found \"local\"");
  EXPECT_EQ(message("requires: {verb: feature-test}"),
            "x:5:11: expected the key \"within\" in the requirement, found none");
  expect_refused({{"fidelity: exact", "requires: {verb: x, within: 1h}",
                   "10:11: expected no \"requires\" in a verb with phi parameters, found one"}});
}

TEST(Load, KnowsWhatLiesBelowTheCredentials) {
  for (const auto* const path : {".credentials", ".credentials/", ".credentials/bank"}) EXPECT_TRUE(of_credentials(path)) << path;
  for (const auto* const path : {"", ".credential", ".credentials2", "a/.credentials", "credentials/bank"}) EXPECT_FALSE(of_credentials(path)) << path;
}

TEST(Load, BoundsSteps) {
  std::string text = "verb: a\nsummary: s\nclassification: business\ndata: [internal]\nsteps:\n";
  EXPECT_EQ(load(text + "  []\n", "x").error().message, "x:6:3: expected a list of 1 to 32 steps, found 0");
  for (int i = 0; i < 32; ++i) text += "  - {name: s" + std::to_string(i) + ", summary: s, effect: read, argv: [ls]}\n";
  EXPECT_TRUE(load(text, "x"));
  text += "  - {name: t, summary: s, effect: read, argv: [ls]}\n";
  EXPECT_EQ(load(text, "x").error().message, "x:6:3: expected a list of 1 to 32 steps, found 33");
}

TEST(Reserved, CoversBlcsOwnOptionsAndCommands) {
  for (const std::string name : {"env", "approve", "run-id", "json", "q"}) EXPECT_TRUE(reserved_option(name)) << name;
  EXPECT_FALSE(reserved_option("client"));
  for (const std::string name : {"verbs", "approve", "completion", "key", "whoami", "help", "tier", "policy"})
    EXPECT_TRUE(reserved_command(name)) << name;
  EXPECT_FALSE(reserved_command("client-report"));
}

TEST(VerbConfirm, LoadsAndFollowsTheRulesOfEveryCommand) {
  const auto with = [](const std::string& confirm) {
    return load("verb: send\nsummary: x\nclassification: clinical\ndata: [restricted]\nparameters:\n"
                "  client: {type: string, pattern: \"C-[0-9]{4}\", phi: true, summary: x}\nsteps:\n"
                "  - {name: send, summary: s, effect: disclose, argv: [send], stdin: \"${client}\", confirm: " + confirm + "}\n", "x");
  };
  const auto loaded = with("{argv: [asks, verbs/bin/asks], stdin: \"${client}\"}");
  ASSERT_TRUE(loaded) << loaded.error().message;
  EXPECT_EQ(loaded->steps.front().confirm->argv.size(), 2U);
  for (const auto* const bad : {"{argv: [asks, \"${client}\"]}", "{argv: [bin/asks]}", "{argv: []}", "[asks]", "{stdin: x}",
                                "{argv: [asks], undo: x}", "{argv: [asks], stdin: \"${send.stdout}\"}"}) {
    EXPECT_FALSE(with(bad)) << bad;
  }
}

}  // namespace
}  // namespace blc::verb
