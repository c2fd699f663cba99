#include "support/fakes.hpp"

namespace blc::testing {

void FakeRandomness::fill(std::uint8_t* to, std::size_t size) {
  for (std::size_t i = 0; i < size; ++i) {  // splitmix64, Steele et al. 2014
    state_ += 0x9E3779B97F4A7C15ULL;
    auto mixed = state_;
    mixed = (mixed ^ (mixed >> 30U)) * 0xBF58476D1CE4E5B9ULL;
    mixed = (mixed ^ (mixed >> 27U)) * 0x94D049BB133111EBULL;
    to[i] = static_cast<std::uint8_t>(mixed >> 33U);
  }
}

ports::Appended FakeStore::append(std::uint64_t index, std::string_view entry,
                                  std::span<const ports::SealedBlob> blobs) {
  if (before_append) std::exchange(before_append, nullptr)();
  auto fault = Fault::none;
  if (!faults.empty()) {
    fault = faults.front();
    faults.pop_front();
  }
  if (fault == Fault::fails) throw Broken("disk full");
  if (index != entries.size()) return ports::Appended::conflict;
  entries.emplace_back(entry);
  for (const auto& blob : blobs) blobs_.emplace(blob.digest, blob.bytes);
  if (fault == Fault::fails_but_persists) throw Broken("the answer was lost");
  return ports::Appended::yes;
}

void FakeStore::read(std::uint64_t first, std::uint64_t end,
                     const std::function<bool(std::uint64_t, std::string_view)>& each) {
  for (auto index = first; index < end && index < entries.size(); ++index) {
    if (!each(index, entries[index])) return;
  }
}

std::optional<std::string> FakeStore::sealed(const Digest& digest) {
  const auto found = blobs_.find(digest);
  return found == blobs_.end() ? std::nullopt : std::optional(found->second);
}

void FakeJournal::append(std::string_view line) {
  if (before_append) before_append(line);
  if (fail_after == 0) throw Broken("the journal's disk is full");
  if (fail_after > 0) --fail_after;
  written.emplace_back(line);
}

Result<> FakeJournal::each_line(const std::function<Result<>(std::string_view line)>& take) {
  if (missing) return fail(Exit::refused, "the journal is missing");
  for (const auto& line : written) BLC_CHECK(take(line));
  return {};
}

}  // namespace blc::testing
