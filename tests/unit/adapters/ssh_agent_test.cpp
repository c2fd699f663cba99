#include "core/adapters/ssh_agent.hpp"

#include <chrono>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/adapters/signers.hpp"
#include "core/crypto/wire.hpp"
#include "unit/adapters/agents.hpp"
#include "unit/adapters/signing.hpp"
#include "unit/crypto/openssh.hpp"

namespace blc::adapters {
namespace {

using crypto::PublicKey;
using crypto::WireWriter;
using test::Folder;
using ::testing::HasSubstr;

TEST(AgentSigner, RefusesAKeyThatTheAgentDoesNotHold) {
  const Folder folder;
  test::make_key(folder / "key", "ed25519");
  test::make_key(folder / "other", "ed25519");
  const test::RealAgent agent(folder);
  agent.add(folder / "other");
  auto tools = tools_in(folder);
  tools.agent_socket = agent.socket();
  const auto signer = open_signer(folder / "key.pub", tools);
  EXPECT_THAT(refusal(signer), HasSubstr("does not hold"));
  EXPECT_EQ(signer.error().hint, "ssh-add");
}

TEST(AgentSigner, SaysToTouchASecurityKeyAndOnlyOne) {
  const Folder folder;
  const test::RealAgent agent(folder);
  auto tools = tools_in(folder);
  tools.agent_socket = agent.socket();
  std::vector<std::string> told;
  tools.tell = [&](const std::string& words) { told.push_back(words); };
  for (const std::string type : {"ed25519", "ed25519-sk"}) {
    test::make_key(folder / type, type);
    agent.add(folder / type);
    const auto signer = open_signer(folder / (type + ".pub"), tools);
    ASSERT_TRUE(signer) << signer.error().message;
    EXPECT_TRUE((*signer)->sign(kSpace, kMessage));
    EXPECT_EQ(told.size(), type == "ed25519" ? 0U : 1U);
  }
}

TEST(AgentKeys, ListsEachWithItsCommentAndSaysWhichAreOfNoUse) {
  const Folder folder;
  const test::RealAgent agent(folder);
  auto tools = tools_in(folder);
  tools.agent_socket = agent.socket();
  EXPECT_EQ(agent_keys(tools)->size(), 0U);
  test::make_key(folder / "mine", "ecdsa");
  test::make_key(folder / "old", "rsa");
  agent.add(folder / "mine");
  agent.add(folder / "old");
  const auto keys = agent_keys(tools);
  ASSERT_TRUE(keys);
  ASSERT_EQ(keys->size(), 2U);
  EXPECT_EQ(*keys->at(0).key, public_key(folder / "mine"));
  EXPECT_EQ(keys->at(0).comment, "ana@example.org");
  EXPECT_THAT(refusal(keys->at(1).key), HasSubstr("RSA"));
  tools.agent_socket.clear();
  EXPECT_THAT(refusal(agent_keys(tools)), HasSubstr("SSH_AUTH_SOCK"));
}

TEST(AgentSigner, RefusesWhenTheKeyWentMeanwhile) {
  const Folder folder;
  test::make_key(folder / "key", "ed25519");
  const test::RealAgent agent(folder);
  agent.add(folder / "key");
  auto tools = tools_in(folder);
  tools.agent_socket = agent.socket();
  const auto signer = open_signer(folder / "key.pub", tools);
  ASSERT_TRUE(signer);
  agent.clear();
  EXPECT_THAT(refusal((*signer)->sign(kSpace, kMessage)), HasSubstr("refused to sign"));
}

TEST(AgentSigner, RefusesWithoutAnAgent) {
  const Folder folder;
  test::make_key(folder / "key", "ed25519");
  auto tools = tools_in(folder);
  EXPECT_THAT(refusal(open_signer(folder / "key.pub", tools)), HasSubstr("SSH_AUTH_SOCK"));
  tools.agent_socket = folder / "nobody";
  EXPECT_THAT(refusal(open_signer(folder / "key.pub", tools)), HasSubstr("cannot be used"));
  tools.agent_socket = std::string(200, 'x');
  EXPECT_THAT(refusal(open_signer(folder / "key.pub", tools)), HasSubstr("too long"));
}

// An agent's answers as they stand on the wire.
std::string framed(std::string_view answer) { return WireWriter().string(answer).bytes(); }
std::string listing(const PublicKey& key) {
  return framed(WireWriter().byte(12).u32(1).string(key.blob()).string("ana").bytes());
}

// What opening, or else signing, says when the agent gives these answers.
std::string against(const std::vector<std::string>& answers) {
  const Folder folder;
  test::make_key(folder / "key", "ed25519");
  std::vector<std::string> script;
  script.reserve(answers.size());
  for (const auto& answer : answers) {
    script.push_back(answer == "listing" ? listing(public_key(folder / "key")) : answer);
  }
  const test::ScriptedAgent agent(folder, script);
  auto tools = tools_in(folder);
  tools.agent_socket = agent.socket();
  tools.agent_answers = tools.agent_signs =
      std::chrono::milliseconds(answers.back() == test::ScriptedAgent::kSilence ? 100 : 60'000);
  const auto signer = open_signer(folder / "key.pub", tools);
  if (!signer) return "open: " + refusal(signer);
  return "sign: " + refusal((*signer)->sign(kSpace, kMessage));
}

TEST(AgentSigner, RefusesHostileListings) {
  using namespace std::string_view_literals;
  EXPECT_THAT(against({""}), HasSubstr("open: "));  // hangs up
  EXPECT_THAT(against({test::ScriptedAgent::kSilence}), HasSubstr("does not answer"));
  EXPECT_THAT(against({std::string("\0\0\0\0"sv)}), HasSubstr("impossible length"));
  EXPECT_THAT(against({std::string("\0\x04\0\x01"sv)}), HasSubstr("impossible length"));
  EXPECT_THAT(against({std::string("\xff\xff\xff\xff"sv)}), HasSubstr("impossible length"));
  EXPECT_THAT(against({std::string("\0\0\0\x10\x0c"sv)}), HasSubstr("hung up"));
  EXPECT_THAT(against({framed("\x05")}), HasSubstr("does not list"));
  EXPECT_THAT(against({framed("\x0c")}), HasSubstr("damaged"));
  EXPECT_THAT(against({framed(WireWriter().byte(12).u32(0xffffffff).bytes())}), HasSubstr("damaged"));
  EXPECT_THAT(against({framed(WireWriter().byte(12).u32(0).byte(0).bytes())}), HasSubstr("damaged"));
  EXPECT_THAT(against({framed(WireWriter().byte(12).u32(0).bytes())}), HasSubstr("does not hold"));
}

TEST(AgentSigner, RefusesHostileSignatures) {
  const auto signed_with = [](const std::string& answer) { return against({"listing", answer}); };
  EXPECT_THAT(signed_with(test::ScriptedAgent::kSilence),
              HasSubstr("sign: ssh-agent cannot be used: it does not answer"));
  EXPECT_THAT(signed_with(framed("\x05")), HasSubstr("sign: ssh-agent refused"));
  EXPECT_THAT(signed_with(framed("\x0e")), HasSubstr("damaged"));
  EXPECT_THAT(signed_with(framed("\x0c")), HasSubstr("damaged"));
  const auto signature = WireWriter().string("ssh-ed25519").string(std::string(64, 's')).bytes();
  EXPECT_THAT(signed_with(framed(WireWriter().byte(14).string(signature).bytes())), HasSubstr("does not verify"));
  EXPECT_THAT(signed_with(framed(WireWriter().byte(14).string(signature).byte(0).bytes())), HasSubstr("damaged"));
  EXPECT_THAT(signed_with(framed(WireWriter().byte(14).string("").bytes())), HasSubstr("malformed"));
}

}  // namespace
}  // namespace blc::adapters
