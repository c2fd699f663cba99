#pragma once
#include <cstdint>
#include <functional>

#include "core/approval/log.hpp"

namespace blc::approval {

// Shows what counts of the entries of that kind from `begin` to before `end`, in ledger order. Nothing but these is decoded.
// Exit::ledger where the store does not give the bytes that were verified.
[[nodiscard]] Result<> each_counted(const Log& log, ledger::Kind kind, std::uint64_t begin, std::uint64_t end,
                                    const std::function<void(std::uint64_t leaf, const ledger::Entry&)>& each);

}  // namespace blc::approval
