// Public keys as wire blobs and as lines of .pub files: what parses is canonical and parses again to the same.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "core/crypto/public_key.hpp"

namespace {

using blc::crypto::PublicKey;

void must(bool holds) {
  if (!holds) std::abort();
}

void check_again(const PublicKey& key) {
  const auto from_blob = PublicKey::parse_blob(key.blob());
  const auto from_line = PublicKey::parse_line(key.line());
  must(from_blob && *from_blob == key && from_blob->type() == key.type());
  must(from_line && *from_line == key && from_line->type() == key.type());
  must(key.fingerprint().size() == 50);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  if (const auto key = PublicKey::parse_blob(bytes)) {
    must(key->blob() == bytes);
    check_again(*key);
  } else {
    must(key.error().code == blc::Exit::authentication && !key.error().message.empty());
  }
  if (const auto key = PublicKey::parse_line(bytes)) {
    must(bytes.starts_with(key->line()));
    check_again(*key);
  } else {
    must(key.error().code == blc::Exit::authentication && !key.error().message.empty());
  }
  return 0;
}
