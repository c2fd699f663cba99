#include "cli/outside.hpp"

#include <gtest/gtest.h>

#include "core/adapters/secure_files.hpp"
#include "core/approval/export.hpp"
#include "support/world.hpp"
#include "unit/adapters/scratch.hpp"

namespace blc::cli {
namespace {

class OutsideFileTest : public ::testing::Test {
 protected:
  test::Scratch scratch;
  OutsideFile file{scratch.path("")};
  Written written{Timestamp{Milliseconds{1795343460000}}, {7, *Digest::parse_hex(std::string(64, '1'))}, "/mnt/there"};
};

TEST_F(OutsideFileTest, RemembersTheLastOfEach) {
  EXPECT_FALSE(file.last(Outside::checkpoint));
  file.remember(Outside::checkpoint, written);
  EXPECT_FALSE(file.last(Outside::entries));
  written.head.size = 8;
  file.remember(Outside::checkpoint, written);
  const auto last = OutsideFile(scratch.path("")).last(Outside::checkpoint);
  ASSERT_TRUE(last);
  EXPECT_EQ(last->at, written.at);
  EXPECT_EQ(last->head, written.head);
  EXPECT_EQ(last->place, "/mnt/there");
}

TEST_F(OutsideFileTest, CountsAsForgottenWhatIsDamaged) {
  file.remember(Outside::checkpoint, written);
  scratch.write("published.json", "{\"size\":7}");
  EXPECT_FALSE(file.last(Outside::checkpoint));
  scratch.write("published.json", "");
  EXPECT_FALSE(file.last(Outside::checkpoint));
}

TEST(CheckExport, ReadsWhatWasWritten) {
  testing::World world;
  auto client = world.client();
  testing::must(client->log.refresh());
  test::Scratch scratch;
  approval::export_ledger(client->log, [&](const std::string& name, std::string_view bytes) { adapters::write_private(scratch.path(name), bytes); });
  EXPECT_TRUE(check_export(client->log, scratch.path()));
  const auto name = approval::exported_name(1);
  const auto bytes = scratch.read(name);
  scratch.write(name, bytes + " ");
  EXPECT_EQ(check_export(client->log, scratch.path()).error().code, Exit::failed);
  scratch.write(name, bytes);
  EXPECT_TRUE(check_export(client->log, scratch.path()));
  std::filesystem::remove(scratch.path(approval::exported_name(world.store.entries.size() - 1)));
  EXPECT_EQ(check_export(client->log, scratch.path()).error().code, Exit::failed);
}

}  // namespace
}  // namespace blc::cli
