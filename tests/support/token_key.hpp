// A FIDO2 security key in memory: signs as sk-ssh-ed25519 with the flags that it is told to show.
#pragma once
#include <cstdint>
#include <memory>
#include <string>

#include "core/crypto/digest.hpp"
#include "core/crypto/public_key.hpp"
#include "core/crypto/service_key.hpp"
#include "core/crypto/sshsig.hpp"
#include "core/crypto/wire.hpp"
#include "core/ports/signer.hpp"

namespace blc::testing {

class TokenKey final : public ports::Signer {
 public:
  static constexpr std::uint8_t kTouch = 0x01;
  static constexpr std::uint8_t kPin = 0x04;

  explicit TokenKey(std::uint8_t shown, std::string application = "ssh:")
      : flags(shown), application_(std::move(application)), inner_(crypto::ServiceKey::generate().first) {
    crypto::WireReader in(inner_->key().blob());
    in.string();
    point_ = in.string();
  }

  std::uint8_t flags;  // of the signatures from now on

  [[nodiscard]] const std::string& point() const { return point_; }
  [[nodiscard]] crypto::PublicKey key() const { return *crypto::PublicKey::parse_blob(public_blob()); }
  [[nodiscard]] std::string public_blob() const override {
    return crypto::WireWriter().string(kType).string(point_).string(application_).bytes();
  }
  // PROTOCOL.u2f, "SSH U2F signatures".
  [[nodiscard]] Result<std::string> sign(std::string_view name_space, std::string_view message) override {
    const auto signed_data = crypto::WireWriter()
                                 .raw(crypto::sha256(application_).view())
                                 .byte(flags)
                                 .u32(7)
                                 .raw(crypto::sha256(crypto::sshsig_signed_data(name_space, message)).view())
                                 .bytes();
    const auto blob = crypto::WireWriter().string(kType).string(inner_->sign_raw(signed_data)).byte(flags).u32(7).bytes();
    return crypto::sshsig_encode(key(), name_space, blob);
  }

 private:
  static constexpr std::string_view kType = "sk-ssh-ed25519@openssh.com";
  std::string application_;
  std::unique_ptr<crypto::ServiceKey> inner_;
  std::string point_;
};

}  // namespace blc::testing
