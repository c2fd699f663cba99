#include "core/approval/slots.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <random>
#include <set>

#include "core/crypto/service_key.hpp"

namespace blc::approval {
namespace {

crypto::PublicKey fresh_key() { return crypto::ServiceKey::generate().first->key(); }

std::size_t filled(const std::vector<std::optional<std::size_t>>& matching) {
  return static_cast<std::size_t>(std::ranges::count_if(matching, [](const auto& index) { return index.has_value(); }));
}

// The most slots that can be filled, by trying everything: each person for slot 0, or nobody, and so on.
std::size_t most(const std::vector<policy::Slot>& slots, const std::vector<Candidate>& candidates, std::size_t slot,
                 const std::set<std::string>& used) {
  if (slot == slots.size()) return 0;
  auto best = most(slots, candidates, slot + 1, used);
  for (const auto& candidate : candidates) {
    if (used.contains(candidate.person) || !fits(slots[slot], candidate.roles) || !shows(slots[slot], candidate.shown))
      continue;
    auto with = used;
    with.insert(candidate.person);
    best = std::max(best, 1 + most(slots, candidates, slot + 1, with));
  }
  return best;
}

// Every filled slot is filled by somebody who fits, and nobody fills two.
void expect_sound(const std::vector<policy::Slot>& slots, const std::vector<Candidate>& candidates,
                  const std::vector<std::optional<std::size_t>>& matching) {
  ASSERT_EQ(matching.size(), slots.size());
  std::set<std::string> people;
  std::set<crypto::PublicKey> keys;
  for (std::size_t slot = 0; slot < slots.size(); ++slot) {
    if (!matching[slot]) continue;
    const auto& candidate = candidates.at(*matching[slot]);
    EXPECT_TRUE(fits(slots[slot], candidate.roles));
    EXPECT_TRUE(shows(slots[slot], candidate.shown));
    EXPECT_TRUE(people.insert(candidate.person).second);
    EXPECT_TRUE(keys.insert(candidate.key).second);
  }
}

TEST(Slots, AreFilledAsFullyAsTryingEverythingCould) {
  std::mt19937 random(7);
  const std::vector<std::string> roles{"a", "b", "c", "d"};
  const auto some = [&](unsigned least) {
    std::vector<std::string> picked;
    while (picked.size() < least || (picked.size() < roles.size() && random() % 3 == 0)) {
      const auto& role = roles[random() % roles.size()];
      if (std::ranges::find(picked, role) == picked.end()) picked.push_back(role);
    }
    return picked;
  };
  std::vector<crypto::PublicKey> keys;
  for (int i = 0; i < 6; ++i) keys.push_back(fresh_key());
  for (int round = 0; round < 3000; ++round) {
    std::vector<policy::Slot> slots;
    for (auto count = random() % 5; count > 0; --count) slots.push_back({"s" + std::to_string(count), some(1), static_cast<policy::Hardware>(random() % 3), random() % 4 == 0});
    std::vector<Candidate> candidates;
    for (auto count = random() % 6; count > 0; --count)
      candidates.push_back({"p" + std::to_string(count), keys[count - 1], some(0), {random() % 3 > 0, random() % 2 > 0, random() % 2 > 0}});
    const auto matching = match(slots, candidates);
    expect_sound(slots, candidates, matching);
    ASSERT_EQ(filled(matching), most(slots, candidates, 0, {})) << "round " << round;
  }
}

TEST(Slots, AreFilledAlikeInWhateverOrderPeopleSign) {
  const std::vector<policy::Slot> slots{
      {"lead", {"lead", "officer"}}, {"officer", {"officer"}}, {"manager", {"manager", "lead"}}};
  std::vector<Candidate> people{{"ben", fresh_key(), {"lead"}},
                                {"cleo", fresh_key(), {"officer"}},
                                {"dora", fresh_key(), {"officer", "manager"}},
                                {"emil", fresh_key(), {}}};
  std::ranges::sort(people, {}, &Candidate::person);
  do {
    const auto matching = match(slots, people);
    expect_sound(slots, people, matching);
    EXPECT_EQ(filled(matching), 3U);
  } while (std::ranges::next_permutation(people, {}, &Candidate::person).found);
}

TEST(Slots, AreNotFilledTwiceByOnePerson) {
  const std::vector<policy::Slot> slots{{"one", {"lead"}}, {"two", {"lead", "officer"}}};
  EXPECT_EQ(filled(match(slots, {{"ben", fresh_key(), {"lead", "officer"}}})), 1U);
  EXPECT_EQ(filled(match(slots, {{"ben", fresh_key(), {"lead"}}, {"ben", fresh_key(), {"officer"}}})), 1U);
}

TEST(Slots, AreNotFilledTwiceByOneKey) {
  const std::vector<policy::Slot> slots{{"one", {"lead"}}, {"two", {"lead"}}};
  const auto key = fresh_key();
  EXPECT_EQ(filled(match(slots, {{"ben", key, {"lead"}}, {"eve", key, {"lead"}}})), 1U);
  EXPECT_EQ(filled(match(slots, {{"ben", key, {"lead"}}, {"eve", fresh_key(), {"lead"}}})), 2U);
}

TEST(Slots, MoveOverForWhoTouchedNothing) {
  // dora, who touched her key, leaves the slot that asks for nothing to ben, who did not.
  const std::vector<policy::Slot> slots{{"either", {"lead"}}, {"touched", {"lead"}, policy::Hardware::touch}};
  const Candidate dora{"dora", fresh_key(), {"lead"}, {true, false}};
  const Candidate ben{"ben", fresh_key(), {"lead"}, {}};
  EXPECT_EQ(filled(match(slots, {dora, ben})), 2U);
  EXPECT_EQ(filled(match(slots, {ben, dora})), 2U);
  EXPECT_EQ(filled(match(slots, {ben})), 1U);
}

TEST(Slots, StayOpenWithoutAFittingRole) {
  EXPECT_EQ(filled(match({{"one", {"lead"}}}, {{"ben", fresh_key(), {"leader"}}, {"cleo", fresh_key(), {}}})), 0U);
  EXPECT_TRUE(match({}, {{"ben", fresh_key(), {"lead"}}}).empty());
}

}  // namespace
}  // namespace blc::approval
