#pragma once
#include <chrono>
#include <memory>
#include <string>

#include "core/ports/web.hpp"

namespace blc::adapters {

// Through libcurl, which is loaded when something is first asked: no other command waits for it. All that one of these asks
// takes ten seconds at most, each connection five, each answer 64 KiB of headers and 1 MiB of body; variables of the
// environment that name a proxy do not count. Exit::usage where libcurl is missing or too old, and where `authorities`
// (PEM; empty: those of the system) holds no certificate.
class CurlWeb final : public ports::Web {
 public:
  explicit CurlWeb(std::string authorities = {});
  ~CurlWeb() override;

  Result<ports::WebAnswer> get(const std::string& url, ports::TlsVersion least) override;
  Result<std::optional<bool>> accepts_older(const std::string& url, ports::TlsVersion than) override;

 private:
  class Library;
  class Transfer;
  Result<const Library*> library();

  std::string authorities_;
  std::unique_ptr<Library> library_;
  std::chrono::steady_clock::time_point until_{};  // set when something is first asked
};

}  // namespace blc::adapters
