// Data that leaves the system: who may take it, what the entry must say, and what an attacker cannot make it say.
#include "core/approval/exports.hpp"

#include <gtest/gtest.h>

#include "signing.hpp"

namespace blc::approval {
namespace {

using ledger::Kind;
using testing::must;
using text::Json;

const std::string kPlain = "sha256:" + std::string(64, 'a');
const std::string kKeyed = "hmac-sha256:" + std::string(64, 'a');
const std::string kSubject(64, 'b');

// cleo, the privacy officer, audits; ben does not.
class Exported : public ::testing::Test {
 protected:
  void SetUp() override { audited_by("privacy-officer"); }
  void audited_by(const std::string& role) {
    world.adopt_catalog([&](auto& files) {
      auto& access = files.at("policies/access.yaml");
      if (audit.empty()) audit = access;
      access = audit + "  - {role: " + role + ", environments: [staging, production], rights: [audit]}\n";
    });
  }
  static Json report(std::vector<Environment> environments, std::uint64_t runs = 1) {
    return export_body({Taken::subject_report, kKeyed, {}, std::move(environments), runs, kSubject});
  }
  static Json listed(std::vector<Environment> environments) { return export_body({Taken::runs, kPlain, {}, std::move(environments), 3, {}}); }
  static Json printed(const std::string& digest = kKeyed) { return export_body({Taken::output, digest, {"check"}, {}, 0, {}}); }
  std::uint64_t written(const std::string& by, const Json& body, const World::Raw& raw = World::Raw()) {
    return world.append_raw(by, Kind::exported, {}, body, raw);
  }
  std::uint64_t written_of(const RunId& run, const std::string& by, const Json& body, const World::Raw& raw = World::Raw()) {
    return world.append_raw(by, Kind::exported, world.scope(run), body, raw);
  }
  RunId started(Environment environment = Environment::local) {
    const auto run = world.planned("report make", kClient, environment);
    must(world.order(run));
    must(world.execute(run));
    return run;
  }
  Json with(const Json& body, const std::string& name, Json value) {
    auto object = *body.get_if<Json::Object>();
    object.insert_or_assign(name, std::move(value));
    return object;
  }
  Json without(const Json& body, const std::string& name) {
    auto object = *body.get_if<Json::Object>();
    object.erase(name);
    return object;
  }
  std::string audit;
  World world;
};

TEST_F(Exported, IsReadAsItWasWritten) {
  for (const auto& body : {report({Environment::local, Environment::production}), report({}, 0), listed({Environment::staging}), printed(),
                           printed(kPlain), export_body({Taken::ledger_export, kPlain, {}, {Environment::production}, 9, {}})}) {
    const auto leaf = written("cleo", body);
    const auto entry = must(ledger::decode_entry(world.store.entries.at(leaf)));
    const auto read = must(read_export({leaf, {}, "cleo", entry.signature.key, {}, {}, entry.header.id}, body));
    EXPECT_EQ(export_body(read), body);
  }
}

TEST_F(Exported, IsStrictlyRead) {
  const auto good = report({Environment::local, Environment::staging});
  ASSERT_TRUE(stands(world, written("cleo", good), "counts"));
  for (const auto& [name, value] : std::vector<std::pair<std::string, Json>>{
           {"what", "all"}, {"what", Json(std::int64_t{1})}, {"digest", kPlain}, {"digest", "hmac-sha256:"}, {"digest", "hmac-sha256:" + std::string(64, 'A')},
           {"environments", Json::Array{"staging", "local"}}, {"environments", Json::Array{"local", "local"}},
           {"environments", Json::Array{"moon"}}, {"environments", "local"}, {"runs", Json(std::int64_t{-1})}, {"runs", "1"},
           {"subject", "C-1042"}, {"subject", std::string(63, 'b')}, {"client", "C-1042"}, {"steps", Json::Array{"check"}}})
    EXPECT_TRUE(stands(world, written("cleo", with(good, name, value)), "void")) << name;
  for (const auto* const name : {"what", "digest", "environments", "runs", "subject"})
    EXPECT_TRUE(stands(world, written("cleo", without(good, name)), "void")) << name;
  // What may be guessed is digested without a key only where it is no PHI; a list may be about one person, the ledger not.
  EXPECT_TRUE(stands(world, written("cleo", with(listed({}), "digest", kKeyed)), "void"));
  EXPECT_TRUE(stands(world, written("cleo", with(listed({}), "subject", kSubject)), "counts"));
  EXPECT_TRUE(stands(world, written("cleo", Json::Array{}), "void"));
}

TEST_F(Exported, IsOfARunOnlyWhereOneRunPrintedIt) {
  const auto run = started();
  EXPECT_TRUE(stands(world, written_of(run, "ana", report({})), "void: a run where none belongs"));
  EXPECT_TRUE(stands(world, written("ana", printed()), "void: a run where none belongs"));
  EXPECT_TRUE(stands(world, written_of(run, "ana", printed()), "counts"));
  EXPECT_TRUE(stands(world, written_of(run, "ana", printed(kPlain)), "void: must be keyed"));
  ASSERT_EQ(world.run(run).exports.size(), 1U);
  EXPECT_EQ(world.run(run).exports.front().steps, std::vector<std::string>{"check"});
}

TEST_F(Exported, NeedsTheRightToAuditWhereTheRunsAre) {
  EXPECT_TRUE(stands(world, written("ben", report({Environment::staging})), "void: ben may not report"));
  EXPECT_TRUE(stands(world, written("ana", report({Environment::local, Environment::production})), "void: in production"));
  EXPECT_TRUE(stands(world, written("cleo", report({Environment::integration})), "void: in integration"));
  EXPECT_TRUE(stands(world, written("cleo", report({Environment::local, Environment::staging, Environment::production})), "counts"));
  // No policy of the ledger governs local.
  EXPECT_TRUE(stands(world, written("ben", report({Environment::local})), "counts"));
}

TEST_F(Exported, OfAListIsForWhoHasAnyBusinessThere) {
  world.adopt_root([&](auto& list) { list.push_back({"eli", trust::PrincipalKind::person, {"gardener"}, {world.key("eli").key()}, {}}); });
  EXPECT_TRUE(stands(world, written("ben", listed({Environment::staging, Environment::production})), "counts"));
  EXPECT_TRUE(stands(world, written("eli", listed({Environment::staging})), "void: eli may not list runs"));
  EXPECT_TRUE(stands(world, written("eli", listed({Environment::local})), "counts"));
}

TEST_F(Exported, OfTheLedgerNamesWhatItsSignerSaw) {
  const auto whole = [&](const std::string& digest) { return export_body({Taken::ledger_export, digest, {}, {Environment::production}, 1, {}}); };
  const auto head = [&] { return world.head(world.store.size()).root.tagged(); };
  EXPECT_TRUE(stands(world, written("cleo", whole(head())), "counts"));
  EXPECT_TRUE(stands(world, written("ana", whole(head())), "counts"));  // an admin
  EXPECT_TRUE(stands(world, written("ben", whole(head())), "void: ben may not export the ledger"));
  EXPECT_TRUE(stands(world, written("ana", whole(kPlain)), "void: not that of the ledger"));
}

TEST_F(Exported, IsNoServices) {
  for (const auto* const name : {"machine", "robot"})
    EXPECT_TRUE(stands(world, written(name, listed({})), "void: only people take data out")) << name;
}

TEST_F(Exported, OfOutputNeedsTheRightToSeeItAndAStart) {
  const auto run = world.planned("report make", kClient, Environment::staging);
  const auto idle = world.planned("report make", kClient);
  must(world.approve("ben", run));
  must(world.order(run));
  const auto before = world.store.size();
  must(world.execute(run));
  EXPECT_TRUE(stands(world, written_of(idle, "ana", printed()), "void: had not seen the run start"));
  World::Raw unseen;
  unseen.head_size = before;
  EXPECT_TRUE(stands(world, written_of(run, "cleo", printed(), unseen), "void: had not seen the run start"));
  EXPECT_TRUE(stands(world, written_of(run, "ana", printed()), "counts"));
  EXPECT_TRUE(stands(world, written_of(run, "dora", printed()), "void: dora may not see the output"));
}

TEST_F(Exported, IsLateWhenTheRightWasLostMeanwhile) {
  const auto kept = world.sign_raw("cleo", Kind::exported, {}, report({Environment::production}), {});
  audited_by("security");
  EXPECT_TRUE(stands(world, world.store_raw(kept), "late: cleo may not report"));
  EXPECT_TRUE(stands(world, written("cleo", report({Environment::production})), "void: cleo may not report"));
}

TEST_F(Exported, CannotBeSignedWithAnothersKey) {
  World::Raw raw;
  raw.key = "ben";
  EXPECT_TRUE(stands(world, written("cleo", report({Environment::production}), raw), "void: did not hold this key"));
}

TEST_F(Exported, IsWrittenBeforeAnythingIsShownOrNot) {
  auto desk = world.desk("ben");
  const auto before = world.store.size();
  const auto refused = record_export(world.log(), world.key("ben"), "ben", {Taken::subject_report, kKeyed, {}, {Environment::production}, 1, kSubject});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Exit::refused);
  EXPECT_EQ(world.store.size(), before);
  must(record_export(world.log(), world.key("cleo"), "cleo", {Taken::subject_report, kKeyed, {}, {Environment::production}, 1, kSubject}));
  EXPECT_EQ(world.store.size(), before + 1);
  EXPECT_TRUE(world.told().faults().empty());
}

TEST_F(Exported, OfALedgerTakesItsDigestFromWhereItIsSigned) {
  must(record_export(world.log(), world.key("ana"), "ana", {Taken::ledger_export, {}, {}, {Environment::local}, 0, {}}));
  EXPECT_TRUE(world.told().faults().empty());
}

TEST_F(Exported, IsFoundByItsSubjectWhereItCounts) {
  must(record_export(world.log(), world.key("cleo"), "cleo", {Taken::subject_report, kKeyed, {}, {Environment::production}, 2, kSubject}));
  must(record_export(world.log(), world.key("cleo"), "cleo", {Taken::runs, kPlain, {}, {Environment::production}, 2, std::string(64, 'c')}));
  must(record_export(world.log(), world.key("cleo"), "cleo", {Taken::runs, kPlain, {}, {Environment::production}, 2, {}}));
  written("ben", report({Environment::production}));
  must(world.log().refresh());
  const auto found = must(exports_about(world.log(), kSubject));
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found.front().by, "cleo");
  EXPECT_EQ(found.front().runs, 2U);
}

TEST_F(Exported, ReportsNeedAuditOutsideLocalAndRunsWithoutPlansCount) {
  const auto may_tell = [&](const std::string& name, const RunId& id) {
    return may_report(world.log().replay().trust(), world.log().replay().size(), world.run(id), name, world.key(name).key());
  };
  const auto local = world.planned("report make", kClient);
  const auto staging = one_slot(world);
  const auto unplanned = world.requested("report make", kClient, Environment::staging);
  EXPECT_TRUE(may_tell("ben", local));
  EXPECT_FALSE(may_tell("ben", staging));
  EXPECT_FALSE(may_tell("ben", unplanned));
  EXPECT_TRUE(may_tell("cleo", staging));
  EXPECT_TRUE(may_tell("cleo", unplanned));
}

TEST(ExportedLevels, AreRecordedFromComprehensiveOn) {
  using enum policy::AuditLevel;
  EXPECT_FALSE(exports_recorded(basic));
  EXPECT_FALSE(exports_recorded(full));
  EXPECT_TRUE(exports_recorded(comprehensive));
  EXPECT_TRUE(exports_recorded(immutable));
}

}  // namespace
}  // namespace blc::approval
