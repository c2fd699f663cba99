#include <gtest/gtest.h>

#include "resources.hpp"

namespace blc::privacy {
namespace {

using namespace testing;  // NOLINT(google-build-using-namespace): what resources are made of

Resource patient(const std::string& rest) {
  return resource(fmt::format(R"({{"resourceType":"Patient","id":"C-1042","meta":{{"versionId":"2"}}{}{}}})", rest.empty() ? "" : ",", rest), "Patient");
}

std::string says(std::string_view url, bool value) { return fmt::format(R"({{"url":"urn:blc:{}","valueBoolean":{}}})", url, value); }

std::string telecom(const std::string& system, const std::vector<std::string>& extensions, const std::string& more = {}) {
  std::string list;
  for (const auto& each : extensions) list += (list.empty() ? "" : ",") + each;
  return fmt::format(R"({{"system":"{}","value":"555-0101"{}{}{}}})", system, list.empty() ? "" : fmt::format(R"(,"extension":[{}])", list),
                     more.empty() ? "" : ",", more);
}

std::string reached_at(std::initializer_list<std::string> addresses) {
  std::string list;
  for (const auto& each : addresses) list += (list.empty() ? "" : ",") + each;
  return "\"telecom\":[" + list + "]";
}

std::string contact(const std::string& members, Channel channel = Channel::sms) {
  return told(check_contact({patient(members)}, channel, kAna));
}

const std::string kSms = says("opt-in:sms", true);
const std::string kSafe = says("safe-for-voicemail", true);
const std::string kGood = telecom("phone", {kSms, kSafe});

TEST(Contact, NeedsARecordAnAddressAndAnOptIn) {
  EXPECT_EQ(told(check_contact({}, Channel::sms, kAna)), "absent");
  EXPECT_EQ(contact(""), "no address");
  EXPECT_EQ(contact(reached_at({telecom("email", {kSms, kSafe})})), "no address");
  EXPECT_EQ(contact(reached_at({telecom("phone", {})})), "no opt-in");
  EXPECT_EQ(contact(reached_at({telecom("phone", {kSafe})})), "no opt-in");
  EXPECT_EQ(contact(reached_at({telecom("phone", {says("opt-in:sms", false), kSafe})})), "no opt-in");
  EXPECT_EQ(contact(reached_at({telecom("phone", {says("opt-in:email", true), kSafe})})), "no opt-in");
  EXPECT_EQ(contact(reached_at({kGood})), "yes");
  EXPECT_EQ(contact(reached_at({telecom("sms", {kSms, kSafe})})), "yes");
}

TEST(Contact, NeverGoesWhereItIsNotSafe) {
  const auto with = [](Channel channel, const std::string& system, const std::vector<std::string>& more) {
    auto extensions = more;
    extensions.push_back(says("opt-in:" + std::string(to_string(channel)), true));
    return contact(reached_at({telecom(system, extensions)}), channel);
  };
  for (const auto channel : {Channel::sms, Channel::phone, Channel::voicemail}) {
    EXPECT_EQ(with(channel, "phone", {}), "unsafe");
    EXPECT_EQ(with(channel, "phone", {says("safe-for-voicemail", false)}), "unsafe");
    EXPECT_EQ(with(channel, "phone", {kSafe}), "yes");
    EXPECT_EQ(with(channel, "phone", {kSafe, says("safe-for-voicemail", false)}), "unsafe");
  }
  EXPECT_EQ(with(Channel::email, "email", {}), "yes");
  EXPECT_EQ(with(Channel::email, "email", {says("safe-for-voicemail", false)}), "unsafe");
}

TEST(Contact, LooksAtTheAddressThatComesFirst) {
  const auto bad = telecom("phone", {});
  const auto ranked = [](const std::vector<std::string>& extensions, int rank) {
    return telecom("phone", extensions, fmt::format("\"rank\":{}", rank));
  };
  EXPECT_EQ(contact(reached_at({kGood, bad})), "no opt-in");  // without a rank it may be either
  EXPECT_EQ(contact(reached_at({ranked({}, 2), ranked({kSms, kSafe}, 1)})), "yes");
  EXPECT_EQ(contact(reached_at({ranked({}, 1), ranked({kSms, kSafe}, 2)})), "no opt-in");
  EXPECT_EQ(contact(reached_at({bad, ranked({kSms, kSafe}, 1)})), "yes");
  EXPECT_EQ(contact(reached_at({ranked({kSms, kSafe}, 0)})), "unreadable");
}

TEST(Contact, PassesOverAddressesThatAreNotInUse) {
  EXPECT_EQ(contact(reached_at({kGood, telecom("phone", {}, R"("use":"old")")})), "yes");
  EXPECT_EQ(contact(reached_at({kGood, telecom("phone", {}, period("", "2026-11-25"))})), "yes");
  EXPECT_EQ(contact(reached_at({telecom("phone", {kSms, kSafe}, period("", "2026-11-25"))})), "no address");
  const auto checked = check_contact({patient(reached_at({telecom("phone", {kSms, kSafe}, period("", "2026-12-31"))}))}, Channel::sms, kAna);
  EXPECT_EQ(checked->until, at("2027-01-01T00:00:00"));
}

TEST(Contact, IsRefusedForRecordsOutOfUse) {
  const auto good = "," + reached_at({kGood});
  EXPECT_EQ(contact(R"("active":true)" + good), "yes");
  EXPECT_EQ(contact(R"("active":false)" + good), "withdrawn");
  EXPECT_EQ(contact(R"("deceasedBoolean":false)" + good), "yes");
  EXPECT_EQ(contact(R"("deceasedBoolean":true)" + good), "deceased");
  EXPECT_EQ(contact(R"("deceasedDateTime":"2026-01")" + good), "deceased");
  EXPECT_EQ(contact(R"("link":[{"type":"seealso","other":{"reference":"Patient/x"}}])" + good), "yes");
  EXPECT_EQ(contact(R"("link":[{"type":"replaced-by","other":{"reference":"Patient/x"}}])" + good), "withdrawn");
}

TEST(Contact, IsNotReadWhereSomethingIsNotKnown) {
  EXPECT_EQ(contact(R"("modifierExtension":[{"url":"urn:x"}],)" + reached_at({kGood})), "unreadable");
  EXPECT_EQ(contact(reached_at({telecom("phone", {kSms, kSafe}, R"("modifierExtension":[{"url":"urn:x"}])")})), "unreadable");
  EXPECT_EQ(contact(reached_at({telecom("phone", {kSms, R"({"url":"urn:blc:safe-for-voicemail","valueString":"true"})"})})), "unreadable");
  EXPECT_EQ(contact(reached_at({telecom("phone", {kSms, kSafe, says("opt-in:fax", true)})})), "unreadable");
  EXPECT_EQ(contact(reached_at({telecom("phone", {kSms, kSafe, R"({"url":"urn:other","valueString":"x"})"})})), "yes");
}

}  // namespace
}  // namespace blc::privacy
