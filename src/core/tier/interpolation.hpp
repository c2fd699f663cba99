#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/tier/configuration.hpp"

namespace blc::tier {

enum class Dialect {
  dotenv,    // ${NAME} and its forms
  compose,   // $NAME as well, and $$ for a dollar; no dollar stands alone
  env_file,  // of compose: the same, and dollars that begin nothing stand for themselves
};

// Stands before a dollar that begins nothing, in what was quoted; no input holds it.
inline constexpr char kEscape = '\x01';

struct Interpolated {
  std::optional<Secret> value;         // nothing: it refers to what is unseen or undefined
  std::vector<std::string> undefined;  // names without a value, and those of settings that refer to such
};

// ${NAME}, ${NAME:-text}, ${NAME-text}, ${NAME:?text}, ${NAME?text}, ${NAME:+text}, ${NAME+text}: NAME is what the
// configuration holds so far, then a variable of the process; for compose the other way round. Nothing is read twice, so nothing can refer to itself.
// Exit::usage, naming `origin`, where a brace is not closed, or the value grows beyond 64 KiB or 8 levels.
[[nodiscard]] Result<Interpolated> interpolate(std::string_view text, Dialect dialect, const Reading& reading, const Origin& origin);

// The text with its references replaced, for that setting; those that lead nowhere are noticed.
[[nodiscard]] Result<std::optional<Secret>> interpolated(const std::string& name, std::string_view text, Dialect dialect, const Reading& reading, const Origin& origin);
// Notices what it refers to and nothing sets.
void notice_undefined(const std::string& name, const std::vector<std::string>& undefined, const Reading& reading, const Origin& origin);
// And sets the setting to it.
[[nodiscard]] Result<> set_interpolated(const std::string& name, std::string_view text, Dialect dialect, const Reading& reading,
                                        const Origin& origin);

}  // namespace blc::tier
