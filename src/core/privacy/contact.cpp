#include <algorithm>
#include <array>
#include <limits>

#include "core/privacy/check.hpp"
#include "core/privacy/fhir.hpp"

namespace blc::privacy {

using text::Json;

namespace {

constexpr std::string_view kOptIn = "urn:blc:opt-in:";
constexpr std::string_view kSafe = "urn:blc:safe-for-voicemail";
constexpr std::array<std::string_view, 5> kUses{"home", "work", "temp", "old", "mobile"};  // FHIR R4 ContactPointUse
constexpr std::int64_t kNoRank = std::numeric_limits<std::int64_t>::max();

struct Address {
  std::string system;
  bool known = false;  // there is something to reach them at
  bool old = false;
  std::int64_t rank = kNoRank;
  Period period;
  std::vector<std::string> opted_into;  // names of channels
  std::optional<bool> safe;
};

struct Patient {
  bool out_of_use = false;
  bool deceased = false;
  std::vector<Address> addresses;
};

bool is_ours(std::string_view url) { return url == kSafe || url.starts_with(kOptIn); }

// Said of the person and not of an address, it would look as if it counted.
void refuse_misplaced(const Json& json, Faults& faults) {
  const auto* const url = json.find("url");
  const auto* const name = url == nullptr ? nullptr : url->get_if<std::string>();
  if (name != nullptr && is_ours(*name)) faults.add("an extension of blc stands beside the telecom that it is about, and not in it");
}

// Of two statements about one thing the one that allows less counts.
void read_extension(const Json& json, Address& address, Faults& faults) {
  const auto* const url = json.find("url");
  const auto* const name = url == nullptr ? nullptr : url->get_if<std::string>();
  if (name == nullptr || !is_ours(*name)) return;
  Element element(json, "an extension of blc", faults, {"url"});
  const auto value = element.boolean("valueBoolean");
  if (!value) return element.fault("valueBoolean");
  if (*name == kSafe) {
    address.safe = address.safe.value_or(true) && *value;
    return;
  }
  const auto channel = name->substr(kOptIn.size());
  if (!parse_channel(channel)) faults.add("there is an opt-in to a channel that blc does not know");
  // A refusal stays on the list as its own negation, so that no later entry takes it back.
  address.opted_into.push_back(*value ? channel : "!" + channel);
}

Address read_address(const Json& json, Faults& faults) {
  Address address;
  Element element(json, "a telecom", faults, {});
  address.system = element.text("system");
  address.known = !element.text("value").empty();
  const auto use = element.text("use");
  if (!use.empty() && std::ranges::find(kUses, use) == kUses.end()) element.fault("use");
  address.old = use == "old";
  address.rank = element.positive("rank").value_or(kNoRank);
  address.period = read_period(element.any("period"), faults);
  for (const auto& extension : element.list("extension")) read_extension(extension, address, faults);
  return address;
}

Patient read_patient(const Json& json, Faults& faults) {
  Patient patient;
  Element element(json, "the record", faults,
                  {"resourceType", "meta", "language", "text", "contained", "identifier", "name", "gender", "birthDate", "_birthDate",
                   "address", "maritalStatus", "multipleBirthBoolean", "multipleBirthInteger", "photo", "contact",
                   "communication", "generalPractitioner", "managingOrganization"});
  patient.out_of_use = !element.boolean("active").value_or(true);
  patient.deceased = element.boolean("deceasedBoolean").value_or(false);
  patient.deceased = element.has("deceasedDateTime") || patient.deceased;
  for (const auto& each : element.list("link")) {
    Element link(each, "a link", faults, {"other"});
    patient.out_of_use = link.text("type") == "replaced-by" || patient.out_of_use;
  }
  for (const auto& extension : element.list("extension")) refuse_misplaced(extension, faults);
  for (const auto& telecom : element.list("telecom")) patient.addresses.push_back(read_address(telecom, faults));
  return patient;
}

bool reaches(const Address& address, Channel channel) {
  if (channel == Channel::email) return address.system == "email";
  return address.system == "phone" || (channel == Channel::sms && address.system == "sms");
}

bool opted_in(const Address& address, Channel channel) {
  const auto name = std::string(to_string(channel));
  const auto holds = [&](const std::string& word) { return std::ranges::find(address.opted_into, word) != address.opted_into.end(); };
  return holds(name) && !holds("!" + name);
}

bool safe(const Address& address, Channel channel) { return address.safe.value_or(channel == Channel::email); }

}  // namespace

Checked<Basis> check_contact(const std::vector<Resource>& patients, Channel channel, const Asked& asked) {
  if (patients.empty()) return std::unexpected(Refusal{});
  const auto& resource = patients.front();  // a register holds each id once
  const auto refuse = [&](Fault fault) { return std::unexpected(Refusal{fault, resource.id}); };
  Faults faults;
  const auto patient = read_patient(resource.json, faults);
  if (!faults.none()) return std::unexpected(Refusal{Fault::unreadable, resource.id, {}, faults.first()});
  if (patient.out_of_use) return refuse(Fault::withdrawn);
  if (patient.deceased) return refuse(Fault::deceased);
  std::vector<Address> usable;
  std::ranges::copy_if(patient.addresses, std::back_inserter(usable), [&](const Address& address) {
    return reaches(address, channel) && address.known && !address.old && address.period.holds(asked.now);
  });
  if (usable.empty()) return refuse(Fault::no_address);
  const auto first = std::ranges::min_element(usable, {}, &Address::rank)->rank;
  std::erase_if(usable, [&](const Address& address) { return address.rank != first; });
  Basis basis{resource.id, resource.version, resource.bytes};
  for (const auto& address : usable) {
    if (!opted_in(address, channel)) return refuse(Fault::no_opt_in);
    if (!safe(address, channel)) return refuse(Fault::unsafe);
    if (address.period.end) basis.until = basis.until ? std::min(*basis.until, *address.period.end) : *address.period.end;
  }
  return basis;
}

}  // namespace blc::privacy
