#include <algorithm>

#include <fmt/format.h>

#include "core/text/display.hpp"
#include "core/text/json.hpp"

namespace blc::text {

Fields::Fields(const Json& object, std::string what) : object_(object.get_if<Json::Object>()), what_(std::move(what)) {
  if (object_ == nullptr) {
    fault_ = what_ + " is no object";
  } else {
    seen_.reserve(object_->size());
  }
}

const Json* Fields::take(std::string_view name) {
  seen_.push_back(name);
  if (!fault_.empty()) return nullptr;
  const auto found = object_->find(name);
  if (found == object_->end()) {
    fault(name, "is missing");
    return nullptr;
  }
  return &found->second;
}

void Fields::fault(std::string_view name, std::string_view what) {
  if (fault_.empty()) fault_ = fmt::format("{}: \"{}\" {}", what_, display(name), what);
}

bool Fields::has(std::string_view name) const { return object_ != nullptr && object_->contains(name); }

std::string_view Fields::text(std::string_view name) {
  const auto* member = take(name);
  if (member == nullptr) return {};
  if (const auto* text = member->get_if<std::string>()) return *text;
  fault(name, "is no string");
  return {};
}

std::string Fields::string(std::string_view name) { return std::string(text(name)); }

std::int64_t Fields::integer(std::string_view name) {
  const auto* member = take(name);
  if (member == nullptr) return 0;
  if (const auto* number = member->get_if<std::int64_t>()) return *number;
  fault(name, "is no integer");
  return 0;
}

std::uint64_t Fields::natural(std::string_view name) {
  const auto number = integer(name);
  if (number >= 0) return static_cast<std::uint64_t>(number);
  fault(name, "is negative");
  return 0;
}

bool Fields::boolean(std::string_view name) {
  const auto* member = take(name);
  if (member == nullptr) return false;
  if (const auto* value = member->get_if<bool>()) return *value;
  fault(name, "is neither true nor false");
  return false;
}

const Json& Fields::any(std::string_view name) {
  static const Json kNone;
  const auto* member = take(name);
  return member == nullptr ? kNone : *member;
}

const Json::Array& Fields::array(std::string_view name) {
  static const Json::Array kNone;
  const auto* member = take(name);
  if (member == nullptr) return kNone;
  if (const auto* elements = member->get_if<Json::Array>()) return *elements;
  fault(name, "is no array");
  return kNone;
}

const Json::Object& Fields::object(std::string_view name) {
  static const Json::Object kNone;
  const auto* member = take(name);
  if (member == nullptr) return kNone;
  if (const auto* members = member->get_if<Json::Object>()) return *members;
  fault(name, "is no object");
  return kNone;
}

std::vector<std::string> Fields::strings(std::string_view name) {
  std::vector<std::string> texts;
  for (const auto& element : array(name)) {
    const auto* text = element.get_if<std::string>();
    if (text == nullptr) {
      fault(name, "holds something that is no string");
      return {};
    }
    texts.push_back(*text);
  }
  return texts;
}

Result<> Fields::finish() {
  if (fault_.empty()) {
    for (const auto& [key, value] : *object_) {
      if (std::ranges::find(seen_, std::string_view(key)) == seen_.end()) fault(key, "is unknown");
    }
  }
  if (fault_.empty()) return {};
  return fail(Exit::ledger, fault_);
}

}  // namespace blc::text
