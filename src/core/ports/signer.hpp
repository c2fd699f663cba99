#pragma once
#include <string>
#include <string_view>

#include "core/base/result.hpp"

namespace blc::ports {

// A key that can sign. Fails with Exit::authentication.
class Signer {
 public:
  virtual ~Signer() = default;
  // The public key as its SSH wire blob (RFC 4253 section 6.6).
  [[nodiscard]] virtual std::string public_blob() const = 0;
  // A raw SSHSIG blob (PROTOCOL.sshsig, hash sha512) over `message` in `name_space`, already verified
  // over the intended bytes, whoever made it.
  [[nodiscard]] virtual Result<std::string> sign(std::string_view name_space, std::string_view message) = 0;
};

}  // namespace blc::ports
