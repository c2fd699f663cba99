#include "core/text/json.hpp"

#include <random>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace blc::text {
namespace {

using Object = Json::Object;
using Array = Json::Array;

std::string again(std::string_view text) {
  const auto parsed = parse_json(text);
  return parsed ? canonical(*parsed) : "refused: " + parsed.error().message;
}

TEST(Canonical, OrdersKeysAndEscapesAsRfc8785Section323) {
  const auto json = parse_json(
      "{\"numbers\": [333333333, 4, 0, -30], "
      "\"string\": \"\\u20ac$\\u000F\\u000aA'\\u0042\\u0022\\u005c\\\\\\\"\\/\", "
      "\"literals\": [null, true, false]}");
  ASSERT_TRUE(json);
  EXPECT_EQ(canonical(*json),
            "{\"literals\":[null,true,false],\"numbers\":[333333333,4,0,-30],"
            "\"string\":\"\u20ac$\\u000f\\nA'B\\\"\\\\\\\\\\\"/\"}");
}

TEST(Canonical, UsesTheShortEscapesAndLowerCaseHexForOtherControls) {
  std::string controls;
  for (char c = 0; c < 0x20; ++c) controls += c;
  EXPECT_EQ(canonical(Json(controls)),
            "\"\\u0000\\u0001\\u0002\\u0003\\u0004\\u0005\\u0006\\u0007\\b\\t\\n\\u000b\\f\\r\\u000e\\u000f"
            "\\u0010\\u0011\\u0012\\u0013\\u0014\\u0015\\u0016\\u0017\\u0018\\u0019\\u001a\\u001b\\u001c\\u001d"
            "\\u001e\\u001f\"");
  EXPECT_EQ(canonical(Json("\x7f\u2028\u00e9\U0001F600/")), "\"\x7f\u2028\u00e9\U0001F600/\"");
}

TEST(Canonical, WritesEmptyAndExtremeValues) {
  EXPECT_EQ(canonical(Json(Object{})), "{}");
  EXPECT_EQ(canonical(Json(Array{})), "[]");
  EXPECT_EQ(canonical(Json()), "null");
  EXPECT_EQ(canonical(Json(9007199254740991)), "9007199254740991");
  EXPECT_EQ(canonical(Json(-9007199254740991)), "-9007199254740991");
  EXPECT_EQ(canonical(Json(std::uint8_t{7})), "7");
}

TEST(Canonical, ThrowsForWhatHasNoEncoding) {
  EXPECT_THROW((void)canonical(Json(9007199254740992)), Broken);
  EXPECT_THROW((void)canonical(Json(-9007199254740992)), Broken);
  EXPECT_THROW((void)canonical(Json(std::numeric_limits<std::uint64_t>::max())), Broken);
  EXPECT_THROW((void)canonical(Json("\xff")), Broken);
  EXPECT_THROW((void)canonical(Json("\xed\xa0\x80")), Broken);
  EXPECT_THROW((void)canonical(Json(Object{{"\u00e9", Json()}})), Broken);
}

Json nested(int levels) {
  Json json;
  for (int i = 0; i < levels; ++i) json = Json(Array{std::move(json)});
  return json;
}

TEST(Canonical, EndsAt64LevelsInBothDirections) {
  const auto deepest = canonical(nested(64));
  EXPECT_TRUE(parse_canonical(deepest));
  EXPECT_THROW((void)canonical(nested(65)), Broken);
  const auto deeper = std::string(65, '[') + std::string(65, ']');
  EXPECT_FALSE(parse_canonical(deeper));
  EXPECT_FALSE(parse_json(deeper));
  EXPECT_FALSE(parse_json(std::string(10'000'000, '[')));
}

TEST(ParseCanonical, AcceptsWhatCanonicalWrites) {
  for (const std::string text :
       {"null", "true", "false", "0", "-1", "10", "9007199254740991", "-9007199254740991", "\"\"", "[]", "{}",
        "[[],{}]", R"({"":0,"a":[1,2],"b":{"c":"d"}})", R"("\u001f\b\\\"")", "\"\u00e9\U0010FFFF\""}) {
    const auto parsed = parse_canonical(text);
    ASSERT_TRUE(parsed) << text << ": " << parsed.error().message;
    EXPECT_EQ(canonical(*parsed), text);
  }
}

TEST(ParseCanonical, RefusesEveryOtherSpelling) {
  for (const std::string text : {"",
                                 " ",
                                 " 1",
                                 "1 ",
                                 "1\n",
                                 "[1, 2]",
                                 "{ }",
                                 "[1,]",
                                 "[,1]",
                                 "[1",
                                 "]",
                                 "{\"a\":1,}",
                                 "{\"a\"}",
                                 "{\"a\":}",
                                 "{a:1}",
                                 "{\"b\":1,\"a\":2}",
                                 "{\"a\":1,\"a\":2}",
                                 "{\"a\" :1}",
                                 "{\"\\u0061\":1}",
                                 "{\"\u00e9\":1}",
                                 "-0",
                                 "-",
                                 "00",
                                 "01",
                                 "-01",
                                 "+1",
                                 "1.0",
                                 "1.5",
                                 "1e3",
                                 "1E3",
                                 "0.0",
                                 "9007199254740992",
                                 "-9007199254740992",
                                 "99999999999999999",
                                 "18446744073709551617",
                                 "NaN",
                                 "Infinity",
                                 "nul",
                                 "nulll",
                                 "True",
                                 "'a'",
                                 "\"a",
                                 "\"\\\"",
                                 "\"\\u000A\"",
                                 "\"\\u000a\"",
                                 "\"\\u001F\"",
                                 "\"\\u0041\"",
                                 "\"\\u0022\"",
                                 "\"\\u00e9\"",
                                 "\"\\ud83d\\ude00\"",
                                 "\"\\/\"",
                                 "\"\\v\"",
                                 "\"\\x41\"",
                                 "\"\n\"",
                                 "\"\t\"",
                                 "\"\xff\"",
                                 "\"\xc0\xaf\"",
                                 "\"\xed\xa0\x80\"",
                                 "\"\xf4\x90\x80\x80\"",
                                 "\"\xe2\x82\"",
                                 "\"\\u00\"",
                                 "\"\\u\"",
                                 "\"\\",
                                 "// a\n1",
                                 "\xef\xbb\xbf"
                                 "1"}) {
    const auto parsed = parse_canonical(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.error().code, Exit::ledger);
    EXPECT_NE(parsed.error().message.find("at byte "), std::string::npos) << parsed.error().message;
  }
  EXPECT_FALSE(parse_canonical(std::string_view("\"\0\"", 3)));
  EXPECT_FALSE(parse_canonical(std::string_view("1\0", 2)));
}

TEST(ParseCanonical, NamesTheByteOfTheFault) {
  EXPECT_EQ(parse_canonical("[1,2,x]").error().message, "not canonical JSON at byte 5: a value was expected");
  EXPECT_EQ(parse_canonical("{\"b\":1,\"a\":2}").error().message,
            "not canonical JSON at byte 7: keys must ascend and be unique");
}

TEST(ParseCanonical, FindsTheFaultAtEveryPlaceOfALongString) {
  // The scanner takes eight bytes at a time: the special byte must be found wherever it stands.
  for (const std::string special : {"\n", "\x1f", "\x80", "\xff"}) {
    for (std::size_t place = 0; place < 24; ++place) {
      auto text = "\"" + std::string(24, 'a') + "\"";
      text[place + 1] = special[0];
      EXPECT_FALSE(parse_canonical(text)) << place;
    }
  }
  for (std::size_t place = 0; place < 24; ++place) {
    auto value = std::string(24, '~');
    value[place] = '"';
    const auto text = canonical(Json(value));
    EXPECT_EQ(text.size(), 27U);
    EXPECT_EQ(*parse_canonical(text), Json(value));
  }
}

TEST(ParseJson, ReadsWhatPeopleWrite) {
  EXPECT_EQ(again(" { \"b\" : [ 1 , 2 ] ,\r\n\t\"a\" : \"\\u0041\\/\" } "), R"({"a":"A/","b":[1,2]})");
  EXPECT_EQ(again(R"("\ud83d\ude00\u00E9\u000b")"), "\"\U0001F600\u00e9\\u000b\"");
}

TEST(ParseJson, RefusesDuplicatesFloatsAndLoneSurrogates) {
  for (const std::string text : {R"({"a":1,"b":2,"a":3})", R"({"a":1,"\u0061":3})", "1.0", "1e2", "-0", "01",
                                 R"("\ud83d")", R"("\ud83dx")", R"("\ud83d\u0041")", R"("\ude00")", R"("\ude00\ud83d")",
                                 R"("\uD8")", R"({"\u00e9":1})", "[1 2]", "\v1", "", "{\"a\":1}}"}) {
    const auto parsed = parse_json(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.error().code, Exit::usage);
  }
}

Json random_value(std::mt19937& random, int level) {
  const auto below = [&](int n) { return static_cast<int>(random() % static_cast<unsigned>(n)); };
  const auto text = [&] {
    static const std::vector<std::string> kParts{"a",  "Z",      " ",      "\n",         "\x01", "\"",
                                                 "\\", "\u00e9", "\u20ac", "\U0001F600", "\x7f", "0123456789"};
    std::string out;
    for (int i = below(6); i > 0; --i) out += kParts[static_cast<std::size_t>(below(static_cast<int>(kParts.size())))];
    return out;
  };
  switch (below(level > 0 ? 6 : 4)) {
    case 0: return {};
    case 1: return Json(below(2) == 0);
    case 2: return Json(static_cast<std::int64_t>(random() << 21U | random() >> 11U) * (below(2) == 0 ? 1 : -1));
    case 3: return Json(text());
    case 4: {
      Array array;
      for (int i = below(5); i > 0; --i) array.push_back(random_value(random, level - 1));
      return Json(std::move(array));
    }
    default: {
      Object object;
      for (int i = below(5); i > 0; --i)
        object.emplace(std::string(1, static_cast<char>(below(128))) + "k", random_value(random, level - 1));
      return Json(std::move(object));
    }
  }
}

TEST(Json, RoundTripsRandomValuesAndAgreesWithAnIndependentReader) {
  std::mt19937 random(8785);
  for (int i = 0; i < 3000; ++i) {
    const auto value = random_value(random, 5);
    const auto text = canonical(value);
    const auto parsed = parse_canonical(text);
    ASSERT_TRUE(parsed) << text << parsed.error().message;
    EXPECT_EQ(*parsed, value);
    EXPECT_EQ(*parse_json(text), value);
    const auto other = nlohmann::json::parse(text);
    EXPECT_EQ(canonical(*parse_json(other.dump(2))), text);
    EXPECT_EQ(canonical(*parse_json(other.dump(-1, ' ', true))), text);  // every non-ASCII character escaped
  }
}

TEST(Json, AcceptsNoTextThatWouldNotReencode) {
  // Every single-byte change of a canonical text is refused or is itself canonical.
  const std::string text = R"({"a":[1,-20,"x\n\u001f"],"b":{"c":null,"d":true}})";
  for (std::size_t i = 0; i < text.size(); ++i) {
    for (int byte = 0; byte < 256; ++byte) {
      auto changed = text;
      changed[i] = static_cast<char>(byte);
      if (const auto parsed = parse_canonical(changed)) {
        EXPECT_EQ(canonical(*parsed), changed);
      }
    }
  }
}

TEST(Json, FindsMembersOfObjectsOnly) {
  const Json json(Object{{"a", Json(1)}});
  ASSERT_NE(json.find("a"), nullptr);
  EXPECT_EQ(json.find("b"), nullptr);
  EXPECT_EQ(Json(Array{}).find("a"), nullptr);
}

TEST(Fields, ReadsEveryMember) {
  const auto json = *parse_json(
      R"({"s":"x","i":-3,"n":4,"b":true,"l":["p","q"],"o":{"k":1},"any":null,"id":"01KADX0V8T5N2R9JQ3HW7M4KD2"})");
  Fields fields(json, "entry");
  EXPECT_EQ(fields.string("s"), "x");
  EXPECT_EQ(fields.integer("i"), -3);
  EXPECT_EQ(fields.natural("n"), 4U);
  EXPECT_TRUE(fields.boolean("b"));
  EXPECT_EQ(fields.strings("l"), (std::vector<std::string>{"p", "q"}));
  EXPECT_EQ(fields.object("o").size(), 1U);
  EXPECT_TRUE(fields.any("any").is_null());
  EXPECT_EQ(fields.as("id", [](std::string_view text) { return std::optional(text.size()); }), 26U);
  EXPECT_TRUE(fields.has("s"));
  EXPECT_FALSE(fields.has("t"));
  EXPECT_TRUE(fields.finish());
}

std::string fault_of(std::string_view text, const std::function<void(Fields&)>& read) {
  const auto json = *parse_json(text);
  Fields fields(json, "entry");
  read(fields);
  const auto finished = fields.finish();
  if (finished) return "none";
  EXPECT_EQ(finished.error().code, Exit::ledger);
  return finished.error().message;
}

TEST(Fields, NoticesMissingMistypedAndLeftOverMembers) {
  EXPECT_EQ(fault_of("[]", [](Fields& f) { f.string("a"); }), "entry is no object");
  EXPECT_EQ(fault_of("{}", [](Fields& f) { f.string("a"); }), "entry: \"a\" is missing");
  EXPECT_EQ(fault_of(R"({"a":1})", [](Fields& f) { f.string("a"); }), "entry: \"a\" is no string");
  EXPECT_EQ(fault_of(R"({"a":"1"})", [](Fields& f) { f.integer("a"); }), "entry: \"a\" is no integer");
  EXPECT_EQ(fault_of(R"({"a":-1})", [](Fields& f) { f.natural("a"); }), "entry: \"a\" is negative");
  EXPECT_EQ(fault_of(R"({"a":0})", [](Fields& f) { f.boolean("a"); }), "entry: \"a\" is neither true nor false");
  EXPECT_EQ(fault_of(R"({"a":{}})", [](Fields& f) { f.array("a"); }), "entry: \"a\" is no array");
  EXPECT_EQ(fault_of(R"({"a":[]})", [](Fields& f) { f.object("a"); }), "entry: \"a\" is no object");
  EXPECT_EQ(fault_of(R"({"a":["x",1]})", [](Fields& f) { f.strings("a"); }),
            "entry: \"a\" holds something that is no string");
  EXPECT_EQ(fault_of(R"({"a":"x","b\u0007":1})", [](Fields& f) { f.string("a"); }), "entry: \"b<U+0007>\" is unknown");
  EXPECT_EQ(
      fault_of(R"({"a":"x"})", [](Fields& f) { f.as("a", [](std::string_view) { return std::optional<int>(); }); }),
      "entry: \"a\" is malformed");
}

TEST(Fields, KeepsTheFirstFaultAndReadsNothingAfterIt) {
  EXPECT_EQ(fault_of(R"({"b":2})",
                     [](Fields& f) {
                       f.string("a");
                       EXPECT_EQ(f.integer("b"), 0);
                     }),
            "entry: \"a\" is missing");
}

TEST(ValidUtf8, AcceptsWellFormedSequencesOnly) {
  for (const std::string text :
       {"", "a", "\u00e9", "\u20ac", "\U0001F600", "\xed\x9f\xbf", "\xee\x80\x80", "\xf4\x8f\xbf\xbf"})
    EXPECT_TRUE(valid_utf8(text)) << text;
  for (const std::string text :
       {"\x80", "\xc0\x80", "\xc1\xbf", "\xc2", "\xe0\x9f\xbf", "\xed\xa0\x80", "\xed\xbf\xbf", "\xf0\x8f\xbf\xbf",
        "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xe2\x82", "\xe2\x82g", "\xff"})
    EXPECT_FALSE(valid_utf8(text)) << testing::PrintToString(text);
}

}  // namespace
}  // namespace blc::text
