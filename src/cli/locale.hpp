#pragma once

namespace blc::cli {

// Whether what is printed may hold more than ASCII, as the C library decides it: LC_ALL, LC_CTYPE, LANG.
[[nodiscard]] bool utf8_locale();

}  // namespace blc::cli
