// A backup was put back: which clients go on once the admins say what is lost, and which do not.
#include <gtest/gtest.h>

#include "core/approval/admin_desk.hpp"
#include "signing.hpp"

namespace blc::approval {
namespace {

using testing::must;

// A client that verified `size` entries, of which the store now holds one less, or another one in the last one's place.
class Loss : public ::testing::Test {
 protected:
  Loss() {
    const auto run = one_slot(world);
    another = withheld(world, "cleo", run);
    must(world.approve("ben", run));
    memory = remembered(world);
    seen = *memory.seen;
    world.store.entries.pop_back();
  }
  // Somebody who has verified nothing yet changes the root.
  void adopt(const std::optional<trust::Loss>& loss) {
    const auto admin = world.client();
    must(admin->log.refresh());
    auto desk = must(AdminDesk::open(admin->log, world.key("ana")));
    must(desk.change_root([&](trust::RootContent& root) -> Result<> {
      if (loss) root.losses.push_back(*loss);
      return {};
    }));
  }
  // The next process of that client.
  Result<> refreshed() {
    reader = world.client();
    reader->memory = memory;
    auto read = reader->log.refresh();
    memory = reader->memory;
    return read;
  }
  [[nodiscard]] trust::Loss loss(std::uint64_t kept) const { return {kept, seen.size, seen.root}; }
  void expect_refused() {
    const auto read = refreshed();
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().code, Exit::ledger);
    EXPECT_EQ(memory.seen->size, seen.size);
  }

  World world;
  std::string another;
  testing::FakeHeadMemory memory;
  ports::HeadMemory::Seen seen;
  std::unique_ptr<testing::Client> reader;
};

TEST_F(Loss, IsGoneOnAfterOnceAdminsSaySo) {
  expect_refused();
  adopt({});
  expect_refused();  // the same size as before, and other entries
  adopt(loss(seen.size - 1));
  ASSERT_TRUE(refreshed());
  EXPECT_EQ(reader->log.new_losses().size(), 1U);
  EXPECT_EQ(memory.seen->losses, 1U);
  ASSERT_TRUE(refreshed());
  EXPECT_TRUE(reader->log.new_losses().empty());
}

TEST_F(Loss, LeavesWhatWasKeptAsItWas) {
  world.store.entries.push_back(another);
  auto later = loss(seen.size);
  ++later.size;
  adopt(later);  // all that this client has seen is still there, it says, and it is not
  expect_refused();
}

TEST_F(Loss, IsOfThatLedgerAlone) {
  auto other = loss(seen.size - 1);
  other.root.bytes[0] ^= 1U;
  adopt(other);
  expect_refused();
}

TEST_F(Loss, IsNoLargerThanItSays) {
  auto smaller = loss(seen.size - 2);
  --smaller.size;
  adopt(smaller);
  expect_refused();
}

TEST_F(Loss, ExcusesNoRollbackOfWhoHasGoneOnAfterIt) {
  auto large = loss(seen.size - 1);
  large.size += 100;
  adopt(large);
  ASSERT_TRUE(refreshed());
  adopt({});
  ASSERT_TRUE(refreshed());
  seen = *memory.seen;
  world.store.entries.pop_back();
  expect_refused();
  adopt(trust::Loss{1, 2, seen.root});  // nor does a further one that is not about it
  expect_refused();
}

TEST_F(Loss, IsNeverTakenOffTheList) {
  adopt(loss(seen.size - 1));
  const auto admin = world.client();
  must(admin->log.refresh());
  auto desk = must(AdminDesk::open(admin->log, world.key("ana")));
  const auto changed = desk.change_root([](trust::RootContent& root) -> Result<> {
    root.losses.clear();
    return {};
  });
  ASSERT_FALSE(changed);
  EXPECT_EQ(changed.error().message, "it takes a loss off the list");
}

TEST_F(Loss, IsFoundByWhoHadSeenMore) {
  reader = world.client();
  reader->memory = memory;
  const auto found = must(reader->log.read_restored());
  EXPECT_EQ(found.size, seen.size);
  EXPECT_EQ(found.root, seen.root);
  EXPECT_FALSE(world.client()->log.read_restored());  // who had not has lost nothing
}

}  // namespace
}  // namespace blc::approval
