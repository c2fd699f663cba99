// Signing with the real OpenSSH tools, for tests: what they see and who answers them, and what came of it.
#pragma once
#include <filesystem>
#include <string>
#include <string_view>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "core/adapters/ssh_tools.hpp"
#include "core/crypto/sshsig.hpp"
#include "core/ports/signer.hpp"
#include "unit/crypto/openssh.hpp"

namespace blc::adapters {

inline constexpr std::string_view kSpace = "blc.approval.v1";
inline constexpr std::string_view kMessage = "DSSEv1 34 application/vnd.blc.approval.v1+json 2 {}";

// Tools that see nothing of this process but a FIDO2 token in software; messages go to a folder of the test.
inline SshTools tools_in(const test::Folder& folder) {
  SshTools tools;
  tools.environment = {{"SSH_SK_PROVIDER", test::kSkDummy}};
  tools.memory_folder = folder / "memory";
  tools.may_ask = false;
  std::filesystem::create_directory(tools.memory_folder);
  return tools;
}

// The same, with somebody who answers every question with `words`.
inline SshTools tools_answering(const test::Folder& folder, std::string_view words) {
  auto tools = tools_in(folder);
  test::spill(folder / "askpass", fmt::format("#!/bin/sh\necho '{}'\n", words), std::filesystem::perms::owner_all);
  tools.environment.emplace("SSH_ASKPASS", folder / "askpass");
  tools.environment.emplace("SSH_ASKPASS_REQUIRE", "force");
  tools.may_ask = true;
  return tools;
}

inline crypto::PublicKey public_key(const std::string& path) { return *crypto::PublicKey::parse_line(test::slurp(path + ".pub")); }

inline void expect_signs(ports::Signer& signer, const crypto::PublicKey& key) {
  EXPECT_EQ(signer.public_blob(), key.blob());
  const auto raw = signer.sign(kSpace, kMessage);
  ASSERT_TRUE(raw) << raw.error().message;
  const auto signature = crypto::Sshsig::decode(*raw);
  ASSERT_TRUE(signature);
  EXPECT_EQ(signature->key, key);
  EXPECT_TRUE(crypto::sshsig_verify(*signature, kSpace, kMessage));
}

template <class T>
std::string refusal(const Result<T>& result, Exit code = Exit::authentication) {
  if (result) return "accepted";
  EXPECT_EQ(result.error().code, code) << result.error().message;
  return result.error().message;
}

}  // namespace blc::adapters
