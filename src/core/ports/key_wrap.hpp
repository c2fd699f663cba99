#pragma once
#include <string>
#include <string_view>

#include "core/base/result.hpp"
#include "core/base/secret.hpp"

namespace blc::ports {

// A key-encryption key: wraps data keys, bound to `associated` data. Unwrapping what was altered, or
// bound to other data, fails with Exit::authentication.
class KeyWrap {
 public:
  virtual ~KeyWrap() = default;
  // Names this key-encryption key in every wrap; part of what a wrap is bound to.
  [[nodiscard]] virtual std::string id() const = 0;
  [[nodiscard]] virtual Result<std::string> wrap(const Secret& data_key, std::string_view associated) = 0;
  [[nodiscard]] virtual Result<Secret> unwrap(std::string_view wrapped, std::string_view associated) = 0;
  // HMAC-SHA-256 under a key derived for `purpose`: subjects are searched by it.
  [[nodiscard]] virtual std::string keyed_hash(std::string_view purpose, std::string_view message) = 0;
};

}  // namespace blc::ports
