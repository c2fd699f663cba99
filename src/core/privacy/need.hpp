#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace blc::privacy {

// What data is used for: codes of http://terminology.hl7.org/CodeSystem/v3-ActReason.
enum class Purpose { treatment, payment, operations };
enum class Channel { sms, email, phone, voicemail };
struct CareRelation {
  bool operator==(const CareRelation&) const = default;
};

// What a verb asks of the practice's registers before it touches a subject's data or contacts the subject.
using Need = std::variant<Purpose, CareRelation, Channel>;

[[nodiscard]] std::string_view to_string(Purpose purpose);  // "TREAT"
[[nodiscard]] std::string_view to_string(Channel channel);
[[nodiscard]] std::optional<Purpose> parse_purpose(std::string_view code);
[[nodiscard]] std::optional<Channel> parse_channel(std::string_view name);

// As plans write it: "consent TREAT", "care-relation", "contact sms".
[[nodiscard]] std::string to_string(const Need& need);
[[nodiscard]] std::optional<Need> parse_need(std::string_view text);

// For people: "treatment"; "consent to treatment", "a care relation", "contact by sms".
[[nodiscard]] std::string_view words_for(Purpose purpose);
[[nodiscard]] std::string words_for(const Need& need);

}  // namespace blc::privacy
