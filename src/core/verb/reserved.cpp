#include <algorithm>
#include <array>

#include "core/verb/verb.hpp"

namespace blc::verb {

bool reserved_option(std::string_view name) {
  static constexpr std::array<std::string_view, 19> kOptions{
      "env",      "classification", "clinical", "dry-run", "approve", "run-id",  "practice", "store", "key", "json",
      "no-input", "color",          "quiet",    "verbose", "help",    "version", "q",        "v",     "h"};
  return std::ranges::find(kOptions, name) != kOptions.end();
}

bool reserved_command(std::string_view first_word) {
  static constexpr std::array<std::string_view, 34> kCommands{
      "verbs",  "inbox",    "runs",   "show",    "explain", "diff",       "output",   "wait",   "again", "approve", "ask", "reply",
      "reject", "withdraw", "cancel", "execute", "resume",  "close",      "rollback", "ledger", "trust", "key",
      "whoami", "catalog",  "tier",   "init",    "doctor",  "completion", "mock",     "help",   "policy",
      "review", "delegate", "subject"};
  return std::ranges::find(kCommands, first_word) != kCommands.end();
}

}  // namespace blc::verb
