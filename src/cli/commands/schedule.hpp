// Runs that are ordered for later.
#pragma once
#include <optional>
#include <string>

#include "cli/session.hpp"

namespace blc::cli {

// When this user's own order lets the run start: an order for a time that stands, or that will once its time has
// come. Read without opening the key: the order is the signature.
[[nodiscard]] std::optional<Timestamp> my_order_for_later(Session& session, const approval::Run& run);

// Signs an order for `at`, then waits for it on a terminal and executes the run; elsewhere, or with `print_only`, prints
// the systemd-run(1) line that does. Ctrl-C while it waits leaves the order standing.
[[nodiscard]] Result<Exit> execute_at(Session& session, const approval::Run& run, Timestamp at, bool print_only);

// Text for a POSIX shell: the word as it is, or in single quotes.
[[nodiscard]] std::string shell_word(const std::string& text);

}  // namespace blc::cli
