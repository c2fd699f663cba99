#pragma once
#include <optional>
#include <string>

#include "core/base/result.hpp"
#include "core/base/secret.hpp"
#include "core/base/words.hpp"

namespace blc::ports {

// The service credentials of one executor: passwords, tokens and keys of accounts elsewhere. Each belongs to one
// environment and one classification, and is asked for by both, so that a verb cannot name one of another (requirements,
// section 1: "a service credential has a classification, and a verb uses only those of its own").
class Credentials {
 public:
  virtual ~Credentials() = default;
  // nullopt when this executor has none of that name there. Exit::authentication when it is kept so that others could
  // read or change it; Exit::usage when it cannot be read or is larger than 64 KiB.
  [[nodiscard]] virtual Result<std::optional<Secret>> read(Environment environment, Classification classification,
                                                           const std::string& name) = 0;
};

}  // namespace blc::ports
