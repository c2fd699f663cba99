#include "core/crypto/public_key.hpp"

#include <algorithm>
#include <functional>
#include <set>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/param_build.h>
#include <sodium/crypto_sign_ed25519.h>

#include <fmt/format.h>

#include "core/base/digest.hpp"
#include "core/base/names.hpp"
#include "core/crypto/digest.hpp"
#include "core/crypto/key_parts.hpp"
#include "core/crypto/wire.hpp"

namespace blc::crypto {

namespace {

constexpr std::string_view kCurve = "nistp256";
constexpr const char* kMakeKey = "blc key new";

constexpr Names<KeyType, 4> kTypes{{
    {KeyType::ed25519, "ssh-ed25519"},
    {KeyType::ecdsa_p256, "ecdsa-sha2-nistp256"},
    {KeyType::sk_ed25519, "sk-ssh-ed25519@openssh.com"},
    {KeyType::sk_ecdsa_p256, "sk-ecdsa-sha2-nistp256@openssh.com"},
}};

std::optional<KeyType> type_of(std::string_view name) { return value_of(kTypes, name); }

bool is_ed25519(KeyType type) { return type == KeyType::ed25519 || type == KeyType::sk_ed25519; }
bool is_sk(KeyType type) { return type == KeyType::sk_ed25519 || type == KeyType::sk_ecdsa_p256; }

bool printable_ascii(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c >= ' ' && c <= '~'; });
}

std::unexpected<Error> malformed(std::string_view what) {
  return fail(Exit::authentication, fmt::format("This is no public key: {}.", what),
              "Give one line of an OpenSSH .pub file: type, base64, comment.");
}

// Why a type that is not one of ours is refused, in words its owner understands.
std::unexpected<Error> refused_type(std::string_view name) {
  if (name.empty() || name.size() > 64 || !printable_ascii(name)) return malformed("it names no key type");
  if (name.find("-cert-v0") != std::string_view::npos) {
    return fail(Exit::authentication, fmt::format("{} is a certificate, not a key.", name),
                "Give the .pub file of the key, not its -cert.pub.");
  }
  if (name.starts_with("ssh-rsa") || name.starts_with("rsa-")) {
    return fail(Exit::authentication, "RSA keys are not accepted.", kMakeKey);
  }
  if (name.starts_with("ssh-dss")) return fail(Exit::authentication, "DSA keys are not accepted.", kMakeKey);
  if (name.starts_with("ecdsa-")) {
    return fail(Exit::authentication, fmt::format("{}: of ECDSA keys only P-256 is accepted.", name), kMakeKey);
  }
  if (name.starts_with("webauthn-")) {
    return fail(Exit::authentication, fmt::format("{}: WebAuthn forms are not accepted.", name), kMakeKey);
  }
  return fail(Exit::authentication, fmt::format("{} is not a key type that blc knows.", name), kMakeKey);
}

// The y coordinates of the eight points whose order divides 8, little-endian: those of order 4 (y = 0),
// 1 (y = 1), 8 (two values) and 2 (y = -1). Source: Cremers and Jackson, "Prime, Order Please!" (2019),
// table of low-order points; the same as libsodium's ge25519_has_small_order and as the low_order_A keys of
// C2SP CCTV ed25519; recomputed from RFC 8032 section 5.1 as l times arbitrary points. The sign bit is
// masked before comparing and encodings with y >= p are refused, so all alternative encodings go too.
constexpr std::array<std::string_view, 5> kSmallOrder{
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0100000000000000000000000000000000000000000000000000000000000000",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
};

Bignum hex_number(const char* hex) {
  BIGNUM* number = nullptr;
  if (BN_hex2bn(&number, hex) == 0) openssl_broken("read a constant");
  return Bignum{number};
}

// RFC 8032 section 5.1: p = 2^255 - 19, and d of the curve -x^2 + y^2 = 1 + d x^2 y^2.
const BIGNUM* field_prime() {
  static const auto p = hex_number("7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffed");
  return p.get();
}
const BIGNUM* curve_d() {
  static const auto d = hex_number("52036cee2b6ffe738cc740797779e89800700a4d4141d8ab75eb4dca135978a3");
  return d.get();
}

// RFC 8032 section 5.1.3: is (y^2 - 1) / (d y^2 + 1) a square? It is when their product is.
bool has_x(const BIGNUM* y) {
  const BignumContext context{BN_CTX_new()};
  const Bignum square{BN_new()};
  const Bignum u{BN_new()};
  const Bignum v{BN_new()};
  const auto* const p = field_prime();
  const bool ok = context && square && u && v && BN_mod_sqr(square.get(), y, p, context.get()) == 1 &&
                  BN_mod_sub(u.get(), square.get(), BN_value_one(), p, context.get()) == 1 &&
                  BN_mod_mul(v.get(), square.get(), curve_d(), p, context.get()) == 1 && BN_add_word(v.get(), 1) == 1 &&
                  BN_mod_mul(square.get(), u.get(), v.get(), p, context.get()) == 1;
  if (!ok) openssl_broken("compute with a point");
  const int symbol = BN_kronecker(square.get(), p, context.get());
  if (symbol == -2) openssl_broken("compute with a point");
  return symbol == 1;
}

Result<> check_ed25519(std::string_view point) {
  if (point.size() != 32) return malformed("an Ed25519 key has 32 bytes");
  std::string y(point);
  y.back() = static_cast<char>(static_cast<std::uint8_t>(y.back()) & 0x7fU);
  if (std::ranges::find(kSmallOrder, to_hex(y)) != kSmallOrder.end()) {
    return fail(Exit::authentication, "This Ed25519 key is a small-order point: anyone could sign for it.", kMakeKey);
  }
  const Bignum number{BN_lebin2bn(octets(y), static_cast<int>(y.size()), nullptr)};
  if (!number) openssl_broken("read a point");
  if (BN_cmp(number.get(), field_prime()) >= 0) return malformed("its Ed25519 point is not in canonical form");
  if (!has_x(number.get())) return malformed("its Ed25519 point is not on the curve");
  return {};
}

Result<> check_p256(std::string_view point) {
  if (point.size() != 65 || point.front() != '\x04') return malformed("a P-256 point must be uncompressed, 65 bytes");
  if (!p256_key(point)) return malformed("its P-256 point is not on the curve");
  return {};
}

// ssh-keygen(1), -O application: "must begin with ssh:". Anything else is the credential of a web site.
Result<> check_application(std::string_view application) {
  if (!application.starts_with("ssh:") || application.size() > 255 || !printable_ascii(application)) {
    return malformed("the application of a FIDO2 key must begin with ssh:");
  }
  return {};
}

// A ledger names the same few keys in all its entries, and checking a key's point would cost a fifth of each
// verification. A thread remembers the last keys whose points were checked.
class LastKeys {
 public:
  [[nodiscard]] bool contains(std::string_view blob) const { return blobs_.contains(blob); }
  void keep(std::string_view blob) {
    if (blobs_.size() >= kMost) blobs_.clear();
    blobs_.emplace(blob);
  }

 private:
  static constexpr std::size_t kMost = 256;
  std::set<std::string, std::less<>> blobs_;
};

Result<> check_point(KeyType type, std::string_view curve, std::string_view point) {
  if (is_ed25519(type)) return check_ed25519(point);
  if (curve != kCurve) return malformed("the curve it names is not its type's");
  return check_p256(point);
}

}  // namespace

std::string_view type_name(KeyType type) { return name_of(kTypes, type); }

KeyParts key_parts(const PublicKey& key) {
  WireReader in(key.blob());
  in.string();
  if (!is_ed25519(key.type())) in.string();
  KeyParts parts;
  parts.point = in.string();
  if (key.hardware()) parts.application = in.string();
  return parts;
}

std::string_view PublicKey::point() const { return key_parts(*this).point; }

Pkey p256_key(std::string_view point) {
  std::string group = "prime256v1";
  std::string bytes(point);
  const std::array parameters{
      OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, group.data(), 0),
      OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, bytes.data(), bytes.size()),
      OSSL_PARAM_construct_end(),
  };
  const PkeyContext context{EVP_PKEY_CTX_new_from_name(nullptr, "EC", nullptr)};
  if (!context || EVP_PKEY_fromdata_init(context.get()) != 1) openssl_broken("make a P-256 key");
  EVP_PKEY* key = nullptr;
  // Checks the point against the curve's equation (EC_POINT_oct2point); with cofactor 1 that is all.
  auto copy = parameters;
  if (EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, copy.data()) != 1) {
    ERR_clear_error();
    return nullptr;
  }
  return Pkey{key};
}

Pkey openssl_key(const PublicKey& key) {
  auto made = p256_key(key_parts(key).point);
  if (!made) openssl_broken("load a public key");
  return made;
}

bool verify_ed25519(const PublicKey& key, std::string_view message, std::string_view signature) {
  // libsodium takes half of OpenSSL's time, and refuses what OpenSSL refuses; beyond that, small-order points R, which
  // no signer makes. This function of it needs no sodium_init(): it draws nothing and picks no implementation.
  const auto point = key_parts(key).point;
  return signature.size() == crypto_sign_ed25519_BYTES && point.size() == crypto_sign_ed25519_PUBLICKEYBYTES &&
         crypto_sign_ed25519_verify_detached(octets(signature), octets(message), message.size(), octets(point)) == 0;
}

Result<PublicKey> PublicKey::parse_blob(std::string_view blob, Points points) {
  WireReader in(blob);
  const auto name = in.string();
  if (in.failed()) return malformed("its bytes end early");
  const auto type = type_of(name);
  if (!type) return refused_type(name);
  const auto curve = is_ed25519(*type) ? std::string_view{} : in.string();
  const auto point = in.string();
  const auto application = is_sk(*type) ? in.string() : std::string_view{};
  if (in.failed()) return malformed("its bytes end early");
  if (!in.finished()) return malformed("there are bytes after the key");
  static thread_local LastKeys checked;
  if (points == Points::check && !checked.contains(blob)) {
    BLC_CHECK(check_point(*type, curve, point));
    if (is_sk(*type)) BLC_CHECK(check_application(application));
    checked.keep(blob);
  }
  return PublicKey(*type, std::string(blob));
}

Result<PublicKey> PublicKey::parse_line(std::string_view line, Points points) {
  if (line.ends_with('\n')) line.remove_suffix(1);
  if (line.starts_with("-----BEGIN ")) {
    return fail(Exit::authentication, "This is a private key or a certificate, not a public key.",
                "Give the .pub file beside it.");
  }
  const auto control = [](char c) { return static_cast<std::uint8_t>(c) < 0x20 || c == '\x7f'; };
  if (std::ranges::any_of(line, control)) return malformed("more than one line, or control characters");
  const auto name = line.substr(0, line.find(' '));
  const auto type = type_of(name);
  if (!type) {
    for (const auto& [known, known_name] : kTypes) {
      if (line.find(fmt::format(" {} ", known_name)) != std::string_view::npos) {
        return fail(Exit::authentication, "There are options before the key; blc takes keys without options.",
                    fmt::format("Remove everything before {}.", known_name));
      }
    }
    return refused_type(name);
  }
  line.remove_prefix(std::min(line.size(), name.size() + 1));
  const auto blob = from_base64(line.substr(0, line.find(' ')));
  if (!blob || blob->empty()) return malformed("its base64 is damaged");
  BLC_TRY(auto key, parse_blob(*blob, points));
  if (key.type() != *type) return malformed("the type before it is not the type inside it");
  return key;
}

std::string PublicKey::line() const { return fmt::format("{} {}", type_name(type_), base64(blob_)); }

std::string PublicKey::fingerprint() const {
  auto text = base64(sha256(blob_).view());
  text.erase(text.find_last_not_of('=') + 1);
  return "SHA256:" + text;
}

}  // namespace blc::crypto
