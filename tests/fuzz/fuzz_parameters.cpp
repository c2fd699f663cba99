// Typed values: the first byte picks the parameter, for strings the first line is the pattern, the rest is typed.
// What converts is plain and converts again to itself; a refused phi value leaves no trace in the message.
#include <array>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "core/text/display.hpp"
#include "core/verb/verb.hpp"

namespace {

using namespace blc::verb;

void check(bool holds) {
  if (!holds) std::abort();
}

Parameter chosen(unsigned choice, std::string_view& rest) {
  constexpr std::array kTypes{ParameterType::string, ParameterType::enumeration, ParameterType::integer,
                              ParameterType::date,   ParameterType::boolean,     ParameterType::path};
  Parameter parameter;
  parameter.name = "p";
  parameter.type = kTypes[choice % kTypes.size()];
  parameter.phi = (choice & 0x80U) != 0;
  parameter.pattern = "C-[0-9]{4}";
  parameter.values = {"red", "010", "a b"};
  parameter.minimum = -1000;
  parameter.maximum = 9007199254740991;
  if (parameter.type == ParameterType::string && !parameter.phi) {
    const auto line = rest.substr(0, rest.find('\n'));
    parameter.pattern = line.substr(0, 256);
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
  }
  return parameter;
}

bool says_nothing(const Parameter& parameter, const std::string& message) {
  return message == "--p: expected at most 4096 bytes" || message == "--p: expected one line of plain Latin text" ||
         message == "--p: expected " + allowed(parameter);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  std::string_view typed(reinterpret_cast<const char*>(data) + 1, size - 1);
  const auto parameter = chosen(data[0], typed);
  const auto value = convert(parameter, typed);
  if (!value) {
    check(value.error().code == blc::Exit::usage);
    check(parameter.phi ? says_nothing(parameter, value.error().message)
                        : value.error().message.starts_with("--p: expected "));
    return 0;
  }
  const auto text = to_text(*value);
  check(text.size() <= 4096 && blc::text::plain(text));
  const auto again = convert(parameter, text);
  check(again && *again == *value);
  if (parameter.type == ParameterType::path) check(is_practice_path(text) && text.front() != '/');
  return 0;
}
