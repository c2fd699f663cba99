#include "core/approval/counted.hpp"

#include <fmt/format.h>

#include <set>

namespace blc::approval {

Result<> each_counted(const Log& log, ledger::Kind kind, std::uint64_t begin, std::uint64_t end,
                      const std::function<void(std::uint64_t leaf, const ledger::Entry&)>& each) {
  const auto& replay = log.replay();
  std::set<std::uint64_t> not_counted;
  for (const auto leaf : replay.late_entries()) not_counted.insert(leaf);
  for (const auto& entry : replay.void_entries()) not_counted.insert(entry.leaf);
  // Named in clear in each envelope.
  const auto type = fmt::format("\"payloadType\":\"{}\"", ledger::payload_type(std::string(ledger::to_string(kind)) + ".v1"));
  Result<> read;
  log.store().read(begin, end, [&](std::uint64_t leaf, std::string_view bytes) {
    if (bytes.find(type) == std::string_view::npos || not_counted.contains(leaf)) return true;
    const auto entry = ledger::decode_entry(bytes);
    if (!entry || ledger::leaf_hash(bytes) != replay.tree().leaf(leaf)) {
      read = fail(Exit::ledger, fmt::format("entry {} of the ledger is not the one that was verified", leaf));
      return false;
    }
    each(leaf, *entry);
    return true;
  });
  return read;
}

}  // namespace blc::approval
