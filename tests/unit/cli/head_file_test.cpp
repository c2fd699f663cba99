#include "cli/head_file.hpp"

#include <gtest/gtest.h>

#include "unit/adapters/scratch.hpp"

namespace blc::cli {
namespace {

class HeadFileTest : public ::testing::Test {
 protected:
  // "approval 7": of that size.
  std::vector<std::string> listed() {
    std::vector<std::string> all;
    for (const auto& entry : memory.signed_entries()) {
      EXPECT_EQ(entry.leaf, entry.what == "request" ? one : two);
      all.push_back(entry.what + " " + std::to_string(entry.size));
    }
    return all;
  }
  test::Scratch scratch;
  HeadFile memory{scratch.path("state")};
  Digest one = *Digest::parse_hex(std::string(64, '1'));
  Digest two = *Digest::parse_hex(std::string(64, '2'));
};

TEST_F(HeadFileTest, RemembersTheHeadAndWhatWasSigned) {
  EXPECT_FALSE(memory.load());
  memory.save({7, one, 5});
  memory.note_signed({one, 7, "request"});
  memory.note_signed({two, 8, "approval"});
  const auto seen = HeadFile(scratch.path("state")).load();
  ASSERT_TRUE(seen);
  EXPECT_EQ(seen->size, 7U);
  EXPECT_EQ(seen->root, one);
  EXPECT_EQ(seen->checked, 5U);
  EXPECT_EQ(listed(), (std::vector<std::string>{"request 7", "approval 8"}));
  memory.keep_signed({{two, 8, "approval"}});
  EXPECT_EQ(listed(), std::vector<std::string>{"approval 8"});
}

TEST_F(HeadFileTest, KeepsNothingWhereItOnlyLooks) {
  HeadFile looking(scratch.path("state"), HeadFile::Keeps::nothing);
  looking.save({7, one, 5});
  looking.note_signed({one, 7, "request"});
  EXPECT_FALSE(std::filesystem::exists(scratch.path("state")));
}

TEST_F(HeadFileTest, LosesNoLineToOneThatWasTorn) {
  memory.note_signed({one, 7, "request"});
  scratch.write("state/signed.jsonl", scratch.read("state/signed.jsonl") + "{\"leaf\":\"12");
  memory.note_signed({two, 8, "approval"});
  EXPECT_EQ(listed(), (std::vector<std::string>{"request 7", "approval 8"}));
}

TEST_F(HeadFileTest, CountsAsLostWhatIsDamaged) {
  memory.save({7, one, 5});
  scratch.write("state/head.json", "");
  EXPECT_FALSE(memory.load());
  scratch.write("state/head.json", "{\"size\":7}");
  EXPECT_FALSE(memory.load());
}

}  // namespace
}  // namespace blc::cli
