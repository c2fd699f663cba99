// RFC 8785 canonical JSON restricted to I-JSON: the one encoding of everything blc signs, stores or prints.
#pragma once
#include <concepts>
#include <cstdint>
#include <limits>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "core/base/result.hpp"

namespace blc::text {

// Integers within +-(2^53-1), no floats, ASCII keys, valid UTF-8 without lone surrogates.
class Json {
 public:
  using Array = std::vector<Json>;
  using Object = std::map<std::string, Json, std::less<>>;  // byte order = UTF-16 order for ASCII keys

  Json() = default;
  Json(bool value) : value_(value) {}
  template <std::integral Integer>
    requires(!std::same_as<Integer, bool>)
  Json(Integer value)  // what no int64 holds becomes the largest one, which canonical() refuses
      : value_(std::in_range<std::int64_t>(value) ? static_cast<std::int64_t>(value)
                                                  : std::numeric_limits<std::int64_t>::max()) {}
  Json(std::string value) : value_(std::move(value)) {}
  Json(std::string_view value) : value_(std::string(value)) {}
  Json(const char* value) : value_(std::string(value)) {}
  Json(Array value) : value_(std::move(value)) {}
  Json(Object value) : value_(std::move(value)) {}

  template <class T>
  [[nodiscard]] const T* get_if() const {
    return std::get_if<T>(&value_);
  }
  template <class T>
  [[nodiscard]] T* get_if() {
    return std::get_if<T>(&value_);
  }
  [[nodiscard]] bool is_null() const { return std::holds_alternative<std::monostate>(value_); }
  // The member, or nullptr when this is no object or has none.
  [[nodiscard]] const Json* find(std::string_view key) const;
  bool operator==(const Json&) const = default;

 private:
  std::variant<std::monostate, bool, std::int64_t, std::string, Array, Object> value_;
};

// The canonical bytes (RFC 8785 section 3.2). Throws Broken for a value that has none (see Json; 64 levels).
[[nodiscard]] std::string canonical(const Json& value);
// One strict pass: accepts exactly the texts that canonical() produces. At most 64 levels.
// Errors are Exit::ledger and name the byte offset.
[[nodiscard]] Result<Json> parse_canonical(std::string_view text);
// RFC 8259 as people write it (white space, any key order), same value restrictions, duplicate keys refused.
// Errors are Exit::usage and name the byte offset.
[[nodiscard]] Result<Json> parse_json(std::string_view text);

[[nodiscard]] bool valid_utf8(std::string_view text);

// Reads an object's members by name and notices what is missing, of another type, or left over:
//   Fields fields(json, "approval");  auto digest = fields.string("plan");  ...  BLC_CHECK(fields.finish());
// After the first fault every read returns an empty value; finish() reports that fault (Exit::ledger).
class Fields {
 public:
  Fields(const Json& object, std::string what);
  std::string string(std::string_view name);
  std::int64_t integer(std::string_view name);
  std::uint64_t natural(std::string_view name);
  bool boolean(std::string_view name);
  const Json& any(std::string_view name);
  const Json::Array& array(std::string_view name);
  const Json::Object& object(std::string_view name);
  std::vector<std::string> strings(std::string_view name);
  [[nodiscard]] bool has(std::string_view name) const;
  // Reads through a parser that returns an optional: fields.as("run", RunId::parse).
  template <class Parse>
  auto as(std::string_view name, Parse parse) {
    auto parsed = parse(text(name));
    if (!parsed) fault(name, "is malformed");
    return parsed ? *parsed : typename decltype(parsed)::value_type{};
  }
  void fault(std::string_view name, std::string_view what);
  [[nodiscard]] Result<> finish();

 private:
  const Json* take(std::string_view name);
  std::string_view text(std::string_view name);
  const Json::Object* object_ = nullptr;
  std::string what_;
  std::string fault_;
  std::vector<std::string_view> seen_;
};

}  // namespace blc::text
