#include "core/crypto/digest.hpp"

#include <algorithm>

#include "core/crypto/openssl.hpp"

namespace blc::crypto {

namespace {

constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::uint8_t kNoDigit = 0xff;

constexpr std::array<std::uint8_t, 256> reverse_alphabet() {
  std::array<std::uint8_t, 256> values{};
  values.fill(kNoDigit);
  for (std::size_t i = 0; i < kAlphabet.size(); ++i) {
    values[static_cast<unsigned char>(kAlphabet[i])] = static_cast<std::uint8_t>(i);
  }
  return values;
}
constexpr auto kValues = reverse_alphabet();

using Md = std::unique_ptr<EVP_MD, Freed<EVP_MD_free>>;

// Fetched once: an implicit fetch costs more than hashing a tree node.
Md fetched(const char* name) {
  Md algorithm{EVP_MD_fetch(nullptr, name, nullptr)};
  if (!algorithm) openssl_broken("find a hash");
  return algorithm;
}
using Parts = std::initializer_list<std::string_view>;

// Of the parts, one after the other. `context` is kept for one algorithm and thread: changing either costs more than
// hashing does.
void hash(const EVP_MD* algorithm, EVP_MD_CTX* context, Parts parts, unsigned char* digest) {
  bool ok = context != nullptr && EVP_DigestInit_ex(context, algorithm, nullptr) == 1;
  for (const auto part : parts) ok = ok && EVP_DigestUpdate(context, part.data(), part.size()) == 1;
  if (!ok || EVP_DigestFinal_ex(context, digest, nullptr) != 1) openssl_broken("hash");
}

}  // namespace

Digest sha256(std::string_view first, std::string_view second, std::string_view third) {
  static const auto algorithm = fetched("SHA256");
  thread_local const MdContext context{EVP_MD_CTX_new()};
  Digest digest;
  hash(algorithm.get(), context.get(), {first, second, third}, digest.bytes.data());
  return digest;
}

Digest sha256(std::string_view bytes) { return sha256(bytes, {}, {}); }

std::string sha512(std::string_view bytes) {
  std::string digest(64, '\0');
  static const auto algorithm = fetched("SHA512");
  thread_local const MdContext context{EVP_MD_CTX_new()};
  hash(algorithm.get(), context.get(), {bytes}, octets(digest));
  return digest;
}

Digest hmac_sha256(const Secret& key, std::string_view message) {
  Digest digest;
  std::size_t size = 0;
  const auto* const done = EVP_Q_mac(nullptr, "HMAC", nullptr, "SHA256", nullptr, key.reveal().data(), key.size(),
                                     octets(message), message.size(), digest.bytes.data(), digest.bytes.size(), &size);
  if (done == nullptr || size != digest.bytes.size()) openssl_broken("authenticate");
  return digest;
}

std::string base64(std::string_view bytes) {
  std::string text((bytes.size() + 2) / 3 * 4, '=');
  const auto octet = [&](std::size_t at) { return std::uint32_t{static_cast<std::uint8_t>(bytes[at])}; };
  const auto digit = [](std::uint32_t group, unsigned shift) { return kAlphabet[group >> shift & 63U]; };
  std::size_t out = 0;
  std::size_t in = 0;
  for (; in + 3 <= bytes.size(); in += 3) {
    const auto group = octet(in) << 16U | octet(in + 1) << 8U | octet(in + 2);
    for (const unsigned shift : {18U, 12U, 6U, 0U}) text[out++] = digit(group, shift);
  }
  if (bytes.size() - in == 1) {
    const auto group = octet(in) << 16U;
    for (const unsigned shift : {18U, 12U}) text[out++] = digit(group, shift);
  } else if (bytes.size() - in == 2) {
    const auto group = octet(in) << 16U | octet(in + 1) << 8U;
    for (const unsigned shift : {18U, 12U, 6U}) text[out++] = digit(group, shift);
  }
  return text;
}

std::optional<std::string> from_base64(std::string_view text) {
  if (text.empty()) return std::string();
  if (text.size() % 4 != 0) return std::nullopt;
  std::size_t padding = 0;
  if (text.ends_with('=')) padding = text.ends_with("==") ? 2 : 1;
  std::string bytes(text.size() / 4 * 3, '\0');
  const auto value = [&](std::size_t at) { return std::uint32_t{kValues[static_cast<unsigned char>(text[at])]}; };
  auto* out = bytes.data();
  std::uint32_t seen = 0;  // of all values: what is no digit sets the highest bit
  const auto take = [&](std::uint32_t a, std::uint32_t b, std::uint32_t c, std::uint32_t d) {
    seen |= a | b | c | d;
    const auto group = a << 18U | b << 12U | c << 6U | d;
    *out++ = static_cast<char>(group >> 16U);
    *out++ = static_cast<char>(group >> 8U & 0xffU);
    *out++ = static_cast<char>(group & 0xffU);
  };
  const auto last = text.size() - 4;
  for (std::size_t in = 0; in < last; in += 4) take(value(in), value(in + 1), value(in + 2), value(in + 3));
  take(value(last), value(last + 1), padding == 2 ? 0 : value(last + 2), padding > 0 ? 0 : value(last + 3));
  if ((seen & 0x80U) != 0) return std::nullopt;
  // The bits that padding leaves over must be zero, or two texts would decode alike.
  if (std::any_of(bytes.end() - static_cast<std::ptrdiff_t>(padding), bytes.end(), [](char c) { return c != '\0'; }))
    return std::nullopt;
  bytes.resize(bytes.size() - padding);
  return bytes;
}

}  // namespace blc::crypto
