#pragma once
#include <string>

#include "core/base/result.hpp"

namespace blc::adapters {

// What a code is drawn with: half blocks of UTF-8, two rows of modules a line, or # and space, two characters a module.
enum class QrInk { blocks, ascii };

// The text as a QR code (ISO/IEC 18004, error correction M) for a terminal, with a border of four modules, light on dark.
// libqrencode is loaded when this is first called: no other command waits for it. Exit::failed when
// it is not installed, or the text is too long for a code.
[[nodiscard]] Result<std::string> qr_code(const std::string& text, QrInk ink);

}  // namespace blc::adapters
