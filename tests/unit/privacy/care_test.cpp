#include <gtest/gtest.h>

#include "resources.hpp"

namespace blc::privacy {
namespace {

using namespace testing;  // NOLINT(google-build-using-namespace): what resources are made of

Resource team(const std::string& rest, const std::string& status = "active", const std::string& id = "team-1") {
  return resource(fmt::format(R"({{"resourceType":"CareTeam","id":"{}","meta":{{"versionId":"1"}},"status":"{}",)"
                              R"("subject":{{"reference":"Patient/C-1042"}}{}{}}})", id, status, rest.empty() ? "" : ",", rest), "CareTeam");
}

std::string with(const std::string& member, const std::string& more = {}) {
  return fmt::format(R"("participant":[{{"member":{{"reference":"{}"}}{}{}}}])", member, more.empty() ? "" : ",", more);
}

std::string care(const std::vector<Resource>& teams) { return told(check_care(teams, kAna)); }

TEST(CareTeam, MustHoldWhoAsks) {
  EXPECT_EQ(care({}), "absent");
  EXPECT_EQ(care({team("")}), "other actor");
  EXPECT_EQ(care({team(with("Practitioner/ana"))}), "yes");
  EXPECT_EQ(care({team(with("Practitioner/ben"))}), "other actor");
  EXPECT_EQ(care({team(with("Organization/ana"))}), "other actor");
  EXPECT_EQ(care({team(with("CareTeam/ana"))}), "other actor");
  EXPECT_EQ(care({team(R"("participant":[{"role":[{"text":"nobody"}]}])")}), "other actor");
  EXPECT_EQ(care({team(with("Practitioner/ben"), "active", "a"), team(with("Practitioner/ana"), "active", "b")}), "yes");
}

TEST(CareTeam, CountsOnlyWhileActive) {
  const std::map<std::string, std::string> expected{{"active", "yes"}, {"proposed", "not given"}, {"suspended", "withdrawn"},
                                                    {"inactive", "withdrawn"}, {"entered-in-error", "withdrawn"}, {"x", "unreadable"}};
  for (const auto& [status, told] : expected) EXPECT_EQ(care({team(with("Practitioner/ana"), status)}), told) << status;
}

TEST(CareTeam, LastsAsLongAsItAndTheMembershipDo) {
  const auto ana = [](const std::string& more) { return with("Practitioner/ana", more); };
  EXPECT_EQ(care({team(period("", "2026-11-25") + "," + ana(""))}), "ended");
  EXPECT_EQ(care({team(period("2026-11-27", "") + "," + ana(""))}), "not begun");
  EXPECT_EQ(care({team(ana(period("", "2026-11-25")))}), "ended");
  EXPECT_EQ(care({team(ana(period("2026-11-27", "")))}), "not begun");
  EXPECT_EQ(care({team(ana(period("", "someday")))}), "unreadable");
  const auto until = check_care({team(period("", "2027-02-01") + "," + ana(period("", "2027-01-01")))}, kAna);
  EXPECT_EQ(until->until, at("2027-01-02T00:00:00"));
  // Who left and came again is in it.
  EXPECT_EQ(care({team(R"("participant":[{"member":{"reference":"Practitioner/ana"},)" + period("", "2025") +
                       R"(},{"member":{"reference":"Practitioner/ana"},)" + period("2026-11-01", "") + "}]")}), "yes");
}

TEST(CareTeam, IsNotReadWhereSomethingInItIsNotKnown) {
  EXPECT_EQ(care({team(with("Practitioner/ana", R"("modifierExtension":[{"url":"urn:x"}])"))}), "unreadable");
  EXPECT_EQ(care({team(R"("modifierExtension":[{"url":"urn:x"}],)" + with("Practitioner/ana"))}), "unreadable");
  EXPECT_EQ(care({team(with("Practitioner/ana"), "active", "a"), team(with("Practitioner/ana"), "x", "b")}), "unreadable");
}

}  // namespace
}  // namespace blc::privacy
