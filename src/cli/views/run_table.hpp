// Runs in a list: one row a run, the same columns wherever runs are listed.
#pragma once
#include <string>
#include <vector>

#include "cli/views/run_view.hpp"

namespace blc::cli {

// At most `width` columns wide, each line indented. Behind the verb: what somebody asks or replied.
[[nodiscard]] std::string run_table(const std::vector<RunView>& views, std::size_t width, std::size_t indent = 0);

// "month 2026-10, title (sealed)", with what stands between name and value, and between one and the next.
[[nodiscard]] std::string parameters_of(const RunView& view, std::string_view between, std::string_view after);

}  // namespace blc::cli
