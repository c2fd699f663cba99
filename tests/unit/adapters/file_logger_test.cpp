#include "core/adapters/file_logger.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/text/json.hpp"
#include "support/fakes.hpp"
#include "unit/adapters/scratch.hpp"

namespace blc::adapters {
namespace {

using ports::LogEvent;
using test::Scratch;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr const char* kRun = "01KADX0V8T5N2R9JQ3HW7M4KD2";
constexpr const char* kEntry = "01KADX0V8T5N2R9JQ3HW7M4KD3";

class FileLoggerTest : public ::testing::Test {
 protected:
  [[nodiscard]] std::vector<std::string> lines() const {
    std::vector<std::string> found;
    std::istringstream in(scratch_.read("state/log.jsonl"));
    for (std::string line; std::getline(in, line);) found.push_back(line);
    return found;
  }
  // The member of the last line, in canonical JSON; "none" when there is none.
  [[nodiscard]] std::string last(const char* name) const {
    const auto json = text::parse_canonical(lines().back());
    EXPECT_TRUE(json) << lines().back();
    const auto* const value = json->find(name);
    return value == nullptr ? "none" : text::canonical(*value);
  }
  static LogEvent said(const std::string& message) { return {.event = "test.said", .message = message}; }

  Scratch scratch_;
  blc::testing::FakeClock clock_;
  FileLogger logger_{scratch_.path("state/log.jsonl"), clock_};
};

TEST_F(FileLoggerTest, WritesOneLineOfJsonAnEvent) {
  logger_.log({.severity = ports::Severity::warning,
               .event = "test.ended",
               .message = "it ended",
               .run = RunId::parse(kRun),
               .entry = EntryId::parse(kEntry),
               .more = {{"exit_code", std::int64_t{3}}, {"undo", true}, {"step", std::string("add")}}});
  ASSERT_EQ(lines().size(), 1U);
  EXPECT_EQ(last("at"), "\"" + to_string(clock_.now()) + "\"");
  EXPECT_EQ(last("level"), R"("warning")");
  EXPECT_EQ(last("event"), R"("test.ended")");
  EXPECT_EQ(last("message"), R"("it ended")");
  EXPECT_EQ(last("run"), "\"" + std::string(kRun) + "\"");
  EXPECT_EQ(last("entry"), "\"" + std::string(kEntry) + "\"");
  EXPECT_EQ(last("exit_code"), "3");
  EXPECT_EQ(last("undo"), "true");
  EXPECT_EQ(last("step"), R"("add")");
  EXPECT_EQ(last("pid"), std::to_string(::getpid()));
  EXPECT_EQ(last("command"), "none");
  EXPECT_EQ(last("failure"), "none");
  EXPECT_EQ(test::mode_of(scratch_.path("state/log.jsonl")), 0600U);
}

TEST_F(FileLoggerTest, NamesCommandAndRunFromThenOn) {
  logger_.log(said("before"));
  EXPECT_EQ(last("run"), "none");
  logger_.about("ledger verify");
  logger_.about(*RunId::parse(kRun));
  logger_.log(said("after"));
  EXPECT_EQ(last("command"), R"("ledger verify")");
  EXPECT_EQ(last("run"), "\"" + std::string(kRun) + "\"");
  logger_.log({.event = "test.other", .message = "of another run", .run = RunId::parse(kEntry)});
  EXPECT_EQ(last("run"), "\"" + std::string(kEntry) + "\"");
}

TEST_F(FileLoggerTest, KeepsOneLineOfWhateverItIsGiven) {
  logger_.log({.event = "test.said", .message = "two\nlines \x1b[31m \u202e \xff", .more = {{"step", std::string("a\r\nb")}},
               .failure = std::string("nul \0 and\nnewline", 17)});
  ASSERT_EQ(lines().size(), 1U);
  EXPECT_EQ(last("message"), R"("two<U+000A>lines <U+001B>[31m <U+202E> <FF>")");
  EXPECT_EQ(last("step"), R"("a<U+000D><U+000A>b")");
  EXPECT_THAT(last("failure"), HasSubstr("nul <U+0000> and<U+000A>new"));
}

TEST_F(FileLoggerTest, MasksMembersOfSecretNamesAndWhatAFailureSays) {
  logger_.log({.event = "test.failed",
               .message = "it failed",
               .more = {{"api_key", std::string("abc123")}, {"token", std::int64_t{42}}},
               .failure = "cannot reach postgresql://blc:pw@db.example.org for sample.client@example.org, password=hunter2"});
  EXPECT_EQ(last("api_key"), R"("<masked>")");
  EXPECT_EQ(last("token"), R"("<masked>")");
  EXPECT_EQ(last("failure"), R"("cannot reach postgresql://<credentials>@db.example.org for <email>, password=<masked>")");
}

// The cut must not leave the half of a secret that no longer looks like one.
TEST_F(FileLoggerTest, MasksBeforeItCuts) {
  logger_.log({.event = "test.failed", .message = "x", .failure = std::string(1990, '.').append(" sample.client@example.org")});
  EXPECT_THAT(last("failure"), Not(HasSubstr("sample")));
  EXPECT_LT(last("failure").size(), 2100U);
}

TEST_F(FileLoggerTest, OpensNothingBeforeTheFirstEventAndNothingWithoutAPath) {
  EXPECT_FALSE(std::filesystem::exists(scratch_.path("state")));
  FileLogger nowhere("", clock_);
  nowhere.log(said("lost"));
  EXPECT_THAT(nowhere.trouble(), IsEmpty());
}

TEST_F(FileLoggerTest, TellsPeopleTheSameWhenItSpeaks) {
  ::testing::internal::CaptureStderr();
  logger_.log(said("in silence"));
  logger_.speak();
  logger_.log(said("aloud\n"));
  EXPECT_EQ(::testing::internal::GetCapturedStderr(), "blc: aloud<U+000A>\n");
  EXPECT_EQ(lines().size(), 2U);
}

TEST_F(FileLoggerTest, NeverFailsAndSaysTheReasonOnceToPeople) {
  scratch_.write("blocked", "a file where the folder should be");
  FileLogger logger(scratch_.path("blocked/log.jsonl"), clock_);
  logger.speak();
  ::testing::internal::CaptureStderr();
  logger.log(said("one"));
  logger.log(said("two"));
  const auto heard = ::testing::internal::GetCapturedStderr();
  EXPECT_THAT(heard, ::testing::MatchesRegex("blc: one\nblc: the log is not kept: .*blocked.*\nblc: two\n"));
  EXPECT_THAT(logger.trouble(), HasSubstr("blocked"));
}

}  // namespace
}  // namespace blc::adapters
