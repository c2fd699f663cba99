// Fakes that stand behind ports in unit tests: time ticks by hand, the store and the journal live in memory
// and can be told to fail.
#pragma once
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/ports/clock.hpp"
#include "core/ports/head_memory.hpp"
#include "core/ports/journal.hpp"
#include "core/ports/ledger_store.hpp"
#include "core/ports/randomness.hpp"

namespace blc::testing {

class FakeClock final : public ports::Clock {
 public:
  [[nodiscard]] Timestamp now() const override { return now_; }
  [[nodiscard]] Milliseconds since_boot() const override { return boot_; }
  void advance(Milliseconds by) {
    now_ += by;
    boot_ += by;
  }
  // The wall clock jumps; time since boot does not.
  void jump(Milliseconds by) { now_ += by; }

 private:
  Timestamp now_{Milliseconds{1795343460000}};  // 2026-11-22T10:31:00Z
  Milliseconds boot_{1000000};
};

// Deterministic, and different at every call.
class FakeRandomness final : public ports::Randomness {
 public:
  explicit FakeRandomness(std::uint64_t seed = 1) : state_(seed) {}
  void fill(std::uint8_t* to, std::size_t size) override;

 private:
  std::uint64_t state_;
};

// What the next append does (sunlight's three ways): works, fails, fails though it was stored.
enum class Fault { none, fails, fails_but_persists };

class FakeStore final : public ports::LedgerStore {
 public:
  [[nodiscard]] std::uint64_t size() override { return entries.size(); }
  [[nodiscard]] ports::Appended append(std::uint64_t index, std::string_view entry,
                                       std::span<const ports::SealedBlob> blobs) override;
  void read(std::uint64_t first, std::uint64_t end,
            const std::function<bool(std::uint64_t, std::string_view)>& each) override;
  [[nodiscard]] std::optional<std::string> sealed(const Digest& digest) override;

  std::vector<std::string> entries;
  std::map<Digest, std::string> blobs_;
  std::deque<Fault> faults;                // one is used up by each append
  std::function<void()> before_append;     // runs first: a race
};

class FakeHeadMemory final : public ports::HeadMemory {
 public:
  [[nodiscard]] std::optional<Seen> load() override { return seen; }
  void save(const Seen& value) override { seen = value; }
  ClientId client(const std::function<ClientId()>& /*fresh*/) override { return client_id; }
  void note_signed(const Signed& entry) override { noted.push_back(entry); }
  [[nodiscard]] std::vector<Signed> signed_entries() override { return noted; }
  void keep_signed(const std::vector<Signed>& entries) override { noted = entries; }
  std::optional<Seen> seen;
  std::vector<Signed> noted;
  ClientId client_id;
};

class FakeJournal final : public ports::Journal {
 public:
  void append(std::string_view line) override;
  [[nodiscard]] Result<> each_line(const std::function<Result<>(std::string_view line)>& take) override;
  std::vector<std::string> written;
  bool missing = false;
  int fail_after = -1;  // that many appends work, the next throws
  std::function<void(std::string_view)> before_append;
};

}  // namespace blc::testing
