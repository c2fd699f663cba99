#pragma once
#include <sys/types.h>

namespace blc::adapters {

// What stands between blc and a program: a process of its own that is the subreaper of the program and of
// everything that the program starts (PR_SET_CHILD_SUBREAPER), so that none of it can leave its sight by
// setsid or a double fork. It writes the program's wait status to `report` when that ends. When the program
// has ended, at a SIGTERM, or when blc has died (`control`, which blc holds open, reads as ended), it kills
// until no descendant is left, and only then ends; then `report` reads as ended.
//
// What blc would have removed afterwards, had it not died, is left to `farewell`: the arguments of a program,
// the first its path, that the keeper then becomes; or null.
//
// Called in a forked child: uses only async-signal-safe calls, and never returns.
[[noreturn]] void keep(pid_t program, int control, int report, const char* const* farewell) noexcept;

// Before the program is forked: makes the caller its keeper-to-be. Gives 0 or an errno value.
[[nodiscard]] int become_keeper() noexcept;

}  // namespace blc::adapters
