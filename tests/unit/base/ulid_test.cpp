#include "core/base/ulid.hpp"

#include <algorithm>
#include <random>
#include <span>

#include <gtest/gtest.h>

namespace blc {
namespace {

Timestamp at(std::int64_t milliseconds) { return Timestamp{Milliseconds{milliseconds}}; }

TEST(Ulid, ReadsTheExampleOfTheSpecification) {
  // github.com/ulid/spec: 01ARZ3NDEKTSV4RRFFQ69G5FAV was made at 1469922850259 ms.
  const auto ulid = Ulid::parse("01ARZ3NDEKTSV4RRFFQ69G5FAV");
  ASSERT_TRUE(ulid);
  EXPECT_EQ(ulid->time(), at(1469922850259));
  EXPECT_EQ(ulid->str(), "01ARZ3NDEKTSV4RRFFQ69G5FAV");
}

TEST(Ulid, CoversTheWholeRange) {
  EXPECT_EQ(Ulid().str(), std::string(26, '0'));
  std::array<std::uint8_t, 16> most{};
  most.fill(0xFF);
  EXPECT_EQ(Ulid(most).str(), "7" + std::string(25, 'Z'));
  EXPECT_EQ(Ulid::parse("7" + std::string(25, 'Z')), Ulid(most));
}

TEST(Ulid, RefusesEveryOtherText) {
  for (const std::string text :
       {"", "01ARZ3NDEKTSV4RRFFQ69G5FA", "01ARZ3NDEKTSV4RRFFQ69G5FAVX", "01arz3ndektsv4rrffq69g5fav",
        "01ARZ3NDEKTSV4RRFFQ69G5FAI", "01ARZ3NDEKTSV4RRFFQ69G5FAL", "01ARZ3NDEKTSV4RRFFQ69G5FAO",
        "01ARZ3NDEKTSV4RRFFQ69G5FAU", "81ARZ3NDEKTSV4RRFFQ69G5FAV", "01ARZ3NDEKTSV4RRFFQ69G5FA ",
        "01ARZ3NDEKTSV4RRFFQ69G5F-V"})
    EXPECT_FALSE(Ulid::parse(text)) << text;
}

TEST(Ulid, RoundTripsAndSortsAsItsText) {
  std::mt19937 random(128);
  Ulid before;
  for (int i = 0; i < 1000; ++i) {
    std::array<std::uint8_t, 16> bytes{};
    for (auto& byte : bytes) byte = static_cast<std::uint8_t>(random());
    const Ulid ulid(bytes);
    EXPECT_EQ(Ulid::parse(ulid.str()), ulid);
    EXPECT_EQ(ulid < before, ulid.str() < before.str());
    before = ulid;
  }
}

TEST(UlidSource, GrowsStrictlyWhateverTheClockAndTheRandomnessDo) {
  const std::vector<std::int64_t> clock{1000, 1000, 1000, 999, 0, -5, 1001, 1001};
  for (const std::uint8_t filling : {std::uint8_t{0}, std::uint8_t{0x7F}, std::uint8_t{0xFF}}) {
    UlidSource source([&](std::uint8_t* out, std::size_t size) { std::fill_n(out, size, filling); });
    Ulid last;
    for (const auto milliseconds : clock) {
      const auto next = source.next(at(milliseconds));
      EXPECT_GT(next, last) << milliseconds;
      last = next;
    }
  }
}

TEST(UlidSource, TakesTimeAndRandomnessFromWhereItIsTold) {
  UlidSource source([](std::uint8_t* out, std::size_t size) {
    ASSERT_EQ(size, 10U);
    std::fill_n(out, size, std::uint8_t{0xAB});
  });
  const auto ulid = source.next(at(1469922850259));
  EXPECT_EQ(ulid.time(), at(1469922850259));
  EXPECT_TRUE(std::ranges::all_of(std::span(ulid.bytes()).subspan(6), [](auto byte) { return byte == 0xAB; }));
}

TEST(Id, ParsesAndShowsItsSuffix) {
  const auto run = RunId::parse("01ARZ3NDEKTSV4RRFFQ69G5FAV");
  ASSERT_TRUE(run);
  EXPECT_EQ(run->str(), "01ARZ3NDEKTSV4RRFFQ69G5FAV");
  EXPECT_EQ(run->suffix(), "9G5FAV");
  EXPECT_FALSE(RunId::parse("9G5FAV"));
  static_assert(!std::is_convertible_v<RunId, EntryId>);
}

}  // namespace
}  // namespace blc
