#include "core/crypto/sealing.hpp"

#include <fmt/format.h>
#include <openssl/crypto.h>

#include <algorithm>
#include <string>
#include <vector>

#include "core/crypto/aead.hpp"
#include "core/crypto/digest.hpp"
#include "core/crypto/wire.hpp"

// The blob, in SSH wire encoding:
//   byte     version, 1
//   string   id, 32 bytes
//   string   IV || ciphertext || tag
//   u32      number of wraps, 1 to 64
//     string   id of the key-encryption key
//     string   the wrapped data key
// Wraps stand in ascending order of their ids, each id once: there is one encoding.

namespace blc::crypto {

namespace {

constexpr std::string_view kFormat = "blc.sealed.v1";
constexpr std::string_view kWrapFormat = "blc.wrap.v1";
constexpr std::string_view kKeyInfo = "blc.sealed.v1 encryption key";
constexpr std::string_view kCommitmentInfo = "blc.sealed.v1 commitment";
constexpr std::uint8_t kVersion = 1;
constexpr std::size_t kIdSize = 32;
constexpr std::size_t kDataKeySize = 32;
constexpr std::uint32_t kMostWraps = 64;
constexpr std::size_t kMostPlaintext = 64UL << 20U;

struct Wrap {
  std::string_view kek;
  std::string_view wrapped;
};

struct Blob {
  std::string_view id;
  std::string_view ciphertext;
  std::vector<Wrap> wraps;
};

std::optional<Blob> decode(std::string_view bytes) {
  WireReader in(bytes);
  Blob blob;
  const auto version = in.byte();
  blob.id = in.string();
  blob.ciphertext = in.string();
  const auto count = in.u32();
  if (in.failed() || version != kVersion || blob.id.size() != kIdSize || count == 0 || count > kMostWraps) {
    return std::nullopt;
  }
  for (std::uint32_t i = 0; i < count; ++i) {
    const Wrap wrap{.kek = in.string(), .wrapped = in.string()};
    if (wrap.kek.empty() || (i > 0 && blob.wraps.back().kek >= wrap.kek)) return std::nullopt;
    blob.wraps.push_back(wrap);
  }
  return in.finished() ? std::optional(std::move(blob)) : std::nullopt;
}

std::string encode(const Blob& blob) {
  WireWriter out;
  out.byte(kVersion).string(blob.id).string(blob.ciphertext).u32(static_cast<std::uint32_t>(blob.wraps.size()));
  for (const auto& wrap : blob.wraps) out.string(wrap.kek).string(wrap.wrapped);
  return std::move(out).bytes();
}

WireWriter bound_to(std::string_view format, const SealContext& context) {
  WireWriter out;
  out.string(format).string(context.ledger).string(context.run).string(context.verb);
  out.string(context.name).string(context.environment);
  return out;
}

std::string value_associated(const SealContext& context) { return bound_to(kFormat, context).bytes(); }

std::string wrap_associated(const SealContext& context, std::string_view kek, std::string_view id,
                            const Digest& commitment) {
  return bound_to(kWrapFormat, context).string(kek).string(id).string(commitment.view()).bytes();
}

Secret encryption_key(const Secret& data_key, std::string_view id) {
  return hkdf_sha512(data_key.reveal(), id, kKeyInfo, kAeadKeySize);
}

// AES-GCM commits to no key: one ciphertext can open under two. This value can stand for one key only.
Digest commitment_of(const Secret& data_key, std::string_view id) {
  return *Digest::from_bytes(hkdf_sha512(data_key.reveal(), id, kCommitmentInfo, 32).reveal());
}

std::unexpected<Error> altered(std::string_view what) {
  return fail(Exit::authentication, fmt::format("A sealed value does not open: {}.", what));
}

}  // namespace

Result<Sealed> seal(ports::Randomness& random, ports::KeyWrap& kek, const SealContext& context,
                    std::string_view plaintext) {
  if (plaintext.size() > kMostPlaintext) return fail(Exit::usage, "A value to be sealed is over 64 MiB.");
  const auto data_key = random.secret(kDataKeySize);
  const auto id = random.bytes(kIdSize);
  const auto commitment = commitment_of(data_key, id);
  const auto ciphertext =
      aead_seal(encryption_key(data_key, id), random.bytes(kAeadIvSize), plaintext, value_associated(context));
  const auto kek_id = kek.id();
  BLC_TRY(const auto wrapped, kek.wrap(data_key, wrap_associated(context, kek_id, id, commitment)));
  return Sealed{.ref = {.commitment = commitment, .ciphertext = sha256(ciphertext)},
                .blob = encode({.id = id, .ciphertext = ciphertext, .wraps = {{kek_id, wrapped}}})};
}

Result<Secret> open(ports::KeyWrap& kek, const SealContext& context, const SealedRef& ref, std::string_view blob) {
  const auto decoded = decode(blob);
  if (!decoded) return altered("its form is damaged");
  if (sha256(decoded->ciphertext) != ref.ciphertext) return altered("it is not the ciphertext that the ledger names");
  const auto kek_id = kek.id();
  const auto wrap = std::ranges::find(decoded->wraps, std::string_view(kek_id), &Wrap::kek);
  if (wrap == decoded->wraps.end()) return altered("it was not sealed for the key-encryption key in use");
  BLC_TRY(const auto data_key,
          kek.unwrap(wrap->wrapped, wrap_associated(context, kek_id, decoded->id, ref.commitment)));
  const auto commitment = commitment_of(data_key, decoded->id);
  if (CRYPTO_memcmp(commitment.bytes.data(), ref.commitment.bytes.data(), commitment.bytes.size()) != 0) {
    return altered("its key is not the one it was committed to");
  }
  auto plaintext = aead_open(encryption_key(data_key, decoded->id), decoded->ciphertext, value_associated(context));
  if (!plaintext) return altered("it was altered or belongs elsewhere");
  return *std::move(plaintext);
}

}  // namespace blc::crypto
