// YAML as blc accepts it: one document of maps, lists and scalars, each with its line and column. Refused:
// anchors and aliases, tags, several documents, duplicate keys, more than 256 KiB, 16 levels or 20,000 nodes.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/result.hpp"

namespace blc::text {

struct Mark {
  int line = 1;    // from 1
  int column = 1;  // from 1
};

class Yaml {
 public:
  enum class Kind { scalar, list, map };
  struct Member;

  Kind kind = Kind::scalar;
  Mark mark;
  std::string scalar;   // of a scalar
  bool quoted = false;  // of a scalar: '010' is text, 010 is for the schema to read
  bool null = false;    // of an empty scalar in a file of others: nothing stands there
  std::vector<Yaml> list;
  std::vector<Member> map;  // in the order of the file
};

struct Yaml::Member {
  std::string key;
  Mark mark;
  Yaml value;
};

// `file` is used in messages only: "verbs/x.yaml:3:5: expected ..., found ...". Errors are Exit::usage.
[[nodiscard]] Result<Yaml> parse_yaml(std::string_view text, const std::string& file);

// YAML of other programs, every document of it: nulls, anchors, aliases, merge keys, CR LF and tabs that indent nothing are
// understood, as kubectl and docker compose do. The limits hold for the whole file, and what an alias repeats counts again; the rest is refused as above.
[[nodiscard]] Result<std::vector<Yaml>> parse_foreign_yaml(std::string_view text, const std::string& file);

// The error every schema reports with: file, line, column, what was expected.
[[nodiscard]] Error yaml_error(const std::string& file, Mark mark, const std::string& message);
// What stands there, for "found ...": "a list", "a map", or the scalar in quotes, cut short and safe to show.
[[nodiscard]] std::string found(const Yaml& node);
// What YAML takes for a number where it stands without quotes, 1.1 or 1.2: 1e3, 0x1F, 010, 1_000, .inf.
[[nodiscard]] bool is_number(std::string_view plain);
[[nodiscard]] std::string found(std::string_view scalar);

// Reads a map's members by name, refuses unknown ones ("did you mean"), wrong types and missing ones.
// The first fault is kept; finish() reports it (an unknown key before a missing one: it is often its misspelling).
class YamlFields {
 public:
  YamlFields(const Yaml& map, std::string file, std::string what);
  [[nodiscard]] const Yaml* optional(std::string_view name);
  [[nodiscard]] const Yaml& required(std::string_view name);  // an empty scalar after a fault
  std::string string(std::string_view name);                  // required scalar, not empty
  std::string string_or(std::string_view name, std::string_view otherwise);
  bool boolean_or(std::string_view name, bool otherwise);  // true or false, unquoted
  std::int64_t integer(std::string_view name);
  std::vector<std::string> strings_or_none(std::string_view name);  // a list of scalars
  void fault(Mark mark, const std::string& message);
  [[nodiscard]] Mark mark() const;
  // Unknown keys are faults: call last.
  [[nodiscard]] Result<> finish();

 private:
  const Yaml* map_;
  std::string file_;
  std::string what_;
  std::vector<std::string_view> known_;
  std::optional<Error> fault_;
  bool missing_ = false;  // the fault is a missing key
};

}  // namespace blc::text
