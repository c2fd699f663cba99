// A replay over an index, saved, forgotten and opened again at any time, against one that keeps everything in
// memory, on the random histories of the model.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sqlite3.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "core/adapters/sqlite_index.hpp"
#include "core/approval/replay.hpp"
#include "core/crypto/digest.hpp"
#include "core/crypto/wire.hpp"
#include "support/fakes.hpp"
#include "support/model_history.hpp"
#include "support/model_render.hpp"

#include "../adapters/scratch.hpp"

namespace blc::testing::model {
namespace {

using namespace std::chrono_literals;
using approval::Replay;

std::string replaced(std::string text, std::string_view from, std::string_view to) {
  for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) text.replace(at, from.size(), to);
  return text;
}

// The entry as bytes that decode; nobody made the signature, and nothing below verification looks at it.
std::string bytes_of(const ledger::Entry& entry) {
  auto payload = ledger::encode_payload(entry.kind, entry.header, entry.body);
  const auto kind = entry.type.substr(0, entry.type.find('.'));
  payload = replaced(std::move(payload), R"("kind":"unknown")", fmt::format(R"("kind":"{}")", kind));
  const auto put = [](std::string& to, std::string_view bytes) {
    const auto size = static_cast<std::uint32_t>(bytes.size());
    for (const int shift : {24, 16, 8, 0}) to += static_cast<char>((size >> static_cast<unsigned>(shift)) & 0xffU);
    to += bytes;
  };
  const bool hardware = entry.signature.key.hardware();
  std::string inner;
  put(inner, hardware ? "sk-ssh-ed25519@openssh.com" : "ssh-ed25519");
  put(inner, std::string(64, '\x01'));
  // PROTOCOL.u2f, "SSH U2F signatures": flags and a counter of 32 bits.
  if (hardware) {
    inner += static_cast<char>((entry.signature.touched ? 0x01 : 0) | (entry.signature.pin ? 0x04 : 0));
    inner += std::string(4, '\0');
  }
  const auto signature = crypto::sshsig_encode(entry.signature.key, ledger::signature_namespace(entry.type), inner);
  return text::canonical(text::Json::Object{
      {"payload", crypto::base64(payload)},
      {"payloadType", ledger::payload_type(entry.type)},
      {"signatures", text::Json::Array{text::Json::Object{{"sig", crypto::base64(signature)}}}},
  });
}

// One history told to both.
class Twins {
 public:
  Twins(std::uint64_t seed, ports::LedgerIndex& index)
      : random_(seed), index_(index), memory_(std::string(kOrigin)), indexed_(std::string(kOrigin), index, store_) {}

  void tell(const History& history) {
    for (const auto& action : history) {
      ASSERT_NO_FATAL_FAILURE(tell(action)) << "at #" << action.entry.hash;
      disturb();
      ASSERT_NO_FATAL_FAILURE(compare(action.entry.at)) << "at #" << action.entry.hash;
    }
  }
  FakeStore& store() { return store_; }
  Replay reopened() { return {std::string(kOrigin), index_, store_}; }
  const Replay& memory() const { return memory_; }
  void save() { indexed_.save(false); }

 private:
  void tell(const Action& action) {
    const auto told = teller_.tell(action);
    auto rendered = render(told.entry, memory_.tree(), told.plan);
    auto body = text::canonical(rendered.body);
    for (const auto& [hash, real] : hashes_) body = replaced(std::move(body), hash_of(hash).hex(), real.hex());
    rendered.body = *text::parse_canonical(body);
    const auto bytes = bytes_of(rendered);
    const auto entry = ledger::decode_entry(bytes);
    ASSERT_TRUE(entry) << entry.error().message;
    const auto leaf = ledger::leaf_hash(bytes);
    hashes_.emplace(told.entry.hash, leaf);
    store_.entries.push_back(bytes);
    const auto judged = indexed_.judge(*entry);
    const auto by_memory = memory_.apply(*entry, leaf);
    const auto by_index = indexed_.apply(*entry, leaf);
    teller_.add(action, told);
    ASSERT_EQ(by_memory.standing, by_index.standing) << by_memory.why << " / " << by_index.why;
    ASSERT_EQ(judged.standing, by_index.standing);
    ASSERT_EQ(by_memory.why, by_index.why);
  }

  void disturb() {
    switch (random_() % 5) {
      case 0: indexed_.save(false); break;
      case 1: indexed_.save(true); break;
      case 2:
        indexed_.save(false);
        indexed_ = reopened();
        break;
      default: break;
    }
  }

  static std::vector<std::string> ids(const Replay& replay, const approval::RunFilter& filter) {
    std::vector<std::string> found;
    replay.each_run(filter, [&](const auto& run) {
      found.push_back(run.id.str());
      return true;
    });
    return found;
  }

  void compare_found(const approval::RunFilter& filter) {
    const auto found = ids(memory_, filter);
    ASSERT_EQ(found, ids(indexed_, filter));
    ASSERT_EQ(found.size(), memory_.run_count(filter));
    ASSERT_EQ(found.size(), indexed_.run_count(filter));
  }

  void compare_ends(Timestamp now) {
    using enum ports::RunEnd;
    using approval::State;
    constexpr std::array kEnds{std::pair{rejected, State::rejected}, std::pair{cancelled, State::cancelled},
                               std::pair{succeeded, State::succeeded}, std::pair{failed, State::failed},
                               std::pair{closed, State::closed}};
    ASSERT_NO_FATAL_FAILURE(compare_found({.ends = {none}}));
    ASSERT_NO_FATAL_FAILURE(compare_found({.ended_since = now, .ends = {succeeded, closed}}));
    for (const auto& [end, state] : kEnds) {
      ASSERT_NO_FATAL_FAILURE(compare_found({.ends = {end}}));
      memory_.each_run({}, [&](const auto& run) {
        const auto found = ids(indexed_, {.ends = {end}});
        EXPECT_EQ(memory_.state(run, now) == state, std::ranges::find(found, run.id.str()) != found.end());
        return true;
      });
    }
  }

  void compare(Timestamp at) {
    ASSERT_EQ(memory_.head(), indexed_.head());
    ASSERT_EQ(memory_.run_count(), indexed_.run_count());
    ASSERT_EQ(memory_.late_entries(), indexed_.late_entries());
    ASSERT_EQ(memory_.faults().size(), indexed_.faults().size());
    ASSERT_EQ(memory_.unreadable(), indexed_.unreadable());
    ASSERT_EQ(memory_.root() == nullptr ? 0 : memory_.root()->version(), indexed_.root() == nullptr ? 0 : indexed_.root()->version());
    for (const auto environment : kEnvironments) {
      ASSERT_EQ(memory_.last_executor_entry(environment), indexed_.last_executor_entry(environment));
      ASSERT_EQ(ids(memory_, {.environment = environment}), ids(indexed_, {.environment = environment}));
    }
    for (int key = 0; key < 8; ++key) {
      const auto claims = memory_.claims_by(key_of(key));
      ASSERT_EQ(claims, indexed_.claims_by(key_of(key)));
      const auto last = claims.empty() ? std::nullopt : std::optional(claims.back());
      ASSERT_EQ(memory_.last_claim_by(key_of(key)), last);
      ASSERT_EQ(indexed_.last_claim_by(key_of(key)), last);
    }
    for (const auto now : {at - 1h, at, at + 70min}) {
      ASSERT_NO_FATAL_FAILURE(compare_found({.live_at = now}));
      ASSERT_NO_FATAL_FAILURE(compare_found({.since = now}));
      ASSERT_NO_FATAL_FAILURE(compare_found({.until = now}));
      ASSERT_NO_FATAL_FAILURE(compare_found({.ended_since = now}));
      ASSERT_NO_FATAL_FAILURE(compare_found({.by = "ana", .live_at = now}));
      ASSERT_NO_FATAL_FAILURE(compare_ends(now));
      for (const int run : {1, 2}) ASSERT_NO_FATAL_FAILURE(compare_run(run_id(run), now));
    }
  }

  void compare_run(const RunId& id, Timestamp now) {
    const auto* const here = memory_.run(id);
    const auto* const there = indexed_.run(id);
    ASSERT_EQ(here == nullptr, there == nullptr);
    if (here == nullptr) return;
    ASSERT_EQ(ids(memory_, {.suffix = id.suffix()}), ids(indexed_, {.suffix = id.suffix()}));
    ASSERT_EQ(ids(memory_, {.by = here->request->by}), ids(indexed_, {.by = here->request->by}));
    const auto& verb = here->request->request.verb;
    ASSERT_EQ(ids(memory_, {.verb = verb}), ids(indexed_, {.verb = verb}));
    const auto& parameters = here->request->request.parameters;
    for (const auto before : {memory_.size(), memory_.size() / 2}) {
      const auto* const a = memory_.last_claimed(verb, here->environment, &parameters, before);
      const auto* const b = indexed_.last_claimed(verb, here->environment, &parameters, before);
      ASSERT_EQ(a == nullptr ? "" : a->id.str(), b == nullptr ? "" : b->id.str());
    }
    ASSERT_EQ(here->late, there->late);
    ASSERT_EQ(here->last_claimant_entry, there->last_claimant_entry);
    ASSERT_EQ(to_string(memory_.state(*here, now)), to_string(indexed_.state(*there, now)));
    const auto a = approval::decide(memory_.context(*here, now));
    const auto b = approval::decide(indexed_.context(*there, now));
    ASSERT_EQ(a.yes, b.yes);
    ASSERT_EQ(a.why, b.why);
    ASSERT_EQ(a.signers, b.signers);
    ASSERT_EQ(a.deadline, b.deadline);
    const auto may = approval::admit(memory_.context(*here, now));
    const auto might = approval::admit(indexed_.context(*there, now));
    ASSERT_EQ(may.has_value(), might.has_value());
    if (may) {
      ASSERT_EQ(may->order(), might->order());
    }
  }

  std::mt19937_64 random_;
  ports::LedgerIndex& index_;
  FakeStore store_;
  Teller teller_;
  std::map<int, LeafHash> hashes_;
  Replay memory_;
  Replay indexed_;
};

TEST(Records, TellTheSameOverAnIndexAsFromMemory) {
  const test::Scratch scratch;
  adapters::SqliteIndex index(scratch.path("index.db"));
  for (std::uint64_t seed = 1; seed <= 150; ++seed) {
    index.forget();
    Twins twins(seed, index);
    ASSERT_NO_FATAL_FAILURE(twins.tell(random_history(seed))) << "seed " << seed;
  }
}

// The first that tells much of one run.
History long_history() {
  for (std::uint64_t seed = 1;; ++seed) {
    auto history = random_history(seed);
    if (std::ranges::count_if(history, [](const auto& action) { return action.entry.run == 1; }) >= 18) return history;
  }
}

class RecordsOverAnIndex : public ::testing::Test {
 protected:
  RecordsOverAnIndex() : index_(scratch_.path("index.db")), twins_(7, index_) {
    twins_.tell(long_history());
    twins_.save();
  }
  test::Scratch scratch_;
  adapters::SqliteIndex index_;
  Twins twins_;
};

TEST_F(RecordsOverAnIndex, NoticeThatTheStoreWasChangedBehindThem) {
  auto& entries = twins_.store().entries;
  int noticed = 0;
  for (std::size_t leaf = 0; leaf < entries.size(); ++leaf) {
    const auto good = entries[leaf];
    entries[leaf] = entries[(leaf + 1) % entries.size()];
    try {
      const auto replay = twins_.reopened();
      for (const int run : {1, 2}) {
        if (const auto* const found = replay.run(run_id(run))) static_cast<void>(replay.state(*found, {}));
      }
    } catch (const Broken& broken) {
      EXPECT_EQ(broken.code(), Exit::ledger);
      ++noticed;
    }
    entries[leaf] = good;
  }
  // Every entry of the two runs is read again; roots and catalogs where they are asked for.
  EXPECT_GT(noticed, 3);
}

TEST_F(RecordsOverAnIndex, GoOnInMemoryWhenAnotherProcessWentOn) {
  auto ours = twins_.reopened();
  adapters::SqliteIndex other(scratch_.path("index.db"));
  Replay theirs(std::string(kOrigin), other, twins_.store());
  const std::string garbage = "no entry at all";
  twins_.store().entries.push_back(garbage);
  theirs.apply_void(ledger::leaf_hash(garbage), "garbage");
  theirs.save(false);
  ours.apply_void(ledger::leaf_hash(garbage), "garbage");
  ours.save(true);
  EXPECT_EQ(ours.head(), theirs.head());
  EXPECT_EQ(ours.faults().size(), theirs.faults().size());
  EXPECT_EQ(twins_.reopened().head(), theirs.head());
}

TEST_F(RecordsOverAnIndex, AddNothingWhenTheyOnlyLook) {
  using Use = adapters::SqliteIndex::Use;
  const auto before = index_.summary().size;
  adapters::SqliteIndex look(scratch_.path("index.db"), Use::look_only);
  Replay replay(std::string(kOrigin), look, twins_.store());
  EXPECT_EQ(replay.head(), twins_.memory().head());
  replay.apply_void(ledger::leaf_hash("garbage"), "garbage");
  replay.save(true);
  look.forget();
  adapters::SqliteIndex again(scratch_.path("index.db"));
  EXPECT_EQ(again.summary().size, before);
  adapters::SqliteIndex none(scratch_.path("none.db"), Use::look_only);
  EXPECT_EQ(none.summary().size, 0U);
  EXPECT_FALSE(std::filesystem::exists(scratch_.path("none.db")));
}

TEST_F(RecordsOverAnIndex, AreReadAgainWhenTheIndexIsDamaged) {
  for (const std::string damage : {"", "garbage", "SQLite format 3"}) {
    const auto path = scratch_.write("damaged.db", damage);
    adapters::SqliteIndex index(path);
    EXPECT_EQ(index.summary().size, 0U) << damage;
  }
}

// In whichever page: told at once or when it is read, and the next process finds an empty index.
TEST_F(RecordsOverAnIndex, AreReadAgainOnceADamageHasShown) {
  const auto whole = scratch_.path("whole.db");
  {
    adapters::Sqlite database("the index");
    database.open(scratch_.path("index.db"), SQLITE_OPEN_READWRITE);
    database.run(("VACUUM INTO '" + whole + "'").c_str());
  }
  int shown = 0;
  for (std::uintmax_t page = 1; page < std::filesystem::file_size(whole) / 4096; ++page) {
    const auto path = scratch_.path("damaged.db");
    std::filesystem::copy_file(whole, path, std::filesystem::copy_options::overwrite_existing);
    std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(static_cast<std::streamoff>(page * 4096));
    file << std::string(4096, '\xff') << std::flush;
    try {
      adapters::SqliteIndex index(path);
      static_cast<void>(index.late_entries());
      index.each_run({}, [](const auto&) { return true; });
    } catch (const Broken& broken) {
      ++shown;
      EXPECT_EQ(broken.code(), Exit::failed) << "it is no ledger";
      EXPECT_NE(broken.hint(), "");
      EXPECT_EQ(adapters::SqliteIndex(path).summary().size, 0U) << "page " << page;
    }
    for (const char* const rest : {"", "-wal", "-shm"}) std::filesystem::remove(path + rest);
  }
  EXPECT_GT(shown, 0);
}

// An index that leaves an entry of a run out, or calls another late, is not believed.
TEST_F(RecordsOverAnIndex, MissNoEntryOfARunWhateverTheIndexSays) {
  int noticed = 0;
  for (const char* const lie : {"UPDATE entries SET previous = (SELECT e.previous FROM entries e WHERE e.leaf = entries.previous)",
                                "UPDATE entries SET late = 1 - late WHERE previous IS NOT NULL",
                                "UPDATE runs SET last = (SELECT previous FROM entries WHERE leaf = last) WHERE last IN (SELECT leaf FROM entries WHERE previous IS NOT NULL)"}) {
    adapters::Sqlite database("the copy");
    database.open(scratch_.path("index.db"), SQLITE_OPEN_READWRITE);
    database.run(("VACUUM INTO '" + scratch_.path("copy.db") + "'").c_str());
    adapters::Sqlite copy("the copy");
    copy.open(scratch_.path("copy.db"), SQLITE_OPEN_READWRITE);
    copy.run(lie);
    adapters::SqliteIndex index(scratch_.path("copy.db"));
    const Replay replay(std::string(kOrigin), index, twins_.store());
    for (const int run : {1, 2}) {
      try {
        const auto* const found = replay.run(run_id(run));
        const auto* const truth = twins_.memory().run(run_id(run));
        EXPECT_EQ(found == nullptr, truth == nullptr) << lie;
      } catch (const Broken&) {
        ++noticed;
      }
    }
    std::filesystem::remove(scratch_.path("copy.db"));
  }
  EXPECT_GE(noticed, 3);
}

}  // namespace
}  // namespace blc::testing::model
