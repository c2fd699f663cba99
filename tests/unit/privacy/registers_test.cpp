#include <gtest/gtest.h>

#include "resources.hpp"
#include "support/fake_programs.hpp"

namespace blc::privacy {
namespace {

using namespace testing;  // NOLINT(google-build-using-namespace): what resources are made of

class Register : public ::testing::Test {
 protected:
  void put(const std::string& path, std::string bytes) { files.files["r/" + path] = std::move(bytes); }
  std::string asked(const Need& need) { return told(check(Registers(files, "r"), need, kAna)); }
  std::string why(const Need& need) {
    const Registers registers(files, "r");
    const auto checked = check(registers, need, kAna);
    EXPECT_FALSE(checked);
    return checked ? "" : explain(checked.error(), need, registers, kAna).message;
  }

  blc::testing::FakePracticeFiles files;
};

const std::string& good() {
  static const auto text = consent(root("permit")).bytes;
  return text;
}

TEST_F(Register, FindsWhatIsAboutTheSubject) {
  EXPECT_EQ(asked(Purpose::treatment), "absent");
  put("Consent/a.json", good());
  EXPECT_EQ(asked(Purpose::treatment), "yes");
  put("Consent/notes.txt", "not a resource");
  EXPECT_EQ(asked(Purpose::treatment), "yes");
  EXPECT_EQ(asked(CareRelation{}), "absent");
  EXPECT_EQ(asked(Channel::sms), "absent");
  EXPECT_EQ(told(check(Registers(files, "r"), Purpose::treatment, {"C-104", "ana", kNow})), "absent");
  EXPECT_EQ(told(check(Registers(files, "r"), Purpose::treatment, {"C-1042/x", "ana", kNow})), "absent");
}

TEST_F(Register, IsSpoiltByAFileThatCannotBeRead) {
  put("Consent/a.json", good());
  for (const auto* broken :
       {"", "{", "[]", "null", R"({"resourceType":"Consent"})", R"({"resourceType":"Bundle","id":"b","meta":{"versionId":"1"}})",
        R"({"resourceType":"Consent","id":"b","patient":{"reference":"Patient/x"}})",
        R"({"resourceType":"Consent","id":"b c","meta":{"versionId":"1"},"patient":{"reference":"Patient/x"}})",
        R"({"resourceType":"Consent","id":"b","meta":{"versionId":"1"}})",
        R"({"resourceType":"Consent","id":"b","meta":{"versionId":"1"},"patient":{"reference":"Group/x"}})",
        R"({"resourceType":"Consent","id":"b","meta":{"versionId":"1"},"patient":{"reference":"Patient/"}})",
        R"({"resourceType":"Consent","id":"b","meta":{"versionId":"1"},"patient":{"reference":"#p"}})",
        R"({"resourceType":"Consent","id":"b","id":"c","meta":{"versionId":"1"},"patient":{"reference":"Patient/x"}})"}) {
    put("Consent/b.json", broken);
    EXPECT_EQ(asked(Purpose::treatment), "no register") << broken;
  }
  put("Consent/b.json", std::string(300'000, ' '));
  EXPECT_EQ(asked(Purpose::treatment), "no register");
  put("Consent/b.json", std::string(100'000, '['));
  EXPECT_EQ(asked(Purpose::treatment), "no register");
}

TEST_F(Register, HoldsEachIdOnce) {
  put("Consent/a.json", good());
  put("Consent/b.json", good());
  EXPECT_EQ(asked(Purpose::treatment), "no register");
}

TEST_F(Register, OfOtherTypesDoesNotMatter) {
  put("Consent/a.json", good());
  put("CareTeam/a.json", "{");
  EXPECT_EQ(asked(Purpose::treatment), "yes");
  EXPECT_EQ(asked(CareRelation{}), "no register");
}

// Whatever is refused, no value of a resource is said.
TEST_F(Register, SaysNothingThatItHolds) {
  const std::string secret = "Wilhelmina";
  for (const auto& bytes : {"{\"" + secret + "\":1}", R"({"resourceType":")" + secret + "\"}",
                            R"({"resourceType":"Consent","id":")" + secret + R"( x","meta":{"versionId":"1"}})",
                            consent(root("permit", period(secret, ""))).bytes, consent("\"" + secret + "\":1").bytes,
                            consent(R"("provision":{"type":")" + secret + "\"}").bytes,
                            consent(root("permit", purposes({secret}))).bytes, consent(root("permit", actors({"Group/" + secret}))).bytes}) {
    put("Consent/" + secret + ".json", bytes);
    const auto said = why(Purpose::treatment);
    EXPECT_EQ(said.find(secret), std::string::npos) << said;
    EXPECT_EQ(said.find("1042"), std::string::npos) << said;
  }
}

TEST_F(Register, GivesEveryRefusalAReasonOfItsOwn) {
  const Registers registers(files, "r");
  for (const Need& need : {Need(Purpose::treatment), Need(CareRelation{}), Need(Channel::sms)}) {
    std::set<std::string> reasons;
    std::vector<Fault> faults{Fault::absent, Fault::withdrawn, Fault::unreadable, Fault::no_register};
    if (std::holds_alternative<Channel>(need)) {
      faults.insert(faults.end(), {Fault::no_address, Fault::no_opt_in, Fault::unsafe, Fault::deceased});
    } else {
      faults.insert(faults.end(), {Fault::not_given, Fault::not_begun, Fault::ended, Fault::other_actor});
    }
    if (std::holds_alternative<Purpose>(need)) faults.insert(faults.end(), {Fault::denied, Fault::other_purpose, Fault::unclear});
    for (const auto fault : faults) {
      const auto error = explain({fault, "x", kNow, "y"}, need, registers, kAna);
      EXPECT_EQ(error.code, Exit::refused);
      EXPECT_FALSE(error.hint.empty());
      EXPECT_TRUE(reasons.insert(error.message).second) << error.message;
    }
  }
}

TEST(Need, ReadsWhatItWrites) {
  for (const Need& need : {Need(Purpose::treatment), Need(Purpose::payment), Need(Purpose::operations), Need(CareRelation{}),
                           Need(Channel::sms), Need(Channel::email), Need(Channel::phone), Need(Channel::voicemail)}) {
    EXPECT_EQ(parse_need(to_string(need)), need) << to_string(need);
  }
  for (const auto* text : {"", "consent", "consent ", "consent treat", "care-relation ", "contact fax"}) EXPECT_FALSE(parse_need(text)) << text;
}

}  // namespace
}  // namespace blc::privacy
