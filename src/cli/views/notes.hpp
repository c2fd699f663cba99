// What people said about a run: questions, replies, and the notes beside signatures.
#pragma once
#include <string>

#include "cli/views/run_view.hpp"

namespace blc::cli {

// A thread a question, with its replies below it; notes beside signatures among them. The latest few: whoever writes
// much pushes nothing off the screen. Empty when nothing was said.
[[nodiscard]] std::string conversation_text(const RunView& view);
// What was said, signed or taken back from that leaf on, a line each; what others were shown is no news.
[[nodiscard]] std::string happened_since(const RunView& view, std::uint64_t leaf);
// [{"kind": "question", "by", "at", "leaf", "hash", "text" | "sealed": true, ...}] in ledger order.
[[nodiscard]] text::Json notes_json(const RunView& view);

// Whether somebody else waits for a reply of this person, who asked for the run.
[[nodiscard]] bool asks(const RunView& view, const std::string& person);
// "cleo asks you", "ana asks", "ana replied to you", or nothing: for lists.
[[nodiscard]] std::string note_mark(const RunView& view);

}  // namespace blc::cli
