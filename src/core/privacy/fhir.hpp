// Reading FHIR R4 (4.0.1) resources so that nothing in them is passed over that could change what they say: an element
// that is not known, a modifier extension among them, makes a resource unreadable. What is said of a fault names
// elements of FHIR only, never a value.
#pragma once
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/time.hpp"
#include "core/text/json.hpp"

namespace blc::privacy {

// The first fault that reading a resource came upon; empty when there was none.
class Faults {
 public:
  void add(std::string_view what) {
    if (first_.empty()) first_ = what;
  }
  [[nodiscard]] bool none() const { return first_.empty(); }
  [[nodiscard]] const std::string& first() const { return first_; }

 private:
  std::string first_;
};

// One element of a resource. Members that are neither read nor listed in `without_bearing` are a fault when it goes.
class Element {
 public:
  Element(const text::Json& json, std::string_view what, Faults& faults,
          std::initializer_list<std::string_view> without_bearing);
  ~Element();
  Element(const Element&) = delete;
  Element& operator=(const Element&) = delete;
  Element(Element&&) = delete;
  Element& operator=(Element&&) = delete;

  [[nodiscard]] const text::Json* any(std::string_view name);  // nullptr when it is not there
  [[nodiscard]] std::string text(std::string_view name);       // empty when it is not there
  [[nodiscard]] std::optional<bool> boolean(std::string_view name);
  [[nodiscard]] std::optional<std::int64_t> positive(std::string_view name);
  [[nodiscard]] const text::Json::Array& list(std::string_view name);  // empty when it is not there
  [[nodiscard]] bool has(std::string_view name);
  void fault(std::string_view name);

 private:
  const text::Json::Object* object_;
  std::string what_;
  Faults& faults_;
  std::vector<std::string_view> known_;
};

// FHIR R4 2.24.0.17 Period as the half-open time [start, end); a missing bound is open.
struct Period {
  std::optional<Timestamp> start{};
  std::optional<Timestamp> end{};

  [[nodiscard]] bool holds(Timestamp time) const { return (!start || *start <= time) && (!end || time < *end); }
};

// FHIR R4 2.24.0.1 dateTime: a year, month, day, or time with its zone; as the times [first, after) that it stands for.
// Whole days are days in UTC.
[[nodiscard]] std::optional<Period> parse_date_time(std::string_view text);
// With an inclusive end, as FHIR has it: one that is a day lasts the whole day.
[[nodiscard]] Period read_period(const text::Json* json, Faults& faults);

// The id that a relative reference to a resource of that type holds ("Patient/x", "Patient/x/_history/2").
[[nodiscard]] std::optional<std::string> referred_id(std::string_view reference, std::string_view type);
// FHIR R4 2.3.0 Reference: its literal reference; empty for one that has none.
[[nodiscard]] std::string read_reference(const text::Json& json, Faults& faults);

// FHIR R4 2.24.0.4 Coding.
struct Coding {
  std::string system;
  std::string code;
  bool operator==(const Coding&) const = default;
};
[[nodiscard]] Coding read_coding(const text::Json& json, Faults& faults);
// FHIR R4 2.24.0.5 CodeableConcept: its codings.
[[nodiscard]] std::vector<Coding> read_concept(const text::Json* json, Faults& faults);

// FHIR R4 2.24.0.1 id.
[[nodiscard]] bool is_id(std::string_view text);

}  // namespace blc::privacy
