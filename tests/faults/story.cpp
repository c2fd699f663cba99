#include "faults/story.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <sstream>
#include <stdexcept>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/adapters/sqlite_store.hpp"

namespace blc::faults {

namespace fs = std::filesystem;
using text::Json;

namespace {


constexpr std::string_view kPolicy = R"(rules:
  - {environments: [local], slots: [], deadline: 24h}
  - environments: [integration, staging, production]
    slots:
      - {name: clinical-lead, roles: [clinical-lead]}
      - {name: privacy-officer, roles: [privacy-officer]}
    deadline: 24h
)";

// `third`: what the last step runs, and more of its YAML.
std::string verb_file(std::string_view name, std::string_view third) {
  return fmt::format(R"(verb: {}
summary: Made for a test
classification: personal
fidelity: estimate
data: [internal]
steps:
  - {{name: first, summary: comes first, effect: write, argv: [bash, verbs/bin/line, first], writes: [made], undo: {{argv: [bash, verbs/bin/line, unfirst]}}}}
  - {{name: second, summary: comes second, effect: write, argv: [bash, verbs/bin/line, second], writes: [made], confirm: {{argv: [bash, verbs/bin/asks, second]}}, undo: {{argv: [bash, verbs/bin/line, unsecond]}}}}
  - {{name: third, summary: comes last, effect: write, writes: [made], {}}}
)",
                     name, third);
}

const Json::Array& list(const Json& object, const std::string& name) {
  static const Json::Array kNone;
  const auto* const found = object.find(name);
  const auto* const array = found == nullptr ? nullptr : found->get_if<Json::Array>();
  return array == nullptr ? kNone : *array;
}

// What a command printed, where it is a run.
std::optional<Json> told_run(const Ended& ended) {
  auto json = text::parse_json(ended.out);
  if (!json || word(*json, "format") != "blc.run/v1") return std::nullopt;
  return *std::move(json);
}

std::set<std::string> signers(const Json& shown) {
  std::set<std::string> all;
  const auto* const approvals = shown.find("approvals");
  if (approvals == nullptr) return all;
  for (const auto& slot : list(*approvals, "slots")) {
    if (slot.find("by") != nullptr) all.insert(word(slot, "by"));
  }
  return all;
}

std::set<std::string> remaining(const Json& shown) {
  std::set<std::string> all;
  const auto* const outcome = shown.find("outcome");
  if (outcome == nullptr) return all;
  for (const auto& step : list(*outcome, "remains")) all.insert(*step.get_if<std::string>());
  return all;
}

std::vector<std::string> lines_of(const std::string& text, std::string_view beginning) {
  std::vector<std::string> found;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with(beginning)) found.push_back(line);
  }
  return found;
}

}  // namespace

std::string word(const Json& object, const std::string& name) {
  const auto* const found = object.find(name);
  const auto* const value = found == nullptr ? nullptr : found->get_if<std::string>();
  return value == nullptr ? std::string() : *value;
}

Practice::Practice(Machine::Disk disk) : machine(disk) {
  ::unsetenv("BLC_KEY");  // NOLINT(concurrency-mt-unsafe): one thread
  for (const auto* const person : {"ana", "ben", "cleo"})
    prepare("", {"key", "new", machine.key(person).string(), "--no-passphrase"});
  prepare("ana", {"init", machine.practice().string(), "--name", "ana"});
  prepare("ana", {"trust", "add", "ben", "--key", machine.key("ben").string() + ".pub", "--role", "clinical-lead"});
  prepare("ana", {"trust", "add", "cleo", "--key", machine.key("cleo").string() + ".pub", "--role", "privacy-officer"});
  machine.put("policies/approvals.yaml", std::string(kPolicy));
  machine.put("verbs/bin/line", "echo \"$1 $BLC_RUN_ID\" >>made/log\n");
  machine.put("verbs/bin/fails", "echo \"$1 $BLC_RUN_ID\" >>made/log\nexit 1\n");
  machine.put("verbs/bin/asks", "grep -q \"^$1 $BLC_RUN_ID\" made/log\n");
  constexpr std::string_view kUndo = ", undo: {argv: [bash, verbs/bin/line, unthird]}";
  machine.put("verbs/life.yaml", verb_file("life", fmt::format("argv: [bash, verbs/bin/line, third]{}", kUndo)));
  machine.put("verbs/broken.yaml", verb_file("broken", fmt::format("argv: [bash, verbs/bin/fails, third]{}", kUndo)));
  machine.put("verbs/doubt.yaml", verb_file("doubt", "argv: [bash, verbs/bin/fails, third]"));
}

void Practice::prepare(const std::string& person, const std::vector<std::string>& arguments) {
  const auto ended = machine.run(person, arguments);
  if (ended.code != 0) throw std::runtime_error("the practice cannot be prepared: " + ended.err);
}

std::optional<Json> Practice::show(const std::string& run) {
  return told_run(machine.run("ana", {"--json", "show", run}));
}

std::vector<std::string> Practice::runs() {
  std::vector<std::string> all;
  const auto json = text::parse_json(machine.run("ana", {"--json", "runs"}).out);
  if (!json) return all;
  for (const auto& run : list(*json, "runs")) all.push_back(word(run, "run"));
  return all;
}

std::vector<std::string> Practice::entries() const {
  // Of a copy: who reads folds SQLite's log into the file, and that is for blc to do.
  const auto copy = machine.scratch() / "looked-at.db";
  for (const std::string rest : {"", "-wal", "-shm"}) {
    fs::remove(copy.string() + rest);
    const auto from = (machine.practice() / ".blc/ledger.db").string() + rest;
    if (rest != "-shm" && fs::exists(from)) fs::copy_file(from, copy.string() + rest);
  }
  const auto store = adapters::SqliteStore::open(copy.string());
  if (!store) throw std::runtime_error(store.error().message);
  std::vector<std::string> all;
  (*store)->read(0, (*store)->size(), [&](std::uint64_t, std::string_view bytes) {
    all.emplace_back(bytes);
    return true;
  });
  return all;
}

void Practice::check(const std::string& where) {
  const auto verified = machine.run("ana", {"--json", "ledger", "verify", "--full"});
  EXPECT_EQ(verified.code, 0) << where << ": the ledger does not verify\n" << verified.err;
  EXPECT_EQ(verified.err, "") << where;  // no warning that something is void, or that something signed is missing
  auto now = entries();
  EXPECT_TRUE(now.size() >= entries_.size() && std::equal(entries_.begin(), entries_.end(), now.begin()))
      << where << ": of " << entries_.size() << " entries not all are left";
  entries_ = std::move(now);
}

void Practice::check_words(const Ended& ended, const std::string& where) {
  static const std::set<int> kCodes{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 130};
  EXPECT_TRUE(kCodes.contains(ended.code)) << where << ": exit " << ended.code << "\n" << ended.err;
  const auto told = fmt::format("{} {}", lines_of(ended.err, "error: ").size(), lines_of(ended.err, "hint: ").size());
  const bool said = ended.code == 0 ? told == "0 0" : told == "1 1";
  // An execution that did not succeed tells its outcome in its own words.
  EXPECT_TRUE(said || (told == "0 0" && told_run(ended))) << where << ": exit " << ended.code << "\n" << ended.err;
  for (const auto* const crash : {"something broke", "terminate called", "Assertion", "basic_string", "std::"})
    EXPECT_EQ(ended.err.find(crash), std::string::npos) << where << "\n" << ended.err;
}

std::optional<Command> Life::next() {
  if (run_.empty()) return Command{"plan", "ana", {"--json", verb_}};
  const auto shown = practice_.show(run_);
  if (!shown) throw std::runtime_error("run " + run_ + " is not shown");
  const auto state = word(*shown, "state");
  if (state == "planning") {  // its plan was never made: it is asked for anew
    run_.clear();
    digest_.clear();
    return next();
  }
  if (state == "pending") {
    const auto* const person = signers(*shown).contains("ben") ? "cleo" : "ben";
    return Command{"approve", person, {"--json", "approve", run_, "--digest", word(*shown, "plan_digest")}};
  }
  if (state == "approved") return Command{"execute", "ana", {"--json", "execute", run_}};
  const bool doubtful = state == "executing" || state == "indeterminate";
  if (doubtful && !unresumable_) return Command{"resume", "ana", {"--json", "resume", run_}};
  if (doubtful || state == "partial") {
    const auto& closes = list(*shown, "closes");
    if (closes.empty()) return Command{"close", "ana", {"--json", "close", run_, "--finding", "looked at"}};
    return Command{"close", "ben", {"--json", "close", run_, "--same-as", word(closes.front(), "finding")}};
  }
  return std::nullopt;
}

Ended Life::type(const Command& command, const Machine::How& how) {
  const auto before = run_.empty() ? practice_.runs() : std::vector<std::string>();
  auto ended = practice_.machine.run(command.person, command.arguments, how);
  if (command.name == "plan") {
    const auto told = told_run(ended);
    if (told) run_ = word(*told, "run");
    // Nothing was said, and yet the run may be there; a person finds it in the list.
    for (const auto& run : told ? std::vector<std::string>() : practice_.runs()) {
      if (std::ranges::find(before, run) == before.end()) run_ = run;
    }
  }
  if (command.name == "resume" && !ended.killed() && ended.code != 0) unresumable_ = true;
  acknowledge(command, ended);
  return ended;
}

void Life::acknowledge(const Command& command, const Ended& ended) {
  const auto told = told_run(ended);
  if (!told) return;
  digest_ = word(*told, "plan_digest");
  if (command.name == "approve") approved_.insert(command.person);
  if (command.name == "close") closed_.insert(command.person);
  if (command.name == "execute" || command.name == "resume") ended_ = word(*told, "state");
}

void Life::finish(const std::string& where) {
  for (int typed = 0; typed < kMostCommands; ++typed) {
    const auto command = next();
    if (!command) return;
    Practice::check_words(type(*command, {}), where + ", then " + command->name);
  }
  ADD_FAILURE() << where << ": run " << run_ << " does not come to an end";
}

int Life::count(const std::string& word) const {
  return static_cast<int>(lines_of(read_bytes(practice_.machine.practice() / "made/log"), word + " " + run_).size());
}

void Life::check(const std::string& where) {
  SCOPED_TRACE(where + ", run " + run_);
  if (run_.empty()) return;
  const auto shown = practice_.show(run_);
  ASSERT_TRUE(shown);
  check_acknowledged(*shown);
  check_effects(*shown);
}

void Life::check_acknowledged(const Json& shown) const {
  if (!digest_.empty()) {
    EXPECT_EQ(word(shown, "plan_digest"), digest_) << "the plan that was shown is gone";
  }
  for (const auto& person : approved_) EXPECT_TRUE(signers(shown).contains(person)) << person << "'s signature is gone";
  const auto state = word(shown, "state");
  if (ended_ == "succeeded" || ended_ == "failed") {
    EXPECT_EQ(state, ended_) << "it had ended";
  }
  EXPECT_GE(list(shown, "closes").size(), closed_.size()) << "a finding is gone";
}

void Life::check_effects(const Json& shown) const {
  const auto state = word(shown, "state");
  std::set<std::string> there;
  for (const std::string step : {"first", "second", "third"}) {
    EXPECT_LE(count(step), 1) << step << " was done twice";
    EXPECT_LE(count("un" + step), count(step)) << step << " was undone and had not been done";
    if (count(step) > count("un" + step)) there.insert(step);
    const bool never = state == "planning" || state == "pending" || state == "approved";
    EXPECT_TRUE(!never || count(step) == 0) << step << " was done, and the run is " << state;
  }
  const auto told = remaining(shown);
  const auto what = fmt::format("{}: {} there, {} told", state, there, told);
  // What is in doubt may be there or not; what is there must be listed.
  const bool looked_at = (state == "indeterminate" || state == "closed") && shown.find("outcome") != nullptr;
  EXPECT_TRUE(state != "succeeded" || there.size() == 3) << what;
  EXPECT_TRUE(state != "failed" || there.empty()) << what;
  EXPECT_TRUE(state != "partial" || there == told) << what;
  EXPECT_TRUE(!looked_at || std::ranges::includes(told, there)) << what;
}

}  // namespace blc::faults
