// An address of the web, asked as a stranger would ask it.
#pragma once
#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/base/result.hpp"

namespace blc::ports {

enum class TlsVersion { v1_2, v1_3 };

// What came back from a GET. All of it is a stranger's word: nothing of it is fit to be shown, save the status.
struct WebAnswer {
  enum class Fault {
    none,
    unresolved,   // there is no such host
    unreachable,  // nobody listens there
    late,
    no_tls,       // no handshake with the versions that were offered
    expired,      // the certificate; so are the next four
    not_yet_valid,
    self_signed,
    other_host,
    untrusted,    // no authority that is trusted issued it
    too_long,     // the status and the headers are there; the body was cut
    no_http,
  };
  using Headers = std::vector<std::pair<std::string, std::string>>;  // names in small letters

  Fault fault = Fault::none;
  long status = 0;
  Headers headers;
  std::optional<std::chrono::sys_seconds> certificate_until;
};

// Connects to the host that an address names and to no other: follows no redirect, uses no proxy, sends no credentials. A
// certificate is always verified. Errors are Exit::usage: there is nothing here to ask with.
class Web {
 public:
  virtual ~Web() = default;
  // Offers no TLS that is older.
  [[nodiscard]] virtual Result<WebAnswer> get(const std::string& url, TlsVersion least) = 0;
  // A handshake comes about where only what is older is offered; nothing is sent over it. Nothing: it could not be seen.
  [[nodiscard]] virtual Result<std::optional<bool>> accepts_older(const std::string& url, TlsVersion than) = 0;
};

}  // namespace blc::ports
