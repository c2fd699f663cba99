#include "core/approval/verify.hpp"

#include <atomic>
#include <string>
#include <thread>
#include <vector>

namespace blc::approval {

namespace {

constexpr std::size_t kBatchEntries = 1024;
constexpr std::size_t kBatchBytes = 8U << 20U;
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

void check_all(std::vector<Item>& items, std::uint64_t first, std::uint64_t signatures_from) {
  std::atomic<std::size_t> next{0};
  const auto work = [&] {
    for (auto index = next++; index < items.size(); index = next++) check(items[index], first + index >= signatures_from);
  };
  std::vector<std::jthread> helpers;
  const auto cores = std::max(1U, std::thread::hardware_concurrency());
  for (unsigned core = 1; items.size() >= kWorthThreads && core < cores; ++core) helpers.emplace_back(work);
  work();
}

}  // namespace

void read_into(Replay& replay, ports::LedgerStore& store, std::uint64_t end, std::uint64_t signatures_from, bool bulk,
               const std::function<void(std::uint64_t)>& progress) {
  while (replay.size() < end) {
    const auto first = replay.size();
    std::vector<Item> items;
    std::size_t bytes = 0;
    store.read(first, std::min<std::uint64_t>(end, first + kBatchEntries), [&](std::uint64_t, std::string_view entry) {
      items.push_back({std::string(entry), {}, {}, {}});
      bytes += entry.size();
      return bytes < kBatchBytes;
    });
    if (items.empty()) throw Broken("the store ends before the size that it gave", Exit::ledger);
    check_all(items, first, signatures_from);
    for (auto& item : items) {
      if (item.entry) {
        replay.apply(*item.entry, item.leaf);
      } else {
        replay.apply_void(item.leaf, std::move(item.fault));
      }
    }
    if (bulk) replay.save(true);
    if (progress) progress(replay.size());
  }
}

}  // namespace blc::approval
