#pragma once
#include <cstdint>
#include <functional>

#include "core/approval/replay.hpp"
#include "core/ports/ledger_store.hpp"

namespace blc::approval {

// Reads the entries [replay.size(), end) from the store and takes them in. Decoding and signatures run on
// every core, in batches of bounded memory; judging is sequential. Signatures of entries below
// `signatures_from` are taken as checked: the caller holds a head that it verified itself. `bulk`: what was read
// goes to the replay's index after each batch and leaves memory; no run that was asked for may be held.
void read_into(Replay& replay, ports::LedgerStore& store, std::uint64_t end, std::uint64_t signatures_from,
               bool bulk = false, const std::function<void(std::uint64_t)>& progress = {});

}  // namespace blc::approval
