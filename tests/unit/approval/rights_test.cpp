#include "core/approval/rights.hpp"

#include <gtest/gtest.h>

#include "support/world.hpp"

namespace blc::approval {
namespace {

using policy::Right;

class Rights : public ::testing::Test {
 protected:
  [[nodiscard]] Answer ask(const std::vector<std::string>& roles, Right right, Environment environment,
                           Classification classification, bool rehearsal = false) const {
    return answer(policy, {"ben", roles, kind_of(roles)}, {right, environment, {"some-verb", classification, {}}, rehearsal});
  }
  testing::Practice files = testing::default_practice();
  policy::Policy policy =
      testing::must(policy::Policy::load(files.at("policies/approvals.yaml"), files.at("policies/access.yaml")));
};

TEST_F(Rights, NameTheGrantThatGivesThem) {
  const auto said = ask({"clinician"}, Right::read, Environment::staging, Classification::clinical);
  EXPECT_TRUE(said.allowed);
  EXPECT_EQ(said.source, "policies/access.yaml:3");
  EXPECT_EQ(said.reason, "holds the right to read by policies/access.yaml:3: clinician in integration, staging, production: plan, read, execute, reveal");
  EXPECT_FALSE(said.rule);
}

TEST_F(Rights, NameTheNearestGrantWhereNoneGivesThem) {
  const auto said = ask({"practice-manager"}, Right::reveal, Environment::staging, Classification::clinical);
  EXPECT_FALSE(said.allowed);
  EXPECT_EQ(said.source, "policies/access.yaml:6");
  EXPECT_NE(said.reason.find("(not reveal, not of clinical verbs)"), std::string::npos) << said.reason;
  const auto nobody = ask({"ci"}, Right::plan, Environment::production, Classification::personal);
  EXPECT_EQ(nobody.source, "policies/access.yaml:7");
  EXPECT_NE(nobody.reason.find("(not in production)"), std::string::npos) << nobody.reason;
}

TEST_F(Rights, NameTheFileWhereNoGrantIsToTheRoles) {
  const auto said = ask({"ci"}, Right::plan, Environment::local, Classification::personal);
  EXPECT_TRUE(said.allowed);
  const auto executor = ask({"executor"}, Right::plan, Environment::local, Classification::personal);
  EXPECT_FALSE(executor.allowed);
  EXPECT_EQ(executor.source, "policies/access.yaml");
  EXPECT_NE(executor.reason.find("of services only those with the role ci"), std::string::npos);
}

TEST_F(Rights, ToApproveNeedASlotThatTakesThem) {
  const auto lead = ask({"clinical-lead"}, Right::approve, Environment::production, Classification::clinical);
  EXPECT_TRUE(lead.allowed);
  EXPECT_EQ(lead.fills, std::vector<std::string>{"clinical-lead"});
  EXPECT_EQ(lead.rule->source, "policies/approvals.yaml:12");
  EXPECT_EQ(lead.source, "policies/access.yaml:4");
  const auto elsewhere = ask({"clinical-lead"}, Right::approve, Environment::production, Classification::business);
  EXPECT_FALSE(elsewhere.allowed);
  EXPECT_EQ(elsewhere.source, "policies/approvals.yaml:4");
  EXPECT_NE(elsewhere.reason.find("no slot of policies/approvals.yaml:4 takes them; it asks for practice-manager"), std::string::npos)
      << elsewhere.reason;
}

TEST_F(Rights, ToApproveStandWhereNobodySigns) {
  const auto said = ask({"clinician"}, Right::approve, Environment::local, Classification::clinical);
  EXPECT_TRUE(said.allowed);
  EXPECT_NE(said.reason.find("nobody has to sign there (policies/approvals.yaml:2)"), std::string::npos) << said.reason;
}

TEST_F(Rights, ToApproveAskForProductionsSlotsInARehearsal) {
  EXPECT_FALSE(ask({"clinician"}, Right::approve, Environment::local, Classification::clinical, true).allowed);
  EXPECT_TRUE(ask({"privacy-officer"}, Right::approve, Environment::local, Classification::clinical, true).allowed);
}

TEST_F(Rights, ToApproveAreNoServices) {
  const auto files_with = [&] {
    auto access = files.at("policies/access.yaml");
    const std::string rights = "rights: [plan, execute]";
    return access.replace(access.find(rights), rights.size(), "rights: [plan, approve]");
  }();
  policy = testing::must(policy::Policy::load(files.at("policies/approvals.yaml"), files_with));
  const auto said = ask({"ci"}, Right::approve, Environment::staging, Classification::business);
  EXPECT_FALSE(said.allowed);
  EXPECT_EQ(said.reason, "services sign no slots");
}

}  // namespace
}  // namespace blc::approval
