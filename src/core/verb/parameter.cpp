#include "core/verb/parameter.hpp"

#include <algorithm>
#include <array>
#include <set>

#include <fmt/format.h>

#include "core/text/display.hpp"
#include "core/verb/convert.hpp"

namespace blc::verb {

namespace {

using text::Yaml;
using text::YamlFields;

constexpr std::int64_t kLargest = (std::int64_t{1} << 53U) - 1;  // what the ledger's JSON can hold
constexpr std::size_t kLongestPattern = 256;
constexpr std::size_t kMostValues = 256;

constexpr std::array<std::pair<std::string_view, ParameterType>, 6> kTypes{{{"string", ParameterType::string},
                                                                            {"enum", ParameterType::enumeration},
                                                                            {"integer", ParameterType::integer},
                                                                            {"date", ParameterType::date},
                                                                            {"boolean", ParameterType::boolean},
                                                                            {"path", ParameterType::path}}};

void read_type(YamlFields& fields, Parameter& parameter) {
  const auto& node = fields.required("type");
  const auto* const type =
      std::ranges::find(kTypes, std::string_view(node.scalar), &decltype(kTypes)::value_type::first);
  if (type == kTypes.end()) {
    fields.fault(node.mark, "expected string, enum, integer, date, boolean or path, found " + found(node));
  } else {
    parameter.type = type->second;
  }
}

void read_pattern(YamlFields& fields, Parameter& parameter) {
  parameter.pattern = fields.string("pattern");
  const auto mark = fields.required("pattern").mark;
  const auto* const example = fields.optional("example");
  if (example != nullptr) parameter.example = example->scalar;
  if (parameter.pattern.size() > kLongestPattern || !text::plain(parameter.pattern))
    return fields.fault(mark, "expected a pattern of at most 256 plain characters, found " + text::found(parameter.pattern));
  const auto checked = check_pattern(parameter.pattern, parameter.example.value_or(""));
  if (!checked.fault.empty()) return fields.fault(mark, "expected a regular expression (RE2), found: " + text::display(checked.fault));
  if (example == nullptr) return;
  const bool readable = example->kind == Yaml::Kind::scalar && example->scalar.size() <= kLongestPattern && text::plain(example->scalar);
  if (!readable) fields.fault(example->mark, "expected an example of at most 256 plain characters, found " + found(*example));
  else if (!checked.fits) fields.fault(example->mark, "expected an example that the pattern matches, found " + found(*example));
}

void read_values(YamlFields& fields, Parameter& parameter) {
  const auto mark = fields.required("values").mark;
  parameter.values = fields.strings_or_none("values");
  if (parameter.values.empty() || parameter.values.size() > kMostValues)
    fields.fault(mark, "expected 1 to 256 values, found " + std::to_string(parameter.values.size()));
  std::set<std::string_view> seen;
  for (const auto& value : parameter.values) {
    if (!text::plain(value)) fields.fault(mark, "expected values in plain text, found " + text::found(value));
    if (!seen.insert(value).second) fields.fault(mark, "expected each value once, found again " + text::found(value));
  }
}

void read_range(YamlFields& fields, Parameter& parameter) {
  parameter.minimum = fields.integer("min");
  parameter.maximum = fields.integer("max");
  if (parameter.minimum < -kLargest || parameter.maximum > kLargest || parameter.minimum > parameter.maximum)
    fields.fault(fields.mark(), fmt::format("expected min <= max, both within +-{}, found {} and {}", kLargest,
                                            parameter.minimum, parameter.maximum));
}

void read_default(YamlFields& fields, Parameter& parameter) {
  const bool required = fields.boolean_or("required", true);
  const auto* const node = fields.optional("default");
  parameter.required = required && node == nullptr;
  if (node == nullptr) return;
  if (node->kind != Yaml::Kind::scalar) {
    fields.fault(node->mark, "expected text for \"default\", found " + found(*node));
  } else if (parameter.phi) {
    fields.fault(node->mark, "expected no default, found one: a phi value never stands in a file");
  } else {
    parameter.fallback = node->scalar;
  }
}

void read_by_type(YamlFields& fields, Parameter& parameter) {
  switch (parameter.type) {
    case ParameterType::string: return read_pattern(fields, parameter);
    case ParameterType::enumeration: return read_values(fields, parameter);
    case ParameterType::integer: return read_range(fields, parameter);
    case ParameterType::date:
    case ParameterType::boolean:
    case ParameterType::path: return;
  }
}

}  // namespace

Result<Parameter> load_parameter(const Yaml::Member& member, Classification classification, const std::string& file) {
  Parameter parameter;
  parameter.name = member.key;
  const auto refuse = [&](text::Mark mark, const std::string& message) {
    return std::unexpected(text::yaml_error(file, mark, message));
  };
  if (!is_name(member.key))
    return refuse(member.mark,
                  "expected a parameter's name ([a-z][a-z0-9-]*, at most 32), found " + text::found(member.key));
  if (reserved_option(member.key) || member.key == "data")
    return refuse(member.mark, fmt::format("expected another name, found \"{}\", which blc uses itself", member.key));

  YamlFields fields(member.value, file, "parameter");
  read_type(fields, parameter);
  parameter.summary = fields.string_or("summary", "");
  if (!text::plain(parameter.summary))
    fields.fault(member.value.mark, "expected a summary in plain text, found " + text::found(parameter.summary));
  parameter.phi = fields.boolean_or("phi", false);
  if (parameter.phi && classification != Classification::clinical)
    fields.fault(member.value.mark, "expected no phi, found it: only clinical verbs take phi values");
  read_by_type(fields, parameter);
  read_default(fields, parameter);
  BLC_CHECK(fields.finish());
  if (parameter.fallback) {
    if (const auto converted = convert(parameter, *parameter.fallback); !converted)
      return refuse(member.value.mark, "expected a default that fits, found: " + converted.error().message);
  }
  return parameter;
}

}  // namespace blc::verb
