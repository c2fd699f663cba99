#pragma once
#include <cstddef>
#include <string>
#include <string_view>

namespace blc::text {

// Text from outside made safe to show on one line: control characters, line breaks, bidi controls,
// zero-width and look-alike characters appear as <U+XXXX>, bytes that are no UTF-8 as <XX>. ASCII, Latin
// letters with diacritics and common typography stay as they are.
[[nodiscard]] std::string display(std::string_view text);
// The same for text of many lines: line feeds and tabs stay.
[[nodiscard]] std::string display_lines(std::string_view text);
// True when display() would change nothing.
[[nodiscard]] bool plain(std::string_view text);
// Width in terminal columns of text that display() made.
[[nodiscard]] std::size_t columns(std::string_view text);

}  // namespace blc::text
