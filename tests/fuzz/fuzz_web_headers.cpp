// Headers of a stranger's server: whatever they hold, they are read to the same answer again, a number of seconds is none
// below zero, and what only one header could have said is not said without it.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "core/tier/web_headers.hpp"

namespace {

using namespace blc;
using namespace blc::tier;

void check(bool holds) {
  if (!holds) std::abort();
}

// NAME:VALUE on each line.
ports::WebAnswer::Headers headers_of(std::string_view text) {
  ports::WebAnswer::Headers headers;
  while (!text.empty()) {
    const auto line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    const auto colon = line.find(':');
    if (colon != std::string_view::npos) headers.emplace_back(line.substr(0, colon), line.substr(colon + 1));
  }
  return headers;
}

ports::WebAnswer::Headers without(const ports::WebAnswer::Headers& headers, std::string_view name) {
  ports::WebAnswer::Headers left;
  for (const auto& each : headers) {
    if (each.first != name) left.push_back(each);
  }
  return left;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto headers = headers_of({reinterpret_cast<const char*>(data), size});
  const auto seconds = strict_transport_seconds(headers);
  check(seconds == strict_transport_seconds(headers) && seconds.value_or(0) >= 0);
  check(!strict_transport_seconds(without(headers, "strict-transport-security")));
  check(!forbids_sniffing(without(headers, "x-content-type-options")));
  const auto policies_only = without(headers, "x-frame-options");
  check(!forbids_framing(without(policies_only, "content-security-policy")));
  // The older header adds nothing where the newer one has spoken.
  check(!forbids_framing(policies_only) || forbids_framing(headers));
  return 0;
}
