#include <gtest/gtest.h>

#include "resources.hpp"

namespace blc::privacy {
namespace {

using namespace testing;  // NOLINT(google-build-using-namespace): what consents are made of

struct Case {
  std::string what;
  std::string members;
  std::string expected;
};

void hold(const std::vector<Case>& cases) {
  for (const auto& each : cases) EXPECT_EQ(treat({consent(each.members)}), each.expected) << each.what;
}

TEST(Consent, IsAskedForWhereNoneIsOnFile) { EXPECT_EQ(treat({}), "absent"); }

TEST(Consent, CountsOnlyWhileActive) {
  const std::map<std::string, std::string> expected{
      {"active", "yes"},         {"draft", "not given"},    {"proposed", "not given"},          {"rejected", "withdrawn"},
      {"inactive", "withdrawn"}, {"entered-in-error", "absent"}, {"Active", "unreadable"}, {"on-hold", "unreadable"}};
  for (const auto& [status, told] : expected) EXPECT_EQ(treat({consent(root("permit"), "c", status)}), told) << status;
}

TEST(Consent, WithoutAStatusCannotBeRead) {
  EXPECT_EQ(treat({resource(R"({"resourceType":"Consent","id":"c","meta":{"versionId":"1"},"patient":{"reference":"Patient/C-1042"}})", "Consent")}),
            "unreadable");
}

TEST(Consent, CountsOnlyWithAScopeThatIsAboutData) {
  const auto with = [](const std::string& scope, Purpose purpose) {
    return told(check_consent({consent(root("permit"), "c", "active", scope)}, purpose, kAna));
  };
  EXPECT_EQ(with("patient-privacy", Purpose::payment), "yes");
  EXPECT_EQ(with("treatment", Purpose::treatment), "yes");
  EXPECT_EQ(with("treatment", Purpose::payment), "absent");
  EXPECT_EQ(with("research", Purpose::treatment), "absent");
  EXPECT_EQ(with("adr", Purpose::treatment), "absent");
  EXPECT_EQ(with("everything", Purpose::treatment), "unreadable");
}

TEST(Consent, LastsAsLongAsItsPeriods) {
  hold({{"no period", root("permit"), "yes"},
        {"open end", root("permit", period("2026-01-01", "")), "yes"},
        {"open start", root("permit", period("", "2027-03-01")), "yes"},
        {"the whole last day", root("permit", period("", "2026-11-26")), "yes"},
        {"the day before", root("permit", period("", "2026-11-25")), "ended"},
        {"the whole last month", root("permit", period("", "2026-11")), "yes"},
        {"last year", root("permit", period("2020", "2025")), "ended"},
        {"the last second", root("permit", period("", "2026-11-26T10:00:00Z")), "yes"},
        {"a second ago", root("permit", period("", "2026-11-26T09:59:59Z")), "ended"},
        {"elsewhere it is later", root("permit", period("", "2026-11-26T11:59:59+02:00")), "ended"},
        {"elsewhere it is earlier", root("permit", period("", "2026-11-26T05:00:00-05:00")), "yes"},
        {"from now on", root("permit", period("2026-11-26T10:00:00Z", "")), "yes"},
        {"in a second", root("permit", period("2026-11-26T10:00:01Z", "")), "not begun"},
        {"tomorrow", root("permit", period("2026-11-27", "2027")), "not begun"},
        {"backwards", root("permit", period("2026-12-01", "2026-01-01")), "unreadable"},
        {"no date", root("permit", period("soon", "")), "unreadable"},
        {"no such day", root("permit", period("", "2027-02-29")), "unreadable"},
        {"a time without a zone", root("permit", period("", "2027-02-01T10:00:00")), "unreadable"},
        {"a bound that is withheld", R"("provision":{"type":"permit","period":{"_end":{"extension":[]}}})", "unreadable"},
        {"a bound that is a number", R"("provision":{"type":"permit","period":{"end":2027}})", "unreadable"}});
}

TEST(Consent, IsNotGivenBeforeItsDate) {
  hold({{"before", R"("dateTime":"2026-11-25",)" + root("permit"), "yes"},
        {"later today", R"("dateTime":"2026-11-26T10:00:01Z",)" + root("permit"), "not begun"},
        {"no date", R"("dateTime":"yesterday",)" + root("permit"), "unreadable"}});
}

TEST(Consent, IsForItsPurposes) {
  hold({{"no purpose is every purpose", root("permit"), "yes"},
        {"this one", root("permit", purposes({"TREAT"})), "yes"},
        {"one of several", root("permit", purposes({"HPAYMT", "TREAT"})), "yes"},
        {"others", root("permit", purposes({"HPAYMT", "HOPERAT"})), "other purpose"},
        {"marketing", root("permit", purposes({"HMARKT"})), "other purpose"},
        {"a part of it does not permit all of it", root("permit", purposes({"ETREAT"})), "other purpose"},
        {"denied for this one", root("deny", purposes({"TREAT"})), "denied"},
        {"a denial of a part may be meant", root("deny", purposes({"CAREMGT"})), "unclear"},
        {"a denial for others says nothing", root("deny", purposes({"HPAYMT", "HRESCH"})), "absent"},
        {"another system", R"("provision":{"type":"permit","purpose":[{"system":"urn:x","code":"TREAT"}]})", "other purpose"},
        {"no system", R"("provision":{"type":"deny","purpose":[{"code":"HPAYMT"}]})", "unclear"}});
}

TEST(Consent, IsForItsActors) {
  const std::string kept = R"("organization":[{"reference":"Organization/practice"}],)";
  hold({{"this one", root("permit", actors({"Practitioner/ana"})), "yes"},
        {"one of several", root("permit", actors({"Practitioner/ben", "Practitioner/ana"})), "yes"},
        {"a version of this one", root("permit", actors({"Practitioner/ana/_history/2"})), "yes"},
        {"somebody else", root("permit", actors({"Practitioner/ben"})), "other actor"},
        {"a longer name", root("permit", actors({"Practitioner/anabel"})), "other actor"},
        {"the practice that keeps it", kept + root("permit", actors({"Organization/practice"})), "yes"},
        {"another organization", kept + root("permit", actors({"Organization/insurer"})), "other actor"},
        {"a group that she may be in", root("permit", actors({"Group/nurses"})), "other actor"},
        {"denied to this one", root("deny", actors({"Practitioner/ana"})), "denied"},
        {"denied to somebody else", root("deny", actors({"Practitioner/ben"})), "absent"},
        {"denied to a relative", root("deny", actors({"RelatedPerson/r1"})), "absent"},
        {"denied to a group that she may be in", root("deny", actors({"Group/nurses"})), "unclear"},
        {"denied to one at another address", root("deny", actors({"https://example.org/fhir/Practitioner/x"})), "unclear"},
        {"denied to nobody that can be told", R"("provision":{"type":"deny","actor":[{"role":{"text":"x"}}]})", "unclear"},
        {"neither purpose nor actor", root("permit", purposes({"HPAYMT"}) + "," + actors({"Practitioner/ben"})), "other purpose"}});
}

TEST(Consent, ThatIsLimitedInWaysNotJudgedPermitsNothing) {
  for (const auto* limit : {R"("action":[{"text":"collect"}])", R"("class":[{"code":"x"}])", R"("code":[{"text":"x"}])",
                            R"("data":[{"meaning":"instance","reference":{"reference":"Observation/1"}}])",
                            R"("dataPeriod":{"end":"2020"})", R"("securityLabel":[{"code":"R"}])"}) {
    EXPECT_EQ(treat({consent(root("permit", limit))}), "unclear") << limit;
    EXPECT_EQ(treat({consent(root("deny", limit))}), "unclear") << limit;
    EXPECT_EQ(treat({consent(root("permit", but({rule("deny", limit)})))}), "unclear") << limit;
    EXPECT_EQ(treat({consent(root("deny", but({rule("permit", limit)})))}), "unclear") << limit;
  }
}

TEST(Consent, HasNestedExceptions) {
  const auto ben = actors({"Practitioner/ben"});
  const auto ana = actors({"Practitioner/ana"});
  hold({{"an exception for her", root("permit", but({rule("deny", ana)})), "denied"},
        {"an exception for another", root("permit", but({rule("deny", ben)})), "yes"},
        {"an exception for another purpose", root("permit", but({rule("deny", purposes({"HPAYMT"}))})), "yes"},
        {"an exception that lets her", root("deny", but({rule("permit", ana)})), "yes"},
        {"an exception that lets another", root("deny", but({rule("permit", ben)})), "denied"},
        {"an exception to an exception", root("permit", but({rule("deny", but({rule("permit", ana)}))})), "yes"},
        {"three deep", root("permit", but({rule("deny", but({rule("permit", but({rule("deny", ana)}))}))})), "denied"},
        {"within one that is not for her", root("permit", ben + "," + but({rule("permit", ana)})), "other actor"},
        {"side by side a denial wins", root("permit", but({rule("permit", ana), rule("deny", purposes({"TREAT"}))})), "denied"},
        {"an exception that has ended", root("permit", but({rule("deny", period("", "2026-11-25"))})), "yes"},
        {"a permission that has ended", root("deny", but({rule("permit", period("", "2026-11-25"))})), "denied"},
        {"an exception that may be for her", root("permit", but({rule("deny", actors({"Group/nurses"}))})), "unclear"},
        {"an exception of no type", R"("provision":{"type":"permit","provision":[{)" + ana + "}]}", "unreadable"},
        {"an exception of an unknown type", root("permit", but({rule("allow")})), "unreadable"}});
}

TEST(Consent, StartsFromItsPolicyWhereItsRootSaysNothing) {
  const auto policy = [](std::string_view code) {
    return fmt::format(R"("policyRule":{{"coding":[{{"system":"http://terminology.hl7.org/CodeSystem/v3-ActCode","code":"{}"}}]}})", code);
  };
  hold({{"in", policy("OPTIN"), "yes"},
        {"out", policy("OPTOUT"), "denied"},
        {"in, with exceptions", policy("OPTIN") + R"(,"provision":{)" + but({rule("deny", actors({"Practitioner/ana"}))}) + "}", "denied"},
        {"in, for a time", policy("OPTIN") + R"(,"provision":{)" + period("", "2026-11-25") + "}", "ended"},
        {"nothing", "", "unclear"},
        {"a law", policy("HIPAAAuth"), "unclear"},
        {"a law beside a type", policy("HIPAAAuth") + "," + root("permit"), "yes"},
        {"one thing and another", policy("OPTOUT") + "," + root("permit"), "unclear"},
        {"of an unknown type", R"("provision":{"type":"maybe"})", "unreadable"}});
}

TEST(Consent, IsNotReadWhereSomethingInItIsNotKnown) {
  hold({{"a modifier extension", R"("modifierExtension":[{"url":"urn:x","valueBoolean":true}],)" + root("permit"), "unreadable"},
        {"one in a provision", root("permit", R"("modifierExtension":[{"url":"urn:x"}])"), "unreadable"},
        {"one in an actor", root("permit", R"("actor":[{"reference":{"reference":"Practitioner/ana"},"modifierExtension":[{"url":"urn:x"}]}])"), "unreadable"},
        {"one deep down", root("permit", but({rule("permit", but({rule("permit", R"("modifierExtension":[{"url":"urn:x"}])")}))})), "unreadable"},
        {"implicit rules", R"("implicitRules":"urn:x",)" + root("permit"), "unreadable"},
        {"an element that R4 has not", R"("decision":"permit",)" + root("permit"), "unreadable"},
        {"one of another type", R"("provision":"permit")", "unreadable"},
        {"an empty list", root("permit", R"("purpose":[])"), "unreadable"},
        {"a list that is none", root("permit", R"("purpose":{"code":"TREAT"})"), "unreadable"},
        {"an extension is passed over", R"("extension":[{"url":"urn:x","valueString":"y"}],)" + root("permit"), "yes"},
        {"what has no bearing is passed over", R"("category":[{"text":"x"}],"policy":[{"uri":"urn:x"}],)" + root("permit"), "yes"}});
}

TEST(Consent, ThatIsNotVerifiedPermitsNothing) {
  hold({{"verified", R"("verification":[{"verified":true}],)" + root("permit"), "yes"},
        {"not", R"("verification":[{"verified":false}],)" + root("permit"), "unclear"},
        {"a denial counts all the same", R"("verification":[{"verified":false}],)" + root("deny"), "denied"}});
}

TEST(Consent, DeniedInOneOfSeveralIsDenied) {
  const auto permit = consent(root("permit"), "a");
  EXPECT_EQ(treat({permit, consent(root("deny"), "b")}), "denied");
  EXPECT_EQ(treat({consent(root("deny"), "0"), permit}), "denied");
  EXPECT_EQ(treat({permit, consent(root("deny"), "b", "inactive")}), "yes");
  EXPECT_EQ(treat({permit, consent(root("deny", period("", "2026-11-25")), "b")}), "yes");
  EXPECT_EQ(treat({permit, consent(root("deny", purposes({"HPAYMT"})), "b")}), "yes");
  EXPECT_EQ(treat({permit, consent(root("deny", actors({"Group/x"})), "b")}), "unclear");
  EXPECT_EQ(treat({permit, consent(root("permit"), "b", "unheard-of")}), "unreadable");
  EXPECT_EQ(treat({permit, consent(root("permit"), "b", "inactive")}), "yes");
}

TEST(Consent, TellsTheReasonThatIsNearestToAConsent) {
  const auto other = consent(root("permit", purposes({"HPAYMT"})), "a");
  const auto ended = consent(root("permit", period("", "2026-11-25")), "b");
  const auto checked = check_consent({other, ended}, Purpose::treatment, kAna);
  EXPECT_EQ(told(checked), "ended");
  EXPECT_EQ(checked.error().id, "b");
  EXPECT_EQ(checked.error().when, at("2026-11-26T00:00:00"));
  EXPECT_EQ(treat({other, consent(root("permit"), "c", "inactive")}), "withdrawn");
}

TEST(Consent, SaysWhenItEndsByItself) {
  const auto until = [](const std::string& members) {
    const auto checked = check_consent({consent(members)}, Purpose::treatment, kAna);
    EXPECT_TRUE(checked) << told(checked);
    return checked ? checked->until : std::nullopt;
  };
  EXPECT_EQ(until(root("permit")), std::nullopt);
  EXPECT_EQ(until(root("permit", period("", "2027-03-01"))), at("2027-03-02T00:00:00"));
  EXPECT_EQ(until(root("permit", period("2020", "") + "," + but({rule("deny", period("2027-01-01", ""))}))), at("2027-01-01T00:00:00"));
  EXPECT_EQ(until(root("permit", but({rule("deny", period("2027-01-01", "") + "," + actors({"Practitioner/ben"}))}))), std::nullopt);
  EXPECT_EQ(until(root("permit", but({rule("deny", period("2027-01-01", "") + "," + actors({"Group/x"}))}))), at("2027-01-01T00:00:00"));
}

TEST(Consent, ReliesOnTheOneThatLastsLongest) {
  const auto day = consent(root("permit", period("", "2026-11-26")), "a");
  const auto year = consent(root("permit", period("", "2027")), "b");
  const auto ever = consent(root("permit"), "c");
  EXPECT_EQ(check_consent({day, year}, Purpose::treatment, kAna)->id, "b");
  EXPECT_EQ(check_consent({day, year, ever}, Purpose::treatment, kAna)->id, "c");
  EXPECT_EQ(check_consent({ever, day, year}, Purpose::treatment, kAna)->id, "c");
  EXPECT_EQ(check_consent({ever}, Purpose::treatment, kAna)->version, "3");
}

TEST(Consent, OfTooManyProvisionsIsNotRead) {
  std::string rules;
  for (int i = 0; i < 300; ++i) rules += (i == 0 ? "" : ",") + rule("permit");
  EXPECT_EQ(treat({consent(root("permit", "\"provision\":[" + rules + "]"))}), "unreadable");
}

// status x period x purpose x actor x nesting: permitted exactly where all five say so.
TEST(Consent, IsPermittedWhereEveryPartOfItSaysSo) {
  int permitted = 0;
  for (const auto* status : {"active", "inactive", "draft"}) {
    for (const auto& time : {period("2026-01-01", "2027-01-01"), period("", "2026-11-25"), period("2026-11-27", "")}) {
      for (const auto& purpose : {purposes({"TREAT"}), purposes({"HPAYMT"}), purposes({"TREAT", "HPAYMT"})}) {
        for (const auto& actor : {actors({"Practitioner/ana"}), actors({"Practitioner/ben"}), actors({"Group/x"})}) {
          for (const auto& nested : {but({rule("permit")}), but({rule("deny")}), but({rule("deny", actors({"Practitioner/ben"}))})}) {
            const auto good = std::string_view(status) == "active" && time.find("2027-01-01") != std::string::npos &&
                              purpose.find("TREAT") != std::string::npos && actor.find("/ana") != std::string::npos &&
                              nested != but({rule("deny")});
            const auto told = treat({consent(root("permit", time + "," + purpose + "," + actor + "," + nested), "c", status)});
            EXPECT_EQ(told == "yes", good) << status << time << purpose << actor << nested << told;
            permitted += told == "yes" ? 1 : 0;
          }
        }
      }
    }
  }
  EXPECT_EQ(permitted, 4);
}

}  // namespace
}  // namespace blc::privacy
