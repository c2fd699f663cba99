#include "core/approval/verify.hpp"

#include <atomic>
#include <condition_variable>
#include <deque>
#include <exception>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace blc::approval {

namespace {

// Few enough that what was decoded is still in the processor's cache when it is judged.
constexpr std::size_t kBatchEntries = 128;
constexpr std::size_t kBatchBytes = 2U << 20U;
constexpr std::size_t kBatchesAhead = 4;  // are checked while one is judged
constexpr std::uint64_t kEntriesASave = 1024;
constexpr std::size_t kWorthThreads = 32;

struct Item {
  std::string bytes;
  LeafHash leaf;
  std::optional<ledger::Entry> entry;
  std::string fault;
};

void check(Item& item, bool signature) {
  item.leaf = ledger::leaf_hash(item.bytes);
  auto entry = ledger::decode_entry(item.bytes);
  item.bytes = {};
  if (!entry) {
    item.fault = entry.error().message;
    return;
  }
  if (signature) {
    if (auto checked = ledger::check_signature(*entry); !checked) {
      item.fault = checked.error().message;
      return;
    }
  }
  item.entry = *std::move(entry);
}

struct Batch {
  std::uint64_t first = 0;
  std::vector<Item> items;
  std::atomic<std::size_t> next{0};  // the first item that nobody has taken
  std::size_t checked = 0;           // this and the next only under the mutex of Checkers
  std::exception_ptr failure;
};

// Checks batches on every core, oldest first. Whoever waits for one helps with it.
class Checkers {
 public:
  explicit Checkers(std::uint64_t signatures_from) : signatures_from_(signatures_from) {}

  void add(const std::shared_ptr<Batch>& batch) {
    {
      const std::lock_guard lock(mutex_);
      waiting_.push_back(batch);
    }
    added_.notify_all();
    const auto cores = std::max(1U, std::thread::hardware_concurrency());
    while (batch->items.size() >= kWorthThreads && helpers_.size() + 1 < cores)
      helpers_.emplace_back([this](const std::stop_token& stop) { help(stop); });
  }

  void finish(Batch& batch) {
    work(batch);
    std::unique_lock lock(mutex_);
    std::erase_if(waiting_, [&](const auto& other) { return other.get() == &batch; });
    finished_.wait(lock, [&] { return batch.checked == batch.items.size(); });
    if (batch.failure) std::rethrow_exception(batch.failure);
  }

 private:
  void work(Batch& batch) {
    std::size_t done = 0;
    std::exception_ptr failure;
    for (auto index = batch.next++; index < batch.items.size(); index = batch.next++, ++done) {
      try {
        check(batch.items[index], batch.first + index >= signatures_from_);
      } catch (...) {
        failure = std::current_exception();
      }
    }
    const std::lock_guard lock(mutex_);
    batch.checked += done;
    if (failure) batch.failure = failure;
    if (batch.checked == batch.items.size()) finished_.notify_all();
  }

  void help(const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    while (added_.wait(lock, stop, [&] { return !waiting_.empty(); })) {
      const auto batch = waiting_.front();
      if (batch->next >= batch->items.size()) {
        waiting_.pop_front();
        continue;
      }
      lock.unlock();
      work(*batch);
      lock.lock();
    }
  }

  std::uint64_t signatures_from_;
  std::mutex mutex_;
  std::condition_variable_any added_;
  std::condition_variable_any finished_;
  std::deque<std::shared_ptr<Batch>> waiting_;
  std::vector<std::jthread> helpers_;  // the last member: they end before what they use
};

std::shared_ptr<Batch> read(ports::LedgerStore& store, std::uint64_t first, std::uint64_t end) {
  auto batch = std::make_shared<Batch>();
  batch->first = first;
  batch->items.reserve(kBatchEntries);
  std::size_t bytes = 0;
  store.read(first, std::min<std::uint64_t>(end, first + kBatchEntries), [&](std::uint64_t, std::string_view entry) {
    batch->items.push_back({std::string(entry), {}, {}, {}});
    bytes += entry.size();
    return bytes < kBatchBytes;
  });
  if (batch->items.empty()) throw Broken("the store ends before the size that it gave", Exit::ledger);
  return batch;
}

}  // namespace

void read_into(Replay& replay, ports::LedgerStore& store, std::uint64_t end, std::uint64_t signatures_from, bool bulk,
               const std::function<void(std::uint64_t)>& progress) {
  Checkers checkers(signatures_from);
  std::deque<std::shared_ptr<Batch>> ahead;
  auto saved = replay.size();
  for (auto next = replay.size(); next < end || !ahead.empty();) {
    if (next < end && ahead.size() <= kBatchesAhead) {
      ahead.push_back(read(store, next, end));
      next += ahead.back()->items.size();
      checkers.add(ahead.back());
      continue;
    }
    const auto batch = std::move(ahead.front());
    ahead.pop_front();
    checkers.finish(*batch);
    for (auto& item : batch->items) {
      if (item.entry) {
        replay.apply(*item.entry, item.leaf);
      } else {
        replay.apply_void(item.leaf, std::move(item.fault));
      }
      item.entry.reset();
    }
    if (bulk && (replay.size() - saved >= kEntriesASave || replay.size() == end)) {
      replay.save(true);
      saved = replay.size();
    }
    if (progress) progress(replay.size());
  }
}

}  // namespace blc::approval
