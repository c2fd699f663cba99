#pragma once
#include "cli/session.hpp"
#include "cli/views/run_view.hpp"

namespace blc::cli {

// Opens the sealed values of a run into the view: only for people whose role allows it, only on a terminal or
// when asked for (`wanted`), and only after the ledger holds that they were shown. Others see that they may not.
// Gives a sentence on what stays sealed, or an empty one.
// The same of what people said only.
Result<std::string> open_words(Session& session, RunView& view);
Result<std::string> open_sealed(Session& session, RunView& view, bool wanted);

}  // namespace blc::cli
