// Raw and armoured signatures: what decodes re-encodes to the same bytes, and verifying it never ends badly.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "core/crypto/sshsig.hpp"

namespace {

using blc::crypto::Sshsig;

void must(bool holds) {
  if (!holds) std::abort();
}

void check_raw(std::string_view raw) {
  const auto signature = Sshsig::decode(raw);
  if (!signature) {
    must(signature.error().code == blc::Exit::authentication && !signature.error().message.empty());
    return;
  }
  must(blc::crypto::sshsig_encode(signature->key, signature->name_space, signature->signature) == raw);
  must(signature->key.hardware() || (!signature->touched && !signature->pin));
  must(!blc::crypto::sshsig_verify(*signature, signature->name_space + "x", "message"));
  // The seeds' own message, so that mutants of good signatures reach the arithmetic too.
  static_cast<void>(blc::crypto::sshsig_verify(*signature, signature->name_space, "message\n"));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  check_raw(bytes);
  if (const auto raw = blc::crypto::sshsig_unarmor(bytes)) {
    must(blc::crypto::sshsig_armor(*raw) == bytes);
    check_raw(*raw);
  }
  return 0;
}
