#include "core/adapters/file_credentials.hpp"

#include <sys/stat.h>

#include <gtest/gtest.h>

#include "unit/adapters/scratch.hpp"

namespace blc::adapters {
namespace {

class Credentials : public ::testing::Test {
 protected:
  Result<std::optional<Secret>> bank(Environment environment, Classification classification) {
    return FileCredentials(scratch_.path()).read(environment, classification, "bank");
  }
  // As whoever looks after the executor puts one there.
  void put(const std::string& name, const std::string& bytes, mode_t mode = 0600) {
    ASSERT_EQ(::chmod(scratch_.write(name, bytes).c_str(), mode), 0);
  }

  test::Scratch scratch_;
};

TEST_F(Credentials, AreOfOneEnvironmentAndOneClassification) {
  put("staging/business/bank", std::string("a\0b", 3), 0400);
  put("staging/clinical/bank", "other");
  put("production/business/bank", "other");
  const auto found = bank(Environment::staging, Classification::business);
  ASSERT_TRUE(found) << found.error().message;
  ASSERT_TRUE(*found);
  EXPECT_EQ((*found)->reveal(), std::string("a\0b", 3));
  for (const auto& [environment, classification] :
       {std::pair(Environment::staging, Classification::personal), std::pair(Environment::integration, Classification::business)}) {
    const auto none = bank(environment, classification);
    ASSERT_TRUE(none) << none.error().message;
    EXPECT_FALSE(*none);
  }
}

TEST_F(Credentials, ThatOthersMayReadOrChangeAreNotUsed) {
  for (const mode_t mode : {0640U, 0604U, 0620U, 0602U}) {
    put("staging/business/bank", "secret", mode);
    EXPECT_EQ(bank(Environment::staging, Classification::business).error().code, Exit::authentication) << std::oct << mode;
  }
}

TEST_F(Credentials, AreAtMost64KiBOfAFile) {
  put("staging/business/bank", std::string(64U << 10U, 'x'));
  EXPECT_TRUE(bank(Environment::staging, Classification::business));
  put("staging/business/bank", std::string((64U << 10U) + 1, 'x'));
  EXPECT_EQ(bank(Environment::staging, Classification::business).error().code, Exit::usage);
  put("staging/personal/bank/inside", "secret");
  EXPECT_EQ(bank(Environment::staging, Classification::personal).error().code, Exit::usage);
}

}  // namespace
}  // namespace blc::adapters
