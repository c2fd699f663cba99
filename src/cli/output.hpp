#pragma once
#include <string>
#include <string_view>

#include "core/adapters/terminal.hpp"
#include "core/base/result.hpp"
#include "core/text/json.hpp"

namespace blc::cli {

// Where words go. The rules: what a command was asked for goes to standard output, everything else to
// standard error; an error is one `error:` line and one `hint:` line with the next command; with --json
// standard output carries one JSON object and nothing else; text from outside is made safe by whoever
// composes a line, with text::display. Lines for people are broken to fit: on standard output always, to 80 columns
// where it is no terminal; on standard error on a terminal only, so that a script finds each message on one line.
class Output {
 public:
  void configure(bool json, bool quiet, const std::string& color);
  // From here on nothing goes to standard error: for what a shell runs while somebody types.
  void silence() { silent_ = true; }

  [[nodiscard]] bool json() const { return json_; }
  [[nodiscard]] std::size_t width() const { return terminal_.width(); }  // what lines are broken to
  // Standard output, for people; nothing with --json. What a line goes on with below is indented by `hang`.
  void line(std::string_view text = {}, std::size_t hang = 0) const;
  void screen(std::string_view text) const;     // the same, for text whose lines are ended
  void raw(std::string_view bytes) const;       // standard output, as it is
  void object(const text::Json& value) const;   // standard output, one line of JSON
  void note(std::string_view text) const;       // standard error; nothing with --quiet
  void warn(std::string_view text) const;
  void call(std::string_view text) const;       // standard error, --quiet too: what the person must do now or know
  void error(const Error& error) const;
  // As it would stand on standard error.
  [[nodiscard]] std::string laid_out(std::string_view text) const;
  [[nodiscard]] std::string bold(std::string_view text) const;

  // Something of standard output could not be written.
  [[nodiscard]] bool lost() const { return lost_; }

 private:
  void print(std::string_view text) const;
  void say(std::string_view text) const;  // standard error

  adapters::Terminal terminal_;
  bool json_ = false;
  bool quiet_ = false;
  bool silent_ = false;
  mutable bool lost_ = false;
  bool color_ = false;
};

}  // namespace blc::cli
