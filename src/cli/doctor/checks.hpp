// What blc doctor looks at. Every check leaves findings, never throws, and changes nothing.
#pragma once
#include "cli/doctor/finding.hpp"
#include "cli/session.hpp"

namespace blc::cli {

// Versions, isolation, room, memory, settings, the log: also where there is no practice.
void check_machine(Session& session, Findings& findings);

// The practice, its ledger, store and executor, and what this user's keys can do in it. Call look_only() first.
void check_practice(Session& session, Findings& findings);

// The practice's registers: which files spoil one, which resources cannot be relied on.
void check_registers(Session& session, Findings& findings);

}  // namespace blc::cli
