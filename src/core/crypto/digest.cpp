#include "core/crypto/digest.hpp"

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
const EVP_MD* sha256_algorithm() {
  static const Md algorithm{EVP_MD_fetch(nullptr, "SHA256", nullptr)};
  if (!algorithm) openssl_broken("find SHA-256");
  return algorithm.get();
}

}  // namespace

Digest sha256(std::string_view first, std::string_view second, std::string_view third) {
  thread_local const MdContext context{EVP_MD_CTX_new()};
  Digest digest;
  bool ok = context && EVP_DigestInit_ex(context.get(), sha256_algorithm(), nullptr) == 1;
  for (const auto part : {first, second, third}) {
    ok = ok && EVP_DigestUpdate(context.get(), part.data(), part.size()) == 1;
  }
  if (!ok || EVP_DigestFinal_ex(context.get(), digest.bytes.data(), nullptr) != 1) openssl_broken("hash");
  return digest;
}

Digest sha256(std::string_view bytes) { return sha256(bytes, {}, {}); }

std::string sha512(std::string_view bytes) {
  std::string digest(64, '\0');
  if (EVP_Q_digest(nullptr, "SHA512", nullptr, bytes.data(), bytes.size(), octets(digest), nullptr) != 1) {
    openssl_broken("hash");
  }
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
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::size_t count = std::min<std::size_t>(3, bytes.size() - i);
    std::uint32_t group = 0;
    for (std::size_t k = 0; k < 3; ++k) {
      group = group << 8U | (k < count ? static_cast<std::uint8_t>(bytes[i + k]) : 0U);
    }
    for (std::size_t k = 0; k < 4; ++k) {
      text.push_back(k <= count ? kAlphabet[group >> (18 - 6 * k) & 63U] : '=');
    }
  }
  return text;
}

std::optional<std::string> from_base64(std::string_view text) {
  if (text.size() % 4 != 0) return std::nullopt;
  std::size_t padding = 0;
  if (text.ends_with('=')) padding = text.ends_with("==") ? 2 : 1;
  std::string bytes;
  bytes.reserve(text.size() / 4 * 3);
  std::uint32_t group = 0;
  std::size_t digits = 0;
  for (const char c : text.substr(0, text.size() - padding)) {
    const auto value = kValues[static_cast<unsigned char>(c)];
    if (value == kNoDigit) return std::nullopt;
    group = group << 6U | value;
    if (++digits % 4 == 0) {
      bytes.push_back(static_cast<char>(group >> 16U & 0xffU));
      bytes.push_back(static_cast<char>(group >> 8U & 0xffU));
      bytes.push_back(static_cast<char>(group & 0xffU));
      group = 0;
    }
  }
  // The bits that padding leaves over must be zero, or two texts would decode alike.
  if (padding == 1) {
    if ((group & 3U) != 0) return std::nullopt;
    bytes.push_back(static_cast<char>(group >> 10U & 0xffU));
    bytes.push_back(static_cast<char>(group >> 2U & 0xffU));
  } else if (padding == 2) {
    if ((group & 15U) != 0) return std::nullopt;
    bytes.push_back(static_cast<char>(group >> 4U & 0xffU));
  }
  return bytes;
}

}  // namespace blc::crypto
