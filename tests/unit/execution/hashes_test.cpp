// What a request says of sealed values without opening them: whether they are those of another run, and whom it is
// about. Approvers are shown it, so the executor plans nothing of a request that lies.
#include <gtest/gtest.h>

#include "core/crypto/sealing.hpp"
#include "support/world.hpp"

namespace blc::execution {
namespace {

using approval::RunScope;
using ledger::Kind;
using testing::must;
using testing::World;

class Hashes : public ::testing::Test {
 protected:
  // ana asks for a report on that client, and writes what she likes of its hashes.
  RunId asked(const std::string& client, const std::function<void(plan::Request&)>& change) {
    UlidSource ids([&](std::uint8_t* to, std::size_t size) { world.random.fill(to, size); });
    const RunScope scope{RunId{ids.next(world.clock.now())}, Environment::local, Classification::clinical};
    plan::Request request;
    request.verb = "report make";
    const auto add = [&](const std::string& name, std::string_view text) {
      auto sealed = must(world.vault().seal_comparable(scope, request.verb, name, text));
      world.store.blobs_[sealed.blob.digest] = sealed.blob.bytes;
      request.sealed.push_back(sealed.item);
    };
    add(std::string(plan::kRunKey), std::string(32, 'k'));
    add("client", client);
    request.parameters.emplace("client", ledger::sealed_reference(1));
    request.subject = must(world.vault().subject_hash(client));
    change(request);
    world.append_raw("ana", Kind::request, scope, request.to_json());
    must(world.log().refresh());
    return scope.run;
  }
  const plan::Request& request(const RunId& run) { return world.run(run).request->request; }
  World world;
};

TEST_F(Hashes, AreTheSameForTheSameValueOnly) {
  const auto first = world.planned("report make", {{"client", "C-1042"}});
  const auto same = world.planned("report make", {{"client", "C-1042"}});
  world.files.files["fixtures/mock/clients/C-1043.txt"] = "record of C-1043";
  const auto other = world.planned("report make", {{"client", "C-1043"}});
  EXPECT_EQ(request(first).sealed[1].name, "client");
  EXPECT_EQ(request(first).sealed[1].keyed, request(same).sealed[1].keyed);
  EXPECT_NE(request(first).sealed[1].keyed, request(other).sealed[1].keyed);
  EXPECT_TRUE(request(first).sealed[1].keyed.has_value());
  // The run key is nobody's to compare.
  EXPECT_FALSE(request(first).sealed[0].keyed.has_value());
}

TEST_F(Hashes, OfOtherNamesVerbsAndPracticesSayNothing) {
  const auto hash = must(world.vault().value_hash("report make", "client", "C-1042"));
  EXPECT_NE(hash, must(world.vault().value_hash("report make", "payer", "C-1042")));
  EXPECT_NE(hash, must(world.vault().value_hash("report send", "client", "C-1042")));
  EXPECT_NE(hash, must(world.vault().value_hash("report make6:client", "", "C-1042")));
  const auto other_key = crypto::file_key_wrap(world.random, world.random.secret(32));
  approval::Vault elsewhere(world.random, other_key.get(), world.store, world.pin().origin);
  EXPECT_NE(hash, must(elsewhere.value_hash("report make", "client", "C-1042")));
}

TEST_F(Hashes, ThatAreRightArePlanned) {
  EXPECT_TRUE(world.plan(asked("C-1042", [](auto&) {})));
}

TEST_F(Hashes, ThatCallAnotherClientTheSameAreRefused) {
  const auto approved = must(world.vault().value_hash("report make", "client", "C-1043"));
  const auto run = asked("C-1042", [&](auto& request) { request.sealed[1].keyed = approved; });
  const auto planned = world.plan(run);
  ASSERT_FALSE(planned);
  EXPECT_EQ(planned.error().code, Exit::refused);
  EXPECT_EQ(planned.error().message.find("C-10"), std::string::npos);
  EXPECT_EQ(world.state(run), approval::State::planning);
}

TEST_F(Hashes, ThatNameAnotherSubjectAreRefused) {
  const auto other = must(world.vault().subject_hash("C-1043"));
  EXPECT_FALSE(world.plan(asked("C-1042", [&](auto& request) { request.subject = other; })));
}

}  // namespace
}  // namespace blc::execution
