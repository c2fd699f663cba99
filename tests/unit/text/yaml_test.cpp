#include "core/text/yaml.hpp"

#include <chrono>

#include <gtest/gtest.h>

#include "core/text/nearest.hpp"

namespace blc::text {
namespace {

std::string refusal(std::string_view text) {
  const auto parsed = parse_yaml(text, "f.yaml");
  if (parsed) return "accepted";
  EXPECT_EQ(parsed.error().code, Exit::usage);
  return parsed.error().message;
}

TEST(ParseYaml, KeepsKindsOrderQuotesAndPlaces) {
  const auto parsed =
      parse_yaml("---\n# a comment\nb: 010\na:\n  - 'x'\n  - {k: \"1\\n\"}\nc: |\n  two\n  lines\nd: []\n", "f.yaml");
  ASSERT_TRUE(parsed) << parsed.error().message;
  ASSERT_EQ(parsed->kind, Yaml::Kind::map);
  ASSERT_EQ(parsed->map.size(), 4U);
  const auto& b = parsed->map[0];
  EXPECT_EQ(b.key, "b");
  EXPECT_EQ(b.value.scalar, "010");
  EXPECT_FALSE(b.value.quoted);
  EXPECT_EQ(b.mark.line, 3);
  EXPECT_EQ(b.mark.column, 1);
  EXPECT_EQ(b.value.mark.column, 4);
  const auto& a = parsed->map[1].value;
  ASSERT_EQ(a.kind, Yaml::Kind::list);
  ASSERT_EQ(a.list.size(), 2U);
  EXPECT_EQ(a.list[0].scalar, "x");
  EXPECT_TRUE(a.list[0].quoted);
  EXPECT_EQ(a.list[1].map[0].value.scalar, "1\n");
  EXPECT_EQ(a.list[1].mark.line, 6);
  EXPECT_EQ(parsed->map[2].value.scalar, "two\nlines\n");
  EXPECT_TRUE(parsed->map[2].value.quoted);
  EXPECT_TRUE(parsed->map[3].value.list.empty());
}

TEST(ParseYaml, RefusesWhatItDoesNotAcceptAndSaysWhere) {
  const std::vector<std::pair<std::string, std::string>> cases{
      {"a: &x 1\n", "f.yaml:1:4: expected a value, found an anchor (&)"},
      {"a: &x [1]\n", "f.yaml:1:4: expected a value, found an anchor (&)"},
      {"a: &x {b: 1}\n", "f.yaml:1:4: expected a value, found an anchor (&)"},
      {"a: &x\n", "f.yaml:1:4: expected a value, found an anchor (&)"},
      {"a: &x 1\nb: *x\n", "f.yaml:1:4: expected a value, found an anchor (&)"},
      {"a: !!str 1\n", "f.yaml:1:4: expected a value, found a tag (!)"},
      {"a: ! 010\n", "f.yaml:1:4: expected a value, found a tag (!)"},
      {"a: !x [1]\n", "f.yaml:1:4: expected a value, found a tag (!)"},
      {"!x {a: 1}\n", "f.yaml:1:1: expected a value, found a tag (!)"},
      {"a: !\n", "f.yaml:1:4: expected a value, found a tag (!)"},
      {"!!str a: 1\n", "f.yaml:1:1: expected a value, found a tag (!)"},
      {"a: 1\n---\nb: 2\n", "f.yaml:2:1: expected one document, found another"},
      {"a: 1\n...\nb: 2\n", "f.yaml:3:1: expected well-formed YAML: did not find expected <document start>"},
      {"a: 1\nb: 2\na: 3\n", "f.yaml:3:1: expected each key once, found \"a\" again"},
      {"a: 1\n\"a\": 3\n", "f.yaml:2:1: expected each key once, found \"a\" again"},
      {"x: {a: 1, a: 2}\n", "f.yaml:1:11: expected each key once, found \"a\" again"},
      {"[a]: 1\n", "f.yaml:1:1: expected a key, found a list (quote what begins with [)"},
      {"? {a: 1}\n: 2\n", "f.yaml:1:3: expected a key, found a map (quote what begins with {)"},
      {"<<: {a: 1}\n", "f.yaml:1:1: expected a key, found a merge key (<<)"},
      {"'<<': 1\n", "f.yaml:1:1: expected a key, found a merge key (<<)"},
      {"~: 1\n", "f.yaml:1:1: expected a key, found nothing (quote the word null to mean it)"},
      {"'': 1\n", "f.yaml:1:1: expected a key, found nothing"},
      {"a:\nb: 1\n", "f.yaml:1:3: expected a value, found nothing (quote the word null to mean it)"},
      {"a: null\n", "f.yaml:1:4: expected a value, found nothing (quote the word null to mean it)"},
      {"a:\t1\n", "f.yaml:1:3: expected spaces, found a tab"},
      {"a: 1\r\n", "f.yaml:1:5: expected text, found the control character <U+000D>"},
      {"a: \x04\n", "f.yaml:1:4: expected text, found the control character <U+0004>"},
      {"a: \x7f\n", "f.yaml:1:4: expected text, found the control character <U+007F>"},
      {std::string("a: \0", 4), "f.yaml:1:4: expected text, found the control character <U+0000>"},
      {"a: \"x\\0\"\n", "f.yaml:1:4: expected text, found a NUL character"},
      {"a: \xff\n", "f.yaml:1:1: expected UTF-8, found other bytes"},
      {"a: 1 # \u2028b: 2\n", "f.yaml:1:8: expected text, found the control character <U+2028>"},
      {"a: 1 # \u00e9\u2029b: 2\n", "f.yaml:1:9: expected text, found the control character <U+2029>"},
      {"a: 1 # \u0085b: 2\n", "f.yaml:1:8: expected text, found the control character <U+0085>"},
      {"a: \u00e9\u00e9 # \u0080\n", "f.yaml:1:9: expected text, found the control character <U+0080>"},
      {"\u00e9: 1\n'\u00e9\u00e9': {x: }\n", "f.yaml:2:11: expected a value, found nothing (quote the word null to mean it)"},
      {"\xef\xbb\xbf"
       "a: 1\n",
       "f.yaml:1:1: expected UTF-8 without a byte order mark, found one"},
      {"%YAML 1.2\n---\na: 1\n", "f.yaml:1:1: expected a document, found a directive (%)"},
      {"a: 'x\n", "f.yaml:1:4: expected a closing quote, found none"},
      {"a: 'x''\n\n", "f.yaml:1:4: expected a closing quote, found none"},
      {"a: \"x\\\"\nb: 1\n", "f.yaml:1:4: expected a closing quote, found none"},
      {"", "f.yaml:1:1: expected a document, found nothing"},
      {"# nothing\n", "f.yaml:1:1: expected a document, found nothing"},
  };
  for (const auto& [text, message] : cases) EXPECT_EQ(refusal(text), message) << text;
}

TEST(ParseYaml, ReadsQuotesWithinQuotes) {
  const auto parsed = parse_yaml("a: 'it''s'\nb: \"\\\"x\\\"\"\nc: ''''\n", "f.yaml");
  ASSERT_TRUE(parsed) << parsed.error().message;
  EXPECT_EQ(parsed->map[0].value.scalar, "it's");
  EXPECT_EQ(parsed->map[1].value.scalar, "\"x\"");
  EXPECT_EQ(parsed->map[2].value.scalar, "'");
}

TEST(ParseYaml, TurnsFaultsOfTheReaderIntoErrors) {
  for (const std::string text : {"a: [1\n", "a: 'x\n", "a: b: c\n", "a: {b: 1\n", "}", "a: *b\n", "a: \"\\q\"\n",
                                 "a: \"\\ud800\"\n", "a: @x\n", "a: `x\n", "- a\nb: 1\n", "a: 1\n}\n"}) {
    const auto message = refusal(text);
    EXPECT_TRUE(message.starts_with("f.yaml:")) << text << ": " << message;
  }
}

TEST(ParseYaml, EndsAtItsLimits) {
  const auto list = [](std::size_t levels) { return std::string(levels, '[') + "x" + std::string(levels, ']'); };
  EXPECT_EQ(refusal(list(16)), "accepted");
  EXPECT_EQ(refusal(list(17)), "f.yaml:1:17: expected at most 16 levels, found more");
  const auto items = [](std::size_t count) {
    std::string text;
    for (std::size_t i = 0; i < count; ++i) text += "- a\n";
    return text;
  };
  EXPECT_EQ(refusal(items(19'999)), "accepted");
  EXPECT_EQ(refusal(items(20'000)), "f.yaml:20000:3: expected at most 20000 nodes, found more");
  EXPECT_EQ(refusal("# " + std::string(256U << 10U, 'x')), "f.yaml:1:1: expected at most 256 KiB, found more");
  EXPECT_EQ(refusal("a: " + std::string((256U << 10U) - 3, 'x')), "accepted");
}

TEST(ParseYaml, RefusesHostileNestingQuickly) {
  // Without sanitizers the slowest takes 50 ms; the bound only has to notice quadratic work.
  for (const std::string unit : {"[", "{", "[ ", "{a: ", "? ", "- ", "{? ", "[[a], ", "&a ", "!a "}) {
    std::string text;
    while (text.size() + unit.size() <= 256U << 10U) text += unit;
    const auto start = std::chrono::steady_clock::now();
    EXPECT_NE(refusal(text), "accepted") << unit;
    EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(5)) << unit;
  }
}

TEST(YamlErrors, ShowForeignTextSafely) {
  EXPECT_EQ(yaml_error("a\n.yaml", {2, 3}, "expected x").message, "a<U+000A>.yaml:2:3: expected x");
  EXPECT_EQ(found("a\u202e"), "\"a<U+202E>\"");
  EXPECT_EQ(found(std::string(59, 'x') + "\u00e9" + "y"), '"' + std::string(59, 'x') + "...\"");
}

Result<> read(std::string_view text, const std::function<void(YamlFields&)>& with) {
  const auto parsed = parse_yaml(text, "f.yaml");
  if (!parsed) return std::unexpected(parsed.error());
  YamlFields fields(*parsed, "f.yaml", "verb");
  with(fields);
  return fields.finish();
}

TEST(YamlFields, ReadsMembersByName) {
  EXPECT_TRUE(read("s: x\nb: true\ni: 010\nl: [p, q]\ny: {}\n", [](YamlFields& fields) {
    EXPECT_EQ(fields.string("s"), "x");
    EXPECT_TRUE(fields.boolean_or("b", false));
    EXPECT_FALSE(fields.boolean_or("b2", false));
    EXPECT_EQ(fields.integer("i"), 10);
    EXPECT_EQ(fields.strings_or_none("l"), (std::vector<std::string>{"p", "q"}));
    EXPECT_TRUE(fields.strings_or_none("l2").empty());
    EXPECT_EQ(fields.string_or("s2", "else"), "else");
    EXPECT_EQ(fields.required("y").kind, Yaml::Kind::map);
    EXPECT_EQ(fields.optional("z"), nullptr);
  }));
}

std::string fault_of(std::string_view text, const std::function<void(YamlFields&)>& with) {
  const auto result = read(text, with);
  return result ? "none" : result.error().message;
}

TEST(YamlFields, ReportsTheFirstFaultWithItsPlace) {
  EXPECT_EQ(fault_of("[a]", [](YamlFields& f) { f.string("a"); }), "f.yaml:1:1: expected a map (verb), found a list");
  EXPECT_EQ(fault_of("b: 1",
                     [](YamlFields& f) {
                       f.string("b");
                       f.string("a");
                     }),
            "f.yaml:1:1: expected the key \"a\" in the verb, found none");
  EXPECT_EQ(fault_of("a: [1]", [](YamlFields& f) { f.string("a"); }),
            "f.yaml:1:4: expected text for \"a\", found a list");
  EXPECT_EQ(fault_of("a: ''", [](YamlFields& f) { f.string("a"); }), "f.yaml:1:4: expected text for \"a\", found \"\"");
  EXPECT_EQ(fault_of("a: {}", [](YamlFields& f) { f.string_or("a", ""); }),
            "f.yaml:1:4: expected text for \"a\", found a map");
  for (const std::string wrong : {"'true'", "yes", "True", "1", "[]"}) {
    EXPECT_TRUE(fault_of("a: " + wrong, [](YamlFields& f) { f.boolean_or("a", false); })
                    .starts_with("f.yaml:1:4: expected true or false for \"a\", found "))
        << wrong;
  }
  for (const std::string wrong : {"'1'", "1.0", "1x", "0x1", "9223372036854775808", "[1]", "''", "+1"}) {
    EXPECT_TRUE(fault_of("a: " + wrong, [](YamlFields& f) { f.integer("a"); })
                    .starts_with("f.yaml:1:4: expected a whole number for \"a\", found "))
        << wrong;
  }
  EXPECT_EQ(fault_of("a: x", [](YamlFields& f) { f.strings_or_none("a"); }),
            "f.yaml:1:4: expected a list for \"a\", found \"x\"");
  EXPECT_EQ(fault_of("a: [x, [y]]", [](YamlFields& f) { f.strings_or_none("a"); }),
            "f.yaml:1:8: expected text in \"a\", found a list");
  EXPECT_EQ(fault_of("a: x\nb: y",
                     [](YamlFields& f) {
                       f.integer("b");
                       f.integer("a");
                     }),
            "f.yaml:2:4: expected a whole number for \"b\", found \"y\"");
}

TEST(YamlFields, RefusesUnknownKeysAndSaysWhatWasMeant) {
  const auto known = [](YamlFields& f) {
    f.string_or("summary", "");
    f.string_or("steps", "");
  };
  EXPECT_EQ(fault_of("sumary: x", known),
            "f.yaml:1:1: expected a key of the verb, found \"sumary\"; did you mean \"summary\"?");
  EXPECT_EQ(fault_of("steps: y\nother: x", known),
            "f.yaml:2:1: expected a key of the verb (summary, steps), found \"other\"");
}

TEST(YamlFields, NamesTheMisspeltKeyRatherThanTheMissingOne) {
  EXPECT_EQ(fault_of("stpes: x", [](YamlFields& f) { f.string("steps"); }),
            "f.yaml:1:1: expected a key of the verb, found \"stpes\"; did you mean \"steps\"?");
}

TEST(Nearest, FindsSmallMistakesOnly) {
  constexpr std::array<std::string_view, 3> kWords{"summary", "steps", "data"};
  EXPECT_EQ(nearest("sumary", kWords), "summary");
  EXPECT_EQ(nearest("dtaa", kWords), "data");
  EXPECT_EQ(nearest("step", kWords), "steps");
  EXPECT_EQ(nearest("verbs", kWords), std::nullopt);
  EXPECT_EQ(nearest("", kWords), std::nullopt);
  EXPECT_EQ(nearest(std::string(100'000, 'x'), kWords), std::nullopt);
}

std::string foreign_refusal(std::string_view text) {
  const auto parsed = parse_foreign_yaml(text, "f.yaml");
  return parsed ? "accepted" : parsed.error().message;
}

// Tabs and line ends as kubectl and docker compose take them; nothing of ours has them.
TEST(ParseForeignYaml, TakesTabsThatIndentNothing) {
  const std::string text = "# a comment\tone\na:\t1 \t# and one behind\nb: |\n  all:\n  \tmake\n\nc: 'x\ty'\nd: {\n\t\"e\":\t[\n\t\t'1'\n\t]\n\t}\nf: >\n  all\n  \tfolded\ng:\n  - one\nh: two\n  \tthree\n";
  const auto parsed = parse_foreign_yaml(text, "f.yaml");
  ASSERT_TRUE(parsed) << parsed.error().message;
  const auto& map = parsed->front().map;
  EXPECT_EQ(map[0].value.scalar, "1");
  EXPECT_EQ(map[1].value.scalar, "all:\n\tmake\n");
  EXPECT_EQ(map[2].value.scalar, "x\ty");
  EXPECT_EQ(map[3].value.map[0].value.list[0].scalar, "1");
  EXPECT_EQ(map[5].value.list[0].scalar, "one");
  EXPECT_EQ(map[6].value.scalar, "two three");
  EXPECT_TRUE(parse_foreign_yaml("{\n\t\"kind\": \"List\",\n\t\"items\": [\n\t\t1\n\t]\n}\n", "f.json"));
  EXPECT_NE(refusal(text), "accepted");
}

TEST(ParseForeignYaml, RefusesTabsThatIndent) {
  const std::vector<std::pair<const char*, const char*>> kCases{
      {"a: 1\n\tb: 2\n", "f.yaml:2:1: expected spaces, found a tab"},
      {"a:\n\tb: 2\n", "f.yaml:2:1: expected spaces, found a tab"},
      {"a:\n  b:\n  \tc: 2\n", "f.yaml:3:3: expected spaces, found a tab"},
      {"a:\n\tb\n", "f.yaml:2:1: expected spaces, found a tab"},
      {"a:\n\t- b\n", "f.yaml:2:1: expected spaces, found a tab"},
      {"a:\n  - b\n\t- c\n", "f.yaml:3:1: expected spaces, found a tab"},
      {"\ta: 1\n", "f.yaml:1:1: expected spaces, found a tab"},
      {"a: &x 1\nb:\n\t*x\n", "f.yaml:3:1: expected spaces, found a tab"},
      {"a:\r\n\tb: 2\r\n", "f.yaml:2:1: expected spaces, found a tab"},
      {"a:\n\t{b: 2}\n", "f.yaml:2:1: expected spaces, found a tab"},
      {"a: |\n  x\n\ty: 1\n", "f.yaml:3:1: expected spaces, found a tab"},
      {"\t# a comment\n", "f.yaml:1:1: expected spaces, found a tab"},
      {"a:\n  - \u00e9\n  -\tone\n", "f.yaml:3:4: expected spaces, found a tab"},
      {"a:\n\t", "f.yaml:2:1: expected spaces, found a tab"},
  };
  for (const auto& [text, wanted] : kCases) EXPECT_EQ(foreign_refusal(text), wanted) << text;
}

TEST(ParseForeignYaml, RefusesAliasesOfNothing) {
  EXPECT_EQ(foreign_refusal("a: *x\n"), "f.yaml:1:4: expected a value, found an alias (*) without its anchor (&)");
  EXPECT_EQ(foreign_refusal("a: &x 1\n---\na: *x\n"), "f.yaml:3:4: expected a value, found an alias (*) without its anchor (&)");
  EXPECT_EQ(foreign_refusal("a: &x\n  b: *x\n"), "f.yaml:2:6: expected a value, found an alias of what it stands in");
}

TEST(ParseForeignYaml, TakesLinesThatEndWithCarriageReturns) {
  const auto parsed = parse_foreign_yaml("# c\r\na: x\r\nb: |\r\n  one\r\n  two\r\nc: \"p\r\n  q\"\r\nd:\r\n  - 'e'\r\n---\r\nf: 1\r\n", "f.yaml");
  ASSERT_TRUE(parsed) << parsed.error().message;
  ASSERT_EQ(parsed->size(), 2U);
  const auto& map = parsed->front().map;
  EXPECT_EQ(map[0].value.scalar, "x");
  EXPECT_EQ(map[1].value.scalar, "one\ntwo\n");
  EXPECT_EQ(map[2].value.scalar, "p q");
  EXPECT_EQ(map[3].value.list[0].mark.line, 9);
  EXPECT_EQ(foreign_refusal("a: x\ry: 2\n"), "f.yaml:1:5: expected text, found the control character <U+000D>");
  EXPECT_EQ(foreign_refusal("a: x\r\nb: [\r\n"), foreign_refusal("a: x\nb: [\n"));
}

}  // namespace
}  // namespace blc::text
