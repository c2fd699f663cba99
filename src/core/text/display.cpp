#include "core/text/display.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

#include <fmt/format.h>

#include "core/text/utf8.hpp"

namespace blc::text {

namespace {

struct Range {
  std::uint32_t first;
  std::uint32_t last;
};

// What is shown as itself: an allow-list, so that whatever Unicode adds later is made visible. Left out on
// purpose: controls, soft hyphen, spaces other than U+0020, look-alike Latin (dotless i, clicks, Kelvin,
// ligatures, fullwidth), combining marks and every other script, all of which can imitate plain Latin text.
constexpr std::array<Range, 26> kShown{{
    {0x20, 0x7E},      // ASCII
    {0xA1, 0xAC},      // Latin-1 signs, without no-break space and soft hyphen
    {0xAE, 0x130},     // Latin-1 and Latin Extended-A letters; not U+0131 dotless i
    {0x134, 0x137},    // not U+0132..0133, the IJ ligatures, nor U+0138 kra
    {0x139, 0x13E},    // not U+013F..0140, l with middle dot
    {0x141, 0x148},    // not U+0149, n preceded by an apostrophe
    {0x14A, 0x17E},    // not U+017F long s
    {0x1CD, 0x1DC},    // vowels with caron and diaeresis
    {0x1E6, 0x1ED},    // g, k, o with caron or ogonek
    {0x1F4, 0x1F5},    // g with acute
    {0x1F8, 0x1FF},    // n with grave, a with ring and acute
    {0x200, 0x21B},    // double grave, inverted breve, comma below
    {0x21E, 0x21F},    // h with caron
    {0x226, 0x233},    // a with dot above and others
    {0x1E00, 0x1E99},  // Latin Extended Additional with diacritics; not U+1E9A
    {0x1E9E, 0x1E9E},  // capital sharp s
    {0x1EA0, 0x1EF9},  // Vietnamese
    {0x2013, 0x2014},  // en and em dash
    {0x2018, 0x2019},  // single quotation marks
    {0x201C, 0x201E},  // double quotation marks
    {0x2020, 0x2022},  // dagger, double dagger, bullet
    {0x2026, 0x2026},  // ellipsis
    {0x20AC, 0x20AC},  // euro
    {0x2122, 0x2122},  // trade mark
    {0x2190, 0x2193},  // arrows
    {0x2713, 0x2713},  // check mark
}};

bool shown(std::uint32_t point) {
  const auto* const range = std::ranges::lower_bound(kShown, point, {}, &Range::last);
  return range != kShown.end() && range->first <= point;
}

// Calls `keep` with each run of bytes that stays, and `replace` with what stands for a code point or byte that
// does not.
template <class Keep, class Replace>
void walk(std::string_view text, bool lines, Keep keep, Replace replace) {
  std::size_t start = 0;
  for (std::size_t i = 0; i < text.size();) {
    const auto point = decode_utf8(text, i);
    const auto length = point ? point->length : 1;
    if (point && (shown(point->value) || (lines && (text[i] == '\n' || text[i] == '\t')))) {
      i += length;
      continue;
    }
    keep(text.substr(start, i - start));
    replace(point ? fmt::format("<U+{:04X}>", point->value)
                  : fmt::format("<{:02X}>", static_cast<unsigned>(static_cast<unsigned char>(text[i]))));
    i += length;
    start = i;
  }
  keep(text.substr(start));
}

std::string made_visible(std::string_view text, bool lines) {
  std::string out;
  out.reserve(text.size());
  walk(
      text, lines, [&](std::string_view run) { out += run; }, [&](const std::string& name) { out += name; });
  return out;
}

}  // namespace

std::string display(std::string_view text) { return made_visible(text, false); }
std::string display_lines(std::string_view text) { return made_visible(text, true); }

bool plain(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    const auto point = decode_utf8(text, i);
    if (!point || !shown(point->value)) return false;
    i += point->length;
  }
  return true;
}

std::size_t columns(std::string_view text) {
  // Every code point that display() leaves is one column wide, so the lead bytes are the columns.
  return static_cast<std::size_t>(
      std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

}  // namespace blc::text
