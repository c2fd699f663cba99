// Expected refusals are values of this type; broken surroundings are exceptions (see Broken).
#pragma once
#include <expected>
#include <stdexcept>
#include <string>
#include <utility>

namespace blc {

// The exit codes of the outer interface. An Error carries one; nothing else maps errors to codes.
enum class Exit : int {
  done = 0,
  failed = 1,             // rolled back, or nothing was done
  usage = 2,              // usage, or input that cannot be read
  approvals_missing = 3,  // signatures are still missing
  authentication = 4,     // key or identity
  ended = 5,              // rejected, expired or cancelled
  drift = 6,              // an observation no longer holds
  refused = 7,            // refused by policy
  unresolved = 8,         // indeterminate or partial
  ledger = 9,             // the ledger does not verify
  interrupted = 130,
};

// What happened and why, in the words of the person at the terminal; `hint` is the next command.
struct Error {
  Exit code = Exit::failed;
  std::string message;
  std::string hint;
};

template <class T = void>
using Result = std::expected<T, Error>;

[[nodiscard]] inline std::unexpected<Error> fail(Exit code, std::string message, std::string hint = {}) {
  return std::unexpected(Error{code, std::move(message), std::move(hint)});
}

// Thrown when the surroundings are broken (disk, database, a library). Caught once, in the app.
class Broken : public std::runtime_error {
 public:
  explicit Broken(const std::string& what, Exit code = Exit::failed, std::string hint = {})
      : std::runtime_error(what), code_(code), hint_(std::move(hint)) {}
  [[nodiscard]] Exit code() const noexcept { return code_; }
  [[nodiscard]] const std::string& hint() const noexcept { return hint_; }

 private:
  Exit code_;
  std::string hint_;
};

}  // namespace blc

#define BLC_CONCAT_INNER(a, b) a##b
#define BLC_CONCAT(a, b) BLC_CONCAT_INNER(a, b)
// BLC_TRY(auto x, f()): declares x from a Result, or returns its error from the enclosing function.
#define BLC_TRY(declaration, ...) BLC_TRY_IMPL(BLC_CONCAT(blc_try_, __LINE__), declaration, __VA_ARGS__)
#define BLC_TRY_IMPL(result, declaration, ...)                        \
  auto result = (__VA_ARGS__);                                        \
  if (!result) return std::unexpected(std::move(result).error());     \
  declaration = *std::move(result)
// BLC_CHECK(f()): the same for Result<void>.
#define BLC_CHECK(...)                                                                         \
  do {                                                                                         \
    if (auto blc_checked = (__VA_ARGS__); !blc_checked)                                        \
      return std::unexpected(std::move(blc_checked).error());                                  \
  } while (false)
