#include <gtest/gtest.h>

#include "core/verb/verb.hpp"

namespace blc::verb {
namespace {

Result<Verb> verb_with(const std::string& parameter, const std::string& classification = "clinical") {
  return load("verb: a\nsummary: s\nclassification: " + classification + "\ndata: [internal]\nparameters:\n  " +
                  parameter + "\nsteps:\n  - {name: a, summary: s, effect: read, argv: [ls]}\n",
              "x");
}

std::string fault(const std::string& parameter, const std::string& classification = "clinical") {
  const auto verb = verb_with(parameter, classification);
  return verb ? "accepted" : verb.error().message;
}

TEST(LoadParameter, RefusesWhatCouldNotWork) {
  const std::vector<std::pair<std::string, std::string>> cases{
      {"Name: {type: date}", "x:6:3: expected a parameter's name ([a-z][a-z0-9-]*, at most 32), found \"Name\""},
      {"env: {type: date}", "x:6:3: expected another name, found \"env\", which blc uses itself"},
      {"data: {type: date}", "x:6:3: expected another name, found \"data\", which blc uses itself"},
      {"p: {type: text}", "x:6:13: expected string, enum, integer, date, boolean or path, found \"text\""},
      {"p: {}", "x:6:6: expected the key \"type\" in the parameter, found none"},
      {"p: x", "x:6:6: expected a map (parameter), found \"x\""},
      {"p: {type: string}", "x:6:6: expected the key \"pattern\" in the parameter, found none"},
      {"p: {type: string, pattern: '('}", "x:6:30: expected a regular expression (RE2), found: missing ): ("},
      {"p: {type: string, pattern: '(?=a)'}",
       "x:6:30: expected a regular expression (RE2), found: invalid perl operator: (?="},
      {"p: {type: string, pattern: '" + std::string(257, 'a') + "'}",
       "x:6:30: expected a pattern of at most 256 plain characters, found \"" + std::string(60, 'a') + "...\""},
      {"p: {type: string, pattern: '((a{100}){100}){100}'}",
       "x:6:30: expected a regular expression (RE2), found: invalid repetition size: {100}"},
      {"p: {type: string, pattern: 'C-[0-9]{4}', example: C-10422}",
       "x:6:53: expected an example that the pattern matches, found \"C-10422\""},
      {"p: {type: string, pattern: '.*', example: [a]}",
       "x:6:45: expected an example of at most 256 plain characters, found a list"},
      {"p: {type: string, pattern: '.*', example: '" + std::string(257, 'a') + "'}",
       "x:6:45: expected an example of at most 256 plain characters, found \"" + std::string(60, 'a') + "...\""},
      {"p: {type: enum, values: []}", "x:6:27: expected 1 to 256 values, found 0"},
      {"p: {type: enum, values: [a, a]}", "x:6:27: expected each value once, found again \"a\""},
      {"p: {type: enum, values: [\"a\\n\"]}", "x:6:27: expected values in plain text, found \"a<U+000A>\""},
      {"p: {type: integer, min: 2, max: 1}",
       "x:6:6: expected min <= max, both within +-9007199254740991, found 2 and 1"},
      {"p: {type: integer, min: 0, max: 9007199254740992}",
       "x:6:6: expected min <= max, both within +-9007199254740991, found 0 and 9007199254740992"},
      {"p: {type: integer, min: 0}", "x:6:6: expected the key \"max\" in the parameter, found none"},
      {"p: {type: date, pattern: a}",
       "x:6:19: expected a key of the parameter (type, summary, phi, required, default), found \"pattern\""},
      {"p: {type: integer, min: 1, max: 9, default: 10}",
       "x:6:6: expected a default that fits, found: --p: expected a whole number from 1 to 9, found \"10\""},
      {"p: {type: date, phi: true, default: 2026-01-01}",
       "x:6:39: expected no default, found one: a phi value never stands in a file"},
  };
  for (const auto& [parameter, message] : cases) EXPECT_EQ(fault(parameter), message) << parameter;
}

TEST(LoadParameter, KeepsPhiToClinicalVerbs) {
  EXPECT_EQ(fault("p: {type: date, phi: true}"), "accepted");
  EXPECT_EQ(fault("p: {type: date, phi: true}", "business"),
            "x:6:6: expected no phi, found it: only clinical verbs take phi values");
}

TEST(LoadParameter, KnowsWhatIsRequired) {
  EXPECT_TRUE(verb_with("p: {type: date}")->parameters[0].required);
  EXPECT_FALSE(verb_with("p: {type: date, required: false}")->parameters[0].required);
  const auto with_default = verb_with("p: {type: date, default: 2026-01-01}")->parameters[0];
  EXPECT_FALSE(with_default.required);
  EXPECT_EQ(with_default.fallback, "2026-01-01");
}

Parameter made(const std::string& definition) { return verb_with("p: " + definition)->parameters[0]; }

TEST(Convert, ReadsEveryType) {
  const auto text = made("{type: string, pattern: 'C-[0-9]{4}'}");
  EXPECT_EQ(*convert(text, "C-1042"), Value(std::string("C-1042")));
  const auto choice = made("{type: enum, values: [red, '010']}");
  EXPECT_EQ(*convert(choice, "010"), Value(std::string("010")));
  const auto number = made("{type: integer, min: -5, max: 12}");
  EXPECT_EQ(*convert(number, "010"), Value(std::int64_t{10}));
  EXPECT_EQ(*convert(number, "-5"), Value(std::int64_t{-5}));
  EXPECT_EQ(*convert(number, "-0"), Value(std::int64_t{0}));
  const auto date = made("{type: date}");
  EXPECT_EQ(*convert(date, "2024-02-29"), Value(std::string("2024-02-29")));
  const auto flag = made("{type: boolean}");
  EXPECT_EQ(*convert(flag, "yes"), Value(true));
  EXPECT_EQ(*convert(flag, "true"), Value(true));
  EXPECT_EQ(*convert(flag, "no"), Value(false));
  EXPECT_EQ(*convert(flag, "false"), Value(false));
  const auto path = made("{type: path}");
  EXPECT_EQ(*convert(path, "letters/one.txt"), Value(std::string("letters/one.txt")));
}

TEST(Convert, RefusesWhatDoesNotFitAndSaysWhatWould) {
  const std::vector<std::tuple<std::string, std::string, std::string>> cases{
      {"{type: string, pattern: 'C-[0-9]{4}'}", "C-10422", "--p: expected text of the form that blc verbs shows, found \"C-10422\""},
      {"{type: string, pattern: 'C-[0-9]{4}'}", "xC-1042", "--p: expected text of the form that blc verbs shows, found \"xC-1042\""},
      {"{type: string, pattern: 'C-[0-9]{4}', example: C-1042}", "C-10422", "--p: expected text, for example C-1042, found \"C-10422\""},
      {"{type: string, pattern: '.{1,3}'}", "abcd", "--p: expected text of 1 to 3 characters, found \"abcd\""},
      {"{type: string, pattern: '.{1,3}', example: abc}", "abcd",
       "--p: expected text of 1 to 3 characters, for example abc, found \"abcd\""},
      {"{type: string, pattern: '.{1,3}|x{5,5}'}", "abcd", "--p: expected text of the form that blc verbs shows, found \"abcd\""},
      {"{type: string, pattern: 'a|b'}", "ab", "--p: expected text of the form that blc verbs shows, found \"ab\""},
      {"{type: enum, values: [red, green]}", "Red", "--p: expected one of red, green, found \"Red\""},
      {"{type: date}", "2026-02-29", "--p: expected a date like 2026-11-02, found \"2026-02-29\""},
      {"{type: date}", "2026-1-2", "--p: expected a date like 2026-11-02, found \"2026-1-2\""},
      {"{type: boolean}", "1", "--p: expected true or false, found \"1\""},
  };
  for (const auto& [definition, typed, message] : cases) {
    const auto value = convert(made(definition), typed);
    ASSERT_FALSE(value) << typed;
    EXPECT_EQ(value.error().code, Exit::usage);
    EXPECT_EQ(value.error().message, message);
  }
  const auto number = made("{type: integer, min: 1, max: 12}");
  for (const std::string typed :
       {"0", "13", "", "-", "+1", "1.0", " 1", "1 ", "0x1", "1e1", "9223372036854775808", "99999999999999999999"})
    EXPECT_EQ(convert(number, typed).error().message,
              "--p: expected a whole number from 1 to 12, found \"" + typed + "\"");
  const auto path = made("{type: path}");
  for (const std::string typed : {"", "/a", "../a", "a/..", "a/./b", "a//b", "a/", "a\\b", "."})
    EXPECT_FALSE(convert(path, typed)) << typed;
}

TEST(Convert, RefusesHiddenCharactersInEveryType) {
  for (const std::string definition : {"{type: string, pattern: '(?s).*'}", "{type: path}", "{type: date}"}) {
    for (const auto& typed : {std::string("a\0b", 3), std::string("a\nb"), std::string("a\tb"), std::string("\x1b[1m"),
                              std::string("a\u202eb"), std::string("\u0430"), std::string("a\xff")}) {
      const auto value = convert(made(definition), typed);
      ASSERT_FALSE(value) << definition;
      EXPECT_TRUE(value.error().message.starts_with("--p: expected one line of plain Latin text"))
          << value.error().message;
    }
  }
  const auto any = made("{type: string, pattern: '.*'}");
  EXPECT_TRUE(convert(any, "M\u00fcller \u2013 caf\u00e9"));
  EXPECT_TRUE(convert(any, std::string(4096, 'a')));
  EXPECT_TRUE(convert(any, std::string(4097, 'a')).error().message.starts_with("--p: expected at most 4096 bytes"));
}

TEST(Convert, NeverRepeatsAPhiValue) {
  for (const std::string definition : {"{type: string, pattern: 'C-[0-9]{4}', phi: true}", "{type: date, phi: true}",
                                       "{type: boolean, phi: true}", "{type: integer, min: 1, max: 2, phi: true}",
                                       "{type: path, phi: true}", "{type: enum, values: [a], phi: true}"}) {
    for (const auto& typed :
         {std::string("/Jane Sample"), std::string("/Jane Sample\n"), "/Jane Sample" + std::string(5000, 'x')}) {
      const auto value = convert(made(definition), typed);
      ASSERT_FALSE(value) << definition;
      EXPECT_EQ((value.error().message + value.error().hint).find("Jane"), std::string::npos);
    }
  }
}

TEST(Convert, MatchesHostilePatternsInBoundedTime) {
  const auto hostile = made("{type: string, pattern: '(a*)*b|(a|aa)+c|(.*)(.*)(.*)(.*)(.*)d'}");
  EXPECT_FALSE(convert(hostile, std::string(4096, 'a')));
}

TEST(ToText, IsWhatConvertReads) {
  EXPECT_EQ(to_text(Value(std::string("x"))), "x");
  EXPECT_EQ(to_text(Value(std::int64_t{-12})), "-12");
  EXPECT_EQ(to_text(Value(true)), "true");
  EXPECT_EQ(to_text(Value(false)), "false");
}

TEST(PracticePath, StaysBelowThePractice) {
  for (const std::string path : {"a", "a/b.txt", ".hidden", "a/..b", "caf\u00e9"})
    EXPECT_TRUE(is_practice_path(path)) << path;
  for (const std::string path :
       {"", "/", "/a", "..", "../a", "a/../b", "a//b", "a/", "./a", "a\\b", "a\nb", "a\u200bb"})
    EXPECT_FALSE(is_practice_path(path)) << path;
  EXPECT_FALSE(is_practice_path(std::string_view("a\0b", 3)));
}

}  // namespace
}  // namespace blc::verb
