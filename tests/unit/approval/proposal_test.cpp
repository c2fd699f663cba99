// Who may change root and catalog: what people do through the desk, and what an attacker writes into the ledger himself.
#include "core/approval/proposal.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/approval/admin_desk.hpp"
#include "signing.hpp"

namespace blc::approval {
namespace {

using namespace std::chrono_literals;
using ledger::Kind;
using testing::must;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

using Change = std::function<void(trust::RootContent&)>;

class Proposals : public ::testing::Test {
 protected:
  AdminDesk desk(const std::string& name) { return must(AdminDesk::open(world.log(), world.key(name))); }
  [[nodiscard]] const trust::Root& root() {
    must(world.log().refresh());
    return *world.log().replay().root();
  }
  static AdminDesk::RootChange always(const Change& change) {
    return [change](trust::RootContent& content) -> Result<> {
      change(content);
      return {};
    };
  }
  Changed change(const std::string& name, const Change& what) { return must(desk(name).change_root(always(what))); }
  Change enrols(const std::string& name, const std::string& role = "clinician") {
    return [this, name, role](auto& content) {
      content.principals.push_back({name, trust::PrincipalKind::person, {role}, {world.key(name).key()}, {}});
    };
  }
  static Change gives(const std::string& name, const std::string& role) {
    return [name, role](auto& content) { testing::principal(content.principals, name).roles = {role}; };
  }
  static Change asks_for(std::uint64_t threshold) {
    return [threshold](auto& content) { content.admin_threshold = threshold; };
  }
  void make_admin(const std::string& name) {
    const auto proposed = change("ana", gives(name, "admin"));
    if (proposed.in_force || !accept(world.log(), world.key(name), *proposed.proposal)) throw std::logic_error("not made an admin: " + name);
  }
  // ana, ben and dora are admins, and two of them must sign.
  void two_of_three() {
    make_admin("ben");
    make_admin("dora");
    const auto proposed = change("ana", asks_for(2));
    if (!must(desk("ben").approve(*proposed.proposal)).in_force) throw std::logic_error("the threshold is as it was");
  }
  void make_no_admin(const std::string& name) {
    const auto proposed = change("ben", gives(name, "clinician"));
    if (!must(desk("dora").approve(*proposed.proposal)).in_force) throw std::logic_error("still an admin: " + name);
  }
  [[nodiscard]] ProposalStatus status(const LeafHash& hash) {
    must(world.log().refresh());
    const auto& replay = world.log().replay();
    return weigh(replay.trust(), *must(find_proposal(replay, hash)), replay.size(), world.clock.now());
  }
  [[nodiscard]] trust::Root next(const Change& what) { return must(root().next(what)); }
  // What an attacker signs and stores himself.
  LeafHash proposes(const std::string& name, const trust::Root& next, std::optional<Timestamp> at = {}) {
    const trust::Proposal proposal(next, world.clock.now() + 24h);
    world.append_raw(name, Kind::proposal, {}, proposal.to_json(), {.at = at});
    return ledger::leaf_hash(world.store.entries.back());
  }
  std::uint64_t decides(const std::string& name, Act act, const LeafHash& proposal, const World::Raw& raw = {}) {
    return world.append_raw(name, Kind::approval, {}, decision_body(act, proposal, {}), raw);
  }
  std::uint64_t accepts(const std::string& name, const LeafHash& proposal) {
    return world.append_raw(name, Kind::accept, {}, acceptance_body(proposal), {.by = name});
  }
  std::string adopts(const std::string& name, const trust::Root& next, const Citation& citation) {
    return world.standing(world.append_raw(name, Kind::root, {}, adopting_body(next.to_json(), citation)));
  }
  [[nodiscard]] LeafHash hash_of(std::uint64_t leaf) const { return ledger::leaf_hash(world.store.entries.at(leaf)); }

  World world;
};

TEST_F(Proposals, AreNotNeededForWhatOneAdminMayDoAlone) {
  EXPECT_TRUE(change("ana", enrols("eli")).in_force);
  EXPECT_NE(root().find("eli"), nullptr);
  EXPECT_EQ(*root().expires(), world.clock.now() + trust::kRootLifetime);
}

TEST_F(Proposals, AwaitTheKeyThatBecomesAnAdmins) {
  const auto proposed = change("ana", gives("ben", "admin"));
  ASSERT_FALSE(proposed.in_force);
  EXPECT_THAT(status(*proposed.proposal).open_to, ElementsAre("ben"));
  EXPECT_EQ(accept(world.log(), world.key("cleo"), *proposed.proposal).error().code, Exit::refused);
  EXPECT_FALSE(root().find("ben")->has_role("admin"));
  EXPECT_TRUE(must(accept(world.log(), world.key("ben"), *proposed.proposal)).in_force);
  EXPECT_TRUE(root().find("ben")->has_role("admin"));
  EXPECT_EQ(accept(world.log(), world.key("ben"), *proposed.proposal).error().code, Exit::ended);
}

TEST_F(Proposals, AreAcceptedByKeysThatNobodyHoldsYet) {
  const auto proposed = change("ana", enrols("eve", "admin"));
  EXPECT_EQ(AdminDesk::open(world.log(), world.key("eve")).error().code, Exit::authentication);
  EXPECT_TRUE(must(accept(world.log(), world.key("eve"), *proposed.proposal)).in_force);
  EXPECT_TRUE(must(AdminDesk::open(world.log(), world.key("eve"))).name() == "eve");
  EXPECT_THAT(world.told().void_entries(), IsEmpty());
}

TEST_F(Proposals, TakeAsManySignaturesAsBeforeAndAsAfter) {
  make_admin("ben");
  const auto raised = change("ana", asks_for(2));
  EXPECT_EQ(status(*raised.proposal).needed, 1U);
  EXPECT_EQ(status(*raised.proposal).needed_next, 2U);
  EXPECT_TRUE(must(desk("ben").approve(*raised.proposal)).in_force);
  // And down again: the two that stand before.
  const auto lowered = change("ana", asks_for(1));
  EXPECT_FALSE(lowered.in_force);
  EXPECT_EQ(root().admin_threshold(), 2U);
  EXPECT_TRUE(must(desk("ben").approve(*lowered.proposal)).in_force);
  EXPECT_EQ(root().admin_threshold(), 1U);
}

TEST_F(Proposals, AreNotSignedByPeopleWhoAreNoAdmins) {
  two_of_three();
  const auto proposed = change("ana", enrols("eli"));
  EXPECT_EQ(desk("cleo").approve(*proposed.proposal).error().code, Exit::refused);
  EXPECT_EQ(desk("cleo").reject(*proposed.proposal, "no").error().code, Exit::refused);
  EXPECT_EQ(desk("cleo").change_root(always(enrols("eli"))).error().code, Exit::refused);
  EXPECT_EQ(desk("cleo").adopt_catalog({}).error().code, Exit::refused);
  EXPECT_EQ(desk("ana").approve(*proposed.proposal).error().code, Exit::refused);  // twice
}

TEST_F(Proposals, EndWhenAnAdminRejectsThem) {
  two_of_three();
  const auto proposed = change("ana", enrols("eli"));
  ASSERT_TRUE(desk("dora").reject(*proposed.proposal, "who is that?"));
  EXPECT_EQ(status(*proposed.proposal).state, ProposalStatus::State::rejected);
  EXPECT_EQ(desk("ben").approve(*proposed.proposal).error().code, Exit::ended);
}

TEST_F(Proposals, CountNoSignatureThatWasTakenBack) {
  two_of_three();
  const auto proposed = change("ana", enrols("eli"));
  ASSERT_TRUE(desk("ana").withdraw(*proposed.proposal));
  EXPECT_EQ(desk("ana").withdraw(*proposed.proposal).error().code, Exit::refused);
  EXPECT_FALSE(must(desk("ben").approve(*proposed.proposal)).in_force);
  EXPECT_THAT(status(*proposed.proposal).signed_by, ElementsAre("ben"));
  EXPECT_TRUE(must(desk("ana").approve(*proposed.proposal)).in_force);
}

TEST_F(Proposals, ExpireAtTheirDeadline) {
  two_of_three();
  const auto proposed = must(desk("ana").change_root(always(enrols("eli")), 2h));
  world.clock.advance(3h);
  EXPECT_EQ(status(*proposed.proposal).state, ProposalStatus::State::expired);
  EXPECT_EQ(desk("ben").approve(*proposed.proposal).error().code, Exit::ended);
  const auto leaf = decides("ben", Act::approve, *proposed.proposal);
  EXPECT_THAT(world.standing(leaf), StartsWith("late"));
}

TEST_F(Proposals, AreOvertakenByTheChangeThatComesFirst) {
  two_of_three();
  const auto one = change("ana", enrols("eli"));
  const auto other = change("ben", enrols("fay"));
  EXPECT_TRUE(must(desk("dora").approve(*other.proposal)).in_force);
  EXPECT_EQ(desk("dora").approve(*one.proposal).error().code, Exit::ended);
  EXPECT_THAT(world.log().replay().proposals(), IsEmpty());
  EXPECT_THAT(world.standing(decides("dora", Act::approve, *one.proposal)), StartsWith("late"));
}

TEST_F(Proposals, OfACatalogAreSignedLikeRoots) {
  two_of_three();
  auto files = world.log().replay().catalog()->files();
  files.at("policies/approvals.yaml") += "# more\n";
  const auto proposed = must(desk("ana").adopt_catalog(files));
  EXPECT_FALSE(proposed.in_force);
  EXPECT_EQ(status(*proposed.proposal).needed_next, 0U);
  EXPECT_TRUE(must(desk("dora").approve(*proposed.proposal)).in_force);
  EXPECT_EQ(world.log().replay().catalog()->version(), 2U);
  EXPECT_EQ(world.log().replay().trust().catalog_adoption(world.store.size())->under, 2U);
}

TEST_F(Proposals, LoseTheSignaturesOfWhoIsRemovedAtOnce) {
  two_of_three();
  auto files = world.log().replay().catalog()->files();
  files.at("policies/approvals.yaml") += "# more\n";
  const auto proposed = must(desk("ana").adopt_catalog(files));
  make_no_admin("ana");
  EXPECT_THAT(status(*proposed.proposal).signed_by, IsEmpty());
  EXPECT_FALSE(must(desk("ben").approve(*proposed.proposal)).in_force);
  EXPECT_TRUE(must(desk("dora").approve(*proposed.proposal)).in_force);
}

TEST_F(Proposals, AreSignedAnewWithTheKeyThatTookTheFirstOnesPlace) {
  two_of_three();
  auto files = world.log().replay().catalog()->files();
  files.at("policies/approvals.yaml") += "# more\n";
  const auto proposed = must(desk("ana").adopt_catalog(files));
  const auto rotated = change("ben", [this](auto& content) { testing::principal(content.principals, "ana").keys = {world.key("new").key()}; });
  must(desk("dora").approve(*rotated.proposal));
  ASSERT_TRUE(must(accept(world.log(), world.key("new"), *rotated.proposal)).in_force);
  EXPECT_THAT(status(*proposed.proposal).signed_by, IsEmpty());
  EXPECT_FALSE(must(desk("new").approve(*proposed.proposal)).in_force);
  EXPECT_THAT(status(*proposed.proposal).signed_by, ElementsAre("ana"));
  EXPECT_TRUE(must(desk("ben").approve(*proposed.proposal)).in_force);
}

TEST_F(Proposals, TakeTheRecoveryKeyForAnAdminWhoIsLostAndServeNothingByIt) {
  make_admin("ben");
  const auto kept = change("ana", enrols("safe", "recovery"));
  ASSERT_TRUE(must(accept(world.log(), world.key("safe"), *kept.proposal)).in_force);
  ASSERT_TRUE(must(desk("ben").approve(*change("ana", asks_for(2)).proposal)).in_force);
  // ana is lost. The recovery key signs with ben that eve takes her place.
  const auto proposed = change("ben", [&](auto& content) {
    std::erase_if(content.principals, [](const auto& principal) { return principal.name == "ana"; });
    enrols("eve", "admin")(content);
  });
  ASSERT_FALSE(must(accept(world.log(), world.key("eve"), *proposed.proposal)).in_force);
  ASSERT_TRUE(must(desk("safe").approve(*proposed.proposal)).in_force);
  const auto& trust = world.log().replay().trust();
  EXPECT_TRUE(trust.root_adoption(world.store.size())->recovery);
  EXPECT_EQ(trust.root_adoption(world.store.size())->under, 1U);  // ben alone
  EXPECT_EQ(desk("safe").adopt_catalog({}).error().code, Exit::refused);
  ASSERT_TRUE(must(desk("eve").approve(*change("ben", [](auto&) {}).proposal)).in_force);
  EXPECT_EQ(trust.root_adoption(world.store.size())->under, 2U);
  EXPECT_FALSE(trust.root_adoption(world.store.size())->recovery);
}

TEST_F(Proposals, AreTheSameToWhoReadsTheLedgerAnew) {
  two_of_three();
  const auto proposed = change("ana", enrols("eli"));
  const auto told = world.told();
  ASSERT_EQ(told.proposals().size(), 1U);
  EXPECT_EQ(told.proposals().front().hash, *proposed.proposal);
}

// --- what an attacker writes --------------------------------------------------------------------------------------

TEST_F(Proposals, RootsSignedByOneWhereTwoMustAreVoid) {
  two_of_three();
  const auto wanted = next(enrols("eli"));
  EXPECT_THAT(world.standing(world.append_raw("ana", Kind::root, {}, wanted.to_json())), HasSubstr("2 admins must sign it"));
}

TEST_F(Proposals, RootsThatCiteOneSignatureAreVoid) {
  two_of_three();
  const auto wanted = next(enrols("eli"));
  const auto proposal = proposes("ana", wanted);
  EXPECT_THAT(adopts("ana", wanted, {proposal, {proposal}}), HasSubstr("1 of 2 admins has signed"));
}

TEST_F(Proposals, RootsSignedTwiceByOnePersonAreVoid) {
  two_of_three();
  const auto wanted = next(enrols("eli"));
  const auto proposal = proposes("ana", wanted);
  const auto again = hash_of(decides("ana", Act::approve, proposal));
  EXPECT_THAT(adopts("ana", wanted, {proposal, {proposal, again}}), HasSubstr("1 of 2 admins has signed"));
}

TEST_F(Proposals, RootsSignedOnlyByTheNewThresholdAreVoid) {
  two_of_three();
  const auto wanted = next(asks_for(1));
  const auto proposal = proposes("ana", wanted);
  EXPECT_THAT(adopts("ana", wanted, {proposal, {proposal}}), StartsWith("void"));
}

TEST_F(Proposals, RootsSignedOnlyByTheOldThresholdAreVoid) {
  make_admin("ben");
  const auto wanted = next(asks_for(2));
  const auto proposal = proposes("ana", wanted);
  EXPECT_THAT(adopts("ana", wanted, {proposal, {proposal}}), HasSubstr("1 of the 2 who must sign from then on"));
}

TEST_F(Proposals, RootsWithOtherWordsThanWereProposedAreVoid) {
  two_of_three();
  const auto proposal = proposes("ana", next(enrols("eli")));
  const auto signature = hash_of(decides("ben", Act::approve, proposal));
  EXPECT_THAT(adopts("ana", next(enrols("mallory")), {proposal, {proposal, signature}}), HasSubstr("something else"));
  EXPECT_EQ(adopts("ana", next(enrols("eli")), {proposal, {proposal, signature}}), "counts");
}

TEST_F(Proposals, RootsThatCiteWhatIsNotThereAreVoid) {
  two_of_three();
  const auto wanted = next(enrols("eli"));
  const auto proposal = proposes("ana", wanted);
  const auto signature = hash_of(decides("ben", Act::approve, proposal));
  EXPECT_THAT(adopts("ana", wanted, {proposal, {proposal}}), HasSubstr("other signatures"));
  EXPECT_THAT(adopts("ana", wanted, {signature, {proposal, signature}}), HasSubstr("over, or never was"));
  EXPECT_THAT(adopts("ana", wanted, {proposal, {proposal, signature, signature}}), HasSubstr("other signatures"));
}

TEST_F(Proposals, ThatMakeAKeyAnAdminsWithoutItsWordAreVoidWhenAdopted) {
  const auto wanted = next(gives("ben", "admin"));
  EXPECT_THAT(world.standing(world.append_raw("ana", Kind::root, {}, wanted.to_json())), HasSubstr("has not accepted that"));
  const auto proposal = proposes("ana", wanted);
  EXPECT_THAT(adopts("ana", wanted, {proposal, {proposal}}), HasSubstr("still to accept: ben"));
  EXPECT_THAT(world.standing(accepts("cleo", proposal)), StartsWith("void"));
  EXPECT_THAT(world.standing(accepts("mallory", proposal)), HasSubstr("did not hold this key"));
}

TEST_F(Proposals, ByPeopleWhoAreNoAdminsAreVoid) {
  EXPECT_THAT(world.standing(world.append_raw("ben", Kind::proposal, {}, trust::Proposal(next(gives("ben", "admin")), world.clock.now() + 1h).to_json())),
              HasSubstr("no admin"));
  const auto proposal = proposes("ana", next(gives("ben", "admin")));
  EXPECT_THAT(world.standing(decides("ben", Act::approve, proposal)), HasSubstr("no admin"));
  EXPECT_THAT(world.standing(decides("machine", Act::approve, proposal)), HasSubstr("services"));
}

TEST_F(Proposals, ThatSkipOrRepeatAVersionDoNotCount) {
  two_of_three();
  const auto version = root().version();
  const auto at = [&](std::uint64_t wanted) {
    auto content = root().content();
    content.version = wanted;
    return world.standing(world.append_raw("ana", Kind::proposal, {}, trust::Proposal(must(trust::Root::make(content)), world.clock.now() + 1h).to_json()));
  };
  EXPECT_THAT(at(version), StartsWith("late"));
  EXPECT_THAT(at(version - 1), StartsWith("late"));
  EXPECT_THAT(at(version + 2), HasSubstr("skips a version"));
  EXPECT_EQ(at(version + 1), "counts");
}

TEST_F(Proposals, ThatWaitForeverAreVoid) {
  const trust::Proposal proposal(next(enrols("eli")), world.clock.now() + kLongestProposal + 1h);
  EXPECT_THAT(world.standing(world.append_raw("ana", Kind::proposal, {}, proposal.to_json())), HasSubstr("30 days"));
}

TEST_F(Proposals, CountNoSignatureDatedInTheFuture) {
  two_of_three();
  const auto wanted = next(enrols("eli"));
  const auto proposal = proposes("ana", wanted);
  const auto early = hash_of(decides("ben", Act::approve, proposal, {.at = world.clock.now() + 20h}));
  EXPECT_THAT(adopts("ana", wanted, {proposal, {proposal, early}}), HasSubstr("1 of 2 admins has signed"));
  world.clock.advance(21h);
  EXPECT_EQ(adopts("ana", wanted, {proposal, {proposal, early}}), "counts");
}

TEST_F(Proposals, TakeNoSignatureThatWasWithheldUntilItWasTakenBack) {
  two_of_three();
  const auto proposal = proposes("ana", next(enrols("eli")));
  const auto size = world.store.size();
  const auto withheld = world.sign_raw("ben", Kind::approval, {}, decision_body(Act::approve, proposal, {}), {.head_size = size});
  const auto known = world.store.size();
  decides("ben", Act::approve, proposal);
  decides("ben", Act::withdraw, proposal);
  ASSERT_GT(world.store.size(), known);
  EXPECT_THAT(world.standing(world.store_raw(withheld)), HasSubstr("leaves out what its signer said before"));
}

TEST_F(Proposals, TakeNoSignatureOfSomebodyWhoHadNotSeenThem) {
  two_of_three();
  const auto before = world.store.size();
  const auto proposal = proposes("ana", next(enrols("eli")));
  EXPECT_THAT(world.standing(decides("ben", Act::approve, proposal, {.head_size = before})), HasSubstr("had not seen"));
}

TEST_F(Proposals, TakeNoKeyThatWasAnothers) {
  two_of_three();
  const auto puppet = next([&](auto& content) {
    std::erase_if(content.principals, [](const auto& principal) { return principal.name == "cleo"; });
    content.principals.push_back({"puppet", trust::PrincipalKind::person, {"clinician"}, {world.key("cleo").key()}, {}});
  });
  EXPECT_THAT(world.standing(world.append_raw("ana", Kind::proposal, {}, trust::Proposal(puppet, world.clock.now() + 1h).to_json())),
              HasSubstr("a key of cleo would become puppet's"));
}

TEST_F(Proposals, CatalogsSignedByOneWhereTwoMustAreVoid) {
  two_of_three();
  auto files = world.log().replay().catalog()->files();
  files.at("policies/approvals.yaml") += "# more\n";
  const auto catalog = must(trust::Catalog::make(2, files));
  EXPECT_THAT(world.standing(world.append_raw("ana", Kind::catalog, {}, catalog.to_json())), HasSubstr("2 admins must sign it"));
}

TEST_F(Proposals, RootsThatListWhatIsStillToComeAreVoid) {
  const auto size = world.store.size();
  const auto early = next([&](auto& content) { content.known_void.insert(size); });
  EXPECT_THAT(world.standing(world.append_raw("ana", Kind::root, {}, early.to_json())), HasSubstr("nobody can have seen"));
}

// An admin lists what is void while nothing else goes on.
TEST_F(Proposals, ListVoidEntriesAlthoughTheLedgerIsNotSound) {
  two_of_three();
  const auto bad = world.append_raw("mallory", Kind::root, {}, root().to_json());
  ASSERT_THAT(world.standing(bad), StartsWith("void"));
  auto files = world.log().replay().catalog()->files();
  files.at("policies/approvals.yaml") += "# more\n";
  EXPECT_EQ(desk("ana").adopt_catalog(files).error().code, Exit::ledger);
  const auto proposed = change("ana", [&](auto& content) { content.known_void.insert(bad); });
  EXPECT_TRUE(must(desk("ben").approve(*proposed.proposal)).in_force);
  EXPECT_THAT(world.log().replay().faults(), IsEmpty());
}

}  // namespace
}  // namespace blc::approval
