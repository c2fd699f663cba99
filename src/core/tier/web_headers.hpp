// Headers by which an application tells browsers to be careful, read as browsers read them.
#pragma once
#include <optional>

#include "core/ports/web.hpp"

namespace blc::tier {

// For how long they come back over TLS only (RFC 6797); nothing without a valid header.
[[nodiscard]] std::optional<long> strict_transport_seconds(const ports::WebAnswer::Headers& headers);
// They take no content for something else than it says (Fetch, X-Content-Type-Options).
[[nodiscard]] bool forbids_sniffing(const ports::WebAnswer::Headers& headers);
// No other site shows it in a frame: frame-ancestors of Content-Security-Policy, else X-Frame-Options (RFC 7034).
[[nodiscard]] bool forbids_framing(const ports::WebAnswer::Headers& headers);

}  // namespace blc::tier
