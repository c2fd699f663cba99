// Verification finds whatever was changed.
#include "core/approval/verify.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "signing.hpp"

namespace blc::approval {
namespace {

// A small practice: one verb, short policies, so that every bit of its ledger can be tried.
testing::Practice small_practice() {
  return {{"policies/approvals.yaml",
           "rules:\n  - {environments: [local, integration, staging, production], slots: [{name: lead, roles: "
           "[clinical-lead]}], deadline: 1h}\n"},
          {"policies/access.yaml",
           "grants:\n  - {role: everyone, environments: [local, staging], rights: [plan, approve, execute]}\n"},
          {"policies/environments.yaml", testing::default_practice().at("policies/environments.yaml")},
          {"policies/data-classes.yaml", testing::default_practice().at("policies/data-classes.yaml")},
          {"verbs/x.yaml",
           "verb: x\nsummary: x\nclassification: personal\ndata: [internal]\nsteps:\n"
           "  - {name: w, summary: w, effect: write, argv: [w], writes: [o], undo: {argv: [u]}}\n"}};
}

// root, catalog, request, plan, approval, withdrawal, approval, order, claim, intent, outcome of the step, outcome.
void live(World& world) {
  const auto run = world.planned("x", {}, Environment::staging);
  testing::must(world.approve("ben", run));
  testing::must(world.desk("ben").withdraw(run));
  testing::must(world.approve("ben", run));
  testing::must(world.order(run));
  testing::must(world.execute(run));
}

// Whether the entry alone shows that it was changed.
bool shows(std::string_view bytes) {
  const auto entry = ledger::decode_entry(bytes);
  return !entry || !ledger::check_signature(*entry);
}

TEST(Verify, FindsEverySingleBitChanged) {
  World world(small_practice());
  live(world);
  ASSERT_EQ(world.store.size(), 12U);
  ASSERT_TRUE(world.told().faults().empty());
  for (const auto& entry : world.store.entries) ASSERT_FALSE(shows(entry));
  std::atomic<std::size_t> next{0};
  std::atomic<std::size_t> unseen{0};
  const auto work = [&] {
    for (auto leaf = next++; leaf < world.store.size(); leaf = next++) {
      auto bytes = world.store.entries[leaf];
      for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
        const auto mask = static_cast<char>(1U << (bit % 8));
        bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ mask);
        if (!shows(bytes)) ++unseen;
        bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ mask);
      }
    }
  };
  {
    std::vector<std::jthread> helpers;
    for (unsigned core = 1; core < std::max(1U, std::thread::hardware_concurrency()); ++core)
      helpers.emplace_back(work);
    work();
  }
  EXPECT_EQ(unseen, 0U);
}

TEST(Verify, TellsAFaultAtTheEntryThatWasChanged) {
  World world(small_practice());
  live(world);
  const auto memory = remembered(world);
  for (std::uint64_t leaf = 0; leaf < world.store.size(); ++leaf) {
    const auto whole = world.store.entries[leaf];
    for (std::size_t at = leaf; at < whole.size(); at += 97) {
      auto& bytes = world.store.entries[leaf];
      bytes[at] = static_cast<char>(bytes[at] ^ 1);
      const auto faults = world.told().faults();
      ASSERT_FALSE(faults.empty());
      EXPECT_EQ(faults.front().leaf, leaf);
      // Who remembers a head sees it though no entry after it were left to contradict.
      auto later = world.client();
      later->memory = memory;
      EXPECT_EQ(later->log.refresh().error().code, Exit::ledger);
      bytes = whole;
    }
  }
  EXPECT_TRUE(world.told().faults().empty());
}

TEST(Verify, FindsEntriesRemovedSwappedAndRepeated) {
  World world(small_practice());
  live(world);
  const auto whole = world.store.entries;
  for (std::size_t leaf = 0; leaf + 1 < whole.size(); ++leaf) {
    world.store.entries = whole;
    world.store.entries.erase(world.store.entries.begin() + static_cast<std::ptrdiff_t>(leaf));
    EXPECT_FALSE(world.told().faults().empty()) << "removed " << leaf;
    world.store.entries = whole;
    std::swap(world.store.entries[leaf], world.store.entries[leaf + 1]);
    EXPECT_FALSE(world.told().faults().empty()) << "swapped " << leaf;
    world.store.entries = whole;
    world.store.entries.push_back(whole[leaf]);
    EXPECT_FALSE(world.told().faults().empty()) << "repeated " << leaf;
  }
}

TEST(Verify, TellsTheSameWhereverTheReadingWasCut) {
  World world;
  const auto run = one_slot(world);
  testing::must(world.approve("ben", run));
  testing::must(world.order(run));
  testing::must(world.execute(run));
  const auto whole = world.told();
  for (std::uint64_t cut = 0; cut <= world.store.size(); ++cut) {
    Replay replay(world.pin().origin);
    read_into(replay, world.store, cut, 0);
    read_into(replay, world.store, world.store.size(), 0);
    EXPECT_EQ(replay.head(), whole.head());
    EXPECT_EQ(replay.state(*replay.run(run), world.clock.now()), State::succeeded);
    EXPECT_TRUE(replay.faults().empty());
  }
}

TEST(Verify, ReadsManyEntriesOnEveryCore) {
  World world;
  const auto run = one_slot(world);
  for (int i = 0; i < 60; ++i) testing::must(world.desk("cleo").reveal(run, {"client"}));
  auto& bytes = world.store.entries[40];
  bytes.back() = ' ';
  const auto faults = world.told().faults();
  ASSERT_FALSE(faults.empty());
  EXPECT_EQ(faults.front().leaf, 40U);
}

TEST(Verify, TrustsSignaturesOnlyBelowWhatWasVerified) {
  World world;
  const auto run = one_slot(world);
  testing::must(world.approve("ben", run));
  const auto memory = remembered(world);
  // A signature that does not verify, in an envelope that decodes.
  auto envelope = *text::parse_canonical(world.store.entries.back());
  auto raw = *crypto::from_base64(
      *envelope.find("signatures")->get_if<text::Json::Array>()->front().find("sig")->get_if<std::string>());
  raw.back() = static_cast<char>(raw.back() ^ 1);
  envelope.get_if<text::Json::Object>()->insert_or_assign(
      "signatures", text::Json::Array{text::Json::Object{{"sig", crypto::base64(raw)}}});
  world.store.entries.back() = text::canonical(envelope);
  ASSERT_TRUE(ledger::decode_entry(world.store.entries.back()));
  EXPECT_EQ(world.told().faults().size(), 1U);
  Replay trusting(world.pin().origin);
  read_into(trusting, world.store, world.store.size(), world.store.size());
  EXPECT_TRUE(trusting.faults().empty());  // why Log compares the remembered head as well
  auto later = world.client();
  later->memory = memory;
  EXPECT_FALSE(later->log.refresh());
}

TEST(Verify, ThrowsWhenTheStoreEndsEarly) {
  World world;
  Replay replay(world.pin().origin);
  EXPECT_THROW(read_into(replay, world.store, world.store.size() + 1, 0), Broken);
}

}  // namespace
}  // namespace blc::approval
