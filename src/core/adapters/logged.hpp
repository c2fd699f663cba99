// Ports that tell the operations log what goes through them and change nothing of it.
#pragma once
#include <memory>

#include "core/ports/ledger_store.hpp"
#include "core/ports/logger.hpp"
#include "core/ports/processes.hpp"
#include "core/ports/signer.hpp"

namespace blc::adapters {

// Each append: kind, signer, run and ID of the entry, and its leaf; or that somebody else was first.
[[nodiscard]] std::unique_ptr<ports::LedgerStore> logged(std::unique_ptr<ports::LedgerStore> store, ports::Logger& logger);
// Each signature: with which key, for which kind of entry. `signer` must outlive what is returned.
[[nodiscard]] std::unique_ptr<ports::Signer> logged(ports::Signer& signer, ports::Logger& logger);
// Each start of a program and how it ended, with run and step; never what it was given or printed.
[[nodiscard]] std::unique_ptr<ports::Processes> logged(std::unique_ptr<ports::Processes> processes, ports::Logger& logger);

}  // namespace blc::adapters
