// Resources of the practice's registers: whatever a file holds, the answer is the same each time, and a refusal says
// nothing that the file says.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "core/privacy/check.hpp"
#include "core/text/display.hpp"

namespace {

using namespace blc::privacy;

void check(bool holds) {
  if (!holds) std::abort();
}

const blc::Timestamp kNow = *blc::parse_timestamp("2026-11-26T10:00:00.000Z");

Checked<Basis> ask(const Need& need, const Resource& resource, const Asked& asked) {
  if (const auto* const purpose = std::get_if<Purpose>(&need)) return check_consent({resource}, *purpose, asked);
  if (const auto* const channel = std::get_if<Channel>(&need)) return check_contact({resource}, *channel, asked);
  return check_care({resource}, asked);
}

void judge(const Need& need, std::string_view type, const std::string& bytes) {
  const auto read = read_resource(bytes, type);
  if (!read) return check(blc::text::plain(read.error()));
  const Asked asked{read->subject, "ana", kNow};
  const auto answer = ask(need, read->resource, asked);
  const auto again = ask(need, read->resource, asked);
  check(answer.has_value() == again.has_value());
  if (!answer) {
    check(answer.error().fault == again.error().fault && blc::text::plain(answer.error().detail));
    return;
  }
  check(answer->id == read->resource.id && !answer->version.empty());
  if (!answer->until || std::holds_alternative<Channel>(need)) return;  // another address may come first before
  // It holds until then, and then no longer.
  check(*answer->until > kNow);
  check(ask(need, read->resource, {asked.subject, asked.requester, *answer->until - blc::Milliseconds(1)}).has_value());
  if (std::holds_alternative<Purpose>(need)) check(!ask(need, read->resource, {asked.subject, asked.requester, *answer->until}));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  judge(Purpose::treatment, "Consent", bytes);
  judge(Purpose::payment, "Consent", bytes);
  judge(CareRelation{}, "CareTeam", bytes);
  judge(Channel::sms, "Patient", bytes);
  judge(Channel::email, "Patient", bytes);
  return 0;
}
