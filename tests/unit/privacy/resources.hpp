#pragma once
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>

#include "core/privacy/check.hpp"

namespace blc::privacy::testing {

inline Timestamp at(const std::string& text) { return *parse_timestamp(text + ".000Z"); }

inline const Timestamp kNow = at("2026-11-26T10:00:00");
inline const Asked kAna{"C-1042", "ana", kNow};

// The resource of that text, which must have one.
inline Resource resource(const std::string& json, std::string_view type) {
  auto read = read_resource(json, type);
  EXPECT_TRUE(read) << (read ? "" : read.error()) << "\n" << json;
  return read ? std::move(read->resource) : Resource{};
}

// A consent of C-1042; `rest` are members after those that each must have.
inline Resource consent(const std::string& rest, const std::string& id = "consent-1", const std::string& status = "active",
                        const std::string& scope = "patient-privacy") {
  return resource(fmt::format(R"({{"resourceType":"Consent","id":"{}","meta":{{"versionId":"3"}},"status":"{}",)"
                              R"("scope":{{"coding":[{{"system":"http://terminology.hl7.org/CodeSystem/consentscope","code":"{}"}}]}},)"
                              R"("patient":{{"reference":"Patient/C-1042"}}{}{}}})",
                              id, status, scope, rest.empty() ? "" : ",", rest),
                  "Consent");
}

inline std::string purposes(std::initializer_list<std::string_view> codes) {
  std::string list;
  for (const auto code : codes)
    list += fmt::format(R"({}{{"system":"http://terminology.hl7.org/CodeSystem/v3-ActReason","code":"{}"}})", list.empty() ? "" : ",", code);
  return fmt::format(R"("purpose":[{}])", list);
}

inline std::string actors(std::initializer_list<std::string_view> references) {
  std::string list;
  for (const auto reference : references)
    list += fmt::format(R"({}{{"role":{{"text":"recipient"}},"reference":{{"reference":"{}"}}}})", list.empty() ? "" : ",", reference);
  return fmt::format(R"("actor":[{}])", list);
}

inline std::string period(const std::string& start, const std::string& end) {
  std::string members;
  if (!start.empty()) members += fmt::format(R"("start":"{}")", start);
  if (!end.empty()) members += fmt::format(R"({}"end":"{}")", members.empty() ? "" : ",", end);
  return fmt::format(R"("period":{{{}}})", members);
}

// A provision of that type; `rest` are its other members.
inline std::string rule(const std::string& type, const std::string& rest = {}) {
  return fmt::format(R"({{"type":"{}"{}{}}})", type, rest.empty() ? "" : ",", rest);
}
inline std::string root(const std::string& type, const std::string& rest = {}) { return "\"provision\":" + rule(type, rest); }
inline std::string but(std::initializer_list<std::string> rules) {
  std::string list;
  for (const auto& each : rules) list += (list.empty() ? "" : ",") + each;
  return "\"provision\":[" + list + "]";
}

// "yes", or the fault.
inline std::string told(const Checked<Basis>& checked) {
  if (checked) return "yes";
  switch (checked.error().fault) {
    case Fault::absent: return "absent";
    case Fault::not_given: return "not given";
    case Fault::withdrawn: return "withdrawn";
    case Fault::not_begun: return "not begun";
    case Fault::ended: return "ended";
    case Fault::denied: return "denied";
    case Fault::other_purpose: return "other purpose";
    case Fault::other_actor: return "other actor";
    case Fault::unclear: return "unclear";
    case Fault::unreadable: return "unreadable";
    case Fault::no_register: return "no register";
    case Fault::no_address: return "no address";
    case Fault::no_opt_in: return "no opt-in";
    case Fault::unsafe: return "unsafe";
    case Fault::deceased: return "deceased";
  }
  return "?";
}

inline std::string treat(const std::vector<Resource>& consents) { return told(check_consent(consents, Purpose::treatment, kAna)); }

}  // namespace blc::privacy::testing
