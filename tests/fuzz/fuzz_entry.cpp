// Ledger entries: whatever the bytes, decoding ends in an entry or an error; an entry's payload encodes back to
// the same bytes, and judging it against an empty ledger never lets it count unless it could be a first root.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "core/approval/bodies.hpp"
#include "core/approval/replay.hpp"
#include "core/ledger/entry.hpp"
#include "core/plan/plan.hpp"
#include "core/text/json.hpp"

namespace {

void check(bool holds) {
  if (!holds) std::abort();
}

// Every reader of bodies must survive every body.
void read_everything(const blc::ledger::Entry& entry) {
  using namespace blc;
  const approval::Fact fact{0, {}, entry.header.by, entry.signature.key, entry.header.at, entry.header.head, entry.header.id};
  if (const auto plan = plan::Plan::from_json(entry.body)) check(text::canonical(plan->to_json()) == text::canonical(entry.body));
  if (const auto request = plan::Request::from_json(entry.body)) check(text::canonical(request->to_json()) == text::canonical(entry.body));
  if (const auto root = trust::Root::from_json(entry.body)) check(text::canonical(root->to_json()) == text::canonical(entry.body));
  static_cast<void>(trust::Catalog::from_json(entry.body));
  if (const auto lent = trust::Delegation::from_json(entry.body)) check(text::canonical(lent->to_json()) == text::canonical(entry.body));
  static_cast<void>(approval::read_approval(fact, entry.body));
  static_cast<void>(approval::read_cancel(fact, entry.body));
  static_cast<void>(approval::read_order(fact, entry.body));
  static_cast<void>(approval::read_claim(fact, entry.body));
  static_cast<void>(approval::read_step(fact, entry.body));
  static_cast<void>(approval::read_outcome(fact, entry.body));
  static_cast<void>(approval::read_close(fact, entry.body));
  static_cast<void>(approval::read_glass(fact, entry.body));
  static_cast<void>(approval::read_review(fact, entry.body));
  static_cast<void>(approval::read_note(fact, entry.body));
  static_cast<void>(approval::read_refusal(fact, entry.body));
  static_cast<void>(approval::read_reveal(fact, entry.body));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace blc;
  const auto entry = ledger::decode_entry({reinterpret_cast<const char*>(data), size});
  if (!entry) {
    check(!entry.error().message.empty());
    return 0;
  }
  check(ledger::payload_type(entry->type).find(entry->type) != std::string::npos);
  if (entry->kind != ledger::Kind::unknown)
    check(ledger::encode_payload(entry->kind, entry->header, entry->body) == entry->payload);
  static_cast<void>(ledger::check_signature(*entry));
  read_everything(*entry);
  approval::Replay replay(entry->header.ledger);
  const auto verdict = replay.judge(*entry);
  check(!verdict.counts() || entry->kind == ledger::Kind::root);
  return 0;
}
