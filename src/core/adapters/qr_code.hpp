#pragma once
#include <string>

#include "core/base/result.hpp"

namespace blc::adapters {

// The text as a QR code (ISO/IEC 18004, error correction M) for a terminal, two rows of modules a line, with a border of
// four, light on dark. libqrencode is loaded when this is first called: no other command waits for it. Exit::failed when
// it is not installed, or the text is too long for a code.
[[nodiscard]] Result<std::string> qr_code(const std::string& text);

}  // namespace blc::adapters
