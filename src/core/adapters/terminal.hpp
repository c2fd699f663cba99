#pragma once
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/secret.hpp"

namespace blc::adapters {

// The person's terminal, as the standard streams show it. Never asks where there is nobody to answer.
class Terminal {
 public:
  explicit Terminal(int input = 0, int output = 1, int errors = 2) : input_(input), output_(output), errors_(errors) {}

  [[nodiscard]] bool input() const;   // standard input is a terminal
  [[nodiscard]] bool output() const;  // standard output is a terminal
  [[nodiscard]] bool errors() const;  // standard error is a terminal
  // Somebody can be asked: questions go to standard error, answers come from standard input.
  [[nodiscard]] bool interactive() const { return input() && errors(); }
  // Columns of standard output: COLUMNS, what the terminal says now, or 80; 60 where that is less.
  [[nodiscard]] std::size_t width() const { return width_of(output_); }
  // The same of standard error, where questions and warnings go.
  [[nodiscard]] std::size_t errors_width() const { return width_of(errors_); }

  // Columns and rows of standard error as they are now; 0 where that cannot be told.
  [[nodiscard]] std::size_t error_columns() const;
  [[nodiscard]] std::size_t error_rows() const;
  // Standard error is a terminal that moves its cursor: what is there can be drawn over.
  [[nodiscard]] bool redraws() const;
  // Bytes to standard error, as they are.
  void draw(std::string_view bytes) const;

  // One line without its line feed. Nullopt at the end of the input, at a signal, when the answer is longer than
  // 4096 bytes, or where nobody can be asked. Ctrl-C ends the question and leaves it to the caller what more it ends;
  // suspended and taken up again (Ctrl-Z, fg), it asks again; every other signal takes effect.
  [[nodiscard]] std::optional<std::string> ask(std::string_view prompt) const;
  // The same without showing what is typed. At a signal the terminal is put back before the signal takes effect.
  [[nodiscard]] std::optional<Secret> ask_secret(std::string_view prompt) const;
  // Whether a signal that did not end the program ended the last question.
  [[nodiscard]] static bool interrupted();

 private:
  [[nodiscard]] static std::size_t width_of(int stream);
  [[nodiscard]] std::optional<Secret> ask_once(std::string_view prompt, bool hidden) const;
  [[nodiscard]] std::optional<Secret> ask_again_after_stop(std::string_view prompt, bool hidden) const;

  int input_;
  int output_;
  int errors_;
};

}  // namespace blc::adapters
