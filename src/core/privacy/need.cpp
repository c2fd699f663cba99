#include "core/privacy/need.hpp"

#include <array>

namespace blc::privacy {

namespace {

struct PurposeWords {
  Purpose purpose;
  std::string_view code;
  std::string_view words;
};
constexpr std::array kPurposes{PurposeWords{Purpose::treatment, "TREAT", "treatment"},
                               PurposeWords{Purpose::payment, "HPAYMT", "payment"},
                               PurposeWords{Purpose::operations, "HOPERAT", "health care operations"}};

struct ChannelName {
  Channel channel;
  std::string_view name;
};
constexpr std::array kChannels{ChannelName{Channel::sms, "sms"}, ChannelName{Channel::email, "email"},
                               ChannelName{Channel::phone, "phone"}, ChannelName{Channel::voicemail, "voicemail"}};

constexpr std::string_view kConsent = "consent ";
constexpr std::string_view kCareRelation = "care-relation";
constexpr std::string_view kContact = "contact ";

const PurposeWords& row(Purpose purpose) { return kPurposes.at(static_cast<std::size_t>(purpose)); }

}  // namespace

std::string_view to_string(Purpose purpose) { return row(purpose).code; }
std::string_view words_for(Purpose purpose) { return row(purpose).words; }
std::string_view to_string(Channel channel) { return kChannels.at(static_cast<std::size_t>(channel)).name; }

std::optional<Purpose> parse_purpose(std::string_view code) {
  for (const auto& known : kPurposes) {
    if (known.code == code) return known.purpose;
  }
  return std::nullopt;
}

std::optional<Channel> parse_channel(std::string_view name) {
  for (const auto& known : kChannels) {
    if (known.name == name) return known.channel;
  }
  return std::nullopt;
}

std::string to_string(const Need& need) {
  if (const auto* const purpose = std::get_if<Purpose>(&need)) return std::string(kConsent) + std::string(to_string(*purpose));
  if (const auto* const channel = std::get_if<Channel>(&need)) return std::string(kContact) + std::string(to_string(*channel));
  return std::string(kCareRelation);
}

std::optional<Need> parse_need(std::string_view text) {
  const auto wrap = [](const auto& parsed) { return parsed ? std::optional<Need>(*parsed) : std::nullopt; };
  if (text == kCareRelation) return CareRelation{};
  if (text.starts_with(kConsent)) return wrap(parse_purpose(text.substr(kConsent.size())));
  if (text.starts_with(kContact)) return wrap(parse_channel(text.substr(kContact.size())));
  return std::nullopt;
}

std::string words_for(const Need& need) {
  if (const auto* const purpose = std::get_if<Purpose>(&need)) return "consent to " + std::string(words_for(*purpose));
  if (const auto* const channel = std::get_if<Channel>(&need)) return "contact by " + std::string(to_string(*channel));
  return "a care relation";
}

}  // namespace blc::privacy
