#include "core/crypto/aead.hpp"
#include "core/crypto/digest.hpp"
#include "core/crypto/sealing.hpp"
#include "core/crypto/wire.hpp"

namespace blc::crypto {

namespace {

constexpr std::size_t kKekSize = 32;
constexpr std::size_t kIdSize = 16;

// The file's key itself encrypts nothing: id, wrapping key and hash keys are derived from it, each for itself.
class FileKeyWrap final : public ports::KeyWrap {
 public:
  FileKeyWrap(ports::Randomness& random, Secret key)
      : random_(random),
        key_(std::move(key)),
        wrapping_key_(hkdf_sha512(key_.reveal(), {}, "blc.kek.v1 wrap", kAeadKeySize)),
        id_("file:" + to_hex(hkdf_sha512(key_.reveal(), {}, "blc.kek.v1 id", kIdSize).reveal())) {}

  [[nodiscard]] std::string id() const override { return id_; }

  [[nodiscard]] Result<std::string> wrap(const Secret& data_key, std::string_view associated) override {
    return aead_seal(wrapping_key_, random_.bytes(kAeadIvSize), data_key.reveal(), bound(associated));
  }

  [[nodiscard]] Result<Secret> unwrap(std::string_view wrapped, std::string_view associated) override {
    auto data_key = aead_open(wrapping_key_, wrapped, bound(associated));
    if (!data_key) return fail(Exit::authentication, "A wrapped key was altered or belongs elsewhere.");
    return *std::move(data_key);
  }

  [[nodiscard]] std::string keyed_hash(std::string_view purpose, std::string_view message) override {
    const auto info = WireWriter().string("blc.kek.v1 hash").string(purpose).bytes();
    return std::string(hmac_sha256(hkdf_sha512(key_.reveal(), {}, info, 32), message).view());
  }

 private:
  [[nodiscard]] std::string bound(std::string_view associated) const {
    return WireWriter().string(id_).string(associated).bytes();
  }

  ports::Randomness& random_;
  Secret key_;
  Secret wrapping_key_;
  std::string id_;
};

}  // namespace

std::unique_ptr<ports::KeyWrap> file_key_wrap(ports::Randomness& random, Secret key) {
  if (key.size() != kKekSize) throw Broken("a key-encryption key has 32 bytes", Exit::authentication);
  return std::make_unique<FileKeyWrap>(random, std::move(key));
}

}  // namespace blc::crypto
