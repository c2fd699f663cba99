// Canonical JSON: what is accepted encodes to the same bytes, and the lenient reader agrees with the strict one.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "core/text/display.hpp"
#include "core/text/json.hpp"

namespace {

void check(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace blc::text;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto strict = parse_canonical(text);
  const auto lenient = parse_json(text);
  if (strict) {
    check(canonical(*strict) == text);
    check(lenient && *lenient == *strict);
  } else {
    check(plain(strict.error().message));
  }
  if (lenient) {
    const auto bytes = canonical(*lenient);
    const auto again = parse_canonical(bytes);
    check(again && *again == *lenient);
    check((bytes == text) == strict.has_value());
    Fields fields(*lenient, "input");
    fields.string("a");
    fields.natural("b");
    if (const auto finished = fields.finish(); !finished) check(plain(finished.error().message));
  } else {
    check(plain(lenient.error().message));
  }
  const auto shown = display(text);
  check(plain(shown) && display(shown) == shown);
  check((shown == text) == plain(text));
  check(columns(shown) <= shown.size());
  return 0;
}
