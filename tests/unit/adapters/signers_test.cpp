#include "core/adapters/signers.hpp"

#include <sys/file.h>
#include <sys/stat.h>

#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/adapters/agents.hpp"
#include "unit/adapters/signing.hpp"
#include "unit/crypto/openssh.hpp"

namespace blc::adapters {
namespace {

using test::Folder;
using ::testing::HasSubstr;

class SignersOfEachKind : public ::testing::TestWithParam<std::string> {};

TEST_P(SignersOfEachKind, SignThroughSshKeygen) {
  const Folder folder;
  const auto path = folder / "key";
  test::make_key(path, GetParam());
  const auto signer = open_signer(path, tools_in(folder));
  ASSERT_TRUE(signer) << signer.error().message;
  expect_signs(**signer, public_key(path));
}

TEST_P(SignersOfEachKind, SignThroughTheAgent) {
  const Folder folder;
  const auto path = folder / "key";
  test::make_key(path, GetParam());
  const test::RealAgent agent(folder);
  agent.add(path);
  auto tools = tools_in(folder);
  tools.agent_socket = agent.socket();
  const auto signer = open_signer(path + ".pub", tools);
  ASSERT_TRUE(signer) << signer.error().message;
  expect_signs(**signer, public_key(path));
}

INSTANTIATE_TEST_SUITE_P(Kinds, SignersOfEachKind, ::testing::Values("ed25519", "ecdsa", "ed25519-sk", "ecdsa-sk"),
                         [](const auto& kind) {
                           auto name = kind.param;
                           std::ranges::replace(name, '-', '_');
                           return name;
                         });

TEST(OpenSigner, SignsWithAServiceKeyInProcess) {
  const Folder folder;
  const auto made = new_service_key(folder / "service");
  ASSERT_TRUE(made) << made.error().message;
  const auto signer = open_signer(folder / "service", SshTools{});
  ASSERT_TRUE(signer) << signer.error().message;
  expect_signs(**signer, made->key);
}

TEST(OpenSigner, NeedsNoPubFileBesideAPrivateKey) {
  const Folder folder;
  const auto path = folder / "key";
  test::make_key(path, "ed25519");
  const auto key = public_key(path);
  std::filesystem::remove(path + ".pub");
  const auto signer = open_signer(path, tools_in(folder));
  ASSERT_TRUE(signer);
  expect_signs(**signer, key);
}

TEST(OpenSigner, TakesThePassphraseThatIsGiven) {
  const Folder folder;
  test::make_key(folder / "key", "ed25519", "correct horse");
  const auto signer = open_signer(folder / "key", tools_answering(folder, "correct horse"));
  ASSERT_TRUE(signer);
  expect_signs(**signer, public_key(folder / "key"));
}

TEST(OpenSigner, RefusesAWrongPassphraseAndLeavesNothingBehind) {
  const Folder folder;
  test::make_key(folder / "key", "ed25519", "correct horse");
  const auto tools = tools_answering(folder, "wrong");
  const auto signer = open_signer(folder / "key", tools);
  ASSERT_TRUE(signer);
  EXPECT_THAT(refusal((*signer)->sign(kSpace, kMessage)), HasSubstr("did not sign"));
  EXPECT_TRUE(std::filesystem::is_empty(tools.memory_folder));
}

TEST(OpenSigner, AsksForNothingWhenItMayNot) {
  const Folder folder;
  test::make_key(folder / "key", "ed25519", "correct horse");
  auto tools = tools_answering(folder, "correct horse");
  tools.may_ask = false;
  const auto signer = open_signer(folder / "key", tools);
  ASSERT_TRUE(signer);
  EXPECT_THAT(refusal((*signer)->sign(kSpace, kMessage)), HasSubstr("did not sign"));
}

TEST(OpenSigner, LeavesNothingBehindAfterSigning) {
  const Folder folder;
  test::make_key(folder / "key", "ed25519");
  const auto tools = tools_in(folder);
  const auto signer = open_signer(folder / "key", tools);
  ASSERT_TRUE(signer && (*signer)->sign(kSpace, kMessage));
  EXPECT_TRUE(std::filesystem::is_empty(tools.memory_folder));
}

TEST(OpenSigner, OffersAPassphraseThreeTimes) {
  const Folder folder;
  test::make_key(folder / "key", "ed25519", "correct horse");
  const auto right_at = [&](int attempt) {
    auto tools = tools_answering(folder, "");
    test::spill(folder / "askpass",
                fmt::format("#!/bin/sh\necho x >>'{0}'\n[ $(wc -l <'{0}') -lt {1} ] && echo wrong || echo 'correct horse'\n",
                            folder / fmt::format("asked-{}", attempt), attempt),
                std::filesystem::perms::owner_all);
    std::vector<std::string> words;
    tools.tell = [&](const std::string& text) { words.push_back(text); };
    const auto signer = open_signer(folder / "key", tools);
    const bool signed_it = (*signer)->sign(kSpace, kMessage).has_value();
    EXPECT_EQ(words.size(), static_cast<std::size_t>(std::min(attempt, 3)));
    EXPECT_TRUE(std::filesystem::is_empty(tools.memory_folder));
    return signed_it;
  };
  EXPECT_TRUE(right_at(2));
  EXPECT_TRUE(right_at(3));
  EXPECT_FALSE(right_at(4));
}

// A security key of that kind and with those options; what the person is told while it signs, and whether it does.
struct Told {
  bool signed_it = false;
  std::vector<std::string> words;
};
Told told_with(const std::string& type, const std::vector<std::string>& options, const std::string& passphrase, bool may_ask) {
  const Folder folder;
  test::make_key(folder / "key", type, passphrase, options);
  auto tools = tools_answering(folder, passphrase.empty() ? "1234" : passphrase);
  tools.may_ask = may_ask;
  Told told;
  tools.tell = [&](const std::string& words) { told.words.push_back(words); };
  const auto signer = open_signer(folder / "key", tools);
  EXPECT_TRUE(signer);
  EXPECT_TRUE(told.words.empty());
  told.signed_it = (*signer)->sign(kSpace, kMessage).has_value();
  return told;
}

TEST(OpenSigner, SaysWhatToDoBeforeASecurityKeyWaits) {
  using ::testing::ElementsAre;
  using ::testing::IsEmpty;
  for (const std::string type : {"ed25519-sk", "ecdsa-sk"}) {
    const auto plain = told_with(type, {}, "", true);
    EXPECT_TRUE(plain.signed_it);
    EXPECT_THAT(plain.words, ElementsAre("Touch your security key now.")) << type;
    EXPECT_THAT(told_with(type, {"-O", "no-touch-required"}, "", true).words, IsEmpty()) << type;
    EXPECT_THAT(told_with(type, {"-O", "verify-required"}, "", true).words, ElementsAre(HasSubstr("its PIN"))) << type;
    // Which of it the key asks for cannot be read under a passphrase.
    const auto locked = told_with(type, {}, "correct horse", true);
    EXPECT_TRUE(locked.signed_it);
    EXPECT_THAT(locked.words, ElementsAre(HasSubstr("when its passphrase"))) << type;
  }
  EXPECT_THAT(told_with("ed25519", {}, "", true).words, IsEmpty());
  EXPECT_THAT(told_with("ed25519", {}, "correct horse", true).words, ElementsAre("To sign with your key key:"));
  EXPECT_THAT(told_with("ed25519", {}, "correct horse", false).words, IsEmpty());
}

TEST(OpenSigner, TriesNoEmptyPinWhereNobodyCanBeAsked) {
  const auto told = told_with("ed25519-sk", {"-O", "verify-required"}, "", false);
  EXPECT_FALSE(told.signed_it);
  EXPECT_TRUE(told.words.empty());
}

TEST(OpenSigner, RemovesWhatAKilledSignerLeftAndNothingElse) {
  namespace fs = std::filesystem;
  const Folder folder;
  test::make_key(folder / "key", "ed25519");
  const auto tools = tools_in(folder);
  const auto make = [&](const std::string& name, const std::string& file) {
    const auto path = tools.memory_folder + "/" + name;
    fs::create_directory(path);
    test::spill(path + "/" + file, "left behind");
    return path;
  };
  const auto stale = make("blc-sign-stale0", "message");
  test::spill(stale + "/message.sig", "half");
  const auto strange = make("blc-sign-other0", "thesis.txt");
  const auto foreign = make("something", "message");
  fs::create_directory_symlink(foreign, tools.memory_folder + "/blc-sign-link00");
  const auto used = make("blc-sign-inuse0", "message");
  const Descriptor lock(::open(used.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  ASSERT_EQ(::flock(lock.get(), LOCK_EX | LOCK_NB), 0);
  ASSERT_TRUE((*open_signer(folder / "key", tools))->sign(kSpace, kMessage));
  EXPECT_FALSE(fs::exists(stale));
  EXPECT_TRUE(fs::exists(strange + "/thesis.txt"));
  EXPECT_TRUE(fs::exists(foreign + "/message"));
  EXPECT_TRUE(fs::exists(used + "/message"));
}

TEST(OpenSigner, RefusesASignatureByAKeyThatWasPutInPlaceMeanwhile) {
  const Folder folder;
  test::make_key(folder / "key", "ed25519");
  const auto signer = open_signer(folder / "key", tools_in(folder));
  ASSERT_TRUE(signer);
  test::make_key(folder / "other", "ed25519");
  std::filesystem::rename(folder / "other", folder / "key");
  std::filesystem::rename(folder / "other.pub", folder / "key.pub");
  EXPECT_THAT(refusal((*signer)->sign(kSpace, kMessage)), HasSubstr("another key"));
}

TEST(OpenSigner, ThrowsWhenThereIsNoMemoryFolder) {
  const Folder folder;
  test::make_key(folder / "key", "ed25519");
  auto tools = tools_in(folder);
  tools.memory_folder = folder / "missing";
  const auto signer = open_signer(folder / "key", tools);
  ASSERT_TRUE(signer);
  EXPECT_THROW(static_cast<void>((*signer)->sign(kSpace, kMessage)), Broken);
}

TEST(OpenSigner, RefusesFilesThatOthersReachInto) {
  const Folder folder;
  test::make_key(folder / "key", "ed25519");
  ASSERT_TRUE(new_service_key(folder / "service"));
  for (const auto& name : {std::string("key"), std::string("service")}) {
    for (const mode_t mode : {0640U, 0604U, 0620U, 0602U, 0644U}) {
      ASSERT_EQ(::chmod((folder / name).c_str(), mode), 0);
      const auto signer = open_signer(folder / name, tools_in(folder));
      EXPECT_NE(refusal(signer), "accepted") << name << " " << mode;
      EXPECT_THAT(signer.error().hint, HasSubstr("chmod"));
      EXPECT_FALSE(read_public_half(folder / name));
    }
  }
  ASSERT_EQ(::chmod((folder / "key.pub").c_str(), 0664), 0);
  EXPECT_THAT(open_signer(folder / "key.pub", tools_in(folder)).error().hint, HasSubstr("chmod"));
}

TEST(OpenSigner, RefusesWhatIsNoKeyFile) {
  const Folder folder;
  const auto tools = tools_in(folder);
  EXPECT_THAT(refusal(open_signer(folder / "missing", tools)), HasSubstr("no key at"));
  EXPECT_NE(refusal(open_signer(folder.path(), tools)), "accepted");
  const auto refuses = [&](std::string_view text) {
    test::spill(folder / "file", text, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
    return refusal(open_signer(folder / "file", tools));
  };
  EXPECT_NE(refuses(""), "accepted");
  EXPECT_NE(refuses("hello\n"), "accepted");
  EXPECT_NE(refuses(std::string(100'000, 'x')), "accepted");
  EXPECT_THAT(refuses("-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----\n"),
              HasSubstr("damaged"));
  EXPECT_THAT(refuses("-----BEGIN OPENSSH PRIVATE KEY-----\n????\n"), HasSubstr("damaged"));
  EXPECT_THAT(refuses("-----BEGIN OPENSSH PRIVATE KEY-----"), HasSubstr("damaged"));
  EXPECT_THAT(refuses("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"), HasSubstr("damaged"));
  EXPECT_THAT(refuses("-----BEGIN ENCRYPTED PRIVATE KEY-----\n"), HasSubstr("encrypted"));
  EXPECT_THAT(refuses("-----BEGIN EC PRIVATE KEY-----\n"), HasSubstr("form"));
}

TEST(OpenSigner, RefusesRsaKeysWhereverTheyAre) {
  const Folder folder;
  test::make_key(folder / "rsa", "rsa", "", {"-b", "4096"});
  EXPECT_THAT(refusal(open_signer(folder / "rsa", tools_in(folder))), HasSubstr("RSA"));
  EXPECT_THAT(refusal(open_signer(folder / "rsa.pub", SshTools{})), HasSubstr("RSA"));
}

TEST(ReadPublicHalf, AsksNobodyAndNoAgent) {
  const Folder folder;
  test::make_key(folder / "key", "ed25519", "correct horse");
  const auto service = new_service_key(folder / "service");
  ASSERT_TRUE(service);
  EXPECT_EQ(*read_public_half(folder / "key"), public_key(folder / "key"));
  EXPECT_EQ(*read_public_half(folder / "key.pub"), public_key(folder / "key"));
  EXPECT_EQ(*read_public_half(folder / "service"), service->key);
  EXPECT_EQ(*read_public_half(folder / "service.pub"), service->key);
}

TEST(NewPersonKey, IsAnOpensshKeyThatSigns) {
  const Folder folder;
  const auto tools = tools_in(folder);
  const auto path = folder / "deep/er/key";
  const auto made = new_person_key(path, false, "ana@example.org", tools);
  ASSERT_TRUE(made) << made.error().message;
  EXPECT_EQ(made->path, path);
  EXPECT_EQ(made->public_path, path + ".pub");
  EXPECT_EQ(test::slurp(made->public_path), made->key.line() + " ana@example.org\n");
  struct stat about {};
  ASSERT_EQ(::stat(path.c_str(), &about), 0);
  EXPECT_EQ(about.st_mode & 0777U, 0600U);
  const auto signer = open_signer(path, tools);
  ASSERT_TRUE(signer);
  expect_signs(**signer, made->key);
}

TEST(NewPersonKey, IsEncryptedUnderThePassphraseThatIsGiven) {
  const Folder folder;
  const auto made = new_person_key(folder / "key", true, "ana", tools_answering(folder, "correct horse"));
  ASSERT_TRUE(made) << made.error().message;
  const auto opens_with = [&](const std::string& passphrase) {
    return test::run({test::kKeygen, "-y", "-P", passphrase, "-f", folder / "key"}) == 0;
  };
  EXPECT_TRUE(opens_with("correct horse"));
  EXPECT_FALSE(opens_with("wrong"));
  EXPECT_FALSE(opens_with(""));
}

TEST(NewPersonKey, IsNotMadeWithoutThePassphraseThatWasWanted) {
  const Folder folder;
  EXPECT_FALSE(new_person_key(folder / "silent", true, "ana", tools_in(folder)));
  EXPECT_FALSE(std::filesystem::exists(folder / "silent"));
  EXPECT_FALSE(std::filesystem::exists(folder / "silent.pub"));
  const Folder other;
  EXPECT_FALSE(new_person_key(other / "empty", true, "ana", tools_answering(other, "")));
  EXPECT_FALSE(std::filesystem::exists(other / "empty"));
}

TEST(NewKeys, OverwriteNothing) {
  const Folder folder;
  const auto tools = tools_in(folder);
  for (const auto& taken : {std::string("key"), std::string("key.pub")}) {
    test::spill(folder / taken, "mine");
    EXPECT_THAT(refusal(new_person_key(folder / "key", false, "ana", tools), Exit::failed), HasSubstr("exists"));
    EXPECT_THAT(refusal(new_service_key(folder / "key"), Exit::failed), HasSubstr("exists"));
    EXPECT_EQ(test::slurp(folder / taken), "mine");
    std::filesystem::remove(folder / taken);
  }
  std::filesystem::create_symlink(folder / "elsewhere", folder / "key");
  EXPECT_FALSE(new_service_key(folder / "key"));
  EXPECT_FALSE(new_person_key(folder / "key", false, "ana", tools));
  EXPECT_FALSE(std::filesystem::exists(folder / "elsewhere"));
}

TEST(NewServiceKey, IsPkcs8ForItsOwnerAlone) {
  const Folder folder;
  const auto made = new_service_key(folder / "deep/key");
  ASSERT_TRUE(made) << made.error().message;
  EXPECT_TRUE(test::slurp(made->path).starts_with("-----BEGIN PRIVATE KEY-----\n"));
  EXPECT_EQ(test::slurp(made->public_path), made->key.line() + "\n");
  struct stat about {};
  ASSERT_EQ(::stat(made->path.c_str(), &about), 0);
  EXPECT_EQ(about.st_mode & 0777U, 0600U);
}

TEST(SshTools, PassOnNothingButWhatSshKeygenNeeds) {
  const auto tools = SshTools::of_this_process();
  for (const auto& [name, value] : tools.environment) {
    EXPECT_THAT((std::vector<std::string>{"HOME", "TERM", "SSH_ASKPASS", "SSH_ASKPASS_REQUIRE", "DISPLAY", "XAUTHORITY",
                                          "WAYLAND_DISPLAY", "SSH_SK_PROVIDER"}),
                ::testing::Contains(name));
  }
  EXPECT_TRUE(std::filesystem::is_directory(tools.memory_folder));
}

}  // namespace
}  // namespace blc::adapters
