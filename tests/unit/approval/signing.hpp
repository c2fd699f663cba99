// Short words for tests that sign, order and claim past every check.
#pragma once
#include <stdexcept>
#include <string>

#include "core/approval/bodies.hpp"
#include "core/crypto/digest.hpp"
#include "core/ledger/tree.hpp"
#include "support/world.hpp"

namespace blc::approval {

using testing::World;

inline const verb::Values kClient{{"client", "C-1042"}};
inline const verb::Values kMonth{{"month", "2026-10"}};

// From the policies of the sample practice: restricted data stays in production, stand-ins serve elsewhere. And: none do.
inline const std::string kRestricted = "restricted: {verbs: clinical, environments: [production], stand-ins: [local, integration, staging]}";
inline const std::string kShut = "restricted: {verbs: clinical, environments: [production], stand-ins: []}";

// Throws where `what` is not there.
inline void replace(std::string& text, const std::string& what, const std::string& by) {
  const auto at = text.find(what);
  if (at == std::string::npos) throw std::logic_error("not there: " + what);
  text.replace(at, what.size(), by);
}

// Clinical, staging: one slot, for ben or cleo.
inline RunId one_slot(World& world) { return world.planned("report make", kClient, Environment::staging); }
// Clinical, rehearsed in local: two slots, for ben and for cleo.
inline RunId two_slots(World& world) { return world.planned("report make", kClient, Environment::local, true); }

inline std::uint64_t sign(World& world, const std::string& name, const RunId& run, Act act = Act::approve,
                          const World::Raw& raw = World::Raw()) {
  return world.append_raw(name, ledger::Kind::approval, world.scope(run),
                          approval_body(act, world.run(run).plan->digest, nullptr), raw);
}
// Signed, and kept back.
inline std::string withheld(World& world, const std::string& name, const RunId& run, Act act = Act::approve,
                            const World::Raw& raw = World::Raw()) {
  return world.sign_raw(name, ledger::Kind::approval, world.scope(run),
                        approval_body(act, world.run(run).plan->digest, nullptr), raw);
}
inline std::uint64_t order(World& world, const std::string& name, const RunId& run, bool withdrawn = false,
                           const World::Raw& raw = World::Raw()) {
  return world.append_raw(name, ledger::Kind::order, world.scope(run),
                          order_body(world.run(run).plan->digest, withdrawn), raw);
}
// Orders the run for a time.
inline std::uint64_t order_for(World& world, const std::string& name, const RunId& run, Timestamp not_before) {
  return world.append_raw(name, ledger::Kind::order, world.scope(run),
                          order_body(world.run(run).plan->digest, false, not_before));
}
// Claims on the order at that leaf.
inline std::uint64_t claim(World& world, const RunId& run, std::uint64_t order_leaf,
                           const std::string& name = "machine", const World::Raw& raw = World::Raw()) {
  return world.append_raw(
      name, ledger::Kind::claim, world.scope(run),
      claim_body(world.run(run).plan->digest, ledger::leaf_hash(world.store.entries.at(order_leaf))), raw);
}

// What a client remembers that verified the ledger as it stands, and ended.
inline testing::FakeHeadMemory remembered(World& world) {
  testing::FakeHeadMemory memory;
  Log log(world.store, memory, world.clock, world.random, world.pin());
  testing::must(log.refresh());
  return memory;
}

// "void: ... why ..." and the like.
inline ::testing::AssertionResult stands(World& world, std::uint64_t leaf, const std::string& how) {
  const auto standing = world.standing(leaf);
  if (standing.starts_with(how.substr(0, how.find(':'))) &&
      (how.find(':') == std::string::npos || standing.find(how.substr(how.find(':') + 2)) != std::string::npos))
    return ::testing::AssertionSuccess();
  return ::testing::AssertionFailure() << "entry " << leaf << " is " << standing << ", not " << how;
}

}  // namespace blc::approval
