#include "core/privacy/fhir.hpp"

#include <algorithm>
#include <array>

namespace blc::privacy {

using text::Json;

Element::Element(const Json& json, std::string_view what, Faults& faults,
                 std::initializer_list<std::string_view> without_bearing)
    : object_(json.get_if<Json::Object>()), what_(what), faults_(faults), known_(without_bearing) {
  // An extension that modifies nothing may be passed over (FHIR R4 2.4.0).
  known_.insert(known_.end(), {"id", "extension"});
  if (object_ == nullptr) faults_.add(what_ + " is no element");
}

Element::~Element() {
  if (object_ == nullptr) return;
  for (const auto& [name, value] : *object_) {
    if (std::ranges::find(known_, name) != known_.end()) continue;
    faults_.add(name == "modifierExtension" ? what_ + " is modified by an extension (modifierExtension)"
                                            : what_ + " holds an element that blc does not know");
  }
}

const Json* Element::any(std::string_view name) {
  known_.push_back(name);
  if (object_ == nullptr) return nullptr;
  const auto found = object_->find(name);
  return found == object_->end() ? nullptr : &found->second;
}

bool Element::has(std::string_view name) { return any(name) != nullptr; }

void Element::fault(std::string_view name) { faults_.add(what_ + "." + std::string(name) + " is not what FHIR says"); }

std::string Element::text(std::string_view name) {
  const auto* const value = any(name);
  if (value == nullptr) return {};
  const auto* const text = value->get_if<std::string>();
  if (text != nullptr && !text->empty()) return *text;
  fault(name);
  return {};
}

std::optional<bool> Element::boolean(std::string_view name) {
  const auto* const value = any(name);
  if (value == nullptr) return std::nullopt;
  const auto* const boolean = value->get_if<bool>();
  if (boolean != nullptr) return *boolean;
  fault(name);
  return std::nullopt;
}

std::optional<std::int64_t> Element::positive(std::string_view name) {
  const auto* const value = any(name);
  if (value == nullptr) return std::nullopt;
  const auto* const number = value->get_if<std::int64_t>();
  if (number != nullptr && *number > 0) return *number;
  fault(name);
  return std::nullopt;
}

const Json::Array& Element::list(std::string_view name) {
  static const Json::Array kNone;
  const auto* const value = any(name);
  if (value == nullptr) return kNone;
  const auto* const array = value->get_if<Json::Array>();
  if (array != nullptr && !array->empty()) return *array;  // FHIR R4 2.1.1: arrays are never empty
  fault(name);
  return kNone;
}

namespace {

constexpr std::size_t kYear = 4;
constexpr std::size_t kMonth = 7;
constexpr std::size_t kDay = 10;
constexpr std::size_t kSecond = 19;

std::optional<int> number(std::string_view text, std::size_t from, std::size_t count) {
  if (text.size() < from + count) return std::nullopt;
  int value = 0;
  for (const char digit : text.substr(from, count)) {
    if (digit < '0' || digit > '9') return std::nullopt;
    value = value * 10 + (digit - '0');
  }
  return value;
}

// "Z" or "+02:00": what to take from the local time.
std::optional<std::chrono::minutes> parse_zone(std::string_view text) {
  if (text == "Z") return std::chrono::minutes(0);
  if (text.size() != 6 || (text[0] != '+' && text[0] != '-') || text[3] != ':') return std::nullopt;
  const auto hours = number(text, 1, 2);
  const auto minutes = number(text, 4, 2);
  if (!hours || !minutes || *hours > 14 || *minutes > 59 || (*hours == 14 && *minutes > 0)) return std::nullopt;
  const auto offset = std::chrono::hours(*hours) + std::chrono::minutes(*minutes);
  return text[0] == '+' ? offset : -offset;
}

std::optional<Period> parse_time(std::chrono::sys_days day, std::string_view text) {
  const auto hour = number(text, 11, 2);
  const auto minute = number(text, 14, 2);
  const auto second = number(text, 17, 2);
  if (text[kDay] != 'T' || text[13] != ':' || text[16] != ':' || !hour || !minute || !second) return std::nullopt;
  if (*hour > 23 || *minute > 59 || *second > 60) return std::nullopt;  // 60: a leap second
  auto rest = text.substr(kSecond);
  if (rest.starts_with('.')) {
    const auto end = rest.find_first_not_of("0123456789", 1);
    if (end == 1 || end == std::string_view::npos || end > 10) return std::nullopt;
    rest.remove_prefix(end);  // a fraction of a second is within its second
  }
  const auto zone = parse_zone(rest);
  if (!zone) return std::nullopt;
  const Timestamp first = day + std::chrono::hours(*hour) + std::chrono::minutes(*minute) + std::chrono::seconds(*second) - *zone;
  return Period{first, first + std::chrono::seconds(1)};
}

}  // namespace

std::optional<Period> parse_date_time(std::string_view text) {
  using std::chrono::sys_days;
  const bool month_given = text.size() >= kMonth;
  const bool day_given = text.size() >= kDay;
  const auto year = number(text, 0, kYear);
  const auto month = month_given ? number(text, kYear + 1, 2) : std::optional(1);
  const auto day = day_given ? number(text, kMonth + 1, 2) : std::optional(1);
  if (!year || !month || !day || *year < 1900 || (month_given && text[kYear] != '-') || (day_given && text[kMonth] != '-'))
    return std::nullopt;
  const std::chrono::year_month first_month{std::chrono::year{*year}, std::chrono::month{static_cast<unsigned>(*month)}};
  const auto date = first_month / std::chrono::day{static_cast<unsigned>(*day)};
  if (!date.ok()) return std::nullopt;
  const sys_days first{date};
  if (text.size() > kSecond) return parse_time(first, text);
  switch (text.size()) {
    case kYear: return Period{first, sys_days{(first_month + std::chrono::years(1)) / std::chrono::day(1)}};
    case kMonth: return Period{first, sys_days{(first_month + std::chrono::months(1)) / std::chrono::day(1)}};
    case kDay: return Period{first, first + std::chrono::days(1)};
    default: return std::nullopt;
  }
}

Period read_period(const Json* json, Faults& faults) {
  if (json == nullptr) return {};
  Element element(*json, "a period", faults, {});
  Period period;
  const auto bound = [&](std::string_view name) -> std::optional<Period> {
    if (!element.has(name)) return std::nullopt;
    auto parsed = parse_date_time(element.text(name));
    if (!parsed) element.fault(name);
    return parsed;
  };
  if (const auto start = bound("start")) period.start = start->start;
  if (const auto end = bound("end")) period.end = end->end;
  if (period.start && period.end && *period.end <= *period.start) faults.add("a period ends before it begins");
  return period;
}

bool is_id(std::string_view text) {
  constexpr std::size_t kLongest = 64;
  return !text.empty() && text.size() <= kLongest && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
  });
}

std::optional<std::string> referred_id(std::string_view reference, std::string_view type) {
  if (!reference.starts_with(type) || reference.substr(type.size(), 1) != "/") return std::nullopt;
  auto id = reference.substr(type.size() + 1);
  if (const auto history = id.find("/_history/"); history != std::string_view::npos) {
    if (!is_id(id.substr(history + std::string_view("/_history/").size()))) return std::nullopt;
    id = id.substr(0, history);
  }
  return is_id(id) ? std::optional(std::string(id)) : std::nullopt;
}

std::string read_reference(const Json& json, Faults& faults) {
  Element element(json, "a reference", faults, {"type", "identifier", "display"});
  return element.text("reference");
}

Coding read_coding(const Json& json, Faults& faults) {
  Element element(json, "a coding", faults, {"version", "display", "userSelected"});
  return {element.text("system"), element.text("code")};
}

std::vector<Coding> read_concept(const Json* json, Faults& faults) {
  if (json == nullptr) return {};
  Element element(*json, "a concept", faults, {"text"});
  std::vector<Coding> codings;
  for (const auto& coding : element.list("coding")) codings.push_back(read_coding(coding, faults));
  return codings;
}

}  // namespace blc::privacy
