#include "cli/given.hpp"

#include <fmt/format.h>

#include <iostream>

#include "core/adapters/secure_files.hpp"
#include "core/text/display.hpp"

namespace blc::cli {

namespace {
constexpr std::size_t kLargestValue = 4096;
}  // namespace

Result<std::string> read_given(const std::string& source) {
  std::string text;
  if (source == "-") {
    text.resize(kLargestValue + 1);
    std::cin.read(text.data(), static_cast<std::streamsize>(text.size()));
    text.resize(static_cast<std::size_t>(std::cin.gcount()));
    if (text.size() > kLargestValue) return fail(Exit::usage, fmt::format("standard input holds more than {} bytes", kLargestValue));
  } else {
    BLC_TRY(auto bytes, adapters::read_private(source, adapters::Readers::owner, kLargestValue));
    if (!bytes) return fail(Exit::usage, fmt::format("{} is not there", text::display(source)), "name a file of yours, or @- for standard input");
    text = *std::move(bytes);
  }
  if (text.ends_with('\n')) text.pop_back();
  return text;
}

}  // namespace blc::cli
