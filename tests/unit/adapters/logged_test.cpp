#include "core/adapters/logged.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/world.hpp"

namespace blc::adapters {
namespace {

using blc::testing::Fault;
using blc::testing::Script;
using blc::testing::World;
using ports::LogEvent;
using ::testing::HasSubstr;

// Keeps what it is told.
class Heard final : public ports::Logger {
 public:
  void log(const LogEvent& event) noexcept override { events.push_back(event); }
  [[nodiscard]] const LogEvent& last() const { return events.back(); }
  [[nodiscard]] std::string word(const char* name) const { return std::get<std::string>(last().more.at(name)); }
  [[nodiscard]] std::int64_t number(const char* name) const { return std::get<std::int64_t>(last().more.at(name)); }
  std::vector<LogEvent> events;
};

// Every word of an event.
std::string all_of(const LogEvent& event) {
  auto text = event.message + event.failure;
  for (const auto& [name, value] : event.more) {
    const auto* const words = std::get_if<std::string>(&value);
    text += " " + name + " " + (words == nullptr ? "" : *words);
  }
  return text;
}

// Borrows, so that a test can look at what stands behind.
class Borrowed final : public ports::LedgerStore {
 public:
  explicit Borrowed(ports::LedgerStore& store) : store_(store) {}
  std::uint64_t size() override { return store_.size(); }
  ports::Appended append(std::uint64_t index, std::string_view entry, std::span<const ports::SealedBlob> blobs) override {
    return store_.append(index, entry, blobs);
  }
  void read(std::uint64_t first, std::uint64_t end, const std::function<bool(std::uint64_t, std::string_view)>& each) override {
    store_.read(first, end, each);
  }
  std::optional<std::string> sealed(const Digest& digest) override { return store_.sealed(digest); }

 private:
  ports::LedgerStore& store_;
};

class LoggedTest : public ::testing::Test {
 protected:
  // The bytes of each entry of one whole run, from its request on.
  void run_once() {
    first_ = world_.store.size();
    run_ = world_.planned("task add", {{"title", std::string("a private title")}});
    ASSERT_TRUE(world_.order(run_));
    ASSERT_TRUE(world_.execute(run_));
  }

  World world_;
  Heard heard_;
  RunId run_;
  std::uint64_t first_ = 0;
};

TEST_F(LoggedTest, TellsOfEachAppendAndChangesNothing) {
  run_once();
  blc::testing::FakeStore behind;
  behind.entries.assign(world_.store.entries.begin(), world_.store.entries.begin() + static_cast<std::ptrdiff_t>(first_));
  const auto store = logged(std::make_unique<Borrowed>(behind), heard_);
  std::vector<std::string> kinds;
  for (auto leaf = first_; leaf < world_.store.size(); ++leaf) {
    ASSERT_EQ(store->append(leaf, world_.store.entries[leaf], {}), ports::Appended::yes);
    const auto entry = *ledger::decode_entry(world_.store.entries[leaf]);
    EXPECT_EQ(heard_.last().event, "entry.appended");
    EXPECT_EQ(heard_.last().run, run_);
    EXPECT_EQ(heard_.last().entry, entry.header.id);
    EXPECT_EQ(heard_.number("leaf"), static_cast<std::int64_t>(leaf));
    kinds.push_back(heard_.word("kind"));
  }
  EXPECT_THAT(kinds, ::testing::ElementsAre("request", "plan", "order", "claim", "step", "step", "outcome"));
  EXPECT_EQ(heard_.word("result"), "succeeded");
  EXPECT_EQ(behind.entries, world_.store.entries);
  EXPECT_EQ(store->size(), behind.size());
  for (const auto& event : heard_.events) {
    EXPECT_THAT(all_of(event), ::testing::Not(HasSubstr("private")));
  }
}

TEST_F(LoggedTest, TellsOfAConflictAndPassesFailuresOn) {
  run_once();
  const auto store = logged(std::make_unique<Borrowed>(world_.store), heard_);
  EXPECT_EQ(store->append(0, world_.store.entries[first_], {}), ports::Appended::conflict);
  EXPECT_EQ(heard_.last().event, "entry.conflict");
  EXPECT_EQ(heard_.last().run, run_);
  EXPECT_EQ(store->append(world_.store.size(), "no entry", {}), ports::Appended::yes);  // what was given is stored, told or not
  world_.store.faults = {Fault::fails};
  EXPECT_THROW(std::ignore = store->append(world_.store.size(), "x", {}), Broken);
}

TEST_F(LoggedTest, TellsWhichKeySigned) {
  auto& key = world_.key("ben");
  const auto signer = logged(key, heard_);
  EXPECT_EQ(signer->public_blob(), key.public_blob());
  ASSERT_TRUE(signer->sign("blc.approval.v1", "message"));
  EXPECT_EQ(heard_.last().event, "signature.made");
  EXPECT_EQ(heard_.word("fingerprint"), key.key().fingerprint());
  EXPECT_EQ(heard_.word("namespace"), "blc.approval.v1");
}

TEST_F(LoggedTest, TellsOfAKeyThatDidNotSign) {
  struct Refusing final : ports::Signer {
    explicit Refusing(std::string blob) : blob_(std::move(blob)) {}
    std::string public_blob() const override { return blob_; }
    Result<std::string> sign(std::string_view /*space*/, std::string_view /*message*/) override {
      return fail(Exit::authentication, "no touch");
    }
    std::string blob_;
  } refusing(world_.key("ben").public_blob());
  const auto signature = logged(refusing, heard_)->sign("blc.approval.v1", "message");
  ASSERT_FALSE(signature);
  EXPECT_EQ(signature.error().message, "no touch");
  EXPECT_EQ(heard_.last().event, "signature.failed");
  EXPECT_EQ(heard_.last().severity, ports::Severity::warning);
  EXPECT_EQ(heard_.number("code"), 4);
}

class LoggedProgramTest : public LoggedTest {
 protected:
  static Script script(Script::End end, int code = 0) {
    Script script;
    script.end = end;
    script.code = code;
    script.output = "private output";
    script.errors = "private words";
    return script;
  }
  ports::Finished run(const Script& script) {
    auto fake = std::make_unique<blc::testing::FakeProcesses>();
    fake->scripts["lister"] = script;
    const auto processes = logged(std::move(fake), heard_);
    ports::Launch launch;
    launch.program = *processes->find("lister");
    launch.argv = {"lister", "a private argument"};
    launch.environment = {{"BLC_RUN_ID", "01KADX0V8T5N2R9JQ3HW7M4KD2"}, {"BLC_STEP", "list"}, {"X", "private too"}};
    launch.standard_input = "private input";
    auto finished = processes->run(launch, {});
    return finished ? *std::move(finished) : ports::Finished{};
  }
};

TEST_F(LoggedProgramTest, TellsHowItEndedAndNothingItWasGivenOrPrinted) {
  EXPECT_EQ(run(script(Script::End::exits, 3)).output.bytes, "private output");
  ASSERT_EQ(heard_.events.size(), 2U);
  EXPECT_EQ(heard_.events.front().event, "program.started");
  EXPECT_EQ(heard_.last().event, "program.ended");
  EXPECT_EQ(heard_.last().severity, ports::Severity::warning);
  EXPECT_EQ(heard_.number("exit_code"), 3);
  EXPECT_EQ(heard_.number("stdout_bytes"), 14);
  EXPECT_EQ(heard_.word("step"), "list");
  EXPECT_EQ(heard_.last().run, RunId::parse("01KADX0V8T5N2R9JQ3HW7M4KD2"));
  for (const auto& event : heard_.events) {
    EXPECT_THAT(all_of(event), ::testing::Not(HasSubstr("private")));
  }
}

TEST_F(LoggedProgramTest, TellsOfOtherEnds) {
  run(script(Script::End::exits));
  EXPECT_EQ(heard_.last().severity, ports::Severity::info);
  run(script(Script::End::hangs));
  EXPECT_TRUE(heard_.last().more.contains("timed_out"));
  run(script(Script::End::killed));
  EXPECT_TRUE(heard_.last().more.contains("signal"));
  run(script(Script::End::interrupted));
  EXPECT_TRUE(heard_.last().more.contains("interrupted"));
  run(script(Script::End::never_starts));
  EXPECT_EQ(heard_.last().event, "program.refused");
  EXPECT_THAT(all_of(heard_.last()), ::testing::Not(HasSubstr("private")));
}

}  // namespace
}  // namespace blc::adapters
