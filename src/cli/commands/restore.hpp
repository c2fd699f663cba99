#pragma once
#include <cstdint>
#include <optional>

#include "cli/commands/proposals.hpp"
#include "cli/session.hpp"

namespace blc::cli {

struct RestoreOptions {
  std::optional<std::uint64_t> lost;  // how many entries are gone, said where nobody can be asked
  ProposalAct act;
};

// blc ledger restore: an admin says that what a backup did not have is lost, so that everybody can go on with what is left.
Result<Exit> restore(Session& session, const RestoreOptions& options);

}  // namespace blc::cli
