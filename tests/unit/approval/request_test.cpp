// Which requests count.
#include <gtest/gtest.h>

#include "signing.hpp"

namespace blc::approval {
namespace {

using ledger::Kind;

TEST(Requests, OfARightNobodyGaveAreRefused) {
  World world;
  const auto catalog = testing::must(world.executor().governing_catalog(Environment::staging));
  EXPECT_FALSE(world.desk("cleo").request(*catalog.find_verb("report make"), kClient, Environment::staging, false,
                                          catalog.policy()));
  EXPECT_FALSE(world.desk("machine").request(*catalog.find_verb("task add"), {{"title", "x"}}, Environment::local,
                                             false, catalog.policy()));
  const auto run = one_slot(world);
  auto scope = world.scope(run);
  scope.run = *RunId::parse("01KADX0V8T5N2R9JQ3HW7M4KD2");
  EXPECT_TRUE(stands(world, world.append_raw("cleo", Kind::request, scope, world.run(run).request->request.to_json()),
                     "late: no right to plan"));
  EXPECT_TRUE(stands(world,
                     world.append_raw("machine", Kind::request, scope, world.run(run).request->request.to_json()),
                     "void: only people and CI"));
}

TEST(Requests, TakeARunIdOnce) {
  World world;
  const auto run = one_slot(world);
  EXPECT_TRUE(
      stands(world, world.append_raw("ana", Kind::request, world.scope(run), world.run(run).request->request.to_json()),
             "void: is taken"));
}

TEST(Requests, RehearseInLocalOnly) {
  World world;
  const auto run = one_slot(world);
  auto scope = world.scope(run);
  scope.run = *RunId::parse("01KADX0V8T5N2R9JQ3HW7M4KD2");
  auto request = world.run(run).request->request;
  request.rehearsal = true;
  EXPECT_TRUE(
      stands(world, world.append_raw("ana", Kind::request, scope, request.to_json()), "void: rehearsal is for local"));
}

TEST(Requests, NameTheVerbsClassification) {
  World world;
  const auto run = one_slot(world);
  auto scope = world.scope(run);
  scope.run = *RunId::parse("01KADX0V8T5N2R9JQ3HW7M4KD2");
  scope.classification = Classification::personal;
  EXPECT_TRUE(stands(world, world.append_raw("ana", Kind::request, scope, world.run(run).request->request.to_json()),
                     "void: classification is not the verb's"));
}

}  // namespace
}  // namespace blc::approval
